import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CacheFolder, contentName } from '../../../../runtime/cache-file.js';
import { cover, emptyCoverage } from '../../../../runtime/translation/coverage.js';
import { DiskCache } from '../../../../runtime/translation/disk-cache.js';
import { hashPage } from '../../../../runtime/translation/page-hash.js';
import { cacheKey } from '../../../../src/cache-key.js';
import { Cache } from '../../../../src/image/cache.js';
import { cachedUnpack } from '../../../../src/loader/kernel-cache.js';
import { makeImage } from '../../../src/loader/kernel-samples.js';
import { mutateJson } from '../json.js';
import type { FileKind } from '../kind.js';

const KEY = Buffer.alloc(32, 1);
const VERSION = 'one';
const NO_LIMIT = { maxBytes: 1 << 30 };
const page = Uint8Array.from({ length: 4096 }, (_, index) => (index * 31) & 0xff);
const pageName = `${hashPage(page).toString(16).padStart(14, '0')}.page`;

/** What a file of a page's translations holds, as the cache writes it. */
function translations(folder: string): Buffer {
  const cache = new DiskCache({ folder, key: KEY }, VERSION);
  const region = (head: number) => {
    const coverage = emptyCoverage();
    cover(coverage, head & ~1, 8);
    return { entries: [head], instructions: 2, aligned: false, coverage, code: Uint8Array.of(0, head, 1, 2) };
  };
  cache.add(page, [region(8), region(101)]);
  cache.flush();
  return pages(folder).read(pageName)!;
}

const pages = (folder: string) =>
  new CacheFolder({ folder: join(folder, VERSION), key: KEY }, `translations ${VERSION}`);

/** A page's translations, signed as they should be. */
export const signedTranslations: FileKind = {
  samples: (folder) => [translations(folder)],
  use: (file, folder) => {
    if (!pages(folder).write(pageName, file)) throw new Error('the cache is not believed');
    new DiskCache({ folder, key: KEY }, VERSION).find(page);
  },
};

/** The same as it lies on the disk, with a signature that a mutation makes wrong. */
export const storedTranslations: FileKind = {
  samples: (folder) => [Buffer.concat([translations(folder), Buffer.alloc(32)])],
  use: (file, folder) => {
    mkdirSync(join(folder, VERSION));
    writeFileSync(join(folder, VERSION, pageName), file, { mode: 0o600 });
    const found = new DiskCache({ folder, key: KEY }, VERSION).find(page);
    if (found.length > 0) throw new Error('a file without a right signature is believed');
  },
};

const MANIFEST = {
  distribution: 'debian',
  suite: 'bookworm',
  version: '6.1',
  sources: ['ab', 'cd'],
  commandLine: 'console=ttyAMA0',
  pulled: '2026-01-02T03:04:05Z',
  flavour: 'armmp',
  release: '6.1.0-1-armmp',
  kernel: 'vmlinuz',
  initrd: 'initramfs.cpio',
};

/** What the cache says of an image. */
export const imageManifest: FileKind = {
  samples: () => [Buffer.from(JSON.stringify(MANIFEST, undefined, 2))],
  use: (file, folder) => {
    const image = join(folder, 'images', 'debian-bookworm-armmp');
    mkdirSync(image, { recursive: true });
    writeFileSync(join(image, 'image.json'), file);
    for (const name of [MANIFEST.kernel, MANIFEST.initrd]) writeFileSync(join(image, name), '');
    const cache = new Cache(folder);
    for (const found of [...cache.list(), cache.find('bookworm', 'armmp')]) {
      if (found?.distribution !== 'debian') continue;
      const { commandLine, kernel, initrd, sources, flavour, suite } = found;
      // As `boot` and `pull` use it.
      join(found.folder, kernel.slice(), initrd.slice(), suite.slice(), flavour.slice(), commandLine.slice());
      sources.map((source) => source.slice());
    }
  },
  inside: (random) => Buffer.from(JSON.stringify(mutateJson(MANIFEST, random))),
};

const packed = gzipSync(makeImage(64));

/** An unpacked kernel as it lies on the disk: what comes is the kernel, whatever is there. */
export const storedKernel: FileKind = {
  samples: () => [Buffer.concat([makeImage(64), Buffer.alloc(32)])],
  use: async (file, folder) => {
    writeFileSync(join(folder, contentName(packed)), file, { mode: 0o600 });
    const kernel = await cachedUnpack({ folder, key: KEY })(packed, 'gzip', NO_LIMIT);
    if (!makeImage(64).equals(kernel)) throw new Error('another kernel came than was packed');
  },
};

/** The key for caches. */
export const key: FileKind = {
  samples: () => [KEY],
  use: (file, folder) => {
    writeFileSync(join(folder, 'cache.key'), file, { mode: 0o600 });
    const first = cacheKey(folder);
    if (first.length !== KEY.length || Buffer.compare(first, cacheKey(folder)) !== 0)
      throw new Error('no key, or another each time');
  },
};
