/**
 * Files that hold what can be made again. Each ends in a code over its place and content that only who has the user's key can make (HMAC,
 * RFC 2104), and is replaced as a whole, so that several processes may share a folder. A file that is missing, damaged, of another key, or
 * cannot be read is the same: there is nothing.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  futimesSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './make-folder.js';
import { READ_AS_IT_IS, reasonToDistrust, reasonToDistrustFolder } from './own-files.js';

const DIGEST = 'sha256';
const DIGEST_BYTES = 32;
/** Only the user reads and writes it. */
const PRIVATE = 0o600;
/** No file of a cache is larger. */
const MOST_BYTES = 1 << 30;

/** Where a cache is, and what its files are signed with. */
export interface CacheLocation {
  readonly folder: string;
  /** The user's, for all caches: see `src/cache-key.ts`. */
  readonly key: Uint8Array;
}

export interface CacheFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** When it was read or written last, in milliseconds since 1970. */
  readonly used: number;
}

/** The files of one folder, by name. */
export class CacheFolder {
  readonly path: string;
  readonly #key: Uint8Array;
  readonly #purpose: string;
  readonly #onDistrust: (why: string) => void;
  readonly #trusted: boolean;

  /**
   * @param purpose what the files are: no file is taken for one of another purpose or name
   * @param onDistrust is told, at most once, of a folder or file that is not to be believed
   */
  constructor({ folder, key }: CacheLocation, purpose: string, onDistrust: (why: string) => void = () => {}) {
    this.path = folder;
    this.#key = key;
    this.#purpose = purpose;
    let told = false;
    this.#onDistrust = (why) => {
      if (!told) onDistrust(why);
      told = true;
    };
    const why = reasonToDistrustFolder(folder);
    this.#trusted = why === undefined;
    if (why !== undefined) this.#onDistrust(`the cache in '${folder}' is not used: ${why}`);
  }

  /** @returns what {@link write} was given; damaged files are removed */
  read(name: string): Buffer | undefined {
    if (!this.#trusted) return undefined;
    const path = join(this.path, name);
    let fd: number;
    try {
      fd = openSync(path, READ_AS_IT_IS);
    } catch {
      return undefined;
    }
    try {
      return this.#readOpen(fd, name, path);
    } catch {
      return undefined;
    } finally {
      closeSync(fd);
    }
  }

  #readOpen(fd: number, name: string, path: string): Buffer | undefined {
    // Of what is open, so that nobody can put another file in its place meanwhile.
    const stat = fstatSync(fd);
    const why = reasonToDistrust(stat);
    if (why !== undefined) this.#onDistrust(`'${path}' is not used: ${why}`);
    if (why !== undefined || !stat.isFile() || stat.size > MOST_BYTES) return undefined;
    const file = readFileSync(fd);
    const content = file.subarray(0, -DIGEST_BYTES);
    const signature = file.subarray(-DIGEST_BYTES);
    if (signature.length !== DIGEST_BYTES || !timingSafeEqual(signature, this.#sign(name, content))) {
      removeCacheFile(path);
      return undefined;
    }
    const now = Date.now() / 1000;
    attempt(() => futimesSync(fd, now, now));
    return content;
  }

  /**
   * @returns false in a folder that is not to be believed: nothing is written there
   * @throws what the file system does; nothing is left behind then
   */
  write(name: string, content: Uint8Array): boolean {
    if (!this.#trusted) return false;
    const file = Buffer.concat([content, this.#sign(name, content)]);
    try {
      this.#replace(name, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      makeFolder(this.path);
      this.#replace(name, file);
    }
    return true;
  }

  #replace(name: string, file: Buffer): void {
    const path = join(this.path, name);
    const temporary = `${path}.${randomBytes(6).toString('hex')}`;
    try {
      writeFileSync(temporary, file, { flag: 'wx', mode: PRIVATE });
      renameSync(temporary, path);
    } catch (error) {
      removeCacheFile(temporary);
      throw error;
    }
  }

  remove(name: string): void {
    if (this.#trusted) removeCacheFile(join(this.path, name));
  }

  names(): string[] {
    return this.#trusted ? namesIn(this.path) : [];
  }

  #sign(name: string, content: Uint8Array): Buffer {
    return createHmac(DIGEST, this.#key).update(`${this.#purpose}\0${name}\0`).update(content).digest();
  }
}

/** Name of a file that holds what was made from this: its digest, in hexadecimal. */
export function contentName(content: Uint8Array): string {
  return createHash(DIGEST).update(content).digest('hex');
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

/** The files in a folder whose names match, in no order. */
export function cacheFiles(folder: string, pattern: RegExp): CacheFile[] {
  const names = namesIn(folder).filter((name) => pattern.test(name));
  return names.flatMap((name) => {
    const path = join(folder, name);
    const stat = attempt(() => statSync(path));
    return stat === undefined ? [] : [{ path, size: stat.size, used: stat.mtimeMs }];
  });
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    // Another process was faster, or the disk is read-only.
    return undefined;
  }
}
