import { beforeEach, describe, expect, it } from 'vitest';
import { CPU, CPU_STATE_BYTES, PSR } from '../../jit/abi/cpu-state.js';
import { Decoder } from '../../jit/isa/decoder.js';
import { Instruction } from '../../jit/isa/instruction.js';
import type { Ops } from '../../jit/isa/ops.js';
import { FPSCR } from '../../jit/isa/vfp/fpscr.js';
import { vfp as definitions } from '../../jit/isa/vfp/vfp.js';
import { CpuState } from '../../runtime/cpu/state.js';
import { InterpretedVfp } from '../../runtime/interpreter/vfp.js';

const decoder = new Decoder(definitions);

class UndefinedInstruction extends Error {}

function undefinedInstruction(): never {
  throw new UndefinedInstruction();
}

/** A processor with 256 bytes of memory that executes single VFP instructions. */
class Bench {
  readonly state = new CpuState(new WebAssembly.Memory({ initial: 1 }), 0, 0);
  readonly vfp = new InterpretedVfp(this.state, undefinedInstruction);
  readonly r = new Int32Array(16);
  readonly memory = new Int32Array(64);
  branched: number | undefined;
  /** Advanced SIMD executes. */
  simdEnabled = true;
  readonly #ops: Ops;

  constructor() {
    this.vfp.enabled = true;
    const address = (a: number): number => {
      if ((a & 3) !== 0) throw new Error('Alignment fault');
      return a >> 2;
    };
    this.vfp.memory = {
      load32Aligned: (a) => this.memory[address(a)],
      store32Aligned: (a, value) => {
        this.memory[address(a)] = value;
      },
    };
    this.#ops = {
      ...this.vfp.memory,
      vfp: this.vfp,
      simd: {
        checkEnabled: () => {
          if (!this.simdEnabled) undefinedInstruction();
        },
      },
      sys: { readVfpSystem: (n: number) => 0x4100_0000 + n, writeVfpSystem: () => {} },
      imm: (value: number) => value,
      reg: (n: number) => (n === 15 ? 0x86 : this.r[n]),
      setReg: (n: number, value: number) => {
        if (n === 15) throw new Error('setReg(15)');
        this.r[n] = value;
      },
      pcRelative: (offset: number) => 0x84 + offset,
      branchWritePC: (value: number) => {
        this.branched = value;
      },
      add: (a: number, b: number) => (a + b) | 0,
      and: (a: number, b: number) => a & b,
      or: (a: number, b: number) => a | b,
      shl: (a: number, b: number) => a << b,
      shrU: (a: number, b: number) => a >>> b,
      shrS: (a: number, b: number) => a >> b,
      readCPSR: () => this.state.cpsr,
      writeAPSR: (value: number) => {
        this.state.cpsr = (this.state.cpsr & 0x07ff_ffff) | (value & 0xf800_0000);
      },
      undefinedInstruction,
    } as unknown as Ops;
  }

  execute(raw: number): void {
    const instruction = decoder.decodeA32(raw | 0);
    instruction.exec(this.#ops, instruction);
  }

  executeInstruction(instruction: Instruction): void {
    instruction.exec(this.#ops, instruction);
  }

  s(n: number): number {
    return this.state.get(CPU.D + 4 * n);
  }

  setS(n: number, value: number): void {
    this.state.set(CPU.D + 4 * n, value);
  }
}

let bench: Bench;

beforeEach(() => {
  expect(CPU_STATE_BYTES).toBeLessThanOrEqual(65536);
  bench = new Bench();
});

describe('access', () => {
  it.each(definitions.filter((definition) => definition.class !== 'system'))(
    '$name is UNDEFINED when VFP is off',
    (definition) => {
      bench.vfp.enabled = false;
      bench.simdEnabled = false;
      const instruction = new Instruction(definition, 0, 4);
      expect(() => bench.executeInstruction(instruction)).toThrow(UndefinedInstruction);
      expect(bench.memory.every((word) => word === 0)).toBe(true);
    },
  );

  const couldBeVector = [
    ['vadd.f32', 0xee310a02],
    ['vmla.f64', 0xee010b02],
    ['vfma.f32', 0xeea10a02],
    ['vmov.f32 #imm', 0xeeb30a03],
    ['vmov.f64 reg', 0xeeb00b42],
    ['vsqrt.f32', 0xeeb10ac2],
  ] as const;
  const neverVector = [
    ['vcmp.f32', 0xeeb41a42],
    ['vcvt.f64.f32', 0xeeb70ac2],
    ['vcvtr.s32.f32', 0xeebd0a42],
    ['vmov s0, r0', 0xee000a10],
    ['vldr s0, [r4]', 0xed940a00],
  ] as const;

  it.each(couldBeVector)('%s is UNDEFINED with FPSCR.LEN or STRIDE', (_, raw) => {
    bench.execute(raw);
    for (const bits of [1 << 16, 1 << 20, FPSCR.LEN | FPSCR.STRIDE]) {
      bench.vfp.writeFPSCR(bits);
      expect(() => bench.execute(raw)).toThrow(UndefinedInstruction);
    }
  });

  it.each(neverVector)('%s does not look at FPSCR.LEN and STRIDE', (_, raw) => {
    bench.vfp.writeFPSCR(FPSCR.LEN | FPSCR.STRIDE);
    expect(() => bench.execute(raw)).not.toThrow();
  });
});

describe('load and store', () => {
  beforeEach(() => {
    for (let n = 0; n < 64; n++) bench.memory[n] = 0x1000 + n;
    bench.r[4] = 0x20;
  });

  it('VLDR takes a double as words in the order of the endianness', () => {
    bench.execute(0xed940b02); // vldr d0, [r4, #8]
    expect([bench.s(0), bench.s(1)]).toEqual([0x100a, 0x100b]);
    bench.state.set(CPU.CPSR, PSR.E);
    bench.execute(0xed140b02); // vldr d0, [r4, #-8]
    expect([bench.s(0), bench.s(1)]).toEqual([0x1007, 0x1006]);
    bench.execute(0xed840b00); // vstr d0, [r4]
    expect(Array.from(bench.memory.subarray(8, 10))).toEqual([0x1006, 0x1007]);
  });

  it('VLDR (literal) is relative to the aligned PC', () => {
    bench.execute(0xed9f0a01); // vldr s0, [pc, #4]
    expect(bench.s(0)).toBe(0x1000 + 0x88 / 4);
  });

  it('faults on an unaligned address before anything is written', () => {
    bench.r[4] = 0x22;
    expect(() => bench.execute(0xed940a00)).toThrow('Alignment');
    expect(() => bench.execute(0xecb40a02)).toThrow('Alignment'); // vldmia r4!, {s0-s1}
    expect(bench.r[4]).toBe(0x22);
    expect(bench.s(0)).toBe(0);
  });

  it('VLDM and VSTM transfer lists up and down', () => {
    bench.execute(0xecf40a03); // vldmia r4!, {s1-s3}
    expect([bench.s(0), bench.s(1), bench.s(2), bench.s(3), bench.r[4]]).toEqual([
      0, 0x1008, 0x1009, 0x100a, 0x2c,
    ]);
    bench.r[13] = 0x80;
    bench.execute(0xed2d0b04); // vpush {d0-d1}
    expect(bench.r[13]).toBe(0x70);
    expect(Array.from(bench.memory.subarray(0x1c, 0x20))).toEqual([0, 0x1008, 0x1009, 0x100a]);
    bench.execute(0xecfd0b04); // vpop {d16-d17}
    expect([bench.s(33), bench.s(35), bench.r[13]]).toEqual([0x1008, 0x100a, 0x80]);
  });

  it('FLDMX moves the base one word further', () => {
    bench.execute(0xecb40b05); // fldmiax r4!, {d0-d1}
    expect([bench.s(3), bench.s(4), bench.r[4]]).toEqual([0x100b, 0, 0x34]);
    bench.execute(0xed340b05); // fldmdbx r4!, {d0-d1}
    expect([bench.s(0), bench.r[4]]).toEqual([0x1008, 0x20]);
  });

  it.each([
    ['no registers', 0xec940a00],
    ['no doubles', 0xec940b01],
    ['past S31', 0xecd4fa02],
    ['past D31', 0xecd4fb04],
    ['more than 16 doubles', 0xec940b22],
    ['write-back to PC', 0xecbf0a01],
  ])('VLDM with %s is UNDEFINED', (_, raw) => {
    expect(() => bench.execute(raw)).toThrow(UndefinedInstruction);
  });
});

describe('transfers', () => {
  it.each([
    ['vmov.8 d0[0], r1', 0xee401b10, false],
    ['vmov.16 d0[0], r1', 0xee001b30, false],
    ['vmov.32 d0[0], r1', 0xee001b10, true],
    ['vmov.u8 r1, d0[0]', 0xeed01b10, false],
    ['vmov.s16 r1, d0[0]', 0xee101b30, false],
    ['vmov.32 r1, d0[0]', 0xee101b10, true],
  ])('%s is VFP or Advanced SIMD by the size of its scalar', (_, raw, isVfp) => {
    bench.vfp.enabled = isVfp;
    bench.simdEnabled = !isVfp;
    bench.execute(raw);
    bench.vfp.enabled = !isVfp;
    bench.simdEnabled = isVfp;
    expect(() => bench.execute(raw)).toThrow(UndefinedInstruction);
  });

  it('VMOV moves scalars, extended as asked', () => {
    bench.r[1] = 0x1234_8a9b | 0;
    bench.execute(0xee601bf0); // vmov.8 d16[7], r1
    bench.execute(0xee201b30); // vmov.16 d0[2], r1
    expect(bench.s(33) >>> 24).toBe(0x9b);
    expect(bench.s(1)).toBe(0x8a9b);
    bench.execute(0xee702bf0); // vmov.s8 r2, d16[7]
    expect(bench.r[2]).toBe(0x9b - 0x100);
    bench.execute(0xeef02bf0); // vmov.u8 r2, d16[7]
    expect(bench.r[2]).toBe(0x9b);
    bench.execute(0xee302b30); // vmov.s16 r2, d0[2]
    expect(bench.r[2]).toBe(0x8a9b - 0x1_0000);
    bench.execute(0xee302b10); // vmov.32 r2, d0[1]
    expect(bench.r[2]).toBe(0x8a9b);
    bench.execute(0xee30fb10); // R15 as destination: a branch
    expect(bench.branched).toBe(0x8a9b);
  });

  it('VMOV moves pairs, and from S31 on into the halves of D16', () => {
    bench.r[0] = 1;
    bench.r[1] = 2;
    bench.execute(0xec410b3f); // vmov d31, r0, r1
    expect([bench.s(62), bench.s(63)]).toEqual([1, 2]);
    bench.execute(0xec410a3f); // vmov s31, s32, r0, r1
    expect([bench.s(31), bench.s(32)]).toEqual([1, 2]);
    bench.execute(0xec532b3f); // vmov r2, r3, d31
    expect([bench.r[2], bench.r[3]]).toEqual([1, 2]);
  });

  it('VMSR keeps what FPSCR has', () => {
    bench.r[0] = -1;
    bench.execute(0xeee10a10); // vmsr fpscr, r0
    bench.execute(0xeef11a10); // vmrs r1, fpscr
    expect(bench.r[1] >>> 0).toBe(0xfff7_009f);
  });

  it('VMRS APSR_nzcv copies the four flags only', () => {
    bench.state.cpsr = 0x0809_0010; // Q and GE set
    bench.vfp.writeFPSCR(0xa000_0000 | 0);
    bench.execute(0xeef1fa10);
    expect(bench.state.cpsr >>> 0).toBe(0xa809_0010);
  });

  it('VMRS of a system register goes to the system, of an unknown one is UNDEFINED', () => {
    bench.execute(0xeef01a10); // vmrs r1, fpsid
    expect(bench.r[1]).toBe(0x4100_0000);
    bench.execute(0xeef81a10); // vmrs r1, fpexc
    expect(bench.r[1]).toBe(0x4100_0008);
    for (const register of [2, 3, 4, 5, 9, 10, 15]) {
      expect(() => bench.execute(0xeef01a10 | (register << 16))).toThrow(UndefinedInstruction);
    }
  });
});
