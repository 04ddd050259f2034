import { isFdt } from '../../runtime/board/fdt.js';
import { crc32 } from './crc32.js';
import { type Compression, decompress } from './decompress.js';
import { FormatError, viewOf } from './format-error.js';
import { alignUp } from './kernel.js';
import type { UnpackLimits } from './unpack-limits.js';

/** U-Boot's legacy image format: a 64-byte big-endian header before the data (U-Boot include/image.h). */

const magic = 0x2705_1956;
const headerSize = 64;

/** IH_ARCH_ARM, and names for those that are given by mistake. */
const archArm = 2;
const archs: Readonly<Record<number, string>> = {
  3: 'x86',
  5: 'MIPS',
  7: 'PowerPC',
  22: '64-bit Arm',
  24: 'x86-64',
  26: 'RISC-V',
};

/** IH_TYPE_*. */
const typeStandalone = 1;
const typeKernel = 2;
const typeRamdisk = 3;
const typeMulti = 4;
const typeKernelNoLoad = 14;

/** IH_COMP_*, by number. */
const packings: readonly (Compression | undefined)[] = [
  undefined,
  'gzip',
  'bzip2',
  'lzma',
  'lzo',
  'lz4',
  'zstd',
];

export interface UImage {
  /** The contents, unpacked. */
  readonly data: Uint8Array;
  /** Load and entry address as the header has them; undefined when they are to be ignored. */
  readonly load?: number;
  readonly entry?: number;
  /** Other parts of a multi-file image. */
  readonly initrd?: Uint8Array;
  readonly deviceTree?: Uint8Array;
}

export function isUImage(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(0) === magic;
}

/** Checks header and data and unpacks a kernel. @throws FormatError */
export async function parseUImage(bytes: Uint8Array, limits: UnpackLimits): Promise<UImage> {
  const { type, compression, data, load, entry } = parseHeader(bytes);
  if (type === typeRamdisk) throw new FormatError('it is a uImage of a ramdisk; give it with --initrd');
  if (type !== typeKernel && type !== typeKernelNoLoad && type !== typeMulti && type !== typeStandalone) {
    throw new FormatError(`it is a uImage of type ${type}, which is no kernel`);
  }
  const [packed, ...others] = type === typeMulti ? parts(data) : [data];
  if (compression >= packings.length) throw new FormatError(`uImage compression ${compression} is unknown`);
  const packing = packings[compression];
  const plain = packing === undefined ? packed : await decompress(packed, packing, limits);
  return {
    data: plain,
    ...(type !== typeKernelNoLoad && { load, entry }),
    ...(type === typeMulti && kindsOf(others)),
  };
}

/** The contents of a uImage of a ramdisk; other bytes as they are. @throws FormatError */
export function unwrapRamdisk(bytes: Uint8Array): Uint8Array {
  if (!isUImage(bytes)) return bytes;
  const { type, data } = parseHeader(bytes);
  if (type !== typeRamdisk) throw new FormatError('it is a uImage, but not one of a ramdisk');
  return data;
}

function parseHeader(bytes: Uint8Array) {
  if (bytes.length < headerSize) throw new FormatError('it is truncated: the uImage header is cut short');
  const view = viewOf(bytes);
  const header = Uint8Array.from(bytes.subarray(0, headerSize));
  header.fill(0, 4, 8);
  if (crc32(header) !== view.getUint32(4))
    throw new FormatError('its uImage header is damaged: wrong checksum');
  const size = view.getUint32(12);
  if (bytes.length < headerSize + size) {
    throw new FormatError(
      `it is truncated: the uImage header says ${size} bytes, the file has ${bytes.length - headerSize}`,
    );
  }
  const data = bytes.subarray(headerSize, headerSize + size);
  if (crc32(data) !== view.getUint32(24))
    throw new FormatError('its uImage data are damaged: wrong checksum');
  const arch = bytes[29];
  if (arch !== archArm) {
    throw new FormatError(`it is a uImage for ${archs[arch] ?? `architecture ${arch}`}, not for 32-bit Arm`);
  }
  return {
    type: bytes[30],
    compression: bytes[31],
    load: view.getUint32(16),
    entry: view.getUint32(20),
    data,
  };
}

/** A multi-file image starts with its parts' sizes and a zero; each part but the last is padded to whole words. */
function parts(data: Uint8Array): Uint8Array[] {
  const view = viewOf(data);
  const sizes: number[] = [];
  let at = 0;
  for (; at + 4 <= data.length && view.getUint32(at) !== 0; at += 4) sizes.push(view.getUint32(at));
  at += 4;
  const found = sizes.map((size) => {
    const part = data.subarray(at, at + size);
    if (part.length < size) throw new FormatError('its list of uImage parts is damaged');
    at = alignUp(at + size, 4);
    return part;
  });
  if (found.length === 0) throw new FormatError('its list of uImage parts is damaged');
  return found;
}

/** What is behind the kernel: a ramdisk and a device tree, as U-Boot takes them, or one of the two. */
function kindsOf(others: readonly Uint8Array[]): Pick<UImage, 'initrd' | 'deviceTree'> {
  const deviceTree = others.find(isFdt);
  const [initrd] = others;
  return {
    ...(initrd !== undefined && initrd !== deviceTree && { initrd }),
    ...(deviceTree && { deviceTree }),
  };
}
