/** Writes a cpio archive in the newc format, which Linux unpacks as an initramfs (Documentation/driver-api/early-userspace). */

/** st_mode's file types. */
const typeDirectory = 0o040000;
const typeRegular = 0o100000;
const typeSymlink = 0o120000;
const typeCharacter = 0o020000;

interface Entry {
  readonly mode: number;
  readonly data: Uint8Array;
  /** Device numbers of a character device. */
  readonly device?: readonly [major: number, minor: number];
}

/** The same calls, in any order, give the same bytes: entries are sorted, owned by root, and from 1970. */
export class CpioArchive {
  readonly #entries = new Map<string, Entry>();

  directory(path: string, permissions = 0o755): this {
    return this.#add(path, { mode: typeDirectory | permissions, data: new Uint8Array(0) });
  }

  file(path: string, data: Uint8Array | string, permissions = 0o644): this {
    return this.#add(path, { mode: typeRegular | permissions, data: toBytes(data) });
  }

  symlink(path: string, target: string): this {
    return this.#add(path, { mode: typeSymlink | 0o777, data: toBytes(target) });
  }

  character(path: string, major: number, minor: number, permissions = 0o600): this {
    return this.#add(path, {
      mode: typeCharacter | permissions,
      data: new Uint8Array(0),
      device: [major, minor],
    });
  }

  #add(path: string, entry: Entry): this {
    const slash = path.lastIndexOf('/');
    const parent = path.slice(0, Math.max(slash, 0));
    if (parent !== '' && !this.#entries.has(parent)) this.directory(parent);
    this.#entries.set(path, entry);
    return this;
  }

  bytes(): Uint8Array {
    const parts: Uint8Array[] = [];
    let inode = 1;
    // By code unit, so that a folder comes before what is in it.
    const names = [...this.#entries.keys()].sort((a, b) => (a < b ? -1 : 1));
    for (const name of names) parts.push(...record(name, this.#entries.get(name)!, inode++));
    parts.push(...record('TRAILER!!!', { mode: 0, data: new Uint8Array(0) }, 0));
    return Buffer.concat(parts);
  }
}

function record(name: string, entry: Entry, inode: number): Uint8Array[] {
  const nameBytes = Buffer.from(`${name}\0`);
  const links = (entry.mode & 0o170000) === typeDirectory ? 2 : 1;
  const [major, minor] = entry.device ?? [0, 0];
  // ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
  const fields = [
    inode,
    entry.mode,
    0,
    0,
    links,
    0,
    entry.data.length,
    0,
    0,
    major,
    minor,
    nameBytes.length,
    0,
  ];
  const header = Buffer.from(
    `070701${fields.map((n) => n.toString(16).padStart(8, '0').toUpperCase()).join('')}`,
  );
  return [
    header,
    nameBytes,
    padding(header.length + nameBytes.length),
    entry.data,
    padding(entry.data.length),
  ];
}

const padding = (length: number): Uint8Array => new Uint8Array(-length & 3);

const toBytes = (data: Uint8Array | string): Uint8Array =>
  typeof data === 'string' ? Buffer.from(data) : data;
