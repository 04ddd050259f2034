import { type EndingSignal, exitCodeOf } from './signals.js';

/** Exit codes as in sysexits.h. */
export const ExitCode = {
  ok: 0,
  /** EX_USAGE: the command line is wrong. */
  usage: 64,
  /** EX_DATAERR: an input file is not what it should be. */
  data: 65,
  /** EX_NOINPUT: an input file cannot be read. */
  noInput: 66,
  /** EX_UNAVAILABLE: a service, such as a mirror, cannot be reached. */
  unavailable: 69,
  /** EX_SOFTWARE: a fault of our own. */
  software: 70,
  /** EX_CANTCREAT: an output file cannot be created. */
  cannotCreate: 73,
  /** EX_IOERR: reading or writing failed half-way. */
  io: 74,
  /** EX_TEMPFAIL: may work if tried again; also a run that hit its limit. */
  temporary: 75,
  /** EX_PROTOCOL: the other side answered nonsense. */
  protocol: 76,
  /** EX_NOPERM: not permitted. */
  noPermission: 77,
  /** EX_CONFIG: something is configured wrongly, or not at all. */
  config: 78,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** An error the user can do something about: printed as one line, without a stack. */
export class UserError extends Error {
  readonly exitCode: number;

  /** `message` is one line that names what is wrong and what to do. */
  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UserError';
    this.exitCode = exitCode;
  }
}

/** A run ended by a signal: nothing is printed, the exit code is 128 + the signal's number. */
export class Interrupted extends Error {
  readonly exitCode: number;

  constructor(signal: EndingSignal) {
    super(`interrupted by ${signal}`);
    this.name = 'Interrupted';
    this.exitCode = exitCodeOf(signal);
  }
}

/** A message as one line that a terminal shows as it is: what it quotes may come from a file that somebody else has made. */
export function oneLine(text: string): string {
  const hexadecimal = (character: string) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return text.replace(/\s*\n\s*/g, ' ').replace(/\p{Cc}/gu, hexadecimal);
}

/** The code of a Node system error (`ENOENT`, `ECONNREFUSED`, …), looked for down the chain of causes. */
export function systemErrorCode(error: unknown): string | undefined {
  for (let e = error; e instanceof Error; e = e.cause) {
    const code = (e as NodeJS.ErrnoException).code;
    if (typeof code === 'string') return code;
    if (e instanceof AggregateError && e.errors.length > 0) return systemErrorCode(e.errors[0]);
  }
  return undefined;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  ENOSPC: 'no space left on the device',
  EROFS: 'the file system is read-only',
  EDQUOT: 'the disk quota is used up',
  EMFILE: 'too many open files',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  ENXIO: 'nothing is behind it',
  ETXTBSY: 'it is a program that runs now',
  EIO: 'input/output error',
};

/** A system error in words: `no such file or directory`. */
export function reason(error: unknown): string {
  const code = systemErrorCode(error);
  if (code !== undefined && reasons[code] !== undefined) return reasons[code];
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0];
}

/** No file can be created under such a path. */
const badPaths: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'EEXIST',
  'ELOOP',
  'ENAMETOOLONG',
  'EROFS',
  'ENXIO',
  'ETXTBSY',
]);

/** Wraps a failure to create or write `path` (73 when it cannot be created, 77 without permission, 74 otherwise). */
export function writeError(path: string, error: unknown): UserError {
  const code = systemErrorCode(error);
  const exitCode =
    code === 'EACCES' || code === 'EPERM'
      ? ExitCode.noPermission
      : code !== undefined && badPaths.has(code)
        ? ExitCode.cannotCreate
        : ExitCode.io;
  return new UserError(exitCode, `cannot write '${path}': ${reason(error)}`, { cause: error });
}
