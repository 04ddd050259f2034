import { gzipSync } from 'node:zlib';
import { crc32 } from '../../../src/loader/crc32.js';

/** Small made-up kernels in the formats of real ones. */

/** An Image of `words` A32 moves; with `textOffset`, the `sub r8, r8, #imm` by which Linux's head.S tells it. */
export function makeImage(words = 4096, textOffset?: number): Buffer {
  const image = Buffer.alloc(words * 4);
  for (let i = 0; i < words; i++) image.writeUInt32LE(0xe1a00000 + ((i * 7) & 0xf), i * 4);
  if (textOffset === 0x208000) image.writeUInt32LE(0xe2488982, 0x40);
  if (textOffset === 0x8000) image.writeUInt32LE(0xe2488902, 0x40);
  return image;
}

export interface ZImageParts {
  readonly table?: boolean;
  readonly textOffset?: number;
  /** Packed Image with its size appended, as Linux's build makes it for all packers but gzip. */
  readonly payload?: Buffer;
}

export function makeZImage(image: Buffer, parts: ZImageParts = {}): Buffer {
  const head = Buffer.alloc(0x200);
  for (let at = 0; at < head.length; at += 4) head.writeUInt32LE(0xe1a00000, at);
  head.writeUInt32LE(0x016f2818, 0x24);
  head.writeUInt32LE(0, 0x28);
  head.writeUInt32LE(0x04030201, 0x30);
  // The text that real decompressors have, with the magic in it.
  head.write('\xfd7zXZ\0\0\0XZ decompressor ran out of memory', 0x180, 'latin1');
  const payload = parts.payload ?? gzipSync(image);
  const tail = Buffer.alloc(32);
  const file = Buffer.concat([head, payload, tail]);
  if (parts.table) {
    file.writeUInt32LE(0x45454545, 0x34);
    file.writeUInt32LE(0x100, 0x38);
    const words = [5, 0x5a534c4b, head.length + payload.length - 4, 0x60000, parts.textOffset ?? 0, 0x10000];
    for (const [i, word] of words.entries()) file.writeUInt32LE(word, 0x100 + i * 4);
  }
  file.writeUInt32LE(file.length, 0x2c);
  return file;
}

export interface UImageFields {
  readonly arch?: number;
  readonly type?: number;
  readonly compression?: number;
  readonly load?: number;
  readonly entry?: number;
}

export function makeUImage(data: Buffer, fields: UImageFields = {}): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt32BE(0x27051956, 0);
  header.writeUInt32BE(data.length, 12);
  header.writeUInt32BE(fields.load ?? 0x40008000, 16);
  header.writeUInt32BE(fields.entry ?? fields.load ?? 0x40008000, 20);
  header.writeUInt32BE(crc32(data), 24);
  header[28] = 5;
  header[29] = fields.arch ?? 2;
  header[30] = fields.type ?? 2;
  header[31] = fields.compression ?? 0;
  header.writeUInt32BE(crc32(header), 4);
  return Buffer.concat([header, data]);
}

export interface ElfSegment {
  readonly virtual: number;
  readonly physical: number;
  readonly bytes: Buffer;
  readonly memorySize?: number;
}

export function makeElf(entry: number, segments: readonly ElfSegment[], machine = 40, type = 2): Buffer {
  const header = Buffer.alloc(52 + 32 * segments.length);
  header.write('\x7fELF', 0, 'latin1');
  header.set([1, 1, 1], 4);
  header.writeUInt16LE(type, 16);
  header.writeUInt16LE(machine, 18);
  header.writeUInt32LE(entry, 24);
  header.writeUInt32LE(52, 28);
  header.writeUInt16LE(32, 42);
  header.writeUInt16LE(segments.length, 44);
  let offset = header.length;
  segments.forEach((segment, i) => {
    const fields = [1, offset, segment.virtual, segment.physical, segment.bytes.length];
    fields.push(segment.memorySize ?? segment.bytes.length);
    for (const [k, field] of fields.entries()) header.writeUInt32LE(field, 52 + i * 32 + k * 4);
    offset += segment.bytes.length;
  });
  return Buffer.concat([header, ...segments.map((segment) => segment.bytes)]);
}
