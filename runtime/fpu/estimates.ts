/**
 * Reciprocal and reciprocal square root: estimates and Newton–Raphson steps (ARM DDI 0406C A2.7.5, A2.7.6, A2.7.8). Only
 * Advanced SIMD has them, on singles and on unsigned integers.
 */
import { FPSCR } from '../../jit/isa/vfp/fpscr.js';
import type { FpContext } from './context.js';
import { f32Div, f32Mul, f32Sub } from './f32.js';
import { Kind, packF32, processNaN, processNaNs, Unpacked, unpackF32 } from './unpacked.js';

const ONE_AND_A_HALF = 0x3fc0_0000;
const TWO = 0x4000_0000;
const THREE = 0x4040_0000;

const A = new Unpacked();
const B = new Unpacked();

/** recip_estimate(): of a in [0.5, 1), in units of 1/256: 256 to 511. */
function reciprocal(a: number): number {
  return Math.floor(256 / ((Math.floor(a * 512) + 0.5) / 512) + 0.5);
}

/** recip_sqrt_estimate(): of a in [0.25, 1), in units of 1/256: 256 to 511. */
function reciprocalSquareRoot(a: number): number {
  const steps = a < 0.5 ? 512 : 256;
  return Math.floor(256 / Math.sqrt((Math.floor(a * steps) + 0.5) / steps) + 0.5);
}

/** FPRecipEstimate(). */
export function f32RecipEstimate(c: FpContext, a: number): number {
  const control = c.control;
  unpackF32(c, control, A, a);
  const sign = A.sign << 31;
  if (A.kind >= Kind.QUIET_NAN) {
    processNaN(c, control, A, A);
    return packF32(c, control, A);
  }
  if (A.kind === Kind.INFINITY) return sign;
  if (A.kind === Kind.ZERO) {
    c.raise(FPSCR.DZC);
    return sign | 0x7f80_0000;
  }
  if (A.exponent >= 126) {
    c.raise(FPSCR.UFC);
    return sign;
  }
  const estimate = reciprocal((A.high >>> 0) / 0x1_0000_0000);
  return sign | ((126 - A.exponent) << 23) | ((estimate - 256) << 15);
}

/** FPRSqrtEstimate(). */
export function f32RsqrtEstimate(c: FpContext, a: number): number {
  const control = c.control;
  unpackF32(c, control, A, a);
  const sign = A.sign << 31;
  if (A.kind >= Kind.QUIET_NAN) {
    processNaN(c, control, A, A);
    return packF32(c, control, A);
  }
  if (A.kind === Kind.ZERO) {
    c.raise(FPSCR.DZC);
    return sign | 0x7f80_0000;
  }
  if (sign !== 0) {
    A.setInvalid(c);
    return packF32(c, control, A);
  }
  if (A.kind === Kind.INFINITY) return 0;
  const biased = A.exponent + 127;
  const scaled = (A.high >>> 0) / 0x1_0000_0000;
  const estimate = reciprocalSquareRoot(biased & 1 ? scaled / 2 : scaled);
  return (((380 - biased) >> 1) << 23) | ((estimate - 256) << 15);
}

/** FPRecipStep(): 2 − a × b, with two roundings. */
export function f32RecipStep(c: FpContext, a: number, b: number): number {
  if (isInfinityTimesZero(c, a, b)) return TWO;
  if (stepNaN(c)) return packF32(c, c.control, A);
  return f32Sub(c, TWO, f32Mul(c, a, b));
}

/** FPRSqrtStep(): (3 − a × b) ÷ 2, each operation rounded. */
export function f32RsqrtStep(c: FpContext, a: number, b: number): number {
  if (isInfinityTimesZero(c, a, b)) return ONE_AND_A_HALF;
  if (stepNaN(c)) return packF32(c, c.control, A);
  return f32Div(c, f32Sub(c, THREE, f32Mul(c, a, b)), TWO);
}

/** Unpacks both operands into A and B. */
function isInfinityTimesZero(c: FpContext, a: number, b: number): boolean {
  const control = c.control;
  unpackF32(c, control, A, a);
  unpackF32(c, control, B, b);
  return (
    (A.kind === Kind.INFINITY && B.kind === Kind.ZERO) || (A.kind === Kind.ZERO && B.kind === Kind.INFINITY)
  );
}

/** When A or B is a NaN, puts the result into A. */
function stepNaN(c: FpContext): boolean {
  return processNaNs(c, c.control, A, A, B);
}

/** UnsignedRecipEstimate(). */
export function u32RecipEstimate(a: number): number {
  return a >= 0 ? -1 : reciprocal((a >>> 0) / 0x1_0000_0000) << 23;
}

/** UnsignedRSqrtEstimate(). */
export function u32RsqrtEstimate(a: number): number {
  return a >>> 30 === 0 ? -1 : reciprocalSquareRoot((a >>> 0) / 0x1_0000_0000) << 23;
}
