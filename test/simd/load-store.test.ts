import { describe, expect, it } from 'vitest';
import { SimdMachine } from './simd-machine.js';

/** Loads from numbered memory; r1 is the base. */
function loaded(word: number, base: number, index = 0): SimdMachine {
  const machine = new SimdMachine();
  machine.numberMemory();
  for (let n = 0; n < 32; n++) machine.setD(n, 0xeeee_eeee_eeee_eeeen);
  machine.setReg(1, base);
  machine.setReg(2, index);
  expect(machine.a32(word)).toBeUndefined();
  return machine;
}

const hex = (machine: SimdMachine, ...registers: number[]) =>
  registers.map((n) => machine.d(n).toString(16).padStart(16, '0'));

const UNTOUCHED = 'eeeeeeeeeeeeeeee';

describe('consecutive elements', () => {
  it('vld1.8 {d0-d3}, [r1]! from an odd address', () => {
    const machine = loaded(0xf421_020d, 0x21);
    expect(hex(machine, 0, 1, 2, 3, 4)).toEqual([
      '2827262524232221',
      '302f2e2d2c2b2a29',
      '3837363534333231',
      '403f3e3d3c3b3a39',
      UNTOUCHED,
    ]);
    expect(machine.reg(1)).toBe(0x41);
  });

  it('vld1.64 {d0-d1}, [r1:128], r2 adds the index', () => {
    const machine = loaded(0xf421_0ae2, 0x20, 7);
    expect(hex(machine, 0, 1)).toEqual(['2726252423222120', '2f2e2d2c2b2a2928']);
    expect(machine.reg(1)).toBe(0x27);
  });

  it('reverses each element in big-endian data, and no bytes', () => {
    const machine = new SimdMachine();
    machine.numberMemory();
    machine.bigEndian = true;
    machine.setReg(1, 0x20);
    machine.a32(0xf421_070f); // vld1.8 {d0}
    expect(hex(machine, 0)).toEqual(['2726252423222120']);
    machine.a32(0xf421_074f); // vld1.16 {d0}
    expect(hex(machine, 0)).toEqual(['2627242522232021']);
    machine.a32(0xf421_078f); // vld1.32 {d0}
    expect(hex(machine, 0)).toEqual(['2425262720212223']);
    machine.a32(0xf421_07cf); // vld1.64 {d0}
    expect(hex(machine, 0)).toEqual(['2021222324252627']);
  });

  it.each([0xf401_070f, 0xf401_074f, 0xf401_078f, 0xf401_07cf])('%i stores what the load takes', (store) => {
    for (const bigEndian of [false, true]) {
      for (const base of [0x20, 0x23]) {
        const machine = new SimdMachine();
        machine.bigEndian = bigEndian;
        machine.setReg(1, base);
        machine.setD(0, 0x0123_4567_89ab_cdefn);
        expect(machine.a32(store)).toBeUndefined();
        machine.setD(0, 0n);
        expect(machine.a32(store | 0x20_0000)).toBeUndefined();
        expect(machine.d(0)).toBe(0x0123_4567_89ab_cdefn);
        expect(machine.bytes(base - 1, 1).concat(machine.bytes(base + 8, 1))).toEqual([0, 0]);
      }
    }
  });

  it('stores big-endian elements', () => {
    const machine = new SimdMachine();
    machine.bigEndian = true;
    machine.setReg(1, 0);
    machine.setD(0, 0x0706_0504_0302_0100n);
    machine.a32(0xf401_074f); // vst1.16 {d0}
    expect(machine.bytes(0, 8)).toEqual([1, 0, 3, 2, 5, 4, 7, 6]);
    machine.a32(0xf401_07cf); // vst1.64 {d0}
    expect(machine.bytes(0, 8)).toEqual([7, 6, 5, 4, 3, 2, 1, 0]);
  });
});

