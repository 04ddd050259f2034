import type { Machine, StopReason } from '../../../runtime/machine.js';
import { ExitStatistics } from '../../../runtime/translation/exit-statistics.js';
import { readMachineOptions } from '../../cli/run-options.js';
import { type BuiltMachine, buildMachine, startBoard } from '../../machine-builder.js';
import { SerialInput } from '../../serial-input.js';
import { type Counters, readCounters, subtract } from '../counters.js';
import { type GuestRun, lastWords } from './guest.js';
import type { GuestDescription } from './messages.js';
import { offCommand, runCommand, SerialProtocol } from './serial-protocol.js';
import { WholeMarks } from './whole-marks.js';

/** What is looked at at a mark. */
interface Observation {
  /** Milliseconds of the host's clock. */
  readonly at: number;
  /** Microseconds of processor time of this process. */
  readonly cpu: number;
  readonly counters: Counters;
}

export interface MachineGuestEvents {
  onReady(): void;
  onRun(run: GuestRun): void;
  onFailure(why: string): void;
}

/** A guest in this process. Its machine stands still between two programs under the virtual clock, so that waiting for the host costs no time. */
export class MachineGuest {
  readonly #description: GuestDescription;
  readonly #events: MachineGuestEvents;
  #built: BuiltMachine | undefined;
  #input: SerialInput | undefined;
  #receive: (byte: number) => void = () => {};
  #recent: () => readonly string[] = () => [];
  #ended = false;
  #paused = false;

  constructor(description: GuestDescription, events: MachineGuestEvents) {
    this.#description = description;
    this.#events = events;
  }

  /** Builds the machine and lets it go. @throws UserError for what does not fit the machine */
  async boot(): Promise<void> {
    const { flags, exact, whole } = this.#description;
    const options = await readMachineOptions(flags);
    const built = buildMachine({ ...options, translationMode: exact ? 'synchronous' : 'worker' }, (byte) =>
      this.#receive(byte),
    );
    this.#built = built;
    const { machine, board } = built;
    if (exact) for (const { interpreter } of board.vcpus) interpreter.exits = new ExitStatistics();
    this.#input = new SerialInput(machine, { pause: () => {}, resume: () => {} });
    machine.onBurst = () => this.#input?.afterBurst();
    const observe = () => this.#observe(machine);
    if (whole === undefined) {
      const protocol = new SerialProtocol<Observation>(observe, {
        onReady: () => {
          if (exact) this.#pause(machine);
          this.#events.onReady();
        },
        onRun: ({ start, end, ...run }) =>
          this.#events.onRun({ ...difference(start, end), ...run, emulatorMemory: emulatorMemory() }),
        onFailure: (why) => this.#fail(why),
      });
      this.#receive = (byte) => protocol.receive(byte);
      this.#recent = () => protocol.recent;
    } else {
      startBoard(board, options);
      const marks = new WholeMarks<Observation>(whole, observe, {
        onEnd: () => machine.stop(),
        onFailure: (why) => this.#fail(why),
      });
      this.#receive = (byte) => marks.receive(byte);
      this.#recent = () => marks.recent;
      await this.#runWhole(machine, marks, options.timeoutSeconds);
      return;
    }
    startBoard(board, options);
    void this.#pump(machine);
  }

  /** Starts a program; its result comes by {@link MachineGuestEvents.onRun}. A guest that is measured as a whole runs already. */
  run(name: string): void {
    if (this.#description.whole === undefined) this.#send(runCommand(name));
  }

  /** Switches the guest off, and writes down what is to outlive it. */
  async close(): Promise<void> {
    if (!this.#ended && this.#description.whole === undefined) {
      // Under the virtual clock nothing is to be seen of an orderly end.
      if (this.#description.exact) this.#ended = true;
      else this.#send(offCommand);
    }
    for (let waited = 0; !this.#ended && waited < 3000; waited += 20) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.#ended = true;
    this.#built?.machine.stop();
    await this.#built?.board.translations?.close();
  }

  #send(text: string): void {
    this.#input?.push(Buffer.from(text));
    if (!this.#paused || this.#built === undefined) return;
    this.#paused = false;
    void this.#pump(this.#built.machine);
  }

  #pause(machine: Machine): void {
    this.#paused = true;
    machine.stop();
  }

  async #pump(machine: Machine): Promise<void> {
    let reason: StopReason;
    try {
      reason = await machine.run();
    } catch (error) {
      this.#fail(`internal error: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    if (this.#paused || this.#ended) return;
    this.#ended = true;
    this.#events.onFailure(
      `the guest ${reason === 'reset' ? 'reset' : 'switched off'} the machine: ${lastWords(this.#recent())}`,
    );
  }

  async #runWhole(machine: Machine, marks: WholeMarks<Observation>, timeoutSeconds?: number): Promise<void> {
    if (this.#description.whole?.start === undefined) marks.begin();
    this.#events.onReady();
    const reason = await machine.run(timeoutSeconds === undefined ? {} : { timeoutSeconds });
    const failed = this.#ended;
    this.#ended = true;
    if (failed) return;
    if (reason === 'off' || reason === 'reset') marks.finish();
    const { start, end, bench, output } = marks;
    if (start === undefined || end === undefined) {
      const what = start === undefined ? this.#description.whole?.start : this.#description.whole?.end;
      this.#events.onFailure(`the guest ended without '${what}' on its serial port: ${lastWords(output)}`);
      return;
    }
    const run = { ...difference(start, end), status: 0, bench, output, emulatorMemory: emulatorMemory() };
    this.#events.onRun(run);
  }

  #fail(why: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#built?.machine.stop();
    this.#events.onFailure(why);
  }

  #observe(machine: Machine): Observation {
    const { user, system } = process.cpuUsage();
    return { at: performance.now(), cpu: user + system, counters: readCounters(machine) };
  }
}

function difference(start: Observation, end: Observation) {
  return {
    seconds: (end.at - start.at) / 1000,
    cpuSeconds: (end.cpu - start.cpu) / 1e6,
    counters: subtract(end.counters, start.counters),
  };
}

/** Node gives KiB. */
const emulatorMemory = (): number => 1024 * process.resourceUsage().maxRSS;
