import { rmSync } from 'node:fs';
import { ExitCode, UserError } from '../errors.js';
import type { Cache, CachedImage, CachedXen } from './cache.js';
import { unpackDeb } from './deb.js';
import type { Fetcher } from './fetcher.js';
import type { Origin } from './origin.js';
import type { PackageIndex } from './packages.js';
import type { Progress } from './progress.js';
import { download, findByMetapackage, inCache, type PullOptions, pullImage, readIndex } from './pull.js';

/** Xen, and the Debian image that is its first guest. */
export interface XenImages {
  readonly xen: CachedXen;
  readonly dom0: CachedImage;
}

/** The serial port is the one that the device tree's `stdout-path` names. */
const commandLine = 'console=dtuart';

const hypervisorPath = /^boot\/xen-[^/]+-armhf(?:\.gz)?$/;

/**
 * Fetches Debian's Xen for armhf and the image of its dom0, unless the cache has them in the mirror's current version.
 * @throws UserError, or `Interrupted` after a signal; the cache then holds what it held before, and partial downloads
 */
export function pullXen(options: PullOptions, progress: Progress): Promise<XenImages> {
  return inCache(options, progress, async (origin, fetcher, signal) => {
    const index = await readIndex(origin, options, fetcher, progress);
    const xen = await pullHypervisor(index, origin, options.cache, fetcher, progress);
    signal.throwIfAborted();
    return { xen, dom0: await pullImage(index, origin, options, fetcher, progress, signal) };
  });
}

async function pullHypervisor(
  index: PackageIndex,
  origin: Origin,
  cache: Cache,
  fetcher: Fetcher,
  progress: Progress,
): Promise<CachedXen> {
  const { suite } = origin;
  const debian = findByMetapackage(index, origin, 'xen-system-armhf', 'xen-hypervisor-');
  const before = cache.findXen(suite);
  if (before?.sources[0] === debian.sha256) {
    progress.step(`up to date: ${debian.name} ${debian.version}`);
    return before;
  }
  const deb = await download(origin, debian, cache, fetcher, progress);
  const files = await unpackDeb(deb, (name) => hypervisorPath.test(name));
  const bytes = [...files.values()][0];
  if (bytes === undefined) {
    throw new UserError(ExitCode.data, `package ${debian.name} has no hypervisor in it`);
  }
  const hypervisor = `xen-${debian.sha256.slice(0, 12)}`;
  const image = cache.store(
    {
      distribution: 'xen',
      suite,
      version: debian.version,
      sources: [debian.sha256],
      hypervisor,
      commandLine,
      pulled: new Date().toISOString(),
    },
    new Map([[hypervisor, bytes]]),
  );
  rmSync(deb, { force: true });
  return image;
}
