import type { Counters } from '../counters.js';

/** One run of a program in a guest. */
export interface GuestRun {
  /** Host's seconds between the marks. */
  readonly seconds: number;
  /** Processor time of the emulator meanwhile, all threads together, in seconds; absent where the host does not tell. */
  readonly cpuSeconds?: number;
  /** Absent for emulators other than this one. */
  readonly counters?: Counters;
  /** Exit status: 128 + n after signal n. */
  readonly status: number;
  /** Most memory of the program (or of one of its processes) in bytes, as its kernel counts it; absent where there is no kernel of ours to ask. */
  readonly peakMemory?: number;
  /** Most memory of the emulator's process so far, in bytes. */
  readonly emulatorMemory?: number;
  /** Lines `BENCH name value unit`. */
  readonly bench: readonly string[];
  /** The last lines that it printed. */
  readonly output: readonly string[];
}

/** A guest that runs programs on request, one at a time. */
export interface Guest {
  /** For people: `hyperthumb`, `QEMU`, a commit. */
  readonly title: string;
  /** Waits until it is ready for programs. @throws GuestError; the signal's reason */
  boot(timeout: number, signal: AbortSignal): Promise<void>;
  /** @param timeout seconds; @throws GuestError, after which the guest is of no use; the signal's reason */
  run(name: string, timeout: number, signal: AbortSignal): Promise<GuestRun>;
  /** Ends it, in order if it can be. */
  close(): Promise<void>;
}

/** A guest that hangs, panics or died. The message is one line. */
export class GuestError extends Error {
  /** It may work with more time. */
  readonly timedOut: boolean;

  constructor(message: string, timedOut = false) {
    super(message);
    this.name = 'GuestError';
    this.timedOut = timedOut;
  }
}

/** Resolves with `promise`; rejects after `timeout` seconds, or when the signal aborts. */
export async function within<T>(
  promise: Promise<T>,
  timeout: number,
  signal: AbortSignal,
  late: () => GuestError,
): Promise<T> {
  signal.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const ended = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), 1000 * timeout);
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([promise, ended]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort!);
  }
}

/** The last lines that a guest printed, for a message. */
export function lastWords(lines: readonly string[]): string {
  const said = lines.map((line) => line.trim()).filter((line) => line !== '');
  return said.length === 0 ? 'it said nothing' : `the last it said: ${said.slice(-3).join(' / ')}`;
}
