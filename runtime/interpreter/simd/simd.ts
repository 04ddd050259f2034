import { CPU, PSR, VECTOR_TEMPORARIES } from '../../../jit/abi/cpu-state.js';
import type { IntegerOps } from '../../../jit/isa/ops.js';
import type { SimdOps } from '../../../jit/isa/simd/ops.js';
import { FPSCR, Rounding } from '../../../jit/isa/vfp/fpscr.js';
import type { CpuState } from '../../cpu/state.js';
import { FpContext } from '../../fpu/context.js';
import { f16ToF32, f32ToF16, f32ToFixed, fixedToF32 } from '../../fpu/conversions.js';
import {
  f32RecipEstimate,
  f32RecipStep,
  f32RsqrtEstimate,
  f32RsqrtStep,
  u32RecipEstimate,
  u32RsqrtEstimate,
} from '../../fpu/estimates.js';
import { f32Add, f32Compare, f32Fma, f32Max, f32Min, f32Mul, f32Sub } from '../../fpu/f32.js';
import * as element from './elements.js';
import { mulHighS, mulHighU, Wide } from './wide.js';

const SLOT_BYTES = 16;
const SIGN = -0x8000_0000;

/** The memory that the interpreter lends to vector loads and stores. */
export interface VectorMemory
  extends Pick<IntegerOps<number>, 'load8U' | 'load16U' | 'load32' | 'store8' | 'store16' | 'store32'> {
  /** Takes an Alignment fault. */
  alignmentFault(address: number, store: boolean): void;
}

type OneOperand = (x: number) => number;
type TwoOperands = (x: number, y: number) => number;
type FloatOperation = (context: FpContext, a: number, b: number) => number;

/**
 * Advanced SIMD operations. A vector is the byte offset in linear memory of the bytes that hold it: a register
 * itself, or a slot of the ring of temporaries, which is overwritten {@link VECTOR_TEMPORARIES} results later.
 */
export class InterpretedSimd implements SimdOps<number, number> {
  /** Whether Advanced SIMD instructions execute (CPACR, NSACR, HCPTR, FPEXC.EN); kept up to date by the vCPU. */
  enabled = false;
  /** Set by the interpreter that owns this. */
  memory!: VectorMemory;

  readonly #state: CpuState;
  readonly #undefined: () => never;
  readonly #context: FpContext;
  readonly #i8: Int8Array;
  readonly #u8: Uint8Array;
  readonly #i16: Int16Array;
  readonly #u16: Uint16Array;
  readonly #i32: Int32Array;
  readonly #u32: Uint32Array;
  readonly #registers: number;
  readonly #temporaries: number;
  readonly #fpscr: number;
  readonly #wide = new Wide();
  #next = 0;

  /** @param undefinedInstruction takes the Undefined Instruction exception (or the Hyp trap that comes before it) */
  constructor(state: CpuState, undefinedInstruction: () => never) {
    const { buffer } = state.memory;
    this.#state = state;
    this.#undefined = undefinedInstruction;
    this.#context = new FpContext(buffer, state.base + CPU.FPSCR, true);
    this.#i8 = new Int8Array(buffer);
    this.#u8 = state.u8;
    this.#i16 = new Int16Array(buffer);
    this.#u16 = new Uint16Array(buffer);
    this.#i32 = state.i32;
    this.#u32 = new Uint32Array(buffer);
    this.#registers = state.base + CPU.D;
    this.#temporaries = state.base + CPU.VECTOR_TEMPORARY;
    this.#fpscr = (state.base + CPU.FPSCR) >> 2;
  }

  checkEnabled(): void {
    if (!this.enabled) this.#undefined();
  }

  // Registers

  get(d: number, _bytes: number): number {
    return this.#registers + 8 * d;
  }

