import { viewOf } from './format-error.js';

/**
 * TEXT_OFFSET of a Linux Image: where it must lie above the start of RAM. An Image has no header that tells, but the start of its
 * code computes PHYS_OFFSET from it (Linux arch/arm/kernel/head.S).
 */
export const defaultTextOffset = 0x8000;

/** How much of the image to look through: head.S comes first. */
const headBytes = 0x2000;

/** @returns undefined when the code does not tell: an older kernel, or no Linux */
export function textOffsetOf(image: Uint8Array): number | undefined {
  const view = viewOf(image);
  const end = Math.min(image.length, headBytes) & ~3;
  for (let at = 0; at + 8 <= end; at += 4) {
    const word = view.getUint32(at, true);
    // Since 5.11: adr_l r8, _text; sub r8, r8, #TEXT_OFFSET.
    if (word >>> 12 === 0xe2488) {
      const offset = modifiedImmediate(word & 0xfff);
      if (isTextOffset(offset)) return offset;
    }
    // Before: the literal pair ".long ., PAGE_OFFSET".
    const pageOffset = view.getUint32(at + 4, true);
    if (isPageOffset(pageOffset)) {
      const offset = word - pageOffset - at;
      if (isTextOffset(offset)) return offset;
    }
  }
  return undefined;
}

/** A TEXT_OFFSET is 0x8000 above a multiple of 64 KiB and below 32 MiB (Linux arch/arm/Makefile). */
const isTextOffset = (n: number): boolean => n > 0 && n < 0x200_0000 && (n & 0xffff) === 0x8000;

/** CONFIG_PAGE_OFFSET, by CONFIG_VMSPLIT_3G, 3G_OPT, 2G and 1G. */
const isPageOffset = (n: number): boolean =>
  n === 0xc000_0000 || n === 0xb000_0000 || n === 0x8000_0000 || n === 0x4000_0000;

/** ARM DDI 0406C A5.2.4: eight bits rotated right by twice the upper four. */
function modifiedImmediate(imm12: number): number {
  const value = imm12 & 0xff;
  const rotation = (imm12 >>> 8) * 2;
  return rotation === 0 ? value : ((value >>> rotation) | (value << (32 - rotation))) >>> 0;
}
