import { FormatError, hasMagic, viewOf } from './format-error.js';
import { UnpackedBytes, type UnpackLimits } from './unpack-limits.js';

/**
 * The legacy LZ4 frame (`lz4 -l`), which is what Linux's CONFIG_KERNEL_LZ4 uses. Source: lz4_Frame_format.md and lz4_Block_format.md of LZ4.
 * Written here because the packages there are for it are unkept, or run on for minutes behind the end of a damaged block.
 */
export const lz4LegacyMagic = [0x02, 0x21, 0x4c, 0x18];

/** Each block but the last unpacks to exactly 8 MiB. */
const blockSize = 8 << 20;
/** What 8 MiB can grow to when they do not compress. */
const maxPackedBlock = blockSize + Math.floor(blockSize / 255) + 16;

/** Matches are as long as the format says, and this. */
const minMatch = 4;
/** A length of 4 bits that goes on in bytes of its own. */
const longLength = 15;

/**
 * Unpacks a legacy LZ4 frame. It has no end mark: it ends with the input or at a block length that cannot be one.
 * @throws FormatError
 */
export function unlz4Legacy(packed: Uint8Array, limits: UnpackLimits): Uint8Array {
  if (!hasMagic(packed, lz4LegacyMagic)) throw new FormatError('not a legacy LZ4 frame');
  const view = viewOf(packed);
  const out = new UnpackedBytes(limits);
  let at = 4;
  while (at + 4 <= packed.length) {
    const length = view.getUint32(at, true);
    if (length === 0 || length > maxPackedBlock) break;
    at += 4;
    if (at + length > packed.length) throw new FormatError('truncated LZ4 data');
    const block = new Uint8Array(blockSize);
    const size = unpackBlock(packed.subarray(at, at + length), block);
    out.add(block.subarray(0, size));
    at += length;
    if (size < blockSize) break;
  }
  return out.toBytes();
}

/** Unpacks one block. @returns bytes of `out` that it fills. @throws FormatError */
function unpackBlock(source: Uint8Array, out: Uint8Array): number {
  let ip = 0;
  let op = 0;
  const byte = (): number => {
    if (ip >= source.length) throw new FormatError('damaged LZ4 block');
    return source[ip++];
  };
  const lengthOf = (bits: number): number => {
    let length = bits;
    if (bits < longLength) return length;
    for (;;) {
      const more = byte();
      length += more;
      if (more < 255) return length;
    }
  };
  for (;;) {
    const token = byte();
    const literals = lengthOf(token >> 4);
    if (ip + literals > source.length || op + literals > out.length)
      throw new FormatError('damaged LZ4 block');
    for (let i = 0; i < literals; i++) out[op++] = source[ip++];
    // The last sequence has no match.
    if (ip === source.length) return op;
    const distance = byte() | (byte() << 8);
    const count = lengthOf(token & longLength) + minMatch;
    if (distance === 0 || distance > op || op + count > out.length)
      throw new FormatError('damaged LZ4 block');
    for (let i = 0; i < count; i++, op++) out[op] = out[op - distance];
  }
}
