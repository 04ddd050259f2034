/**
 * Arithmetic on unpacked numbers, of any precision: results carry 64 significant bits, the last one sticky, for one correct
 * rounding to 53 bits or fewer. `r` may be one of the operands. Operands are not NaN unless said.
 */
import { FPSCR, Rounding } from '../../jit/isa/vfp/fpscr.js';
import type { FpContext } from './context.js';
import {
  Kind,
  processNaN,
  processNaNs,
  shiftedHigh,
  shiftedLow,
  shiftRightJam,
  type Unpacked,
} from './unpacked.js';

/** Sign of a sum that is exactly zero although its terms are not, or have different signs. */
function zeroSign(control: number): number {
  return ((control >>> FPSCR.RMODE_SHIFT) & 3) === Rounding.MINUS_INFINITY ? 1 : 0;
}

/** Unsigned comparison of two 64-bit numbers: −1, 0 or 1. */
function compare64(ah: number, al: number, bh: number, bl: number): number {
  if (ah !== bh) return ah >>> 0 < bh >>> 0 ? -1 : 1;
  if (al !== bl) return al >>> 0 < bl >>> 0 ? -1 : 1;
  return 0;
}

/** −1, 0 or 1 as a is less than, equal to or greater than b. Zeros are equal, whatever their sign. */
export function compare(a: Unpacked, b: Unpacked): number {
  if (a.kind === Kind.ZERO && b.kind === Kind.ZERO) return 0;
  if (a.kind === Kind.ZERO) return b.sign ? 1 : -1;
  if (b.kind === Kind.ZERO || a.sign !== b.sign) return a.sign ? -1 : 1;
  let magnitude: number;
  if (a.kind !== b.kind) magnitude = a.kind === Kind.INFINITY ? 1 : -1;
  else if (a.kind === Kind.INFINITY) magnitude = 0;
  else if (a.exponent !== b.exponent) magnitude = a.exponent < b.exponent ? -1 : 1;
  else magnitude = compare64(a.high, a.low, b.high, b.low);
  return a.sign ? 0 - magnitude : magnitude;
}

/** a + b. */
export function add(c: FpContext, control: number, r: Unpacked, a: Unpacked, b: Unpacked): void {
  if (a.kind === Kind.INFINITY || b.kind === Kind.INFINITY) {
    if (a.kind === b.kind && a.sign !== b.sign) r.setInvalid(c);
    else r.set(Kind.INFINITY, a.kind === Kind.INFINITY ? a.sign : b.sign);
  } else if (b.kind === Kind.ZERO) {
    if (a.kind === Kind.ZERO) r.set(Kind.ZERO, a.sign === b.sign ? a.sign : zeroSign(control));
    else r.copy(a);
  } else if (a.kind === Kind.ZERO) {
    r.copy(b);
  } else {
    addFinite(control, r, a, b);
  }
}

function addFinite(control: number, r: Unpacked, a: Unpacked, b: Unpacked): void {
  let big = a;
  let small = b;
  if (a.exponent < b.exponent || (a.exponent === b.exponent && compare64(a.high, a.low, b.high, b.low) < 0)) {
    big = b;
    small = a;
  }
  // One place to the right makes room for the carry; operands have at most 53 significant bits.
  const bigHigh = big.high >>> 1;
  const bigLow = (big.high << 31) | (big.low >>> 1);
  shiftRightJam(small.high, small.low, big.exponent - small.exponent + 1);
  let high: number;
  let low: number;
  if (big.sign === small.sign) {
    low = (bigLow + shiftedLow) | 0;
    high = (bigHigh + shiftedHigh + (low >>> 0 < bigLow >>> 0 ? 1 : 0)) | 0;
  } else {
    low = (bigLow - shiftedLow) | 0;
    high = (bigHigh - shiftedHigh - (bigLow >>> 0 < shiftedLow >>> 0 ? 1 : 0)) | 0;
    if ((high | low) === 0) {
      r.set(Kind.ZERO, zeroSign(control));
      return;
    }
  }
  r.normalise(big.sign, big.exponent + 1, high, low);
}

// Words of the last product, the lowest first.
let w0 = 0;
let w1 = 0;
let w2 = 0;
let w3 = 0;

let productHigh = 0;
let productLow = 0;

