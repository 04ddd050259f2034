/**
 * Double-precision arithmetic (ARM DDI 0406C A2.7). Doubles lie in the context's memory; `d` is the byte offset where the
 * result goes, the others are operands' offsets, multiples of 8. `d` may be an operand. Exceptions go to
 * the context's FPSCR.
 *
 * Rounding to nearest, the host's own operation is right whenever its result is ordinary. Whether it is inexact is asked only while
 * FPSCR.IXC is clear, and answered by the classic error-free transformations (T. J. Dekker 1971), in the range
 * where they hold. Everything else is worked out exactly.
 */
import { FPSCR } from '../../jit/isa/vfp/fpscr.js';
import type { FpContext } from './context.js';
import { add, divide, multiply, multiplyAdd, squareRoot } from './exact.js';
import { compareUnpacked } from './f32.js';
import { packF64, processNaNs, Unpacked, unpackF64 } from './unpacked.js';

const MINIMUM_NORMAL = 2 ** -1022;
/** Between these, splitting a double in halves and multiplying the halves neither overflows nor loses bits. */
const SPLIT_MINIMUM = 2 ** -900;
const SPLIT_MAXIMUM = 2 ** 900;

const A = new Unpacked();
const B = new Unpacked();
const C = new Unpacked();
const R = new Unpacked();

/** False for a denormal that FZ makes zero. */
function unflushed(control: number, value: number): boolean {
  return (control & FPSCR.FZ) === 0 || value === 0 || Math.abs(value) >= MINIMUM_NORMAL;
}

/** A normal number that could not have been rounded up from a tiny one. */
function isOrdinary(value: number): boolean {
  const magnitude = Math.abs(value);
  return magnitude > MINIMUM_NORMAL && magnitude < Number.POSITIVE_INFINITY;
}

function isSplittable(value: number): boolean {
  const magnitude = Math.abs(value);
  return magnitude > SPLIT_MINIMUM && magnitude < SPLIT_MAXIMUM;
}

/** x × y − product, where `product` is the rounded one; exact for splittable numbers. */
function productError(x: number, y: number, product: number): number {
  const xScaled = x * 134217729;
  const xHigh = xScaled - (xScaled - x);
  const xLow = x - xHigh;
  const yScaled = y * 134217729;
  const yHigh = yScaled - (yScaled - y);
  const yLow = y - yHigh;
  return xLow * yLow - (product - xHigh * yHigh - xLow * yHigh - xHigh * yLow);
}

/** FPAdd(). */
export function f64Add(c: FpContext, d: number, a: number, b: number): void {
  const control = c.control;
  const x = c.f64[a >> 3];
  const y = c.f64[b >> 3];
  if ((control & FPSCR.RMODE) === 0 && addOrdinary(c, control, d, x, y)) return;
  unpackF64(c, control, A, a);
  unpackF64(c, control, B, b);
  if (!processNaNs(c, control, R, A, B)) add(c, control, R, A, B);
  packF64(c, control, R, d);
}

/** FPSub(): a − b. */
export function f64Sub(c: FpContext, d: number, a: number, b: number): void {
  const control = c.control;
  const x = c.f64[a >> 3];
  const y = -c.f64[b >> 3];
  if ((control & FPSCR.RMODE) === 0 && addOrdinary(c, control, d, x, y)) return;
  unpackF64(c, control, A, a);
  unpackF64(c, control, B, b);
  if (!processNaNs(c, control, R, A, B)) {
    B.sign ^= 1;
    add(c, control, R, A, B);
  }
  packF64(c, control, R, d);
}

/** x + y to `d` if the host's sum can be vouched for. */
function addOrdinary(c: FpContext, control: number, d: number, x: number, y: number): boolean {
  const sum = x + y;
  if (!((isOrdinary(sum) || sum === 0) && unflushed(control, x) && unflushed(control, y))) return false;
  if ((control & FPSCR.IXC) === 0) {
    const y1 = sum - x;
    if (x - (sum - y1) !== y1 - y) c.raise(FPSCR.IXC);
  }
  c.f64[d >> 3] = sum;
  return true;
}

