import { CPU, PSR, VECTOR_TEMPORARIES } from '../../jit/abi/cpu-state.js';
import type { IntegerOps } from '../../jit/isa/ops.js';
import { FPSCR, Rounding } from '../../jit/isa/vfp/fpscr.js';
import type { VfpOps } from '../../jit/isa/vfp/ops.js';
import type { CpuState } from '../cpu/state.js';
import { FpContext } from '../fpu/context.js';
import {
  f16ToF32,
  f32ToF16,
  f32ToF64,
  f32ToFixed,
  f64ToF32,
  f64ToFixed,
  fixedToF32,
  fixedToF64,
  roundingMode,
} from '../fpu/conversions.js';
import { f32Abs, f32Add, f32Compare, f32Div, f32Fma, f32Mul, f32Neg, f32Sqrt, f32Sub } from '../fpu/f32.js';
import { f64Abs, f64Add, f64Compare, f64Div, f64Fma, f64Mul, f64Neg, f64Sqrt, f64Sub } from '../fpu/f64.js';

const SLOT_BYTES = 16;

/**
 * VFP operations on numbers. A double is the byte offset in linear memory of the 8 bytes that hold it: a
 * register itself, or a slot of the ring of temporaries, which is overwritten 64 results later.
 */
export class InterpretedVfp implements VfpOps<number, number> {
  /** Whether VFP instructions execute (CPACR, NSACR, HCPTR, FPEXC.EN); kept up to date by the vCPU. */
  enabled = false;
  /** Set by the interpreter that owns this. */
  memory!: Pick<IntegerOps<number>, 'load32Aligned' | 'store32Aligned'>;

  readonly #state: CpuState;
  readonly #undefined: () => never;
  readonly #context: FpContext;
  readonly #i32: Int32Array;
  readonly #u8: Uint8Array;
  readonly #fpscr: number;
  /** Byte offset of D0, and index of its low word. */
  readonly #registers: number;
  readonly #words: number;
  readonly #temporaries: number;
  #next = 0;

  /** @param undefinedInstruction takes the Undefined Instruction exception (or the Hyp trap that comes before it) */
  constructor(state: CpuState, undefinedInstruction: () => never) {
    this.#state = state;
    this.#undefined = undefinedInstruction;
    this.#i32 = state.i32;
    this.#u8 = state.u8;
    this.#context = new FpContext(state.memory.buffer, state.base + CPU.FPSCR);
    this.#fpscr = (state.base + CPU.FPSCR) >> 2;
    this.#registers = state.base + CPU.D;
    this.#words = this.#registers >> 2;
    this.#temporaries = state.base + CPU.VECTOR_TEMPORARY;
  }

  checkEnabled(): void {
    if (!this.enabled) this.#undefined();
  }

