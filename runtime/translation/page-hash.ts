import { PAGE_BYTES } from '../../jit/abi/tlb.js';

/**
 * A hash of a page's content, 0 to 2^53 - 1: a key, not a proof that two pages are equal.
 * @param bytes memory; @param offset where the page starts, a multiple of 4
 */
export function hashPage(bytes: Uint8Array, offset = 0): number {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + offset, PAGE_BYTES / 4);
  let a = 0x9e37_79b9 | 0;
  let b = 0x85eb_ca6b | 0;
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    a = Math.imul(a ^ word, 0x01b3_0193);
    a ^= a >>> 15;
    b = (Math.imul(b, 31) + word) | 0;
    b ^= b >>> 13;
  }
  a = Math.imul(a ^ (a >>> 16), 0x45d9_f3b);
  b = Math.imul(b ^ (b >>> 16), 0x119d_e1f3);
  return ((a ^ (a >>> 16)) & 0x1f_ffff) * 2 ** 32 + ((b ^ (b >>> 16)) >>> 0);
}
