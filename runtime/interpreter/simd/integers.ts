import { FPSCR } from '../../../jit/isa/vfp/fpscr.js';
import { u32RecipEstimate, u32RsqrtEstimate } from '../../fpu/estimates.js';
import * as element from './elements.js';
import { Vectors } from './vectors.js';
import { mulHighS, mulHighU, Wide } from './wide.js';

const SMALLEST_HIGH = -0x8000_0000;

type OneOperand = (x: number) => number;
type TwoOperands = (x: number, y: number) => number;

/** Operations on integer elements. */
export class IntegerVectors extends Vectors {
  readonly #wide = new Wide();

  // Integer elements

  add(a: number, b: number, esize: number, bytes: number): number {
    if (esize === 64) return this.#add64(a, b, bytes);
    const r = this.temporary();
    const i32 = this.i32;
    for (let at = 0; at < bytes; at += 4) {
      i32[(r + at) >> 2] = element.addWord(i32[(a + at) >> 2], i32[(b + at) >> 2], esize);
    }
    return r;
  }

  sub(a: number, b: number, esize: number, bytes: number): number {
    if (esize === 64) return this.#sub64(a, b, bytes);
    const r = this.temporary();
    const i32 = this.i32;
    for (let at = 0; at < bytes; at += 4) {
      i32[(r + at) >> 2] = element.subWord(i32[(a + at) >> 2], i32[(b + at) >> 2], esize);
    }
    return r;
  }

  mul(a: number, b: number, esize: number, bytes: number): number {
    return this.#two(a, b, esize, true, bytes, Math.imul);
  }

  neg(a: number, esize: number, bytes: number): number {
    return this.#one(a, esize, true, bytes, element.negate);
  }

  abs(a: number, esize: number, bytes: number): number {
    return this.#one(a, esize, true, bytes, element.absolute);
  }

  min(a: number, b: number, esize: number, signed: boolean, bytes: number): number {
    return this.#two(a, b, esize, signed, bytes, element.minimum);
  }

  max(a: number, b: number, esize: number, signed: boolean, bytes: number): number {
    return this.#two(a, b, esize, signed, bytes, element.maximum);
  }

  absDiff(a: number, b: number, esize: number, signed: boolean, bytes: number): number {
    return this.#two(a, b, esize, signed, bytes, element.difference);
  }

  halvingAdd(a: number, b: number, esize: number, signed: boolean, round: boolean, bytes: number): number {
    return this.#two(a, b, esize, signed, bytes, round ? element.roundingHalvingAdd : element.halvingAdd);
  }

  halvingSub(a: number, b: number, esize: number, signed: boolean, bytes: number): number {
    return this.#two(a, b, esize, signed, bytes, element.halvingSub);
  }

  addSat(a: number, b: number, esize: number, signed: boolean, bytes: number): number {
    if (esize === 64) return this.#addSat64(a, b, signed, bytes);
    return this.#twoSat(a, b, esize, signed, bytes, element.add);
  }

  subSat(a: number, b: number, esize: number, signed: boolean, bytes: number): number {
    if (esize === 64) return this.#subSat64(a, b, signed, bytes);
    return this.#twoSat(a, b, esize, signed, bytes, element.sub);
  }

  negSat(a: number, esize: number, bytes: number): number {
    return this.#twoSat(a, a, esize, true, bytes, element.negate);
  }

  absSat(a: number, esize: number, bytes: number): number {
    return this.#twoSat(a, a, esize, true, bytes, element.absolute);
  }

  doublingMulHighSat(a: number, b: number, esize: number, round: boolean, bytes: number): number {
    const r = this.temporary();
    for (let i = 0; i < (bytes << 3) / esize; i++) {
      if (esize === 16) {
        const twice = 2 * this.i16[(a >> 1) + i] * this.i16[(b >> 1) + i];
        this.i16[(r >> 1) + i] = this.#saturate((twice + (round ? 0x8000 : 0)) / 0x1_0000, 16, true);
      } else {
        const x = this.i32[(a >> 2) + i];
        const y = this.i32[(b >> 2) + i];
        const low = Math.imul(x, y);
        // Bit 31 of twice the low word is what rounding carries into the high one.
        const high = 2 * mulHighS(x, y) + (low >>> 31) + (round ? (low >>> 30) & 1 : 0);
        this.i32[(r >> 2) + i] = this.#saturate(high, 32, true);
      }
    }
    return r;
  }

  polyMul(a: number, b: number, bytes: number): number {
    return this.#two(a, b, 8, false, bytes, element.polynomialProduct);
  }

  countLeadingZeros(a: number, esize: number, bytes: number): number {
    const r = this.#one(a, esize, false, bytes, Math.clz32);
    // clz32 counts from bit 31.
    return esize === 32 ? r : this.sub(r, this.splat(32 - esize, esize, bytes), esize, bytes);
  }

