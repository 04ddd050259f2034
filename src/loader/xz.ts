import { UserError } from '../errors.js';
import { crc32 } from './crc32.js';
import { FormatError, hasMagic, viewOf } from './format-error.js';
import { unlzma2 } from './lzma.js';
import { UnpackedBytes, type UnpackLimits } from './unpack-limits.js';
import { unfilterArm, unfilterArmThumb } from './xz-bcj.js';

/**
 * The .xz file format (xz-file-format 1.2.0), unpacked by a WebAssembly build of xz-embedded. That build leaves out the branch
 * filters, and Linux packs its Arm kernels with one (`scripts/xz_wrap.sh`), so a block that has one is
 * handed over as a plain LZMA2 block and filtered here. It refuses dictionaries of more than 64 MiB, which that script asks for since
 * 6.12; a block never needs more than it has bytes, and one that does have so many is unpacked by `lzma.ts`.
 */

export const xzMagic = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const footerMagic = [0x59, 0x5a];

/** Filter numbers of xz-file-format 5.3. */
const filterArm = 0x07;
const filterArmThumb = 0x08;
const filterLzma2 = 0x21;

/** The largest dictionary of the WebAssembly build, in LZMA2's property byte: 64 MiB. */
const largestDictionary = 28;

const checkNone = 0;
const checkCrc32 = 1;
/** Bytes of the check field, by check number. */
const checkSizes = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];

/** Unpacks an .xz stream; bytes after it are ignored. @throws FormatError */
export async function unxz(packed: Uint8Array, limits: UnpackLimits): Promise<Uint8Array> {
  const stream = parseStream(packed);
  const out = new UnpackedBytes(limits);
  for (const block of stream.blocks) {
    out.expect(block.plainSize);
    out.add(await unpackBlock(packed, stream.check, block, limits));
  }
  return out.toBytes();
}

/** Unpacks a whole .xz file as a stream: for files that have no branch filter and are too large to hold twice. */
export async function* xzStream(packed: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  const { default: xz } = await import('xz-decompress');
  yield* new xz.XzReadableStream(packed as never) as unknown as AsyncIterable<Uint8Array>;
}

/** Whether a stream header with a right checksum is at `at`; the bare magic also occurs in program text. */
export function isXzStream(bytes: Uint8Array, at: number): boolean {
  if (!hasMagic(bytes, xzMagic, at) || at + 12 > bytes.length) return false;
  return viewOf(bytes).getUint32(at + 8, true) === crc32(bytes.subarray(at + 6, at + 8));
}

interface Block {
  /** Offset in the file of the block header. */
  readonly start: number;
  /** Bytes of header, data and check, without the padding between the last two. */
  readonly unpaddedSize: number;
  readonly plainSize: number;
}

interface Stream {
  readonly check: number;
  readonly blocks: readonly Block[];
}

function parseStream(packed: Uint8Array): Stream {
  if (!isXzStream(packed, 0)) throw new FormatError('not an xz file');
  const check = packed[7] & 15;
  // The footer repeats the header's flags: the last footer that fits is the one, whatever padding follows.
  for (let end = packed.length & ~3; end >= 24; end -= 4) {
    const records = parseIndex(packed, end);
    if (records !== undefined) return { check, blocks: records };
  }
  throw new FormatError('truncated xz data');
}

/** The blocks of the stream that starts at 0 and whose footer ends at `end`; undefined when there is no such footer. */
function parseIndex(packed: Uint8Array, end: number): Block[] | undefined {
  if (!hasMagic(packed, footerMagic, end - 2)) return undefined;
  const view = viewOf(packed);
  if (view.getUint32(end - 12, true) !== crc32(packed.subarray(end - 8, end - 2))) return undefined;
  if (packed[end - 4] !== packed[6] || packed[end - 3] !== packed[7]) return undefined;
  const indexSize = (view.getUint32(end - 8, true) + 1) * 4;
  const indexStart = end - 12 - indexSize;
  if (indexStart < 12 || packed[indexStart] !== 0) return undefined;
  const body = packed.subarray(indexStart, end - 16);
  if (view.getUint32(end - 16, true) !== crc32(body)) return undefined;

  const blocks: Block[] = [];
  const at = { offset: 1 };
  const count = readVli(body, at);
  let start = 12;
  for (let i = 0; i < count; i++) {
    const unpaddedSize = readVli(body, at);
    const plainSize = readVli(body, at);
    blocks.push({ start, unpaddedSize, plainSize });
    start += pad4(unpaddedSize);
  }
  return start === indexStart ? blocks : undefined;
}

