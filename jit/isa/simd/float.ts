/** Single-precision elements: arithmetic, comparison, conversion, estimates (ARM DDI 0406C A7.4). */
import type { Definition, Instruction } from '../instruction.js';
import type { Q128 } from '../ops.js';
import { bothSets, DOUBLEWORDS, LONG, NARROW, SAME, sized, withScalar } from './encoding.js';
import { fromDNM, fromM, fromNM, type Simd } from './semantics.js';
import { duplicate, EVEN, ODD } from './shuffles.js';

const SIGN = -0x8000_0000;

/** Three registers of the same length; `op` is bit 21. */
const same = (u: 0 | 1, op: 0 | 1, opcode: string, bit4: 0 | 1) =>
  sized(`1111001${u}0d${op}0 nnnn dddd ${opcode} yqm${bit4} mmmm`, [32], SAME);
const pairwise = (op: 0 | 1, opcode: string) =>
  sized(`111100110d${op}0 nnnn dddd ${opcode} y0m0 mmmm`, [32], DOUBLEWORDS);
const SCALAR = withScalar('q', 'q');
const byScalar = (opcode: string) => sized(`1111001q1d10 nnnn dddd ${opcode} y1m0 mmmm`, [32], SCALAR);
/** Two registers, miscellaneous, 32-bit elements: bits 17:16 and bits 11:7. */
const misc = (a: string, b: string) =>
  sized(`111100111d11 10${a} dddd ${b.slice(0, 4)} ${b[4]}qm0 mmmm`, [32], SAME);
const half = (b: string, decode: typeof LONG) =>
  sized(`111100111d11 0110 dddd ${b.slice(0, 4)} ${b.slice(4)}m0 mmmm`, [16], decode);

const abs = (v: Simd, a: Q128, f: Instruction) => v.andNot(a, v.constant(SIGN, SIGN, f.q), f.q);
const neg = (v: Simd, a: Q128, f: Instruction) => v.xor(a, v.constant(SIGN, SIGN, f.q), f.q);
const even = (v: Simd, n: Q128, m: Q128) => v.shuffle(n, m, 8, EVEN.get(32, 8));
const odd = (v: Simd, n: Q128, m: Q128) => v.shuffle(n, m, 8, ODD.get(32, 8));
const scalar = (v: Simd, m: Q128, f: Instruction) => v.shuffle(m, m, 8, duplicate(f.i, 32, f.q));

