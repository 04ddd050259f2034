import { CPU, CPU_STATE_BYTES } from '../../jit/abi/cpu-state.js';
import { Decoder } from '../../jit/isa/decoder.js';
import type { Definition } from '../../jit/isa/instruction.js';
import type { Ops } from '../../jit/isa/ops.js';
import { vfpArithmetic } from '../../jit/isa/vfp/arithmetic.js';
import { vfpConversions } from '../../jit/isa/vfp/conversions.js';
import { vfpUnary } from '../../jit/isa/vfp/unary.js';
import { CpuState } from '../../runtime/cpu/state.js';
import { FpContext } from '../../runtime/fpu/context.js';
import {
  f32RecipEstimate,
  f32RecipStep,
  f32RsqrtEstimate,
  f32RsqrtStep,
  u32RecipEstimate,
  u32RsqrtEstimate,
} from '../../runtime/fpu/estimates.js';
import { f32Add, f32Fma, f32Max, f32Min, f32Mul } from '../../runtime/fpu/f32.js';
import { InterpretedVfp } from '../../runtime/interpreter/vfp.js';

/** What S0 to S5 hold before the instruction: operands are S0 or D0, S2 or D1, S4 or D2. */
export type Operands = 'f32' | 'f64' | 'f16' | 'int' | 'simd' | 'simd-int';

