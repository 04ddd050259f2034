/**
 * What is done to one element of up to 32 bits. Operands are exact: sign- or zero-extended numbers, so that
 * sums and shifted values are exact as well; whoever stores a result takes it modulo 2^esize.
 */

export const add = (x: number, y: number): number => x + y;
export const sub = (x: number, y: number): number => x - y;
export const negate = (x: number): number => -x;
export const absolute = (x: number): number => Math.abs(x);
export const minimum = (x: number, y: number): number => Math.min(x, y);
export const maximum = (x: number, y: number): number => Math.max(x, y);
export const difference = (x: number, y: number): number => Math.abs(x - y);
export const halvingAdd = (x: number, y: number): number => Math.floor((x + y) / 2);
export const roundingHalvingAdd = (x: number, y: number): number => Math.floor((x + y + 1) / 2);
export const halvingSub = (x: number, y: number): number => Math.floor((x - y) / 2);
export const equal = (x: number, y: number): number => (x === y ? -1 : 0);
export const greater = (x: number, y: number): number => (x > y ? -1 : 0);
export const greaterEqual = (x: number, y: number): number => (x >= y ? -1 : 0);

/** Product over {0,1} of two polynomials of 8 bits (PolynomialMult). */
export function polynomialProduct(x: number, y: number): number {
  let sum = 0;
  for (let bit = 0; bit < 8; bit++) if (x & (1 << bit)) sum ^= y << bit;
  return sum;
}

export function popCount(x: number): number {
  let count = 0;
  for (let rest = x; rest !== 0; rest &= rest - 1) count++;
  return count;
}

const SIGNED_LARGEST = [0, 0x7f, 0x7fff, 0, 0x7fff_ffff];
const UNSIGNED_LARGEST = [0, 0xff, 0xffff, 0, 0xffff_ffff];
const SIGNED_SMALLEST = [0, -0x80, -0x8000, 0, -0x8000_0000];

/** Largest and smallest element of 8, 16 or 32 bits. */
export const largest = (esize: number, signed: boolean): number =>
  (signed ? SIGNED_LARGEST : UNSIGNED_LARGEST)[esize >> 3];
export const smallest = (esize: number, signed: boolean): number =>
  signed ? SIGNED_SMALLEST[esize >> 3] : 0;

/** The top bit of every element of a word; none of 32-bit elements, whose carries leave the word. */
const tops = (esize: number): number => (esize === 8 ? 0x8080_8080 : esize === 16 ? 0x8000_8000 : 0) | 0;

/** Sums and differences of the elements of two words. */
export function addWord(a: number, b: number, esize: number): number {
  const top = tops(esize);
  return ((a & ~top) + (b & ~top)) ^ ((a ^ b) & top);
}
export function subWord(a: number, b: number, esize: number): number {
  const top = tops(esize);
  return ((a | top) - (b & ~top)) ^ ((a ^ ~b) & top);
}

/** The `count` (0 to esize) low bits of every element of a word. */
export function lowBits(count: number, esize: number): number {
  const bits = count >= 32 ? -1 : (1 << count) - 1;
  return Math.imul(bits, esize === 8 ? 0x0101_0101 : esize === 16 ? 0x0001_0001 : 1);
}

const POWERS = Float64Array.from({ length: 256 }, (_, n) => 2 ** (n - 128));

/** x × 2^amount, not rounded; amount from -128 to 127. */
const scale = (x: number, amount: number): number => x * POWERS[amount + 128];

/**
 * x shifted left by `amount` (-128 to 127), right when negative, then with 2^(-amount-1) added first when
 * rounding: exact, so a left shift can be far out of range.
 */
export const shift = (x: number, amount: number): number => Math.floor(scale(x, amount));
export function roundingShift(x: number, amount: number): number {
  if (amount >= 0) return scale(x, amount);
  // |x| < 2^32, so x plus the rounding constant is exact unless the result is zero anyway.
  return amount < -33 ? 0 : Math.floor(scale(x + POWERS[127 - amount], amount));
}
