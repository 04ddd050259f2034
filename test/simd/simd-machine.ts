import { CPU, CPU_STATE_BYTES, PSR } from '../../jit/abi/cpu-state.js';
import { Decoder } from '../../jit/isa/decoder.js';
import type { Instruction } from '../../jit/isa/instruction.js';
import type { Ops } from '../../jit/isa/ops.js';
import { simd } from '../../jit/isa/simd/simd.js';
import { CpuState } from '../../runtime/cpu/state.js';
import { InterpretedSimd } from '../../runtime/interpreter/simd/simd.js';
import type { VectorMemory } from '../../runtime/interpreter/simd/vectors.js';

const RAM_BYTES = 256;
const DECODER = new Decoder(simd);

/** Leaves an instruction, with the reason. */
class Fault extends Error {}

/** Vector and core registers and 256 bytes of memory, for one Advanced SIMD instruction at a time. */
export class SimdMachine {
  readonly state: CpuState;
  readonly simd: InterpretedSimd;
  readonly ram = new DataView(new ArrayBuffer(RAM_BYTES));
  readonly #registers: DataView;
  readonly #ops: Ops;

  constructor() {
    const pages = Math.ceil(CPU_STATE_BYTES / 65536);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.state = new CpuState(memory, 0, 0);
    this.#registers = new DataView(memory.buffer, CPU.D, 256);
    this.simd = new InterpretedSimd(this.state, () => {
      throw new Fault('undefined');
    });
    this.simd.enabled = true;
    this.simd.memory = this.#memory();
    const integer = {
      reg: (n: number) => this.reg(n),
      setReg: (n: number, value: number) => this.setReg(n, value),
      imm: (value: number) => value,
      add: (a: number, b: number) => (a + b) | 0,
      branchWritePC: (target: number) => {
        throw new Fault(`branch ${target}`);
      },
      undefinedInstruction: () => {
        throw new Fault('undefined');
      },
      simd: this.simd,
    };
    this.#ops = Object.assign(integer, this.simd.memory) as unknown as Ops;
  }

  get fpscr(): number {
    return this.state.get(CPU.FPSCR);
  }

  set fpscr(value: number) {
    this.state.set(CPU.FPSCR, value);
  }

  set bigEndian(on: boolean) {
    this.state.set(CPU.CPSR, on ? PSR.E : 0);
  }

  reg(n: number): number {
    return this.state.get(CPU.R + 4 * n);
  }

  setReg(n: number, value: number): void {
    this.state.set(CPU.R + 4 * n, value);
  }

  d(n: number): bigint {
    return this.#registers.getBigUint64(8 * n, true);
  }

  setD(n: number, value: bigint): void {
    this.#registers.setBigUint64(8 * n, value, true);
  }

  /** The pair that begins with Dn. */
  q(n: number): bigint {
    return this.d(n) | (this.d(n + 1) << 64n);
  }

  setQ(n: number, value: bigint): void {
    this.setD(n, value & 0xffff_ffff_ffff_ffffn);
    this.setD(n + 1, value >> 64n);
  }

  /** Memory bytes 0, 1, 2 …: each its own address. */
  numberMemory(): void {
    for (let i = 0; i < RAM_BYTES; i++) this.ram.setUint8(i, i);
  }

  bytes(from: number, count: number): number[] {
    return Array.from({ length: count }, (_, i) => this.ram.getUint8(from + i));
  }

  decodeA32(word: number): Instruction {
    return DECODER.decodeA32(word | 0);
  }

  decodeT32(word: number): Instruction {
    return DECODER.decodeThumb(word | 0, 4, false);
  }

  /** @returns why the instruction did not complete: `undefined`, `alignment 5`, `abort 300` */
  execute(instruction: Instruction): string | undefined {
    try {
      instruction.exec(this.#ops, instruction);
    } catch (thrown) {
      if (thrown instanceof Fault) return thrown.message;
      throw thrown;
    }
    return undefined;
  }

  a32(word: number): string | undefined {
    return this.execute(this.decodeA32(word));
  }

  t32(word: number): string | undefined {
    return this.execute(this.decodeT32(word));
  }

  #memory(): VectorMemory {
    const { ram } = this;
    const little = () => (this.state.get(CPU.CPSR) & PSR.E) === 0;
    const at = (address: number, size: number) => {
      if (address < 0 || address + size > RAM_BYTES) throw new Fault(`abort ${address}`);
      return address;
    };
    return {
      load8U: (address) => ram.getUint8(at(address, 1)),
      load16U: (address) => ram.getUint16(at(address, 2), little()),
      load32: (address) => ram.getInt32(at(address, 4), little()),
      store8: (address, value) => ram.setUint8(at(address, 1), value),
      store16: (address, value) => ram.setUint16(at(address, 2), value, little()),
      store32: (address, value) => ram.setInt32(at(address, 4), value, little()),
      alignmentFault: (address) => {
        throw new Fault(`alignment ${address}`);
      },
    };
  }
}
