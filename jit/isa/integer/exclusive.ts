/**
 * Load-exclusive, store-exclusive, CLREX and SWP (ARM DDI 0406C A8.8.75 to A8.8.78, A8.8.212 to A8.8.215).
 * `t`, `b` data, `d` the status result, `i` the offset of the T32 word forms. The register combinations that
 * the manual leaves UNPREDICTABLE are UNDEFINED, as in QEMU.
 */
import type { DecodeContext, DecodeOutcome, Definition, Instruction } from '../instruction.js';
import type { I32, Ops } from '../ops.js';

type Decode = (f: Instruction, context: DecodeContext) => DecodeOutcome;

function load(f: Instruction): DecodeOutcome {
  return f.n === 15 || f.t === 15 ? 'UNDEFINED' : undefined;
}

function loadT32(f: Instruction): DecodeOutcome {
  return f.t === 13 ? 'UNDEFINED' : load(f);
}

function loadPair(f: Instruction): DecodeOutcome {
  return f.b === 15 || f.t === f.b ? 'UNDEFINED' : load(f);
}

function store(f: Instruction): DecodeOutcome {
  if (f.d === 15 || f.n === 15 || f.t === 15) return 'UNDEFINED';
  return f.d === f.n || f.d === f.t ? 'UNDEFINED' : undefined;
}

function storeT32(f: Instruction): DecodeOutcome {
  return f.d === 13 || f.t === 13 ? 'UNDEFINED' : store(f);
}

function storePair(f: Instruction): DecodeOutcome {
  return f.b === 15 || f.d === f.b ? 'UNDEFINED' : store(f);
}

/** T32 word form: offset in words. */
function scaled(decode: Decode): Decode {
  return (f, context) => {
    f.i *= 4;
    return decode(f, context);
  };
}

/** A32 doubleword: Rt2 follows Rt, which is even. */
function pairA32(decode: Decode): Decode {
  return (f, context) => {
    if ((f.t & 1) !== 0) return 'UNDEFINED';
    f.b = f.t + 1;
    return decode(f, context);
  };
}

function pairT32(decode: Decode, single: Decode): Decode {
  return (f, context) =>
    f.b === 13 || single(f, context) === 'UNDEFINED' ? 'UNDEFINED' : decode(f, context);
}

function address(o: Ops, f: Instruction): I32 {
  return o.add(o.reg(f.n), o.imm(f.i));
}

/** SWP and SWPB are UNDEFINED unless SCTLR.SW allows them (ARM DDI 0406C B4.1.130). */
function swapAllowed(o: Ops): boolean {
  if (o.sys.swapEnabled()) return true;
  o.undefinedInstruction();
  return false;
}

/** Rt = 15 is UNPREDICTABLE; QEMU branches. */
function setSwapped(o: Ops, t: number, value: I32): void {
  if (t === 15) o.branchWritePC(value);
  else o.setReg(t, value);
}

