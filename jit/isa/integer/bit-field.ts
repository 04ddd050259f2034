/** Bit-field instructions (ARM DDI 0406C A4.4.7). `k` is lsb, `w` widthm1 or msb as encoded, then the width. */
import type { DecodeOutcome, Definition, Instruction } from '../instruction.js';
import { writeRegister } from './operand.js';

/** UNPREDICTABLE when the field reaches beyond bit 31; QEMU makes it UNDEFINED. */
function decodeExtract(f: Instruction): DecodeOutcome {
  f.w += 1;
  return f.k + f.w > 32 ? 'UNDEFINED' : undefined;
}

/** UNPREDICTABLE when msb is below lsb; QEMU makes it UNDEFINED. */
function decodeInsert(f: Instruction): DecodeOutcome {
  f.w += 1 - f.k;
  return f.w <= 0 ? 'UNDEFINED' : undefined;
}

function lowMask(width: number): number {
  return width === 32 ? -1 : (1 << width) - 1;
}

export const bitField: readonly Definition[] = [
  {
    name: 'BFI',
    section: 'A8.8.20',
    class: 'bit-field',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0111110 wwwww dddd kkkkk 001 nnnn', decode: decodeInsert },
      { set: 'T32', name: 'T1', pattern: '11110 0 110110 nnnn 0 kkk dddd kk 0 wwwww', decode: decodeInsert },
    ],
    exec: (o, f) => {
      const mask = lowMask(f.w) << f.k;
      const field = o.and(o.shl(o.reg(f.n), o.imm(f.k)), o.imm(mask));
      writeRegister(o, f.d, o.or(field, o.and(o.reg(f.d), o.imm(~mask))));
    },
  },
  {
    name: 'BFC',
    section: 'A8.8.19',
    class: 'bit-field',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0111110 wwwww dddd kkkkk 001 1111', decode: decodeInsert },
      { set: 'T32', name: 'T1', pattern: '11110 0 110110 1111 0 kkk dddd kk 0 wwwww', decode: decodeInsert },
    ],
    exec: (o, f) => writeRegister(o, f.d, o.and(o.reg(f.d), o.imm(~(lowMask(f.w) << f.k)))),
  },
  {
    name: 'SBFX',
    section: 'A8.8.164',
    class: 'bit-field',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0111101 wwwww dddd kkkkk 101 nnnn', decode: decodeExtract },
      { set: 'T32', name: 'T1', pattern: '11110 0 110100 nnnn 0 kkk dddd kk 0 wwwww', decode: decodeExtract },
    ],
    exec: (o, f) => {
      const toTop = o.shl(o.reg(f.n), o.imm(32 - f.k - f.w));
      writeRegister(o, f.d, o.shrS(toTop, o.imm(32 - f.w)));
    },
  },
  {
    name: 'UBFX',
    section: 'A8.8.246',
    class: 'bit-field',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0111111 wwwww dddd kkkkk 101 nnnn', decode: decodeExtract },
      { set: 'T32', name: 'T1', pattern: '11110 0 111100 nnnn 0 kkk dddd kk 0 wwwww', decode: decodeExtract },
    ],
    exec: (o, f) => writeRegister(o, f.d, o.and(o.shrU(o.reg(f.n), o.imm(f.k)), o.imm(lowMask(f.w)))),
  },
];
