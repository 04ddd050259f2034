import type { FileKind } from './kind.js';
import * as bench from './kinds/bench.js';
import * as caches from './kinds/caches.js';
import * as kernel from './kinds/kernel.js';
import * as mirror from './kinds/mirror.js';

/** Every kind of file that a campaign mutates, by the name that the command line has for it. */
export const FILE_KINDS = {
  kernel: kernel.kernel,
  initrd: kernel.initrd,
  dtb: kernel.dtb,
  release: mirror.release,
  packages: mirror.packages,
  'packed-packages': mirror.packedPackages,
  deb: mirror.deb,
  'apt-sources': mirror.aptSources,
  suite: bench.suite,
  results: bench.results,
  history: bench.history,
  'image-manifest': caches.imageManifest,
  'signed-translations': caches.signedTranslations,
  'stored-translations': caches.storedTranslations,
  'stored-kernel': caches.storedKernel,
  'cache-key': caches.key,
} as const satisfies Record<string, FileKind>;

export type FileKindName = keyof typeof FILE_KINDS;
export const FILE_KIND_NAMES = Object.keys(FILE_KINDS) as FileKindName[];
