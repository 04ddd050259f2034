/** Addition, subtraction, comparison (ARM DDI 0406C A4.4.1) and ADR. */
import type { Definition, Encoding, Instruction } from '../instruction.js';
import type { I32, Ops } from '../ops.js';
import {
  a32Immediate,
  a32Register,
  a32ShiftedRegister,
  COMPARE_A32,
  COMPARE_T32,
  define,
  t16Compare,
  t16TwoRegisters,
  t32Immediate,
  t32Register,
} from './data-processing-encodings.js';
import {
  armExpandImm,
  registerShiftedRegister,
  setFlagsOutsideIT,
  shiftedRegister,
  writeResult,
} from './operand.js';

// `b` is the second operand.

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

const operations: readonly Definition[] = [
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

const comparisons: readonly Definition[] = [
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

export const arithmetic: readonly Definition[] = [...operations, ...comparisons, adr];
