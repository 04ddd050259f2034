import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Compression, decompress } from './decompress.js';

/** As {@link decompress}. */
export type Unpack = (packed: Uint8Array, compression: Compression) => Promise<Uint8Array>;

/** Kernels that are kept, some 20 MiB each: those that were used last. */
const KEPT = 4;
const DIGEST = 'sha256';
const DIGEST_BYTES = 32;
/** A file of the cache: the digest of what was packed. */
const NAME = /^[0-9a-f]{64}$/;

/**
 * Kernels that an earlier run has unpacked: a file holds one and its digest. What cannot be read or written, or is damaged, costs time
 * and nothing else.
 * @param folder made when something is kept
 */
export function cachedUnpack(folder: string): Unpack {
  return async (packed, compression) => {
    const path = join(folder, digestOf(packed).toString('hex'));
    const known = read(path);
    if (known !== undefined) return known;
    const unpacked = await decompress(packed, compression);
    keep(folder, path, unpacked);
    return unpacked;
  };
}

function digestOf(bytes: Uint8Array): Buffer {
  return createHash(DIGEST).update(bytes).digest();
}

function read(path: string): Uint8Array | undefined {
  try {
    const file = readFileSync(path);
    const unpacked = file.subarray(0, -DIGEST_BYTES);
    if (!digestOf(unpacked).equals(file.subarray(-DIGEST_BYTES))) return undefined;
    const now = new Date();
    utimesSync(path, now, now);
    return unpacked;
  } catch {
    return undefined;
  }
}

function keep(folder: string, path: string, unpacked: Uint8Array): void {
  const part = `${path}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true });
  } catch {
    return;
  }
  try {
    writeFileSync(part, Buffer.concat([unpacked, digestOf(unpacked)]));
    renameSync(part, path);
    prune(folder);
  } catch {
    rmSync(part, { force: true });
  }
}

/** Removes what was not used for the longest time. */
function prune(folder: string): void {
  const files = readdirSync(folder)
    .filter((name) => NAME.test(name))
    .map((name) => ({ path: join(folder, name), used: statSync(join(folder, name)).mtimeMs }));
  files.sort((a, b) => b.used - a.used);
  for (const { path } of files.slice(KEPT)) rmSync(path, { force: true });
}
