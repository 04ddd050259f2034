/** Integer addition, subtraction, differences, minima and maxima, counts and comparisons (ARM DDI 0406C A7.4). */
import type { Definition } from '../instruction.js';
import type { Q128 } from '../ops.js';
import { DOUBLEWORDS, LONG, NARROW, SAME, sized, WIDE } from './encoding.js';
import { fromDM, fromDNM, fromM, fromNM, type Simd } from './semantics.js';
import { EVEN, ODD } from './shuffles.js';

const UP_TO_32 = [8, 16, 32];
const UP_TO_64 = [8, 16, 32, 64];

const same = (u: 0 | 1 | 'u', opcode: string, bit4: 0 | 1, sizes = UP_TO_32) =>
  sized(`1111001${u}0dee nnnn dddd ${opcode} yqm${bit4} mmmm`, sizes, SAME);
const pairwise = (u: 0 | 1 | 'u', opcode: string, bit4: 0 | 1) =>
  sized(`1111001${u}0dee nnnn dddd ${opcode} y0m${bit4} mmmm`, UP_TO_32, DOUBLEWORDS);
const long = (opcode: string) => sized(`1111001u1dee nnnn dddd ${opcode} y0m0 mmmm`, UP_TO_32, LONG);
const wide = (opcode: string) => sized(`1111001u1dee nnnn dddd ${opcode} y0m0 mmmm`, UP_TO_32, WIDE);
const narrow = (u: 0 | 1, opcode: string) =>
  sized(`1111001${u}1dee nnnn dddd ${opcode} y0m0 mmmm`, UP_TO_32, NARROW);
/** Two registers, miscellaneous: bits 17:16 and bits 11:7. */
const misc = (a: string, b: string, sizes = UP_TO_32) =>
  sized(`111100111d11 ee${a} dddd ${b.slice(0, 4)} ${b[4]}qm0 mmmm`, sizes, SAME);

const even = (v: Simd, n: Q128, m: Q128, esize: number) => v.shuffle(n, m, 8, EVEN.get(esize, 8));
const odd = (v: Simd, n: Q128, m: Q128, esize: number) => v.shuffle(n, m, 8, ODD.get(esize, 8));

