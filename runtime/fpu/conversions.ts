/**
 * Conversions between precisions, and between floating-point and integer or fixed-point numbers (ARM DDI 0406C A2.7.7).
 * Singles are bits, doubles byte offsets into the context's memory, halves bits 15:0.
 */
import { FPSCR, Rounding } from '../../jit/isa/vfp/fpscr.js';
import type { FpContext } from './context.js';
import {
  Kind,
  packF16,
  packF32,
  packF64,
  processNaN,
  roundUp,
  Unpacked,
  unpackF16,
  unpackF32,
  unpackF64,
} from './unpacked.js';

const F32_MINIMUM_NORMAL = 2 ** -126;
const F64_MINIMUM_NORMAL = 2 ** -1022;

const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);
const U = new Unpacked();

/** A NaN changes precision: quietened, or the default one. */
function convertNaN(c: FpContext, control: number): void {
  if (U.kind >= Kind.QUIET_NAN) processNaN(c, control, U, U);
}

/** FPSingleToDouble(). */
export function f32ToF64(c: FpContext, d: number, a: number): void {
  const exponent = a & 0x7f80_0000;
  if (exponent !== 0 && exponent !== 0x7f80_0000) {
    bits[0] = a;
    c.f64[d >> 3] = float[0];
    return;
  }
  const control = c.control;
  unpackF32(c, control, U, a);
  convertNaN(c, control);
  packF64(c, control, U, d);
}

/** FPDoubleToSingle(). */
export function f64ToF32(c: FpContext, a: number): number {
  const control = c.control;
  const x = c.f64[a >> 3];
  const result = Math.fround(x);
  const magnitude = Math.abs(result);
  if (
    (control & FPSCR.RMODE) === 0 &&
    magnitude > F32_MINIMUM_NORMAL &&
    magnitude < Number.POSITIVE_INFINITY
  ) {
    if (result !== x) c.raise(FPSCR.IXC);
    float[0] = result;
    return bits[0];
  }
  unpackF64(c, control, U, a);
  convertNaN(c, control);
  return packF32(c, control, U);
}

/** FPHalfToSingle(), with FPSCR.AHP. */
export function f16ToF32(c: FpContext, a: number): number {
  const control = c.control;
  unpackF16(control, U, a);
  convertNaN(c, control);
  return packF32(c, control, U);
}

/** FPSingleToHalf(), with FPSCR.AHP. */
export function f32ToF16(c: FpContext, a: number): number {
  const control = c.control;
  unpackF32(c, control, U, a);
  if ((control & FPSCR.AHP) === 0) convertNaN(c, control);
  return packF16(c, control, U);
}

/**
 * FPToFixed() of a single: value × 2^fractionBits as an integer, saturated, as signed 32 bits (sign- or zero-extended
 * from `width`).
 * @param width 16 or 32
 * @param rounding a {@link Rounding}; FPSCR's own is `roundingMode(c)`
 */
export function f32ToFixed(
  c: FpContext,
  a: number,
  fractionBits: number,
  width: number,
  unsigned: boolean,
  rounding: number,
): number {
  bits[0] = a;
  const x = float[0];
  if (rounding === Rounding.ZERO && (Math.abs(x) >= F32_MINIMUM_NORMAL || x === 0)) {
    const scaled = fractionBits === 0 ? x : x * 2 ** fractionBits;
    if (truncates(scaled, width, unsigned)) {
      const result = Math.trunc(scaled);
      if (result !== scaled) c.raise(FPSCR.IXC);
      return result | 0;
    }
  }
  unpackF32(c, c.control, U, a);
  return toFixed(c, U, fractionBits, width, unsigned, rounding);
}

/** FPToFixed() of a double; see f32ToFixed(). */
export function f64ToFixed(
  c: FpContext,
  a: number,
  fractionBits: number,
  width: number,
  unsigned: boolean,
  rounding: number,
): number {
  const x = c.f64[a >> 3];
  if (rounding === Rounding.ZERO && (Math.abs(x) >= F64_MINIMUM_NORMAL || x === 0)) {
    const scaled = fractionBits === 0 ? x : x * 2 ** fractionBits;
    if (truncates(scaled, width, unsigned)) {
      const result = Math.trunc(scaled);
      if (result !== scaled) c.raise(FPSCR.IXC);
      return result | 0;
    }
  }
  unpackF64(c, c.control, U, a);
  return toFixed(c, U, fractionBits, width, unsigned, rounding);
}