  countLeadingSigns(a: number, esize: number, bytes: number): number {
    const r = this.#one(a, esize, true, bytes, (x) => Math.clz32(x ^ (x >> 31)) - 1);
    return esize === 32 ? r : this.sub(r, this.splat(32 - esize, esize, bytes), esize, bytes);
  }

  popCount(a: number, bytes: number): number {
    return this.#one(a, 8, false, bytes, element.popCount);
  }

  // Comparisons

  equal(a: number, b: number, esize: number, bytes: number): number {
    return this.#two(a, b, esize, true, bytes, element.equal);
  }

  greater(a: number, b: number, esize: number, signed: boolean, bytes: number): number {
    return this.#two(a, b, esize, signed, bytes, element.greater);
  }

  greaterEqual(a: number, b: number, esize: number, signed: boolean, bytes: number): number {
    return this.#two(a, b, esize, signed, bytes, element.greaterEqual);
  }

  // Shifts

  shiftLeft(a: number, amount: number, esize: number, bytes: number): number {
    if (esize === 64) return this.#shiftBy(a, amount, esize, false, false, bytes);
    const r = this.temporary();
    const kept = ~element.lowBits(amount, esize);
    for (let at = 0; at < bytes; at += 4)
      this.i32[(r + at) >> 2] = (this.i32[(a + at) >> 2] << amount) & kept;
    return r;
  }

  shiftRight(
    a: number,
    amount: number,
    esize: number,
    signed: boolean,
    round: boolean,
    bytes: number,
  ): number {
    if (signed || round || esize === 64 || amount === 32) {
      return this.#shiftBy(a, -amount, esize, signed, round, bytes);
    }
    const r = this.temporary();
    const kept = element.lowBits(esize - amount, esize);
    for (let at = 0; at < bytes; at += 4)
      this.i32[(r + at) >> 2] = (this.i32[(a + at) >> 2] >>> amount) & kept;
    return r;
  }

