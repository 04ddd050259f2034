import type { Definition, Instruction } from '../instruction.js';
import { decodeOperands, encodings } from './encoding.js';

/** VFPExpandImm() (ARM DDI 0406C A7.5.1): imm8 becomes the high word of a double, or a single. */
function decodeImmediate(f: Instruction): undefined {
  decodeOperands(f);
  const sign = (f.i & 0x80) << 24;
  const exponent = f.i & 0x40;
  const rest = f.i & 0x3f;
  f.i = f.z
    ? sign | (exponent ? 0x3fc0_0000 : 0x4000_0000) | (rest << 16)
    : sign | (exponent ? 0x3e00_0000 : 0x4000_0000) | (rest << 19);
}

/** VFP moves within the register file, and data processing with one operand (ARM DDI 0406C A7.5). */
export const vfpUnary: readonly Definition[] = [
  {
    name: 'VMOV (immediate)',
    section: 'A8.8.339',
    class: 'vfp',
    encodings: encodings('1110 1d11 iiii dddd 101z 0000 iiii', decodeImmediate, 'A2', 'T2'),
    exec(o, f) {
      const v = o.vfp;
      v.checkArithmeticEnabled();
      if (f.z) v.setD(f.d, v.join(o.imm(0), o.imm(f.i)));
      else v.setS(f.d, o.imm(f.i));
    },
  },
  {
    name: 'VMOV (register)',
    section: 'A8.8.340',
    class: 'vfp',
    encodings: encodings('1110 1d11 0000 dddd 101z 01m0 mmmm', decodeOperands, 'A2', 'T2'),
    exec(o, f) {
      const v = o.vfp;
      v.checkArithmeticEnabled();
      if (f.z) v.setD(f.d, v.getD(f.m));
      else v.setS(f.d, v.getS(f.m));
    },
  },
  {
    name: 'VABS',
    section: 'A8.8.280',
    class: 'vfp',
    encodings: encodings('1110 1d11 0000 dddd 101z 11m0 mmmm', decodeOperands, 'A2', 'T2'),
    exec(o, f) {
      const v = o.vfp;
      v.checkArithmeticEnabled();
      if (f.z) v.setD(f.d, v.absD(v.getD(f.m)));
      else v.setS(f.d, v.absS(v.getS(f.m)));
    },
  },
  {
    name: 'VNEG',
    section: 'A8.8.355',
    class: 'vfp',
    encodings: encodings('1110 1d11 0001 dddd 101z 01m0 mmmm', decodeOperands, 'A2', 'T2'),
    exec(o, f) {
      const v = o.vfp;
      v.checkArithmeticEnabled();
      if (f.z) v.setD(f.d, v.negD(v.getD(f.m)));
      else v.setS(f.d, v.negS(v.getS(f.m)));
    },
  },
  {
    name: 'VSQRT',
    section: 'A8.8.401',
    class: 'vfp',
    encodings: encodings('1110 1d11 0001 dddd 101z 11m0 mmmm', decodeOperands),
    exec(o, f) {
      const v = o.vfp;
      v.checkArithmeticEnabled();
      if (f.z) v.setD(f.d, v.sqrtD(v.getD(f.m)));
      else v.setS(f.d, v.sqrtS(v.getS(f.m)));
    },
  },
  {
    name: 'VCMP, VCMPE',
    section: 'A8.8.303',
    class: 'vfp',
    encodings: encodings('1110 1d11 0100 dddd 101z e1m0 mmmm', decodeOperands),
    exec(o, f) {
      const v = o.vfp;
      v.checkEnabled();
      if (f.z) v.compareD(v.getD(f.d), v.getD(f.m), f.e === 1);
      else v.compareS(v.getS(f.d), v.getS(f.m), f.e === 1);
    },
  },
  {
    name: 'VCMP, VCMPE (with zero)',
    section: 'A8.8.303',
    class: 'vfp',
    encodings: encodings('1110 1d11 0101 dddd 101z e100 0000', decodeOperands, 'A2', 'T2'),
    exec(o, f) {
      const v = o.vfp;
      v.checkEnabled();
      if (f.z) v.compareD(v.getD(f.d), v.join(o.imm(0), o.imm(0)), f.e === 1);
      else v.compareS(v.getS(f.d), o.imm(0), f.e === 1);
    },
  },
];
