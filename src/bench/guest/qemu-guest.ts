import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { ExitCode, reason, UserError } from '../../errors.js';
import { type Guest, GuestError, type GuestRun, lastWords, within } from './guest.js';
import { runCommand, SerialProtocol } from './serial-protocol.js';

/** What QEMU is given. */
export interface QemuMachine {
  readonly kernel: string;
  readonly initrd: string;
  readonly append: string;
  /** Bytes of RAM. */
  readonly memory: number;
  readonly smp: number;
}

const program = 'qemu-system-arm';

/** Name and version of the installed QEMU. @throws UserError 69 when there is none */
export function qemuVersion(): string {
  const { stdout, error } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  if (error === undefined) return stdout.split('\n', 1)[0].trim();
  throw new UserError(
    ExitCode.unavailable,
    `--against qemu needs ${program}, which cannot be started: ${reason(error)} (Debian: package qemu-system-arm)`,
  );
}

interface Observation {
  /** Milliseconds of the host's clock. */
  readonly at: number;
  /** Seconds of processor time. */
  readonly cpu: number | undefined;
}

/** The same guest in QEMU, its serial port on a pipe. */
export class QemuGuest implements Guest {
  readonly title = 'QEMU';
  readonly #machine: QemuMachine;
  #child: ChildProcessByStdio<Writable, Readable, Readable> | undefined;
  #protocol: SerialProtocol<Observation> | undefined;
  #errors = '';
  #ready = false;
  #run: GuestRun | undefined;
  #failure: GuestError | undefined;
  #waiter: (() => void) | undefined;

  constructor(machine: QemuMachine) {
    this.#machine = machine;
  }

  async boot(timeout: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { kernel, initrd, append, memory, smp } = this.#machine;
    const board = ['-M', 'virt', '-cpu', 'cortex-a15', '-m', `${memory >> 20}`, '-smp', `${smp}`];
    const files = ['-kernel', kernel, '-initrd', initrd, '-append', append];
    const child = spawn(program, [...board, '-net', 'none', '-nographic', '-no-reboot', ...files], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child = child;
    const protocol = new SerialProtocol<Observation>(() => this.#observe(), {
      onReady: () => {
        this.#ready = true;
      },
      onRun: ({ start, end, ...run }) => {
        const cpu = start.cpu === undefined || end.cpu === undefined ? undefined : end.cpu - start.cpu;
        this.#run = {
          seconds: (end.at - start.at) / 1000,
          ...(cpu !== undefined && { cpuSeconds: cpu }),
          ...run,
        };
      },
      onFailure: (why) => this.#fail(why),
    });
    this.#protocol = protocol;
    child.stdout.on('data', (bytes: Uint8Array) => {
      for (const byte of bytes) protocol.receive(byte);
      this.#waiter?.();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-4096);
    });
    child.stdin.on('error', () => {
      // It ended: `exit` says so.
    });
    child.on('error', (error) => this.#fail(reason(error)));
    child.on('exit', (status, killer) =>
      this.#fail(
        `${program} ended ${killer === null ? `with exit status ${status}` : `by ${killer}`}: ${lastWords([...protocol.recent, ...this.#errors.split('\n')])}`,
      ),
    );
    await this.#until(() => this.#ready, timeout, signal);
  }

  async run(name: string, timeout: number, signal: AbortSignal): Promise<GuestRun> {
    this.#ready = false;
    this.#run = undefined;
    this.#child?.stdin.write(runCommand(name));
    await this.#until(() => this.#ready && this.#run !== undefined, timeout, signal);
    return this.#run!;
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGKILL');
    await exited;
  }

  #fail(why: string): void {
    this.#failure ??= new GuestError(why);
    this.#waiter?.();
  }

  #until(done: () => boolean, timeout: number, signal: AbortSignal): Promise<void> {
    const wait = async () => {
      while (!done()) {
        if (this.#failure !== undefined) throw this.#failure;
        await new Promise<void>((resolve) => {
          this.#waiter = resolve;
        });
      }
    };
    return within(wait(), timeout, signal, () => {
      const said = lastWords(this.#protocol?.recent ?? []);
      this.#failure ??= new GuestError(`nothing came of it within ${timeout} s (--timeout): ${said}`, true);
      return this.#failure;
    });
  }

  /** Processor time comes from proc(5), /proc/PID/stat: fields 14 and 15, in hundredths of a second on all of Node's architectures. */
  #observe(): Observation {
    const at = performance.now();
    try {
      const text = readFileSync(`/proc/${this.#child?.pid}/stat`, 'latin1');
      // The name, field 2, may have blanks and ends at the last parenthesis.
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      return { at, cpu: (Number(fields[11]) + Number(fields[12])) / 100 };
    } catch {
      return { at, cpu: undefined };
    }
  }
}