/** A32 encodings, by the operands that they want. */
export const INSTRUCTIONS: readonly (readonly [text: string, word: number, operands: Operands])[] = [
  ['vadd.f32 s0, s2, s4', 0xee310a02, 'f32'],
  ['vsub.f32 s0, s2, s4', 0xee310a42, 'f32'],
  ['vmul.f32 s0, s2, s4', 0xee210a02, 'f32'],
  ['vnmul.f32 s0, s2, s4', 0xee210a42, 'f32'],
  ['vdiv.f32 s0, s2, s4', 0xee810a02, 'f32'],
  ['vsqrt.f32 s0, s4', 0xeeb10ac2, 'f32'],
  ['vmla.f32 s0, s2, s4', 0xee010a02, 'f32'],
  ['vmls.f32 s0, s2, s4', 0xee010a42, 'f32'],
  ['vnmls.f32 s0, s2, s4', 0xee110a02, 'f32'],
  ['vnmla.f32 s0, s2, s4', 0xee110a42, 'f32'],
  ['vfma.f32 s0, s2, s4', 0xeea10a02, 'f32'],
  ['vfms.f32 s0, s2, s4', 0xeea10a42, 'f32'],
  ['vfnms.f32 s0, s2, s4', 0xee910a02, 'f32'],
  ['vfnma.f32 s0, s2, s4', 0xee910a42, 'f32'],
  ['vabs.f32 s0, s4', 0xeeb00ac2, 'f32'],
  ['vneg.f32 s0, s4', 0xeeb10a42, 'f32'],
  ['vmov.f32 s0, s4', 0xeeb00a42, 'f32'],
  ['vcmp.f32 s2, s4', 0xeeb41a42, 'f32'],
  ['vcmpe.f32 s2, s4', 0xeeb41ac2, 'f32'],
  ['vcmp.f32 s2, #0', 0xeeb51a40, 'f32'],
  ['vcmpe.f32 s2, #0', 0xeeb51ac0, 'f32'],
  ['vadd.f64 d0, d1, d2', 0xee310b02, 'f64'],
  ['vsub.f64 d0, d1, d2', 0xee310b42, 'f64'],
  ['vmul.f64 d0, d1, d2', 0xee210b02, 'f64'],
  ['vnmul.f64 d0, d1, d2', 0xee210b42, 'f64'],
  ['vdiv.f64 d0, d1, d2', 0xee810b02, 'f64'],
  ['vsqrt.f64 d0, d2', 0xeeb10bc2, 'f64'],
  ['vmla.f64 d0, d1, d2', 0xee010b02, 'f64'],
  ['vmls.f64 d0, d1, d2', 0xee010b42, 'f64'],
  ['vnmls.f64 d0, d1, d2', 0xee110b02, 'f64'],
  ['vnmla.f64 d0, d1, d2', 0xee110b42, 'f64'],
  ['vfma.f64 d0, d1, d2', 0xeea10b02, 'f64'],
  ['vfms.f64 d0, d1, d2', 0xeea10b42, 'f64'],
  ['vfnms.f64 d0, d1, d2', 0xee910b02, 'f64'],
  ['vfnma.f64 d0, d1, d2', 0xee910b42, 'f64'],
  ['vabs.f64 d0, d2', 0xeeb00bc2, 'f64'],
  ['vneg.f64 d0, d2', 0xeeb10b42, 'f64'],
  ['vmov.f64 d0, d2', 0xeeb00b42, 'f64'],
  ['vmov.f64 d0, #-0.1640625', 0xeebc0b05, 'f64'],
  ['vmov.f32 s0, #19.0', 0xeeb30a03, 'f32'],
  ['vcmp.f64 d1, d2', 0xeeb41b42, 'f64'],
  ['vcmpe.f64 d1, d2', 0xeeb41bc2, 'f64'],
  ['vcmp.f64 d1, #0', 0xeeb51b40, 'f64'],
  ['vcmpe.f64 d1, #0', 0xeeb51bc0, 'f64'],
  ['vcvt.f64.f32 d0, s4', 0xeeb70ac2, 'f32'],
  ['vcvt.f32.f64 s0, d2', 0xeeb70bc2, 'f64'],
  ['vcvtb.f32.f16 s0, s4', 0xeeb20a42, 'f16'],
  ['vcvtt.f32.f16 s0, s4', 0xeeb20ac2, 'f16'],
  ['vcvtb.f16.f32 s0, s4', 0xeeb30a42, 'f32'],
  ['vcvtt.f16.f32 s0, s4', 0xeeb30ac2, 'f32'],
  ['vcvt.f32.s32 s0, s4', 0xeeb80ac2, 'int'],
  ['vcvt.f32.u32 s0, s4', 0xeeb80a42, 'int'],
  ['vcvt.f64.s32 d0, s4', 0xeeb80bc2, 'int'],
  ['vcvt.f64.u32 d0, s4', 0xeeb80b42, 'int'],
  ['vcvtr.s32.f32 s0, s4', 0xeebd0a42, 'f32'],
  ['vcvtr.u32.f32 s0, s4', 0xeebc0a42, 'f32'],
  ['vcvt.s32.f32 s0, s4', 0xeebd0ac2, 'f32'],
  ['vcvt.u32.f32 s0, s4', 0xeebc0ac2, 'f32'],
  ['vcvtr.s32.f64 s0, d2', 0xeebd0b42, 'f64'],
  ['vcvtr.u32.f64 s0, d2', 0xeebc0b42, 'f64'],
  ['vcvt.s32.f64 s0, d2', 0xeebd0bc2, 'f64'],
  ['vcvt.u32.f64 s0, d2', 0xeebc0bc2, 'f64'],
  ['vcvt.f32.s32 s0, s0, #5', 0xeeba0aed, 'int'],
  ['vcvt.f32.u32 s0, s0, #32', 0xeebb0ac0, 'int'],
  ['vcvt.f32.s16 s0, s0, #7', 0xeeba0a64, 'int'],
  ['vcvt.f32.u16 s0, s0, #16', 0xeebb0a40, 'int'],
  ['vcvt.f64.s32 d0, d0, #31', 0xeeba0be0, 'int'],
  ['vcvt.f64.u16 d0, d0, #3', 0xeebb0b66, 'int'],
  ['vcvt.s32.f32 s0, s0, #5', 0xeebe0aed, 'f32'],
  ['vcvt.u32.f32 s0, s0, #17', 0xeebf0ae7, 'f32'],
  ['vcvt.s16.f32 s0, s0, #7', 0xeebe0a64, 'f32'],
  ['vcvt.u16.f32 s0, s0, #1', 0xeebf0a67, 'f32'],
  ['vcvt.s16.f32 s0, s0, #-5 (UNPREDICTABLE)', 0xeebe0a6a, 'f32'],
  ['vcvt.f32.s16 s0, s0, #-5 (UNPREDICTABLE)', 0xeeba0a6a, 'int'],
  ['vcvt.s32.f64 d0, d0, #31', 0xeebe0be0, 'f64'],
  ['vcvt.u32.f64 d0, d0, #9', 0xeebf0beb, 'f64'],
  ['vcvt.s16.f64 d0, d0, #3', 0xeebe0b66, 'f64'],
  ['vcvt.u16.f64 d0, d0, #16', 0xeebf0b40, 'f64'],
  // Advanced SIMD, for the operations that VFP does not have and for StandardFPSCRValue().
  ['vmax.f32 d0, d1, d2', 0xf2010f02, 'simd'],
  ['vmin.f32 d0, d1, d2', 0xf2210f02, 'simd'],
  ['vrecpe.f32 d0, d2', 0xf3bb0502, 'simd'],
  ['vrsqrte.f32 d0, d2', 0xf3bb0582, 'simd'],
  ['vrecps.f32 d0, d1, d2', 0xf2010f12, 'simd'],
  ['vrsqrts.f32 d0, d1, d2', 0xf2210f12, 'simd'],
  ['vadd.f32 d0, d1, d2', 0xf2010d02, 'simd'],
  ['vmul.f32 d0, d1, d2', 0xf3010d12, 'simd'],
  ['vfma.f32 d0, d1, d2', 0xf2010c12, 'simd'],
  ['vrecpe.u32 d0, d2', 0xf3bb0402, 'simd-int'],
  ['vrsqrte.u32 d0, d2', 0xf3bb0482, 'simd-int'],
];