export const arithmetic: readonly Definition[] = [
  {
    name: 'VADD (integer)',
    section: 'A8.8.282',
    class: 'simd',
    encodings: same(0, '1000', 0, UP_TO_64),
    exec: fromNM((v, n, m, f) => v.add(n, m, f.e, f.q)),
  },
  {
    name: 'VSUB (integer)',
    section: 'A8.8.414',
    class: 'simd',
    encodings: same(1, '1000', 0, UP_TO_64),
    exec: fromNM((v, n, m, f) => v.sub(n, m, f.e, f.q)),
  },
  {
    name: 'VHADD',
    section: 'A8.8.319',
    class: 'simd',
    encodings: same('u', '0000', 0),
    exec: fromNM((v, n, m, f) => v.halvingAdd(n, m, f.e, f.u === 0, false, f.q)),
  },
  {
    name: 'VRHADD',
    section: 'A8.8.387',
    class: 'simd',
    encodings: same('u', '0001', 0),
    exec: fromNM((v, n, m, f) => v.halvingAdd(n, m, f.e, f.u === 0, true, f.q)),
  },
  {
    name: 'VHSUB',
    section: 'A8.8.319',
    class: 'simd',
    encodings: same('u', '0010', 0),
    exec: fromNM((v, n, m, f) => v.halvingSub(n, m, f.e, f.u === 0, f.q)),
  },
  {
    name: 'VQADD',
    section: 'A8.8.370',
    class: 'simd',
    encodings: same('u', '0000', 1, UP_TO_64),
    exec: fromNM((v, n, m, f) => v.addSat(n, m, f.e, f.u === 0, f.q)),
  },
  {
    name: 'VQSUB',
    section: 'A8.8.382',
    class: 'simd',
    encodings: same('u', '0010', 1, UP_TO_64),
    exec: fromNM((v, n, m, f) => v.subSat(n, m, f.e, f.u === 0, f.q)),
  },
  {
    name: 'VMAX (integer)',
    section: 'A8.8.334',
    class: 'simd',
    encodings: same('u', '0110', 0),
    exec: fromNM((v, n, m, f) => v.max(n, m, f.e, f.u === 0, f.q)),
  },
  {
    name: 'VMIN (integer)',
    section: 'A8.8.334',
    class: 'simd',
    encodings: same('u', '0110', 1),
    exec: fromNM((v, n, m, f) => v.min(n, m, f.e, f.u === 0, f.q)),
  },
  {
    name: 'VABD (integer)',
    section: 'A8.8.278',
    class: 'simd',
    encodings: same('u', '0111', 0),
    exec: fromNM((v, n, m, f) => v.absDiff(n, m, f.e, f.u === 0, f.q)),
  },
  {
    name: 'VABA',
    section: 'A8.8.277',
    class: 'simd',
    encodings: same('u', '0111', 1),
    exec: fromDNM((v, d, n, m, f) => v.add(d, v.absDiff(n, m, f.e, f.u === 0, f.q), f.e, f.q)),
  },
  {
    name: 'VPADD (integer)',
    section: 'A8.8.362',
    class: 'simd',
    encodings: pairwise(0, '1011', 1),
    exec: fromNM((v, n, m, f) => v.add(even(v, n, m, f.e), odd(v, n, m, f.e), f.e, 8)),
  },
  {
    name: 'VPMAX (integer)',
    section: 'A8.8.365',
    class: 'simd',
    encodings: pairwise('u', '1010', 0),
    exec: fromNM((v, n, m, f) => v.max(even(v, n, m, f.e), odd(v, n, m, f.e), f.e, f.u === 0, 8)),
  },
  {
    name: 'VPMIN (integer)',
    section: 'A8.8.365',
    class: 'simd',
    encodings: pairwise('u', '1010', 1),
    exec: fromNM((v, n, m, f) => v.min(even(v, n, m, f.e), odd(v, n, m, f.e), f.e, f.u === 0, 8)),
  },

  {
    name: 'VADDL',
    section: 'A8.8.285',
    class: 'simd',
    encodings: long('0000'),
    exec: fromNM((v, n, m, f) => v.add(v.widen(n, f.e, f.u === 0), v.widen(m, f.e, f.u === 0), 2 * f.e, 16)),
  },
  {
    name: 'VADDW',
    section: 'A8.8.285',
    class: 'simd',
    encodings: wide('0001'),
    exec: fromNM((v, n, m, f) => v.add(n, v.widen(m, f.e, f.u === 0), 2 * f.e, 16)),
  },
  {
    name: 'VSUBL',
    section: 'A8.8.417',
    class: 'simd',
    encodings: long('0010'),
    exec: fromNM((v, n, m, f) => v.sub(v.widen(n, f.e, f.u === 0), v.widen(m, f.e, f.u === 0), 2 * f.e, 16)),
  },
  {
    name: 'VSUBW',
    section: 'A8.8.417',
    class: 'simd',
    encodings: wide('0011'),
    exec: fromNM((v, n, m, f) => v.sub(n, v.widen(m, f.e, f.u === 0), 2 * f.e, 16)),
  },
  {
    name: 'VADDHN',
    section: 'A8.8.284',
    class: 'simd',
    encodings: narrow(0, '0100'),
    exec: fromNM((v, n, m, f) => highHalf(v, v.add(n, m, 2 * f.e, 16), f.e, false)),
  },
  {
    name: 'VRADDHN',
    section: 'A8.8.383',
    class: 'simd',
    encodings: narrow(1, '0100'),
    exec: fromNM((v, n, m, f) => highHalf(v, v.add(n, m, 2 * f.e, 16), f.e, true)),
  },
  {
    name: 'VSUBHN',
    section: 'A8.8.416',
    class: 'simd',
    encodings: narrow(0, '0110'),
    exec: fromNM((v, n, m, f) => highHalf(v, v.sub(n, m, 2 * f.e, 16), f.e, false)),
  },
  {
    name: 'VRSUBHN',
    section: 'A8.8.394',
    class: 'simd',
    encodings: narrow(1, '0110'),
    exec: fromNM((v, n, m, f) => highHalf(v, v.sub(n, m, 2 * f.e, 16), f.e, true)),
  },
  {
    name: 'VABAL',
    section: 'A8.8.277',
    class: 'simd',
    encodings: long('0101'),
    exec: fromDNM((v, d, n, m, f) => v.add(d, absDiffLong(v, n, m, f.e, f.u === 0), 2 * f.e, 16)),
  },
  {
    name: 'VABDL',
    section: 'A8.8.278',
    class: 'simd',
    encodings: long('0111'),
    exec: fromNM((v, n, m, f) => absDiffLong(v, n, m, f.e, f.u === 0)),
  },

  {
    name: 'VPADDL',
    section: 'A8.8.364',
    class: 'simd',
    encodings: misc('00', '0010u'),
    exec: fromM((v, m, f) => v.addPairsLong(m, f.e, f.u === 0, f.q)),
  },
  {
    name: 'VPADAL',
    section: 'A8.8.361',
    class: 'simd',
    encodings: misc('00', '0110u'),
    exec: fromDM((v, d, m, f) => v.add(d, v.addPairsLong(m, f.e, f.u === 0, f.q), 2 * f.e, f.q)),
  },
  {
    name: 'VCLS',
    section: 'A8.8.299',
    class: 'simd',
    encodings: misc('00', '01000'),
    exec: fromM((v, m, f) => v.countLeadingSigns(m, f.e, f.q)),
  },
  {
    name: 'VCLZ',
    section: 'A8.8.302',
    class: 'simd',
    encodings: misc('00', '01001'),
    exec: fromM((v, m, f) => v.countLeadingZeros(m, f.e, f.q)),
  },
  {
    name: 'VCNT',
    section: 'A8.8.304',
    class: 'simd',
    encodings: misc('00', '01010', [8]),
    exec: fromM((v, m, f) => v.popCount(m, f.q)),
  },
  {
    name: 'VQABS',
    section: 'A8.8.369',
    class: 'simd',
    encodings: misc('00', '01110'),
    exec: fromM((v, m, f) => v.absSat(m, f.e, f.q)),
  },
  {
    name: 'VQNEG',
    section: 'A8.8.375',
    class: 'simd',
    encodings: misc('00', '01111'),
    exec: fromM((v, m, f) => v.negSat(m, f.e, f.q)),
  },
  {
    name: 'VABS (integer)',
    section: 'A8.8.280',
    class: 'simd',
    encodings: misc('01', '00110'),
    exec: fromM((v, m, f) => v.abs(m, f.e, f.q)),
  },
  {
    name: 'VNEG (integer)',
    section: 'A8.8.355',
    class: 'simd',
    encodings: misc('01', '00111'),
    exec: fromM((v, m, f) => v.neg(m, f.e, f.q)),
  },

  {
    name: 'VCGT (register, integer)',
    section: 'A8.8.295',
    class: 'simd',
    encodings: same('u', '0011', 0),
    exec: fromNM((v, n, m, f) => v.greater(n, m, f.e, f.u === 0, f.q)),
  },
  {
    name: 'VCGE (register, integer)',
    section: 'A8.8.293',
    class: 'simd',
    encodings: same('u', '0011', 1),
    exec: fromNM((v, n, m, f) => v.greaterEqual(n, m, f.e, f.u === 0, f.q)),
  },
  {
    name: 'VCEQ (register, integer)',
    section: 'A8.8.291',
    class: 'simd',
    encodings: same(1, '1000', 1),
    exec: fromNM((v, n, m, f) => v.equal(n, m, f.e, f.q)),
  },
  {
    name: 'VTST',
    section: 'A8.8.421',
    class: 'simd',
    encodings: same(0, '1000', 1),
    exec: fromNM((v, n, m, f) => v.not(v.equal(v.and(n, m, f.q), v.constant(0, 0, f.q), f.e, f.q), f.q)),
  },
  {
    name: 'VCGT (immediate #0, integer)',
    section: 'A8.8.296',
    class: 'simd',
    encodings: misc('01', '00000'),
    exec: fromM((v, m, f) => v.greater(m, v.constant(0, 0, f.q), f.e, true, f.q)),
  },
  {
    name: 'VCGE (immediate #0, integer)',
    section: 'A8.8.294',
    class: 'simd',
    encodings: misc('01', '00001'),
    exec: fromM((v, m, f) => v.greaterEqual(m, v.constant(0, 0, f.q), f.e, true, f.q)),
  },
  {
    name: 'VCEQ (immediate #0, integer)',
    section: 'A8.8.292',
    class: 'simd',
    encodings: misc('01', '00010'),
    exec: fromM((v, m, f) => v.equal(m, v.constant(0, 0, f.q), f.e, f.q)),
  },
  {
    name: 'VCLE (immediate #0, integer)',
    section: 'A8.8.298',
    class: 'simd',
    encodings: misc('01', '00011'),
    exec: fromM((v, m, f) => v.greaterEqual(v.constant(0, 0, f.q), m, f.e, true, f.q)),
  },
  {
    name: 'VCLT (immediate #0, integer)',
    section: 'A8.8.301',
    class: 'simd',
    encodings: misc('01', '00100'),
    exec: fromM((v, m, f) => v.greater(v.constant(0, 0, f.q), m, f.e, true, f.q)),
  },
];

/** The upper halves of elements of twice `esize` bits, perhaps rounded. */
function highHalf(v: Simd, sum: Q128, esize: number, round: boolean): Q128 {
  return v.narrow(v.shiftRight(sum, esize, 2 * esize, false, round, 16), esize);
}

/** A difference of elements fits in as many bits without a sign. */
function absDiffLong(v: Simd, n: Q128, m: Q128, esize: number, signed: boolean): Q128 {
  return v.widen(v.absDiff(n, m, esize, signed, 8), esize, false);
}
