import { createHash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Deadline } from '../deadline.js';
import { ExitCode, Interrupted, UserError } from '../errors.js';
import { FormatError } from '../loader/format-error.js';
import { onEndingSignal } from '../signals.js';
import { type Cache, type CachedImage, createFolder } from './cache.js';
import { unpackDeb } from './deb.js';
import { Fetcher, sha256Of } from './fetcher.js';
import type { Flavour } from './flavours.js';
import { buildInitramfs } from './initramfs.js';
import { ModuleSet } from './modules.js';
import { findOrigin, type Origin, type OriginOptions } from './origin.js';
import { type DebianPackage, fetchPackageIndex, type PackageIndex } from './packages.js';
import { mebibytes, type Progress } from './progress.js';
import { fetchRelease } from './release.js';

/** Raised when the initramfs is built in another way, so that images from before are built anew. */
const builderVersion = 'initramfs-1';

const commandLine = 'console=ttyAMA0';

export interface PullOptions extends OriginOptions {
  readonly flavour: Flavour;
  readonly cache: Cache;
  readonly checkSignature: boolean;
  /** Ends a pull that takes longer; what was fetched until then is kept. */
  readonly deadline?: Deadline;
}

/**
 * Fetches a Debian kernel and busybox for armhf and builds an initramfs, unless the cache has them in the mirror's current version.
 * @throws UserError, or `Interrupted` after a signal; the cache then holds what it held before, and partial downloads
 */
export function pullDebian(options: PullOptions, progress: Progress): Promise<CachedImage> {
  return inCache(options, progress, async (origin, fetcher, signal) => {
    const index = await readIndex(origin, options, fetcher, progress);
    return pullImage(index, origin, options, fetcher, progress, signal);
  });
}

/**
 * Fetches one package for armhf (or for all architectures) into the cache's downloads, where it stays.
 * @returns the path of the .deb
 * @throws as {@link pullDebian}
 */
export function fetchDebianPackage(
  name: string,
  options: Omit<PullOptions, 'flavour'>,
  progress: Progress,
): Promise<string> {
  return inCache(options, progress, async (origin, fetcher) => {
    const index = await readIndex(origin, options, fetcher, progress);
    return download(origin, index.find(name), options.cache, fetcher, progress);
  });
}

export interface FetchedPackages {
  /** Paths of the .deb files by package, sorted by package. */
  readonly debs: ReadonlyMap<string, string>;
  /** For each that was asked for: the package itself and all that it needs, whatever else was asked for. */
  readonly closures: readonly Closure[];
}

export interface Closure {
  /** The package that was asked for, of its alternatives the one that there is. */
  readonly name: string;
  /** With all that it needs, sorted. */
  readonly packages: readonly string[];
}

/**
 * Fetches packages for armhf with everything that they need into the cache's downloads, where they stay.
 * @param names for each, the packages of which one is wanted: the first that there is
 * @param without packages that are taken as there already, unless they are asked for
 * @throws as {@link pullDebian}
 */
export function fetchPackages(
  names: readonly (readonly string[])[],
  options: Omit<PullOptions, 'flavour'>,
  progress: Progress,
  without: ReadonlySet<string> = new Set(),
): Promise<FetchedPackages> {
  return inCache(options, progress, async (origin, fetcher, signal) => {
    const index = await readIndex(origin, options, fetcher, progress);
    const wanted = new Map<string, DebianPackage>();
    const closures = names.map((alternatives): Closure => {
      const name = alternatives.find((one) => index.has(one)) ?? alternatives[0];
      // Who asks for one of them by name wants it.
      const packages = index.closure([name], new Set([...without].filter((one) => one !== name)));
      for (const debian of packages) wanted.set(debian.name, debian);
      return { name, packages: packages.map((debian) => debian.name) };
    });
    const debs = new Map<string, string>();
    for (const name of [...wanted.keys()].sort()) {
      signal.throwIfAborted();
      debs.set(name, await download(origin, wanted.get(name)!, options.cache, fetcher, progress));
    }
    return { debs, closures };
  });
}

