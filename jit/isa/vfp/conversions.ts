import type { Definition, Instruction } from '../instruction.js';
import { encodings, single } from './encoding.js';

/** `z`: the floating-point operand is a double. The integer is always in a single register. */
function decodeFromInteger(f: Instruction): undefined {
  if (!f.z) f.d = single(f.d);
  f.m = single(f.m);
}

function decodeToInteger(f: Instruction): undefined {
  f.d = single(f.d);
  if (!f.z) f.m = single(f.m);
}

/** `e` (sx) becomes the width, 16 or 32, and `i` (imm4:i) the fraction bits, which may be negative (UNPREDICTABLE). */
function decodeFixed(f: Instruction): undefined {
  if (!f.z) f.d = single(f.d);
  f.e = f.e ? 32 : 16;
  f.i = f.e - single(f.i);
}

function decodeSingles(f: Instruction): undefined {
  f.d = single(f.d);
  f.m = single(f.m);
}

/** VCVT, VCVTR, VCVTB and VCVTT of VFP. `u` is 1 for an unsigned integer or fixed-point number. */
export const vfpConversions: readonly Definition[] = [
  {
    name: 'VCVT (double from single)',
    section: 'A8.8.309',
    class: 'vfp',
    encodings: encodings('1110 1d11 0111 dddd 1010 11m0 mmmm', (f): undefined => {
      f.m = single(f.m);
    }),
    exec(o, f) {
      const v = o.vfp;
      v.checkEnabled();
      v.setD(f.d, v.doubleFromS(v.getS(f.m)));
    },
  },
  {
    name: 'VCVT (single from double)',
    section: 'A8.8.309',
    class: 'vfp',
    encodings: encodings('1110 1d11 0111 dddd 1011 11m0 mmmm', (f): undefined => {
      f.d = single(f.d);
    }),
    exec(o, f) {
      const v = o.vfp;
      v.checkEnabled();
      v.setS(f.d, v.singleFromD(v.getD(f.m)));
    },
  },
  {
    name: 'VCVTB, VCVTT (single from half)',
    section: 'A8.8.311',
    class: 'vfp',
    encodings: encodings('1110 1d11 0010 dddd 1010 t1m0 mmmm', decodeSingles),
    exec(o, f) {
      const v = o.vfp;
      v.checkEnabled();
      const source = v.getS(f.m);
      v.setS(f.d, v.singleFromHalf(f.t ? o.shrU(source, o.imm(16)) : source));
    },
  },
  {
    name: 'VCVTB, VCVTT (half from single)',
    section: 'A8.8.311',
    class: 'vfp',
    encodings: encodings('1110 1d11 0011 dddd 1010 t1m0 mmmm', decodeSingles),
    exec(o, f) {
      const v = o.vfp;
      v.checkEnabled();
      const half = v.halfFromS(v.getS(f.m));
      const old = v.getS(f.d);
      if (f.t) v.setS(f.d, o.or(o.and(old, o.imm(0xffff)), o.shl(half, o.imm(16))));
      else v.setS(f.d, o.or(o.and(old, o.imm(0xffff_0000 | 0)), half));
    },
  },
  {
    name: 'VCVT (floating-point from integer)',
    section: 'A8.8.306',
    class: 'vfp',
    encodings: encodings('1110 1d11 1000 dddd 101z s1m0 mmmm', decodeFromInteger),
    exec(o, f) {
      const v = o.vfp;
      v.checkEnabled();
      if (f.z) v.setD(f.d, v.doubleFromInt(v.getS(f.m), f.s === 0));
      else v.setS(f.d, v.singleFromInt(v.getS(f.m), f.s === 0));
    },
  },
  {
    name: 'VCVT, VCVTR (integer from floating-point)',
    section: 'A8.8.306',
    class: 'vfp',
    encodings: encodings('1110 1d11 110s dddd 101z w1m0 mmmm', decodeToInteger),
    exec(o, f) {
      const v = o.vfp;
      v.checkEnabled();
      if (f.z) v.setS(f.d, v.intFromD(v.getD(f.m), f.s === 0, f.w === 1));
      else v.setS(f.d, v.intFromS(v.getS(f.m), f.s === 0, f.w === 1));
    },
  },
  {
    name: 'VCVT (floating-point from fixed-point)',
    section: 'A8.8.308',
    class: 'vfp',
    encodings: encodings('1110 1d11 101u dddd 101z e1i0 iiii', decodeFixed),
    exec(o, f) {
      const v = o.vfp;
      v.checkEnabled();
      if (f.z) v.setD(f.d, v.doubleFromFixed(v.low(v.getD(f.d)), f.i, f.e, f.u === 1));
      else v.setS(f.d, v.singleFromFixed(v.getS(f.d), f.i, f.e, f.u === 1));
    },
  },
  {
    name: 'VCVT (fixed-point from floating-point)',
    section: 'A8.8.308',
    class: 'vfp',
    encodings: encodings('1110 1d11 111u dddd 101z e1i0 iiii', decodeFixed),
    exec(o, f) {
      const v = o.vfp;
      v.checkEnabled();
      if (f.z) {
        // Extended to all 64 bits of the register.
        const result = v.fixedFromD(v.getD(f.d), f.i, f.e, f.u === 1);
        v.setD(f.d, v.join(result, f.u ? o.imm(0) : o.shrS(result, o.imm(31))));
      } else {
        v.setS(f.d, v.fixedFromS(v.getS(f.d), f.i, f.e, f.u === 1));
      }
    },
  },
];
