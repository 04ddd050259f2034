/** Saturating instructions (ARM DDI 0406C A4.4.4). */
import type { DecodeOutcome, Definition, Encoding, Instruction } from '../instruction.js';
import type { I32, Ops } from '../ops.js';
import { decodeImmShift, shiftedRegister, writeRegister } from './operand.js';

/** SignedSatQ(sum, 32) of an addition that wrapped when `overflow` is 1; Q with it. */
function saturateWrapped(o: Ops, sum: I32, overflow: I32): I32 {
  o.orQ(overflow);
  const limit = o.xor(o.shrS(sum, o.imm(31)), o.imm(0x8000_0000 | 0));
  return o.select(overflow, limit, sum);
}

function addSaturating(o: Ops, a: I32, b: I32): I32 {
  const sum = o.add(a, b);
  return saturateWrapped(o, sum, o.shrU(o.and(o.xor(a, sum), o.xor(b, sum)), o.imm(31)));
}

function subSaturating(o: Ops, a: I32, b: I32): I32 {
  const difference = o.sub(a, b);
  return saturateWrapped(o, difference, o.shrU(o.and(o.xor(a, b), o.xor(a, difference)), o.imm(31)));
}

/** @param op bits 22:21 of the A32, 5:4 of the T32 encoding */
function addEncodings(a32: string, t32: string): readonly Encoding[] {
  return [
    { set: 'A32', name: 'A1', pattern: `cccc 00010 ${a32} 0 nnnn dddd 0000 0101 mmmm` },
    { set: 'T32', name: 'T1', pattern: `111110101 000 nnnn 1111 dddd 10 ${t32} mmmm` },
  ];
}

/** Makes `sh` (in `h`) the type of a shift of Rn: LSL or ASR. `l` is sat_imm. */
function decodeSaturate(f: Instruction): void {
  f.m = f.n;
  f.h <<= 1;
  decodeImmShift(f);
}

function decodeSigned(f: Instruction): DecodeOutcome {
  f.l += 1;
  decodeSaturate(f);
  return undefined;
}

function decodeUnsigned(f: Instruction): DecodeOutcome {
  decodeSaturate(f);
  return undefined;
}

function clamp(o: Ops, value: I32, minimum: number, maximum: number): I32 {
  const notAbove = o.select(o.ltS(o.imm(maximum), value), o.imm(maximum), value);
  return o.select(o.ltS(notAbove, o.imm(minimum)), o.imm(minimum), notAbove);
}

/** SignedSatQ(value, bits), bits from 1 to 32. */
function signedSatQ(o: Ops, value: I32, bits: number): I32 {
  const maximum = 2 ** (bits - 1) - 1;
  const result = clamp(o, value, -maximum - 1, maximum);
  o.orQ(o.ne(result, value));
  return result;
}

/** UnsignedSatQ(value, bits), bits from 0 to 31. */
function unsignedSatQ(o: Ops, value: I32, bits: number): I32 {
  const result = clamp(o, value, 0, 2 ** bits - 1);
  o.orQ(o.ne(result, value));
  return result;
}

function twoHalves(o: Ops, low: I32, high: I32): I32 {
  return o.or(o.and(low, o.imm(0xffff)), o.shl(high, o.imm(16)));
}

export const saturating: readonly Definition[] = [
  {
    name: 'QADD',
    section: 'A8.8.134',
    class: 'saturating',
    encodings: addEncodings('00', '00'),
    exec: (o, f) => writeRegister(o, f.d, addSaturating(o, o.reg(f.m), o.reg(f.n))),
  },
  {
    name: 'QSUB',
    section: 'A8.8.141',
    class: 'saturating',
    encodings: addEncodings('01', '10'),
    exec: (o, f) => writeRegister(o, f.d, subSaturating(o, o.reg(f.m), o.reg(f.n))),
  },
  {
    name: 'QDADD',
    section: 'A8.8.138',
    class: 'saturating',
    encodings: addEncodings('10', '01'),
    exec: (o, f) => {
      const doubled = addSaturating(o, o.reg(f.n), o.reg(f.n));
      writeRegister(o, f.d, addSaturating(o, o.reg(f.m), doubled));
    },
  },
  {
    name: 'QDSUB',
    section: 'A8.8.139',
    class: 'saturating',
    encodings: addEncodings('11', '11'),
    exec: (o, f) => {
      const doubled = addSaturating(o, o.reg(f.n), o.reg(f.n));
      writeRegister(o, f.d, subSaturating(o, o.reg(f.m), doubled));
    },
  },
  {
    name: 'SSAT',
    section: 'A8.8.193',
    class: 'saturating',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0110101 lllll dddd kkkkk h 01 nnnn', decode: decodeSigned },
      {
        set: 'T32',
        name: 'T1',
        pattern: '11110 0 1100 h 0 nnnn 0 kkk dddd kk 0 lllll',
        decode: decodeSigned,
      },
    ],
    exec: (o, f) => writeRegister(o, f.d, signedSatQ(o, shiftedRegister(o, f), f.l)),
  },
  {
    name: 'USAT',
    section: 'A8.8.266',
    class: 'saturating',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0110111 lllll dddd kkkkk h 01 nnnn', decode: decodeUnsigned },
      {
        set: 'T32',
        name: 'T1',
        pattern: '11110 0 1110 h 0 nnnn 0 kkk dddd kk 0 lllll',
        decode: decodeUnsigned,
      },
    ],
    exec: (o, f) => writeRegister(o, f.d, unsignedSatQ(o, shiftedRegister(o, f), f.l)),
  },
  {
    name: 'SSAT16',
    section: 'A8.8.194',
    class: 'saturating',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 01101010 llll dddd 1111 0011 nnnn' },
      { set: 'T32', name: 'T1', pattern: '11110 0 110010 nnnn 0 000 dddd 00 0 lllll' },
    ],
    exec: (o, f) => {
      const n = o.reg(f.n);
      const low = signedSatQ(o, o.extendS16(n), f.l + 1);
      const high = signedSatQ(o, o.shrS(n, o.imm(16)), f.l + 1);
      writeRegister(o, f.d, twoHalves(o, low, high));
    },
  },
  {
    name: 'USAT16',
    section: 'A8.8.267',
    class: 'saturating',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 01101110 llll dddd 1111 0011 nnnn' },
      { set: 'T32', name: 'T1', pattern: '11110 0 111010 nnnn 0 000 dddd 00 0 lllll' },
    ],
    exec: (o, f) => {
      const n = o.reg(f.n);
      const low = unsignedSatQ(o, o.extendS16(n), f.l);
      const high = unsignedSatQ(o, o.shrS(n, o.imm(16)), f.l);
      writeRegister(o, f.d, twoHalves(o, low, high));
    },
  },
];
