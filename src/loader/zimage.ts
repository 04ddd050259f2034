import { isFdt } from '../../runtime/board/fdt.js';
import { type Compression, decompress, detectCompression } from './decompress.js';
import { FormatError, viewOf } from './format-error.js';
import {
  alignUp,
  type Kernel,
  loadOffset,
  type PlacementOptions,
  type UnpackOptions,
  unpackLimits,
} from './kernel.js';
import { defaultTextOffset, textOffsetOf } from './text-offset.js';
import { TooLargeError } from './unpack-limits.js';

/**
 * Linux's zImage: a decompressor with the packed Image inside it. Source: Linux arch/arm/boot/compressed/head.S (header)
 * and vmlinux.lds.S (the table).
 */

/** Word at 0x24. */
const magic = 0x016f_2818;
/** Word at 0x30: the byte order. */
const endianMark = 0x0403_0201;
/** Word at 0x34: the word after it is the table's offset. */
const tableMark = 0x4545_4545;
/** First tag of the table, "KLSZ". */
const sizeTag = 0x5a53_4c4b;

/** Bytes that a header and the first instructions behind it have at the least. */
const leastBytes = 0x40;

/** BSS of a kernel whose table does not tell, rounded up; and room for the decompressor's heap and stack. */
const assumedBss = 2 << 20;
const decompressorRoom = 1 << 20;

export function isZImage(bytes: Uint8Array): boolean {
  return bytes.length >= 0x28 && viewOf(bytes).getUint32(0x24, true) === magic;
}

interface Table {
  /** Offset of the word that ends the packed data and holds the unpacked size. */
  readonly sizeAt: number;
  readonly bssSize: number;
  readonly textOffset?: number;
}

/**
 * Whether a zImage's header is all that it has of one: its code follows at once, without the mark of the byte order, and its size
 * counts BSS, which the file has not. Xen is such a file (arch/arm/arm32/head.S).
 */
function isUnpacked(bytes: Uint8Array, size: number): boolean {
  return viewOf(bytes).getUint32(0x30, true) !== endianMark && size > bytes.length;
}

/**
 * @returns bytes that the header counts, from the start of the file to the end of what is in it; more than the file has where that
 * {@link isUnpacked}
 * @throws FormatError when it is damaged or cut
 */
export function zImageSize(bytes: Uint8Array): number {
  if (bytes.length < leastBytes) throw new FormatError('it is truncated within its zImage header');
  const view = viewOf(bytes);
  if (view.getUint32(0x30, true) === (endianMark << 24) >>> 0 || view.getUint32(0x30, true) === 0x0102_0304) {
    throw new FormatError('it is a big-endian kernel; only little-endian ones are supported');
  }
  // The two words are link addresses, 0 based in a position-independent zImage.
  const size = view.getUint32(0x2c, true) - view.getUint32(0x28, true);
  if (size < leastBytes) throw new FormatError('its zImage header is damaged');
  if (bytes.length < size && !isUnpacked(bytes, size)) {
    throw new FormatError(
      `it is truncated: the zImage header says ${size} bytes, the file has ${bytes.length}`,
    );
  }
  return size;
}

/**
 * Places a zImage: the packed Image unpacked and put where the decompressor would put it (`fast`), or as it is.
 * @throws FormatError
 */
