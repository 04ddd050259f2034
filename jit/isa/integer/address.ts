/**
 * Addressing modes of the integer loads and stores, in the one form that `decode` brings every encoding to:
 *
 * - `n` base, `p` 1: the address is base + offset, 0: it is the base (post-indexed), `w` 1: write-back
 * - immediate forms: `i` the offset in bytes, with its sign
 * - register forms: `m` the offset register, `u` 1 to add and 0 to subtract, `h` the shift
 *   ({@link ShiftType}) and `k` its amount
 */
import type { DecodeOutcome, Instruction } from '../instruction.js';
import type { I32, Ops } from '../ops.js';

/** SRType (ARM DDI 0406C A8.4.3) as `h` holds it after {@link decodeImmShift}. */
const ShiftType = { LSL: 0, LSR: 1, ASR: 2, ROR: 3, RRX: 4 } as const;

/** DecodeImmShift() (ARM DDI 0406C A8.4.3) of the encoded type `h` and amount `k`. */
function decodeImmShift(f: Instruction): void {
  if (f.k !== 0) return;
  if (f.h === ShiftType.ROR) {
    f.h = ShiftType.RRX;
    f.k = 1;
  } else if (f.h !== ShiftType.LSL) {
    f.k = 32;
  }
}

/** Sign and write-back of A32's P, U and W with an immediate offset. */
export function indexedImmediate(f: Instruction): DecodeOutcome {
  if (f.u === 0) f.i = -f.i;
  if (f.p === 0) f.w = 1;
  return undefined;
}

/** As {@link indexedImmediate}, where P=0 W=1 is not allocated (LDRD, STRD). */
export function indexedDualImmediate(f: Instruction): DecodeOutcome {
  return f.p === 0 && f.w === 1 ? 'UNDEFINED' : indexedImmediate(f);
}

/** Write-back and shift of A32's P, U and W with a register offset. */
export function indexedRegister(f: Instruction): DecodeOutcome {
  if (f.p === 0) f.w = 1;
  decodeImmShift(f);
  return undefined;
}

export function indexedDualRegister(f: Instruction): DecodeOutcome {
  return f.p === 0 && f.w === 1 ? 'UNDEFINED' : indexedRegister(f);
}

/** T32's 8-bit form with write-back; the pattern fixes W at 1. */
export function indexedT32(f: Instruction): DecodeOutcome {
  if (f.u === 0) f.i = -f.i;
  f.w = 1;
  return undefined;
}

/** Plain positive offset. */
export function offsetPositive(f: Instruction): DecodeOutcome {
  f.p = 1;
  return undefined;
}

/** Plain negative offset (T32's 8-bit form with P=1 U=0 W=0). */
export function offsetNegative(f: Instruction): DecodeOutcome {
  f.p = 1;
  f.i = -f.i;
  return undefined;
}

/** T16 offset in halfwords. */
export function offsetHalfwords(f: Instruction): DecodeOutcome {
  f.p = 1;
  f.i <<= 1;
  return undefined;
}

/** T16 offset in words. */
export function offsetWords(f: Instruction): DecodeOutcome {
  f.p = 1;
  f.i <<= 2;
  return undefined;
}

/** T16 offset in words from SP. */
export function offsetWordsFromSP(f: Instruction): DecodeOutcome {
  f.n = 13;
  return offsetWords(f);
}

/** T16 and T32 register offset: added, shifted left by 0 to 3 or not at all. */
export function offsetRegister(f: Instruction): DecodeOutcome {
  f.p = 1;
  f.u = 1;
  return undefined;
}

/** Thumb stores with Rn = 15 are UNDEFINED. */
export function storeT32(decode: (f: Instruction) => DecodeOutcome): (f: Instruction) => DecodeOutcome {
  return (f) => (f.n === 15 ? 'UNDEFINED' : decode(f));
}

/** A 12-bit literal offset in the low bits of the encoding, with U in bit 23. */
export function literal12(f: Instruction): DecodeOutcome {
  const offset = f.raw & 0xfff;
  f.i = f.raw & (1 << 23) ? offset : -offset;
  return undefined;
}

/** An 8-bit literal offset of A32, with U in a field. */
export function literal8(f: Instruction): DecodeOutcome {
  if (f.u === 0) f.i = -f.i;
  return undefined;
}

export function immediateAddress(o: Ops, f: Instruction): I32 {
  return f.p !== 0 ? o.add(o.reg(f.n), o.imm(f.i)) : o.reg(f.n);
}

export function writeBackImmediate(o: Ops, f: Instruction): void {
  setBase(o, f.n, o.add(o.reg(f.n), o.imm(f.i)));
}

export function registerAddress(o: Ops, f: Instruction): I32 {
  return f.p !== 0 ? baseAndOffset(o, f) : o.reg(f.n);
}

export function writeBackRegister(o: Ops, f: Instruction): void {
  setBase(o, f.n, baseAndOffset(o, f));
}

/** Base plus or minus the shifted offset register. */
export function baseAndOffset(o: Ops, f: Instruction): I32 {
  return f.u !== 0 ? o.add(o.reg(f.n), shiftedOffset(o, f)) : o.sub(o.reg(f.n), shiftedOffset(o, f));
}

/** Shift(R[m], shift_t, shift_n, APSR.C). */
export function shiftedOffset(o: Ops, f: Instruction): I32 {
  const rm = o.reg(f.m);
  switch (f.h) {
    case ShiftType.LSL:
      return f.k === 0 ? rm : o.shl(rm, o.imm(f.k));
    case ShiftType.LSR:
      return f.k === 32 ? o.imm(0) : o.shrU(rm, o.imm(f.k));
    case ShiftType.ASR:
      return o.shrS(rm, o.imm(f.k === 32 ? 31 : f.k));
    case ShiftType.ROR:
      return o.ror(rm, o.imm(f.k));
    default:
      return o.or(o.shl(o.carry(), o.imm(31)), o.shrU(rm, o.imm(1)));
  }
}

/** Writes a base register back. Rn = 15 is UNPREDICTABLE; QEMU branches. */
export function setBase(o: Ops, n: number, value: I32): void {
  if (n === 15) o.branchWritePC(value);
  else o.setReg(n, value);
}

/** The last step of a load: R[t] = value, or LoadWritePC(value). */
export function setLoaded(o: Ops, t: number, value: I32): void {
  if (t === 15) o.bxWritePC(value);
  else o.setReg(t, value);
}
