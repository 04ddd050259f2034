import { CPU } from '../../../jit/abi/cpu-state.js';
import type { SimdOps } from '../../../jit/isa/simd/ops.js';
import { Rounding } from '../../../jit/isa/vfp/fpscr.js';
import type { CpuState } from '../../cpu/state.js';
import { FpContext } from '../../fpu/context.js';
import { f16ToF32, f32ToF16, f32ToFixed, fixedToF32 } from '../../fpu/conversions.js';
import { f32RecipEstimate, f32RecipStep, f32RsqrtEstimate, f32RsqrtStep } from '../../fpu/estimates.js';
import { f32Add, f32Compare, f32Fma, f32Max, f32Min, f32Mul, f32Sub } from '../../fpu/f32.js';
import { IntegerVectors } from './integers.js';

const SIGN = -0x8000_0000;

type FloatOperation = (context: FpContext, a: number, b: number) => number;

/** Advanced SIMD operations on the interpreter's vectors: those on integers, and on floating-point elements. */
export class InterpretedSimd extends IntegerVectors implements SimdOps<number, number> {
  /** Whether Advanced SIMD instructions execute (CPACR, NSACR, HCPTR, FPEXC.EN); kept up to date by the vCPU. */
  enabled = false;

  readonly #undefined: () => never;
  readonly #context: FpContext;

  /** @param undefinedInstruction takes the Undefined Instruction exception (or the Hyp trap that comes before it) */
  constructor(state: CpuState, undefinedInstruction: () => never) {
    super(state);
    this.#undefined = undefinedInstruction;
    this.#context = new FpContext(state.memory.buffer, state.base + CPU.FPSCR, true);
  }

  checkEnabled(): void {
    if (!this.enabled) this.#undefined();
  }

  fAdd(a: number, b: number, bytes: number): number {
    return this.#float(a, b, bytes, f32Add);
  }

  fSub(a: number, b: number, bytes: number): number {
    return this.#float(a, b, bytes, f32Sub);
  }

  fMul(a: number, b: number, bytes: number): number {
    return this.#float(a, b, bytes, f32Mul);
  }

  fMulAdd(addend: number, a: number, b: number, negate: boolean, bytes: number): number {
    const r = this.temporary();
    const i32 = this.i32;
    for (let at = 0; at < bytes; at += 4) {
      const x = i32[(a + at) >> 2] ^ (negate ? SIGN : 0);
      i32[(r + at) >> 2] = f32Fma(this.#context, i32[(addend + at) >> 2], x, i32[(b + at) >> 2]);
    }
    return r;
  }

  fMin(a: number, b: number, bytes: number): number {
    return this.#float(a, b, bytes, f32Min);
  }

  fMax(a: number, b: number, bytes: number): number {
    return this.#float(a, b, bytes, f32Max);
  }

  fEqual(a: number, b: number, bytes: number): number {
    return this.#float(a, b, bytes, floatEqual);
  }

  fGreater(a: number, b: number, bytes: number): number {
    return this.#float(a, b, bytes, floatGreater);
  }

  fGreaterEqual(a: number, b: number, bytes: number): number {
    return this.#float(a, b, bytes, floatGreaterEqual);
  }

  fRecipEstimate(a: number, bytes: number): number {
    return this.#float(a, a, bytes, f32RecipEstimate);
  }

  fRecipStep(a: number, b: number, bytes: number): number {
    return this.#float(a, b, bytes, f32RecipStep);
  }

  fRsqrtEstimate(a: number, bytes: number): number {
    return this.#float(a, a, bytes, f32RsqrtEstimate);
  }

  fRsqrtStep(a: number, b: number, bytes: number): number {
    return this.#float(a, b, bytes, f32RsqrtStep);
  }

  fFromFixed(a: number, fractionBits: number, signed: boolean, bytes: number): number {
    const r = this.temporary();
    const i32 = this.i32;
    for (let at = 0; at < bytes; at += 4) {
      const x = i32[(a + at) >> 2];
      i32[(r + at) >> 2] = fixedToF32(this.#context, x, fractionBits, 32, !signed, Rounding.NEAREST);
    }
    return r;
  }

  fToFixed(a: number, fractionBits: number, signed: boolean, bytes: number): number {
    const r = this.temporary();
    const i32 = this.i32;
    for (let at = 0; at < bytes; at += 4) {
      const x = i32[(a + at) >> 2];
      i32[(r + at) >> 2] = f32ToFixed(this.#context, x, fractionBits, 32, !signed, Rounding.ZERO);
    }
    return r;
  }

  fFromHalf(a: number): number {
    const r = this.temporary();
    for (let i = 0; i < 4; i++) this.i32[(r >> 2) + i] = f16ToF32(this.#context, this.u16[(a >> 1) + i]);
    return r;
  }

  fToHalf(a: number): number {
    const r = this.temporary();
    for (let i = 0; i < 4; i++) this.u16[(r >> 1) + i] = f32ToF16(this.#context, this.i32[(a >> 2) + i]);
    return r;
  }

  #float(a: number, b: number, bytes: number, op: FloatOperation): number {
    const r = this.temporary();
    const i32 = this.i32;
    for (let at = 0; at < bytes; at += 4) {
      i32[(r + at) >> 2] = op(this.#context, i32[(a + at) >> 2], i32[(b + at) >> 2]);
    }
    return r;
  }
}

function floatEqual(context: FpContext, a: number, b: number): number {
  return f32Compare(context, a, b, false) === 0b0110 ? -1 : 0;
}

function floatGreater(context: FpContext, a: number, b: number): number {
  return f32Compare(context, a, b, true) === 0b0010 ? -1 : 0;
}

function floatGreaterEqual(context: FpContext, a: number, b: number): number {
  const order = f32Compare(context, a, b, true);
  return order === 0b0110 || order === 0b0010 ? -1 : 0;
}
