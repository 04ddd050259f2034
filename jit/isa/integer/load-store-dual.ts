/** LDRD and STRD (ARM DDI 0406C A8.8.72 to A8.8.74, A8.8.210, A8.8.211): `t` and `b` are Rt and Rt2. */
import type { DecodeOutcome, Definition, Instruction } from '../instruction.js';
import type { I32, Ops } from '../ops.js';
import { indexedDualImmediate, indexedDualRegister, setBase, shiftedOffset } from './address.js';

/** A32: Rt2 is the register after Rt, which is even. */
function pairA32(decode: (f: Instruction) => DecodeOutcome): (f: Instruction) => DecodeOutcome {
  return (f) => {
    if ((f.t & 1) !== 0) return 'UNDEFINED';
    f.b = f.t + 1;
    return decode(f);
  };
}

/** T32: offset in words; P=0 W=0 belongs to other instructions and is not in the patterns. */
function offsetT32(f: Instruction): DecodeOutcome {
  f.i = f.u === 0 ? f.i * -4 : f.i * 4;
  return undefined;
}

/** Rn, or Align(PC, 4) in the literal form and wherever else Rn is 15. */
function base(o: Ops, f: Instruction): I32 {
  return f.n === 15 ? o.pcRelative(0) : o.reg(f.n);
}

function addOffsetRegister(o: Ops, f: Instruction, address: I32): I32 {
  return f.u !== 0 ? o.add(address, shiftedOffset(o, f)) : o.sub(address, shiftedOffset(o, f));
}

/** Rt or Rt2 = 15 is UNPREDICTABLE; QEMU branches without interworking. */
function setPair(o: Ops, f: Instruction, first: I32, second: I32): void {
  setBase(o, f.t, first);
  setBase(o, f.b, second);
}

export const loadStoreDual: readonly Definition[] = [
  {
    name: 'LDRD (immediate)',
    section: 'A8.8.72',
    class: 'load-store',
    encodings: [
      {
        set: 'A32',
        name: 'A1',
        pattern: 'cccc 000p u1w0 nnnn tttt iiii 1101 iiii',
        decode: pairA32(indexedDualImmediate),
      },
      {
        set: 'T32',
        name: 'T1',
        pattern: '1110 1001 u1w1 nnnn tttt bbbb iiiiiiii',
        decode: (f) => {
          f.p = 1;
          return offsetT32(f);
        },
      },
      {
        set: 'T32',
        name: 'T1',
        pattern: '1110 1000 u111 nnnn tttt bbbb iiiiiiii',
        decode: (f) => {
          f.w = 1;
          return offsetT32(f);
        },
      },
    ],
    exec: (o, f) => {
      const rn = base(o, f);
      const offsetAddress = o.add(rn, o.imm(f.i));
      const address = f.p !== 0 ? offsetAddress : rn;
      const first = o.load32Aligned(address);
      const second = o.load32Aligned(o.add(address, o.imm(4)));
      setPair(o, f, first, second);
      if (f.w !== 0) setBase(o, f.n, offsetAddress);
    },
  },
  {
    name: 'LDRD (register)',
    section: 'A8.8.74',
    class: 'load-store',
    encodings: [
      {
        set: 'A32',
        name: 'A1',
        pattern: 'cccc 000p u0w0 nnnn tttt 0000 1101 mmmm',
        decode: pairA32(indexedDualRegister),
      },
    ],
    exec: (o, f) => {
      const rn = base(o, f);
      const address = f.p !== 0 ? addOffsetRegister(o, f, rn) : rn;
      const first = o.load32Aligned(address);
      const second = o.load32Aligned(o.add(address, o.imm(4)));
      setPair(o, f, first, second);
      // Rm among the loaded registers is UNPREDICTABLE; QEMU adds what was loaded.
      if (f.w !== 0) setBase(o, f.n, f.p !== 0 ? address : addOffsetRegister(o, f, rn));
    },
  },
  {
    name: 'STRD (immediate)',
    section: 'A8.8.210',
    class: 'load-store',
    encodings: [
      {
        set: 'A32',
        name: 'A1',
        pattern: 'cccc 000p u1w0 nnnn tttt iiii 1111 iiii',
        decode: pairA32(indexedDualImmediate),
      },
      {
        set: 'T32',
        name: 'T1',
        pattern: '1110 1001 u1w0 nnnn tttt bbbb iiiiiiii',
        decode: (f) => {
          f.p = 1;
          return offsetT32(f);
        },
      },
      {
        set: 'T32',
        name: 'T1',
        pattern: '1110 1000 u110 nnnn tttt bbbb iiiiiiii',
        decode: (f) => {
          f.w = 1;
          return offsetT32(f);
        },
      },
    ],
    exec: (o, f) => {
      const rn = base(o, f);
      const offsetAddress = o.add(rn, o.imm(f.i));
      const address = f.p !== 0 ? offsetAddress : rn;
      o.store32Aligned(address, o.reg(f.t));
      o.store32Aligned(o.add(address, o.imm(4)), o.reg(f.b));
      if (f.w !== 0) setBase(o, f.n, offsetAddress);
    },
  },
  {
    name: 'STRD (register)',
    section: 'A8.8.211',
    class: 'load-store',
    encodings: [
      {
        set: 'A32',
        name: 'A1',
        pattern: 'cccc 000p u0w0 nnnn tttt 0000 1111 mmmm',
        decode: pairA32(indexedDualRegister),
      },
    ],
    exec: (o, f) => {
      const rn = base(o, f);
      const offsetAddress = addOffsetRegister(o, f, rn);
      const address = f.p !== 0 ? offsetAddress : rn;
      o.store32Aligned(address, o.reg(f.t));
      o.store32Aligned(o.add(address, o.imm(4)), o.reg(f.b));
      if (f.w !== 0) setBase(o, f.n, offsetAddress);
    },
  },
];
