/** Shifts by a register and by an immediate, and narrowing and widening moves (ARM DDI 0406C A7.4.1, A7.4.4). */
import type { Definition, Instruction } from '../instruction.js';
import type { Q128 } from '../ops.js';
import { LONG, NARROW, SAME, shifted, sized } from './encoding.js';
import { fromDM, fromM, fromNM, type Simd } from './semantics.js';

const UP_TO_64 = [8, 16, 32, 64];

const byRegister = (opcode: string, bit4: 0 | 1) =>
  sized(`1111001u0dee nnnn dddd ${opcode} yqm${bit4} mmmm`, UP_TO_64, SAME);
const right = (u: 1 | 'u', opcode: string) =>
  shifted(`1111001${u}1d I dddd ${opcode} Lqm1 mmmm`, UP_TO_64, true, SAME);
const left = (u: 0 | 1 | 'u', opcode: string) =>
  shifted(`1111001${u}1d I dddd ${opcode} Lqm1 mmmm`, UP_TO_64, false, SAME);
const rightNarrow = (u: 0 | 1 | 'u', opcode: string, bits: string) =>
  shifted(`1111001${u}1d I dddd ${opcode} ${bits}m1 mmmm`, [8, 16, 32], true, NARROW);
/** Two registers, miscellaneous: bits 10:6. */
const narrow = (b: string) =>
  sized(`111100111d11 ee10 dddd 0${b.slice(0, 3)} ${b.slice(3)}m0 mmmm`, [8, 16, 32], NARROW);

