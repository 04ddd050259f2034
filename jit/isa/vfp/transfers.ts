import type { Definition, Instruction } from '../instruction.js';
import type { I32, Ops } from '../ops.js';
import { doubleN, encodings, single } from './encoding.js';

/** Writes a core register. R15 as destination is UNPREDICTABLE: a branch. */
function setCore(o: Ops, n: number, value: I32): void {
  if (n === 15) o.branchWritePC(value);
  else o.setReg(n, value);
}

/** The bits that N, Z, C and V are set from, bits 31:28. */
function setFlags(o: Ops, value: I32): void {
  o.writeAPSR(o.or(o.and(value, o.imm(0xf000_0000 | 0)), o.and(o.readCPSR(), o.imm(1 << 27))), true, false);
}

/** Vn:N in `n` is the double; `x` is the element's index and `e` becomes its size in bits. */
const element =
  (esize: number) =>
  (f: Instruction): undefined => {
    f.n = doubleN(f.n);
    f.e = esize;
  };

/** Scalars of 8 and 16 bits are Advanced SIMD's, those of 32 VFP's. */
function checkScalarEnabled(o: Ops, f: Instruction): void {
  if (f.e === 32) o.vfp.checkEnabled();
  else o.simd.checkEnabled();
}

/** VMRS and VMSR of these registers are privileged; all others but FPSCR are UNDEFINED. */
const SYSTEM_REGISTERS = [0, 6, 7, 8];

function decodeSystem(f: Instruction): 'UNDEFINED' | undefined {
  return SYSTEM_REGISTERS.includes(f.n) ? undefined : 'UNDEFINED';
}

/** Transfers between core registers and the floating-point registers (ARM DDI 0406C A7.8, A7.9). */
export const vfpTransfers: readonly Definition[] = [
  {
    name: 'VMOV (single to core register)',
    section: 'A8.8.343',
    class: 'vfp',
    encodings: encodings('1110 0001 nnnn tttt 1010 n001 0000'),
    exec(o, f) {
      const v = o.vfp;
      v.checkEnabled();
      // Rt = 15 is UNPREDICTABLE: the flags, as VMRS sets them.
      if (f.t === 15) setFlags(o, v.getS(f.n));
      else o.setReg(f.t, v.getS(f.n));
    },
  },
  {
    name: 'VMOV (core register to single)',
    section: 'A8.8.343',
    class: 'vfp',
    encodings: encodings('1110 0000 nnnn tttt 1010 n001 0000'),
    exec(o, f) {
      o.vfp.checkEnabled();
      o.vfp.setS(f.n, o.reg(f.t));
    },
  },
  {
    name: 'VMOV (two singles to two core registers)',
    section: 'A8.8.344',
    class: 'vfp',
    encodings: encodings('1100 0101 bbbb tttt 1010 00m1 mmmm', (f): undefined => {
      f.m = single(f.m);
    }),
    exec(o, f) {
      const v = o.vfp;
      v.checkEnabled();
      setCore(o, f.t, v.getS(f.m));
      setCore(o, f.b, v.getS(f.m + 1));
    },
  },
  {
    name: 'VMOV (two core registers to two singles)',
    section: 'A8.8.344',
    class: 'vfp',
    encodings: encodings('1100 0100 bbbb tttt 1010 00m1 mmmm', (f): undefined => {
      f.m = single(f.m);
    }),
    exec(o, f) {
      const v = o.vfp;
      v.checkEnabled();
      v.setS(f.m, o.reg(f.t));
      v.setS(f.m + 1, o.reg(f.b));
    },
  },
  {
    name: 'VMOV (double to two core registers)',
    section: 'A8.8.345',
    class: 'vfp',
    encodings: encodings('1100 0101 bbbb tttt 1011 00m1 mmmm'),
    exec(o, f) {
      const v = o.vfp;
      v.checkEnabled();
      setCore(o, f.t, v.low(v.getD(f.m)));
      setCore(o, f.b, v.high(v.getD(f.m)));
    },
  },
  {
    name: 'VMOV (two core registers to double)',
    section: 'A8.8.345',
    class: 'vfp',
    encodings: encodings('1100 0100 bbbb tttt 1011 00m1 mmmm'),
    exec(o, f) {
      const v = o.vfp;
      v.checkEnabled();
      v.setD(f.m, v.join(o.reg(f.t), o.reg(f.b)));
    },
  },
  {
    name: 'VMOV (core register to scalar)',
    section: 'A8.8.341',
    class: 'vfp',
    encodings: [
      ...encodings('1110 01x0 nnnn tttt 1011 nxx1 0000', element(8), 'A1 (8)', 'T1 (8)'),
      ...encodings('1110 00x0 nnnn tttt 1011 nx11 0000', element(16), 'A1 (16)', 'T1 (16)'),
      ...encodings('1110 00x0 nnnn tttt 1011 n001 0000', element(32), 'A1 (32)', 'T1 (32)'),
    ],
    exec(o, f) {
      checkScalarEnabled(o, f);
      o.vfp.setElement(f.n, f.x, f.e, o.reg(f.t));
    },
  },
  {
    name: 'VMOV (scalar to core register)',
    section: 'A8.8.342',
    class: 'vfp',
    encodings: [
      ...encodings('1110 u1x1 nnnn tttt 1011 nxx1 0000', element(8), 'A1 (8)', 'T1 (8)'),
      ...encodings('1110 u0x1 nnnn tttt 1011 nx11 0000', element(16), 'A1 (16)', 'T1 (16)'),
      ...encodings('1110 00x1 nnnn tttt 1011 n001 0000', element(32), 'A1 (32)', 'T1 (32)'),
    ],
    exec(o, f) {
      checkScalarEnabled(o, f);
      setCore(o, f.t, o.vfp.getElement(f.n, f.x, f.e, f.u === 0));
    },
  },
  {
    name: 'VMRS (FPSCR)',
    section: 'A8.8.348',
    class: 'vfp',
    encodings: encodings('1110 1111 0001 tttt 1010 0001 0000'),
    exec(o, f) {
      o.vfp.checkEnabled();
      if (f.t === 15) o.vfp.flagsToAPSR();
      else o.setReg(f.t, o.vfp.readFPSCR());
    },
  },
  {
    name: 'VMSR (FPSCR)',
    section: 'A8.8.349',
    class: 'vfp',
    encodings: encodings('1110 1110 0001 tttt 1010 0001 0000'),
    exec(o, f) {
      o.vfp.checkEnabled();
      o.vfp.writeFPSCR(o.reg(f.t));
    },
  },
  {
    name: 'VMRS',
    section: 'B9.3.21',
    class: 'system',
    interpretOnly: true,
    encodings: encodings('1110 1111 nnnn tttt 1010 0001 0000', decodeSystem),
    exec(o, f) {
      const value = o.sys.readVfpSystem(f.n, f.t);
      if (f.t === 15) setFlags(o, value);
      else o.setReg(f.t, value);
    },
  },
  {
    name: 'VMSR',
    section: 'B9.3.22',
    class: 'system',
    interpretOnly: true,
    encodings: encodings('1110 1110 nnnn tttt 1010 0001 0000', decodeSystem),
    exec(o, f) {
      o.sys.writeVfpSystem(f.n, o.reg(f.t));
    },
  },
];
