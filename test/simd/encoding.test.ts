import { describe, expect, it } from 'vitest';
import { simd } from '../../jit/isa/simd/simd.js';
import { SimdMachine } from './simd-machine.js';

const machine = new SimdMachine();

/** The T32 encoding of an A32 one. */
function t32(word: number): number {
  const low = word & 0xff_ffff;
  if (word >>> 25 === 0b1111001) return low | 0xef00_0000 | ((word & 0x100_0000) << 4);
  return low | (word >>> 28 === 0xf ? 0xf900_0000 : 0xee00_0000);
}

describe('UNDEFINED', () => {
  it.each([
    ['a quadword at an odd register: d', 0xf201_1054],
    ['n', 0xf201_0054],
    ['m', 0xf202_0055],
    ['VHADD of 64-bit elements', 0xf231_0002],
    ['VMUL of 64-bit elements', 0xf231_0912],
    ['VMUL of 16-bit polynomials', 0xf311_0912],
    ['VMULL of 16-bit polynomials', 0xf292_0e03],
    ['VPADD of quadwords', 0xf212_0b54],
    ['VQDMULH of bytes', 0xf201_0b02],
    ['VQRDMLAH, not in ARMv7', 0xf311_0b12],
    ['VADD.F16, not in ARMv7', 0xf211_0d02],
    ['VMAXNM, ARMv8 only', 0xf301_0f12],
    ['VADDL into an odd register', 0xf282_1003],
    ['VADDW from an odd register', 0xf283_0103],
    ['VADDHN from an odd register', 0xf282_0405],
    ['VMLA by an 8-bit scalar', 0xf281_0042],
    ['VMLA.F32 by scalar of 16 bits', 0xf291_0142],
    ['VEXT of a doubleword from byte 8', 0xf2b1_0802],
    ['VTBL past D31', 0xf3bf_0b81],
    ['VDUP with imm4 0000', 0xf3b0_0c01],
    ['VDUP with imm4 1000', 0xf3b8_0c01],
    ['VDUP (core register) with B:E 11', 0xeec0_1bb0],
    ['VDUP.8 q at an odd register', 0xeee1_1b90],
    ['VREV16 of halfwords', 0xf3b4_0101],
    ['VREV32 of words', 0xf3b8_0081],
    ['VUZP.32 of doublewords', 0xf3ba_0101],
    ['VZIP.32 of doublewords', 0xf3ba_0181],
    ['VSWP with a size', 0xf3b6_0001],
    ['VCNT of halfwords', 0xf3b4_0501],
    ['VRECPE of halfwords', 0xf3b7_0501],
    ['VCVT fixed-point with imm6 0xxxxx', 0xf290_0e11],
    ['VCVT.F16.F32 from an odd register', 0xf3b6_0603],
    ['AESE', 0xf3b0_0302],
    ['VMOV (immediate) with cmode 1111, op 1', 0xf280_0f30],
    ['VMOV (immediate) into an odd quadword', 0xf280_1050],
    ['VSHLL.I64', 0xf3be_0302],
    ['VLD1 type 0111 aligned to 128 bits', 0xf421_072f],
    ['VLD1 type 1010 aligned to 256 bits', 0xf421_0a3f],
    ['VLD2.64', 0xf421_08cf],
    ['VLD3 aligned to 128 bits', 0xf421_042f],
    ['VLD multiple, type 1011', 0xf421_0b0f],
    ['VLD1.8 to one lane with alignment', 0xf4a1_001f],
    ['VLD1.16 to one lane with index_align<1>', 0xf4a1_042f],
    ['VLD1.32 to one lane with index_align 0100', 0xf4a1_084f],
    ['VLD1.32 to one lane with index_align 0001', 0xf4a1_081f],
    ['VLD3.8 to one lane with alignment', 0xf4a1_021f],
    ['VLD4.32 to one lane with index_align<1:0> 11', 0xf4a1_0b3f],
    ['VLD2 to one lane past D31', 0xf4e1_f10f],
    ['VLD1.8 to all lanes with alignment', 0xf4a1_0c1f],
    ['VLD3 to all lanes with alignment', 0xf4a1_0e1f],
    ['VLD4 to all lanes with size 11 and no alignment', 0xf4a1_0fcf],
    ['VLD1 to all lanes with size 11', 0xf4a1_0cdf],
    ['VST1 from all lanes', 0xf481_0c0f],
  ])('%s', (_text, word) => {
    expect(machine.decodeA32(word).definition.name).toBe('UNDEFINED');
    expect(machine.decodeT32(t32(word)).definition.name).toBe('UNDEFINED');
  });

  it('everything when Advanced SIMD is off', () => {
    const off = new SimdMachine();
    off.simd.enabled = false;
    for (const definition of simd) {
      for (const { pattern, set } of definition.encodings) {
        const bits = [...pattern.replace('cccc', '1110')].map((bit) => (bit === '1' ? '1' : '0')).join('');
        const word = Number.parseInt(bits, 2) | (definition.class === 'simd-load-store' ? 0xf : 0);
        const instruction = set === 'A32' ? off.decodeA32(word) : off.decodeT32(word);
        if (instruction.definition.name === 'UNDEFINED') continue;
        expect(off.execute(instruction), definition.name).toBe('undefined');
      }
    }
    for (let n = 0; n < 32; n++) expect(off.d(n)).toBe(0n);
  });
});

describe('T32', () => {
  it.each([
    ['vadd.i8 q0, q1, q2', 0xef02_0844, 'VADD (integer)'],
    ['vmull.u8 q0, d2, d3', 0xff82_0c03, 'VMULL (integer)'],
    ['vld1.8 {d0}, [r1]!', 0xf921_070d, 'VLD1 (multiple single elements)'],
    ['vdup.32 d0, r1', 0xee80_1b10, 'VDUP (ARM core register)'],
  ])('%s', (_text, word, name) => {
    expect(machine.decodeT32(word).definition.name).toBe(name);
  });

  it('has an encoding for each of A32, the same operands behind it', () => {
    for (const definition of simd) {
      const a32 = definition.encodings.filter(({ set }) => set === 'A32');
      expect(definition.encodings.length, definition.name).toBe(2 * a32.length);
    }
  });

  it('unites U, D, N and M with what they extend', () => {
    // vqadd.u64 q8, q9, q10
    const instruction = machine.decodeT32(0xff72_00f4);
    expect(instruction).toMatchObject({ d: 16, n: 18, m: 20, q: 16, e: 64, u: 1 });
  });
});
