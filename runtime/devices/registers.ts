/** Small helpers for register files made of 32-bit words that are read and written in narrower pieces too. */
import type { AccessWidth } from './device.js';

/** Bits of a 32-bit word that an access of `width` bytes at byte `lane` (0 to 3) covers. */
export function byteMask(lane: number, width: AccessWidth): number {
  return width === 4 ? -1 : (width === 2 ? 0xffff : 0xff) << (lane * 8);
}

/** The part of a register's value that an access at byte `offset` and of `width` bytes reads, unsigned. */
export function narrow(value: number, offset: number, width: AccessWidth): number {
  return ((value >>> ((offset & 3) * 8)) & byteMask(0, width)) >>> 0;
}

/** Offset of the first PrimeCell identification register (PeriphID0). */
export const PRIMECELL_ID = 0xfe0;

/** PeriphID0-3 and PCellID0-3, one byte a word, from `PRIMECELL_ID`. */
export function primeCellId(bytes: readonly number[], offset: number): number {
  return bytes[(offset - PRIMECELL_ID) >>> 2] ?? 0;
}
