import lz4js from 'lz4js';
import { FormatError, hasMagic, viewOf } from './format-error.js';
import { UnpackedBytes, type UnpackLimits } from './unpack-limits.js';

/** The legacy LZ4 frame (`lz4 -l`), which is what Linux's CONFIG_KERNEL_LZ4 uses. */
export const lz4LegacyMagic = [0x02, 0x21, 0x4c, 0x18];

/** Each block but the last unpacks to exactly 8 MiB. */
const blockSize = 8 << 20;
/** What 8 MiB can grow to when they do not compress. */
const maxPackedBlock = blockSize + Math.floor(blockSize / 255) + 16;

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
    const size = lz4js.decompressBlock(packed, block, at, length, 0);
    if (size > blockSize) throw new FormatError('damaged LZ4 block');
    out.add(block.subarray(0, size));
    at += length;
    if (size < blockSize) break;
  }
  return out.toBytes();
}