export async function loadZImage(
  bytes: Uint8Array,
  options: PlacementOptions & UnpackOptions & { readonly fast: boolean },
): Promise<Kernel> {
  const size = zImageSize(bytes);
  if (isUnpacked(bytes, size)) {
    const address = options.ramBase + loadOffset;
    return {
      format: 'zImage (not packed)',
      segments: [{ address, bytes }],
      entry: address,
      thumb: false,
      end: alignUp(address + size, 4096),
    };
  }
  const image = bytes.subarray(0, size);
  const table = parseTable(image);
  const tree = appendedTree(bytes, size);

  if (!options.fast) {
    const unpackedSize = table === undefined ? size * 5 : viewOf(image).getUint32(table.sizeAt, true);
    const address = options.ramBase + loadOffset;
    return {
      format: 'zImage',
      segments: [{ address, bytes: image }],
      entry: address,
      thumb: false,
      // The decompressor moves itself behind the place of the unpacked kernel and its BSS.
      end:
        options.ramBase +
        (table?.textOffset ?? defaultTextOffset) +
        unpackedSize +
        (table?.bssSize ?? assumedBss) +
        size +
        decompressorRoom,
      ...tree,
    };
  }

  const payload = await unpackPayload(image, table, options);
  const address = options.ramBase + (table?.textOffset ?? textOffsetOf(payload.image) ?? defaultTextOffset);
  return {
    format: `zImage (${payload.compression})`,
    segments: [{ address, bytes: payload.image }],
    entry: address,
    thumb: false,
    end: alignUp(address + payload.image.length + (table?.bssSize ?? assumedBss), 4096),
    ...tree,
  };
}

/**
 * The device tree behind a zImage, which Linux's decompressor prefers to the one in R2 (CONFIG_ARM_APPENDED_DTB). It is handed over in R2,
 * with the command line and initrd in it, so the decompressor does not get to see it.
 */
function appendedTree(bytes: Uint8Array, size: number): Pick<Kernel, 'deviceTree'> {
  const deviceTree = bytes.subarray(size);
  return isFdt(deviceTree) ? { deviceTree } : {};
}

/** The table of kernels since 4.15, or undefined. It counts its words without the first, which holds that count. */
function parseTable(image: Uint8Array): Table | undefined {
  const view = viewOf(image);
  if (image.length < 0x3c || view.getUint32(0x34, true) !== tableMark) return undefined;
  const at = view.getUint32(0x38, true);
  if (at + 16 > image.length) return undefined;
  const words = view.getUint32(at, true);
  if (words < 3 || at + 4 + words * 4 > image.length || view.getUint32(at + 4, true) !== sizeTag)
    return undefined;
  const sizeAt = view.getUint32(at + 8, true);
  if (sizeAt + 4 > image.length) throw new FormatError('its zImage table is damaged');
  const textOffset = words >= 5 ? view.getUint32(at + 16, true) : 0;
  return {
    sizeAt,
    bssSize: view.getUint32(at + 12, true),
    ...(textOffset !== 0 && { textOffset }),
  };
}

interface Payload {
  readonly image: Uint8Array;
  readonly compression: Compression;
}

/** Finds the packed Image. A magic also occurs by chance and in the decompressor's texts, so the size must be right as well. */
async function unpackPayload(
  image: Uint8Array,
  table: Table | undefined,
  options: PlacementOptions & UnpackOptions,
): Promise<Payload> {
  const { unpack = decompress } = options;
  const limits = unpackLimits(options);
  const view = viewOf(image);
  // For gzip, the size is its own last field, and so part of the stream.
  const end = table === undefined ? image.length : table.sizeAt + 4;
  const size = table === undefined ? undefined : view.getUint32(table.sizeAt, true);
  let failure: unknown;
  for (let at = 0x40; at + 18 <= end; at++) {
    const compression = detectCompression(image, at);
    if (compression === undefined) continue;
    try {
      const packed = image.subarray(at, table !== undefined && compression !== 'gzip' ? end - 4 : end);
      const unpacked = await unpack(packed, compression, limits);
      if (size === undefined ? unpacked.length > image.length : unpacked.length === size) {
        return { image: unpacked, compression };
      }
    } catch (error) {
      // Chance does not unpack to so much, and the next one may take as long.
      if (!(error instanceof FormatError) || error instanceof TooLargeError) throw error;
      failure ??= error;
    }
  }
  throw new FormatError(
    `no packed kernel was found in the zImage${failure instanceof Error ? ` (${failure.message})` : ''}: the file may be damaged; --no-fast-load leaves the unpacking to the guest`,
  );
}