/** Words of a case: instruction, FPSCR, S0 to S5. */
export const CASE_WORDS = 8;
/** Words of an outcome: FPSCR, S0 to S5. */
export const OUTCOME_WORDS = 7;

type Simd = (c: FpContext, d: number, n: number, m: number) => number;

const SIMD: ReadonlyMap<number, Simd> = new Map<number, Simd>([
  [0xf2010f02, (c, _, n, m) => f32Max(c, n, m)],
  [0xf2210f02, (c, _, n, m) => f32Min(c, n, m)],
  [0xf3bb0502, (c, _, __, m) => f32RecipEstimate(c, m)],
  [0xf3bb0582, (c, _, __, m) => f32RsqrtEstimate(c, m)],
  [0xf2010f12, (c, _, n, m) => f32RecipStep(c, n, m)],
  [0xf2210f12, (c, _, n, m) => f32RsqrtStep(c, n, m)],
  [0xf2010d02, (c, _, n, m) => f32Add(c, n, m)],
  [0xf3010d12, (c, _, n, m) => f32Mul(c, n, m)],
  [0xf2010c12, (c, d, n, m) => f32Fma(c, d, n, m)],
  [0xf3bb0402, (_, __, ___, m) => u32RecipEstimate(m)],
  [0xf3bb0482, (_, __, ___, m) => u32RsqrtEstimate(m)],
]);

/** Executes cases with the definitions and the floating-point unit under test. */
export class Subject {
  readonly state: CpuState;
  readonly #decoder: Decoder;
  readonly #ops: Ops;
  readonly #standard: FpContext;

