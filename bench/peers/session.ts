import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import type { ProcessCommand } from './emulator.js';
import { readyMark } from './initramfs.js';

/** A run of one program. */
export interface ProgramResult {
  /** Host's seconds between the marks on the serial port. */
  readonly seconds: number;
  /** Seconds of processor time that the emulator used meanwhile, all its threads together; undefined where /proc does not tell. */
  readonly cpuSeconds: number | undefined;
  /** Exit status of the program's script. */
  readonly status: number;
  /** The last lines that it printed. */
  readonly output: string;
}

/** USER_HZ: a constant of Linux's interface to user space on the architectures that Node runs on. */
const ticksPerSecond = 100;

/** An emulator that died, hung or said something unexpected. */
export class SessionError extends Error {}

/** An emulator with a guest in it, talked to over its serial port. */
export class Session {
  /** Milliseconds of the host's clock when the process was started. */
  readonly started: number;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #log: string | undefined;
  #text = '';
  #errors = '';
  #ended = false;
  /** How it ended, for people. */
  #how = 'at its start';
  #waiter: (() => void) | undefined;

  /** @param log a file that the serial output is added to */
  constructor({ file, args }: ProcessCommand, log?: string) {
    this.#log = log;
    this.started = performance.now();
    // In a process group of its own, so that Ctrl-C reaches this process alone, which then ends it in order.
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.#child.stdout.setEncoding('latin1').on('data', (text: string) => this.#receive(text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
    this.#child.stdin.on('error', () => {
      // It ended: `close` says so.
    });
    this.#child.on('error', (error) => {
      this.#errors += error.message;
      this.#end();
    });
    this.#child.on('close', (status, killer) => {
      this.#how = killer === null ? `with exit status ${status}` : `by ${killer}`;
      this.#end();
    });
  }

  /** What the emulator printed on standard error. */
  get errors(): string {
    return this.#errors;
  }

  /**
   * Waits for a text on the serial port and takes it away with all before it.
   * @returns what came before it, and the host's milliseconds when it was complete
   * @throws SessionError when the emulator ends before, or after `timeout` seconds; the signal's reason
   */
  async expect(
    mark: RegExp,
    timeout: number,
    signal: AbortSignal,
  ): Promise<{ before: string; match: readonly string[]; at: number }> {
    const deadline = performance.now() + 1000 * timeout;
    for (;;) {
      signal.throwIfAborted();
      const at = performance.now();
      const match = mark.exec(this.#text);
      if (match !== null) {
        const before = this.#text.slice(0, match.index);
        this.#text = this.#text.slice(match.index + match[0].length);
        return { before, match, at };
      }
      if (this.#ended) throw new SessionError(`it ended ${this.#how}: ${this.#lastWords()}`);
      if (at >= deadline) throw new SessionError(`no '${mark}' within ${timeout} s: ${this.#lastWords()}`);
      await this.#more(deadline - at, signal);
    }
  }

  /** Waits until the guest takes names of programs. */
  async ready(timeout: number, signal: AbortSignal): Promise<void> {
    await this.expect(new RegExp(`${readyMark}\r\n`), timeout, signal);
  }

  /** Runs a program. @param timeout seconds; @throws as {@link expect} */
  async run(name: string, timeout: number, signal: AbortSignal): Promise<ProgramResult> {
    this.#child.stdin.write(`${name}\n`);
    const start = await this.expect(new RegExp(`@start ${name}\r\n`), 30, signal);
    const cpuAtStart = this.cpuSeconds();
    const end = await this.expect(new RegExp(`@end ${name} (\\d+)\r\n`), timeout, signal);
    const cpuAtEnd = this.cpuSeconds();
    const { before } = await this.expect(new RegExp(`@done ${name}\r\n`), 30, signal);
    return {
      seconds: (end.at - start.at) / 1000,
      cpuSeconds: cpuAtStart === undefined || cpuAtEnd === undefined ? undefined : cpuAtEnd - cpuAtStart,
      status: Number(end.match[1]),
      output: [...before.matchAll(/^\| (.*?)\r?$/gm)].map((line) => line[1]).join('\n'),
    };
  }

  /** Processor time that the emulator has used since its start, in seconds (proc(5), /proc/PID/stat); undefined without /proc. */
  cpuSeconds(): number | undefined {
    try {
      const text = readFileSync(`/proc/${this.#child.pid}/stat`, 'latin1');
      // Fields 14 and 15, utime and stime; field 2, the name, may have spaces and ends at the last parenthesis.
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    } catch {
      return undefined;
    }
  }

  /** Switches the guest off by what its shell is told, or the emulator after a while. */
  async close(command = 'poweroff'): Promise<void> {
    if (this.#ended) return;
    this.#child.stdin.write(`${command}\n`);
    await this.#closed(20_000);
    this.kill();
    await this.#closed(5000);
  }

  /** Ends the emulator at once. */
  kill(): void {
    if (!this.#ended) this.#child.kill('SIGKILL');
  }

  async #closed(milliseconds: number): Promise<void> {
    if (this.#ended) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#child.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #receive(text: string): void {
    this.#text += text;
    if (this.#log !== undefined) appendFileSync(this.#log, text, 'latin1');
    this.#waiter?.();
  }

  #end(): void {
    this.#ended = true;
    this.#waiter?.();
  }

  /** Resolves when something came, it ended, or time is up. */
  async #more(milliseconds: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#waiter = undefined;
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      signal.addEventListener('abort', done);
      this.#waiter = done;
    });
  }

  #lastWords(): string {
    const lines = `${this.#text}\n${this.#errors}`.split(/[\r\n]+/).filter((line) => line.trim() !== '');
    return lines.slice(-4).join(' / ') || 'it said nothing';
  }
}
