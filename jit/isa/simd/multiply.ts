/** Integer and polynomial multiplication, by vector and by scalar (ARM DDI 0406C A7.4.1 to A7.4.3). */
import type { Definition, Instruction } from '../instruction.js';
import type { Q128 } from '../ops.js';
import { LONG, SAME, sized, withScalar } from './encoding.js';
import { fromDNM, fromNM, type Simd } from './semantics.js';
import { duplicate } from './shuffles.js';

const SCALAR_SAME = withScalar('q', 'q');
const SCALAR_LONG = withScalar(16, 8);

const same = (u: 0 | 1, opcode: string, bit4: 0 | 1, sizes: readonly number[]) =>
  sized(`1111001${u}0dee nnnn dddd ${opcode} yqm${bit4} mmmm`, sizes, SAME);
const long = (u: 0 | 'u', opcode: string, sizes: readonly number[]) =>
  sized(`1111001${u}1dee nnnn dddd ${opcode} y0m0 mmmm`, sizes, LONG);
const byScalar = (opcode: string) =>
  sized(`1111001q1dee nnnn dddd ${opcode} y1m0 mmmm`, [16, 32], SCALAR_SAME);
const longByScalar = (u: 0 | 'u', opcode: string) =>
  sized(`1111001${u}1dee nnnn dddd ${opcode} y1m0 mmmm`, [16, 32], SCALAR_LONG);

/** The scalar, as many times as n has elements. */
function scalar(v: Simd, m: Q128, f: Instruction): Q128 {
  return v.shuffle(m, m, 8, duplicate(f.i, f.e, f.x));
}