  set(d: number, bytes: number, value: number): void {
    const i32 = this.#i32;
    const to = (this.#registers + 8 * d) >> 2;
    const from = value >> 2;
    i32[to] = i32[from];
    i32[to + 1] = i32[from + 1];
    if (bytes === 16) {
      i32[to + 2] = i32[from + 2];
      i32[to + 3] = i32[from + 3];
    }
  }

  getElement(d: number, index: number, esize: number): number {
    const at = this.#registers + 8 * d;
    if (esize === 8) return this.#u8[at + index];
    if (esize === 16) return this.#u16[(at >> 1) + index];
    return this.#i32[(at >> 2) + index];
  }

  setElement(d: number, index: number, esize: number, value: number): void {
    const at = this.#registers + 8 * d;
    if (esize === 8) this.#u8[at + index] = value;
    else if (esize === 16) this.#u16[(at >> 1) + index] = value;
    else this.#i32[(at >> 2) + index] = value;
  }

  // Memory

  load(address: number, esize: number): number {
    const r = this.#temporary();
    const memory = this.memory;
    const bigEndian = this.#bigEndian();
    if (esize >= 32 || (!bigEndian && (address & 3) === 0)) {
      const swap = bigEndian && esize === 64 ? 1 : 0;
      const first = memory.load32(address);
      const second = memory.load32((address + 4) | 0);
      this.#i32[(r >> 2) + swap] = first;
      this.#i32[(r >> 2) + 1 - swap] = second;
    } else if (esize === 16) {
      for (let i = 0; i < 4; i++) this.#u16[(r >> 1) + i] = memory.load16U((address + 2 * i) | 0);
    } else {
      for (let i = 0; i < 8; i++) this.#u8[r + i] = memory.load8U((address + i) | 0);
    }
    return r;
  }

  store(address: number, esize: number, value: number): void {
    const memory = this.memory;
    const bigEndian = this.#bigEndian();
    if (esize >= 32 || (!bigEndian && (address & 3) === 0)) {
      const swap = bigEndian && esize === 64 ? 1 : 0;
      memory.store32(address, this.#i32[(value >> 2) + swap]);
      memory.store32((address + 4) | 0, this.#i32[(value >> 2) + 1 - swap]);
    } else if (esize === 16) {
      for (let i = 0; i < 4; i++) memory.store16((address + 2 * i) | 0, this.#u16[(value >> 1) + i]);
    } else {
      for (let i = 0; i < 8; i++) memory.store8((address + i) | 0, this.#u8[value + i]);
    }
  }

  checkAlignment(address: number, alignment: number, store: boolean): void {
    if ((address & (alignment - 1)) !== 0) this.memory.alignmentFault(address, store);
  }

  #bigEndian(): boolean {
    return (this.#state.get(CPU.CPSR) & PSR.E) !== 0;
  }

  // Values

  constant(low: number, high: number, _bytes: number): number {
    const r = this.#temporary();
    const word = r >> 2;
    this.#i32[word] = low;
    this.#i32[word + 1] = high;
    this.#i32[word + 2] = low;
    this.#i32[word + 3] = high;
    return r;
  }

  splat(value: number, esize: number, bytes: number): number {
    const word =
      esize === 8
        ? Math.imul(value & 0xff, 0x0101_0101)
        : esize === 16
          ? Math.imul(value & 0xffff, 0x0001_0001)
          : value;
    return this.constant(word, word, bytes);
  }

  shuffle(a: number, b: number, bytes: number, lanes: readonly number[]): number {
    const r = this.#temporary();
    const u8 = this.#u8;
    const second = b - bytes;
    for (let i = 0; i < lanes.length; i++) {
      const lane = lanes[i];
      u8[r + i] = u8[(lane < bytes ? a : second) + lane];
    }
    return r;
  }

  tableLookup(low: number, high: number, tableBytes: number, indices: number, fallback: number): number {
    const r = this.#temporary();
    const u8 = this.#u8;
    for (let i = 0; i < 8; i++) {
      const index = u8[indices + i];
      u8[r + i] =
        index >= tableBytes ? u8[fallback + i] : index < 16 ? u8[low + index] : u8[high + index - 16];
    }
    return r;
  }

  // Bits

  and(a: number, b: number, bytes: number): number {
    const r = this.#temporary();
    const i32 = this.#i32;
    const x = a >> 2;
    const y = b >> 2;
    const z = r >> 2;
    i32[z] = i32[x] & i32[y];
    i32[z + 1] = i32[x + 1] & i32[y + 1];
    if (bytes === 16) {
      i32[z + 2] = i32[x + 2] & i32[y + 2];
      i32[z + 3] = i32[x + 3] & i32[y + 3];
    }
    return r;
  }

  or(a: number, b: number, bytes: number): number {
    const r = this.#temporary();
    const i32 = this.#i32;
    const x = a >> 2;
    const y = b >> 2;
    const z = r >> 2;
    i32[z] = i32[x] | i32[y];
    i32[z + 1] = i32[x + 1] | i32[y + 1];
    if (bytes === 16) {
      i32[z + 2] = i32[x + 2] | i32[y + 2];
      i32[z + 3] = i32[x + 3] | i32[y + 3];
    }
    return r;
  }

  xor(a: number, b: number, bytes: number): number {
    const r = this.#temporary();
    const i32 = this.#i32;
    const x = a >> 2;
    const y = b >> 2;
    const z = r >> 2;
    i32[z] = i32[x] ^ i32[y];
    i32[z + 1] = i32[x + 1] ^ i32[y + 1];
    if (bytes === 16) {
      i32[z + 2] = i32[x + 2] ^ i32[y + 2];
      i32[z + 3] = i32[x + 3] ^ i32[y + 3];
    }
    return r;
  }

  andNot(a: number, b: number, bytes: number): number {
    const r = this.#temporary();
    const i32 = this.#i32;
    const x = a >> 2;
    const y = b >> 2;
    const z = r >> 2;
    i32[z] = i32[x] & ~i32[y];
    i32[z + 1] = i32[x + 1] & ~i32[y + 1];
    if (bytes === 16) {
      i32[z + 2] = i32[x + 2] & ~i32[y + 2];
      i32[z + 3] = i32[x + 3] & ~i32[y + 3];
    }
    return r;
  }

  not(a: number, bytes: number): number {
    const r = this.#temporary();
    const i32 = this.#i32;
    for (let i = 0; i < bytes >> 2; i++) i32[(r >> 2) + i] = ~i32[(a >> 2) + i];
    return r;
  }

  bitSelect(mask: number, a: number, b: number, bytes: number): number {
    const r = this.#temporary();
    const i32 = this.#i32;
    for (let i = 0; i < bytes >> 2; i++) {
      const bits = i32[(mask >> 2) + i];
      i32[(r >> 2) + i] = (i32[(a >> 2) + i] & bits) | (i32[(b >> 2) + i] & ~bits);
    }
    return r;
  }

  // Integer elements

  add(a: number, b: number, esize: number, bytes: number): number {
    if (esize === 64) return this.#add64(a, b, bytes);
    const r = this.#temporary();
    const i32 = this.#i32;
    for (let at = 0; at < bytes; at += 4) {
      i32[(r + at) >> 2] = element.addWord(i32[(a + at) >> 2], i32[(b + at) >> 2], esize);
    }
    return r;
  }

  sub(a: number, b: number, esize: number, bytes: number): number {
    if (esize === 64) return this.#sub64(a, b, bytes);
    const r = this.#temporary();
    const i32 = this.#i32;
    for (let at = 0; at < bytes; at += 4) {
      i32[(r + at) >> 2] = element.subWord(i32[(a + at) >> 2], i32[(b + at) >> 2], esize);
    }
    return r;
  }

  mul(a: number, b: number, esize: number, bytes: number): number {
    return this.#two(a, b, esize, true, bytes, Math.imul);
  }

  neg(a: number, esize: number, bytes: number): number {
    return this.#one(a, esize, true, bytes, element.negate);
  }

  abs(a: number, esize: number, bytes: number): number {
    return this.#one(a, esize, true, bytes, element.absolute);
  }

  min(a: number, b: number, esize: number, signed: boolean, bytes: number): number {
    return this.#two(a, b, esize, signed, bytes, element.minimum);
  }

  max(a: number, b: number, esize: number, signed: boolean, bytes: number): number {
    return this.#two(a, b, esize, signed, bytes, element.maximum);
  }

  absDiff(a: number, b: number, esize: number, signed: boolean, bytes: number): number {
    return this.#two(a, b, esize, signed, bytes, element.difference);
  }

  halvingAdd(a: number, b: number, esize: number, signed: boolean, round: boolean, bytes: number): number {
    return this.#two(a, b, esize, signed, bytes, round ? element.roundingHalvingAdd : element.halvingAdd);
  }

  halvingSub(a: number, b: number, esize: number, signed: boolean, bytes: number): number {
    return this.#two(a, b, esize, signed, bytes, element.halvingSub);
  }

  addSat(a: number, b: number, esize: number, signed: boolean, bytes: number): number {
    if (esize === 64) return this.#addSat64(a, b, signed, bytes);
    return this.#twoSat(a, b, esize, signed, bytes, element.add);
  }

  subSat(a: number, b: number, esize: number, signed: boolean, bytes: number): number {
    if (esize === 64) return this.#subSat64(a, b, signed, bytes);
    return this.#twoSat(a, b, esize, signed, bytes, element.sub);
  }

  negSat(a: number, esize: number, bytes: number): number {
    return this.#twoSat(a, a, esize, true, bytes, element.negate);
  }

  absSat(a: number, esize: number, bytes: number): number {
    return this.#twoSat(a, a, esize, true, bytes, element.absolute);
  }

  doublingMulHighSat(a: number, b: number, esize: number, round: boolean, bytes: number): number {
    const r = this.#temporary();
    for (let i = 0; i < (bytes << 3) / esize; i++) {
      if (esize === 16) {
        const twice = 2 * this.#i16[(a >> 1) + i] * this.#i16[(b >> 1) + i];
        this.#i16[(r >> 1) + i] = this.#saturate((twice + (round ? 0x8000 : 0)) / 0x1_0000, 16, true);
      } else {
        const x = this.#i32[(a >> 2) + i];
        const y = this.#i32[(b >> 2) + i];
        const low = Math.imul(x, y);
        // Bit 31 of twice the low word is what rounding carries into the high one.
        const high = 2 * mulHighS(x, y) + (low >>> 31) + (round ? (low >>> 30) & 1 : 0);
        this.#i32[(r >> 2) + i] = this.#saturate(high, 32, true);
      }
    }
    return r;
  }

  polyMul(a: number, b: number, bytes: number): number {
    return this.#two(a, b, 8, false, bytes, element.polynomialProduct);
  }

  countLeadingZeros(a: number, esize: number, bytes: number): number {
    const r = this.#one(a, esize, false, bytes, Math.clz32);
    // clz32 counts from bit 31.
    return esize === 32 ? r : this.sub(r, this.splat(32 - esize, esize, bytes), esize, bytes);
  }

  countLeadingSigns(a: number, esize: number, bytes: number): number {
    const r = this.#one(a, esize, true, bytes, (x) => Math.clz32(x ^ (x >> 31)) - 1);
    return esize === 32 ? r : this.sub(r, this.splat(32 - esize, esize, bytes), esize, bytes);
  }

  popCount(a: number, bytes: number): number {
    return this.#one(a, 8, false, bytes, element.popCount);
  }

  // Comparisons

  equal(a: number, b: number, esize: number, bytes: number): number {
    return this.#two(a, b, esize, true, bytes, element.equal);
  }

  greater(a: number, b: number, esize: number, signed: boolean, bytes: number): number {
    return this.#two(a, b, esize, signed, bytes, element.greater);
  }

  greaterEqual(a: number, b: number, esize: number, signed: boolean, bytes: number): number {
    return this.#two(a, b, esize, signed, bytes, element.greaterEqual);
  }

  // Shifts

  shiftLeft(a: number, amount: number, esize: number, bytes: number): number {
    if (esize === 64) return this.#shiftBy(a, amount, esize, false, false, bytes);
    const r = this.#temporary();
    const kept = ~element.lowBits(amount, esize);
    for (let at = 0; at < bytes; at += 4)
      this.#i32[(r + at) >> 2] = (this.#i32[(a + at) >> 2] << amount) & kept;
    return r;
  }

  shiftRight(
    a: number,
    amount: number,
    esize: number,
    signed: boolean,
    round: boolean,
    bytes: number,
  ): number {
    if (signed || round || esize === 64 || amount === 32) {
      return this.#shiftBy(a, -amount, esize, signed, round, bytes);
    }
    const r = this.#temporary();
    const kept = element.lowBits(esize - amount, esize);
    for (let at = 0; at < bytes; at += 4)
      this.#i32[(r + at) >> 2] = (this.#i32[(a + at) >> 2] >>> amount) & kept;
    return r;
  }

  #shiftBy(a: number, amount: number, esize: number, signed: boolean, round: boolean, bytes: number): number {
    const r = this.#temporary();
    for (let at = 0; at < bytes; at += esize >> 3) {
      if (esize === 64) {
        this.#shiftWide(a + at, amount, signed, round);
        this.#setWide(r + at);
      } else {
        const x = this.#element(a + at, esize, signed);
        this.#setElement(r + at, esize, round ? element.roundingShift(x, amount) : element.shift(x, amount));
      }
    }
    return r;
  }

  shiftLeftSat(
    a: number,
    amount: number,
    esize: number,
    signed: boolean,
    toSigned: boolean,
    bytes: number,
  ): number {
    const r = this.#temporary();
    for (let at = 0; at < bytes; at += esize >> 3) {
      if (esize === 64) {
        this.#shiftWideSat(a + at, amount, signed, toSigned, false);
        this.#setWide(r + at);
      } else {
        const x = element.shift(this.#element(a + at, esize, signed), amount);
        this.#setElement(r + at, esize, this.#saturate(x, esize, toSigned));
      }
    }
    return r;
  }

  shift(a: number, amounts: number, esize: number, signed: boolean, round: boolean, bytes: number): number {
    const r = this.#temporary();
    for (let at = 0; at < bytes; at += esize >> 3) {
      const amount = this.#i8[amounts + at];
      if (esize === 64) {
        this.#shiftWide(a + at, amount, signed, round);
        this.#setWide(r + at);
      } else {
        const x = this.#element(a + at, esize, signed);
        this.#setElement(r + at, esize, round ? element.roundingShift(x, amount) : element.shift(x, amount));
      }
    }
    return r;
  }

  shiftSat(
    a: number,
    amounts: number,
    esize: number,
    signed: boolean,
    round: boolean,
    bytes: number,
  ): number {
    const r = this.#temporary();
    for (let at = 0; at < bytes; at += esize >> 3) {
      const amount = this.#i8[amounts + at];
      if (esize === 64) {
        this.#shiftWideSat(a + at, amount, signed, signed, round);
        this.#setWide(r + at);
      } else {
        const x = this.#element(a + at, esize, signed);
        const shifted = round ? element.roundingShift(x, amount) : element.shift(x, amount);
        this.#setElement(r + at, esize, this.#saturate(shifted, esize, signed));
      }
    }
    return r;
  }

  #shiftWide(a: number, amount: number, signed: boolean, round: boolean): void {
    const wide = this.#wide;
    wide.set(this.#i32[a >> 2], this.#i32[(a >> 2) + 1]);
    if (amount >= 0) wide.shiftLeft(amount);
    else wide.shiftRight(-amount, signed, round);
  }

  #shiftWideSat(a: number, amount: number, signed: boolean, toSigned: boolean, round: boolean): void {
    const wide = this.#wide;
    wide.set(this.#i32[a >> 2], this.#i32[(a >> 2) + 1]);
    if (amount < 0) wide.shiftRight(-amount, signed, round);
    else if (wide.shiftLeftSat(amount, signed, toSigned)) this.#i32[this.#fpscr] |= FPSCR.QC;
  }

  #setWide(r: number): void {
    this.#i32[r >> 2] = this.#wide.low;
    this.#i32[(r >> 2) + 1] = this.#wide.high;
  }

  // Changes of width

  widen(a: number, esize: number, signed: boolean): number {
    const r = this.#temporary();
    for (let i = 0; i < 64 / esize; i++) {
      const x = this.#element(a + ((i * esize) >> 3), esize, signed);
      if (esize === 32) {
        this.#i32[(r >> 2) + 2 * i] = x;
        this.#i32[(r >> 2) + 2 * i + 1] = x < 0 ? -1 : 0;
      } else {
        this.#setElement(r + ((i * esize) >> 2), 2 * esize, x);
      }
    }
    return r;
  }

  narrow(a: number, esize: number): number {
    const r = this.#temporary();
    for (let i = 0; i < 64 / esize; i++) {
      this.#setElement(r + ((i * esize) >> 3), esize, this.#element(a + ((i * esize) >> 2), esize, false));
    }
    return r;
  }

  narrowSat(a: number, esize: number, signed: boolean, toSigned: boolean): number {
    const r = this.#temporary();
    for (let i = 0; i < 64 / esize; i++) {
      const at = a + ((i * esize) >> 2);
      const x =
        esize === 32
          ? this.#u32[at >> 2] + 0x1_0000_0000 * (signed ? this.#i32 : this.#u32)[(at >> 2) + 1]
          : this.#element(at, 2 * esize, signed);
      // Of 64 bits the lowest may be lost, but not in numbers that fit into 32.
      this.#setElement(r + ((i * esize) >> 3), esize, this.#saturate(x, esize, toSigned));
    }
    return r;
  }

  mulLong(a: number, b: number, esize: number, signed: boolean): number {
    const r = this.#temporary();
    for (let i = 0; i < 64 / esize; i++) {
      const at = (i * esize) >> 3;
      const x = this.#element(a + at, esize, signed);
      const y = this.#element(b + at, esize, signed);
      if (esize === 32) {
        this.#i32[(r >> 2) + 2 * i] = Math.imul(x, y);
        this.#i32[(r >> 2) + 2 * i + 1] = signed ? mulHighS(x, y) : mulHighU(x, y);
      } else {
        this.#setElement(r + 2 * at, 2 * esize, x * y);
      }
    }
    return r;
  }

  doublingMulLongSat(a: number, b: number, esize: number): number {
    const r = this.mulLong(a, b, esize, true);
    if (esize === 16) return this.#twoSat(r, r, 32, true, 16, element.add);
    return this.#addSat64(r, r, true, 16);
  }

  polyMulLong(a: number, b: number): number {
    const r = this.#temporary();
    for (let i = 0; i < 8; i++) {
      this.#u16[(r >> 1) + i] = element.polynomialProduct(this.#u8[a + i], this.#u8[b + i]);
    }
    return r;
  }

  addPairsLong(a: number, esize: number, signed: boolean, bytes: number): number {
    const r = this.#temporary();
    const size = esize >> 3;
    for (let at = 0; at < bytes; at += 2 * size) {
      const sum = this.#element(a + at, esize, signed) + this.#element(a + at + size, esize, signed);
      if (esize === 32) {
        this.#i32[(r + at) >> 2] = sum;
        this.#i32[(r + at + 4) >> 2] = Math.floor(sum / 0x1_0000_0000);
      } else {
        this.#setElement(r + at, 2 * esize, sum);
      }
    }
    return r;
  }

  recipEstimate(a: number, bytes: number): number {
    return this.#one(a, 32, true, bytes, u32RecipEstimate);
  }

  rsqrtEstimate(a: number, bytes: number): number {
    return this.#one(a, 32, true, bytes, u32RsqrtEstimate);
  }

  // Floating point

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
    const r = this.#temporary();
    const i32 = this.#i32;
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
    const r = this.#temporary();
    const i32 = this.#i32;
    for (let at = 0; at < bytes; at += 4) {
      const x = i32[(a + at) >> 2];
      i32[(r + at) >> 2] = fixedToF32(this.#context, x, fractionBits, 32, !signed, Rounding.NEAREST);
    }
    return r;
  }

  fToFixed(a: number, fractionBits: number, signed: boolean, bytes: number): number {
    const r = this.#temporary();
    const i32 = this.#i32;
    for (let at = 0; at < bytes; at += 4) {
      const x = i32[(a + at) >> 2];
      i32[(r + at) >> 2] = f32ToFixed(this.#context, x, fractionBits, 32, !signed, Rounding.ZERO);
    }
    return r;
  }

  fFromHalf(a: number): number {
    const r = this.#temporary();
    for (let i = 0; i < 4; i++) this.#i32[(r >> 2) + i] = f16ToF32(this.#context, this.#u16[(a >> 1) + i]);
    return r;
  }

  fToHalf(a: number): number {
    const r = this.#temporary();
    for (let i = 0; i < 4; i++) this.#u16[(r >> 1) + i] = f32ToF16(this.#context, this.#i32[(a >> 2) + i]);
    return r;
  }

  // Loops over elements

  #temporary(): number {
    const r = this.#temporaries + this.#next * SLOT_BYTES;
    this.#next = (this.#next + 1) & (VECTOR_TEMPORARIES - 1);
    return r;
  }

  /** @param esize 8, 16 or 32 */
  #element(at: number, esize: number, signed: boolean): number {
    if (esize === 8) return (signed ? this.#i8 : this.#u8)[at];
    if (esize === 16) return (signed ? this.#i16 : this.#u16)[at >> 1];
    return (signed ? this.#i32 : this.#u32)[at >> 2];
  }

  /** The value modulo 2^esize. */
  #setElement(at: number, esize: number, value: number): void {
    if (esize === 8) this.#u8[at] = value;
    else if (esize === 16) this.#u16[at >> 1] = value;
    else this.#u32[at >> 2] = value;
  }

  /** Rounds down and brings a number into range, setting QC when it is not. */
  #saturate(value: number, esize: number, signed: boolean): number {
    const whole = Math.floor(value);
    const largest = element.largest(esize, signed);
    if (whole > largest) {
      this.#i32[this.#fpscr] |= FPSCR.QC;
      return largest;
    }
    const smallest = element.smallest(esize, signed);
    if (whole < smallest) {
      this.#i32[this.#fpscr] |= FPSCR.QC;
      return smallest;
    }
    return whole;
  }

  #one(a: number, esize: number, signed: boolean, bytes: number, op: OneOperand): number {
    const r = this.#temporary();
    if (esize === 8) {
      const from = signed ? this.#i8 : this.#u8;
      for (let i = 0; i < bytes; i++) this.#u8[r + i] = op(from[a + i]);
    } else if (esize === 16) {
      const from = signed ? this.#i16 : this.#u16;
      for (let i = 0; i < bytes >> 1; i++) this.#u16[(r >> 1) + i] = op(from[(a >> 1) + i]);
    } else {
      const from = signed ? this.#i32 : this.#u32;
      for (let i = 0; i < bytes >> 2; i++) this.#u32[(r >> 2) + i] = op(from[(a >> 2) + i]);
    }
    return r;
  }

  #two(a: number, b: number, esize: number, signed: boolean, bytes: number, op: TwoOperands): number {
    const r = this.#temporary();
    if (esize === 8) {
      const from = signed ? this.#i8 : this.#u8;
      for (let i = 0; i < bytes; i++) this.#u8[r + i] = op(from[a + i], from[b + i]);
    } else if (esize === 16) {
      const from = signed ? this.#i16 : this.#u16;
      for (let i = 0; i < bytes >> 1; i++) {
        this.#u16[(r >> 1) + i] = op(from[(a >> 1) + i], from[(b >> 1) + i]);
      }
    } else {
      const from = signed ? this.#i32 : this.#u32;
      for (let i = 0; i < bytes >> 2; i++) {
        this.#u32[(r >> 2) + i] = op(from[(a >> 2) + i], from[(b >> 2) + i]);
      }
    }
    return r;
  }

  #twoSat(a: number, b: number, esize: number, signed: boolean, bytes: number, op: TwoOperands): number {
    const r = this.#temporary();
    for (let at = 0; at < bytes; at += esize >> 3) {
      const value = op(this.#element(a + at, esize, signed), this.#element(b + at, esize, signed));
      this.#setElement(r + at, esize, this.#saturate(value, esize, signed));
    }
    return r;
  }

  #float(a: number, b: number, bytes: number, op: FloatOperation): number {
    const r = this.#temporary();
    const i32 = this.#i32;
    for (let at = 0; at < bytes; at += 4) {
      i32[(r + at) >> 2] = op(this.#context, i32[(a + at) >> 2], i32[(b + at) >> 2]);
    }
    return r;
  }

  #add64(a: number, b: number, bytes: number): number {
    const r = this.#temporary();
    const i32 = this.#i32;
    for (let at = 0; at < bytes; at += 8) {
      const x = (a + at) >> 2;
      const y = (b + at) >> 2;
      const low = (i32[x] + i32[y]) | 0;
      const carry = low >>> 0 < i32[x] >>> 0 ? 1 : 0;
      i32[(r + at) >> 2] = low;
      i32[(r + at + 4) >> 2] = i32[x + 1] + i32[y + 1] + carry;
    }
    return r;
  }

  #sub64(a: number, b: number, bytes: number): number {
    const r = this.#temporary();
    const i32 = this.#i32;
    for (let at = 0; at < bytes; at += 8) {
      const x = (a + at) >> 2;
      const y = (b + at) >> 2;
      const borrow = i32[x] >>> 0 < i32[y] >>> 0 ? 1 : 0;
      i32[(r + at) >> 2] = i32[x] - i32[y];
      i32[(r + at + 4) >> 2] = i32[x + 1] - i32[y + 1] - borrow;
    }
    return r;
  }

