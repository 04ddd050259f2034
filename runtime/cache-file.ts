/**
 * Files that hold what can be made again: each ends in a checksum, and is replaced as a whole, so that several processes may share a
 * folder. A file that is missing, damaged or cannot be read is the same: there is nothing.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DIGEST = 'sha256';
const DIGEST_BYTES = 32;

export interface CacheFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** When it was read or written last, in milliseconds since 1970. */
  readonly used: number;
}

/** @returns what {@link writeCacheFile} was given; damaged files are removed */
export function readCacheFile(path: string): Buffer | undefined {
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch {
    return undefined;
  }
  const content = file.subarray(0, -DIGEST_BYTES);
  if (!digest(content).equals(file.subarray(-DIGEST_BYTES))) {
    removeCacheFile(path);
    return undefined;
  }
  const now = Date.now() / 1000;
  attempt(() => utimesSync(path, now, now));
  return content;
}

/** @throws what the file system does; nothing is left behind then */
export function writeCacheFile(path: string, content: Uint8Array): void {
  const temporary = `${path}.${process.pid}`;
  try {
    writeFileSync(temporary, Buffer.concat([content, digest(content)]));
    renameSync(temporary, path);
  } catch (error) {
    removeCacheFile(temporary);
    throw error;
  }
}

/** Name of a file that holds what was made from this: its digest, in hexadecimal. */
export function contentName(content: Uint8Array): string {
  return digest(content).toString('hex');
}

export function removeCacheFile(path: string): void {
  attempt(() => rmSync(path));
}

/** Names in a folder, which need not be there. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The files in a folder, in no order. */
export function cacheFiles(folder: string): CacheFile[] {
  return namesIn(folder).flatMap((name) => {
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat === undefined ? [] : [{ path, size: stat.size, used: stat.mtimeMs }];
  });
}

function digest(content: Uint8Array): Buffer {
  return createHash(DIGEST).update(content).digest();
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // Another process was faster, or the disk is read-only.
  }
}
