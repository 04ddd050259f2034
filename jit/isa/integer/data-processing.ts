/** Standard data processing (ARM DDI 0406C A4.4.1): sixteen operations by three forms of second operand. */
import type { Definition, Encoding, Instruction, Semantics } from '../instruction.js';
import type { I32, Ops } from '../ops.js';
import {
  armExpandImm,
  decodeImmShift,
  registerShiftedRegister,
  setCarryOfImmediate,
  setCarryOfRegisterShiftedRegister,
  setCarryOfShiftedRegister,
  setFlagsOutsideIT,
  shiftedRegister,
  thumbExpandImm,
  writeRegister,
  writeResult,
} from './operand.js';

// Encodings. `n`, `d` and `s` may be replaced by fixed bits: the comparisons have no Rd, the moves no Rn.

interface Shape {
  readonly s?: string;
  readonly n?: string;
  readonly d?: string;
}

/** @param opcode bits 24:21 */
function a32Immediate(opcode: string, { s = 's', n = 'nnnn', d = 'dddd' }: Shape = {}): Encoding {
  return {
    set: 'A32',
    name: 'A1',
    pattern: `cccc 001 ${opcode} ${s} ${n} ${d} iiii iiiiiiii`,
    decode: armExpandImm,
  };
}

function a32Register(opcode: string, { s = 's', n = 'nnnn', d = 'dddd' }: Shape = {}): Encoding {
  return {
    set: 'A32',
    name: 'A1',
    pattern: `cccc 000 ${opcode} ${s} ${n} ${d} kkkkk hh 0 mmmm`,
    decode: decodeImmShift,
  };
}

function a32ShiftedRegister(opcode: string, { s = 's', n = 'nnnn', d = 'dddd' }: Shape = {}): Encoding {
  return { set: 'A32', name: 'A1', pattern: `cccc 000 ${opcode} ${s} ${n} ${d} aaaa 0 hh 1 mmmm` };
}

