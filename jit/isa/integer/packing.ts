/** Packing, unpacking, reversal and other miscellaneous data processing (ARM DDI 0406C A4.4.6, A4.4.9). */
import type { Definition, Encoding, Semantics } from '../instruction.js';
import type { I32, Ops } from '../ops.js';
import { writeRegister } from './operand.js';

function define(name: string, section: string, encodings: readonly Encoding[], exec: Semantics): Definition {
  return { name, section, class: 'packing', encodings, exec };
}

/** @param a32 bits 27:20. @param n bits 19:16, fixed or `nnnn` */
function extendEncodings(a32: string, t32: string, n: string, t16?: string): readonly Encoding[] {
  const encodings: Encoding[] = [
    { set: 'A32', name: 'A1', pattern: `cccc ${a32} ${n} dddd kk 00 0111 mmmm` },
    {
      set: 'T32',
      name: t16 === undefined ? 'T1' : 'T2',
      pattern: `111110100 ${t32} ${n} 1111 dddd 10 kk mmmm`,
    },
  ];
  if (t16 !== undefined) encodings.push({ set: 'T16', name: 'T1', pattern: `10110010 ${t16} mmm ddd` });
  return encodings;
}

/** ROR(R[m], rotation); `k` is the rotation in bytes. */
function rotated(o: Ops, m: number, bytes: number): I32 {
  return bytes === 0 ? o.reg(m) : o.ror(o.reg(m), o.imm(bytes * 8));
}

/** The low bytes of both halves, sign-extended in place. */
function signedBytes(o: Ops, value: I32): I32 {
  const low = o.and(o.extendS8(value), o.imm(0xffff));
  const high = o.extendS8(o.shrU(value, o.imm(16)));
  return o.or(low, o.shl(high, o.imm(16)));
}

function unsignedBytes(o: Ops, value: I32): I32 {
  return o.and(value, o.imm(0x00ff_00ff));
}

/** Adds halves separately. */
function addHalves(o: Ops, a: I32, b: I32): I32 {
  const low = o.and(o.add(a, b), o.imm(0xffff));
  const high = o.add(o.shrU(a, o.imm(16)), o.shrU(b, o.imm(16)));
  return o.or(low, o.shl(high, o.imm(16)));
}

const extension: readonly Definition[] = [
  define('SXTB', 'A8.8.233', extendEncodings('01101010', '100', '1111', '01'), (o, f) =>
    writeRegister(o, f.d, o.extendS8(rotated(o, f.m, f.k))),
  ),
  define('SXTH', 'A8.8.235', extendEncodings('01101011', '000', '1111', '00'), (o, f) =>
    writeRegister(o, f.d, o.extendS16(rotated(o, f.m, f.k))),
  ),
  define('SXTB16', 'A8.8.234', extendEncodings('01101000', '010', '1111'), (o, f) =>
    writeRegister(o, f.d, signedBytes(o, rotated(o, f.m, f.k))),
  ),
  define('UXTB', 'A8.8.274', extendEncodings('01101110', '101', '1111', '11'), (o, f) =>
    writeRegister(o, f.d, o.and(rotated(o, f.m, f.k), o.imm(0xff))),
  ),
  define('UXTH', 'A8.8.276', extendEncodings('01101111', '001', '1111', '10'), (o, f) =>
    writeRegister(o, f.d, o.and(rotated(o, f.m, f.k), o.imm(0xffff))),
  ),
  define('UXTB16', 'A8.8.275', extendEncodings('01101100', '011', '1111'), (o, f) =>
    writeRegister(o, f.d, unsignedBytes(o, rotated(o, f.m, f.k))),
  ),
  define('SXTAB', 'A8.8.230', extendEncodings('01101010', '100', 'nnnn'), (o, f) =>
    writeRegister(o, f.d, o.add(o.reg(f.n), o.extendS8(rotated(o, f.m, f.k)))),
  ),
  define('SXTAH', 'A8.8.232', extendEncodings('01101011', '000', 'nnnn'), (o, f) =>
    writeRegister(o, f.d, o.add(o.reg(f.n), o.extendS16(rotated(o, f.m, f.k)))),
  ),
  define('SXTAB16', 'A8.8.231', extendEncodings('01101000', '010', 'nnnn'), (o, f) =>
    writeRegister(o, f.d, addHalves(o, o.reg(f.n), signedBytes(o, rotated(o, f.m, f.k)))),
  ),
  define('UXTAB', 'A8.8.271', extendEncodings('01101110', '101', 'nnnn'), (o, f) =>
    writeRegister(o, f.d, o.add(o.reg(f.n), o.and(rotated(o, f.m, f.k), o.imm(0xff)))),
  ),
  define('UXTAH', 'A8.8.273', extendEncodings('01101111', '001', 'nnnn'), (o, f) =>
    writeRegister(o, f.d, o.add(o.reg(f.n), o.and(rotated(o, f.m, f.k), o.imm(0xffff)))),
  ),
  define('UXTAB16', 'A8.8.272', extendEncodings('01101100', '011', 'nnnn'), (o, f) =>
    writeRegister(o, f.d, addHalves(o, o.reg(f.n), unsignedBytes(o, rotated(o, f.m, f.k)))),
  ),
];

/** @param t32 bits 5:4. Rn of the T32 encoding repeats Rm; QEMU does not look at it. */
function reverseEncodings(a32: string, a32Low: string, t32: string, t16?: string): readonly Encoding[] {
  const encodings: Encoding[] = [
    { set: 'A32', name: 'A1', pattern: `cccc ${a32} 1111 dddd 1111 ${a32Low} mmmm` },
    {
      set: 'T32',
      name: t16 === undefined ? 'T1' : 'T2',
      pattern: `111110101 001 .... 1111 dddd 10 ${t32} mmmm`,
    },
  ];
  if (t16 !== undefined) encodings.push({ set: 'T16', name: 'T1', pattern: `10111010 ${t16} mmm ddd` });
  return encodings;
}

