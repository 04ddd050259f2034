import {
  CacheFolder,
  type CacheLocation,
  cacheFiles,
  contentName,
  removeCacheFile,
} from '../../runtime/cache-file.js';
import { type Compression, decompress } from './decompress.js';
import { checkLimits, type UnpackLimits } from './unpack-limits.js';

/** As {@link decompress}. */
export type Unpack = (
  packed: Uint8Array,
  compression: Compression,
  limits: UnpackLimits,
) => Promise<Uint8Array>;

/** Kernels that are kept, some 20 MiB each: those that were used last. */
const KEPT = 4;
/** A file of the cache, named by the digest of what was packed, and what is left of one that was being written. */
const NAME = /^[0-9a-f]{64}(\.[0-9a-f]+)?$/;

/**
 * Kernels that an earlier run has unpacked, a file each. What cannot be read or written, or is damaged, costs time and nothing else.
 * @param location its folder is made when something is kept
 * @param onDistrust is told, at most once, of a folder or file that is not to be believed
 */
export function cachedUnpack(location: CacheLocation, onDistrust?: (why: string) => void): Unpack {
  const files = new CacheFolder(location, 'kernels', onDistrust);
  return async (packed, compression, limits) => {
    const name = contentName(packed);
    const known = files.read(name);
    if (known !== undefined) {
      checkLimits(limits, known.length);
      return known;
    }
    const unpacked = await decompress(packed, compression, limits);
    try {
      if (files.write(name, unpacked)) prune(files.path);
    } catch {
      // A full or read-only disk: nothing is kept.
    }
    return unpacked;
  };
}

/** Removes what was not used for the longest time. */
function prune(folder: string): void {
  const files = cacheFiles(folder, NAME);
  files.sort((a, b) => b.used - a.used);
  for (const { path } of files.slice(KEPT)) removeCacheFile(path);
}