export const exclusive: readonly Definition[] = [
  {
    name: 'LDREX',
    section: 'A8.8.75',
    class: 'exclusive',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0001 1001 nnnn tttt 1111 1001 1111', decode: load },
      { set: 'T32', name: 'T1', pattern: '1110 1000 0101 nnnn tttt 1111 iiiiiiii', decode: scaled(loadT32) },
    ],
    exec: (o, f) => o.setReg(f.t, o.loadExclusive(address(o, f), 4)),
  },
  {
    name: 'LDREXB',
    section: 'A8.8.76',
    class: 'exclusive',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0001 1101 nnnn tttt 1111 1001 1111', decode: load },
      { set: 'T32', name: 'T1', pattern: '1110 1000 1101 nnnn tttt 1111 0100 1111', decode: loadT32 },
    ],
    exec: (o, f) => o.setReg(f.t, o.loadExclusive(address(o, f), 1)),
  },
  {
    name: 'LDREXH',
    section: 'A8.8.78',
    class: 'exclusive',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0001 1111 nnnn tttt 1111 1001 1111', decode: load },
      { set: 'T32', name: 'T1', pattern: '1110 1000 1101 nnnn tttt 1111 0101 1111', decode: loadT32 },
    ],
    exec: (o, f) => o.setReg(f.t, o.loadExclusive(address(o, f), 2)),
  },
  {
    name: 'LDREXD',
    section: 'A8.8.77',
    class: 'exclusive',
    encodings: [
      {
        set: 'A32',
        name: 'A1',
        pattern: 'cccc 0001 1011 nnnn tttt 1111 1001 1111',
        decode: pairA32(loadPair),
      },
      {
        set: 'T32',
        name: 'T1',
        pattern: '1110 1000 1101 nnnn tttt bbbb 0111 1111',
        decode: pairT32(loadPair, loadT32),
      },
    ],
    exec: (o, f) => {
      const first = o.loadExclusive(address(o, f), 8);
      const second = o.loadExclusiveSecond();
      o.setReg(f.t, first);
      o.setReg(f.b, second);
    },
  },
  {
    name: 'STREX',
    section: 'A8.8.212',
    class: 'exclusive',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0001 1000 nnnn dddd 1111 1001 tttt', decode: store },
      { set: 'T32', name: 'T1', pattern: '1110 1000 0100 nnnn tttt dddd iiiiiiii', decode: scaled(storeT32) },
    ],
    exec: (o, f) => o.setReg(f.d, o.storeExclusive(address(o, f), 4, o.reg(f.t), o.imm(0))),
  },
  {
    name: 'STREXB',
    section: 'A8.8.213',
    class: 'exclusive',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0001 1100 nnnn dddd 1111 1001 tttt', decode: store },
      { set: 'T32', name: 'T1', pattern: '1110 1000 1100 nnnn tttt 1111 0100 dddd', decode: storeT32 },
    ],
    exec: (o, f) => o.setReg(f.d, o.storeExclusive(address(o, f), 1, o.reg(f.t), o.imm(0))),
  },
  {
    name: 'STREXH',
    section: 'A8.8.215',
    class: 'exclusive',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0001 1110 nnnn dddd 1111 1001 tttt', decode: store },
      { set: 'T32', name: 'T1', pattern: '1110 1000 1100 nnnn tttt 1111 0101 dddd', decode: storeT32 },
    ],
    exec: (o, f) => o.setReg(f.d, o.storeExclusive(address(o, f), 2, o.reg(f.t), o.imm(0))),
  },
  {
    name: 'STREXD',
    section: 'A8.8.214',
    class: 'exclusive',
    encodings: [
      {
        set: 'A32',
        name: 'A1',
        pattern: 'cccc 0001 1010 nnnn dddd 1111 1001 tttt',
        decode: pairA32(storePair),
      },
      {
        set: 'T32',
        name: 'T1',
        pattern: '1110 1000 1100 nnnn tttt bbbb 0111 dddd',
        decode: pairT32(storePair, storeT32),
      },
    ],
    exec: (o, f) => o.setReg(f.d, o.storeExclusive(address(o, f), 8, o.reg(f.t), o.reg(f.b))),
  },
  {
    name: 'CLREX',
    section: 'A8.8.32',
    class: 'exclusive',
    encodings: [
      { set: 'A32', name: 'A1', pattern: '1111 0101 0111 1111 1111 0000 0001 1111' },
      { set: 'T32', name: 'T1', pattern: '1111 0011 1011 1111 1000 1111 0010 1111' },
    ],
    exec: (o) => o.clearExclusive(),
  },
  {
    name: 'SWP',
    section: 'A8.8.229',
    class: 'exclusive',
    encodings: [{ set: 'A32', name: 'A1', pattern: 'cccc 0001 0000 nnnn tttt 0000 1001 mmmm' }],
    interpretOnly: true,
    exec: (o, f) => {
      if (!swapAllowed(o)) return;
      const rn = o.reg(f.n);
      const data = o.load32Aligned(rn);
      o.store32Aligned(rn, o.reg(f.m));
      setSwapped(o, f.t, data);
    },
  },
  {
    name: 'SWPB',
    section: 'A8.8.229',
    class: 'exclusive',
    encodings: [{ set: 'A32', name: 'A1', pattern: 'cccc 0001 0100 nnnn tttt 0000 1001 mmmm' }],
    interpretOnly: true,
    exec: (o, f) => {
      if (!swapAllowed(o)) return;
      const rn = o.reg(f.n);
      const data = o.load8U(rn);
      o.store8(rn, o.reg(f.m));
      setSwapped(o, f.t, data);
    },
  },
];