const reversal: readonly Definition[] = [
  define('REV', 'A8.8.145', reverseEncodings('01101011', '0011', '00', '00'), (o, f) =>
    writeRegister(o, f.d, o.rev(o.reg(f.m))),
  ),
  define('REV16', 'A8.8.146', reverseEncodings('01101011', '1011', '01', '01'), (o, f) =>
    writeRegister(o, f.d, o.ror(o.rev(o.reg(f.m)), o.imm(16))),
  ),
  define('REVSH', 'A8.8.147', reverseEncodings('01101111', '1011', '11', '11'), (o, f) =>
    writeRegister(o, f.d, o.shrS(o.rev(o.reg(f.m)), o.imm(16))),
  ),
  define('RBIT', 'A8.8.144', reverseEncodings('01101111', '0011', '10'), (o, f) =>
    writeRegister(o, f.d, o.rbit(o.reg(f.m))),
  ),
  define(
    'CLZ',
    'A8.8.33',
    [
      { set: 'A32', name: 'A1', pattern: 'cccc 00010110 1111 dddd 1111 0001 mmmm' },
      { set: 'T32', name: 'T1', pattern: '111110101 011 .... 1111 dddd 1000 mmmm' },
    ],
    (o, f) => writeRegister(o, f.d, o.clz(o.reg(f.m))),
  ),
];

/** |a - b| of one byte. */
function byteDifference(o: Ops, a: I32, b: I32, lane: number): I32 {
  const byteA = o.and(o.shrU(a, o.imm(lane * 8)), o.imm(0xff));
  const byteB = o.and(o.shrU(b, o.imm(lane * 8)), o.imm(0xff));
  const difference = o.sub(byteA, byteB);
  const sign = o.shrS(difference, o.imm(31));
  return o.sub(o.xor(difference, sign), sign);
}

function sumOfDifferences(o: Ops, a: I32, b: I32): I32 {
  return o.add(
    o.add(byteDifference(o, a, b, 0), byteDifference(o, a, b, 1)),
    o.add(byteDifference(o, a, b, 2), byteDifference(o, a, b, 3)),
  );
}

const miscellaneous: readonly Definition[] = [
  define(
    'PKHBT',
    'A8.8.125',
    [
      { set: 'A32', name: 'A1', pattern: 'cccc 01101000 nnnn dddd kkkkk 0 01 mmmm' },
      { set: 'T32', name: 'T1', pattern: '11101010110 0 nnnn 0 kkk dddd kk 00 mmmm' },
    ],
    (o, f) => {
      const top = o.and(o.shl(o.reg(f.m), o.imm(f.k)), o.imm(0xffff_0000 | 0));
      writeRegister(o, f.d, o.or(o.and(o.reg(f.n), o.imm(0xffff)), top));
    },
  ),
  define(
    'PKHTB',
    'A8.8.125',
    [
      { set: 'A32', name: 'A1', pattern: 'cccc 01101000 nnnn dddd kkkkk 1 01 mmmm' },
      { set: 'T32', name: 'T1', pattern: '11101010110 0 nnnn 0 kkk dddd kk 10 mmmm' },
    ],
    (o, f) => {
      // An amount of 0 is ASR #32, whose low half is that of ASR #31.
      const bottom = o.and(o.shrS(o.reg(f.m), o.imm(f.k === 0 ? 31 : f.k)), o.imm(0xffff));
      writeRegister(o, f.d, o.or(o.and(o.reg(f.n), o.imm(0xffff_0000 | 0)), bottom));
    },
  ),
  define(
    'SEL',
    'A8.8.166',
    [
      { set: 'A32', name: 'A1', pattern: 'cccc 01101000 nnnn dddd 1111 1011 mmmm' },
      { set: 'T32', name: 'T1', pattern: '111110101 010 nnnn 1111 dddd 1000 mmmm' },
    ],
    (o, f) => {
      // Spreads GE[3:0] to bits 24, 16, 8 and 0, then each of them over its byte.
      const spread = o.and(o.mul(o.ge(), o.imm(0x0020_4081)), o.imm(0x0101_0101));
      const mask = o.mul(spread, o.imm(0xff));
      writeRegister(o, f.d, o.or(o.and(o.reg(f.n), mask), o.and(o.reg(f.m), o.not(mask))));
    },
  ),
  define(
    'USAD8',
    'A8.8.264',
    [
      { set: 'A32', name: 'A1', pattern: 'cccc 01111000 dddd 1111 mmmm 0001 nnnn' },
      { set: 'T32', name: 'T1', pattern: '111110110 111 nnnn 1111 dddd 0000 mmmm' },
    ],
    (o, f) => writeRegister(o, f.d, sumOfDifferences(o, o.reg(f.n), o.reg(f.m))),
  ),
  define(
    'USADA8',
    'A8.8.265',
    [
      { set: 'A32', name: 'A1', pattern: 'cccc 01111000 dddd aaaa mmmm 0001 nnnn' },
      { set: 'T32', name: 'T1', pattern: '111110110 111 nnnn aaaa dddd 0000 mmmm' },
    ],
    (o, f) => writeRegister(o, f.d, o.add(sumOfDifferences(o, o.reg(f.n), o.reg(f.m)), o.reg(f.a))),
  ),
];

export const packing: readonly Definition[] = [...extension, ...reversal, ...miscellaneous];
