/** Parallel addition and subtraction (ARM DDI 0406C A4.4.5): six prefixes by six operations. */
import type { Definition, Semantics } from '../instruction.js';
import type { I32, Ops } from '../ops.js';
import { writeRegister } from './operand.js';

/** What becomes of a sum: kept modulo with GE set, saturated, or halved. */
type Treatment = 'modulo' | 'saturate' | 'halve';

interface Prefix {
  readonly name: string;
  /** Bits 22:20 of the A32 encoding. */
  readonly a32: string;
  /** Bits 6:4 of the T32 encoding. */
  readonly t32: string;
  readonly signed: boolean;
  readonly treatment: Treatment;
  /** Subsection of A8.8 of each of {@link OPERATIONS}, in their order. */
  readonly sections: readonly number[];
}

const PREFIXES: readonly Prefix[] = [
  {
    name: 'S',
    a32: '001',
    t32: '000',
    signed: true,
    treatment: 'modulo',
    sections: [158, 160, 195, 196, 159, 197],
  },
  {
    name: 'Q',
    a32: '010',
    t32: '001',
    signed: true,
    treatment: 'saturate',
    sections: [135, 137, 140, 142, 136, 143],
  },
  {
    name: 'SH',
    a32: '011',
    t32: '010',
    signed: true,
    treatment: 'halve',
    sections: [169, 171, 172, 173, 170, 174],
  },
  {
    name: 'U',
    a32: '101',
    t32: '100',
    signed: false,
    treatment: 'modulo',
    sections: [243, 245, 268, 269, 244, 270],
  },
  {
    name: 'UQ',
    a32: '110',
    t32: '101',
    signed: false,
    treatment: 'saturate',
    sections: [258, 260, 261, 262, 259, 263],
  },
  {
    name: 'UH',
    a32: '111',
    t32: '110',
    signed: false,
    treatment: 'halve',
    sections: [249, 251, 252, 253, 250, 254],
  },
];

interface Operation {
  readonly name: string;
  /** Bits 7:5 of the A32 encoding. */
  readonly a32: string;
  /** Bits 22:20 of the T32 encoding. */
  readonly t32: string;
  /** Lane width in bits. */
  readonly width: 8 | 16;
  /** The halves of Rm are exchanged (ASX, SAX). */
  readonly exchange: boolean;
  /** Lanes that subtract: bit 0 is the lowest lane. */
  readonly subtract: number;
}

const OPERATIONS: readonly Operation[] = [
  { name: 'ADD16', a32: '000', t32: '001', width: 16, exchange: false, subtract: 0b00 },
  { name: 'ASX', a32: '001', t32: '010', width: 16, exchange: true, subtract: 0b01 },
  { name: 'SAX', a32: '010', t32: '110', width: 16, exchange: true, subtract: 0b10 },
  { name: 'SUB16', a32: '011', t32: '101', width: 16, exchange: false, subtract: 0b11 },
  { name: 'ADD8', a32: '100', t32: '000', width: 8, exchange: false, subtract: 0b0000 },
  { name: 'SUB8', a32: '111', t32: '100', width: 8, exchange: false, subtract: 0b1111 },
];

/** Lane `lane` of a value, as a number. */
function laneOf(o: Ops, value: I32, lane: number, width: number, signed: boolean): I32 {
  const toTop = o.shl(value, o.imm(32 - width * (lane + 1)));
  return signed ? o.shrS(toTop, o.imm(32 - width)) : o.shrU(toTop, o.imm(32 - width));
}

/** SignedSat() or UnsignedSat(); nothing sets Q. */
function saturate(o: Ops, value: I32, width: number, signed: boolean): I32 {
  const maximum = signed ? 2 ** (width - 1) - 1 : 2 ** width - 1;
  const minimum = signed ? -maximum - 1 : 0;
  const notAbove = o.select(o.ltS(o.imm(maximum), value), o.imm(maximum), value);
  return o.select(o.ltS(notAbove, o.imm(minimum)), o.imm(minimum), notAbove);
}

/** The GE bit of a lane's result: no borrow, carry out, or for signed ones result >= 0. */
function geOf(o: Ops, result: I32, width: number, signed: boolean, subtract: boolean): I32 {
  return signed || subtract ? o.leS(o.imm(0), result) : o.ltS(o.imm(2 ** width - 1), result);
}

function semantics({ signed, treatment }: Prefix, { width, exchange, subtract }: Operation): Semantics {
  const laneCount = 32 / width;
  const mask = 2 ** width - 1;
  /** Bits of GE that a lane sets. */
  const geMask = width === 16 ? 0b11 : 0b1;
  return (o, f) => {
    const n = o.reg(f.n);
    const m = exchange ? o.ror(o.reg(f.m), o.imm(16)) : o.reg(f.m);
    let result = o.imm(0);
    let ge = o.imm(0);
    for (let lane = 0; lane < laneCount; lane++) {
      const a = laneOf(o, n, lane, width, signed);
      const b = laneOf(o, m, lane, width, signed);
      const subtracts = ((subtract >>> lane) & 1) !== 0;
      let value = subtracts ? o.sub(a, b) : o.add(a, b);
      if (treatment === 'saturate') value = saturate(o, value, width, signed);
      else if (treatment === 'halve') value = o.shrS(value, o.imm(1));
      else {
        const bits = o.mul(geOf(o, value, width, signed, subtracts), o.imm(geMask << ((lane * width) / 8)));
        ge = o.or(ge, bits);
      }
      result = o.or(result, o.shl(o.and(value, o.imm(mask)), o.imm(lane * width)));
    }
    if (treatment === 'modulo') o.setGE(ge);
    writeRegister(o, f.d, result);
  };
}

export const parallel: readonly Definition[] = PREFIXES.flatMap((prefix) =>
  OPERATIONS.map(
    (operation, index): Definition => ({
      name: prefix.name + operation.name,
      section: `A8.8.${prefix.sections[index]}`,
      class: 'parallel',
      encodings: [
        {
          set: 'A32',
          name: 'A1',
          pattern: `cccc 01100 ${prefix.a32} nnnn dddd 1111 ${operation.a32} 1 mmmm`,
        },
        {
          set: 'T32',
          name: 'T1',
          pattern: `11111010 1 ${operation.t32} nnnn 1111 dddd 0 ${prefix.t32} mmmm`,
        },
      ],
      exec: semantics(prefix, operation),
    }),
  ),
);
