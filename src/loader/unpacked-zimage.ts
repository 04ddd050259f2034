import { FormatError } from './format-error.js';
import { alignUp, type PlacementOptions, type UnpackOptions } from './kernel.js';
import { isZImage, loadZImage } from './zimage.js';

/**
 * A zImage that need not unpack itself: the kernel unpacked, a few instructions that put it in its place, and the file as it was. Xen
 * boots nothing but zImages, so this is how a guest's kernel is spared its decompressor (2 thousand million instructions).
 *
 * The place is the decompressor's: TEXT_OFFSET above the multiple of 128 MiB below. That is right when RAM starts there. Xen
 * puts the device tree 128 MiB above the start of the guest's RAM; wherever R2 says something else, and where the kernel would
 * overwrite this file, the file as it was is entered instead.
 */
const code = [
  ...new Array<number>(8).fill(0xe1a0_0000), // mov r0, r0
  0xea00_0006, // b start
  0x016f_2818, // the header: magic, start, end, byte order
  0,
  0,
  0x0403_0201,
  ...new Array<number>(3).fill(0),
  0xe20f_c33e, // start: and r12, pc, #0xf8000000   @ RAM
  0xe28c_6302, // add r6, r12, #0x08000000
  0xe24f_4050, // sub r4, pc, #0x50                 @ this file
  0xe59f_7044, // ldr r7, original
  0xe152_0006, // cmp r2, r6
  0x1084_f007, // addne pc, r4, r7
  0xe59f_503c, // ldr r5, text_offset
  0xe08c_c005, // add r12, r12, r5                  @ the kernel's place
  0xe59f_6038, // ldr r6, length
  0xe08c_5006, // add r5, r12, r6
  0xe155_0004, // cmp r5, r4
  0x8084_f007, // addhi pc, r4, r7
  0xe284_4a01, // add r4, r4, #0x1000
  0xe1a0_500c, // mov r5, r12
  0xe8b4_0f00, // copy: ldm r4!, {r8-r11}
  0xe8a5_0f00, // stm r5!, {r8-r11}
  0xe256_6010, // subs r6, r6, #16
  0x1aff_fffb, // bne copy
  0xee07_6f15, // mcr p15, 0, r6, c7, c5, 0         @ ICIALLU
  0xf57f_f04f, // dsb
  0xf57f_f06f, // isb
  0xe12f_ff1c, // bx r12
];
const endOffset = 0x2c;
/** Offsets in the file of the words `original`, `text_offset` and `length`, which follow the code. */
const originalOffset = 0x98;
const textOffsetOffset = 0x9c;
const lengthOffset = 0xa0;
/** Offset of the unpacked kernel. */
const imageOffset = 0x1000;
/** Bytes that the loop copies at once. */
const step = 16;

/** `memory` bounds what is unpacked. */
type Options = UnpackOptions & Partial<Pick<PlacementOptions, 'memory'>>;

/** @returns a zImage that does the same as `bytes`, faster; `bytes` when it is no packed zImage, or damaged */
export async function unpackedZImage(bytes: Uint8Array, options: Options = {}): Promise<Uint8Array> {
  const kernel = await unpack(bytes, options);
  if (kernel === undefined) return bytes;
  const { image, textOffset } = kernel;
  const length = alignUp(image.length, step);
  const original = imageOffset + length;
  const file = Buffer.alloc(original + bytes.length);
  for (const [index, word] of code.entries()) file.writeUInt32LE(word, 4 * index);
  file.writeUInt32LE(file.length, endOffset);
  file.writeUInt32LE(original, originalOffset);
  file.writeUInt32LE(textOffset, textOffsetOffset);
  file.writeUInt32LE(length, lengthOffset);
  file.set(image, imageOffset);
  file.set(bytes, original);
  return file;
}

async function unpack(
  bytes: Uint8Array,
  options: Options,
): Promise<{ image: Uint8Array; textOffset: number } | undefined> {
  if (!isZImage(bytes)) return undefined;
  try {
    const { segments, deviceTree } = await loadZImage(bytes, {
      memory: 2 ** 30,
      ...options,
      ramBase: 0,
      fast: true,
    });
    const [{ address, bytes: image }] = segments;
    // It would be lost: only the decompressor looks for it.
    if (deviceTree !== undefined) return undefined;
    // What is not packed is placed as it is.
    return image.buffer === bytes.buffer ? undefined : { image, textOffset: address };
  } catch (error) {
    // The guest's own decompressor may know better, and says it in its own words if not.
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
