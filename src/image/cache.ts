import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from '../../runtime/make-folder.js';
import { ExitCode, systemErrorCode, UserError, writeError } from '../errors.js';

interface ManifestBase {
  readonly suite: string;
  /** Version of the package. */
  readonly version: string;
  /** SHA-256 of the packages that it was built from, and the format of what was built. */
  readonly sources: readonly string[];
  readonly commandLine: string;
  /** ISO 8601, UTC. */
  readonly pulled: string;
}

/** A kernel with its initramfs. File names are those in the image's folder. */
export interface DebianManifest extends ManifestBase {
  readonly distribution: 'debian';
  readonly flavour: string;
  /** `uname -r`. */
  readonly release: string;
  readonly kernel: string;
  readonly initrd: string;
}

/** The hypervisor alone; its first guest is a Debian image of the same suite. */
export interface XenManifest extends ManifestBase {
  readonly distribution: 'xen';
  readonly hypervisor: string;
}

/** An image in the cache, as its `image.json` has it. The file appears last, by a rename: what it names is complete. */
export type ImageManifest = DebianManifest | XenManifest;

export type Cached<Manifest> = Manifest & { readonly folder: string };
export type CachedImage = Cached<DebianManifest>;
export type CachedXen = Cached<XenManifest>;

/**
 * `$XDG_CACHE_HOME/hyperthumb`, or `~/.cache/hyperthumb` (XDG Base Directory Specification: what is relative or empty is ignored). The home
 * folder is `$HOME`, or what the system has for the user.
 * @returns undefined when there is none
 */
export function defaultCacheFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const home = () => absolute(env.HOME) ?? absolute(systemHome());
  const base = absolute(env.XDG_CACHE_HOME) ?? below(home(), '.cache');
  return below(base, 'hyperthumb');
}

/** @returns undefined when there is no folder */
export function below(folder: string | undefined, name: string): string | undefined {
  return folder === undefined ? undefined : join(folder, name);
}

function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

function systemHome(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    // The system does not know the user.
    return undefined;
  }
}

/** The folder that images, and downloads under way, are kept in. */
export class Cache {
  readonly root: string;

  /** @param root undefined: there is no default. @throws UserError 78 then */
  constructor(root: string | undefined) {
    if (root === undefined) {
      throw new UserError(ExitCode.config, 'there is no home folder to keep files in: give --cache FOLDER');
    }
    this.root = resolve(root);
  }

