import { ExitCode, UserError } from './errors.js';

/** When `--timeout` ends a run: so many seconds after the command began, whatever it is at. */
export class Deadline {
  readonly #seconds: number | undefined;

  /** @param seconds of real time since the process began; none without a limit */
  constructor(seconds: number | undefined) {
    this.#seconds = seconds;
  }

  /** Seconds that are left, 0 or less when time is up; undefined without a limit. */
  get remaining(): number | undefined {
    return this.#seconds === undefined ? undefined : this.#seconds - performance.now() / 1000;
  }

  /** What ends the run. */
  get error(): UserError {
    return new UserError(ExitCode.temporary, `stopped after ${this.#seconds} seconds (--timeout)`);
  }

  /** @throws UserError 75 when time is up */
  readonly check = (): void => {
    if ((this.remaining ?? 1) <= 0) throw this.error;
  };
}