/** Unsigned 32 × 32 bits into productHigh:productLow. */
function multiply32(a: number, b: number): void {
  const al = a & 0xffff;
  const ah = a >>> 16;
  const bl = b & 0xffff;
  const bh = b >>> 16;
  const bottom = al * bl;
  const middle = al * bh + ah * bl + Math.floor(bottom / 0x1_0000);
  productLow = (middle << 16) | (bottom & 0xffff);
  productHigh = (ah * bh + Math.floor(middle / 0x1_0000)) | 0;
}

/** Unsigned 64 × 64 bits into w3:w2:w1:w0. */
function multiply64(ah: number, al: number, bh: number, bl: number): void {
  multiply32(al, bl);
  w0 = productLow;
  let sum1 = productHigh >>> 0;
  multiply32(al, bh);
  sum1 += productLow >>> 0;
  let sum2 = productHigh >>> 0;
  multiply32(ah, bl);
  sum1 += productLow >>> 0;
  sum2 += productHigh >>> 0;
  multiply32(ah, bh);
  w1 = sum1 | 0;
  sum2 += (productLow >>> 0) + Math.floor(sum1 / 0x1_0000_0000);
  w2 = sum2 | 0;
  w3 = (productHigh + Math.floor(sum2 / 0x1_0000_0000)) | 0;
}

/** a × b. */
export function multiply(c: FpContext, r: Unpacked, a: Unpacked, b: Unpacked): void {
  const sign = a.sign ^ b.sign;
  if (a.kind === Kind.INFINITY || b.kind === Kind.INFINITY) {
    if (a.kind === Kind.ZERO || b.kind === Kind.ZERO) r.setInvalid(c);
    else r.set(Kind.INFINITY, sign);
  } else if (a.kind === Kind.ZERO || b.kind === Kind.ZERO) {
    r.set(Kind.ZERO, sign);
  } else {
    multiply64(a.high, a.low, b.high, b.low);
    // At most 106 significant bits at the top: w0 and the low bits of w1 are zero but for shape's sake.
    if (w3 < 0) r.normalise(sign, a.exponent + b.exponent + 1, w3, w2 | ((w1 | w0) !== 0 ? 1 : 0));
    else {
      const low = (w2 << 1) | (w1 >>> 31) | (((w1 << 1) | w0) !== 0 ? 1 : 0);
      r.normalise(sign, a.exponent + b.exponent, (w3 << 1) | (w2 >>> 31), low);
    }
  }
}

/** a ÷ b. */
export function divide(c: FpContext, r: Unpacked, a: Unpacked, b: Unpacked): void {
  const sign = a.sign ^ b.sign;
  if (a.kind === Kind.INFINITY) {
    if (b.kind === Kind.INFINITY) r.setInvalid(c);
    else r.set(Kind.INFINITY, sign);
  } else if (b.kind === Kind.INFINITY) {
    r.set(Kind.ZERO, sign);
  } else if (b.kind === Kind.ZERO) {
    if (a.kind === Kind.ZERO) {
      r.setInvalid(c);
    } else {
      c.raise(FPSCR.DZC);
      r.set(Kind.INFINITY, sign);
    }
  } else if (a.kind === Kind.ZERO) {
    r.set(Kind.ZERO, sign);
  } else {
    divideFinite(sign, r, a, b);
  }
}

function divideFinite(sign: number, r: Unpacked, a: Unpacked, b: Unpacked): void {
  // Long division, with both one place to the right so that the remainder can be doubled.
  let high = a.high >>> 1;
  let low = (a.high << 31) | (a.low >>> 1);
  const divisorHigh = b.high >>> 1;
  const divisorLow = (b.high << 31) | (b.low >>> 1);
  let quotientHigh = 0;
  let quotientLow = 0;
  for (let bit = 0; bit < 64; bit++) {
    quotientHigh = (quotientHigh << 1) | (quotientLow >>> 31);
    quotientLow <<= 1;
    if (compare64(high | 0, low, divisorHigh | 0, divisorLow) >= 0) {
      high = (high - divisorHigh - (low >>> 0 < divisorLow >>> 0 ? 1 : 0)) | 0;
      low = (low - divisorLow) | 0;
      quotientLow |= 1;
    }
    high = (high << 1) | (low >>> 31);
    low <<= 1;
  }
  if ((high | low) !== 0) quotientLow |= 1;
  r.normalise(sign, a.exponent - b.exponent, quotientHigh, quotientLow);
}