export const multiply: readonly Definition[] = [
  {
    name: 'VMUL (integer)',
    section: 'A8.8.350',
    class: 'simd',
    encodings: same(0, '1001', 1, [8, 16, 32]),
    exec: fromNM((v, n, m, f) => v.mul(n, m, f.e, f.q)),
  },
  {
    name: 'VMUL (polynomial)',
    section: 'A8.8.350',
    class: 'simd',
    encodings: same(1, '1001', 1, [8]),
    exec: fromNM((v, n, m, f) => v.polyMul(n, m, f.q)),
  },
  {
    name: 'VMLA (integer)',
    section: 'A8.8.336',
    class: 'simd',
    encodings: same(0, '1001', 0, [8, 16, 32]),
    exec: fromDNM((v, d, n, m, f) => v.add(d, v.mul(n, m, f.e, f.q), f.e, f.q)),
  },
  {
    name: 'VMLS (integer)',
    section: 'A8.8.336',
    class: 'simd',
    encodings: same(1, '1001', 0, [8, 16, 32]),
    exec: fromDNM((v, d, n, m, f) => v.sub(d, v.mul(n, m, f.e, f.q), f.e, f.q)),
  },
  {
    name: 'VQDMULH',
    section: 'A8.8.372',
    class: 'simd',
    encodings: same(0, '1011', 0, [16, 32]),
    exec: fromNM((v, n, m, f) => v.doublingMulHighSat(n, m, f.e, false, f.q)),
  },
  {
    name: 'VQRDMULH',
    section: 'A8.8.376',
    class: 'simd',
    encodings: same(1, '1011', 0, [16, 32]),
    exec: fromNM((v, n, m, f) => v.doublingMulHighSat(n, m, f.e, true, f.q)),
  },

  {
    name: 'VMULL (integer)',
    section: 'A8.8.350',
    class: 'simd',
    encodings: long('u', '1100', [8, 16, 32]),
    exec: fromNM((v, n, m, f) => v.mulLong(n, m, f.e, f.u === 0)),
  },
  {
    name: 'VMULL (polynomial)',
    section: 'A8.8.350',
    class: 'simd',
    encodings: long(0, '1110', [8]),
    exec: fromNM((v, n, m) => v.polyMulLong(n, m)),
  },
  {
    name: 'VMLAL (integer)',
    section: 'A8.8.336',
    class: 'simd',
    encodings: long('u', '1000', [8, 16, 32]),
    exec: fromDNM((v, d, n, m, f) => v.add(d, v.mulLong(n, m, f.e, f.u === 0), 2 * f.e, 16)),
  },
  {
    name: 'VMLSL (integer)',
    section: 'A8.8.336',
    class: 'simd',
    encodings: long('u', '1010', [8, 16, 32]),
    exec: fromDNM((v, d, n, m, f) => v.sub(d, v.mulLong(n, m, f.e, f.u === 0), 2 * f.e, 16)),
  },
  {
    name: 'VQDMULL',
    section: 'A8.8.373',
    class: 'simd',
    encodings: long(0, '1101', [16, 32]),
    exec: fromNM((v, n, m, f) => v.doublingMulLongSat(n, m, f.e)),
  },
  {
    name: 'VQDMLAL',
    section: 'A8.8.371',
    class: 'simd',
    encodings: long(0, '1001', [16, 32]),
    exec: fromDNM((v, d, n, m, f) => v.addSat(d, v.doublingMulLongSat(n, m, f.e), 2 * f.e, true, 16)),
  },
  {
    name: 'VQDMLSL',
    section: 'A8.8.371',
    class: 'simd',
    encodings: long(0, '1011', [16, 32]),
    exec: fromDNM((v, d, n, m, f) => v.subSat(d, v.doublingMulLongSat(n, m, f.e), 2 * f.e, true, 16)),
  },

  {
    name: 'VMUL (by scalar, integer)',
    section: 'A8.8.352',
    class: 'simd',
    encodings: byScalar('1000'),
    exec: fromNM((v, n, m, f) => v.mul(n, scalar(v, m, f), f.e, f.q)),
  },
  {
    name: 'VMLA (by scalar, integer)',
    section: 'A8.8.338',
    class: 'simd',
    encodings: byScalar('0000'),
    exec: fromDNM((v, d, n, m, f) => v.add(d, v.mul(n, scalar(v, m, f), f.e, f.q), f.e, f.q)),
  },
  {
    name: 'VMLS (by scalar, integer)',
    section: 'A8.8.338',
    class: 'simd',
    encodings: byScalar('0100'),
    exec: fromDNM((v, d, n, m, f) => v.sub(d, v.mul(n, scalar(v, m, f), f.e, f.q), f.e, f.q)),
  },
  {
    name: 'VQDMULH (by scalar)',
    section: 'A8.8.372',
    class: 'simd',
    encodings: byScalar('1100'),
    exec: fromNM((v, n, m, f) => v.doublingMulHighSat(n, scalar(v, m, f), f.e, false, f.q)),
  },
  {
    name: 'VQRDMULH (by scalar)',
    section: 'A8.8.376',
    class: 'simd',
    encodings: byScalar('1101'),
    exec: fromNM((v, n, m, f) => v.doublingMulHighSat(n, scalar(v, m, f), f.e, true, f.q)),
  },
  {
    name: 'VMULL (by scalar)',
    section: 'A8.8.352',
    class: 'simd',
    encodings: longByScalar('u', '1010'),
    exec: fromNM((v, n, m, f) => v.mulLong(n, scalar(v, m, f), f.e, f.u === 0)),
  },
  {
    name: 'VMLAL (by scalar)',
    section: 'A8.8.338',
    class: 'simd',
    encodings: longByScalar('u', '0010'),
    exec: fromDNM((v, d, n, m, f) => v.add(d, v.mulLong(n, scalar(v, m, f), f.e, f.u === 0), 2 * f.e, 16)),
  },
  {
    name: 'VMLSL (by scalar)',
    section: 'A8.8.338',
    class: 'simd',
    encodings: longByScalar('u', '0110'),
    exec: fromDNM((v, d, n, m, f) => v.sub(d, v.mulLong(n, scalar(v, m, f), f.e, f.u === 0), 2 * f.e, 16)),
  },
  {
    name: 'VQDMULL (by scalar)',
    section: 'A8.8.373',
    class: 'simd',
    encodings: longByScalar(0, '1011'),
    exec: fromNM((v, n, m, f) => v.doublingMulLongSat(n, scalar(v, m, f), f.e)),
  },
  {
    name: 'VQDMLAL (by scalar)',
    section: 'A8.8.371',
    class: 'simd',
    encodings: longByScalar(0, '0011'),
    exec: fromDNM((v, d, n, m, f) =>
      v.addSat(d, v.doublingMulLongSat(n, scalar(v, m, f), f.e), 2 * f.e, true, 16),
    ),
  },
  {
    name: 'VQDMLSL (by scalar)',
    section: 'A8.8.371',
    class: 'simd',
    encodings: longByScalar(0, '0111'),
    exec: fromDNM((v, d, n, m, f) =>
      v.subSat(d, v.doublingMulLongSat(n, scalar(v, m, f), f.e), 2 * f.e, true, 16),
    ),
  },
];