/** Whether the number, rounded towards zero, fits. */
function truncates(x: number, width: number, unsigned: boolean): boolean {
  if (width === 32) return unsigned ? x > -1 && x < 4294967296 : x > -2147483649 && x < 2147483648;
  return unsigned ? x > -1 && x < 65536 : x > -32769 && x < 32768;
}

function toFixed(
  c: FpContext,
  u: Unpacked,
  fractionBits: number,
  width: number,
  unsigned: boolean,
  rounding: number,
): number {
  if (u.kind === Kind.ZERO) return 0;
  if (u.kind >= Kind.QUIET_NAN) {
    c.raise(FPSCR.IOC);
    return 0;
  }
  const maximum = 2 ** (unsigned ? width : width - 1) - 1;
  const minimum = unsigned ? 0 : -maximum - 1;
  const exponent = u.exponent + fractionBits;
  if (u.kind === Kind.INFINITY || exponent >= 32) {
    c.raise(FPSCR.IOC);
    return (u.sign ? minimum : maximum) | 0;
  }
  // The bits before the point, and those behind it as 0 nothing, 1 below, 2 exactly, 3 above a half.
  let integer = 0;
  let rest = 1;
  if (exponent >= -1) {
    integer = exponent < 0 ? 0 : u.high >>> (31 - exponent);
    const behind =
      exponent === 31
        ? u.low
        : exponent < 0
          ? u.high
          : (u.high << (exponent + 1)) | (u.low >>> (31 - exponent));
    const further = exponent === 31 ? 0 : exponent < 0 ? u.low : u.low << (exponent + 1);
    if (behind < 0) rest = ((behind << 1) | further) !== 0 ? 3 : 2;
    else rest = (behind | further) !== 0 ? 1 : 0;
  }
  integer += roundUp(rounding << FPSCR.RMODE_SHIFT, u.sign, integer & 1, rest, 2);
  const value = u.sign ? -integer : integer;
  if (value > maximum || value < minimum) {
    c.raise(FPSCR.IOC);
    return (value < 0 ? minimum : maximum) | 0;
  }
  if (rest !== 0) c.raise(FPSCR.IXC);
  return value | 0;
}

/** FPSCR.RMode as a {@link Rounding}. */
export function roundingMode(c: FpContext): number {
  return (c.control >>> FPSCR.RMODE_SHIFT) & 3;
}

/** The integer that the low `width` bits of `value` are. */
function extended(value: number, width: number, unsigned: boolean): number {
  if (width === 32) return unsigned ? value >>> 0 : value;
  return unsigned ? value & 0xffff : (value << 16) >> 16;
}

/**
 * FixedToFP() to a single: `value` ÷ 2^fractionBits.
 * @param width 16 or 32: how many low bits of `value` count
 * @param rounding a {@link Rounding}; FPSCR's own is `roundingMode(c)`
 */
export function fixedToF32(
  c: FpContext,
  value: number,
  fractionBits: number,
  width: number,
  unsigned: boolean,
  rounding: number,
): number {
  const scaled = extended(value, width, unsigned) * 2 ** -fractionBits;
  const result = Math.fround(scaled);
  if (result === scaled || rounding === Rounding.NEAREST) {
    if (result !== scaled) c.raise(FPSCR.IXC);
    float[0] = result;
    return bits[0];
  }
  U.normalise(scaled < 0 ? 1 : 0, 31 - fractionBits, scaled < 0 ? -value | 0 : value, 0);
  return packF32(c, rounding << FPSCR.RMODE_SHIFT, U);
}

/** FixedToFP() to a double, which is always exact; see fixedToF32(). */
export function fixedToF64(
  c: FpContext,
  d: number,
  value: number,
  fractionBits: number,
  width: number,
  unsigned: boolean,
): void {
  c.f64[d >> 3] = extended(value, width, unsigned) * 2 ** -fractionBits;
}
