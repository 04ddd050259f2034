import { CPU, CPU_STATE_BYTES, Mode, PSR } from '../../jit/abi/cpu-state.js';
import { NEVER_HITS, TLB_BYTES } from '../../jit/abi/tlb.js';
import { Decoder } from '../../jit/isa/decoder.js';
import type { SystemOps } from '../../jit/isa/ops.js';
import { DEFINITIONS } from '../../jit/isa/table.js';
import { GUEST_EXCEPTION } from '../../runtime/cpu/execution-control.js';
import {
  readSP,
  readSPSR,
  readUserRegister,
  switchMode,
  writeSP,
  writeUserRegister,
} from '../../runtime/cpu/modes.js';
import { CpuState } from '../../runtime/cpu/state.js';
import { CodeCache } from '../../runtime/interpreter/code-cache.js';
import { Interpreter, type InterpreterParts } from '../../runtime/interpreter/interpreter.js';
import { AccessFlag } from '../../runtime/mmu/data-access.js';

/** Guest addresses 0 to 64 KiB − 1 are mapped; everything beyond faults. */
const RAM_BYTES = 0x1_0000;
/** Where instructions are put. */
export const CODE = 0x1000;
/** A place for data. */
export const DATA = 0x8000;

/** Why an instruction did not complete, and what it asked of the system. */
export type Event =
  | 'undefined'
  | `svc ${number}`
  | `bkpt ${number}`
  | `alignment ${number}`
  | `abort ${number}`
  | `unprivileged ${number}`
  | `return ${number} ${number}`;

/**
 * The interpreter with a flat memory and nothing behind it: faults are recorded and leave the instruction.
 * Tests of semantic functions look at registers, memory and `events`.
 */
export class FlatMachine {
  readonly state: CpuState;
  readonly interpreter: Interpreter;
  readonly #code = new CodeCache(new Decoder(DEFINITIONS));
  readonly events: Event[] = [];
  readonly ram: DataView;
  bigEndian = false;
  swapEnabled = false;
  thumb = false;

  constructor() {
    const registers = Math.ceil((CPU_STATE_BYTES + TLB_BYTES) / 4096) * 4096;
    const pages = Math.ceil((registers + RAM_BYTES) / 65_536);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const ramBase = registers;
    this.ram = new DataView(memory.buffer, ramBase, RAM_BYTES);
    this.state = new CpuState(memory, 0, 0);
    this.state.set(CPU.CPSR, Mode.SVC);
    this.state.set(CPU.ZF, 1);
    const parts = {
      state: this.state,
      tlb: {
        dataOffset: CPU_STATE_BYTES,
        context: NEVER_HITS,
        contextChanged() {},
        fetch: (va: number) => ramBase + (va & ~0xfff),
        codePages: { mark() {}, isAligned: () => false },
      },
      data: {
        alignmentCheck: false,
        load: (va: number, size: number, flags: number) => this.#load(va, size, flags),
        store: (va: number, size: number, value: number, flags: number) =>
          this.#store(va, size, value, flags),
        loadExclusive: (va: number, size: number) => this.#loadExclusive(va, size),
        storeExclusive: (va: number, size: number, value: number, second: number) =>
          this.#storeExclusive(va, size, value, second),
      },
      exceptions: {
        undefined: () => this.#leave('undefined'),
        svc: (imm: number) => this.events.push(`svc ${imm}`),
        bkpt: (imm: number) => this.#leave(`bkpt ${imm}`),
        takePendingInterrupt: () => false,
      },
      code: this.#code,
      sys: this.#system(),
      vfp: {},
      simd: {},
    };
    this.interpreter = new Interpreter(parts as unknown as InterpreterParts);
    this.interpreter.translationChanged();
  }

  get mode(): number {
    return this.state.mode;
  }

  set mode(mode: number) {
    switchMode(this.state, mode);
    this.interpreter.translationChanged();
  }

  reg(n: number): number {
    return this.state.get(CPU.R + 4 * n);
  }

  setRegs(values: Readonly<Record<number, number>>): void {
    for (const [n, value] of Object.entries(values)) this.state.set(CPU.R + 4 * Number(n), value);
  }

  get pc(): number {
    return this.interpreter.pc;
  }

  word(address: number): number {
    return this.ram.getInt32(address, true);
  }

  setWords(address: number, ...values: number[]): void {
    values.forEach((value, index) => {
      this.ram.setInt32(address + 4 * index, value, true);
    });
  }

  /** Executes A32 encodings from CODE on, one after the other. */
  a32(...words: number[]): void {
    this.setWords(CODE, ...words);
    this.#run(CODE, false, words.length);
  }