describe('structures', () => {
  it('vld2.16 {d0, d2}, [r1]', () => {
    expect(hex(loaded(0xf421_094f, 0x20), 0, 1, 2)).toEqual([
      '2d2c292825242120',
      UNTOUCHED,
      '2f2e2b2a27262322',
    ]);
  });

  it('vld2.8 {d0-d3}, [r1] is two pairs, d0 with d2', () => {
    expect(hex(loaded(0xf421_030f, 0x20), 0, 1, 2, 3)).toEqual([
      '2e2c2a2826242220',
      '3e3c3a3836343230',
      '2f2d2b2927252321',
      '3f3d3b3937353331',
    ]);
  });

  it('vld3.8 {d0, d2, d4}, [r1]!', () => {
    const machine = loaded(0xf421_050d, 0x20);
    expect(hex(machine, 0, 2, 4, 1, 3)).toEqual([
      '35322f2c29262320',
      '3633302d2a272421',
      '3734312e2b282522',
      UNTOUCHED,
      UNTOUCHED,
    ]);
    expect(machine.reg(1)).toBe(0x38);
  });

  it('vld4.32 {d0-d3}, [r1:256]', () => {
    expect(hex(loaded(0xf421_00bf, 0x20), 0, 1, 2, 3)).toEqual([
      '3332313023222120',
      '3736353427262524',
      '3b3a39382b2a2928',
      '3f3e3d3c2f2e2d2c',
    ]);
  });

  it('elements of structures are big-endian one by one', () => {
    const machine = new SimdMachine();
    machine.numberMemory();
    machine.bigEndian = true;
    machine.setReg(1, 0x20);
    machine.a32(0xf421_094f); // vld2.16 {d0, d2}
    expect(hex(machine, 0, 2)).toEqual(['2c2d282924252021', '2e2f2a2b26272223']);
  });

  it.each([
    ['vst4.16 {d0-d3}, [r1]!', 0xf401_004d, 4, 2],
    ['vst2.32 {d0-d3}, [r1]', 0xf401_038f, 2, 4],
    ['vst3.16 {d0-d2}, [r1]', 0xf401_044f, 3, 2],
  ])('%s puts element e of structure s where the manual says', (_text, word, elements, size) => {
    const machine = new SimdMachine();
    for (let n = 0; n < 4; n++) {
      machine.setD(n, BigInt.asUintN(64, 0x0706_0504_0302_0100n + BigInt(n) * 0x1010_1010_1010_1010n));
    }
    machine.setReg(1, 0);
    expect(machine.a32(word)).toBeUndefined();
    const groups = elements === 2 ? 2 : 1;
    for (let group = 0; group < groups; group++) {
      for (let s = 0; s < 8 / size; s++) {
        for (let e = 0; e < elements; e++) {
          const register = group + e * groups;
          const expected = Array.from({ length: size }, (_, i) => 16 * register + s * size + i);
          const at = 8 * elements * group + (s * elements + e) * size;
          expect(machine.bytes(at, size), `group ${group} structure ${s} element ${e}`).toEqual(expected);
        }
      }
    }
  });

  it('a fault in a later doubleword leaves all registers and the base alone', () => {
    const machine = new SimdMachine();
    machine.setReg(1, 0xf0);
    machine.setD(0, 5n);
    expect(machine.a32(0xf421_050d)).toBe('abort 256');
    expect(machine.d(0)).toBe(5n);
    expect(machine.reg(1)).toBe(0xf0);
  });

  it('registers past D31 are dropped on loads and read as zero on stores', () => {
    const machine = new SimdMachine();
    machine.numberMemory();
    machine.setReg(1, 0);
    machine.setD(31, 0xffff_ffff_ffff_ffffn);
    expect(machine.a32(0xf441_fa8f)).toBeUndefined(); // vst1.32 {d31, d32}
    expect(machine.bytes(0, 16)).toEqual([...Array(8).fill(0xff), ...Array(8).fill(0)]);
    expect(machine.a32(0xf461_fa8f)).toBeUndefined();
    expect(machine.d(31)).toBe(0xffff_ffff_ffff_ffffn);
  });
});

