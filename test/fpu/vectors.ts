import { join } from 'node:path';

/** Expected outcomes: for each instruction a heading and CASES lines of FPSCR, S0 and S1 in hexadecimal. */
export const VECTORS = join(import.meta.dirname, 'vectors.txt');
/** Cases of each instruction, and the seed that they are made from. */
export const CASES = 100;
export const SEED = 20_260_801;

/** Line of vectors.txt for an outcome: FPSCR, S0, S1. No instruction writes S2 to S5. */
export function formatOutcome(words: Int32Array, at: number): string {
  return Array.from(words.subarray(at, at + 3), (word) => (word >>> 0).toString(16)).join(' ');
}
