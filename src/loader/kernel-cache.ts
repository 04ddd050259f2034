import { basename, join } from 'node:path';
import {
  cacheFiles,
  contentName,
  readCacheFile,
  removeCacheFile,
  writeCacheFile,
} from '../../runtime/cache-file.js';
import { makeFolder } from '../../runtime/make-folder.js';
import { type Compression, decompress } from './decompress.js';

/** As {@link decompress}. */
export type Unpack = (packed: Uint8Array, compression: Compression) => Promise<Uint8Array>;

/** Kernels that are kept, some 20 MiB each: those that were used last. */
const KEPT = 4;
/** A file of the cache: the digest of what was packed. */
const NAME = /^[0-9a-f]{64}$/;

/**
 * Kernels that an earlier run has unpacked, a file each. What cannot be read or written, or is damaged, costs time and nothing else.
 * @param folder made when something is kept
 */
export function cachedUnpack(folder: string): Unpack {
  return async (packed, compression) => {
    const path = join(folder, contentName(packed));
    const known = readCacheFile(path);
    if (known !== undefined) return known;
    const unpacked = await decompress(packed, compression);
    try {
      makeFolder(folder);
      writeCacheFile(path, unpacked);
    } catch {
      return unpacked;
    }
    prune(folder);
    return unpacked;
  };
}

/** Removes what was not used for the longest time. */
function prune(folder: string): void {
  const files = cacheFiles(folder).filter(({ path }) => NAME.test(basename(path)));
  files.sort((a, b) => b.used - a.used);
  for (const { path } of files.slice(KEPT)) removeCacheFile(path);
}
