/** Moves and shifts (ARM DDI 0406C A4.4.1, A4.4.2). */
import type { Definition, Encoding, Instruction } from '../instruction.js';
import type { I32, Ops } from '../ops.js';
import {
  a32Immediate,
  a32Move,
  define,
  MOVE_A32,
  MOVE_T32,
  shift,
  t32Immediate,
  t32Move,
} from './data-processing-encodings.js';
import {
  logicalImmediate,
  logicalRegister,
  logicalShiftedRegister,
  setFlagsOutsideIT,
  writeRegister,
  writeResult,
} from './operand.js';

function mov(o: Ops, f: Instruction, b: I32): void {
  if (f.s !== 0) o.setNZ(b);
  writeResult(o, f.d, b);
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

export const moves: readonly Definition[] = [
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