export const float: readonly Definition[] = [
  {
    name: 'VADD (floating-point)',
    section: 'A8.8.283',
    class: 'simd',
    encodings: same(0, 0, '1101', 0),
    exec: fromNM((v, n, m, f) => v.fAdd(n, m, f.q)),
  },
  {
    name: 'VSUB (floating-point)',
    section: 'A8.8.415',
    class: 'simd',
    encodings: same(0, 1, '1101', 0),
    exec: fromNM((v, n, m, f) => v.fSub(n, m, f.q)),
  },
  {
    name: 'VABD (floating-point)',
    section: 'A8.8.279',
    class: 'simd',
    encodings: same(1, 1, '1101', 0),
    exec: fromNM((v, n, m, f) => abs(v, v.fSub(n, m, f.q), f)),
  },
  {
    name: 'VMUL (floating-point)',
    section: 'A8.8.351',
    class: 'simd',
    encodings: same(1, 0, '1101', 1),
    exec: fromNM((v, n, m, f) => v.fMul(n, m, f.q)),
  },
  {
    name: 'VMLA (floating-point)',
    section: 'A8.8.337',
    class: 'simd',
    encodings: same(0, 0, '1101', 1),
    exec: fromDNM((v, d, n, m, f) => v.fAdd(d, v.fMul(n, m, f.q), f.q)),
  },
  {
    name: 'VMLS (floating-point)',
    section: 'A8.8.337',
    class: 'simd',
    encodings: same(0, 1, '1101', 1),
    exec: fromDNM((v, d, n, m, f) => v.fAdd(d, neg(v, v.fMul(n, m, f.q), f), f.q)),
  },
  {
    name: 'VFMA',
    section: 'A8.8.317',
    class: 'simd',
    encodings: same(0, 0, '1100', 1),
    exec: fromDNM((v, d, n, m, f) => v.fMulAdd(d, n, m, false, f.q)),
  },
  {
    name: 'VFMS',
    section: 'A8.8.317',
    class: 'simd',
    encodings: same(0, 1, '1100', 1),
    exec: fromDNM((v, d, n, m, f) => v.fMulAdd(d, n, m, true, f.q)),
  },
  {
    name: 'VMAX (floating-point)',
    section: 'A8.8.335',
    class: 'simd',
    encodings: same(0, 0, '1111', 0),
    exec: fromNM((v, n, m, f) => v.fMax(n, m, f.q)),
  },
  {
    name: 'VMIN (floating-point)',
    section: 'A8.8.335',
    class: 'simd',
    encodings: same(0, 1, '1111', 0),
    exec: fromNM((v, n, m, f) => v.fMin(n, m, f.q)),
  },
  {
    name: 'VPADD (floating-point)',
    section: 'A8.8.363',
    class: 'simd',
    encodings: pairwise(0, '1101'),
    exec: fromNM((v, n, m) => v.fAdd(even(v, n, m), odd(v, n, m), 8)),
  },
  {
    name: 'VPMAX (floating-point)',
    section: 'A8.8.366',
    class: 'simd',
    encodings: pairwise(0, '1111'),
    exec: fromNM((v, n, m) => v.fMax(even(v, n, m), odd(v, n, m), 8)),
  },
  {
    name: 'VPMIN (floating-point)',
    section: 'A8.8.366',
    class: 'simd',
    encodings: pairwise(1, '1111'),
    exec: fromNM((v, n, m) => v.fMin(even(v, n, m), odd(v, n, m), 8)),
  },
  {
    name: 'VRECPS',
    section: 'A8.8.385',
    class: 'simd',
    encodings: same(0, 0, '1111', 1),
    exec: fromNM((v, n, m, f) => v.fRecipStep(n, m, f.q)),
  },
  {
    name: 'VRSQRTS',
    section: 'A8.8.392',
    class: 'simd',
    encodings: same(0, 1, '1111', 1),
    exec: fromNM((v, n, m, f) => v.fRsqrtStep(n, m, f.q)),
  },

  {
    name: 'VMUL (by scalar, floating-point)',
    section: 'A8.8.352',
    class: 'simd',
    encodings: byScalar('1001'),
    exec: fromNM((v, n, m, f) => v.fMul(n, scalar(v, m, f), f.q)),
  },
  {
    name: 'VMLA (by scalar, floating-point)',
    section: 'A8.8.338',
    class: 'simd',
    encodings: byScalar('0001'),
    exec: fromDNM((v, d, n, m, f) => v.fAdd(d, v.fMul(n, scalar(v, m, f), f.q), f.q)),
  },
  {
    name: 'VMLS (by scalar, floating-point)',
    section: 'A8.8.338',
    class: 'simd',
    encodings: byScalar('0101'),
    exec: fromDNM((v, d, n, m, f) => v.fAdd(d, neg(v, v.fMul(n, scalar(v, m, f), f.q), f), f.q)),
  },

  {
    name: 'VCEQ (register, floating-point)',
    section: 'A8.8.291',
    class: 'simd',
    encodings: same(0, 0, '1110', 0),
    exec: fromNM((v, n, m, f) => v.fEqual(n, m, f.q)),
  },
  {
    name: 'VCGE (register, floating-point)',
    section: 'A8.8.293',
    class: 'simd',
    encodings: same(1, 0, '1110', 0),
    exec: fromNM((v, n, m, f) => v.fGreaterEqual(n, m, f.q)),
  },
  {
    name: 'VCGT (register, floating-point)',
    section: 'A8.8.295',
    class: 'simd',
    encodings: same(1, 1, '1110', 0),
    exec: fromNM((v, n, m, f) => v.fGreater(n, m, f.q)),
  },
  {
    name: 'VACGE',
    section: 'A8.8.281',
    class: 'simd',
    encodings: same(1, 0, '1110', 1),
    exec: fromNM((v, n, m, f) => v.fGreaterEqual(abs(v, n, f), abs(v, m, f), f.q)),
  },
  {
    name: 'VACGT',
    section: 'A8.8.281',
    class: 'simd',
    encodings: same(1, 1, '1110', 1),
    exec: fromNM((v, n, m, f) => v.fGreater(abs(v, n, f), abs(v, m, f), f.q)),
  },
  {
    name: 'VCGT (immediate #0, floating-point)',
    section: 'A8.8.296',
    class: 'simd',
    encodings: misc('01', '01000'),
    exec: fromM((v, m, f) => v.fGreater(m, v.constant(0, 0, f.q), f.q)),
  },
  {
    name: 'VCGE (immediate #0, floating-point)',
    section: 'A8.8.294',
    class: 'simd',
    encodings: misc('01', '01001'),
    exec: fromM((v, m, f) => v.fGreaterEqual(m, v.constant(0, 0, f.q), f.q)),
  },
  {
    name: 'VCEQ (immediate #0, floating-point)',
    section: 'A8.8.292',
    class: 'simd',
    encodings: misc('01', '01010'),
    exec: fromM((v, m, f) => v.fEqual(m, v.constant(0, 0, f.q), f.q)),
  },
  {
    name: 'VCLE (immediate #0, floating-point)',
    section: 'A8.8.298',
    class: 'simd',
    encodings: misc('01', '01011'),
    exec: fromM((v, m, f) => v.fGreaterEqual(v.constant(0, 0, f.q), m, f.q)),
  },
  {
    name: 'VCLT (immediate #0, floating-point)',
    section: 'A8.8.301',
    class: 'simd',
    encodings: misc('01', '01100'),
    exec: fromM((v, m, f) => v.fGreater(v.constant(0, 0, f.q), m, f.q)),
  },
  {
    name: 'VABS (floating-point)',
    section: 'A8.8.280',
    class: 'simd',
    encodings: misc('01', '01110'),
    exec: fromM((v, m, f) => abs(v, m, f)),
  },
  {
    name: 'VNEG (floating-point)',
    section: 'A8.8.355',
    class: 'simd',
    encodings: misc('01', '01111'),
    exec: fromM((v, m, f) => neg(v, m, f)),
  },

  {
    name: 'VRECPE (integer)',
    section: 'A8.8.384',
    class: 'simd',
    encodings: misc('11', '01000'),
    exec: fromM((v, m, f) => v.recipEstimate(m, f.q)),
  },
  {
    name: 'VRSQRTE (integer)',
    section: 'A8.8.391',
    class: 'simd',
    encodings: misc('11', '01001'),
    exec: fromM((v, m, f) => v.rsqrtEstimate(m, f.q)),
  },
  {
    name: 'VRECPE (floating-point)',
    section: 'A8.8.384',
    class: 'simd',
    encodings: misc('11', '01010'),
    exec: fromM((v, m, f) => v.fRecipEstimate(m, f.q)),
  },
  {
    name: 'VRSQRTE (floating-point)',
    section: 'A8.8.391',
    class: 'simd',
    encodings: misc('11', '01011'),
    exec: fromM((v, m, f) => v.fRsqrtEstimate(m, f.q)),
  },
  {
    name: 'VCVT (integer to floating-point)',
    section: 'A8.8.305',
    class: 'simd',
    encodings: misc('11', '0110u'),
    exec: fromM((v, m, f) => v.fFromFixed(m, 0, f.u === 0, f.q)),
  },
  {
    name: 'VCVT (floating-point to integer)',
    section: 'A8.8.305',
    class: 'simd',
    encodings: misc('11', '0111u'),
    exec: fromM((v, m, f) => v.fToFixed(m, 0, f.u === 0, f.q)),
  },
  {
    name: 'VCVT (fixed-point to floating-point)',
    section: 'A8.8.307',
    class: 'simd',
    encodings: fixedPoint(0),
    exec: fromM((v, m, f) => v.fFromFixed(m, f.i, f.u === 0, f.q)),
  },
  {
    name: 'VCVT (floating-point to fixed-point)',
    section: 'A8.8.307',
    class: 'simd',
    encodings: fixedPoint(1),
    exec: fromM((v, m, f) => v.fToFixed(m, f.i, f.u === 0, f.q)),
  },
  {
    name: 'VCVT (single-precision to half-precision)',
    section: 'A8.8.310',
    class: 'simd',
    encodings: half('011000', NARROW),
    exec: fromM((v, m) => v.fToHalf(m)),
  },
  {
    name: 'VCVT (half-precision to single-precision)',
    section: 'A8.8.310',
    class: 'simd',
    encodings: half('011100', LONG),
    exec: fromM((v, m) => v.fFromHalf(m)),
  },
];

/** imm6 is 64 minus the number of fraction bits. */
function fixedPoint(op: 0 | 1) {
  return bothSets(`1111001u1d 1iiiii dddd 111${op} 0qm1 mmmm`, 1, (f) => {
    f.e = 32;
    f.i = 32 - f.i;
    return SAME(f);
  });
}
