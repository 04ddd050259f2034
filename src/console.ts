import { writeSync } from 'node:fs';
import { ExitCode, Interrupted, reason, systemErrorCode, UserError } from './errors.js';
import { type EndingSignal, onEndingSignal } from './signals.js';
import { isHangUp } from './terminal.js';

/** Ctrl-A, which starts an escape as it does in QEMU. */
const escapeByte = 0x01;

const help = `
Ctrl-A h    this help
Ctrl-A x    exit the emulator
Ctrl-A a    send Ctrl-A to the guest (so does Ctrl-A Ctrl-A)
`;

/** Output waits at most so many bytes or milliseconds. */
const batchBytes = 8192;
const batchMilliseconds = 10;

/** A pipe that says nothing for so long has nothing to say yet; and how often it is looked at. */
const settleMilliseconds = 30;
const settleStep = 5;

/** The part of `process.stdin` that a console needs; a test gives its own. */
export interface ConsoleInput {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  on(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

export interface ConsoleHandlers {
  /** Bytes typed or piped in, escapes taken out. Call `pause` from here when there is no more room. */
  onInput(bytes: Uint8Array): void;
  /** The user typed Ctrl-A x. */
  onQuit(): void;
  /** A signal asks to end: `Interrupted` has the exit code. The terminal is already restored. */
  onSignal(interrupted: Interrupted): void;
}

/**
 * The guest's serial port on standard input and output: raw when input is a terminal, so that every key (Ctrl-C as well)
 * goes to the guest; QEMU's Ctrl-A escapes, from a pipe too; the terminal restored however the process ends.
 *
 * Signals and input arrive only while the event loop turns: a machine must yield to it now and then.
 */
export class Console {
  readonly #input: ConsoleInput | undefined;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #batch = Buffer.allocUnsafe(batchBytes);
  #batched = 0;
  #batchStarted = 0;
  #flushScheduled = false;
  #handlers: ConsoleHandlers | undefined;
  #ignoreSignals: () => void = () => {};
  #escaped = false;
  #raw = false;
  #ended = false;
  /** Input came since the last look. */
  #active = false;

  /** @param write puts bytes out before it returns; by default to standard output */
  constructor(
    input: ConsoleInput | undefined = standardInput(),
    write: (bytes: Uint8Array) => void = (bytes) => writeFully(1, bytes),
  ) {
    this.#input = input;
    this.#write = write;
  }

  /** Takes over the terminal and starts input. */
  open(handlers: ConsoleHandlers): void {
    this.#handlers = handlers;
    process.on('exit', this.#restore);
    this.#ignoreSignals = onEndingSignal(this.#onSignal);
    process.on('SIGTSTP', this.#onStop);
    process.on('SIGCONT', this.#onContinue);
    if (this.#input === undefined) return;
    this.#setRaw(true);
    this.#input.on('data', this.#onData);
    this.#input.on('end', this.#onEnd);
    this.#input.on('error', this.#onEnd);
    this.#input.resume();
  }

  /** Writes what is left and gives the terminal back. */
  close(): void {
    this.#restore();
    process.off('exit', this.#restore);
    this.#ignoreSignals();
    process.off('SIGTSTP', this.#onStop);
    process.off('SIGCONT', this.#onContinue);
    this.#input?.off('data', this.#onData);
    this.#input?.pause();
    this.#handlers = undefined;
  }

  /**
   * Resolves when what was piped in beforehand has been read (a pause asked for by `pause` counts as that); at once
   * for a terminal.
   */
  async settled(): Promise<void> {
    if (this.#input === undefined || this.#input.isTTY) return;
    for (let quiet = 0; quiet < settleMilliseconds && !this.#ended; quiet += settleStep) {
      await new Promise((resolve) => setTimeout(resolve, settleStep));
      if (this.#active) quiet = 0;
      this.#active = false;
    }
  }

  /** Stops input until `resume`: the guest's receive buffer is full. */
  pause(): void {
    this.#input?.pause();
  }

  resume(): void {
    if (!this.#ended && this.#handlers !== undefined) this.#input?.resume();
  }

  /** Writes one byte of the guest's output, sooner or later. */
  writeByte(byte: number): void {
    if (this.#batched === 0) {
      this.#batchStarted = performance.now();
      this.#scheduleFlush();
    }
    this.#batch[this.#batched++] = byte;
    if (this.#batched === batchBytes) this.flush();
    else if (byte === 0x0a && performance.now() - this.#batchStarted > batchMilliseconds) this.flush();
  }

  write(bytes: Uint8Array): void {
    for (const byte of bytes) this.writeByte(byte);
  }

  /** Puts out everything written so far. @throws UserError 74 when standard output is closed or fails; Interrupted when the terminal has hung up */
  flush(): void {
    if (this.#batched === 0) return;
    const bytes = this.#batch.subarray(0, this.#batched);
    this.#batched = 0;
    this.#write(bytes);
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      this.flush();
    });
  }

  #setRaw(raw: boolean): void {
    if (!this.#input?.isTTY || this.#input.setRawMode === undefined) return;
    try {
      this.#input.setRawMode(raw);
      this.#raw = raw;
    } catch {
      // The terminal is gone (EIO after a hang-up): nothing is left to set.
    }
  }

  readonly #restore = (): void => {
    try {
      this.flush();
    } catch {
      // Output is gone; the run ends anyhow.
    }
    if (this.#raw) this.#setRaw(false);
  };

  readonly #onSignal = (signal: EndingSignal): void => {
    this.#restore();
    this.#handlers?.onSignal(new Interrupted(signal));
  };

  /** Stops as without a listener, which is not at all where nobody could have us go on; but gives the terminal back first. */
  readonly #onStop = (): void => {
    const raw = this.#raw;
    this.#restore();
    process.off('SIGTSTP', this.#onStop);
    process.kill(process.pid, 'SIGTSTP');
    process.on('SIGTSTP', this.#onStop);
    if (raw) this.#setRaw(true);
  };

  /** Others had the terminal while we were stopped: what Node takes for the mode that is set need not be. */
  readonly #onContinue = (): void => {
    if (!this.#raw) return;
    this.#setRaw(false);
    this.#setRaw(true);
  };

  readonly #onEnd = (): void => {
    this.#ended = true;
  };

  readonly #onData = (bytes: Uint8Array): void => {
    this.#active = true;
    let plain = 0;
    const out = new Uint8Array(bytes.length + 1);
    for (const byte of bytes) {
      if (!this.#escaped) {
        if (byte === escapeByte) this.#escaped = true;
        else out[plain++] = byte;
        continue;
      }
      this.#escaped = false;
      switch (byte) {
        case 0x78: // x
          if (plain > 0) this.#handlers?.onInput(out.subarray(0, plain));
          this.#handlers?.onQuit();
          return;
        case 0x68: // h
        case 0x3f: // ?
          this.#say(help);
          break;
        case 0x63: // c
          this.#say('\nthere is no monitor; Ctrl-A h for help\n');
          break;
        case 0x61: // a
        case escapeByte:
          out[plain++] = escapeByte;
          break;
        default:
          out[plain++] = byte;
      }
    }
    if (plain > 0) this.#handlers?.onInput(out.subarray(0, plain));
  };

  #say(text: string): void {
    this.write(Buffer.from(text));
    this.flush();
  }
}

/** `process.stdin`, or undefined when the process was started without one. */
function standardInput(): ConsoleInput | undefined {
  try {
    return process.stdin;
  } catch {
    return undefined;
  }
}

/**
 * Writes all of `bytes` to a file descriptor before it returns, waiting where a pipe or terminal is full.
 * @throws UserError 74; Interrupted when it is a terminal that has hung up
 */
export function writeFully(fd: number, bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(fd, bytes, at, bytes.length - at);
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'EAGAIN') {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
        continue;
      }
      if (isHangUp(error)) throw new Interrupted('SIGHUP');
      const why = code === 'EPIPE' ? 'its reader is gone' : reason(error);
      throw new UserError(ExitCode.io, `cannot write to standard output: ${why}`, { cause: error });
    }
  }
}
