/** A set of halfwords of a page: a bit each, the first halfword in bit 0 of word 0. Plain words, to be sent between threads. */
export type Coverage = Uint32Array;

/** Where the instructions of a page are that were executed, by instruction set. */
export interface Executed {
  readonly a32: Coverage;
  readonly thumb: Coverage;
}

/** A page of 4096 bytes has 2048 halfwords. */
export const COVERAGE_WORDS = 64;

export function emptyCoverage(): Coverage {
  return new Uint32Array(COVERAGE_WORDS);
}

/** Adds `length` bytes from `offset` on, both even. */
export function cover(set: Coverage, offset: number, length: number): void {
  for (let half = offset >>> 1; half < (offset + length) >>> 1; half++) set[half >>> 5] |= 1 << (half & 31);
}

/** Adds all of `other`. */
export function coverAll(set: Coverage, other: Coverage): void {
  for (let index = 0; index < COVERAGE_WORDS; index++) set[index] |= other[index];
}

/** Whether one of the bytes `offset` to `offset + length - 1` is in a halfword of the set. */
export function touches(set: Coverage, offset: number, length: number): boolean {
  for (let half = offset >>> 1; half <= (offset + length - 1) >>> 1; half++) {
    if ((set[half >>> 5] & (1 << (half & 31))) !== 0) return true;
  }
  return false;
}

/** Whether two pages, as halfwords, hold the same in the set. */
export function agree(set: Coverage, a: Uint16Array, b: Uint16Array): boolean {
  for (let index = 0; index < COVERAGE_WORDS; index++) {
    if (set[index] === 0) continue;
    for (let bit = 0; bit < 32; bit++) {
      const half = 32 * index + bit;
      if ((set[index] & (1 << bit)) !== 0 && a[half] !== b[half]) return false;
    }
  }
  return true;
}
