import {
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError, writeError } from '../errors.js';
import { checkOutput } from '../files.js';

/**
 * Writes a text file, whole or not at all: into a file beside it, then renamed. A pipe or a device is written to directly.
 * @throws UserError 73, 74 or 77
 */
export function writeAtomically(path: string, text: string): void {
  checkOutput(path, 'file');
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing && !existing.isFile()) {
    writeText(path, path, text);
    return;
  }
  // A symbolic link stays one: what it points to is replaced.
  const target = existing ? realpathSync(path) : path;
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  try {
    writeText(temporary, path, text);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error instanceof UserError ? error : writeError(path, error);
  }
}

/** `named` is the file that a failure is told of. */
function writeText(path: string, named: string, text: string): void {
  try {
    const fd = openSync(path, 'w');
    try {
      const bytes = Buffer.from(text);
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
      syncIfFile(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw writeError(named, error);
  }
}

/** A full disk may be noticed only here. What is no file cannot be synced (EINVAL) and need not be. */
function syncIfFile(fd: number): void {
  try {
    fsyncSync(fd);
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
