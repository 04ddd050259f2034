import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { ExitCode, reason, systemErrorCode, UserError, writeError } from './errors.js';

/** Node reads no more at once. */
const maxInputBytes = 2 * 2 ** 30 - 1;

/**
 * Reads the whole of an input file.
 * @param what what the file is to the user, for the message: `kernel`, `device tree`
 * @throws UserError 66 when it cannot be read, 77 without permission, 65 when it is empty
 */
export function readInput(path: string, what: string): Uint8Array {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw unreadable(path, what, error);
  }
  try {
    const stat = fstatSync(fd);
    if (stat.isDirectory()) {
      throw new UserError(ExitCode.noInput, `cannot read ${what} '${path}': it is a directory, name a file`);
    }
    if (stat.size > maxInputBytes) {
      throw new UserError(ExitCode.data, `${what} '${path}' is too large: it has 2 GiB or more`);
    }
    const bytes = readFileSync(fd);
    if (bytes.length === 0) throw new UserError(ExitCode.data, `${what} '${path}' is empty`);
    return bytes;
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(path, what, error);
  } finally {
    closeSync(fd);
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
