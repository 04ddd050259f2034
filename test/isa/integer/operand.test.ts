import { describe, expect, it } from 'vitest';
import { UNDEFINED } from '../../../jit/isa/decoder.js';
import { Instruction } from '../../../jit/isa/instruction.js';
import { armExpandImm, decodeImmShift, Shift, thumbExpandImm } from '../../../jit/isa/integer/operand.js';

function instruction(fields: Partial<Instruction>): Instruction {
  return Object.assign(new Instruction(UNDEFINED, 0, 4), fields);
}

/** C after the expansion: unchanged, 0 or 1. */
function carry({ e }: Instruction): number | 'unchanged' {
  return e === 0 ? 'unchanged' : e - 1;
}

describe('ARMExpandImm_C', () => {
  it.each([
    [0x0ff, 0xff, 'unchanged'],
    [0x1ff, 0xc000003f, 1],
    [0x4ff, 0xff000000, 1],
    [0xfff, 0x3fc, 0],
    [0x102, 0x80000000, 1],
  ])('%i', (imm12, value, c) => {
    const f = instruction({ i: imm12 });
    armExpandImm(f);
    expect([f.i >>> 0, carry(f)]).toEqual([value, c]);
  });
});

describe('ThumbExpandImm_C', () => {
  it.each([
    [0x0ab, 0x000000ab, 'unchanged'],
    [0x1ab, 0x00ab00ab, 'unchanged'],
    [0x2ab, 0xab00ab00, 'unchanged'],
    [0x3ab, 0xabababab, 'unchanged'],
    // ARM DDI 0406C table A6-11: 01000 is 1bcdefgh at the top, 11111 is it shifted left by one.
    [0x42b, 0xab000000, 1],
    [0xfab, 0x00000156, 0],
    [0x4ab, 0x55800000, 0],
  ])('%i', (imm12, value, c) => {
    const f = instruction({ i: imm12 });
    thumbExpandImm(f);
    expect([f.i >>> 0, carry(f)]).toEqual([value, c]);
  });
});

describe('DecodeImmShift', () => {
  it.each([
    [Shift.LSL, 0, Shift.LSL, 0],
    [Shift.LSR, 0, Shift.LSR, 32],
    [Shift.ASR, 0, Shift.ASR, 32],
    [Shift.ROR, 0, Shift.RRX, 1],
    [Shift.ROR, 31, Shift.ROR, 31],
  ])('type %i, imm5 %i', (h, k, type, amount) => {
    const f = instruction({ h, k });
    decodeImmShift(f);
    expect([f.h, f.k]).toEqual([type, amount]);
  });
});
