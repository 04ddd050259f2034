import type { Definition } from '../instruction.js';
import { decodeOperands, encodings } from './encoding.js';

/** VFP data processing with three registers (ARM DDI 0406C A7.5). */
export const vfpArithmetic: readonly Definition[] = [
  {
    name: 'VMLA (floating-point)',
    section: 'A8.8.337',
    class: 'vfp',
    encodings: encodings('1110 0d00 nnnn dddd 101z n0m0 mmmm', decodeOperands, 'A2', 'T2'),
    exec(o, f) {
      const v = o.vfp;
      v.checkArithmeticEnabled();
      if (f.z) v.setD(f.d, v.addD(v.getD(f.d), v.mulD(v.getD(f.n), v.getD(f.m))));
      else v.setS(f.d, v.addS(v.getS(f.d), v.mulS(v.getS(f.n), v.getS(f.m))));
    },
  },
  {
    name: 'VMLS (floating-point)',
    section: 'A8.8.337',
    class: 'vfp',
    encodings: encodings('1110 0d00 nnnn dddd 101z n1m0 mmmm', decodeOperands, 'A2', 'T2'),
    exec(o, f) {
      const v = o.vfp;
      v.checkArithmeticEnabled();
      if (f.z) v.setD(f.d, v.addD(v.getD(f.d), v.negD(v.mulD(v.getD(f.n), v.getD(f.m)))));
      else v.setS(f.d, v.addS(v.getS(f.d), v.negS(v.mulS(v.getS(f.n), v.getS(f.m)))));
    },
  },
  {
    name: 'VNMLA',
    section: 'A8.8.356',
    class: 'vfp',
    encodings: encodings('1110 0d01 nnnn dddd 101z n1m0 mmmm', decodeOperands),
    exec(o, f) {
      const v = o.vfp;
      v.checkArithmeticEnabled();
      if (f.z) v.setD(f.d, v.addD(v.negD(v.getD(f.d)), v.negD(v.mulD(v.getD(f.n), v.getD(f.m)))));
      else v.setS(f.d, v.addS(v.negS(v.getS(f.d)), v.negS(v.mulS(v.getS(f.n), v.getS(f.m)))));
    },
  },
  {
    name: 'VNMLS',
    section: 'A8.8.356',
    class: 'vfp',
    encodings: encodings('1110 0d01 nnnn dddd 101z n0m0 mmmm', decodeOperands),
    exec(o, f) {
      const v = o.vfp;
      v.checkArithmeticEnabled();
      if (f.z) v.setD(f.d, v.addD(v.negD(v.getD(f.d)), v.mulD(v.getD(f.n), v.getD(f.m))));
      else v.setS(f.d, v.addS(v.negS(v.getS(f.d)), v.mulS(v.getS(f.n), v.getS(f.m))));
    },
  },
  {
    name: 'VMUL (floating-point)',
    section: 'A8.8.351',
    class: 'vfp',
    encodings: encodings('1110 0d10 nnnn dddd 101z n0m0 mmmm', decodeOperands, 'A2', 'T2'),
    exec(o, f) {
      const v = o.vfp;
      v.checkArithmeticEnabled();
      if (f.z) v.setD(f.d, v.mulD(v.getD(f.n), v.getD(f.m)));
      else v.setS(f.d, v.mulS(v.getS(f.n), v.getS(f.m)));
    },
  },
  {
    name: 'VNMUL',
    section: 'A8.8.356',
    class: 'vfp',
    encodings: encodings('1110 0d10 nnnn dddd 101z n1m0 mmmm', decodeOperands, 'A2', 'T2'),
    exec(o, f) {
      const v = o.vfp;
      v.checkArithmeticEnabled();
      if (f.z) v.setD(f.d, v.negD(v.mulD(v.getD(f.n), v.getD(f.m))));
      else v.setS(f.d, v.negS(v.mulS(v.getS(f.n), v.getS(f.m))));
    },
  },
  {
    name: 'VADD (floating-point)',
    section: 'A8.8.283',
    class: 'vfp',
    encodings: encodings('1110 0d11 nnnn dddd 101z n0m0 mmmm', decodeOperands, 'A2', 'T2'),
    exec(o, f) {
      const v = o.vfp;
      v.checkArithmeticEnabled();
      if (f.z) v.setD(f.d, v.addD(v.getD(f.n), v.getD(f.m)));
      else v.setS(f.d, v.addS(v.getS(f.n), v.getS(f.m)));
    },
  },
  {
    name: 'VSUB (floating-point)',
    section: 'A8.8.415',
    class: 'vfp',
    encodings: encodings('1110 0d11 nnnn dddd 101z n1m0 mmmm', decodeOperands, 'A2', 'T2'),
    exec(o, f) {
      const v = o.vfp;
      v.checkArithmeticEnabled();
      if (f.z) v.setD(f.d, v.subD(v.getD(f.n), v.getD(f.m)));
      else v.setS(f.d, v.subS(v.getS(f.n), v.getS(f.m)));
    },
  },
  {
    name: 'VDIV',
    section: 'A8.8.312',
    class: 'vfp',
    encodings: encodings('1110 1d00 nnnn dddd 101z n0m0 mmmm', decodeOperands),
    exec(o, f) {
      const v = o.vfp;
      v.checkArithmeticEnabled();
      if (f.z) v.setD(f.d, v.divD(v.getD(f.n), v.getD(f.m)));
      else v.setS(f.d, v.divS(v.getS(f.n), v.getS(f.m)));
    },
  },
  {
    name: 'VFMA',
    section: 'A8.8.317',
    class: 'vfp',
    encodings: encodings('1110 1d10 nnnn dddd 101z n0m0 mmmm', decodeOperands, 'A2', 'T2'),
    exec(o, f) {
      const v = o.vfp;
      v.checkArithmeticEnabled();
      if (f.z) v.setD(f.d, v.fmaD(v.getD(f.d), v.getD(f.n), v.getD(f.m)));
      else v.setS(f.d, v.fmaS(v.getS(f.d), v.getS(f.n), v.getS(f.m)));
    },
  },
  {
    name: 'VFMS',
    section: 'A8.8.317',
    class: 'vfp',
    encodings: encodings('1110 1d10 nnnn dddd 101z n1m0 mmmm', decodeOperands, 'A2', 'T2'),
    exec(o, f) {
      const v = o.vfp;
      v.checkArithmeticEnabled();
      if (f.z) v.setD(f.d, v.fmaD(v.getD(f.d), v.negD(v.getD(f.n)), v.getD(f.m)));
      else v.setS(f.d, v.fmaS(v.getS(f.d), v.negS(v.getS(f.n)), v.getS(f.m)));
    },
  },
  {
    name: 'VFNMA',
    section: 'A8.8.318',
    class: 'vfp',
    encodings: encodings('1110 1d01 nnnn dddd 101z n1m0 mmmm', decodeOperands),
    exec(o, f) {
      const v = o.vfp;
      v.checkArithmeticEnabled();
      if (f.z) v.setD(f.d, v.fmaD(v.negD(v.getD(f.d)), v.negD(v.getD(f.n)), v.getD(f.m)));
      else v.setS(f.d, v.fmaS(v.negS(v.getS(f.d)), v.negS(v.getS(f.n)), v.getS(f.m)));
    },
  },
  {
    name: 'VFNMS',
    section: 'A8.8.318',
    class: 'vfp',
    encodings: encodings('1110 1d01 nnnn dddd 101z n0m0 mmmm', decodeOperands),
    exec(o, f) {
      const v = o.vfp;
      v.checkArithmeticEnabled();
      if (f.z) v.setD(f.d, v.fmaD(v.negD(v.getD(f.d)), v.getD(f.n), v.getD(f.m)));
      else v.setS(f.d, v.fmaS(v.negS(v.getS(f.d)), v.getS(f.n), v.getS(f.m)));
    },
  },
];
