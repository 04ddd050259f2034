import { FPSCR, Rounding } from '../../jit/isa/vfp/fpscr.js';
import type { FpContext } from './context.js';

/** What FPUnpack() tells of a number (ARM DDI 0406C A2.7.3). */
export const Kind = { ZERO: 0, FINITE: 1, INFINITY: 2, QUIET_NAN: 3, SIGNALLING_NAN: 4 } as const;

/**
 * A number of any precision taken apart. FINITE: significand × 2^(exponent − 63), where the significand is
 * the 64-bit `high:low` with bit 63 set. Bit 0 stands for everything below it (a sticky bit). NaN: the
 * fraction lies left-aligned below bit 63, so that bit 62 is the quiet bit.
 */
export class Unpacked {
  kind = 0;
  /** 0 or 1. */
  sign = 0;
  exponent = 0;
  /** Signed 32 bits, as is `low`. */
  high = 0;
  low = 0;

  set(kind: number, sign: number): void {
    this.kind = kind;
    this.sign = sign;
  }

  copy(other: Unpacked): void {
    this.kind = other.kind;
    this.sign = other.sign;
    this.exponent = other.exponent;
    this.high = other.high;
    this.low = other.low;
  }

  /**
   * Makes this FINITE from a significand that may have leading zeros, but is not zero.
   * @param exponent that of bit 63
   */
  normalise(sign: number, exponent: number, high: number, low: number): void {
    if (high === 0) {
      high = low;
      low = 0;
      exponent -= 32;
    }
    const zeros = Math.clz32(high);
    if (zeros !== 0) {
      high = (high << zeros) | (low >>> (32 - zeros));
      low = low << zeros;
    }
    this.kind = Kind.FINITE;
    this.sign = sign;
    this.exponent = exponent - zeros;
    this.high = high;
    this.low = low;
  }

  /** The default NaN, for an invalid operation. */
  setInvalid(c: FpContext): void {
    c.raise(FPSCR.IOC);
    this.setDefaultNaN();
  }

  /** FPDefaultNaN(). */
  setDefaultNaN(): void {
    this.set(Kind.QUIET_NAN, 0);
    this.high = 0x4000_0000;
    this.low = 0;
  }
}

/** `high` and `low` of the last shiftRightJam(). */
export let shiftedHigh = 0;
export let shiftedLow = 0;

/** Shifts high:low right by `amount` ≥ 0 places; bit 0 of the result is set when anything but zeros fell out. */
export function shiftRightJam(high: number, low: number, amount: number): void {
  if (amount === 0) {
    shiftedHigh = high;
    shiftedLow = low;
  } else if (amount < 32) {
    shiftedHigh = high >>> amount;
    shiftedLow = (high << (32 - amount)) | (low >>> amount) | (low << (32 - amount) !== 0 ? 1 : 0);
    shiftedHigh |= 0;
  } else if (amount < 64) {
    const lost = amount === 32 ? low : (high << (64 - amount)) | low;
    shiftedHigh = 0;
    shiftedLow = (amount === 32 ? high : high >>> (amount - 32)) | (lost !== 0 ? 1 : 0) | 0;
  } else {
    shiftedHigh = 0;
    shiftedLow = (high | low) !== 0 ? 1 : 0;
  }
}

/** FPUnpack() of a single. With FPSCR.FZ a denormal is zero and raises IDC. */
export function unpackF32(c: FpContext, control: number, u: Unpacked, bits: number): void {
  const biased = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7f_ffff;
  u.sign = bits >>> 31;
  u.low = 0;
  if (biased === 0) {
    if (fraction === 0) {
      u.kind = Kind.ZERO;
    } else if (control & FPSCR.FZ) {
      u.kind = Kind.ZERO;
      c.raise(FPSCR.IDC);
    } else {
      u.normalise(u.sign, 31 - 149, fraction, 0);
    }
  } else if (biased === 0xff) {
    u.kind = fraction === 0 ? Kind.INFINITY : fraction & 0x40_0000 ? Kind.QUIET_NAN : Kind.SIGNALLING_NAN;
    u.high = fraction << 8;
  } else {
    u.kind = Kind.FINITE;
    u.exponent = biased - 127;
    u.high = (fraction | 0x80_0000) << 8;
  }
}