async function unpackBlock(
  packed: Uint8Array,
  check: number,
  block: Block,
  limits: UnpackLimits,
): Promise<Uint8Array> {
  const filters = parseFilters(packed, block.start);
  const checkSize = checkSizes[check];
  const dataStart = block.start + filters.headerSize;
  const dataEnd = block.start + block.unpaddedSize - checkSize;
  const data = packed.subarray(dataStart, dataEnd);
  const dictionary = Math.min(filters.dictionary, dictionaryFor(block.plainSize));
  const plain =
    dictionary <= largestDictionary
      ? await unpackLzma2(data, dictionary, block.plainSize, limits)
      : unlzma2(data, block.plainSize, limits);
  if (filters.branch === filterArm) unfilterArm(plain);
  else if (filters.branch === filterArmThumb) unfilterArmThumb(plain);
  if (check === checkCrc32) {
    const wanted = viewOf(packed).getUint32(pad4(dataEnd), true);
    if (crc32(plain) !== wanted) throw new FormatError('damaged xz data: the checksum is wrong');
  }
  return plain;
}

interface Filters {
  readonly headerSize: number;
  /** LZMA2's property byte. */
  readonly dictionary: number;
  /** Branch filter before LZMA2, or 0. */
  readonly branch: number;
}

function parseFilters(packed: Uint8Array, start: number): Filters {
  const headerSize = (packed[start] + 1) * 4;
  if (packed[start] === 0 || start + headerSize > packed.length) throw new FormatError('damaged xz block');
  const header = packed.subarray(start, start + headerSize - 4);
  if (viewOf(packed).getUint32(start + headerSize - 4, true) !== crc32(header)) {
    throw new FormatError('damaged xz block header');
  }
  const flags = header[1];
  const at = { offset: 2 };
  if (flags & 0x40) readVli(header, at);
  if (flags & 0x80) readVli(header, at);
  let branch = 0;
  for (let i = 0; i <= (flags & 3); i++) {
    const id = readVli(header, at);
    const size = readVli(header, at);
    if (id === filterLzma2) return { headerSize, dictionary: header[at.offset], branch };
    if ((id !== filterArm && id !== filterArmThumb) || size !== 0 || branch !== 0) {
      throw new FormatError(`xz filter 0x${id.toString(16)} is not supported`);
    }
    branch = id;
    at.offset += size;
  }
  throw new FormatError('xz block without LZMA2');
}

/** LZMA2's property byte (xz-file-format 5.3.1) for the least dictionary that holds so many bytes. */
function dictionaryFor(bytes: number): number {
  let property = 0;
  while ((2 | (property & 1)) * 2 ** ((property >> 1) + 11) < bytes) property++;
  return property;
}

/** Unpacks raw LZMA2 data by wrapping it in a stream of its own, without a check. */
async function unpackLzma2(
  data: Uint8Array,
  dictionary: number,
  plainSize: number,
  limits: UnpackLimits,
): Promise<Uint8Array> {
  const flags = Uint8Array.of(0, checkNone);
  const header = Uint8Array.of(2, 0, filterLzma2, 1, dictionary, 0, 0, 0);
  const unpaddedSize = header.length + 4 + data.length;
  const records = [0, 1, ...vli(unpaddedSize), ...vli(plainSize)];
  while (records.length & 3) records.push(0);
  const index = Uint8Array.from(records);
  const footer = Uint8Array.of(...littleEndian((index.length + 4) / 4 - 1), ...flags);
  const file = Buffer.concat([
    Uint8Array.from([...xzMagic, ...flags, ...littleEndian(crc32(flags))]),
    header,
    Uint8Array.from(littleEndian(crc32(header))),
    data,
    new Uint8Array(pad4(data.length) - data.length),
    index,
    Uint8Array.from(littleEndian(crc32(index))),
    Uint8Array.from(littleEndian(crc32(footer))),
    footer,
    Uint8Array.from(footerMagic),
  ]);
  const plain = new Uint8Array(plainSize);
  let filled = 0;
  try {
    for await (const part of xzStream(new Blob([file]).stream() as ReadableStream<Uint8Array>)) {
      if (filled + part.length > plainSize) throw new FormatError('xz block is longer than its index says');
      plain.set(part, filled);
      filled += part.length;
      limits.checkTime?.();
    }
  } catch (error) {
    if (error instanceof FormatError || error instanceof UserError) throw error;
    throw new FormatError('damaged xz data', { cause: error });
  }
  if (filled !== plainSize) throw new FormatError('truncated xz data');
  return plain;
}

const pad4 = (n: number): number => (n + 3) & ~3;

function littleEndian(n: number): number[] {
  return [n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24];
}

/** A variable-length integer (xz-file-format 1.2): seven bits a byte, least first. */
function readVli(bytes: Uint8Array, at: { offset: number }): number {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    if (at.offset >= bytes.length || scale > 2 ** 49) throw new FormatError('damaged xz number');
    const b = bytes[at.offset++];
    value += (b & 127) * scale;
    if (b < 128) return value;
  }
}

function vli(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  while (rest >= 128) {
    out.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
  return out;
}
