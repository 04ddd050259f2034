import { CPU, PSR, VECTOR_TEMPORARIES } from '../../../jit/abi/cpu-state.js';
import type { IntegerOps } from '../../../jit/isa/ops.js';
import type { CpuState } from '../../cpu/state.js';

const SLOT_BYTES = 16;

/** The memory that the interpreter lends to vector loads and stores. */
export interface VectorMemory
  extends Pick<IntegerOps<number>, 'load8U' | 'load16U' | 'load32' | 'store8' | 'store16' | 'store32'> {
  /** Takes an Alignment fault. */
  alignmentFault(address: number, store: boolean): void;
}

/**
 * Vectors as the interpreter has them: registers, loads and stores, rearrangements and bits. A vector is the
 * byte offset in linear memory of the bytes that hold it: a register itself, or a slot of the ring of
 * temporaries, which is overwritten {@link VECTOR_TEMPORARIES} results later.
 */
export class Vectors {
  /** Set by the interpreter that owns this. */
  memory!: VectorMemory;

  protected readonly state: CpuState;
  protected readonly i8: Int8Array;
  protected readonly u8: Uint8Array;
  protected readonly i16: Int16Array;
  protected readonly u16: Uint16Array;
  protected readonly i32: Int32Array;
  protected readonly u32: Uint32Array;
  /** Index of FPSCR in `i32`. */
  protected readonly fpscr: number;
  readonly #registers: number;
  readonly #temporaries: number;
  #next = 0;

  constructor(state: CpuState) {
    const { buffer } = state.memory;
    this.state = state;
    this.i8 = new Int8Array(buffer);
    this.u8 = state.u8;
    this.i16 = new Int16Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = state.i32;
    this.u32 = new Uint32Array(buffer);
    this.fpscr = (state.base + CPU.FPSCR) >> 2;
    this.#registers = state.base + CPU.D;
    this.#temporaries = state.base + CPU.VECTOR_TEMPORARY;
  }

  // Registers

  get(d: number, _bytes: number): number {
    return this.#registers + 8 * d;
  }

  set(d: number, bytes: number, value: number): void {
    const i32 = this.i32;
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
    if (esize === 8) return this.u8[at + index];
    if (esize === 16) return this.u16[(at >> 1) + index];
    return this.i32[(at >> 2) + index];
  }

  setElement(d: number, index: number, esize: number, value: number): void {
    const at = this.#registers + 8 * d;
    if (esize === 8) this.u8[at + index] = value;
    else if (esize === 16) this.u16[(at >> 1) + index] = value;
    else this.i32[(at >> 2) + index] = value;
  }

  // Memory

  load(address: number, esize: number): number {
    const r = this.temporary();
    const memory = this.memory;
    const bigEndian = this.#bigEndian();
    if (esize >= 32 || (!bigEndian && (address & 3) === 0)) {
      const swap = bigEndian && esize === 64 ? 1 : 0;
      const first = memory.load32(address);
      const second = memory.load32((address + 4) | 0);
      this.i32[(r >> 2) + swap] = first;
      this.i32[(r >> 2) + 1 - swap] = second;
    } else if (esize === 16) {
      for (let i = 0; i < 4; i++) this.u16[(r >> 1) + i] = memory.load16U((address + 2 * i) | 0);
    } else {
      for (let i = 0; i < 8; i++) this.u8[r + i] = memory.load8U((address + i) | 0);
    }
    return r;
  }

  store(address: number, esize: number, value: number): void {
    const memory = this.memory;
    const bigEndian = this.#bigEndian();
    if (esize >= 32 || (!bigEndian && (address & 3) === 0)) {
      const swap = bigEndian && esize === 64 ? 1 : 0;
      memory.store32(address, this.i32[(value >> 2) + swap]);
      memory.store32((address + 4) | 0, this.i32[(value >> 2) + 1 - swap]);
    } else if (esize === 16) {
      for (let i = 0; i < 4; i++) memory.store16((address + 2 * i) | 0, this.u16[(value >> 1) + i]);
    } else {
      for (let i = 0; i < 8; i++) memory.store8((address + i) | 0, this.u8[value + i]);
    }
  }

  checkAlignment(address: number, alignment: number, store: boolean): void {
    if ((address & (alignment - 1)) !== 0) this.memory.alignmentFault(address, store);
  }

  #bigEndian(): boolean {
    return (this.state.get(CPU.CPSR) & PSR.E) !== 0;
  }

  // Values

  constant(low: number, high: number, _bytes: number): number {
    const r = this.temporary();
    const word = r >> 2;
    this.i32[word] = low;
    this.i32[word + 1] = high;
    this.i32[word + 2] = low;
    this.i32[word + 3] = high;
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
    const r = this.temporary();
    const u8 = this.u8;
    const second = b - bytes;
    for (let i = 0; i < lanes.length; i++) {
      const lane = lanes[i];
      u8[r + i] = u8[(lane < bytes ? a : second) + lane];
    }
    return r;
  }

  tableLookup(low: number, high: number, tableBytes: number, indices: number, fallback: number): number {
    const r = this.temporary();
    const u8 = this.u8;
    for (let i = 0; i < 8; i++) {
      const index = u8[indices + i];
      u8[r + i] =
        index >= tableBytes ? u8[fallback + i] : index < 16 ? u8[low + index] : u8[high + index - 16];
    }
    return r;
  }

  // Bits

  and(a: number, b: number, bytes: number): number {
    const r = this.temporary();
    const i32 = this.i32;
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
    const r = this.temporary();
    const i32 = this.i32;
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
    const r = this.temporary();
    const i32 = this.i32;
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
    const r = this.temporary();
    const i32 = this.i32;
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
    const r = this.temporary();
    const i32 = this.i32;
    for (let i = 0; i < bytes >> 2; i++) i32[(r >> 2) + i] = ~i32[(a >> 2) + i];
    return r;
  }

  bitSelect(mask: number, a: number, b: number, bytes: number): number {
    const r = this.temporary();
    const i32 = this.i32;
    for (let i = 0; i < bytes >> 2; i++) {
      const bits = i32[(mask >> 2) + i];
      i32[(r >> 2) + i] = (i32[(a >> 2) + i] & bits) | (i32[(b >> 2) + i] & ~bits);
    }
    return r;
  }

  protected temporary(): number {
    const r = this.#temporaries + this.#next * SLOT_BYTES;
    this.#next = (this.#next + 1) & (VECTOR_TEMPORARIES - 1);
    return r;
  }

  /** @param esize 8, 16 or 32 */
  protected elementAt(at: number, esize: number, signed: boolean): number {
    if (esize === 8) return (signed ? this.i8 : this.u8)[at];
    if (esize === 16) return (signed ? this.i16 : this.u16)[at >> 1];
    return (signed ? this.i32 : this.u32)[at >> 2];
  }

  /** The value modulo 2^esize. */
  protected setElementAt(at: number, esize: number, value: number): void {
    if (esize === 8) this.u8[at] = value;
    else if (esize === 16) this.u16[at >> 1] = value;
    else this.u32[at >> 2] = value;
  }
}