export const shift: readonly Definition[] = [
  {
    name: 'VSHL (register)',
    section: 'A8.8.396',
    class: 'simd',
    encodings: byRegister('0100', 0),
    exec: fromNM((v, n, m, f) => v.shift(m, n, f.e, f.u === 0, false, f.q)),
  },
  {
    name: 'VRSHL',
    section: 'A8.8.388',
    class: 'simd',
    encodings: byRegister('0101', 0),
    exec: fromNM((v, n, m, f) => v.shift(m, n, f.e, f.u === 0, true, f.q)),
  },
  {
    name: 'VQSHL (register)',
    section: 'A8.8.379',
    class: 'simd',
    encodings: byRegister('0100', 1),
    exec: fromNM((v, n, m, f) => v.shiftSat(m, n, f.e, f.u === 0, false, f.q)),
  },
  {
    name: 'VQRSHL',
    section: 'A8.8.377',
    class: 'simd',
    encodings: byRegister('0101', 1),
    exec: fromNM((v, n, m, f) => v.shiftSat(m, n, f.e, f.u === 0, true, f.q)),
  },

  {
    name: 'VSHR',
    section: 'A8.8.398',
    class: 'simd',
    encodings: right('u', '0000'),
    exec: fromM((v, m, f) => shiftRight(v, m, f, false)),
  },
  {
    name: 'VSRA',
    section: 'A8.8.402',
    class: 'simd',
    encodings: right('u', '0001'),
    exec: fromDM((v, d, m, f) => v.add(d, shiftRight(v, m, f, false), f.e, f.q)),
  },
  {
    name: 'VRSHR',
    section: 'A8.8.389',
    class: 'simd',
    encodings: right('u', '0010'),
    exec: fromM((v, m, f) => shiftRight(v, m, f, true)),
  },
  {
    name: 'VRSRA',
    section: 'A8.8.393',
    class: 'simd',
    encodings: right('u', '0011'),
    exec: fromDM((v, d, m, f) => v.add(d, shiftRight(v, m, f, true), f.e, f.q)),
  },
  {
    name: 'VSRI',
    section: 'A8.8.403',
    class: 'simd',
    encodings: right(1, '0100'),
    exec: fromDM((v, d, m, f) =>
      v.bitSelect(lowOnes(v, f.e - f.i, f.e, f.q), v.shiftRight(m, f.i, f.e, false, false, f.q), d, f.q),
    ),
  },
  {
    name: 'VSHL (immediate)',
    section: 'A8.8.395',
    class: 'simd',
    encodings: left(0, '0101'),
    exec: fromM((v, m, f) => v.shiftLeft(m, f.i, f.e, f.q)),
  },
  {
    name: 'VSLI',
    section: 'A8.8.400',
    class: 'simd',
    encodings: left(1, '0101'),
    exec: fromDM((v, d, m, f) =>
      v.bitSelect(lowOnes(v, f.i, f.e, f.q), d, v.shiftLeft(m, f.i, f.e, f.q), f.q),
    ),
  },
  {
    name: 'VQSHL (immediate)',
    section: 'A8.8.380',
    class: 'simd',
    encodings: left('u', '0111'),
    exec: fromM((v, m, f) => v.shiftLeftSat(m, f.i, f.e, f.u === 0, f.u === 0, f.q)),
  },
  {
    name: 'VQSHLU',
    section: 'A8.8.380',
    class: 'simd',
    encodings: left(1, '0110'),
    exec: fromM((v, m, f) => v.shiftLeftSat(m, f.i, f.e, true, false, f.q)),
  },

  {
    name: 'VSHRN',
    section: 'A8.8.399',
    class: 'simd',
    encodings: rightNarrow(0, '1000', '00'),
    exec: fromM((v, m, f) => v.narrow(v.shiftRight(m, f.i, 2 * f.e, false, false, 16), f.e)),
  },
  {
    name: 'VRSHRN',
    section: 'A8.8.390',
    class: 'simd',
    encodings: rightNarrow(0, '1000', '01'),
    exec: fromM((v, m, f) => v.narrow(v.shiftRight(m, f.i, 2 * f.e, false, true, 16), f.e)),
  },
  {
    name: 'VQSHRN',
    section: 'A8.8.381',
    class: 'simd',
    encodings: rightNarrow('u', '1001', '00'),
    exec: fromM((v, m, f) => shiftRightNarrowSat(v, m, f, f.u === 0, f.u === 0, false)),
  },
  {
    name: 'VQRSHRN',
    section: 'A8.8.378',
    class: 'simd',
    encodings: rightNarrow('u', '1001', '01'),
    exec: fromM((v, m, f) => shiftRightNarrowSat(v, m, f, f.u === 0, f.u === 0, true)),
  },
  {
    name: 'VQSHRUN',
    section: 'A8.8.381',
    class: 'simd',
    encodings: rightNarrow(1, '1000', '00'),
    exec: fromM((v, m, f) => shiftRightNarrowSat(v, m, f, true, false, false)),
  },
  {
    name: 'VQRSHRUN',
    section: 'A8.8.378',
    class: 'simd',
    encodings: rightNarrow(1, '1000', '01'),
    exec: fromM((v, m, f) => shiftRightNarrowSat(v, m, f, true, false, true)),
  },
  {
    name: 'VMOVN',
    section: 'A8.8.347',
    class: 'simd',
    encodings: narrow('01000'),
    exec: fromM((v, m, f) => v.narrow(m, f.e)),
  },
  {
    name: 'VQMOVUN',
    section: 'A8.8.374',
    class: 'simd',
    encodings: narrow('01001'),
    exec: fromM((v, m, f) => v.narrowSat(m, f.e, true, false)),
  },
  {
    name: 'VQMOVN',
    section: 'A8.8.374',
    class: 'simd',
    encodings: narrow('0101u'),
    exec: fromM((v, m, f) => v.narrowSat(m, f.e, f.u === 0, f.u === 0)),
  },

  {
    name: 'VSHLL',
    section: 'A8.8.397',
    class: 'simd',
    encodings: [
      ...shifted('1111001u1d I dddd 1010 00m1 mmmm', [8, 16, 32], false, LONG, 1),
      ...sized(
        '111100111d11 ee10 dddd 0011 00m0 mmmm',
        [8, 16, 32],
        (f) => {
          f.i = f.e;
          return LONG(f);
        },
        2,
      ),
    ],
    exec: fromM((v, m, f) => v.shiftLeft(v.widen(m, f.e, f.u === 0), f.i, 2 * f.e, 16)),
  },
  {
    // VSHLL by zero.
    name: 'VMOVL',
    section: 'A8.8.346',
    class: 'simd',
    encodings: [
      ...sized('1111001u1d 001000 dddd 1010 00m1 mmmm', [8], LONG),
      ...sized('1111001u1d 010000 dddd 1010 00m1 mmmm', [16], LONG),
      ...sized('1111001u1d 100000 dddd 1010 00m1 mmmm', [32], LONG),
    ],
    exec: fromM((v, m, f) => v.widen(m, f.e, f.u === 0)),
  },
];

function shiftRight(v: Simd, m: Q128, f: Instruction, round: boolean): Q128 {
  return v.shiftRight(m, f.i, f.e, f.u === 0, round, f.q);
}

function shiftRightNarrowSat(
  v: Simd,
  m: Q128,
  f: Instruction,
  signed: boolean,
  toSigned: boolean,
  round: boolean,
): Q128 {
  return v.narrowSat(v.shiftRight(m, f.i, 2 * f.e, signed, round, 16), f.e, signed, toSigned);
}

const ones = (count: number) => (count >= 32 ? -1 : (1 << count) - 1);

/** The low `count` bits of every element. */
function lowOnes(v: Simd, count: number, esize: number, bytes: number): Q128 {
  if (esize === 64) return v.constant(ones(count), ones(Math.max(count - 32, 0)), bytes);
  const word = Math.imul(ones(count), esize === 8 ? 0x0101_0101 : esize === 16 ? 0x0001_0001 : 1);
  return v.constant(word, word, bytes);
}