describe('one lane', () => {
  it('vld1.16 {d0[3]}, [r1:16]', () => {
    expect(hex(loaded(0xf4a1_04df, 0x22), 0)).toEqual(['2322eeeeeeeeeeee']);
  });

  it('vld3.16 {d0[1], d2[1], d4[1]}, [r1], r2', () => {
    const machine = loaded(0xf4a1_0662, 0x21, -1);
    expect(hex(machine, 0, 2, 4)).toEqual(['eeeeeeee2221eeee', 'eeeeeeee2423eeee', 'eeeeeeee2625eeee']);
    expect(machine.reg(1)).toBe(0x20);
  });

  it('vst2.8 {d0[5], d1[5]}, [r1]!', () => {
    const machine = new SimdMachine();
    machine.setD(0, 0x0000_aa00_0000_0000n);
    machine.setD(1, 0x0000_bb00_0000_0000n);
    machine.setReg(1, 9);
    expect(machine.a32(0xf481_01ad)).toBeUndefined();
    expect(machine.bytes(8, 4)).toEqual([0, 0xaa, 0xbb, 0]);
    expect(machine.reg(1)).toBe(11);
  });
});

describe('all lanes', () => {
  it('vld1.8 {d0[], d1[]}, [r1]!', () => {
    const machine = loaded(0xf4a1_0c2d, 0x21);
    expect(hex(machine, 0, 1, 2)).toEqual(['2121212121212121', '2121212121212121', UNTOUCHED]);
    expect(machine.reg(1)).toBe(0x22);
  });

  it('vld4.32 {d0[], d2[], d4[], d6[]}, [r1:128]!', () => {
    const machine = loaded(0xf4a1_0ffd, 0x20);
    expect(hex(machine, 0, 1, 2, 4, 6)).toEqual([
      '2322212023222120',
      UNTOUCHED,
      '2726252427262524',
      '2b2a29282b2a2928',
      '2f2e2d2c2f2e2d2c',
    ]);
    expect(machine.reg(1)).toBe(0x30);
  });
});

describe('alignment', () => {
  it.each([
    ['vld1.64 {d0-d1}, [r1:128], r2', 0xf421_0ae2, 16],
    ['vld4.32 {d0-d3}, [r1:256]', 0xf421_00bf, 32],
    ['vld1.16 {d0[3]}, [r1:16]', 0xf4a1_04df, 2],
    ['vld1.32 {d0[0]}, [r1:32]', 0xf4a1_083f, 4],
    ['vld2.8 {d0[0], d1[0]}, [r1:16]', 0xf4a1_011f, 2],
    ['vld4.8 {d0[0]-d3[0]}, [r1:32]', 0xf4a1_031f, 4],
    ['vld4.32 {d0[0]-d3[0]}, [r1:64]', 0xf4a1_0b1f, 8],
    ['vld4.32 {d0[0]-d3[0]}, [r1:128]', 0xf4a1_0b2f, 16],
    ['vld1.32 {d0[]}, [r1:32]', 0xf4a1_0c9f, 4],
    ['vld2.32 {d0[], d1[]}, [r1:64]', 0xf4a1_0d9f, 8],
    ['vld4.32 {d0[]-d3[]}, [r1:64]', 0xf4a1_0f9f, 8],
    ['vld4.32 {d0[]-d3[]}, [r1:128]', 0xf4a1_0fdf, 16],
    ['vld4.16 {d0[]-d3[]}, [r1:64]', 0xf4a1_0f5f, 8],
  ])('%s', (_text, word, alignment) => {
    const machine = new SimdMachine();
    machine.setReg(1, 0x40 + alignment);
    expect(machine.a32(word)).toBeUndefined();
    const half = 0x40 + alignment / 2;
    machine.setReg(1, half);
    expect(machine.a32(word)).toBe(`alignment ${half}`);
    expect(machine.reg(1)).toBe(half);
  });
});
