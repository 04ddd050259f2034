import { CPU, Mode, PSR } from '../../jit/abi/cpu-state.js';

/**
 * One vCPU's registers in linear memory, for TypeScript. Offsets are bytes from {@link CPU}; values are
 * signed 32-bit integers. Hot code keeps `i32` and `base >> 2` in fields of its own instead.
 */
export class CpuState {
  readonly memory: WebAssembly.Memory;
  readonly i32: Int32Array;
  readonly u8: Uint8Array;
  /** Byte offset of this vCPU in linear memory, a multiple of 16. */
  readonly base: number;
  /** Index of this vCPU: MPIDR.Aff0. */
  readonly index: number;
  readonly #word: number;

  constructor(memory: WebAssembly.Memory, base: number, index: number) {
    this.memory = memory;
    this.i32 = new Int32Array(memory.buffer);
    this.u8 = new Uint8Array(memory.buffer);
    this.base = base;
    this.index = index;
    this.#word = base >> 2;
  }

  get(offset: number): number {
    return this.i32[this.#word + (offset >> 2)];
  }

  set(offset: number, value: number): void {
    this.i32[this.#word + (offset >> 2)] = value;
  }

  /** CPSR put together from its parts, all bits. */
  get cpsr(): number {
    const { i32 } = this;
    const word = this.#word;
    const it = i32[word + (CPU.ITSTATE >> 2)];
    return (
      i32[word + (CPU.CPSR >> 2)] |
      (i32[word + (CPU.NF >> 2)] & PSR.N) |
      (i32[word + (CPU.ZF >> 2)] === 0 ? PSR.Z : 0) |
      (i32[word + (CPU.CF >> 2)] << 29) |
      ((i32[word + (CPU.VF >> 2)] >>> 31) << 28) |
      (i32[word + (CPU.QF >> 2)] << 27) |
      ((it & 3) << 25) |
      (i32[word + (CPU.GE >> 2)] << 16) |
      ((it >>> 2) << 10)
    );
  }

  /**
   * Takes CPSR apart into its words. Does not switch register banks: `exceptions` and `modes` do that, and
   * this is called with the mode that is already current.
   */
  set cpsr(value: number) {
    const { i32 } = this;
    const word = this.#word;
    i32[word + (CPU.NF >> 2)] = value;
    i32[word + (CPU.ZF >> 2)] = ~value & PSR.Z;
    i32[word + (CPU.CF >> 2)] = (value >>> 29) & 1;
    i32[word + (CPU.VF >> 2)] = value << 3;
    i32[word + (CPU.QF >> 2)] = (value >>> 27) & 1;
    i32[word + (CPU.GE >> 2)] = (value >>> 16) & 15;
    i32[word + (CPU.ITSTATE >> 2)] = ((value >>> 25) & 3) | ((value >>> 8) & 0xfc);
    i32[word + (CPU.CPSR >> 2)] = value & (PSR.J | PSR.E | PSR.A | PSR.I | PSR.F | PSR.T | PSR.M);
  }

  /** CPSR.M. */
  get mode(): number {
    return this.get(CPU.CPSR) & PSR.M;
  }

  /** CurrentModeIsNotUser(). */
  get privileged(): boolean {
    return this.mode !== Mode.USR;
  }

  /** Address of the instruction being executed, from the R15 word. Unsigned. */
  get instructionAddress(): number {
    return (this.get(CPU.R + 60) - (this.get(CPU.CPSR) & PSR.T ? 4 : 8)) >>> 0;
  }
}