  #addSat64(a: number, b: number, signed: boolean, bytes: number): number {
    const r = this.#add64(a, b, bytes);
    for (let at = 0; at < bytes; at += 8) {
      const x = this.#i32[(a + at + 4) >> 2];
      const y = this.#i32[(b + at + 4) >> 2];
      const sum = this.#i32[(r + at + 4) >> 2];
      // The carry out of bit 63 is the majority of x, y and not the sum's bit.
      const overflow = signed ? (x ^ sum) & (y ^ sum) : (x & y) | ((x | y) & ~sum);
      if (overflow < 0) this.#saturate64(r + at, signed, signed ? x < 0 : false);
    }
    return r;
  }

  #subSat64(a: number, b: number, signed: boolean, bytes: number): number {
    const r = this.#sub64(a, b, bytes);
    for (let at = 0; at < bytes; at += 8) {
      const x = this.#i32[(a + at + 4) >> 2];
      const y = this.#i32[(b + at + 4) >> 2];
      const rest = this.#i32[(r + at + 4) >> 2];
      const overflow = signed ? (x ^ y) & (x ^ rest) : (~x & y) | (~(x ^ y) & rest);
      if (overflow < 0) this.#saturate64(r + at, signed, signed ? x < 0 : true);
    }
    return r;
  }

  /** Puts the smallest or the largest number there, and sets QC. */
  #saturate64(at: number, signed: boolean, smallest: boolean): void {
    this.#i32[this.#fpscr] |= FPSCR.QC;
    this.#i32[at >> 2] = smallest ? 0 : -1;
    this.#i32[(at + 4) >> 2] = smallest ? (signed ? SIGN : 0) : signed ? ~SIGN : -1;
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