/** FPUnpack() of a double, `offset` bytes into the context's memory. */
export function unpackF64(c: FpContext, control: number, u: Unpacked, offset: number): void {
  const low = c.i32[offset >> 2];
  const high = c.i32[(offset >> 2) + 1];
  const biased = (high >>> 20) & 0x7ff;
  const fraction = high & 0xf_ffff;
  u.sign = high >>> 31;
  if (biased === 0) {
    if ((fraction | low) === 0) {
      u.kind = Kind.ZERO;
    } else if (control & FPSCR.FZ) {
      u.kind = Kind.ZERO;
      c.raise(FPSCR.IDC);
    } else {
      u.normalise(u.sign, 63 - 1074, fraction, low);
    }
  } else {
    u.high = (fraction << 11) | (low >>> 21);
    u.low = low << 11;
    if (biased !== 0x7ff) {
      u.kind = Kind.FINITE;
      u.exponent = biased - 1023;
      u.high |= 0x8000_0000;
    } else if ((fraction | low) === 0) {
      u.kind = Kind.INFINITY;
    } else {
      u.kind = fraction & 0x8_0000 ? Kind.QUIET_NAN : Kind.SIGNALLING_NAN;
    }
  }
}

/** FPUnpack() of a half (bits 15:0). Denormals are never flushed; with FPSCR.AHP there is no infinity or NaN. */
export function unpackF16(control: number, u: Unpacked, bits: number): void {
  const biased = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  u.sign = (bits >>> 15) & 1;
  u.low = 0;
  if (biased === 0) {
    if (fraction === 0) u.kind = Kind.ZERO;
    else u.normalise(u.sign, 31 - 24, fraction, 0);
  } else if (biased === 0x1f && (control & FPSCR.AHP) === 0) {
    u.kind = fraction === 0 ? Kind.INFINITY : fraction & 0x200 ? Kind.QUIET_NAN : Kind.SIGNALLING_NAN;
    u.high = fraction << 21;
  } else {
    u.kind = Kind.FINITE;
    u.exponent = biased - 15;
    u.high = (fraction | 0x400) << 21;
  }
}

/** 1 when a result is to be rounded away from zero. `rest` is what is cut off, in units where `half` is 1/2. */
export function roundUp(control: number, sign: number, odd: number, rest: number, half: number): number {
  switch ((control >>> FPSCR.RMODE_SHIFT) & 3) {
    case Rounding.NEAREST:
      return rest > half || (rest === half && odd !== 0) ? 1 : 0;
    case Rounding.PLUS_INFINITY:
      return rest !== 0 && sign === 0 ? 1 : 0;
    case Rounding.MINUS_INFINITY:
      return rest !== 0 && sign !== 0 ? 1 : 0;
    default:
      return 0;
  }
}

/** True when an overflow gives infinity, false when it gives the largest finite number. */
function overflowsToInfinity(control: number, sign: number): boolean {
  switch ((control >>> FPSCR.RMODE_SHIFT) & 3) {
    case Rounding.NEAREST:
      return true;
    case Rounding.PLUS_INFINITY:
      return sign === 0;
    case Rounding.MINUS_INFINITY:
      return sign !== 0;
    default:
      return false;
  }
}

/** FPRound() to a single (ARM DDI 0406C A2.7.3): the bits. Kinds other than FINITE are carried over. */
export function packF32(c: FpContext, control: number, u: Unpacked): number {
  const sign = u.sign << 31;
  switch (u.kind) {
    case Kind.ZERO:
      return sign;
    case Kind.INFINITY:
      return sign | 0x7f80_0000;
    case Kind.QUIET_NAN:
    case Kind.SIGNALLING_NAN:
      return sign | 0x7f80_0000 | ((u.high & 0x7fff_ffff) >>> 8);
  }
  let high = u.high;
  let low = u.low;
  let biased = u.exponent + 127;
  const tiny = biased < 1;
  if (tiny) {
    if (control & FPSCR.FZ) {
      c.raise(FPSCR.UFC);
      return sign;
    }
    shiftRightJam(high, low, 1 - biased);
    high = shiftedHigh;
    low = shiftedLow;
    biased = 1;
  }
  const rest = ((high & 0xff) << 1) | (low !== 0 ? 1 : 0);
  let significand = high >>> 8;
  if (rest !== 0) {
    c.raise(tiny ? FPSCR.IXC | FPSCR.UFC : FPSCR.IXC);
    significand += roundUp(control, u.sign, significand & 1, rest, 0x100);
  }
  if (biased >= 0xff || (biased === 0xfe && significand === 0x100_0000)) {
    c.raise(FPSCR.OFC | FPSCR.IXC);
    return sign | (overflowsToInfinity(control, u.sign) ? 0x7f80_0000 : 0x7f7f_ffff);
  }
  // The leading bit of the significand, if there is one, adds the last 1 to the exponent.
  return sign | (((biased - 1) << 23) + significand);
}

