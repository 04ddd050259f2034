/**
 * Single-precision arithmetic (ARM DDI 0406C A2.7). Singles are the bits of a signed 32-bit integer. Exceptions go
 * to the context's FPSCR.
 *
 * Rounding to nearest, nearly all results come from the host's doubles: a double has more than twice
 * the precision of a single, so rounding twice does no harm, and inexactness shows in the double. What is left (NaN,
 * infinity, tiny results, flushed operands, the other rounding modes) is worked out exactly.
 */
import { FPSCR } from '../../jit/isa/vfp/fpscr.js';
import type { FpContext } from './context.js';
import { add, compare, divide, multiply, multiplyAdd, squareRoot } from './exact.js';
import { Kind, packF32, processNaNs, Unpacked, unpackF32 } from './unpacked.js';

const MINIMUM_NORMAL = 2 ** -126;

const bits = new Int32Array(2);
const float = new Float32Array(bits.buffer);
const double = new Float64Array(1);
const doubleWords = new Int32Array(double.buffer);

const A = new Unpacked();
const B = new Unpacked();
const C = new Unpacked();
const R = new Unpacked();

/** True for a denormal that FZ makes zero. */
function flushed(control: number, a: number): boolean {
  return (control & FPSCR.FZ) !== 0 && (a & 0x7f80_0000) === 0 && (a & 0x7f_ffff) !== 0;
}

/** A normal number that could not have been rounded up from a tiny one. */
function isOrdinary(value: number): boolean {
  const magnitude = Math.abs(value);
  return magnitude > MINIMUM_NORMAL && magnitude < Number.POSITIVE_INFINITY;
}

function toBits(value: number): number {
  float[0] = value;
  return bits[0];
}

/** FPAdd(). */
export function f32Add(c: FpContext, a: number, b: number): number {
  const control = c.control;
  bits[0] = a;
  bits[1] = b;
  const x = float[0];
  const y = float[1];
  const sum = x + y;
  const result = Math.fround(sum);
  if (
    (control & FPSCR.RMODE) === 0 &&
    (isOrdinary(result) || sum === 0) &&
    !flushed(control, a) &&
    !flushed(control, b)
  ) {
    if ((control & FPSCR.IXC) === 0) {
      const y1 = sum - x;
      if (result !== sum || x - (sum - y1) !== y1 - y) c.raise(FPSCR.IXC);
    }
    return toBits(result);
  }
  unpackF32(c, control, A, a);
  unpackF32(c, control, B, b);
  if (!processNaNs(c, control, R, A, B)) add(c, control, R, A, B);
  return packF32(c, control, R);
}

/** FPSub(): a − b. */
export function f32Sub(c: FpContext, a: number, b: number): number {
  const control = c.control;
  bits[0] = a;
  bits[1] = b;
  const x = float[0];
  const y = -float[1];
  const sum = x + y;
  const result = Math.fround(sum);
  if (
    (control & FPSCR.RMODE) === 0 &&
    (isOrdinary(result) || sum === 0) &&
    !flushed(control, a) &&
    !flushed(control, b)
  ) {
    if ((control & FPSCR.IXC) === 0) {
      const y1 = sum - x;
      if (result !== sum || x - (sum - y1) !== y1 - y) c.raise(FPSCR.IXC);
    }
    return toBits(result);
  }
  unpackF32(c, control, A, a);
  unpackF32(c, control, B, b);
  if (!processNaNs(c, control, R, A, B)) {
    B.sign ^= 1;
    add(c, control, R, A, B);
  }
  return packF32(c, control, R);
}

/** FPMul(). */
export function f32Mul(c: FpContext, a: number, b: number): number {
  const control = c.control;
  bits[0] = a;
  bits[1] = b;
  const product = float[0] * float[1];
  const result = Math.fround(product);
  if (
    (control & FPSCR.RMODE) === 0 &&
    (isOrdinary(result) || product === 0) &&
    !flushed(control, a) &&
    !flushed(control, b)
  ) {
    if (result !== product && (control & FPSCR.IXC) === 0) c.raise(FPSCR.IXC);
    return toBits(result);
  }
  unpackF32(c, control, A, a);
  unpackF32(c, control, B, b);
  if (!processNaNs(c, control, R, A, B)) multiply(c, R, A, B);
  return packF32(c, control, R);
}

