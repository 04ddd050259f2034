import { benchmarks } from './benchmarks.js';
import { BINARY } from './binary.js';

/** Where the image goes in physical memory, and starts. */
export const IMAGE_ADDRESS = 0x4020_0000;
/** Bytes of RAM that it needs. */
export const IMAGE_MEMORY = 64 << 20;
/** Place of its parameters: behind the exception vectors. */
const PARAMETERS = 0x20;

/**
 * @param ticks of the counter that a measurement takes at least
 * @param names of the benchmarks to run; absent: all. The two computations go together
 */
export function benchmarkImage(ticks: number, names?: readonly string[]): Buffer {
  const image = Buffer.from(BINARY, 'base64');
  let mask = 0;
  for (const [index, { name }] of benchmarks.entries()) {
    if (names?.some((wanted) => name.startsWith(wanted)) ?? true) mask |= 1 << index;
  }
  image.writeUInt32LE(ticks, PARAMETERS);
  image.writeUInt32LE(mask >>> 0, PARAMETERS + 4);
  return image;
}
