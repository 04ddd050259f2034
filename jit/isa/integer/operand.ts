/** Operands of data-processing instructions (ARM DDI 0406C A8.4, A5.2.4, A6.3.2), and how results are written. */
import type { DecodeContext, Instruction } from '../instruction.js';
import type { I32, Ops } from '../ops.js';

/** Shift types in field `h` of a decoded instruction. RRX has its own; amounts are in `k`. */
export const Shift = { LSL: 0, LSR: 1, ASR: 2, ROR: 3, RRX: 4 } as const;

/**
 * What an expanded immediate does to the carry flag, in field `e`: C becomes `e - 1`, or keeps its value
 * when `e` is 0.
 */
function setImmediateCarry(f: Instruction, rotated: boolean): void {
  f.e = rotated ? 1 + (f.i >>> 31) : 0;
}

/** ARMExpandImm_C(): `i` is imm12, and becomes the constant. */
export function armExpandImm(f: Instruction): undefined {
  const rotation = (f.i >>> 8) << 1;
  f.i = rotateRight(f.i & 0xff, rotation);
  setImmediateCarry(f, rotation !== 0);
}

/** ThumbExpandImm_C(): `i` is i:imm3:imm8, and becomes the constant. imm8 of zero is not special. */
export function thumbExpandImm(f: Instruction): undefined {
  const imm8 = f.i & 0xff;
  const rotation = f.i >>> 7;
  switch (f.i >>> 8) {
    case 0:
      f.i = imm8;
      break;
    case 1:
      f.i = imm8 * 0x0001_0001;
      break;
    case 2:
      f.i = (imm8 * 0x0100_0100) | 0;
      break;
    case 3:
      f.i = (imm8 * 0x0101_0101) | 0;
      break;
    default:
      f.i = rotateRight(imm8 | 0x80, rotation);
      setImmediateCarry(f, true);
  }
}

function rotateRight(value: number, amount: number): number {
  return (value >>> amount) | (value << (32 - amount));
}

/** DecodeImmShift(): `h` and `k` become a {@link Shift} and an amount of 0 to 32. */
export function decodeImmShift(f: Instruction): undefined {
  if (f.k !== 0) return;
  if (f.h === Shift.LSR || f.h === Shift.ASR) f.k = 32;
  else if (f.h === Shift.ROR) {
    f.h = Shift.RRX;
    f.k = 1;
  }
}

/** setflags of 16-bit Thumb data processing: outside of an IT block only. */
export function setFlagsOutsideIT(f: Instruction, context: DecodeContext): undefined {
  f.s = context.inITBlock ? 0 : 1;
}

/** C from an immediate expanded by {@link armExpandImm} or {@link thumbExpandImm}. */
export function setCarryOfImmediate(o: Ops, f: Instruction): void {
  if (f.e !== 0) o.setC(o.imm(f.e - 1));
}

/** Shift(R[m], shift_t, shift_n, APSR.C): the amount is part of the instruction. */
export function shiftedRegister(o: Ops, f: Instruction): I32 {
  const value = o.reg(f.m);
  if (f.k === 0) return value;
  switch (f.h) {
    case Shift.LSL:
      return o.shl(value, o.imm(f.k));
    case Shift.LSR:
      return f.k === 32 ? o.imm(0) : o.shrU(value, o.imm(f.k));
    case Shift.ASR:
      return o.shrS(value, o.imm(f.k === 32 ? 31 : f.k));
    case Shift.ROR:
      return o.ror(value, o.imm(f.k));
    default:
      return o.or(o.shrU(value, o.imm(1)), o.shl(o.carry(), o.imm(31)));
  }
}

/** C from the same shift. R[m] and C must still have the values that they had before it. */
export function setCarryOfShiftedRegister(o: Ops, f: Instruction): void {
  if (f.k === 0) return;
  const bit = f.h === Shift.LSL ? 32 - f.k : f.k - 1;
  o.setC(o.and(o.shrU(o.reg(f.m), o.imm(bit)), o.imm(1)));
}

/** Shift(R[m], shift_t, UInt(R[s]<7:0>), APSR.C): field `a` is Rs. */
export function registerShiftedRegister(o: Ops, f: Instruction): I32 {
  const value = o.reg(f.m);
  const amount = o.and(o.reg(f.a), o.imm(0xff));
  switch (f.h) {
    case Shift.LSL:
      return o.select(o.ltU(amount, o.imm(32)), o.shl(value, amount), o.imm(0));
    case Shift.LSR:
      return o.select(o.ltU(amount, o.imm(32)), o.shrU(value, amount), o.imm(0));
    case Shift.ASR:
      return o.shrS(value, o.select(o.ltU(amount, o.imm(32)), amount, o.imm(31)));
    default:
      return o.ror(value, amount);
  }
}

/** C from the same shift. R[m], R[s] and C must still have the values that they had before it. */
export function setCarryOfRegisterShiftedRegister(o: Ops, f: Instruction): void {
  const value = o.reg(f.m);
  const amount = o.and(o.reg(f.a), o.imm(0xff));
  const one = o.imm(1);
  let bit: I32;
  switch (f.h) {
    case Shift.LSL:
      bit = o.select(o.leU(amount, o.imm(32)), o.shrU(value, o.sub(o.imm(32), amount)), o.imm(0));
      break;
    case Shift.LSR:
      bit = o.select(o.leU(amount, o.imm(32)), o.shrU(value, o.sub(amount, one)), o.imm(0));
      break;
    case Shift.ASR:
      bit = o.shrU(value, o.select(o.leU(amount, o.imm(32)), o.sub(amount, one), o.imm(31)));
      break;
    default:
      bit = o.shrU(value, o.sub(amount, one));
  }
  o.setC(o.select(amount, o.and(bit, one), o.carry()));
}

/** R[d] = result, ALUWritePC(result) for 15. */
export function writeResult(o: Ops, d: number, result: I32): void {
  if (d === 15) o.aluWritePC(result);
  else o.setReg(d, result);
}

/**
 * R[d] = result where the manual makes d of 15 UNPREDICTABLE: QEMU branches without a change of instruction
 * set.
 */
export function writeRegister(o: Ops, d: number, result: I32): void {
  if (d === 15) o.branchWritePC(result);
  else o.setReg(d, result);
}

// Second operands of the logical operations, with carry-out where S is set.

export function logicalImmediate(o: Ops, f: Instruction): I32 {
  if (f.s !== 0) setCarryOfImmediate(o, f);
  return o.imm(f.i);
}

export function logicalRegister(o: Ops, f: Instruction): I32 {
  const value = shiftedRegister(o, f);
  if (f.s !== 0) setCarryOfShiftedRegister(o, f);
  return value;
}

export function logicalShiftedRegister(o: Ops, f: Instruction): I32 {
  const value = registerShiftedRegister(o, f);
  if (f.s !== 0) setCarryOfRegisterShiftedRegister(o, f);
  return value;
}
