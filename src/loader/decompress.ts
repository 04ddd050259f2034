import { createInflateRaw } from 'node:zlib';
import { UserError } from '../errors.js';
import { crc32 } from './crc32.js';
import { FormatError, hasMagic, viewOf } from './format-error.js';
import { lz4LegacyMagic, unlz4Legacy } from './lz4.js';
import { unlzma } from './lzma.js';
import { lzopMagic, unlzop } from './lzo.js';
import { UnpackedBytes, type UnpackLimits } from './unpack-limits.js';
import { isXzStream, unxz } from './xz.js';
import { unzstd, zstdMagic } from './zstd.js';

/** The packings that Linux, U-Boot and dpkg use. */
export const compressions = ['gzip', 'xz', 'lzma', 'lz4', 'lzo', 'zstd', 'bzip2'] as const;
export type Compression = (typeof compressions)[number];

const gzipMagic = [0x1f, 0x8b, 0x08];
const bzip2Magic = [0x42, 0x5a, 0x68];

/** Which packing starts at `at`, or undefined. LZMA has no magic: its header must be one that Linux's build makes. */
export function detectCompression(bytes: Uint8Array, at = 0): Compression | undefined {
  switch (bytes[at]) {
    case 0x1f:
      return hasMagic(bytes, gzipMagic, at) && (bytes[at + 3] & 0xe0) === 0 ? 'gzip' : undefined;
    case 0xfd:
      return isXzStream(bytes, at) ? 'xz' : undefined;
    case 0x5d:
      return isLzmaHeader(bytes, at) ? 'lzma' : undefined;
    case 0x02:
      return hasMagic(bytes, lz4LegacyMagic, at) ? 'lz4' : undefined;
    case 0x89:
      return hasMagic(bytes, lzopMagic, at) ? 'lzo' : undefined;
    case 0x28:
      return hasMagic(bytes, zstdMagic, at) ? 'zstd' : undefined;
    case 0x42:
      return hasMagic(bytes, bzip2Magic, at) && bytes[at + 3] >= 0x31 && bytes[at + 3] <= 0x39
        ? 'bzip2'
        : undefined;
    default:
      return undefined;
  }
}

/** lc=3 lp=0 pb=2, a dictionary of a power of two from 64 KiB to 128 MiB, a size that is unknown or below 1 GiB. */
function isLzmaHeader(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== 0x5d || at + 18 > bytes.length) return false;
  const view = viewOf(bytes);
  const dictionary = view.getUint32(at + 1, true);
  const size = [view.getUint32(at + 5, true), view.getUint32(at + 9, true)];
  const unknown = size[0] === 0xffff_ffff && size[1] === 0xffff_ffff;
  return (
    dictionary >= 1 << 16 &&
    dictionary <= 1 << 27 &&
    (dictionary & (dictionary - 1)) === 0 &&
    (unknown || (size[1] === 0 && size[0] > 0 && size[0] < 2 ** 30)) &&
    bytes[at + 13] === 0
  );
}

/**
 * Unpacks `bytes`, from the start to the end of the packed stream; what follows is ignored.
 * @throws FormatError when the data are damaged, cut short, unpack to too much, or are of a kind without a decoder (bzip2)
 */
export async function decompress(
  bytes: Uint8Array,
  compression: Compression,
  limits: UnpackLimits,
): Promise<Uint8Array> {
  switch (compression) {
    case 'gzip':
      return gunzip(bytes, limits);
    case 'xz':
      return unxz(bytes, limits);
    case 'lzma':
      return unlzma(bytes, limits);
    case 'lz4':
      return unlz4Legacy(bytes, limits);
    case 'lzo':
      return unlzop(bytes, limits);
    case 'zstd':
      return unzstd(bytes, limits);
    case 'bzip2':
      throw new FormatError('bzip2 is not supported: unpack it first');
  }
}

/** Bytes that zlib gives at a time. */
const pieceBytes = 1 << 20;

/** One gzip member (RFC 1952). Node's own gunzip takes what follows the member for a second one and fails. */
async function gunzip(bytes: Uint8Array, limits: UnpackLimits): Promise<Uint8Array> {
  const out = new UnpackedBytes(limits);
  try {
    const flags = bytes[3];
    let at = 10;
    if (flags & 0x04) at += 2 + viewOf(bytes).getUint16(at, true); // FEXTRA
    if (flags & 0x08) at = bytes.indexOf(0, at) + 1; // FNAME
    if (flags & 0x10) at = bytes.indexOf(0, at) + 1; // FCOMMENT
    if (flags & 0x02) at += 2; // FHCRC
    const inflate = createInflateRaw({ chunkSize: pieceBytes });
    inflate.end(bytes.subarray(at));
    for await (const part of inflate) out.add(part as Uint8Array);
    const plain = out.toBytes();
    // What was taken from the input.
    const trailer = at + inflate.bytesWritten;
    if (viewOf(bytes).getUint32(trailer, true) !== crc32(plain)) throw new Error('wrong checksum');
    return plain;
  } catch (error) {
    if (error instanceof FormatError || error instanceof UserError) throw error;
    throw new FormatError('damaged or truncated gzip data', { cause: error });
  }
}
