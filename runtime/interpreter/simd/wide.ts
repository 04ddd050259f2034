/** Bits 63:32 of the unsigned product of two 32-bit values. */
export function mulHighU(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const other = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (other >>> 16)) | 0;
}

/** Bits 63:32 of the signed product of two 32-bit values. */
export function mulHighS(a: number, b: number): number {
  return (mulHighU(a, b) - (a < 0 ? b : 0) - (b < 0 ? a : 0)) | 0;
}

/** A 64-bit element, worked on in place. Words are signed 32-bit integers. */
export class Wide {
  low = 0;
  high = 0;

  set(low: number, high: number): void {
    this.low = low;
    this.high = high;
  }

  /** Modulo 2^64, by any amount from 0. */
  shiftLeft(amount: number): void {
    if (amount === 0) return;
    if (amount < 32) {
      this.high = (this.high << amount) | (this.low >>> (32 - amount));
      this.low <<= amount;
    } else {
      this.high = amount < 64 ? this.low << (amount - 32) : 0;
      this.low = 0;
    }
  }

  /** By any amount from 1; `round` adds 2^(amount-1) first, without overflow. */
  shiftRight(amount: number, signed: boolean, round: boolean): void {
    const { low, high } = this;
    const fill = signed ? high >> 31 : 0;
    if (amount < 32) {
      this.low = (low >>> amount) | (high << (32 - amount));
      this.high = signed ? high >> amount : high >>> amount;
    } else {
      const above = amount - 32;
      this.low = above > 31 ? fill : signed ? high >> above : (high >>> above) | 0;
      this.high = fill;
    }
    if (!round) return;
    const last = amount - 1;
    const carry = last < 32 ? low >>> last : last < 64 ? high >>> (last - 32) : fill;
    if ((carry & 1) === 0) return;
    this.low = (this.low + 1) | 0;
    if (this.low === 0) this.high = (this.high + 1) | 0;
  }

  /**
   * Shifts left by any amount from 0 and saturates to the range of `toSigned`.
   * @returns whether it had to
   */
  shiftLeftSat(amount: number, signed: boolean, toSigned: boolean): boolean {
    const { low, high } = this;
    if ((low | high) === 0) return false;
    if (signed && !toSigned && high < 0) {
      this.set(0, 0);
      return true;
    }
    if (amount < 64) {
      this.shiftLeft(amount);
      if (amount === 0) return false;
      const shiftedLow = this.low;
      const shiftedHigh = this.high;
      this.shiftRight(amount, toSigned, false);
      if (this.low === low && this.high === high) {
        this.set(shiftedLow, shiftedHigh);
        return false;
      }
    }
    if (toSigned) this.set(~(high >> 31), (high >> 31) ^ 0x7fff_ffff);
    else this.set(-1, -1);
    return true;
  }
}