  get #images(): string {
    return join(this.root, 'images');
  }

  #read(name: string): CachedImage | CachedXen | undefined {
    return readManifest(join(this.#images, name));
  }

  get downloads(): string {
    return join(this.root, 'downloads');
  }

  /** All complete images, by folder name. Damaged or foreign folders are left out. */
  list(): (CachedImage | CachedXen)[] {
    const names = namesIn(this.#images).sort();
    return names.map((name) => this.#read(name)).filter((image) => image !== undefined);
  }

  debianImages(): CachedImage[] {
    return this.list().filter((image) => image.distribution === 'debian');
  }

  find(suite: string, flavour: string): CachedImage | undefined {
    const image = this.#read(folderName({ distribution: 'debian', suite, flavour }));
    return image?.distribution === 'debian' ? image : undefined;
  }

  findXen(suite: string): CachedXen | undefined {
    const image = this.#read(folderName({ distribution: 'xen', suite }));
    return image?.distribution === 'xen' ? image : undefined;
  }

  /**
   * Makes `manifest` the image of its distribution, suite and flavour, with `files` by name; older files go.
   * @throws UserError 73, 74 or 77; then the image from before is untouched
   */
  store<Manifest extends ImageManifest>(
    manifest: Manifest,
    files: ReadonlyMap<string, Uint8Array>,
  ): Cached<Manifest> {
    const folder = join(this.#images, folderName(manifest));
    createFolder(folder);
    for (const [name, bytes] of files) writeAtomically(join(folder, name), bytes);
    writeAtomically(join(folder, 'image.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
    for (const name of namesIn(folder)) {
      if (name !== 'image.json' && !files.has(name)) rmSync(join(folder, name), { force: true });
    }
    return { ...manifest, folder };
  }

  /** Runs `action` while no other process does so in this cache; waits for one that is at it, after saying so. */
  async locked<T>(action: () => Promise<T>, signal: AbortSignal, onWait: (text: string) => void): Promise<T> {
    createFolder(this.root);
    const lock = join(this.root, 'lock');
    let waiting = false;
    while (!tryLock(lock)) {
      const owner = ownerOf(lock);
      if (owner === undefined || !isAlive(owner)) {
        breakLock(lock, owner);
        continue;
      }
      if (!waiting) onWait(`waiting for another pull to end (process ${owner}; lock ${lock})`);
      waiting = true;
      await sleep(300, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
    }
    try {
      return await action();
    } finally {
      rmSync(lock, { force: true });
    }
  }
}

type ImageKey =
  | Pick<DebianManifest, 'distribution' | 'suite' | 'flavour'>
  | Pick<XenManifest, 'distribution' | 'suite'>;

function folderName(key: ImageKey): string {
  return key.distribution === 'debian' ? `debian-${key.suite}-${key.flavour}` : `xen-${key.suite}`;
}

const TEXTS = ['suite', 'version', 'commandLine', 'pulled'] as const;
const DEBIAN_TEXTS = ['flavour', 'release'] as const;

function isManifest(value: Partial<ImageManifest>): value is ImageManifest {
  const texts = value.distribution === 'debian' ? [...TEXTS, ...DEBIAN_TEXTS] : TEXTS;
  const isText = (text: unknown) => typeof text === 'string';
  const fields = new Map<string, unknown>(Object.entries(value));
  return texts.every((name) => isText(fields.get(name))) && value.sources?.every(isText) === true;
}

/** @returns undefined where there is none, where it is damaged, and where files are missing that it names */
function readManifest(folder: string): CachedImage | CachedXen | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'image.json'), 'utf8')) as Partial<ImageManifest>;
    if (!isManifest(manifest)) return undefined;
    const files =
      manifest.distribution === 'xen' ? [manifest.hypervisor] : [manifest.kernel, manifest.initrd];
    const complete = files.every((name) => namesIn(folder).includes(name));
    return complete ? { ...manifest, folder } : undefined;
  } catch {
    return undefined;
  }
}

/** {@link makeFolder} for the user to be told. @throws UserError 73, 74 or 77 */
export function createFolder(path: string): void {
  try {
    makeFolder(path);
  } catch (error) {
    throw writeError(path, error);
  }
}

/** Writes beside `path` and renames, so that `path` is either as before or complete. */
export function writeAtomically(path: string, content: Uint8Array | string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw writeError(path, error);
  }
}

/** The lock is a file with the owner's process id in it; it appears with its content in one step. */
function tryLock(lock: string): boolean {
  const own = `${lock}.${process.pid}`;
  try {
    writeFileSync(own, `${process.pid}\n`);
    linkSync(own, lock);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw writeError(lock, error);
  } finally {
    rmSync(own, { force: true });
  }
}

function ownerOf(lock: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(lock, 'utf8'), 10);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}

/** Takes away the lock that a dead process left. Moved first, then looked at: another waiter may have been faster. */
function breakLock(lock: string, owner: number | undefined): void {
  const aside = `${lock}.stale.${process.pid}`;
  try {
    renameSync(lock, aside);
    if (ownerOf(aside) !== owner) linkSync(aside, lock);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== 'ENOENT' && code !== 'EEXIST') {
      throw new UserError(ExitCode.temporary, `cannot remove the stale lock '${lock}': remove it by hand`, {
        cause: error,
      });
    }
  } finally {
    rmSync(aside, { force: true });
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
