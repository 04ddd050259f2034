/** Branches and IT (ARM DDI 0406C A8.8.18, A8.8.25 to A8.8.29, A8.8.54, A8.8.234). `i`: offset from this instruction. */
import type { DecodeContext, DecodeOutcome, Definition, Instruction } from '../instruction.js';

/** What PC reads as, beyond the address of the instruction. */
const PC_A32 = 8;
const PC_THUMB = 4;

function signExtend(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits);
}

function branchA32(f: Instruction): DecodeOutcome {
  f.i = signExtend(f.i, 24) * 4 + PC_A32;
  return undefined;
}

/** S:I1:I2 of the wide Thumb branches from S, J1 (`x`) and J2 (`y`). */
function topBits(f: Instruction): number {
  return (f.s << 2) | ((f.x ^ f.s ^ 1) << 1) | (f.y ^ f.s ^ 1);
}

/** T32 B (T4) and BL. */
function wideBranch(f: Instruction): DecodeOutcome {
  f.i = signExtend((topBits(f) << 21) | f.i, 24) * 2 + PC_THUMB;
  return undefined;
}

export const branch: readonly Definition[] = [
  {
    name: 'B',
    section: 'A8.8.18',
    class: 'branch',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 1010 iiiiiiiiiiiiiiiiiiiiiiii', decode: branchA32 },
      {
        set: 'T16',
        name: 'T1',
        pattern: '1101 cccc iiiiiiii',
        decode: (f: Instruction, context: DecodeContext) => {
          f.i = signExtend(f.i, 8) * 2 + PC_THUMB;
          return context.inITBlock ? 'UNDEFINED' : undefined;
        },
      },
      {
        set: 'T16',
        name: 'T2',
        pattern: '11100 iiiiiiiiiii',
        decode: (f) => {
          f.i = signExtend(f.i, 11) * 2 + PC_THUMB;
          return undefined;
        },
      },
      {
        set: 'T32',
        name: 'T3',
        pattern: '11110 s cccc iiiiii 10 x 0 y iiiiiiiiiii',
        decode: (f: Instruction, context: DecodeContext) => {
          const top = (f.s << 2) | (f.y << 1) | f.x;
          f.i = signExtend((top << 17) | f.i, 20) * 2 + PC_THUMB;
          return f.c >= 14 || context.inITBlock ? 'UNDEFINED' : undefined;
        },
      },
      { set: 'T32', name: 'T4', pattern: '11110 s iiiiiiiiii 10 x 1 y iiiiiiiiiii', decode: wideBranch },
    ],
    exec: (o, f) => o.branch(f.i),
  },
  {
    name: 'BL',
    section: 'A8.8.25',
    class: 'branch',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 1011 iiiiiiiiiiiiiiiiiiiiiiii', decode: branchA32 },
      { set: 'T32', name: 'T1', pattern: '11110 s iiiiiiiiii 11 x 1 y iiiiiiiiiii', decode: wideBranch },
    ],
    exec: (o, f) => o.branchLink(f.i, o.thumb),
  },
  {
    name: 'BLX (immediate)',
    section: 'A8.8.25',
    class: 'branch',
    encodings: [
      {
        set: 'A32',
        name: 'A2',
        pattern: '1111 101h iiiiiiiiiiiiiiiiiiiiiiii',
        decode: (f) => {
          f.i = signExtend(f.i, 24) * 4 + f.h * 2 + PC_A32;
          return undefined;
        },
      },
      {
        set: 'T32',
        name: 'T2',
        pattern: '11110 s iiiiiiiiii 11 x 0 y iiiiiiiiii 0',
        decode: (f) => {
          f.i = signExtend((topBits(f) << 20) | f.i, 23) * 4 + PC_THUMB;
          return undefined;
        },
      },
    ],
    exec: (o, f) => o.branchLink(f.i, !o.thumb),
  },
  {
    name: 'BLX (register)',
    section: 'A8.8.26',
    class: 'branch',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0001 0010 1111 1111 1111 0011 mmmm' },
      { set: 'T16', name: 'T1', pattern: '010001111 mmmm 000' },
    ],
    exec: (o, f) => o.branchLinkExchange(o.reg(f.m)),
  },
  {
    name: 'BX',
    section: 'A8.8.27',
    class: 'branch',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0001 0010 1111 1111 1111 0001 mmmm' },
      { set: 'T16', name: 'T1', pattern: '010001110 mmmm 000' },
    ],
    exec: (o, f) => o.bxWritePC(o.reg(f.m)),
  },
  {
    name: 'BXJ',
    section: 'A8.8.28',
    class: 'branch',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0001 0010 1111 1111 1111 0010 mmmm' },
      { set: 'T32', name: 'T1', pattern: '1111 0011 1100 mmmm 1000 1111 0000 0000' },
    ],
    interpretOnly: true,
    exec: (o, f) => {
      // The Jazelle extension is trivial: BXJ is BX, but Hyp mode may trap it (HSTR.TJDBX).
      o.sys.checkBxjTrap(f.m);
      o.bxWritePC(o.reg(f.m));
    },
  },
  {
    name: 'CBZ, CBNZ',
    section: 'A8.8.29',
    class: 'branch',
    encodings: [
      {
        set: 'T16',
        name: 'T1',
        pattern: '1011 x0i1 iiiii nnn',
        decode: (f) => {
          f.i = f.i * 2 + PC_THUMB;
          return undefined;
        },
      },
    ],
    exec: (o, f) => {
      const rn = o.reg(f.n);
      o.branchIf(f.x !== 0 ? o.ne(rn, o.imm(0)) : o.eq(rn, o.imm(0)), f.i);
    },
  },
  {
    name: 'TBB',
    section: 'A8.8.234',
    class: 'branch',
    encodings: [{ set: 'T32', name: 'T1', pattern: '1110 1000 1101 nnnn 1111 0000 0000 mmmm' }],
    exec: (o, f) => {
      const halfwords = o.load8U(o.add(o.reg(f.n), o.reg(f.m)));
      o.branchWritePC(o.add(o.reg(15), o.shl(halfwords, o.imm(1))));
    },
  },
  {
    name: 'TBH',
    section: 'A8.8.234',
    class: 'branch',
    encodings: [{ set: 'T32', name: 'T1', pattern: '1110 1000 1101 nnnn 1111 0000 0001 mmmm' }],
    exec: (o, f) => {
      const halfwords = o.load16U(o.add(o.reg(f.n), o.shl(o.reg(f.m), o.imm(1))));
      o.branchWritePC(o.add(o.reg(15), o.shl(halfwords, o.imm(1))));
    },
  },
  {
    name: 'IT',
    section: 'A8.8.54',
    class: 'branch',
    encodings: [
      {
        set: 'T16',
        name: 'T1',
        pattern: '1011 1111 iiiiiiii',
        decode: (f) => {
          // In an IT block it is UNPREDICTABLE; QEMU begins a new block, whatever the condition.
          f.c = 15;
          return undefined;
        },
      },
    ],
    exec: (o, f) => o.setITState(f.i),
  },
];