/** √a, where a may be a NaN. */
export function squareRoot(c: FpContext, control: number, r: Unpacked, a: Unpacked): void {
  if (a.kind >= Kind.QUIET_NAN) {
    processNaN(c, control, r, a);
  } else if (a.kind === Kind.ZERO || (a.kind === Kind.INFINITY && a.sign === 0)) {
    r.set(a.kind, a.sign);
  } else if (a.sign !== 0) {
    r.setInvalid(c);
  } else {
    // Digit by digit. The radicand has two bits before the point; each step takes two of its bits.
    const odd = (a.exponent & 1) !== 0;
    let high = odd ? a.high : a.high >>> 1;
    let low = odd ? a.low : (a.high << 31) | (a.low >>> 1);
    let restHigh = 0;
    let restLow = 0;
    let rootHigh = 0;
    let rootLow = 0;
    for (let bit = 0; bit < 55; bit++) {
      restHigh = (restHigh << 2) | (restLow >>> 30);
      restLow = (restLow << 2) | (high >>> 30);
      high = (high << 2) | (low >>> 30);
      low <<= 2;
      const trialHigh = (rootHigh << 2) | (rootLow >>> 30);
      const trialLow = (rootLow << 2) | 1;
      rootHigh = (rootHigh << 1) | (rootLow >>> 31);
      rootLow <<= 1;
      if (compare64(restHigh, restLow, trialHigh, trialLow) >= 0) {
        restHigh = (restHigh - trialHigh - (restLow >>> 0 < trialLow >>> 0 ? 1 : 0)) | 0;
        restLow = (restLow - trialLow) | 0;
        rootLow |= 1;
      }
    }
    const sticky = (restHigh | restLow) !== 0 ? 1 : 0;
    r.normalise(0, a.exponent >> 1, (rootHigh << 9) | (rootLow >>> 23), (rootLow << 9) | sticky);
  }
}

/** FPMulAdd(): addend + a × b with one rounding. Operands may be NaN. */
export function multiplyAdd(
  c: FpContext,
  control: number,
  r: Unpacked,
  addend: Unpacked,
  a: Unpacked,
  b: Unpacked,
): void {
  const invalidProduct =
    (a.kind === Kind.INFINITY && b.kind === Kind.ZERO) || (a.kind === Kind.ZERO && b.kind === Kind.INFINITY);
  if (addend.kind === Kind.QUIET_NAN && invalidProduct) {
    r.setInvalid(c);
    return;
  }
  // FPProcessNaNs3(): a signalling NaN of any operand comes before a quiet one.
  if (addend.kind === Kind.SIGNALLING_NAN) {
    processNaN(c, control, r, addend);
    return;
  }
  if (a.kind === Kind.SIGNALLING_NAN || b.kind === Kind.SIGNALLING_NAN || addend.kind !== Kind.QUIET_NAN) {
    if (processNaNs(c, control, r, a, b)) return;
  } else {
    processNaN(c, control, r, addend);
    return;
  }

  const sign = a.sign ^ b.sign;
  if (invalidProduct) {
    r.setInvalid(c);
  } else if (a.kind === Kind.INFINITY || b.kind === Kind.INFINITY) {
    if (addend.kind === Kind.INFINITY && addend.sign !== sign) r.setInvalid(c);
    else r.set(Kind.INFINITY, sign);
  } else if (addend.kind === Kind.INFINITY) {
    r.set(Kind.INFINITY, addend.sign);
  } else if (a.kind === Kind.ZERO || b.kind === Kind.ZERO) {
    if (addend.kind === Kind.ZERO) r.set(Kind.ZERO, addend.sign === sign ? sign : zeroSign(control));
    else r.copy(addend);
  } else if (addend.kind === Kind.ZERO) {
    multiply(c, r, a, b);
  } else {
    multiplyAddFinite(control, r, addend, a, b, sign);
  }
}

