/**
 * MCR, MRC, MCRR and MRRC to coprocessors 14 and 15 (ARM DDI 0406C A8.8.98, A8.8.99, A8.8.107, A8.8.108), and LDC and STC of the two
 * debug registers that they reach (C11.11.25, C11.11.29). Coprocessors 10 and 11 are VFP and Advanced SIMD; there is no other, so the rest
 * of the space (CDP, other LDC and STC, the `2` forms) is UNDEFINED. `a` opc1, `n` CRn, `m` CRm, `k` opc2, `e` the coprocessor less 14.
 */
import type { DecodeOutcome, Definition, Instruction } from '../instruction.js';
import type { I32, Ops } from '../ops.js';
import { setBase } from './address.js';

const CP14 = 14;

/** P, U and W of LDC and STC; the offset becomes bytes with their sign. Without indexing it is none: the field is for the coprocessor. */
function debugTransfer(f: Instruction): DecodeOutcome {
  if (f.p === 0 && f.u === 0 && f.w === 0) return 'UNDEFINED';
  f.a = f.i;
  f.i = f.p === 0 && f.w === 0 ? 0 : (f.u !== 0 ? 4 : -4) * f.i;
  return undefined;
}

/** HSR.ISS of the trap (B3.13.6): imm8, Rn, U, the addressing mode, and 1 for LDC. */
function transferSyndrome(f: Instruction, isLoad: boolean): number {
  const literal = f.n === 15 ? 4 : 0;
  const mode = literal | (f.p << 1) | f.w;
  return (f.a << 12) | (f.n << 5) | (f.u << 4) | (mode << 1) | (isLoad ? 1 : 0);
}

/** The address of LDC or STC; the base is written back behind the access. */
function transferAddress(o: Ops, f: Instruction): I32 {
  const base = f.n === 15 ? o.and(o.reg(15), o.imm(-4)) : o.reg(f.n);
  return f.p === 0 ? base : o.add(base, o.imm(f.i));
}

export const coprocessor: readonly Definition[] = [
  {
    name: 'MCR',
    section: 'A8.8.98',
    class: 'coprocessor',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 1110 aaa0 nnnn tttt 111e kkk1 mmmm' },
      { set: 'T32', name: 'T1', pattern: '1110 1110 aaa0 nnnn tttt 111e kkk1 mmmm' },
    ],
    exec: (o, f) => o.sys.writeCoprocessor(CP14 + f.e, f.a, f.n, f.m, f.k, o.reg(f.t), f.t),
  },
  {
    name: 'MRC',
    section: 'A8.8.107',
    class: 'coprocessor',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 1110 aaa1 nnnn tttt 111e kkk1 mmmm' },
      { set: 'T32', name: 'T1', pattern: '1110 1110 aaa1 nnnn tttt 111e kkk1 mmmm' },
    ],
    exec: (o, f) => {
      const value = o.sys.readCoprocessor(CP14 + f.e, f.a, f.n, f.m, f.k, f.t);
      if (f.t === 15) o.writeNZCV(value);
      else o.setReg(f.t, value);
    },
  },
  {
    name: 'MCRR',
    section: 'A8.8.99',
    class: 'coprocessor',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 1100 0100 bbbb tttt 111e aaaa mmmm' },
      { set: 'T32', name: 'T1', pattern: '1110 1100 0100 bbbb tttt 111e aaaa mmmm' },
    ],
    exec: (o, f) => o.sys.writeCoprocessor64(CP14 + f.e, f.a, f.m, o.reg(f.t), o.reg(f.b), f.t, f.b),
  },
  {
    name: 'MRRC',
    section: 'A8.8.108',
    class: 'coprocessor',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 1100 0101 bbbb tttt 111e aaaa mmmm' },
      { set: 'T32', name: 'T1', pattern: '1110 1100 0101 bbbb tttt 111e aaaa mmmm' },
    ],
    interpretOnly: true,
    exec: (o, f) => {
      const low = o.sys.readCoprocessor64(CP14 + f.e, f.a, f.m, f.t, f.b);
      const high = o.sys.readCoprocessor64High();
      // R15 is UNPREDICTABLE; QEMU branches.
      setBase(o, f.t, low);
      setBase(o, f.b, high);
    },
  },
  {
    name: 'LDC (DBGDTRTXint)',
    section: 'A8.8.55',
    class: 'coprocessor',
    encodings: [
      {
        set: 'A32',
        name: 'A1',
        pattern: 'cccc 110p u0w1 nnnn 0101 1110 iiiiiiii',
        decode: debugTransfer,
      },
      {
        set: 'T32',
        name: 'T1',
        pattern: '1110 110p u0w1 nnnn 0101 1110 iiiiiiii',
        decode: debugTransfer,
      },
    ],
    interpretOnly: true,
    exec: (o, f) => {
      o.sys.checkDebugTransfer(transferSyndrome(f, true));
      // Nobody is at the other end of the DCC.
      o.load32Aligned(transferAddress(o, f));
      if (f.w !== 0) setBase(o, f.n, o.add(o.reg(f.n), o.imm(f.i)));
    },
  },
  {
    name: 'STC (DBGDTRRXint)',
    section: 'A8.8.198',
    class: 'coprocessor',
    encodings: [
      {
        set: 'A32',
        name: 'A1',
        pattern: 'cccc 110p u0w0 nnnn 0101 1110 iiiiiiii',
        decode: debugTransfer,
      },
      {
        set: 'T32',
        name: 'T1',
        pattern: '1110 110p u0w0 nnnn 0101 1110 iiiiiiii',
        decode: debugTransfer,
      },
    ],
    interpretOnly: true,
    exec: (o, f) => {
      o.sys.checkDebugTransfer(transferSyndrome(f, false));
      o.store32Aligned(transferAddress(o, f), o.imm(0));
      if (f.w !== 0) setBase(o, f.n, o.add(o.reg(f.n), o.imm(f.i)));
    },
  },
];