  checkArithmeticEnabled(): void {
    if (!this.enabled || (this.#i32[this.#fpscr] & (FPSCR.LEN | FPSCR.STRIDE)) !== 0) this.#undefined();
  }

  // Registers

  getS(n: number): number {
    return this.#i32[this.#words + n];
  }

  setS(n: number, value: number): void {
    this.#i32[this.#words + n] = value;
  }

  getD(n: number): number {
    return this.#registers + 8 * n;
  }

  setD(n: number, value: number): void {
    const to = this.#words + 2 * n;
    const from = value >> 2;
    this.#i32[to] = this.#i32[from];
    this.#i32[to + 1] = this.#i32[from + 1];
  }

  getElement(d: number, index: number, esize: number, signed: boolean): number {
    const at = this.#registers + 8 * d + (index * esize) / 8;
    if (esize === 32) return this.#i32[at >> 2];
    const bytes = this.#u8;
    const value = esize === 8 ? bytes[at] : bytes[at] | (bytes[at + 1] << 8);
    return signed ? (value << (32 - esize)) >> (32 - esize) : value;
  }

  setElement(d: number, index: number, esize: number, value: number): void {
    const at = this.#registers + 8 * d + (index * esize) / 8;
    if (esize === 32) {
      this.#i32[at >> 2] = value;
      return;
    }
    this.#u8[at] = value;
    if (esize === 16) this.#u8[at + 1] = value >> 8;
  }

  // Doubles as words

  #slot(): number {
    this.#next = (this.#next + 1) & (VECTOR_TEMPORARIES - 1);
    return this.#temporaries + SLOT_BYTES * this.#next;
  }

  join(low: number, high: number): number {
    const slot = this.#slot();
    this.#i32[slot >> 2] = low;
    this.#i32[(slot >> 2) + 1] = high;
    return slot;
  }

  low(a: number): number {
    return this.#i32[a >> 2];
  }

  high(a: number): number {
    return this.#i32[(a >> 2) + 1];
  }

  #bigEndian(): boolean {
    return (this.#state.get(CPU.CPSR) & PSR.E) !== 0;
  }

  loadD(address: number): number {
    const first = this.memory.load32Aligned(address);
    const second = this.memory.load32Aligned((address + 4) | 0);
    return this.#bigEndian() ? this.join(second, first) : this.join(first, second);
  }

  storeD(address: number, value: number): void {
    const bigEndian = this.#bigEndian();
    this.memory.store32Aligned(address, bigEndian ? this.high(value) : this.low(value));
    this.memory.store32Aligned((address + 4) | 0, bigEndian ? this.low(value) : this.high(value));
  }

  // Singles

  addS(a: number, b: number): number {
    return f32Add(this.#context, a, b);
  }

  subS(a: number, b: number): number {
    return f32Sub(this.#context, a, b);
  }

  mulS(a: number, b: number): number {
    return f32Mul(this.#context, a, b);
  }

  divS(a: number, b: number): number {
    return f32Div(this.#context, a, b);
  }

  fmaS(addend: number, a: number, b: number): number {
    return f32Fma(this.#context, addend, a, b);
  }

  sqrtS(a: number): number {
    return f32Sqrt(this.#context, a);
  }

  negS(a: number): number {
    return f32Neg(a);
  }

  absS(a: number): number {
    return f32Abs(a);
  }

  compareS(a: number, b: number, signalling: boolean): void {
    this.#setFlags(f32Compare(this.#context, a, b, signalling));
  }

  // Doubles

  addD(a: number, b: number): number {
    const slot = this.#slot();
    f64Add(this.#context, slot, a, b);
    return slot;
  }

  subD(a: number, b: number): number {
    const slot = this.#slot();
    f64Sub(this.#context, slot, a, b);
    return slot;
  }

  mulD(a: number, b: number): number {
    const slot = this.#slot();
    f64Mul(this.#context, slot, a, b);
    return slot;
  }

  divD(a: number, b: number): number {
    const slot = this.#slot();
    f64Div(this.#context, slot, a, b);
    return slot;
  }

  fmaD(addend: number, a: number, b: number): number {
    const slot = this.#slot();
    f64Fma(this.#context, slot, addend, a, b);
    return slot;
  }

  sqrtD(a: number): number {
    const slot = this.#slot();
    f64Sqrt(this.#context, slot, a);
    return slot;
  }

  negD(a: number): number {
    const slot = this.#slot();
    f64Neg(this.#context, slot, a);
    return slot;
  }

  absD(a: number): number {
    const slot = this.#slot();
    f64Abs(this.#context, slot, a);
    return slot;
  }

  compareD(a: number, b: number, signalling: boolean): void {
    this.#setFlags(f64Compare(this.#context, a, b, signalling));
  }

  #setFlags(nzcv: number): void {
    this.#i32[this.#fpscr] = (this.#i32[this.#fpscr] & ~FPSCR.NZCV) | (nzcv << 28);
  }

  // Conversions

  doubleFromS(a: number): number {
    const slot = this.#slot();
    f32ToF64(this.#context, slot, a);
    return slot;
  }

  singleFromD(a: number): number {
    return f64ToF32(this.#context, a);
  }

  singleFromHalf(a: number): number {
    return f16ToF32(this.#context, a);
  }

  halfFromS(a: number): number {
    return f32ToF16(this.#context, a);
  }

  singleFromInt(a: number, unsigned: boolean): number {
    return fixedToF32(this.#context, a, 0, 32, unsigned, roundingMode(this.#context));
  }

  doubleFromInt(a: number, unsigned: boolean): number {
    return this.doubleFromFixed(a, 0, 32, unsigned);
  }

  intFromS(a: number, unsigned: boolean, roundZero: boolean): number {
    const rounding = roundZero ? Rounding.ZERO : roundingMode(this.#context);
    return f32ToFixed(this.#context, a, 0, 32, unsigned, rounding);
  }

  intFromD(a: number, unsigned: boolean, roundZero: boolean): number {
    const rounding = roundZero ? Rounding.ZERO : roundingMode(this.#context);
    return f64ToFixed(this.#context, a, 0, 32, unsigned, rounding);
  }

  singleFromFixed(a: number, fractionBits: number, width: number, unsigned: boolean): number {
    return fixedToF32(this.#context, a, fractionBits, width, unsigned, Rounding.NEAREST);
  }

  doubleFromFixed(a: number, fractionBits: number, width: number, unsigned: boolean): number {
    const slot = this.#slot();
    fixedToF64(this.#context, slot, a, fractionBits, width, unsigned);
    return slot;
  }

  fixedFromS(a: number, fractionBits: number, width: number, unsigned: boolean): number {
    return f32ToFixed(this.#context, a, fractionBits, width, unsigned, Rounding.ZERO);
  }

  fixedFromD(a: number, fractionBits: number, width: number, unsigned: boolean): number {
    return f64ToFixed(this.#context, a, fractionBits, width, unsigned, Rounding.ZERO);
  }

  // FPSCR

  readFPSCR(): number {
    return this.#i32[this.#fpscr];
  }

  writeFPSCR(value: number): void {
    this.#i32[this.#fpscr] = value & FPSCR.WRITABLE;
  }

  flagsToAPSR(): void {
    const fpscr = this.#i32[this.#fpscr];
    this.#state.set(CPU.NF, fpscr);
    this.#state.set(CPU.ZF, ~fpscr & FPSCR.Z);
    this.#state.set(CPU.CF, (fpscr >>> 29) & 1);
    this.#state.set(CPU.VF, fpscr << 3);
  }
}
