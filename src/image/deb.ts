import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import tar from 'tar-stream';
import { ExitCode, UserError } from '../errors.js';
import { decompress } from '../loader/decompress.js';
import { FormatError } from '../loader/format-error.js';
import { checkLimits, type UnpackLimits } from '../loader/unpack-limits.js';
import { xzStream } from '../loader/xz.js';

/** Unpacks a .deb (deb(5)): an ar archive with `data.tar.*` in it. No root, no dpkg. */

const arMagic = '!<arch>\n';
const arHeaderSize = 60;

/** Kernels, the largest packages that are of use here, unpack to a tenth of this. */
const packageLimits: UnpackLimits = { maxBytes: 2 ** 31 };

/** A file, folder or link of a package. */
export interface PackageEntry {
  readonly type: 'file' | 'directory' | 'symlink' | 'link';
  /** Permission bits. */
  readonly mode: number;
  /** Contents of a file, empty otherwise. */
  readonly data: Uint8Array;
  /** What a symbolic link names, as it is written; for a hard link the path of the file in the package. Empty otherwise. */
  readonly target: string;
}

/**
 * The regular files of a package that `wanted` accepts, by path without a leading `./`.
 * @throws UserError 65 when the file is no package
 */
export async function unpackDeb(
  path: string,
  wanted: (name: string) => boolean,
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const [name, { type, data }] of await readDeb(path, wanted)) {
    if (type === 'file') files.set(name, data);
  }
  return files;
}

/**
 * What a package installs and `wanted` accepts, by path without a leading `./`; devices and the root folder left out.
 * @throws UserError 65 when the file is no package
 */
export async function readDeb(
  path: string,
  wanted: (name: string) => boolean,
  limits = packageLimits,
): Promise<Map<string, PackageEntry>> {
  const archive = readFileSync(path);
  const member = [...arMembers(archive)].find(({ name }) => name.startsWith('data.tar'));
  if (member === undefined)
    throw new UserError(ExitCode.data, `'${path}' is no Debian package: it has no data.tar`);
  const entries = new Map<string, PackageEntry>();
  const extract = tar.extract();
  extract.on('entry', (header, stream, next) => {
    const name = plainPath(header.name);
    const { type } = header;
    const parts: Uint8Array[] = [];
    if (
      (type === 'file' || type === 'directory' || type === 'symlink' || type === 'link') &&
      name !== '' &&
      wanted(name)
    ) {
      const linkname = header.linkname ?? '';
      const target = type === 'link' ? plainPath(linkname) : type === 'symlink' ? linkname : '';
      const mode = (header.mode ?? 0o755) & 0o7777;
      if (type === 'file') stream.on('data', (part) => parts.push(part as Uint8Array));
      stream.on('end', () => entries.set(name, { type, mode, data: Buffer.concat(parts), target }));
    }
    stream.on('end', next);
    // The whole archive's error is told below.
    stream.on('error', () => {});
    stream.resume();
  });
  try {
    await pipeline(Readable.from(await unpackTar(member.name, member.data, limits)), extract);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const why = error instanceof FormatError ? error.message : 'it is damaged';
    throw new UserError(ExitCode.data, `cannot unpack '${path}': ${why}`, { cause: error });
  }
  return entries;
}

/** A path in a package, without `./` before it and `/` behind it. */
const plainPath = (name: string): string => name.replace(/^\.?\//, '').replace(/\/$/, '');

async function unpackTar(
  name: string,
  data: Uint8Array,
  limits: UnpackLimits,
): Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>> {
  if (name.endsWith('.xz'))
    return limited(xzStream(new Blob([data as Uint8Array<ArrayBuffer>]).stream()), limits);
  if (name.endsWith('.zst')) return [await decompress(data, 'zstd', limits)];
  if (name.endsWith('.gz')) return limited(Readable.from([data]).pipe(createGunzip()), limits);
  if (name.endsWith('.tar')) return [data];
  throw new UserError(ExitCode.data, `a Debian package packed as '${name}' is not supported`);
}

/** @throws TooLargeError when more comes than a package has */
async function* limited(pieces: AsyncIterable<Uint8Array>, limits: UnpackLimits): AsyncIterable<Uint8Array> {
  let total = 0;
  for await (const piece of pieces) {
    total += piece.length;
    checkLimits(limits, total);
    yield piece;
  }
}

/** Members of an ar archive: a header of text fields, data, padding to an even offset. */
export function* arMembers(archive: Buffer): Generator<{ name: string; data: Uint8Array }> {
  if (archive.toString('latin1', 0, arMagic.length) !== arMagic) return;
  for (let at = arMagic.length; at + arHeaderSize <= archive.length; ) {
    const header = archive.toString('latin1', at, at + arHeaderSize);
    const size = Number.parseInt(header.slice(48, 58), 10);
    const start = at + arHeaderSize;
    if (!(size >= 0) || start + size > archive.length) return;
    yield {
      name: header.slice(0, 16).trim().replace(/\/$/, ''),
      data: archive.subarray(start, start + size),
    };
    at = start + size + (size & 1);
  }
}
