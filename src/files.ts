import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { ExitCode, reason, systemErrorCode, UserError, writeError } from './errors.js';

/** How large an input file may be. Devices and pipes do not end by themselves. */
export interface InputLimit {
  readonly maxBytes: number;
  /** What has so many bytes, for the message: `the 128 MiB of flash`. */
  readonly room: string;
  /** Files that may be larger, up to 2 GiB, by their start: what is used of them is not all. */
  readonly except?: (bytes: Uint8Array) => boolean;
  /** Called between reads; throws when time is up. */
  readonly checkTime?: () => void;
}

/** Of a file that becomes one string: V8's have no more than 512 MiB. */
export const textLimit: InputLimit = { maxBytes: 256 << 20, room: '256 MiB' };

/** Node's buffers have no more. */
const mostBytes = 2 * 2 ** 30 - 1;
const defaultLimit: InputLimit = { maxBytes: 2 ** 30, room: '1 GiB' };

/**
 * Reads the whole of an input file.
 * @param what what the file is to the user, for the message: `kernel`, `device tree`
 * @throws UserError 66 when it cannot be read, 77 without permission, 65 when it is empty or too large
 */
export function readInput(path: string, what: string, limit: InputLimit = defaultLimit): Uint8Array {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw unreadable(path, what, error);
  }
  try {
    if (fstatSync(fd).isDirectory()) {
      throw new UserError(ExitCode.noInput, `cannot read ${what} '${path}': it is a directory, name a file`);
    }
    const bytes = readUpTo(fd, limit);
    if (bytes === undefined) {
      throw new UserError(ExitCode.data, `${what} '${path}' is too large: it has more than ${limit.room}`);
    }
    if (bytes.length === 0) throw new UserError(ExitCode.data, `${what} '${path}' is empty`);
    return bytes;
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(path, what, error);
  } finally {
    closeSync(fd);
  }
}

const pieceBytes = 16 << 20;

/** The rest of an open file; undefined when it is larger than the limit. */
export function readUpTo(
  fd: number,
  { maxBytes, except, checkTime }: Omit<InputLimit, 'room'>,
): Buffer | undefined {
  // A byte more, so that the end of a file is seen without a larger buffer.
  let buffer = Buffer.allocUnsafe(Math.min(fstatSync(fd).size || 2 ** 16, maxBytes) + 1);
  for (let length = 0; ; ) {
    checkTime?.();
    if (length === buffer.length) {
      const larger = Buffer.allocUnsafe(Math.min(2 * length, mostBytes));
      larger.set(buffer);
      buffer = larger;
    }
    const count = readSync(fd, buffer, length, Math.min(buffer.length - length, pieceBytes), null);
    if (count === 0) return buffer.subarray(0, length);
    length += count;
    if (length > maxBytes && (length === mostBytes || !except?.(buffer.subarray(0, length))))
      return undefined;
  }
}

function unreadable(path: string, what: string, error: unknown): UserError {
  const code = systemErrorCode(error);
  const exitCode = code === 'EACCES' || code === 'EPERM' ? ExitCode.noPermission : ExitCode.noInput;
  return new UserError(exitCode, `cannot read ${what} '${path}': ${reason(error)}`, { cause: error });
}

/**
 * Checks early that `path` can be an output file: its folder exists, a new file may be made there, and it is not a folder itself.
 * @throws UserError 73 or 77
 */
export function checkOutput(path: string, what: string): void {
  if (path === '' || path.endsWith('/')) {
    throw new UserError(ExitCode.cannotCreate, `cannot write ${what} '${path}': it names no file`);
  }
  const folder = dirname(path);
  if (!statOf(folder, path)?.isDirectory()) {
    throw new UserError(
      ExitCode.cannotCreate,
      `cannot write ${what} '${path}': there is no folder '${folder}'`,
    );
  }
  const existing = statOf(path, path);
  if (existing?.isDirectory()) {
    throw new UserError(
      ExitCode.cannotCreate,
      `cannot write ${what} '${path}': it is a directory, name a file`,
    );
  }
  if (existing === undefined) checkWritable(folder, path);
}

/** @param output what a failure is told of. @returns undefined when nothing is there */
function statOf(path: string, output: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw writeError(output, error);
  }
}

function checkWritable(folder: string, output: string): void {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw writeError(output, error);
  }
}

/** Writes an output file. @throws UserError 73, 74 or 77 */
export function writeOutput(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes);
  } catch (error) {
    throw writeError(path, error);
  }
}
