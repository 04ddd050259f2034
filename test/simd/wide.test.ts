import { describe, expect, it } from 'vitest';
import { mulHighS, mulHighU, Wide } from '../../runtime/interpreter/simd/wide.js';

const EDGES = [0n, 1n, 2n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 0x1_0000_0000n]
  .flatMap((n) => [n, (1n << 63n) + n, (1n << 63n) - 1n - n, (1n << 64n) - 1n - n])
  .concat([0x0123_4567_89ab_cdefn, 0xfedc_ba98_7654_3210n]);
const AMOUNTS = [1, 2, 5, 31, 32, 33, 40, 62, 63, 64, 65, 100, 128];

function wide(value: bigint): Wide {
  const w = new Wide();
  w.set(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
  return w;
}

function toBigInt(w: Wide): bigint {
  return (BigInt(w.high >>> 0) << 32n) | BigInt(w.low >>> 0);
}

const read = (value: bigint, signed: boolean) => (signed ? BigInt.asIntN(64, value) : value);

describe('high words of products', () => {
  const words = [0, 1, -1, 2, 0x7fff_ffff, -0x8000_0000, 0x1234_5678, -0x1234_5679, 0xffff, 0x10000];
  it.each(words.flatMap((a) => words.map((b) => [a, b])))('%i × %i', (a, b) => {
    const unsigned = BigInt(a >>> 0) * BigInt(b >>> 0);
    expect(mulHighU(a, b)).toBe(Number(BigInt.asIntN(32, unsigned >> 32n)));
    expect(mulHighS(a, b)).toBe(Number(BigInt.asIntN(32, (BigInt(a) * BigInt(b)) >> 32n)));
  });
});

describe.each([true, false])('64-bit elements, signed %s', (signed) => {
  it.each([true, false])('shift right, rounding %s', (round) => {
    for (const value of EDGES) {
      for (const amount of AMOUNTS) {
        const w = wide(value);
        w.shiftRight(amount, signed, round);
        const constant = round ? 1n << BigInt(amount - 1) : 0n;
        const expected = BigInt.asUintN(64, (read(value, signed) + constant) >> BigInt(amount));
        expect(toBigInt(w), `${value} >> ${amount}`).toBe(expected);
      }
    }
  });

  it.each([true, false])('shift left and saturate to signed %s', (toSigned) => {
    const largest = toSigned ? (1n << 63n) - 1n : (1n << 64n) - 1n;
    const smallest = toSigned ? -(1n << 63n) : 0n;
    // No instruction makes signed results of unsigned elements.
    if (!signed && toSigned) return;
    for (const value of EDGES) {
      for (const amount of [0, ...AMOUNTS]) {
        const w = wide(value);
        const saturated = w.shiftLeftSat(amount, signed, toSigned);
        const exact = read(value, signed) << BigInt(amount);
        const expected = exact > largest ? largest : exact < smallest ? smallest : exact;
        expect(toBigInt(w), `${value} << ${amount}`).toBe(BigInt.asUintN(64, expected));
        expect(saturated, `${value} << ${amount}`).toBe(expected !== exact);
      }
    }
  });
});

describe('64-bit elements', () => {
  it('shift left modulo 2^64', () => {
    for (const value of EDGES) {
      for (const amount of [0, ...AMOUNTS]) {
        const w = wide(value);
        w.shiftLeft(amount);
        expect(toBigInt(w)).toBe(BigInt.asUintN(64, value << BigInt(amount)));
      }
    }
  });
});
