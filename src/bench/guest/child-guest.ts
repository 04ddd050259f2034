import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ExitCode, UserError } from '../../errors.js';
import { type Guest, GuestError, type GuestRun, within } from './guest.js';
import { type GuestDescription, type GuestReply, type GuestRequest, messagesVersion } from './messages.js';

/** Longest wait for a process to start, and for it to end in order, in seconds. */
const startSeconds = 60;
const closeSeconds = 6;

/** The server of this build: TypeScript when that is what runs, in tests. */
export function ownServer(): string {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return fileURLToPath(new URL(`./server${extension}`, import.meta.url));
}

/**
 * A hyperthumb guest in a process of its own: what one does leaves no trace in the next one's engine, and one that hangs can be
 * killed. @param server path of `server.js`: of this build or another one's
 */
export class ChildGuest implements Guest {
  readonly title: string;
  readonly #server: string;
  readonly #description: GuestDescription;
  #child: ChildProcess | undefined;
  #errors = '';
  #failure: GuestError | UserError | undefined;
  readonly #replies: GuestReply[] = [];
  #waiter: (() => void) | undefined;

  constructor(description: GuestDescription, server = ownServer(), title = 'hyperthumb') {
    this.#description = description;
    this.#server = server;
    this.title = title;
  }

  async boot(timeout: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const fromSource = this.#server.endsWith('.ts');
    const child = fork(this.#server, [], {
      // In a process group of its own, so that Ctrl-C reaches this process alone, which then ends it.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: fromSource ? ['--import', 'tsx'] : [],
    } as Parameters<typeof fork>[2]);
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-4096);
    });
    child.on('message', (reply: GuestReply) => {
      if (reply.kind === 'failed') this.#fail(errorOf(reply));
      else this.#replies.push(reply);
      this.#waiter?.();
    });
    child.on('error', (error) => this.#fail(new GuestError(error.message)));
    child.on('exit', (status, killer) => {
      const how = killer === null ? `with exit status ${status}` : `by ${killer}`;
      const last = this.#errors.trim().split('\n').slice(-1)[0];
      this.#fail(new GuestError(`the emulator's process ended ${how}${last ? `: ${last}` : ''}`));
    });
    const { version } = await this.#expect('hello', startSeconds, signal);
    if (version !== messagesVersion) {
      throw new UserError(
        ExitCode.data,
        `${this.title} speaks version ${version} of the messages to guests, this hyperthumb ${messagesVersion}: give a commit nearer to this one`,
      );
    }
    this.#send({ kind: 'boot', version: messagesVersion, description: this.#description });
    await this.#expect('ready', timeout, signal);
  }

  async run(name: string, timeout: number, signal: AbortSignal): Promise<GuestRun> {
    this.#send({ kind: 'run', name: this.#description.program ?? name });
    const { run } = await this.#expect('ran', timeout, signal);
    if (this.#description.whole === undefined) await this.#expect('ready', timeout, signal);
    return run;
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    if (this.#failure === undefined) {
      this.#send({ kind: 'off' });
      const late = new Promise<void>((resolve) => setTimeout(resolve, 1000 * closeSeconds).unref());
      await Promise.race([exited, late]);
    }
    if (child.exitCode === null) child.kill('SIGKILL');
    await exited;
  }

  #send(request: GuestRequest): void {
    if (this.#child?.connected) this.#child.send(request, () => {});
  }

  #fail(error: GuestError | UserError): void {
    this.#failure ??= error;
    this.#waiter?.();
  }

  async #expect<Kind extends GuestReply['kind']>(
    kind: Kind,
    timeout: number,
    signal: AbortSignal,
  ): Promise<Extract<GuestReply, { kind: Kind }>> {
    const late = () => {
      const error = new GuestError(`nothing came of it within ${timeout} s (--timeout)`, true);
      this.#failure ??= error;
      return error;
    };
    return within(this.#next(kind), timeout, signal, late);
  }

  async #next<Kind extends GuestReply['kind']>(kind: Kind): Promise<Extract<GuestReply, { kind: Kind }>> {
    for (;;) {
      const reply = this.#replies.shift();
      if (reply !== undefined) {
        if (reply.kind === kind) return reply as Extract<GuestReply, { kind: Kind }>;
        continue;
      }
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#waiter = resolve;
      });
      this.#waiter = undefined;
    }
  }
}

function errorOf({ message, exitCode }: Extract<GuestReply, { kind: 'failed' }>): GuestError | UserError {
  return exitCode === undefined
    ? new GuestError(message)
    : new UserError(exitCode as UserError['exitCode'] as never, message);
}