  #shiftBy(a: number, amount: number, esize: number, signed: boolean, round: boolean, bytes: number): number {
    const r = this.temporary();
    for (let at = 0; at < bytes; at += esize >> 3) {
      if (esize === 64) {
        this.#shiftWide(a + at, amount, signed, round);
        this.#setWide(r + at);
      } else {
        const x = this.elementAt(a + at, esize, signed);
        this.setElementAt(r + at, esize, round ? element.roundingShift(x, amount) : element.shift(x, amount));
      }
    }
    return r;
  }

  shiftLeftSat(
    a: number,
    amount: number,
    esize: number,
    signed: boolean,
    toSigned: boolean,
    bytes: number,
  ): number {
    const r = this.temporary();
    for (let at = 0; at < bytes; at += esize >> 3) {
      if (esize === 64) {
        this.#shiftWideSat(a + at, amount, signed, toSigned, false);
        this.#setWide(r + at);
      } else {
        const x = element.shift(this.elementAt(a + at, esize, signed), amount);
        this.setElementAt(r + at, esize, this.#saturate(x, esize, toSigned));
      }
    }
    return r;
  }

  shift(a: number, amounts: number, esize: number, signed: boolean, round: boolean, bytes: number): number {
    const r = this.temporary();
    for (let at = 0; at < bytes; at += esize >> 3) {
      const amount = this.i8[amounts + at];
      if (esize === 64) {
        this.#shiftWide(a + at, amount, signed, round);
        this.#setWide(r + at);
      } else {
        const x = this.elementAt(a + at, esize, signed);
        this.setElementAt(r + at, esize, round ? element.roundingShift(x, amount) : element.shift(x, amount));
      }
    }
    return r;
  }

  shiftSat(
    a: number,
    amounts: number,
    esize: number,
    signed: boolean,
    round: boolean,
    bytes: number,
  ): number {
    const r = this.temporary();
    for (let at = 0; at < bytes; at += esize >> 3) {
      const amount = this.i8[amounts + at];
      if (esize === 64) {
        this.#shiftWideSat(a + at, amount, signed, signed, round);
        this.#setWide(r + at);
      } else {
        const x = this.elementAt(a + at, esize, signed);
        const shifted = round ? element.roundingShift(x, amount) : element.shift(x, amount);
        this.setElementAt(r + at, esize, this.#saturate(shifted, esize, signed));
      }
    }
    return r;
  }

  #shiftWide(a: number, amount: number, signed: boolean, round: boolean): void {
    const wide = this.#wide;
    wide.set(this.i32[a >> 2], this.i32[(a >> 2) + 1]);
    if (amount >= 0) wide.shiftLeft(amount);
    else wide.shiftRight(-amount, signed, round);
  }

  #shiftWideSat(a: number, amount: number, signed: boolean, toSigned: boolean, round: boolean): void {
    const wide = this.#wide;
    wide.set(this.i32[a >> 2], this.i32[(a >> 2) + 1]);
    if (amount < 0) wide.shiftRight(-amount, signed, round);
    else if (wide.shiftLeftSat(amount, signed, toSigned)) this.i32[this.fpscr] |= FPSCR.QC;
  }

  #setWide(r: number): void {
    this.i32[r >> 2] = this.#wide.low;
    this.i32[(r >> 2) + 1] = this.#wide.high;
  }

  // Changes of width

  widen(a: number, esize: number, signed: boolean): number {
    const r = this.temporary();
    for (let i = 0; i < 64 / esize; i++) {
      const x = this.elementAt(a + ((i * esize) >> 3), esize, signed);
      if (esize === 32) {
        this.i32[(r >> 2) + 2 * i] = x;
        this.i32[(r >> 2) + 2 * i + 1] = x < 0 ? -1 : 0;
      } else {
        this.setElementAt(r + ((i * esize) >> 2), 2 * esize, x);
      }
    }
    return r;
  }

  narrow(a: number, esize: number): number {
    const r = this.temporary();
    for (let i = 0; i < 64 / esize; i++) {
      this.setElementAt(r + ((i * esize) >> 3), esize, this.elementAt(a + ((i * esize) >> 2), esize, false));
    }
    return r;
  }

  narrowSat(a: number, esize: number, signed: boolean, toSigned: boolean): number {
    const r = this.temporary();
    for (let i = 0; i < 64 / esize; i++) {
      const at = a + ((i * esize) >> 2);
      const x =
        esize === 32
          ? this.u32[at >> 2] + 0x1_0000_0000 * (signed ? this.i32 : this.u32)[(at >> 2) + 1]
          : this.elementAt(at, 2 * esize, signed);
      // Of 64 bits the lowest may be lost, but not in numbers that fit into 32.
      this.setElementAt(r + ((i * esize) >> 3), esize, this.#saturate(x, esize, toSigned));
    }
    return r;
  }

  mulLong(a: number, b: number, esize: number, signed: boolean): number {
    const r = this.temporary();
    for (let i = 0; i < 64 / esize; i++) {
      const at = (i * esize) >> 3;
      const x = this.elementAt(a + at, esize, signed);
      const y = this.elementAt(b + at, esize, signed);
      if (esize === 32) {
        this.i32[(r >> 2) + 2 * i] = Math.imul(x, y);
        this.i32[(r >> 2) + 2 * i + 1] = signed ? mulHighS(x, y) : mulHighU(x, y);
      } else {
        this.setElementAt(r + 2 * at, 2 * esize, x * y);
      }
    }
    return r;
  }

  doublingMulLongSat(a: number, b: number, esize: number): number {
    const r = this.mulLong(a, b, esize, true);
    if (esize === 16) return this.#twoSat(r, r, 32, true, 16, element.add);
    return this.#addSat64(r, r, true, 16);
  }

  polyMulLong(a: number, b: number): number {
    const r = this.temporary();
    for (let i = 0; i < 8; i++) {
      this.u16[(r >> 1) + i] = element.polynomialProduct(this.u8[a + i], this.u8[b + i]);
    }
    return r;
  }

  addPairsLong(a: number, esize: number, signed: boolean, bytes: number): number {
    const r = this.temporary();
    const size = esize >> 3;
    for (let at = 0; at < bytes; at += 2 * size) {
      const sum = this.elementAt(a + at, esize, signed) + this.elementAt(a + at + size, esize, signed);
      if (esize === 32) {
        this.i32[(r + at) >> 2] = sum;
        this.i32[(r + at + 4) >> 2] = Math.floor(sum / 0x1_0000_0000);
      } else {
        this.setElementAt(r + at, 2 * esize, sum);
      }
    }
    return r;
  }

  recipEstimate(a: number, bytes: number): number {
    return this.#one(a, 32, true, bytes, u32RecipEstimate);
  }

  rsqrtEstimate(a: number, bytes: number): number {
    return this.#one(a, 32, true, bytes, u32RsqrtEstimate);
  }

  // Loops over elements

  /** Rounds down and brings a number into range, setting QC when it is not. */
  #saturate(value: number, esize: number, signed: boolean): number {
    const whole = Math.floor(value);
    const largest = element.largest(esize, signed);
    if (whole > largest) {
      this.i32[this.fpscr] |= FPSCR.QC;
      return largest;
    }
    const smallest = element.smallest(esize, signed);
    if (whole < smallest) {
      this.i32[this.fpscr] |= FPSCR.QC;
      return smallest;
    }
    return whole;
  }

  #one(a: number, esize: number, signed: boolean, bytes: number, op: OneOperand): number {
    const r = this.temporary();
    if (esize === 8) {
      const from = signed ? this.i8 : this.u8;
      for (let i = 0; i < bytes; i++) this.u8[r + i] = op(from[a + i]);
    } else if (esize === 16) {
      const from = signed ? this.i16 : this.u16;
      for (let i = 0; i < bytes >> 1; i++) this.u16[(r >> 1) + i] = op(from[(a >> 1) + i]);
    } else {
      const from = signed ? this.i32 : this.u32;
      for (let i = 0; i < bytes >> 2; i++) this.u32[(r >> 2) + i] = op(from[(a >> 2) + i]);
    }
    return r;
  }

  #two(a: number, b: number, esize: number, signed: boolean, bytes: number, op: TwoOperands): number {
    const r = this.temporary();
    if (esize === 8) {
      const from = signed ? this.i8 : this.u8;
      for (let i = 0; i < bytes; i++) this.u8[r + i] = op(from[a + i], from[b + i]);
    } else if (esize === 16) {
      const from = signed ? this.i16 : this.u16;
      for (let i = 0; i < bytes >> 1; i++) {
        this.u16[(r >> 1) + i] = op(from[(a >> 1) + i], from[(b >> 1) + i]);
      }
    } else {
      const from = signed ? this.i32 : this.u32;
      for (let i = 0; i < bytes >> 2; i++) {
        this.u32[(r >> 2) + i] = op(from[(a >> 2) + i], from[(b >> 2) + i]);
      }
    }
    return r;
  }

  #twoSat(a: number, b: number, esize: number, signed: boolean, bytes: number, op: TwoOperands): number {
    const r = this.temporary();
    for (let at = 0; at < bytes; at += esize >> 3) {
      const value = op(this.elementAt(a + at, esize, signed), this.elementAt(b + at, esize, signed));
      this.setElementAt(r + at, esize, this.#saturate(value, esize, signed));
    }
    return r;
  }

  #add64(a: number, b: number, bytes: number): number {
    const r = this.temporary();
    const i32 = this.i32;
    for (let at = 0; at < bytes; at += 8) {
      const x = (a + at) >> 2;
      const y = (b + at) >> 2;
      const low = (i32[x] + i32[y]) | 0;
      const carry = low >>> 0 < i32[x] >>> 0 ? 1 : 0;
      i32[(r + at) >> 2] = low;
      i32[(r + at + 4) >> 2] = i32[x + 1] + i32[y + 1] + carry;
    }
    return r;
  }

  #sub64(a: number, b: number, bytes: number): number {
    const r = this.temporary();
    const i32 = this.i32;
    for (let at = 0; at < bytes; at += 8) {
      const x = (a + at) >> 2;
      const y = (b + at) >> 2;
      const borrow = i32[x] >>> 0 < i32[y] >>> 0 ? 1 : 0;
      i32[(r + at) >> 2] = i32[x] - i32[y];
      i32[(r + at + 4) >> 2] = i32[x + 1] - i32[y + 1] - borrow;
    }
    return r;
  }

  #addSat64(a: number, b: number, signed: boolean, bytes: number): number {
    const r = this.#add64(a, b, bytes);
    for (let at = 0; at < bytes; at += 8) {
      const x = this.i32[(a + at + 4) >> 2];
      const y = this.i32[(b + at + 4) >> 2];
      const sum = this.i32[(r + at + 4) >> 2];
      // The carry out of bit 63 is the majority of x, y and not the sum's bit.
      const overflow = signed ? (x ^ sum) & (y ^ sum) : (x & y) | ((x | y) & ~sum);
      if (overflow < 0) this.#saturate64(r + at, signed, signed ? x < 0 : false);
    }
    return r;
  }

  #subSat64(a: number, b: number, signed: boolean, bytes: number): number {
    const r = this.#sub64(a, b, bytes);
    for (let at = 0; at < bytes; at += 8) {
      const x = this.i32[(a + at + 4) >> 2];
      const y = this.i32[(b + at + 4) >> 2];
      const rest = this.i32[(r + at + 4) >> 2];
      const overflow = signed ? (x ^ y) & (x ^ rest) : (~x & y) | (~(x ^ y) & rest);
      if (overflow < 0) this.#saturate64(r + at, signed, signed ? x < 0 : true);
    }
    return r;
  }

  /** Puts the smallest or the largest number there, and sets QC. */
  #saturate64(at: number, signed: boolean, smallest: boolean): void {
    this.i32[this.fpscr] |= FPSCR.QC;
    this.i32[at >> 2] = smallest ? 0 : -1;
    this.i32[(at + 4) >> 2] = smallest ? (signed ? SMALLEST_HIGH : 0) : signed ? 0x7fff_ffff : -1;
  }
}
