import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import tar from 'tar-stream';
import { ExitCode, UserError } from '../errors.js';
import { decompress } from '../loader/decompress.js';
import { xzStream } from '../loader/xz.js';

/** Unpacks a .deb (deb(5)): an ar archive with `data.tar.*` in it. No root, no dpkg. */

const arMagic = '!<arch>\n';
const arHeaderSize = 60;

/**
 * The regular files of a package that `wanted` accepts, by path without a leading `./`.
 * @throws UserError 65 when the file is no package
 */
export async function unpackDeb(
  path: string,
  wanted: (name: string) => boolean,
): Promise<Map<string, Uint8Array>> {
  const archive = readFileSync(path);
  const member = [...arMembers(archive)].find(({ name }) => name.startsWith('data.tar'));
  if (member === undefined)
    throw new UserError(ExitCode.data, `'${path}' is no Debian package: it has no data.tar`);
  const files = new Map<string, Uint8Array>();
  const extract = tar.extract();
  extract.on('entry', (header, stream, next) => {
    const name = header.name.replace(/^\.?\//, '');
    const parts: Uint8Array[] = [];
    if (header.type === 'file' && wanted(name)) {
      stream.on('data', (part) => parts.push(part as Uint8Array));
      stream.on('end', () => files.set(name, Buffer.concat(parts)));
    }
    stream.on('end', next);
    stream.resume();
  });
  try {
    await pipeline(Readable.from(await unpackTar(member.name, member.data)), extract);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(ExitCode.data, `cannot unpack '${path}': it is damaged`, { cause: error });
  }
  return files;
}

async function unpackTar(
  name: string,
  data: Uint8Array,
): Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>> {
  if (name.endsWith('.xz')) return xzStream(new Blob([data as Uint8Array<ArrayBuffer>]).stream());
  if (name.endsWith('.zst')) return [await decompress(data, 'zstd')];
  if (name.endsWith('.gz')) return Readable.from([data]).pipe(createGunzip());
  if (name.endsWith('.tar')) return [data];
  throw new UserError(ExitCode.data, `a Debian package packed as '${name}' is not supported`);
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