/** FPRound() to a double, put `offset` bytes into the context's memory. */
export function packF64(c: FpContext, control: number, u: Unpacked, offset: number): void {
  const word = offset >> 2;
  const i32 = c.i32;
  const sign = u.sign << 31;
  switch (u.kind) {
    case Kind.ZERO:
      i32[word] = 0;
      i32[word + 1] = sign;
      return;
    case Kind.INFINITY:
      i32[word] = 0;
      i32[word + 1] = sign | 0x7ff0_0000;
      return;
    case Kind.QUIET_NAN:
    case Kind.SIGNALLING_NAN:
      i32[word] = (u.high << 21) | (u.low >>> 11);
      i32[word + 1] = sign | 0x7ff0_0000 | ((u.high & 0x7fff_ffff) >>> 11);
      return;
  }
  let high = u.high;
  let low = u.low;
  let biased = u.exponent + 1023;
  const tiny = biased < 1;
  if (tiny) {
    if (control & FPSCR.FZ) {
      c.raise(FPSCR.UFC);
      i32[word] = 0;
      i32[word + 1] = sign;
      return;
    }
    shiftRightJam(high, low, 1 - biased);
    high = shiftedHigh;
    low = shiftedLow;
    biased = 1;
  }
  const rest = low & 0x7ff;
  let resultLow = (high << 21) | (low >>> 11);
  let resultHigh = high >>> 11;
  if (rest !== 0) {
    c.raise(tiny ? FPSCR.IXC | FPSCR.UFC : FPSCR.IXC);
    if (roundUp(control, u.sign, resultLow & 1, rest, 0x400)) {
      resultLow = (resultLow + 1) | 0;
      if (resultLow === 0) resultHigh++;
    }
  }
  if (biased >= 0x7ff || (biased === 0x7fe && resultHigh === 0x20_0000)) {
    c.raise(FPSCR.OFC | FPSCR.IXC);
    const infinite = overflowsToInfinity(control, u.sign);
    i32[word] = infinite ? 0 : -1;
    i32[word + 1] = sign | (infinite ? 0x7ff0_0000 : 0x7fef_ffff);
    return;
  }
  i32[word] = resultLow;
  i32[word + 1] = sign | (((biased - 1) << 20) + resultHigh);
}

/**
 * FPRound() to a half, bits 15:0. Results are not flushed to zero. With FPSCR.AHP what is too large, infinity included,
 * is the largest number and an invalid operation, and a NaN is zero and an invalid operation.
 */
export function packF16(c: FpContext, control: number, u: Unpacked): number {
  const sign = u.sign << 15;
  const alternative = (control & FPSCR.AHP) !== 0;
  if (u.kind === Kind.ZERO) return sign;
  if (u.kind !== Kind.FINITE) {
    if (alternative) {
      c.raise(FPSCR.IOC);
      return u.kind === Kind.INFINITY ? sign | 0x7fff : sign;
    }
    return sign | 0x7c00 | (u.kind === Kind.INFINITY ? 0 : (u.high & 0x7fff_ffff) >>> 21);
  }
  let high = u.high;
  let low = u.low;
  let biased = u.exponent + 15;
  const tiny = biased < 1;
  if (tiny) {
    shiftRightJam(high, low, 1 - biased);
    high = shiftedHigh;
    low = shiftedLow;
    biased = 1;
  }
  const rest = ((high & 0x1f_ffff) << 1) | (low !== 0 ? 1 : 0);
  let significand = high >>> 21;
  if (rest !== 0) significand += roundUp(control, u.sign, significand & 1, rest, 0x20_0000);
  const result = ((biased - 1) << 10) + significand;
  if (alternative) {
    if (biased > 0x1f || result > 0x7fff) {
      c.raise(FPSCR.IOC);
      return sign | 0x7fff;
    }
  } else if (biased >= 0x1f || result >= 0x7c00) {
    c.raise(FPSCR.OFC | FPSCR.IXC);
    return sign | (overflowsToInfinity(control, u.sign) ? 0x7c00 : 0x7bff);
  }
  if (rest !== 0) c.raise(tiny ? FPSCR.IXC | FPSCR.UFC : FPSCR.IXC);
  return sign | result;
}

/** FPProcessNaN(): the result of an operation with the NaN `a`. */
export function processNaN(c: FpContext, control: number, r: Unpacked, a: Unpacked): void {
  if (a.kind === Kind.SIGNALLING_NAN) c.raise(FPSCR.IOC);
  if (control & FPSCR.DN) {
    r.setDefaultNaN();
  } else {
    r.copy(a);
    r.kind = Kind.QUIET_NAN;
    r.high |= 0x4000_0000;
  }
}

/** FPProcessNaNs(): true when an operand is a NaN, and then `r` is the result. */
export function processNaNs(c: FpContext, control: number, r: Unpacked, a: Unpacked, b: Unpacked): boolean {
  if (a.kind === Kind.SIGNALLING_NAN) processNaN(c, control, r, a);
  else if (b.kind === Kind.SIGNALLING_NAN) processNaN(c, control, r, b);
  else if (a.kind === Kind.QUIET_NAN) processNaN(c, control, r, a);
  else if (b.kind === Kind.QUIET_NAN) processNaN(c, control, r, b);
  else return false;
  return true;
}