  constructor(definitions: readonly Definition[] = [...vfpArithmetic, ...vfpUnary, ...vfpConversions]) {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(CPU_STATE_BYTES / 65536) });
    this.state = new CpuState(memory, 0, 0);
    this.#decoder = new Decoder(definitions);
    const vfp = new InterpretedVfp(this.state, () => {
      throw new Error('UNDEFINED');
    });
    vfp.enabled = true;
    this.#ops = {
      vfp,
      imm: (value: number) => value,
      and: (a: number, b: number) => a & b,
      or: (a: number, b: number) => a | b,
      shl: (a: number, b: number) => a << b,
      shrU: (a: number, b: number) => a >>> b,
      shrS: (a: number, b: number) => a >> b,
      undefinedInstruction: () => {
        throw new Error('UNDEFINED');
      },
    } as unknown as Ops;
    this.#standard = new FpContext(memory.buffer, CPU.FPSCR, true);
  }

  /**
   * @param words the case starts at `at`
   * @param outcome receives FPSCR and S0 to S5 from `to` on
   */
  run(words: Int32Array, at: number, outcome: Int32Array, to: number): void {
    const instruction = words[at] >>> 0;
    const registers = this.state.i32;
    const s = CPU.D >> 2;
    this.state.set(CPU.FPSCR, words[at + 1]);
    for (let n = 0; n < 6; n++) registers[s + n] = words[at + 2 + n];
    const simd = SIMD.get(instruction);
    if (simd) {
      for (let n = 0; n < 2; n++) {
        registers[s + n] = simd(this.#standard, registers[s + n], registers[s + 2 + n], registers[s + 4 + n]);
      }
    } else {
      const f = this.#decoder.decodeA32(instruction | 0);
      f.exec(this.#ops, f);
    }
    outcome[to] = this.state.get(CPU.FPSCR);
    for (let n = 0; n < 6; n++) outcome[to + 1 + n] = registers[s + n];
  }
}

/** A small generator of reproducible numbers (xorshift32): unsigned 32 bits. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || 1;
  }

  word(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return Math.imul(x, 0x9e3779b1) >>> 0;
  }

  below(limit: number): number {
    return this.word() % limit;
  }
}

const SPECIAL_F32 = [
  0, 1, 2, 0x7f_ffff, 0x40_0000, 0x80_0000, 0x80_0001, 0x3f80_0000, 0x3f80_0001, 0x3f7f_ffff, 0x3f00_0000,
  0x4000_0000, 0x4040_0000, 0x4b00_0000, 0x4b00_0001, 0x4f00_0000, 0x4eff_ffff, 0x4f7f_ffff, 0x4f80_0000,
  0x477f_e000, 0x477f_f000, 0x3380_0000, 0x3300_0000, 0x387f_c000, 0x7e80_0000, 0x7f00_0000, 0x7f7f_ffff,
  0x7f80_0000, 0x7f80_0001, 0x7fa0_1234, 0x7fc0_0000, 0x7fff_ffff, 0x7fd5_5555,
];

const SPECIAL_F64_HIGH = [
  0, 1, 0xf_ffff, 0x10_0000, 0x3ff0_0000, 0x3fef_ffff, 0x3fe0_0000, 0x4000_0000, 0x41e0_0000, 0x41df_ffff,
  0x41ef_ffff, 0x41f0_0000, 0x40e0_0000, 0x4340_0000, 0x380f_ffff, 0x3810_0000, 0x3690_0000, 0x47ef_ffff,
  0x7fe0_0000, 0x7fef_ffff, 0x7ff0_0000, 0x7ff4_0000, 0x7ff8_0000, 0x7fff_ffff,
];

const SPECIAL_LOW = [0, 0, 0, 1, 0xffff_ffff, 0x8000_0000, 0xe000_0000, 0x1000_0000, 0xffe0_0000];

function sign(random: Random): number {
  return random.below(2) << 31;
}

function f32(random: Random, near: number): number {
  switch (random.below(6)) {
    case 0:
      return SPECIAL_F32[random.below(SPECIAL_F32.length)] | sign(random);
    case 1: // Few significant bits: exact results.
      return ((0x70 + random.below(0x20)) << 23) | (random.below(16) << 19) | sign(random);
    case 2:
      return (near + random.below(9) - 4) ^ sign(random);
    case 3:
      return (near & 0x7f80_0000) | (random.word() & 0x807f_ffff);
    case 4:
      return ((0x60 + random.below(0x40)) << 23) | (random.word() & 0x807f_ffff);
    default:
      return random.word() | 0;
  }
}

function f64(random: Random, nearHigh: number, nearLow: number): readonly [number, number] {
  const low = random.word() | 0;
  switch (random.below(7)) {
    case 0:
      return [
        SPECIAL_LOW[random.below(SPECIAL_LOW.length)],
        SPECIAL_F64_HIGH[random.below(SPECIAL_F64_HIGH.length)] | sign(random),
      ];
    case 1:
      return [0, ((0x3f0 + random.below(0x20)) << 20) | (random.below(16) << 16) | sign(random)];
    case 2:
      return [(nearLow + random.below(9) - 4) | 0, nearHigh ^ sign(random)];
    case 3:
      return [low, (nearHigh & 0x7ff0_0000) | (random.word() & 0x800f_ffff)];
    case 4:
      return [low, ((0x3c0 + random.below(0x80)) << 20) | (random.word() & 0x800f_ffff)];
    case 5: // The range of singles, halves and 32-bit integers.
      return [
        low & -(1 << random.below(32)),
        ((0x380 + random.below(0x100)) << 20) | (random.word() & 0x800f_ffff),
      ];
    default:
      return [low, random.word() | 0];
  }
}

function integer(random: Random): number {
  switch (random.below(3)) {
    case 0:
      return [0, 1, -1, 0x7fff_ffff, 1 << 31, 0x8000, 0x7fff, 0xffff, 0xff_ffff, 0x100_0001, 0x7fff_ffc0][
        random.below(11)
      ];
    case 1:
      return (random.word() | 0) >> random.below(31);
    default:
      return random.word() | 0;
  }
}

/** Fills in one case of the instruction INSTRUCTIONS[index]. */
export function makeCase(random: Random, index: number, words: Int32Array, at: number): void {
  const [, word, operands] = INSTRUCTIONS[index];
  words[at] = word;
  // AHP, DN, FZ, RMode, and IXC set or not.
  const rounding = random.below(2) ? random.below(4) << 22 : 0;
  words[at + 1] = (random.below(8) << 24) | rounding | (random.below(2) << 4);
  for (let n = 0; n < 3; n++) {
    const to = at + 2 + 2 * n;
    words[to + 1] = random.word();
    if (operands === 'f64') {
      const [low, high] = f64(random, words[at + 3], words[at + 2]);
      words[to] = low;
      words[to + 1] = high;
    } else if (operands === 'int' || operands === 'simd-int') {
      words[to] = integer(random);
    } else if (operands === 'f16') {
      words[to] = random.word();
      if (random.below(2)) words[to] |= 0x7c00_7c00;
      if (random.below(4) === 0) words[to] &= ~0x7c00_7c00;
    } else {
      words[to] = f32(random, words[at + 2]);
    }
    if (operands.startsWith('simd')) words[to + 1] = words[to];
  }
  if (operands === 'f32' && random.below(3) === 0) hardSum32(random, words, at + 2);
  if (operands === 'f64' && random.below(3) === 0) hardSum64(random, words, at + 2);
}

const double = new Float64Array(3);
const single = new Float32Array(double.buffer);
const halves = new Int32Array(double.buffer);

/**
 * Makes S0 + S2 × S4 cancel nearly, or fall next to half way between two singles, or makes S2 × S4 a number that
 * rounds up to the smallest normal one.
 */
function hardSum32(random: Random, words: Int32Array, at: number): void {
  const choice = random.below(4);
  if (choice < 2) {
    for (let n = 0; n < 6; n++) halves[n] = words[at + n];
    single[0] = -single[2] * single[4];
    words[at] = (halves[0] + random.below(5) - 2) ^ (random.below(4) === 0 ? 1 << 31 : 0);
  } else {
    // (1 + k·2^-23) × (1 − k·2^-23) is a little less than 1.
    const k = random.below(4);
    const exponent = choice === 2 ? 0x30 + random.below(0xa0) : 25;
    words[at] = (exponent << 23) | (random.word() & 0x7f_ffff);
    words[at + 2] = ((exponent - 24) << 23) | k | sign(random);
    words[at + 4] = 0x3f80_0000 - 2 * k;
  }
}

/** The same with D0, D1 and D2. */
function hardSum64(random: Random, words: Int32Array, at: number): void {
  const choice = random.below(4);
  if (choice < 2) {
    for (let n = 0; n < 6; n++) halves[n] = words[at + n];
    double[0] = -double[1] * double[2];
    words[at] = halves[0] + random.below(5) - 2;
    words[at + 1] = halves[1] ^ (random.below(4) === 0 ? 1 << 31 : 0);
  } else {
    const k = random.below(4);
    const exponent = choice === 2 ? 0x100 + random.below(0x600) : 54;
    words[at + 1] = (exponent << 20) | (random.word() & 0xf_ffff);
    words[at + 2] = k;
    words[at + 3] = ((exponent - 53) << 20) | sign(random);
    words[at + 4] = -2 * k;
    words[at + 5] = k === 0 ? 0x3ff0_0000 : 0x3fef_ffff;
  }
}