/** Runs `action` with the cache locked; a signal aborts what is under way. */
export async function inCache<T>(
  options: Omit<PullOptions, 'flavour'>,
  progress: Progress,
  action: (origin: Origin, fetcher: Fetcher, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const origin = findOrigin(options);
  const abort = new AbortController();
  const ignoreSignals = onEndingSignal((signal) => abort.abort(new Interrupted(signal)));
  const { remaining, error: late } = options.deadline ?? {};
  const timer = remaining === undefined ? undefined : setTimeout(() => abort.abort(late), 1000 * remaining);
  const fetcher = new Fetcher(progress, abort.signal);
  try {
    return await options.cache.locked(
      () => action(origin, fetcher, abort.signal),
      abort.signal,
      (text) => progress.step(text),
    );
  } catch (error) {
    throw abort.signal.aborted ? abort.signal.reason : error;
  } finally {
    clearTimeout(timer);
    progress.end();
    ignoreSignals();
    await fetcher.close();
  }
}

/** The suite's packages for armhf, checked from the signed release file down. */
export async function readIndex(
  origin: Origin,
  { checkSignature }: Pick<PullOptions, 'checkSignature'>,
  fetcher: Fetcher,
  progress: Progress,
): Promise<PackageIndex> {
  const base = baseOf(origin);
  progress.step(`reading ${base}`);
  const release = await fetchRelease(fetcher, { ...origin, checkSignature }, progress);
  progress.step('reading the list of packages for armhf');
  return fetchPackageIndex(fetcher, base, release);
}

/** The package of this prefix that a metapackage depends on: it has the version in its name. @throws UserError 69 or 76 */
export function findByMetapackage(
  index: PackageIndex,
  origin: Origin,
  metapackage: string,
  prefix: string,
): DebianPackage {
  const name = index.find(metapackage).depends.find((item) => item.startsWith(prefix));
  if (name !== undefined) return index.find(name);
  throw new UserError(
    ExitCode.protocol,
    `package ${metapackage} of ${baseOf(origin)} depends on no ${prefix}…: try another --suite`,
  );
}

const baseOf = (origin: Origin): string => `${origin.mirror}/dists/${origin.suite}`;

/** Fetches kernel and busybox and builds the initramfs, with the cache locked. @throws as {@link pullDebian} */
export async function pullImage(
  index: PackageIndex,
  origin: Origin,
  { cache, flavour }: PullOptions,
  fetcher: Fetcher,
  progress: Progress,
  signal: AbortSignal,
): Promise<CachedImage> {
  const kernel = findByMetapackage(index, origin, `linux-image-${flavour}`, 'linux-image-');
  const busybox = index.find('busybox-static');
  const sources = [kernel.sha256, busybox.sha256, builderVersion];

  const before = cache.find(origin.suite, flavour);
  if (before !== undefined && sources.every((source, i) => before.sources[i] === source)) {
    progress.step(`up to date: ${kernel.name} ${kernel.version}`);
    return before;
  }

  const kernelDeb = await download(origin, kernel, cache, fetcher, progress);
  const busyboxDeb = await download(origin, busybox, cache, fetcher, progress);
  signal.throwIfAborted();

  progress.step(`unpacking ${kernel.name}`);
  const kernelFiles = await unpackDeb(kernelDeb, (name) => kernelPath.test(name) || modulePath.test(name));
  signal.throwIfAborted();
  const busyboxFiles = await unpackDeb(busyboxDeb, (name) => busyboxPath.test(name));
  signal.throwIfAborted();

  progress.step('building the initramfs');
  const parts = collect(kernelFiles, busyboxFiles, kernel);
  let initrd: Uint8Array;
  try {
    initrd = await buildInitramfs(parts.busybox, new ModuleSet(parts.modules), parts.release);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new UserError(
      ExitCode.data,
      `cannot use package ${kernel.name} ${kernel.version}: ${error.message}`,
      {
        cause: error,
      },
    );
  }
  signal.throwIfAborted();

  const version = createHash('sha256').update(sources.join()).digest('hex').slice(0, 12);
  const names = { kernel: `vmlinuz-${version}`, initrd: `initramfs-${version}.cpio` };
  const image = cache.store(
    {
      distribution: 'debian',
      suite: origin.suite,
      flavour,
      version: kernel.version,
      release: parts.release,
      sources,
      ...names,
      commandLine,
      pulled: new Date().toISOString(),
    },
    new Map([
      [names.kernel, parts.kernel],
      [names.initrd, initrd],
    ]),
  );
  rmSync(kernelDeb, { force: true });
  rmSync(busyboxDeb, { force: true });
  return image;
}

/** Fetches a package into the cache, or finds it there. */
export async function download(
  origin: Origin,
  debian: DebianPackage,
  cache: Cache,
  fetcher: Fetcher,
  progress: Progress,
): Promise<string> {
  createFolder(cache.downloads);
  const path = join(cache.downloads, `${debian.name}-${debian.sha256.slice(0, 16)}.deb`);
  if (existsSync(path) && (await sha256Of(path)) === debian.sha256) return path;
  progress.step(`fetching ${debian.name} ${debian.version} (${mebibytes(debian.size)} MiB)`);
  const url = `${origin.mirror}/${debian.filename}`;
  await fetcher.file({ url, sha256: debian.sha256, size: debian.size, label: debian.name }, path);
  return path;
}

const kernelPath = /^boot\/vmlinuz-(.+)$/;
const modulePath = /^(?:usr\/)?lib\/modules\/[^/]+\/(.*\.ko(?:\.(?:xz|gz|zst))?)$/;
const busyboxPath = /^(?:usr\/)?bin\/busybox$/;

function collect(
  kernelFiles: ReadonlyMap<string, Uint8Array>,
  busyboxFiles: ReadonlyMap<string, Uint8Array>,
  debian: DebianPackage,
) {
  const vmlinuz = [...kernelFiles].find(([path]) => kernelPath.test(path));
  const busybox = [...busyboxFiles.values()][0];
  if (vmlinuz === undefined || busybox === undefined) {
    throw new UserError(
      ExitCode.data,
      vmlinuz === undefined
        ? `package ${debian.name} has no kernel in it`
        : 'package busybox-static has no busybox in it',
    );
  }
  const modules = new Map<string, Uint8Array>();
  for (const [path, bytes] of kernelFiles) {
    const match = modulePath.exec(path);
    if (match) modules.set(match[1], bytes);
  }
  return { kernel: vmlinuz[1], release: kernelPath.exec(vmlinuz[0])![1], busybox, modules };
}