/** Shifts w3:w2:w1:w0 right by `amount` ≥ 0 places, with a sticky bit 0. */
function shiftProductRightJam(amount: number): void {
  let sticky = 0;
  for (; amount >= 32 && (w3 | w2 | w1 | w0) !== 0; amount -= 32) {
    if (w0 !== 0) sticky = 1;
    w0 = w1;
    w1 = w2;
    w2 = w3;
    w3 = 0;
  }
  if (amount > 0 && amount < 32) {
    const left = 32 - amount;
    if (w0 << left !== 0) sticky = 1;
    w0 = (w0 >>> amount) | (w1 << left);
    w1 = (w1 >>> amount) | (w2 << left);
    w2 = (w2 >>> amount) | (w3 << left);
    w3 = (w3 >>> amount) | 0;
  }
  w0 |= sticky;
}

function multiplyAddFinite(
  control: number,
  r: Unpacked,
  addend: Unpacked,
  a: Unpacked,
  b: Unpacked,
  productSign: number,
): void {
  // 128-bit fixed point with bit 127 free for the carry. Bit 126 has weight 2^exponent. The product has at most 106
  // bits and the addend 53: what a shift loses lies so far below that no cancellation can bring it up.
  let exponent = a.exponent + b.exponent + 1;
  const difference = exponent - addend.exponent;
  let x3: number;
  let x2: number;
  let x1: number;
  let x0: number;
  if (difference >= 0) {
    w3 = addend.high;
    w2 = addend.low;
    w1 = 0;
    w0 = 0;
    shiftProductRightJam(difference + 1);
    x3 = w3;
    x2 = w2;
    x1 = w1;
    x0 = w0;
    multiply64(a.high, a.low, b.high, b.low);
    shiftProductRightJam(1);
  } else {
    multiply64(a.high, a.low, b.high, b.low);
    shiftProductRightJam(1 - difference);
    exponent = addend.exponent;
    x3 = addend.high >>> 1;
    x2 = (addend.high << 31) | (addend.low >>> 1);
    x1 = addend.low << 31;
    x0 = 0;
  }
  let sign = productSign;
  if (productSign === addend.sign) {
    let sum = (w0 >>> 0) + (x0 >>> 0);
    w0 = sum | 0;
    sum = (w1 >>> 0) + (x1 >>> 0) + (sum > 0xffff_ffff ? 1 : 0);
    w1 = sum | 0;
    sum = (w2 >>> 0) + (x2 >>> 0) + (sum > 0xffff_ffff ? 1 : 0);
    w2 = sum | 0;
    w3 = (w3 + x3 + (sum > 0xffff_ffff ? 1 : 0)) | 0;
  } else {
    const order = compare64(w3 | 0, w2, x3 | 0, x2) || compare64(w1, w0, x1, x0);
    if (order === 0) {
      r.set(Kind.ZERO, zeroSign(control));
      return;
    }
    // Subtract the smaller one.
    let difference0 = (w0 >>> 0) - (x0 >>> 0);
    let difference1 = (w1 >>> 0) - (x1 >>> 0);
    let difference2 = (w2 >>> 0) - (x2 >>> 0);
    let difference3 = (w3 >>> 0) - (x3 >>> 0);
    if (order < 0) {
      sign = addend.sign;
      difference0 = 0 - difference0;
      difference1 = 0 - difference1;
      difference2 = 0 - difference2;
      difference3 = 0 - difference3;
    }
    if (difference0 < 0) difference1--;
    if (difference1 < 0) difference2--;
    if (difference2 < 0) difference3--;
    w0 = difference0 | 0;
    w1 = difference1 | 0;
    w2 = difference2 | 0;
    w3 = difference3 | 0;
  }
  // Words to the left, so that at least 64 bits from the leading one on are in w3:w2 and the sticky rest.
  while (w3 === 0) {
    w3 = w2;
    w2 = w1;
    w1 = w0;
    w0 = 0;
    exponent -= 32;
  }
  const zeros = Math.clz32(w3);
  if (zeros !== 0) {
    w3 = (w3 << zeros) | (w2 >>> (32 - zeros));
    w2 = (w2 << zeros) | (w1 >>> (32 - zeros));
    w1 = (w1 << zeros) | (w0 >>> (32 - zeros));
    w0 <<= zeros;
  }
  r.normalise(sign, exponent + 1 - zeros, w3, w2 | ((w1 | w0) !== 0 ? 1 : 0));
}
