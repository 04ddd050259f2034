/** Logical operations and tests (ARM DDI 0406C A4.4.1). */
import type { Definition, Instruction } from '../instruction.js';
import type { I32, Ops } from '../ops.js';
import {
  a32Immediate,
  a32Register,
  a32ShiftedRegister,
  COMPARE_A32,
  COMPARE_T32,
  define,
  MOVE_A32,
  MOVE_T32,
  t16Compare,
  t16TwoRegisters,
  t32Immediate,
  t32Register,
} from './data-processing-encodings.js';
import {
  logicalImmediate,
  logicalRegister,
  logicalShiftedRegister,
  registerShiftedRegister,
  setCarryOfImmediate,
  setCarryOfRegisterShiftedRegister,
  setCarryOfShiftedRegister,
  shiftedRegister,
  writeResult,
} from './operand.js';

// `b` is the second operand. Carry-out of its shift is set before these run.

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

function mvn(o: Ops, f: Instruction, b: I32): void {
  const result = o.not(b);
  if (f.s !== 0) o.setNZ(result);
  writeResult(o, f.d, result);
}

const operations: readonly Definition[] = [
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

// Second operands of TST and TEQ, whose S is not a field but always 1.

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

const tests: readonly Definition[] = [
  define(
    'TST (immediate)',
    'A8.8.240',
    [a32Immediate('1000', COMPARE_A32), t32Immediate('T1', '0000', COMPARE_T32)],
    (o, f) => o.setNZ(o.and(o.reg(f.n), testImmediate(o, f))),
  ),
  define(
    'TST (register)',
    'A8.8.241',
    [a32Register('1000', COMPARE_A32), t16Compare('T1', '1000'), t32Register('T2', '0000', COMPARE_T32)],
    (o, f) => o.setNZ(o.and(o.reg(f.n), testRegister(o, f))),
  ),
  define('TST (register-shifted register)', 'A8.8.242', [a32ShiftedRegister('1000', COMPARE_A32)], (o, f) =>
    o.setNZ(o.and(o.reg(f.n), testShiftedRegister(o, f))),
  ),
  define(
    'TEQ (immediate)',
    'A8.8.237',
    [a32Immediate('1001', COMPARE_A32), t32Immediate('T1', '0100', COMPARE_T32)],
    (o, f) => o.setNZ(o.xor(o.reg(f.n), testImmediate(o, f))),
  ),
  define(
    'TEQ (register)',
    'A8.8.238',
    [a32Register('1001', COMPARE_A32), t32Register('T1', '0100', COMPARE_T32)],
    (o, f) => o.setNZ(o.xor(o.reg(f.n), testRegister(o, f))),
  ),
  define('TEQ (register-shifted register)', 'A8.8.239', [a32ShiftedRegister('1001', COMPARE_A32)], (o, f) =>
    o.setNZ(o.xor(o.reg(f.n), testShiftedRegister(o, f))),
  ),
];

export const logical: readonly Definition[] = [...operations, ...tests];
