import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../runtime/make-folder.js';
import { READ_AS_IT_IS, reasonToDistrust, reasonToDistrustFolder } from '../runtime/own-files.js';
import { reason, systemErrorCode } from './errors.js';

/** As many as HMAC-SHA256 has a use for. */
const KEY_BYTES = 32;
/** Only the user reads and writes it. */
const PRIVATE = 0o600;
const OTHERS_READ = constants.S_IRGRP | constants.S_IROTH;

/** Something is the matter with a key: the message is the end of a sentence about caches. */
export class NoKeyError extends Error {}

/**
 * The key that this user's caches are signed with, made the first time. One that others can read, or that is no key, is replaced: what it has
 * signed is then made anew.
 * @param folder the user's own, wherever the caches are: who puts a cache there may not bring its key along
 * @throws NoKeyError
 */
export function cacheKey(folder: string): Uint8Array {
  const path = join(folder, 'cache.key');
  try {
    makeFolder(folder);
    const why = reasonToDistrustFolder(folder);
    if (why !== undefined) throw new NoKeyError(`the key for caches cannot be kept in '${folder}': ${why}`);
    return readKey(path) ?? makeKey(path);
  } catch (error) {
    if (error instanceof NoKeyError) throw error;
    throw new NoKeyError(`the key for caches cannot be kept in '${path}': ${reason(error)}`, {
      cause: error,
    });
  }
}

/** @returns undefined when it is not there, or of no use any more. @throws NoKeyError, or what the file system does */
function readKey(path: string): Uint8Array | undefined {
  let fd: number;
  try {
    fd = openSync(path, READ_AS_IT_IS);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stat = fstatSync(fd);
    const why = reasonToDistrust(stat);
    if (why !== undefined) throw new NoKeyError(`the key for caches in '${path}' is not used: ${why}`);
    const secret = process.geteuid === undefined || (stat.mode & OTHERS_READ) === 0;
    return secret && stat.isFile() && stat.size === KEY_BYTES ? readFileSync(fd) : undefined;
  } finally {
    closeSync(fd);
  }
}

/** @returns the key that is there in the end: another process may have been faster */
function makeKey(path: string): Uint8Array {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const key = randomBytes(KEY_BYTES);
  try {
    writeFileSync(temporary, key, { flag: 'wx', mode: PRIVATE });
    try {
      linkSync(temporary, path);
    } catch {
      const other = readKey(path);
      if (other !== undefined) return other;
      // It is there and of no use, or the file system has no links.
      renameSync(temporary, path);
    }
  } finally {
    rmSync(temporary, { force: true });
  }
  return key;
}