/** FPDiv(): a ÷ b. */
export function f32Div(c: FpContext, a: number, b: number): number {
  const control = c.control;
  bits[0] = a;
  bits[1] = b;
  const x = float[0];
  const y = float[1];
  const result = Math.fround(x / y);
  if ((control & FPSCR.RMODE) === 0 && isOrdinary(result) && !flushed(control, a) && !flushed(control, b)) {
    // Two singles' product is exact in a double.
    if ((control & FPSCR.IXC) === 0 && result * y !== x) c.raise(FPSCR.IXC);
    return toBits(result);
  }
  unpackF32(c, control, A, a);
  unpackF32(c, control, B, b);
  if (!processNaNs(c, control, R, A, B)) divide(c, R, A, B);
  return packF32(c, control, R);
}

/** FPSqrt(). */
export function f32Sqrt(c: FpContext, a: number): number {
  const control = c.control;
  bits[0] = a;
  const x = float[0];
  const result = Math.fround(Math.sqrt(x));
  if ((control & FPSCR.RMODE) === 0 && isOrdinary(result) && !flushed(control, a)) {
    if ((control & FPSCR.IXC) === 0 && result * result !== x) c.raise(FPSCR.IXC);
    return toBits(result);
  }
  unpackF32(c, control, A, a);
  squareRoot(c, control, R, A);
  return packF32(c, control, R);
}

/** FPMulAdd(): addend + a × b, rounded once. */
export function f32Fma(c: FpContext, addend: number, a: number, b: number): number {
  const control = c.control;
  bits[0] = a;
  bits[1] = b;
  const product = float[0] * float[1];
  bits[0] = addend;
  const z = float[0];
  const sum = product + z;
  const result = Math.fround(sum);
  if (
    (control & FPSCR.RMODE) === 0 &&
    isOrdinary(result) &&
    !flushed(control, a) &&
    !flushed(control, b) &&
    !flushed(control, addend)
  ) {
    const z1 = sum - product;
    const exact = product - (sum - z1) === z1 - z;
    double[0] = sum;
    // An inexact sum that lies half way between two singles has lost which side of it the truth is on.
    if (exact || (doubleWords[0] & 0x1fff_ffff) !== 0x1000_0000) {
      if ((!exact || result !== sum) && (control & FPSCR.IXC) === 0) c.raise(FPSCR.IXC);
      return toBits(result);
    }
  }
  unpackF32(c, control, C, addend);
  unpackF32(c, control, A, a);
  unpackF32(c, control, B, b);
  multiplyAdd(c, control, R, C, A, B);
  return packF32(c, control, R);
}

/** FPNeg(). */
export function f32Neg(a: number): number {
  return a ^ 0x8000_0000;
}

/** FPAbs(). */
export function f32Abs(a: number): number {
  return a & 0x7fff_ffff;
}

/**
 * FPCompare(): NZCV in bits 3:0. 1000 less, 0110 equal, 0010 greater, 0011 unordered.
 * @param signalling a quiet NaN is an invalid operation too (VCMPE, and Advanced SIMD's GE and GT)
 */
export function f32Compare(c: FpContext, a: number, b: number, signalling: boolean): number {
  const control = c.control;
  if (!flushed(control, a) && !flushed(control, b)) {
    bits[0] = a;
    bits[1] = b;
    const x = float[0];
    const y = float[1];
    if (x < y) return 0b1000;
    if (x > y) return 0b0010;
    if (x === y) return 0b0110;
  }
  unpackF32(c, control, A, a);
  unpackF32(c, control, B, b);
  return compareUnpacked(c, A, B, signalling);
}

/** f32Compare() of two unpacked numbers. */
export function compareUnpacked(c: FpContext, a: Unpacked, b: Unpacked, signalling: boolean): number {
  if (a.kind >= Kind.QUIET_NAN || b.kind >= Kind.QUIET_NAN) {
    if (signalling || a.kind === Kind.SIGNALLING_NAN || b.kind === Kind.SIGNALLING_NAN) c.raise(FPSCR.IOC);
    return 0b0011;
  }
  const order = compare(a, b);
  return order < 0 ? 0b1000 : order > 0 ? 0b0010 : 0b0110;
}

/** FPMax(): of +0 and −0, +0. */
export function f32Max(c: FpContext, a: number, b: number): number {
  return select(c, a, b, 1);
}

/** FPMin(): of +0 and −0, −0. */
export function f32Min(c: FpContext, a: number, b: number): number {
  return select(c, a, b, -1);
}

function select(c: FpContext, a: number, b: number, wanted: number): number {
  const control = c.control;
  unpackF32(c, control, A, a);
  unpackF32(c, control, B, b);
  if (processNaNs(c, control, R, A, B)) return packF32(c, control, R);
  if (A.kind === Kind.ZERO && B.kind === Kind.ZERO) {
    R.set(Kind.ZERO, wanted > 0 ? A.sign & B.sign : A.sign | B.sign);
    return packF32(c, control, R);
  }
  return packF32(c, control, compare(A, B) === wanted ? A : B);
}