  /** Executes `count` Thumb instructions; an encoding above 0xffff is a 32-bit one. */
  t32(encodings: readonly number[], count = encodings.length, at = CODE): void {
    let address = at;
    for (const encoding of encodings) {
      if (encoding > 0xffff) {
        this.ram.setUint16(address, encoding >>> 16, true);
        address += 2;
      }
      this.ram.setUint16(address, encoding & 0xffff, true);
      address += 2;
    }
    this.#run(at, true, count);
  }

  #run(address: number, thumb: boolean, count: number): void {
    this.#code.clear();
    this.interpreter.mappingChanged();
    const cpsr = this.state.get(CPU.CPSR);
    this.state.set(CPU.CPSR, thumb ? cpsr | PSR.T : cpsr & ~PSR.T);
    this.interpreter.jump(address);
    this.interpreter.run(count);
    this.thumb = this.interpreter.thumb;
  }

  #leave(event: Event): never {
    this.events.push(event);
    throw GUEST_EXCEPTION;
  }

  #check(address: number, size: number, flags: number): void {
    if (flags & AccessFlag.UNPRIVILEGED) this.events.push(`unprivileged ${address}`);
    const multiple = flags & AccessFlag.ALIGNED_DOUBLE ? 8 : flags & AccessFlag.ALIGNED ? size : 1;
    if (address % multiple !== 0) this.#leave(`alignment ${address}`);
    if (address + size > RAM_BYTES) this.#leave(`abort ${address}`);
  }

  #load(va: number, size: number, flags: number): number {
    const address = va >>> 0;
    this.#check(address, size, flags);
    const little = !this.#isBigEndian();
    if (size === 1) return this.ram.getUint8(address);
    return size === 2 ? this.ram.getUint16(address, little) : this.ram.getInt32(address, little);
  }

  #store(va: number, size: number, value: number, flags: number): void {
    const address = va >>> 0;
    this.#check(address, size, flags);
    const little = !this.#isBigEndian();
    if (size === 1) this.ram.setUint8(address, value);
    else if (size === 2) this.ram.setUint16(address, value, little);
    else this.ram.setInt32(address, value, little);
  }

  #loadExclusive(va: number, size: number): number {
    const { state } = this;
    const first = this.#load(va, Math.min(size, 4), AccessFlag.ALIGNED);
    state.set(CPU.EXCLUSIVE_VALUE + 4, size === 8 ? this.#load(va + 4, 4, AccessFlag.ALIGNED) : 0);
    state.set(CPU.EXCLUSIVE_SIZE, size);
    state.set(CPU.EXCLUSIVE_ADDRESS, va);
    return first;
  }

  #storeExclusive(va: number, size: number, value: number, second: number): number {
    const { state } = this;
    const armed = state.get(CPU.EXCLUSIVE_SIZE) === size && state.get(CPU.EXCLUSIVE_ADDRESS) === va;
    state.set(CPU.EXCLUSIVE_SIZE, 0);
    if (!armed) return 1;
    this.#store(va, Math.min(size, 4), value, AccessFlag.ALIGNED);
    if (size === 8) this.#store(va + 4, 4, second, AccessFlag.ALIGNED);
    return 0;
  }

  #isBigEndian(): boolean {
    return (this.state.get(CPU.CPSR) & PSR.E) !== 0;
  }

  #system(): SystemOps<number> {
    const { state, events } = this;
    const system: Partial<SystemOps<number>> = {
      currentMode: () => state.mode,
      isSecure: () => false,
      modeExists: (mode) => mode !== Mode.MON && Object.values(Mode).some((known) => known === mode),
      swapEnabled: () => this.swapEnabled,
      checkBxjTrap: () => {},
      readSPSR: () => readSPSR(state, state.mode),
      writeCPSR: (value, bytemask) => {
        const kept = state.cpsr & ~(bytemask & 8 ? 0xf800_0000 : 0);
        state.cpsr = kept | (bytemask & 8 ? value & 0xf800_0000 : 0);
      },
      userReg: (n) => readUserRegister(state, n),
      setUserReg: (n, value) => writeUserRegister(state, n, value),
      spOfMode: (mode) => readSP(state, mode),
      setSpOfMode: (mode, value) => writeSP(state, mode, value),
      exceptionReturn: (pc, cpsr) => {
        events.push(`return ${pc} ${cpsr}`);
      },
      exceptionReturnSPSR: (pc) => {
        events.push(`return ${pc} ${readSPSR(state, state.mode)}`);
      },
      changeProcessorState: (mask, value, mode) => {
        state.set(CPU.CPSR, (state.get(CPU.CPSR) & ~mask) | value);
        if (mode !== 0) this.mode = mode;
      },
      readCoprocessor: (cp, opc1, crn, crm, opc2) =>
        (cp << 28) | (opc1 << 12) | (crn << 8) | (crm << 4) | opc2,
    };
    return system as SystemOps<number>;
  }
}
