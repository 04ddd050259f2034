import type { CacheLocation } from '../runtime/cache-file.js';
import { reasonToDistrustFolder } from '../runtime/own-files.js';
import { cacheKey, NoKeyError } from './cache-key.js';
import { defaultCacheFolder } from './image/cache.js';

const told = new Set<string>();

/** Tells the user that a run goes on without a cache, or part of it: once. */
export function warnOfCache(text: string): void {
  if (told.has(text)) return;
  told.add(text);
  process.stderr.write(`hyperthumb: ${text}\n`);
}

/**
 * A cache that a run may use; the user is told in a line why there is none.
 * @param folder undefined: the user has no home folder, which the default would be in
 * @param option that names another folder, and with `--no-` before it ends the use of any
 */
export function openCache(folder: string | undefined, option: string): CacheLocation | undefined {
  const home = defaultCacheFolder();
  if (folder === undefined || home === undefined) {
    warnOfCache('there is no home folder to keep caches in: they are not used (XDG_CACHE_HOME names one)');
    return undefined;
  }
  const why = reasonToDistrustFolder(folder);
  if (why !== undefined) {
    warnOfCache(`the cache in '${folder}' is not used: ${why}; --${option} FOLDER names another`);
    return undefined;
  }
  try {
    return { folder, key: cacheKey(home) };
  } catch (error) {
    if (!(error instanceof NoKeyError)) throw error;
    warnOfCache(`caches are not used: ${error.message}`);
    return undefined;
  }
}
