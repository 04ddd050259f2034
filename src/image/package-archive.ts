import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeError } from '../errors.js';
import { busyboxApplets } from './busybox.js';
import { createFolder } from './cache.js';
import { CpioArchive } from './cpio.js';
import { PackageTree } from './package-tree.js';
import type { Progress } from './progress.js';
import { fetchPackages, type PullOptions } from './pull.js';

/** Packages that a program lists but does not need to run. */
export const leftOut: ReadonlySet<string> = new Set([
  'debconf',
  'dpkg',
  'install-info',
  'libc-bin',
  'media-types',
  'netbase',
  'tar',
]);

/** Debian packages, unpacked into one archive in the cache. */
export interface PackageArchive {
  /** Of the archive: cpio, newc. */
  readonly path: string;
  /** Names of the .deb files, which tell their contents. */
  readonly packages: readonly string[];
  /** Paths of files and links, without a slash at the start. */
  readonly files: readonly string[];
  /** The programs that BusyBox is. */
  readonly applets: readonly string[];
}

/** Raised when archives are laid out in another way. */
const layout = 1;

/**
 * The named packages with all that they need as a cpio archive, BusyBox in `/bin/busybox` with a link for each of its applets in `appletFolder`.
 * Kept in the cache, so that the mirror is asked once.
 * @param names for each, the packages of which one is wanted: the first that there is
 * @param refresh asks the mirror again for the packages' current versions
 * @throws UserError, as `fetchPackages`
 */
export async function packageArchive(
  names: readonly (readonly string[])[],
  appletFolder: string,
  options: Omit<PullOptions, 'flavour'>,
  progress: Progress,
  refresh: boolean,
): Promise<PackageArchive> {
  const wanted = [['busybox-static'], ...names].map((alternatives) => alternatives.join('|')).sort();
  const key = JSON.stringify([layout, appletFolder, wanted, [...leftOut], options.mirror, options.suite]);
  const name = `packages-${createHash('sha256').update(key).digest('hex').slice(0, 12)}`;
  const folder = join(options.cache.root, 'bench');
  const path = join(folder, `${name}.cpio`);
  const list = join(folder, `${name}.json`);
  if (!refresh && existsSync(path) && existsSync(list)) {
    const now = new Date();
    utimesSync(path, now, now);
    return { path, ...(JSON.parse(readFileSync(list, 'utf8')) as Omit<PackageArchive, 'path'>) };
  }

  const debs = await fetchPackages([['busybox-static'], ...names], options, progress, leftOut);
  const tree = new PackageTree();
  for (const [debian, deb] of debs) {
    progress.step(`unpacking ${debian}`);
    await tree.add(deb);
  }
  const archive = new CpioArchive();
  const busybox = tree.file('bin/busybox');
  if (busybox === undefined) throw new Error('package busybox-static has no bin/busybox');
  const applets = busyboxApplets(busybox);
  for (const applet of applets) archive.symlink(`${appletFolder}/${applet}`, '/bin/busybox');
  if (!tree.entries.has('bin/sh')) archive.symlink('bin/sh', 'busybox');
  tree.copyTo(archive);
  const contents = {
    packages: [...debs.values()].map((deb) => basename(deb)),
    files: [...tree.entries].filter(([, entry]) => entry.type !== 'directory').map(([file]) => file),
    applets,
  };
  createFolder(folder);
  try {
    writeFileSync(path, archive.bytes());
    // Last: an archive without it is incomplete.
    writeFileSync(list, JSON.stringify(contents));
  } catch (error) {
    rmSync(list, { force: true });
    rmSync(path, { force: true });
    throw writeError(path, error);
  }
  pruneArchives(folder, /^packages-.*\.cpio$/, 8);
  return { path, ...contents };
}

/** Removes all archives of this name in a folder but the `kept` ones used last. */
export function pruneArchives(folder: string, name: RegExp, kept: number): void {
  const paths = readdirSync(folder)
    .filter((file) => name.test(file))
    .map((file) => join(folder, file));
  const byUse = paths.map((path) => ({ path, used: statSync(path).mtimeMs })).sort((a, b) => b.used - a.used);
  for (const { path } of byUse.slice(kept)) {
    rmSync(path, { force: true });
    rmSync(path.replace(/\.cpio$/, '.json'), { force: true });
  }
}
