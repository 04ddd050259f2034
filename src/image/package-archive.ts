import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ExitCode, UserError } from '../errors.js';
import { busyboxApplets } from './busybox.js';
import { createFolder, writeAtomically } from './cache.js';
import { CpioArchive } from './cpio.js';
import { PackageTree } from './package-tree.js';
import type { Progress } from './progress.js';
import { type Closure, fetchPackages, type PullOptions } from './pull.js';

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

/** What Debian packages have in them: enough to choose among them without unpacking them. */
export interface PackageList {
  /** For each that was asked for, in order. */
  readonly asked: readonly Closure[];
  /** By name: those that were asked for, what they need, and BusyBox. */
  readonly packages: Readonly<Record<string, ListedPackage>>;
  /** The programs that BusyBox is. */
  readonly applets: readonly string[];
}

export interface ListedPackage {
  /** Name of the .deb file, which tells its contents. */
  readonly deb: string;
  /** Paths of files and links, without a slash at the start. */
  readonly files: readonly string[];
}

export interface ArchiveOptions extends Omit<PullOptions, 'flavour'> {
  /** Where links to BusyBox for each of its applets go. */
  readonly appletFolder: string;
  /** Asks the mirror again for the packages' current versions. */
  readonly refresh: boolean;
}

/** The package that is in every archive. */
export const basePackage = 'busybox-static';

/** Raised when lists and archives are laid out in another way. */
const layout = 2;

/** Archives, and lists, that are kept at least. */
const kept = 16;

/**
 * Packages with all that they need, unpacked into cpio archives (newc): a package is in as many as it is chosen for, BusyBox with its
 * applets in each. Lists and archives are kept in the cache, so that the mirror is asked once; the same packages give the same bytes.
 * @param names for each, the packages of which one is wanted: the first that there is
 * @param choose the packages of each archive, by name
 * @returns paths of the archives, in the order of the choice
 * @throws UserError, as `fetchPackages`
 */
export async function packageArchives(
  names: readonly (readonly string[])[],
  choose: (list: PackageList) => readonly ReadonlySet<string>[],
  options: ArchiveOptions,
  progress: Progress,
): Promise<{ readonly list: PackageList; readonly archives: readonly string[] }> {
  const wanted = names.map((alternatives) => alternatives.join('|'));
  const key = JSON.stringify([layout, wanted, [...leftOut], options.mirror, options.suite]);
  const path = join(options.cache.root, 'bench', `list-${shortHash(key)}.json`);
  const known = options.refresh ? undefined : readList(path);
  const before = known && (await buildAll(known, choose(known), options, progress));
  if (before !== undefined) return { list: known!, archives: before };

  const list = await fetchList(names, path, options, progress);
  const archives = await buildAll(list, choose(list), options, progress);
  if (archives !== undefined) return { list, archives };
  throw new UserError(ExitCode.temporary, `packages went away from '${options.cache.downloads}': try again`);
}

function readList(path: string): PackageList | undefined {
  try {
    const list = JSON.parse(readFileSync(path, 'utf8')) as PackageList;
    touch(path);
    return Array.isArray(list.asked) && Array.isArray(list.applets) && list.packages[basePackage]
      ? list
      : undefined;
  } catch {
    return undefined;
  }
}

async function fetchList(
  names: readonly (readonly string[])[],
  path: string,
  options: ArchiveOptions,
  progress: Progress,
): Promise<PackageList> {
  const { debs, closures } = await fetchPackages([[basePackage], ...names], options, progress, leftOut);
  const packages: Record<string, ListedPackage> = {};
  let applets: readonly string[] = [];
  for (const [name, deb] of debs) {
    progress.step(`reading ${name}`);
    const tree = new PackageTree();
    await tree.add(deb);
    const files = [...tree.entries].filter(([, { type }]) => type !== 'directory').map(([file]) => file);
    packages[name] = { deb: basename(deb), files: files.sort() };
    const busybox = name === basePackage ? tree.file('bin/busybox') : undefined;
    if (busybox !== undefined) applets = busyboxApplets(busybox);
  }
  if (applets.length === 0) throw new Error(`package ${basePackage} has no bin/busybox`);
  const list: PackageList = { asked: closures.slice(1), packages, applets };
  createFolder(join(path, '..'));
  writeAtomically(path, JSON.stringify(list));
  pruneArchives(join(path, '..'), /^list-.*\.json$/, kept);
  return list;
}

/** @returns undefined when a package is no longer in the cache */
async function buildAll(
  list: PackageList,
  choices: readonly ReadonlySet<string>[],
  options: ArchiveOptions,
  progress: Progress,
): Promise<string[] | undefined> {
  const paths: string[] = [];
  for (const choice of choices) {
    const path = await build(list, choice, options, progress);
    if (path === undefined) return undefined;
    paths.push(path);
  }
  const folder = join(options.cache.root, 'bench');
  if (paths.length > 0) {
    pruneArchives(folder, /^packages-.*\.cpio$/, Math.max(kept, new Set(paths).size));
  }
  return paths;
}

async function build(
  { packages, applets }: PackageList,
  choice: ReadonlySet<string>,
  { cache, appletFolder }: ArchiveOptions,
  progress: Progress,
): Promise<string | undefined> {
  const names = [...new Set([basePackage, ...choice])].sort();
  const debs = names.map((name) => packages[name].deb);
  const folder = join(cache.root, 'bench');
  const path = join(folder, `packages-${shortHash(JSON.stringify([layout, appletFolder, debs]))}.cpio`);
  if (existsSync(path)) {
    touch(path);
    return path;
  }
  if (!debs.every((deb) => existsSync(join(cache.downloads, deb)))) return undefined;
  const tree = new PackageTree();
  for (const [i, deb] of debs.entries()) {
    progress.step(`unpacking ${names[i]}`);
    await tree.add(join(cache.downloads, deb));
  }
  progress.end();
  const archive = new CpioArchive();
  for (const applet of applets) archive.symlink(`${appletFolder}/${applet}`, '/bin/busybox');
  if (!tree.entries.has('bin/sh')) archive.symlink('bin/sh', 'busybox');
  tree.copyTo(archive);
  createFolder(folder);
  writeAtomically(path, archive.bytes());
  return path;
}

/** Says that it is in use; a cache that may not be written to is of use as well. */
function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Then nobody removes what was not used lately, either.
  }
}

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** Removes all files of this name in a folder but the `kept` ones used last. */
export function pruneArchives(folder: string, name: RegExp, kept: number): void {
  const paths = readdirSync(folder)
    .filter((file) => name.test(file))
    .map((file) => join(folder, file));
  const byUse = paths.map((path) => ({ path, used: statSync(path).mtimeMs })).sort((a, b) => b.used - a.used);
  for (const { path } of byUse.slice(kept)) rmSync(path, { force: true });
}