/** FPMul(). */
export function f64Mul(c: FpContext, d: number, a: number, b: number): void {
  const control = c.control;
  const x = c.f64[a >> 3];
  const y = c.f64[b >> 3];
  const product = x * y;
  if (
    (control & FPSCR.RMODE) === 0 &&
    isOrdinary(product) &&
    unflushed(control, x) &&
    unflushed(control, y) &&
    ((control & FPSCR.IXC) !== 0 || (isSplittable(product) && isSplittable(x) && isSplittable(y)))
  ) {
    if ((control & FPSCR.IXC) === 0 && productError(x, y, product) !== 0) c.raise(FPSCR.IXC);
    c.f64[d >> 3] = product;
    return;
  }
  unpackF64(c, control, A, a);
  unpackF64(c, control, B, b);
  if (!processNaNs(c, control, R, A, B)) multiply(c, R, A, B);
  packF64(c, control, R, d);
}

/** FPDiv(): a ÷ b. */
export function f64Div(c: FpContext, d: number, a: number, b: number): void {
  const control = c.control;
  const x = c.f64[a >> 3];
  const y = c.f64[b >> 3];
  const quotient = x / y;
  if (
    (control & FPSCR.RMODE) === 0 &&
    isOrdinary(quotient) &&
    unflushed(control, x) &&
    unflushed(control, y) &&
    ((control & FPSCR.IXC) !== 0 || (isSplittable(quotient) && isSplittable(x) && isSplittable(y)))
  ) {
    if ((control & FPSCR.IXC) === 0) {
      const product = quotient * y;
      if (product !== x || productError(quotient, y, product) !== 0) c.raise(FPSCR.IXC);
    }
    c.f64[d >> 3] = quotient;
    return;
  }
  unpackF64(c, control, A, a);
  unpackF64(c, control, B, b);
  if (!processNaNs(c, control, R, A, B)) divide(c, R, A, B);
  packF64(c, control, R, d);
}

/** FPSqrt(). */
export function f64Sqrt(c: FpContext, d: number, a: number): void {
  const control = c.control;
  const x = c.f64[a >> 3];
  const root = Math.sqrt(x);
  if (
    (control & FPSCR.RMODE) === 0 &&
    isOrdinary(root) &&
    unflushed(control, x) &&
    ((control & FPSCR.IXC) !== 0 || isSplittable(x))
  ) {
    if ((control & FPSCR.IXC) === 0) {
      const square = root * root;
      if (square !== x || productError(root, root, square) !== 0) c.raise(FPSCR.IXC);
    }
    c.f64[d >> 3] = root;
    return;
  }
  unpackF64(c, control, A, a);
  squareRoot(c, control, R, A);
  packF64(c, control, R, d);
}

/** FPMulAdd(): addend + a × b, rounded once. */
export function f64Fma(c: FpContext, d: number, addend: number, a: number, b: number): void {
  const control = c.control;
  unpackF64(c, control, C, addend);
  unpackF64(c, control, A, a);
  unpackF64(c, control, B, b);
  multiplyAdd(c, control, R, C, A, B);
  packF64(c, control, R, d);
}

/** FPNeg(). */
export function f64Neg(c: FpContext, d: number, a: number): void {
  const high = c.i32[(a >> 2) + 1];
  c.i32[d >> 2] = c.i32[a >> 2];
  c.i32[(d >> 2) + 1] = high ^ 0x8000_0000;
}

/** FPAbs(). */
export function f64Abs(c: FpContext, d: number, a: number): void {
  const high = c.i32[(a >> 2) + 1];
  c.i32[d >> 2] = c.i32[a >> 2];
  c.i32[(d >> 2) + 1] = high & 0x7fff_ffff;
}

/** FPCompare(): NZCV in bits 3:0, as f32Compare() gives it. */
export function f64Compare(c: FpContext, a: number, b: number, signalling: boolean): number {
  const control = c.control;
  const x = c.f64[a >> 3];
  const y = c.f64[b >> 3];
  if (unflushed(control, x) && unflushed(control, y)) {
    if (x < y) return 0b1000;
    if (x > y) return 0b0010;
    if (x === y) return 0b0110;
  }
  unpackF64(c, control, A, a);
  unpackF64(c, control, B, b);
  return compareUnpacked(c, A, B, signalling);
}