/** @param opcode bits 24:21 of the whole encoding */
function t32Immediate(
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

function t32Register(
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
function t16TwoRegisters(opcode: string): Encoding {
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

const COMPARE_A32: Shape = { s: '1', d: '0000' };
const COMPARE_T32: Shape = { s: '1', d: '1111' };
const MOVE_A32: Shape = { n: '0000' };
const MOVE_T32: Shape = { n: '1111' };

// Semantics. `b` is the second operand. Carry-out of its shift is set before these run.

function and(o: Ops, f: Instruction, b: I32): void {
  const result = o.and(o.reg(f.n), b);
  if (f.s !== 0) o.setNZ(result);
  writeResult(o, f.d, result);
}

function eor(o: Ops, f: Instruction, b: I32): void {
  const result = o.xor(o.reg(f.n), b);
  if (f.s !== 0) o.setNZ(result);
  writeResult(o, f.d, result);
}

function orr(o: Ops, f: Instruction, b: I32): void {
  const result = o.or(o.reg(f.n), b);
  if (f.s !== 0) o.setNZ(result);
  writeResult(o, f.d, result);
}

function bic(o: Ops, f: Instruction, b: I32): void {
  const result = o.and(o.reg(f.n), o.not(b));
  if (f.s !== 0) o.setNZ(result);
  writeResult(o, f.d, result);
}

function orn(o: Ops, f: Instruction, b: I32): void {
  const result = o.or(o.reg(f.n), o.not(b));
  if (f.s !== 0) o.setNZ(result);
  writeResult(o, f.d, result);
}

function mov(o: Ops, f: Instruction, b: I32): void {
  if (f.s !== 0) o.setNZ(b);
  writeResult(o, f.d, b);
}

function mvn(o: Ops, f: Instruction, b: I32): void {
  const result = o.not(b);
  if (f.s !== 0) o.setNZ(result);
  writeResult(o, f.d, result);
}

function add(o: Ops, f: Instruction, b: I32): void {
  writeResult(o, f.d, f.s !== 0 ? o.addNZCV(o.reg(f.n), b) : o.add(o.reg(f.n), b));
}

function sub(o: Ops, f: Instruction, b: I32): void {
  writeResult(o, f.d, f.s !== 0 ? o.subNZCV(o.reg(f.n), b) : o.sub(o.reg(f.n), b));
}

function rsb(o: Ops, f: Instruction, b: I32): void {
  writeResult(o, f.d, f.s !== 0 ? o.subNZCV(b, o.reg(f.n)) : o.sub(b, o.reg(f.n)));
}

/** AddWithCarry(a, b, APSR.C). */
function addWithCarry(o: Ops, f: Instruction, a: I32, b: I32): void {
  writeResult(o, f.d, f.s !== 0 ? o.adcNZCV(a, b) : o.add(o.add(a, b), o.carry()));
}

function adc(o: Ops, f: Instruction, b: I32): void {
  addWithCarry(o, f, o.reg(f.n), b);
}

function sbc(o: Ops, f: Instruction, b: I32): void {
  addWithCarry(o, f, o.reg(f.n), o.not(b));
}

function rsc(o: Ops, f: Instruction, b: I32): void {
  addWithCarry(o, f, b, o.not(o.reg(f.n)));
}

// Second operands of the logical operations, with carry-out.

function logicalImmediate(o: Ops, f: Instruction): I32 {
  if (f.s !== 0) setCarryOfImmediate(o, f);
  return o.imm(f.i);
}

function logicalRegister(o: Ops, f: Instruction): I32 {
  const value = shiftedRegister(o, f);
  if (f.s !== 0) setCarryOfShiftedRegister(o, f);
  return value;
}

function logicalShiftedRegister(o: Ops, f: Instruction): I32 {
  const value = registerShiftedRegister(o, f);
  if (f.s !== 0) setCarryOfRegisterShiftedRegister(o, f);
  return value;
}

function define(name: string, section: string, encodings: readonly Encoding[], exec: Semantics): Definition {
  return { name, section, class: 'data-processing', encodings, exec };
}

const logical: readonly Definition[] = [
  define('AND (immediate)', 'A8.8.13', [a32Immediate('0000'), t32Immediate('T1', '0000')], (o, f) =>
    and(o, f, logicalImmediate(o, f)),
  ),
  define(
    'AND (register)',
    'A8.8.14',
    [a32Register('0000'), t16TwoRegisters('0000'), t32Register('T2', '0000')],
    (o, f) => and(o, f, logicalRegister(o, f)),
  ),
  define('AND (register-shifted register)', 'A8.8.15', [a32ShiftedRegister('0000')], (o, f) =>
    and(o, f, logicalShiftedRegister(o, f)),
  ),
  define('EOR (immediate)', 'A8.8.46', [a32Immediate('0001'), t32Immediate('T1', '0100')], (o, f) =>
    eor(o, f, logicalImmediate(o, f)),
  ),
  define(
    'EOR (register)',
    'A8.8.47',
    [a32Register('0001'), t16TwoRegisters('0001'), t32Register('T2', '0100')],
    (o, f) => eor(o, f, logicalRegister(o, f)),
  ),
  define('EOR (register-shifted register)', 'A8.8.48', [a32ShiftedRegister('0001')], (o, f) =>
    eor(o, f, logicalShiftedRegister(o, f)),
  ),
  define('ORR (immediate)', 'A8.8.122', [a32Immediate('1100'), t32Immediate('T1', '0010')], (o, f) =>
    orr(o, f, logicalImmediate(o, f)),
  ),
  define(
    'ORR (register)',
    'A8.8.123',
    [a32Register('1100'), t16TwoRegisters('1100'), t32Register('T2', '0010')],
    (o, f) => orr(o, f, logicalRegister(o, f)),
  ),
  define('ORR (register-shifted register)', 'A8.8.124', [a32ShiftedRegister('1100')], (o, f) =>
    orr(o, f, logicalShiftedRegister(o, f)),
  ),
  define('BIC (immediate)', 'A8.8.21', [a32Immediate('1110'), t32Immediate('T1', '0001')], (o, f) =>
    bic(o, f, logicalImmediate(o, f)),
  ),
  define(
    'BIC (register)',
    'A8.8.22',
    [a32Register('1110'), t16TwoRegisters('1110'), t32Register('T2', '0001')],
    (o, f) => bic(o, f, logicalRegister(o, f)),
  ),
  define('BIC (register-shifted register)', 'A8.8.23', [a32ShiftedRegister('1110')], (o, f) =>
    bic(o, f, logicalShiftedRegister(o, f)),
  ),
  define('ORN (immediate)', 'A8.8.120', [t32Immediate('T1', '0011')], (o, f) =>
    orn(o, f, logicalImmediate(o, f)),
  ),
  define('ORN (register)', 'A8.8.121', [t32Register('T1', '0011')], (o, f) =>
    orn(o, f, logicalRegister(o, f)),
  ),
  define(
    'MVN (immediate)',
    'A8.8.115',
    [a32Immediate('1111', MOVE_A32), t32Immediate('T1', '0011', MOVE_T32)],
    (o, f) => mvn(o, f, logicalImmediate(o, f)),
  ),
  define(
    'MVN (register)',
    'A8.8.116',
    [a32Register('1111', MOVE_A32), t16TwoRegisters('1111'), t32Register('T2', '0011', MOVE_T32)],
    (o, f) => mvn(o, f, logicalRegister(o, f)),
  ),
  define('MVN (register-shifted register)', 'A8.8.117', [a32ShiftedRegister('1111', MOVE_A32)], (o, f) =>
    mvn(o, f, logicalShiftedRegister(o, f)),
  ),
];

/** TST, TEQ: their `s` is not a field but always 1. */
function testNZ(o: Ops, result: I32): void {
  o.setNZ(result);
}

function testImmediate(o: Ops, f: Instruction): I32 {
  setCarryOfImmediate(o, f);
  return o.imm(f.i);
}

function testRegister(o: Ops, f: Instruction): I32 {
  const value = shiftedRegister(o, f);
  setCarryOfShiftedRegister(o, f);
  return value;
}

function testShiftedRegister(o: Ops, f: Instruction): I32 {
  const value = registerShiftedRegister(o, f);
  setCarryOfRegisterShiftedRegister(o, f);
  return value;
}

function t16Compare(name: string, opcode: string): Encoding {
  return { set: 'T16', name, pattern: `010000 ${opcode} mmm nnn` };
}

const comparisons: readonly Definition[] = [
  define(
    'TST (immediate)',
    'A8.8.240',
    [a32Immediate('1000', COMPARE_A32), t32Immediate('T1', '0000', COMPARE_T32)],
    (o, f) => testNZ(o, o.and(o.reg(f.n), testImmediate(o, f))),
  ),
  define(
    'TST (register)',
    'A8.8.241',
    [a32Register('1000', COMPARE_A32), t16Compare('T1', '1000'), t32Register('T2', '0000', COMPARE_T32)],
    (o, f) => testNZ(o, o.and(o.reg(f.n), testRegister(o, f))),
  ),
  define('TST (register-shifted register)', 'A8.8.242', [a32ShiftedRegister('1000', COMPARE_A32)], (o, f) =>
    testNZ(o, o.and(o.reg(f.n), testShiftedRegister(o, f))),
  ),
  define(
    'TEQ (immediate)',
    'A8.8.237',
    [a32Immediate('1001', COMPARE_A32), t32Immediate('T1', '0100', COMPARE_T32)],
    (o, f) => testNZ(o, o.xor(o.reg(f.n), testImmediate(o, f))),
  ),
  define(
    'TEQ (register)',
    'A8.8.238',
    [a32Register('1001', COMPARE_A32), t32Register('T1', '0100', COMPARE_T32)],
    (o, f) => testNZ(o, o.xor(o.reg(f.n), testRegister(o, f))),
  ),
  define('TEQ (register-shifted register)', 'A8.8.239', [a32ShiftedRegister('1001', COMPARE_A32)], (o, f) =>
    testNZ(o, o.xor(o.reg(f.n), testShiftedRegister(o, f))),
  ),
  define(
    'CMP (immediate)',
    'A8.8.37',
    [
      a32Immediate('1010', COMPARE_A32),
      { set: 'T16', name: 'T1', pattern: '00101 nnn iiiiiiii' },
      t32Immediate('T2', '1101', COMPARE_T32),
    ],
    (o, f) => {
      o.subNZCV(o.reg(f.n), o.imm(f.i));
    },
  ),
  define(
    'CMP (register)',
    'A8.8.38',
    [
      a32Register('1010', COMPARE_A32),
      t16Compare('T1', '1010'),
      { set: 'T16', name: 'T2', pattern: '01000101 n mmmm nnn' },
      t32Register('T3', '1101', COMPARE_T32),
    ],
    (o, f) => {
      o.subNZCV(o.reg(f.n), shiftedRegister(o, f));
    },
  ),
  define('CMP (register-shifted register)', 'A8.8.39', [a32ShiftedRegister('1010', COMPARE_A32)], (o, f) => {
    o.subNZCV(o.reg(f.n), registerShiftedRegister(o, f));
  }),
  define(
    'CMN (immediate)',
    'A8.8.34',
    [a32Immediate('1011', COMPARE_A32), t32Immediate('T1', '1000', COMPARE_T32)],
    (o, f) => {
      o.addNZCV(o.reg(f.n), o.imm(f.i));
    },
  ),
  define(
    'CMN (register)',
    'A8.8.35',
    [a32Register('1011', COMPARE_A32), t16Compare('T1', '1011'), t32Register('T2', '1000', COMPARE_T32)],
    (o, f) => {
      o.addNZCV(o.reg(f.n), shiftedRegister(o, f));
    },
  ),
  define('CMN (register-shifted register)', 'A8.8.36', [a32ShiftedRegister('1011', COMPARE_A32)], (o, f) => {
    o.addNZCV(o.reg(f.n), registerShiftedRegister(o, f));
  }),
];

/** A plain 12-bit immediate: ADDW, SUBW. */
function t32PlainImmediate(name: string, opcode: string): Encoding {
  return { set: 'T32', name, pattern: `11110 i 1 ${opcode} 0 nnnn 0 iii dddd iiiiiiii` };
}

/** A word offset in an 8- or 7-bit field, added to SP. */
function onSP(d?: number): Encoding['decode'] {
  return (f) => {
    f.i <<= 2;
    f.n = 13;
    if (d !== undefined) f.d = d;
  };
}

const arithmetic: readonly Definition[] = [
  define(
    'ADD (immediate)',
    'A8.8.5',
    [
      a32Immediate('0100'),
      { set: 'T16', name: 'T1', pattern: '0001110 iii nnn ddd', decode: setFlagsOutsideIT },
      {
        set: 'T16',
        name: 'T2',
        pattern: '00110 ddd iiiiiiii',
        decode: (f, context) => {
          f.n = f.d;
          return setFlagsOutsideIT(f, context);
        },
      },
      t32Immediate('T3', '1000'),
      t32PlainImmediate('T4', '0000'),
      // ADD (SP plus immediate), A8.8.9
      { set: 'T16', name: 'SP T1', pattern: '10101 ddd iiiiiiii', decode: onSP() },
      { set: 'T16', name: 'SP T2', pattern: '101100000 iiiiiii', decode: onSP(13) },
    ],
    (o, f) => add(o, f, o.imm(f.i)),
  ),
  define(
    'ADD (register)',
    'A8.8.7',
    [
      a32Register('0100'),
      { set: 'T16', name: 'T1', pattern: '0001100 mmm nnn ddd', decode: setFlagsOutsideIT },
      {
        set: 'T16',
        name: 'T2',
        pattern: '01000100 d mmmm ddd',
        decode: (f) => {
          f.n = f.d;
        },
      },
      t32Register('T3', '1000'),
    ],
    (o, f) => add(o, f, shiftedRegister(o, f)),
  ),
  define('ADD (register-shifted register)', 'A8.8.8', [a32ShiftedRegister('0100')], (o, f) =>
    add(o, f, registerShiftedRegister(o, f)),
  ),
  define(
    'SUB (immediate)',
    'A8.8.222',
    [
      a32Immediate('0010'),
      { set: 'T16', name: 'T1', pattern: '0001111 iii nnn ddd', decode: setFlagsOutsideIT },
      {
        set: 'T16',
        name: 'T2',
        pattern: '00111 ddd iiiiiiii',
        decode: (f, context) => {
          f.n = f.d;
          return setFlagsOutsideIT(f, context);
        },
      },
      t32Immediate('T3', '1101'),
      t32PlainImmediate('T4', '0101'),
      // SUB (SP minus immediate), A8.8.225
      { set: 'T16', name: 'SP T1', pattern: '101100001 iiiiiii', decode: onSP(13) },
    ],
    (o, f) => sub(o, f, o.imm(f.i)),
  ),
  define(
    'SUB (register)',
    'A8.8.223',
    [
      a32Register('0010'),
      { set: 'T16', name: 'T1', pattern: '0001101 mmm nnn ddd', decode: setFlagsOutsideIT },
      t32Register('T2', '1101'),
    ],
    (o, f) => sub(o, f, shiftedRegister(o, f)),
  ),
  define('SUB (register-shifted register)', 'A8.8.224', [a32ShiftedRegister('0010')], (o, f) =>
    sub(o, f, registerShiftedRegister(o, f)),
  ),
  define(
    'RSB (immediate)',
    'A8.8.152',
    [
      a32Immediate('0011'),
      { set: 'T16', name: 'T1', pattern: '010000 1001 nnn ddd', decode: setFlagsOutsideIT },
      t32Immediate('T2', '1110'),
    ],
    (o, f) => rsb(o, f, o.imm(f.i)),
  ),
  define('RSB (register)', 'A8.8.153', [a32Register('0011'), t32Register('T1', '1110')], (o, f) =>
    rsb(o, f, shiftedRegister(o, f)),
  ),
  define('RSB (register-shifted register)', 'A8.8.154', [a32ShiftedRegister('0011')], (o, f) =>
    rsb(o, f, registerShiftedRegister(o, f)),
  ),
  define('ADC (immediate)', 'A8.8.1', [a32Immediate('0101'), t32Immediate('T1', '1010')], (o, f) =>
    adc(o, f, o.imm(f.i)),
  ),
  define(
    'ADC (register)',
    'A8.8.2',
    [a32Register('0101'), t16TwoRegisters('0101'), t32Register('T2', '1010')],
    (o, f) => adc(o, f, shiftedRegister(o, f)),
  ),
  define('ADC (register-shifted register)', 'A8.8.3', [a32ShiftedRegister('0101')], (o, f) =>
    adc(o, f, registerShiftedRegister(o, f)),
  ),
  define('SBC (immediate)', 'A8.8.161', [a32Immediate('0110'), t32Immediate('T1', '1011')], (o, f) =>
    sbc(o, f, o.imm(f.i)),
  ),
  define(
    'SBC (register)',
    'A8.8.162',
    [a32Register('0110'), t16TwoRegisters('0110'), t32Register('T2', '1011')],
    (o, f) => sbc(o, f, shiftedRegister(o, f)),
  ),
  define('SBC (register-shifted register)', 'A8.8.163', [a32ShiftedRegister('0110')], (o, f) =>
    sbc(o, f, registerShiftedRegister(o, f)),
  ),
  define('RSC (immediate)', 'A8.8.155', [a32Immediate('0111')], (o, f) => rsc(o, f, o.imm(f.i))),
  define('RSC (register)', 'A8.8.156', [a32Register('0111')], (o, f) => rsc(o, f, shiftedRegister(o, f))),
  define('RSC (register-shifted register)', 'A8.8.157', [a32ShiftedRegister('0111')], (o, f) =>
    rsc(o, f, registerShiftedRegister(o, f)),
  ),
];

/** A move of a shifted register. @param shift bits of the amount and type; `k` and `h` where they are fields */
function a32Move(amount: string, type: string, { s = 's', d = 'dddd' }: Shape = {}): Encoding {
  return { set: 'A32', name: 'A1', pattern: `cccc 000 1101 ${s} 0000 ${d} ${amount} ${type} 0 mmmm` };
}

/** @param amount imm3 and imm2, five characters */
function t32Move(name: string, amount: string, type: string, { s = 's', d = 'dddd' }: Shape = {}): Encoding {
  const imm3 = amount.slice(0, 3);
  const imm2 = amount.slice(3);
  return { set: 'T32', name, pattern: `11101 01 0010 ${s} 1111 0 ${imm3} ${d} ${imm2} ${type} mmmm` };
}

function shift(type: number): Encoding['decode'] {
  return (f) => {
    f.h = type;
    return decodeImmShift(f);
  };
}

/** LSL, LSR, ASR, ROR (immediate). @param type bits of the shift type */
function shiftImmediate(name: string, section: string, type: string, t16: boolean): Definition {
  const value = Number.parseInt(type, 2);
  const decode = shift(value);
  const encodings: Encoding[] = [{ ...a32Move('kkkkk', type), decode }];
  if (t16) {
    encodings.push({
      set: 'T16',
      name: 'T1',
      pattern: `000 ${type} kkkkk mmm ddd`,
      decode: (f, context) => {
        setFlagsOutsideIT(f, context);
        return decode?.(f, context);
      },
    });
  }
  encodings.push({ ...t32Move(t16 ? 'T2' : 'T1', 'kkkkk', type), decode });
  return define(name, section, encodings, (o, f) => mov(o, f, logicalRegister(o, f)));
}

/** LSL, LSR, ASR, ROR (register). @param t16 bits 9:6 of the 16-bit encoding */
function shiftRegister(name: string, section: string, type: string, t16: string): Definition {
  const value = Number.parseInt(type, 2);
  const setType = (f: Instruction): undefined => {
    f.h = value;
  };
  return define(
    name,
    section,
    [
      { set: 'A32', name: 'A1', pattern: `cccc 000 1101 s 0000 dddd aaaa 0 ${type} 1 mmmm`, decode: setType },
      {
        set: 'T16',
        name: 'T1',
        pattern: `010000 ${t16} aaa ddd`,
        decode: (f, context) => {
          setType(f);
          f.m = f.d;
          return setFlagsOutsideIT(f, context);
        },
      },
      { set: 'T32', name: 'T2', pattern: `11111010 0 ${type} s mmmm 1111 dddd 0000 aaaa`, decode: setType },
    ],
    (o, f) => mov(o, f, logicalShiftedRegister(o, f)),
  );
}

const moves: readonly Definition[] = [
  define(
    'MOV (immediate)',
    'A8.8.102',
    [
      a32Immediate('1101', MOVE_A32),
      { set: 'T16', name: 'T1', pattern: '00100 ddd iiiiiiii', decode: setFlagsOutsideIT },
      t32Immediate('T2', '0010', MOVE_T32),
    ],
    (o, f) => mov(o, f, logicalImmediate(o, f)),
  ),
  // MOVW, and MOVT below, with d of 15 (UNPREDICTABLE): QEMU branches without a change of instruction set.
  define(
    'MOVW',
    'A8.8.102',
    [
      { set: 'A32', name: 'A2', pattern: 'cccc 00110000 iiii dddd iiiiiiiiiiii' },
      { set: 'T32', name: 'T3', pattern: '11110 e 100100 xxxx 0 iii dddd iiiiiiii', decode: t32Immediate16 },
    ],
    (o, f) => writeRegister(o, f.d, o.imm(f.i)),
  ),
  define(
    'MOVT',
    'A8.8.106',
    [
      { set: 'A32', name: 'A1', pattern: 'cccc 00110100 iiii dddd iiiiiiiiiiii' },
      { set: 'T32', name: 'T1', pattern: '11110 e 101100 xxxx 0 iii dddd iiiiiiii', decode: t32Immediate16 },
    ],
    (o, f) => writeRegister(o, f.d, o.or(o.and(o.reg(f.d), o.imm(0xffff)), o.imm(f.i << 16))),
  ),
  define(
    'MOV (register)',
    'A8.8.104',
    [
      a32Move('00000', '00'),
      { set: 'T16', name: 'T1', pattern: '01000110 d mmmm ddd' },
      t32Move('T3', '00000', '00'),
    ],
    (o, f) => mov(o, f, o.reg(f.m)),
  ),
  shiftImmediate('LSL (immediate)', 'A8.8.94', '00', true),
  shiftImmediate('LSR (immediate)', 'A8.8.96', '01', true),
  shiftImmediate('ASR (immediate)', 'A8.8.16', '10', true),
  shiftImmediate('ROR (immediate)', 'A8.8.149', '11', false),
  define(
    'RRX',
    'A8.8.151',
    [
      { ...a32Move('00000', '11'), decode: shift(3) },
      { ...t32Move('T1', '00000', '11'), decode: shift(3) },
    ],
    (o, f) => mov(o, f, logicalRegister(o, f)),
  ),
  shiftRegister('LSL (register)', 'A8.8.95', '00', '0010'),
  shiftRegister('LSR (register)', 'A8.8.97', '01', '0011'),
  shiftRegister('ASR (register)', 'A8.8.17', '10', '0100'),
  shiftRegister('ROR (register)', 'A8.8.150', '11', '0111'),
];

/** imm4:i:imm3:imm8 of MOVW and MOVT: `x` is imm4, `e` is i. */
function t32Immediate16(f: Instruction): undefined {
  f.i |= (f.x << 12) | (f.e << 11);
}

function negateImmediate(f: Instruction): undefined {
  f.i = -f.i;
}

const adr: Definition = define(
  'ADR',
  'A8.8.12',
  [
    { ...a32Immediate('0100', { s: '0', n: '1111' }), name: 'A1' },
    {
      ...a32Immediate('0010', { s: '0', n: '1111' }),
      name: 'A2',
      decode: (f) => {
        armExpandImm(f);
        negateImmediate(f);
      },
    },
    {
      set: 'T16',
      name: 'T1',
      pattern: '10100 ddd iiiiiiii',
      decode: (f) => {
        f.i <<= 2;
      },
    },
    { set: 'T32', name: 'T2', pattern: '11110 i 1 0101 0 1111 0 iii dddd iiiiiiii', decode: negateImmediate },
    { set: 'T32', name: 'T3', pattern: '11110 i 1 0000 0 1111 0 iii dddd iiiiiiii' },
  ],
  (o, f) => {
    const result = o.pcRelative(f.i);
    // d of 15 is UNPREDICTABLE in Thumb: QEMU takes bit 0 as the instruction set there too.
    if (f.d === 15) o.bxWritePC(result);
    else o.setReg(f.d, result);
  },
);

// SUBS PC, LR and related instructions (B9.3.20): S of 1 and Rd of 15 return from an exception.

/** The A32 operations that have a destination, by opcode. */
const Operation = {
  AND: 0,
  EOR: 1,
  SUB: 2,
  RSB: 3,
  ADD: 4,
  ADC: 5,
  SBC: 6,
  RSC: 7,
  ORR: 12,
  MOV: 13,
  BIC: 14,
  MVN: 15,
} as const;

const OPERATION_NAMES = Object.keys(Operation) as (keyof typeof Operation)[];

function operationResult(o: Ops, operation: number, a: I32, b: I32): I32 {
  switch (operation) {
    case Operation.AND:
      return o.and(a, b);
    case Operation.EOR:
      return o.xor(a, b);
    case Operation.SUB:
      return o.sub(a, b);
    case Operation.RSB:
      return o.sub(b, a);
    case Operation.ADD:
      return o.add(a, b);
    case Operation.ADC:
      return o.add(o.add(a, b), o.carry());
    case Operation.SBC:
      return o.add(o.add(a, o.not(b)), o.carry());
    case Operation.RSC:
      return o.add(o.add(b, o.not(a)), o.carry());
    case Operation.ORR:
      return o.or(a, b);
    case Operation.MOV:
      return b;
    case Operation.BIC:
      return o.and(a, o.not(b));
    default:
      return o.not(b);
  }
}

const RETURN: Shape = { s: '1', d: '1111' };

/** The encodings of one operation with S of 1 and Rd of 15: immediate first, then register. */
function returnEncodings(name: keyof typeof Operation): { immediate: Encoding[]; register: Encoding[] } {
  const opcode = Operation[name].toString(2).padStart(4, '0');
  if (name !== 'MOV') {
    const shape = name === 'MVN' ? { ...RETURN, n: '0000' } : RETURN;
    return { immediate: [a32Immediate(opcode, shape)], register: [a32Register(opcode, shape)] };
  }
  return {
    immediate: [
      a32Immediate(opcode, { ...RETURN, n: '0000' }),
      t32Immediate('T2', '0010', { ...RETURN, n: '1111' }),
    ],
    register: [
      a32Move('00000', '00', RETURN),
      { ...a32Move('kkkkk', '00', RETURN), decode: shift(0) },
      { ...a32Move('kkkkk', '01', RETURN), decode: shift(1) },
      { ...a32Move('kkkkk', '10', RETURN), decode: shift(2) },
      { ...a32Move('kkkkk', '11', RETURN), decode: shift(3) },
      { ...a32Move('00000', '11', RETURN), decode: shift(3) },
      t32Move('T3', '00000', '00', RETURN),
      { ...t32Move('T3', 'kkkkk', '00', RETURN), decode: shift(0) },
      { ...t32Move('T3', 'kkkkk', '01', RETURN), decode: shift(1) },
      { ...t32Move('T3', 'kkkkk', '10', RETURN), decode: shift(2) },
      { ...t32Move('T3', 'kkkkk', '11', RETURN), decode: shift(3) },
      { ...t32Move('T3', '00000', '11', RETURN), decode: shift(3) },
    ],
  };
}

/**
 * In User mode these are UNPREDICTABLE. QEMU makes SUBS and MOVS UNDEFINED there (`exceptionReturnSPSR` does),
 * and lets the others set the flags and branch.
 */
function exceptionReturn(
  operation: number,
  plain: Semantics,
  operand: (o: Ops, f: Instruction) => I32,
): Semantics {
  return (o, f) => {
    if (o.privileged || operation === Operation.SUB || operation === Operation.MOV) {
      o.sys.exceptionReturnSPSR(operationResult(o, operation, o.reg(f.n), operand(o, f)));
    } else {
      plain(o, f);
    }
  };
}

function returns(
  form: string,
  encodings: (name: keyof typeof Operation) => readonly Encoding[],
  operand: (o: Ops, f: Instruction) => I32,
): readonly Definition[] {
  return OPERATION_NAMES.map((name) => {
    const plain = [...logical, ...arithmetic, ...moves].find(
      (definition) => definition.name === `${name} (${form})`,
    );
    return {
      name: `${name}S PC (${form})`,
      section: 'B9.3.20',
      class: 'data-processing',
      interpretOnly: true,
      encodings: encodings(name).map((encoding) => ({
        ...encoding,
        decode: (f, context) => {
          f.s = 1;
          f.d = 15;
          return encoding.decode?.(f, context);
        },
      })),
      exec: exceptionReturn(Operation[name], plain!.exec, operand),
    };
  });
}

const exceptionReturns: readonly Definition[] = [
  ...returns(
    'immediate',
    (name) => returnEncodings(name).immediate,
    (o, f) => o.imm(f.i),
  ),
  ...returns('register', (name) => returnEncodings(name).register, shiftedRegister),
  {
    name: 'SUBS PC, LR',
    section: 'B9.3.19',
    class: 'data-processing',
    interpretOnly: true,
    encodings: [{ set: 'T32', name: 'T1', pattern: '11110 0 1 1110 1 1110 10 0 0 1111 iiiiiiii' }],
    exec: (o, f) => o.sys.exceptionReturnSPSR(o.sub(o.reg(14), o.imm(f.i))),
  },
  // A register-specified shift with Rd of 15 is UNPREDICTABLE; QEMU returns from the exception here as well.
  {
    name: 'SUBS, MOVS PC (register-shifted register)',
    section: 'A8.8.224',
    class: 'data-processing',
    interpretOnly: true,
    encodings: [
      a32ShiftedRegister('0010', RETURN),
      ...['00', '01', '10', '11'].flatMap((type): Encoding[] => [
        {
          set: 'A32',
          name: 'A1',
          pattern: `cccc 000 1101 1 0000 1111 aaaa 0 ${type} 1 mmmm`,
          decode: (f) => {
            f.h = Number.parseInt(type, 2);
            f.e = 1;
          },
        },
        {
          set: 'T32',
          name: 'T2',
          pattern: `11111010 0 ${type} 1 mmmm 1111 1111 0000 aaaa`,
          decode: (f) => {
            f.h = Number.parseInt(type, 2);
            f.e = 1;
          },
        },
      ]),
    ],
    exec: (o, f) => {
      const operand = registerShiftedRegister(o, f);
      o.sys.exceptionReturnSPSR(f.e !== 0 ? operand : o.sub(o.reg(f.n), operand));
    },
  },
];

export const dataProcessing: readonly Definition[] = [
  ...moves,
  ...arithmetic,
  ...logical,
  ...comparisons,
  adr,
  ...exceptionReturns,
];
