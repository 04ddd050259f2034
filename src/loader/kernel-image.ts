import { decompress, detectCompression } from './decompress.js';
import { isElf, loadElf } from './elf.js';
import { FormatError } from './format-error.js';
import { type Kernel, type PlacementOptions, type UnpackOptions, unpackLimits } from './kernel.js';
import { loadRawImage, rejectForeign } from './raw-image.js';
import { isUImage, parseUImage } from './uimage.js';
import { isZImage, loadZImage } from './zimage.js';

export interface KernelOptions extends PlacementOptions, UnpackOptions {
  /** Unpack a zImage here instead of letting the guest do it. */
  readonly fast: boolean;
}

/**
 * Recognises a kernel file (zImage, uImage, ELF, raw Image, or one of these packed) and places it in memory.
 * @throws FormatError when it is none of them, for another architecture, damaged or cut short
 */
export async function loadKernel(bytes: Uint8Array, options: KernelOptions): Promise<Kernel> {
  if (isElf(bytes)) return loadElf(bytes, options);
  if (isZImage(bytes)) return loadZImage(bytes, options);
  if (isUImage(bytes)) return loadUImage(bytes, options);
  const compression = detectCompression(bytes);
  if (compression !== undefined) {
    const inner = await decompress(bytes, compression, unpackLimits(options));
    if (detectCompression(inner) !== undefined) throw new FormatError('it is packed twice; unpack it first');
    try {
      const kernel = await loadKernel(inner, options);
      return { ...kernel, format: `${kernel.format} in ${compression}` };
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw new FormatError(`unpacked from ${compression}, ${error.message}`, { cause: error });
    }
  }
  rejectForeign(bytes);
  return loadRawImage(bytes, options);
}

async function loadUImage(bytes: Uint8Array, options: KernelOptions): Promise<Kernel> {
  const image = await parseUImage(bytes, unpackLimits(options));
  const { initrd, deviceTree } = image;
  const parts = { ...(initrd && { initrd }), ...(deviceTree && { deviceTree }) };
  if (isElf(image.data) || isZImage(image.data)) {
    const inner = await loadKernel(image.data, options);
    return { ...parts, ...inner, format: `uImage of ${inner.format}` };
  }
  rejectForeign(image.data);
  if (image.load === undefined || image.entry === undefined) {
    return { ...parts, ...loadRawImage(image.data, options), format: 'uImage' };
  }
  // Made for a board whose RAM is elsewhere: the same place within the bank of 128 MiB, as Linux's decompressor rounds.
  const inRam = image.load >= options.ramBase && image.load < options.ramBase + options.memory;
  const load = inRam ? image.load : options.ramBase + (image.load % 0x0800_0000);
  const entry = image.entry - image.load;
  if (entry < 0 || entry >= image.data.length)
    throw new FormatError('its uImage entry point lies outside its data');
  return {
    ...parts,
    ...loadRawImage(image.data, options, load),
    format: 'uImage',
    entry: load + (entry & ~1),
    thumb: (entry & 1) !== 0,
  };
}
