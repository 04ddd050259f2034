import { FormatError, hasMagic, viewOf } from './format-error.js';
import { UnpackedBytes, type UnpackLimits } from './unpack-limits.js';

/**
 * LZO1X in the container that `lzop` writes, which is what Linux's CONFIG_KERNEL_LZO puts into a zImage.
 * Source: Linux Documentation/staging/lzo.rst (stream format) and lib/decompress_unlzo.c (container). Written here
 * because the packages there are for it are unkept or native.
 */

export const lzopMagic = [0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a];

/** Header flags of lzop. */
const adler32Plain = 1 << 0;
const adler32Packed = 1 << 1;
const extraField = 1 << 6;
const crc32Plain = 1 << 8;
const crc32Packed = 1 << 9;
const filtered = 1 << 11;

/** Largest block lzop writes, in bytes. */
const maxBlock = 64 << 20;

/** Unpacks an lzop file; bytes after its end mark are ignored. @throws FormatError */
export function unlzop(packed: Uint8Array, limits: UnpackLimits): Uint8Array {
  if (!hasMagic(packed, lzopMagic)) throw new FormatError('not an lzop file');
  const view = viewOf(packed);
  try {
    let at = lzopMagic.length;
    const version = view.getUint16(at);
    at += version >= 0x0940 ? 7 : 5; // version, library version, [version needed], method, [level]
    if (version >= 0x0940) at += 1;
    const flags = view.getUint32(at);
    at += flags & filtered ? 8 : 4;
    at += version >= 0x0940 ? 12 : 8; // mode, time, [time high]
    at += 1 + view.getUint8(at); // file name
    at += 4; // header checksum
    if (flags & extraField) at += 8 + view.getUint32(at);

    const out = new UnpackedBytes(limits);
    for (;;) {
      const plainSize = view.getUint32(at);
      at += 4;
      if (plainSize === 0) break;
      const packedSize = view.getUint32(at);
      at += 4;
      if (plainSize > maxBlock || packedSize > plainSize) throw new FormatError('damaged LZO block');
      if (flags & adler32Plain) at += 4;
      if (flags & crc32Plain) at += 4;
      // lzop leaves the checksum of the packed data out of a block that is stored.
      if (packedSize < plainSize) at += (flags & adler32Packed ? 4 : 0) + (flags & crc32Packed ? 4 : 0);
      if (at + packedSize > packed.length) throw new FormatError('truncated LZO data');
      const source = packed.subarray(at, at + packedSize);
      out.expect(plainSize);
      out.add(packedSize === plainSize ? source : unlzo1x(source, plainSize));
      at += packedSize;
    }
    return out.toBytes();
  } catch (error) {
    if (error instanceof RangeError) throw new FormatError('truncated LZO data');
    throw error;
  }
}

/** Unpacks one LZO1X block of `plainSize` bytes. @throws FormatError */
export function unlzo1x(source: Uint8Array, plainSize: number): Uint8Array {
  const out = new Uint8Array(plainSize);
  let ip = 0;
  let op = 0;

  const byte = (): number => {
    if (ip >= source.length) throw new FormatError('truncated LZO block');
    return source[ip++];
  };
  /** A length that goes on: each zero byte adds 255, the last one itself. */
  const more = (base: number): number => {
    let length = base;
    for (;;) {
      const b = byte();
      if (b !== 0) return length + b;
      length += 255;
    }
  };
  const literals = (count: number): void => {
    if (ip + count > source.length || op + count > plainSize) throw new FormatError('damaged LZO block');
    out.set(source.subarray(ip, ip + count), op);
    ip += count;
    op += count;
  };
  const match = (distance: number, length: number): void => {
    if (distance > op || op + length > plainSize) throw new FormatError('damaged LZO block');
    for (let i = 0; i < length; i++, op++) out[op] = out[op - distance];
  };

  // Literals copied by the instruction before: 0, 1 to 3, or 4 for "a long run". It gives codes 0 to 15 their meaning.
  let state = 0;
  if (source.length > 0 && source[0] > 17) {
    const count = byte() - 17;
    literals(count);
    state = Math.min(count, 4);
  }
  for (;;) {
    const code = byte();
    let trailing: number;
    if (code >= 64) {
      const length = code >= 128 ? 5 + ((code >> 5) & 3) : 3 + ((code >> 5) & 1);
      const low = (code >> 2) & 7;
      match((byte() << 3) + low + 1, length);
      trailing = code & 3;
    } else if (code >= 32) {
      const length = (code & 31) === 0 ? more(31 + 2) : (code & 31) + 2;
      const d = byte() | (byte() << 8);
      match((d >> 2) + 1, length);
      trailing = d & 3;
    } else if (code >= 16) {
      const length = (code & 7) === 0 ? more(7 + 2) : (code & 7) + 2;
      const d = byte() | (byte() << 8);
      const distance = 16384 + ((code & 8) << 11) + (d >> 2);
      if (distance === 16384) break;
      match(distance, length);
      trailing = d & 3;
    } else if (state === 0) {
      literals(code === 0 ? more(15 + 3) : code + 3);
      state = 4;
      continue;
    } else {
      const low = (code >> 2) & 3;
      const high = byte() << 2;
      if (state === 4) match(high + low + 2049, 3);
      else match(high + low + 1, 2);
      trailing = code & 3;
    }
    literals(trailing);
    state = trailing;
  }
  if (op !== plainSize) throw new FormatError('LZO block has the wrong size');
  return out;
}
