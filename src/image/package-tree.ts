import type { CpioArchive } from './cpio.js';
import { type PackageEntry, readDeb } from './deb.js';

/** What a program does not need to run. */
const documentation =
  /^usr\/share\/(doc|doc-base|info|lintian|locale|man|menu|bash-completion|pixmaps|applications)(\/|$)/;

/**
 * The files of several packages as one tree, as `dpkg --unpack` would lay them out on a system without a merged /usr, without
 * documentation. Maintainer scripts do not run: there are no alternatives, no caches, no accounts.
 */
export class PackageTree {
  readonly #entries = new Map<string, PackageEntry>();

  /** Adds a package; a file that is there already is replaced. @throws UserError 65 when `deb` is no package */
  async add(deb: string): Promise<void> {
    for (const [path, entry] of await readDeb(deb, (name) => !documentation.test(name))) {
      this.#entries.set(path, entry);
    }
  }

  /** By path, without a slash at either end. */
  get entries(): ReadonlyMap<string, PackageEntry> {
    return this.#entries;
  }

  /** The contents of a file, hard links followed; undefined when there is none. */
  file(path: string): Uint8Array | undefined {
    const entry = this.#entries.get(path);
    if (entry?.type === 'link') return this.file(entry.target);
    return entry?.type === 'file' ? entry.data : undefined;
  }

  /** Puts everything into an archive; hard links become files of their own. */
  copyTo(archive: CpioArchive): void {
    for (const [path, { type, mode, data, target }] of this.#entries) {
      if (type === 'directory') archive.directory(path, mode);
      else if (type === 'symlink') archive.symlink(path, target);
      else archive.file(path, type === 'link' ? (this.file(path) ?? data) : data, mode);
    }
  }
}
