/** Encodings of data-processing instructions (ARM DDI 0406C A5.2, A6.2.1, A6.3.1, A6.3.3, A6.3.11). */
import type { Definition, Encoding, Semantics } from '../instruction.js';
import { armExpandImm, decodeImmShift, setFlagsOutsideIT, thumbExpandImm } from './operand.js';

/** `n`, `d` and `s` may be replaced by fixed bits: the comparisons have no Rd, the moves no Rn. */
export interface Shape {
  readonly s?: string;
  readonly n?: string;
  readonly d?: string;
}

/** @param opcode bits 24:21 */
export function a32Immediate(opcode: string, { s = 's', n = 'nnnn', d = 'dddd' }: Shape = {}): Encoding {
  return {
    set: 'A32',
    name: 'A1',
    pattern: `cccc 001 ${opcode} ${s} ${n} ${d} iiii iiiiiiii`,
    decode: armExpandImm,
  };
}

export function a32Register(opcode: string, { s = 's', n = 'nnnn', d = 'dddd' }: Shape = {}): Encoding {
  return {
    set: 'A32',
    name: 'A1',
    pattern: `cccc 000 ${opcode} ${s} ${n} ${d} kkkkk hh 0 mmmm`,
    decode: decodeImmShift,
  };
}

export function a32ShiftedRegister(
  opcode: string,
  { s = 's', n = 'nnnn', d = 'dddd' }: Shape = {},
): Encoding {
  return { set: 'A32', name: 'A1', pattern: `cccc 000 ${opcode} ${s} ${n} ${d} aaaa 0 hh 1 mmmm` };
}

/** @param opcode bits 24:21 of the whole encoding */
export function t32Immediate(
  name: string,
  opcode: string,
  { s = 's', n = 'nnnn', d = 'dddd' }: Shape = {},
): Encoding {
  return {
    set: 'T32',
    name,
    pattern: `11110 i 0 ${opcode} ${s} ${n} 0 iii ${d} iiiiiiii`,
    decode: thumbExpandImm,
  };
}

export function t32Register(
  name: string,
  opcode: string,
  { s = 's', n = 'nnnn', d = 'dddd' }: Shape = {},
): Encoding {
  return {
    set: 'T32',
    name,
    pattern: `11101 01 ${opcode} ${s} ${n} 0 kkk ${d} kk hh mmmm`,
    decode: decodeImmShift,
  };
}

/** Two low registers, the first also the destination. @param opcode bits 9:6 */
export function t16TwoRegisters(opcode: string): Encoding {
  return {
    set: 'T16',
    name: 'T1',
    pattern: `010000 ${opcode} mmm ddd`,
    decode: (f, context) => {
      f.n = f.d;
      return setFlagsOutsideIT(f, context);
    },
  };
}

export const COMPARE_A32: Shape = { s: '1', d: '0000' };
export const COMPARE_T32: Shape = { s: '1', d: '1111' };
export const MOVE_A32: Shape = { n: '0000' };
export const MOVE_T32: Shape = { n: '1111' };

/** A move of a shifted register. @param amount imm5. @param type bits 6:5 */
export function a32Move(amount: string, type: string, { s = 's', d = 'dddd' }: Shape = {}): Encoding {
  return { set: 'A32', name: 'A1', pattern: `cccc 000 1101 ${s} 0000 ${d} ${amount} ${type} 0 mmmm` };
}

/** @param amount imm3 and imm2, five characters. @param type bits 5:4 */
export function t32Move(
  name: string,
  amount: string,
  type: string,
  { s = 's', d = 'dddd' }: Shape = {},
): Encoding {
  const imm3 = amount.slice(0, 3);
  const imm2 = amount.slice(3);
  return { set: 'T32', name, pattern: `11101 01 0010 ${s} 1111 0 ${imm3} ${d} ${imm2} ${type} mmmm` };
}

/** DecodeImmShift() where the pattern fixes the type. */
export function shift(type: number): Encoding['decode'] {
  return (f) => {
    f.h = type;
    return decodeImmShift(f);
  };
}

export function define(
  name: string,
  section: string,
  encodings: readonly Encoding[],
  exec: Semantics,
): Definition {
  return { name, section, class: 'data-processing', encodings, exec };
}

/** @param opcode bits 9:6 */
export function t16Compare(name: string, opcode: string): Encoding {
  return { set: 'T16', name, pattern: `010000 ${opcode} mmm nnn` };
}
