import { CPU, Mode, PSR } from '../../jit/abi/cpu-state.js';
import { NEVER_HITS, PAGE_MASK, TLB_ENTRY_BYTES, tlbIndex, tlbIndexMix } from '../../jit/abi/tlb.js';
import type { IntegerOps, StaticState } from '../../jit/isa/ops.js';
import type { Exceptions } from '../cpu/exceptions.js';
import type { CpuState } from '../cpu/state.js';
import { AccessFlag, type DataAccess } from '../mmu/data-access.js';
import type { SoftwareTlb } from '../mmu/tlb.js';
import { Arithmetic } from './arithmetic.js';

/** What integer instructions act upon. */
export interface IntegerParts {
  readonly state: CpuState;
  readonly tlb: SoftwareTlb;
  readonly data: DataAccess;
  readonly exceptions: Exceptions;
}

/**
 * Integer operations on numbers: registers, flags, memory and control flow of one vCPU. The run loop, which goes on where they lead,
 * is the {@link Interpreter}'s.
 *
 * PC is kept in a field while code runs; word 15 of the register file holds what reading R15 gives.
 */
export abstract class InterpretedInteger extends Arithmetic implements IntegerOps<number>, StaticState {
  readonly state: CpuState;
  thumb = false;
  privileged = true;

  protected readonly tlb: SoftwareTlb;
  protected readonly data: DataAccess;
  protected readonly exceptions: Exceptions;
  protected readonly i32: Int32Array;
  protected readonly u8: Uint8Array;
  protected readonly view: DataView;
  /** R0, or, for the rest of an instruction that was abandoned, what it may write in place of it. */
  protected r: number;
  protected readonly pcWord: number;
  protected readonly it: number;
  /** Address of the next instruction. */
  protected nextPc = 0;
  /** The current instruction set ITSTATE itself: exception entry or return, IT. */
  protected itStateSet = false;
  /** Context number in data TLB tags, or NEVER_HITS while accesses are big-endian. */
  protected context = NEVER_HITS;
  protected alignmentCheck = false;

  readonly #nf: number;
  readonly #zf: number;
  readonly #cf: number;
  readonly #vf: number;
  readonly #qf: number;
  readonly #ge: number;
  readonly #tlbWord: number;

  constructor(parts: IntegerParts) {
    super();
    const { state } = parts;
    this.state = state;
    this.tlb = parts.tlb;
    this.data = parts.data;
    this.exceptions = parts.exceptions;
    this.i32 = state.i32;
    this.u8 = state.u8;
    this.view = new DataView(state.memory.buffer);
    const word = (offset: number) => (state.base + offset) >> 2;
    this.r = word(CPU.R);
    this.pcWord = this.r + 15;
    this.#nf = word(CPU.NF);
    this.#zf = word(CPU.ZF);
    this.#cf = word(CPU.CF);
    this.#vf = word(CPU.VF);
    this.#qf = word(CPU.QF);
    this.#ge = word(CPU.GE);
    this.it = word(CPU.ITSTATE);
    this.#tlbWord = parts.tlb.dataOffset >> 2;
  }

  get hyp(): boolean {
    return this.state.mode === Mode.HYP;
  }

  /** CPSR.T may have changed. */
  protected abstract setThumb(thumb: boolean): void;
  /** The next instruction's page is looked up again. */
  abstract mappingChanged(): void;
  /** The vCPU would rather let the others run. */
  abstract waitForEvent(): void;

  // Registers

  reg(n: number): number {
    return this.i32[this.r + n];
  }

  setReg(n: number, value: number): void {
    this.i32[this.r + n] = value;
  }

  pcRelative(offset: number): number {
    return ((this.i32[this.pcWord] & ~3) + offset) | 0;
  }

  // Flags

  addNZCV(a: number, b: number): number {
    const i32 = this.i32;
    const result = (a + b) | 0;
    i32[this.#nf] = result;
    i32[this.#zf] = result;
    i32[this.#cf] = result >>> 0 < a >>> 0 ? 1 : 0;
    i32[this.#vf] = (a ^ result) & (b ^ result);
    return result;
  }

  subNZCV(a: number, b: number): number {
    const i32 = this.i32;
    const result = (a - b) | 0;
    i32[this.#nf] = result;
    i32[this.#zf] = result;
    i32[this.#cf] = a >>> 0 >= b >>> 0 ? 1 : 0;
    i32[this.#vf] = (a ^ b) & (a ^ result);
    return result;
  }

  adcNZCV(a: number, b: number): number {
    const i32 = this.i32;
    const wide = (a >>> 0) + (b >>> 0) + i32[this.#cf];
    const result = wide | 0;
    i32[this.#nf] = result;
    i32[this.#zf] = result;
    i32[this.#cf] = wide > 0xffff_ffff ? 1 : 0;
    i32[this.#vf] = (a ^ result) & (b ^ result);
    return result;
  }

  setNZ(result: number): void {
    this.i32[this.#nf] = result;
    this.i32[this.#zf] = result;
  }

  setNZ64(low: number, high: number): void {
    this.i32[this.#nf] = high;
    this.i32[this.#zf] = low | high;
  }

  setC(bit: number): void {
    this.i32[this.#cf] = bit;
  }

  setV(bit: number): void {
    this.i32[this.#vf] = bit << 31;
  }

  orQ(bit: number): void {
    this.i32[this.#qf] |= bit;
  }

  carry(): number {
    return this.i32[this.#cf];
  }

  ge(): number {
    return this.i32[this.#ge];
  }

  setGE(bits: number): void {
    this.i32[this.#ge] = bits;
  }

  /** ConditionPassed() (ARM DDI 0406C A8.3.1). */
  protected conditionPassed(condition: number): boolean {
    const i32 = this.i32;
    switch (condition) {
      case 0:
        return i32[this.#zf] === 0;
      case 1:
        return i32[this.#zf] !== 0;
      case 2:
        return i32[this.#cf] !== 0;
      case 3:
        return i32[this.#cf] === 0;
      case 4:
        return i32[this.#nf] < 0;
      case 5:
        return i32[this.#nf] >= 0;
      case 6:
        return i32[this.#vf] < 0;
      case 7:
        return i32[this.#vf] >= 0;
      case 8:
        return i32[this.#cf] !== 0 && i32[this.#zf] !== 0;
      case 9:
        return i32[this.#cf] === 0 || i32[this.#zf] === 0;
      case 10:
        return (i32[this.#nf] ^ i32[this.#vf]) >= 0;
      case 11:
        return (i32[this.#nf] ^ i32[this.#vf]) < 0;
      case 12:
        return i32[this.#zf] !== 0 && (i32[this.#nf] ^ i32[this.#vf]) >= 0;
      case 13:
        return i32[this.#zf] === 0 || (i32[this.#nf] ^ i32[this.#vf]) < 0;
      default:
        return true;
    }
  }

  // Control flow

  branch(offset: number): void {
    this.nextPc = (this.instructionAddress() + offset) | 0;
  }

  branchIf(condition: number, offset: number): void {
    if (condition !== 0) this.branch(offset);
  }

  branchLink(offset: number, toThumb: boolean): void {
    const here = this.instructionAddress();
    this.i32[this.r + 14] = this.thumb ? (here + 4) | 1 : here + 4;
    this.nextPc = toThumb ? (here + offset) | 0 : (here + offset) & ~3;
    if (toThumb !== this.thumb) this.#exchange(toThumb);
  }

  branchLinkExchange(target: number): void {
    this.i32[this.r + 14] = this.thumb ? this.nextPc | 1 : this.nextPc;
    this.bxWritePC(target);
  }

  branchWritePC(target: number): void {
    this.nextPc = this.thumb ? target & ~1 : target & ~3;
  }

  bxWritePC(target: number): void {
    if ((target & 1) !== 0) {
      this.nextPc = target & ~1;
      if (!this.thumb) this.#exchange(true);
    } else {
      this.nextPc = target;
      // target<1:0> = 10 is UNPREDICTABLE; as in QEMU the fetch takes an Alignment fault: see Interpreter.#enterPage.
      if ((target & 2) !== 0) this.mappingChanged();
      if (this.thumb) this.#exchange(false);
    }
  }

  aluWritePC(target: number): void {
    if (this.thumb) this.nextPc = target & ~1;
    else this.bxWritePC(target);
  }

  protected instructionAddress(): number {
    return this.i32[this.pcWord] - (this.thumb ? 4 : 8);
  }

  #exchange(thumb: boolean): void {
    const cpsr = this.state.get(CPU.CPSR);
    this.state.set(CPU.CPSR, thumb ? cpsr | PSR.T : cpsr & ~PSR.T);
    this.setThumb(thumb);
  }

  // Memory

  /** CPSR.E, or what the TLB goes by, has changed: how accesses are made. */
  protected refreshContext(): void {
    const bigEndian = (this.state.get(CPU.CPSR) & PSR.E) !== 0;
    this.alignmentCheck = this.data.alignmentCheck;
    this.context = bigEndian ? NEVER_HITS : this.tlb.context;
    this.state.set(CPU.CONTEXT, this.context);
    const mix = tlbIndexMix(this.context) * TLB_ENTRY_BYTES;
    this.state.set(CPU.TLB_BASE, this.tlb.dataOffset + mix);
  }

  load8U(address: number): number {
    const entry = this.#tlbWord + (tlbIndex(address, this.context) << 2);
    if (this.i32[entry] === ((address & PAGE_MASK) | this.context)) {
      return this.u8[(address + this.i32[entry + 2]) >>> 0];
    }
    return this.data.load(address, 1, 0);
  }

  load8S(address: number): number {
    return (this.load8U(address) << 24) >> 24;
  }

  load16U(address: number): number {
    const entry = this.#tlbWord + (tlbIndex(address, this.context) << 2);
    if (
      this.i32[entry] === (((address + 1) & PAGE_MASK) | this.context) &&
      ((address & 1) === 0 || !this.alignmentCheck)
    ) {
      return this.view.getUint16((address + this.i32[entry + 2]) >>> 0, true);
    }
    return this.data.load(address, 2, 0);
  }

  load16S(address: number): number {
    return (this.load16U(address) << 16) >> 16;
  }

  load32(address: number): number {
    const entry = this.#tlbWord + (tlbIndex(address, this.context) << 2);
    if (this.i32[entry] === (((address + 3) & PAGE_MASK) | this.context)) {
      if ((address & 3) === 0) return this.i32[(address + this.i32[entry + 2]) >>> 2];
      if (!this.alignmentCheck) return this.view.getInt32((address + this.i32[entry + 2]) >>> 0, true);
    }
    return this.data.load(address, 4, 0);
  }

  store8(address: number, value: number): void {
    const entry = this.#tlbWord + (tlbIndex(address, this.context) << 2);
    if (this.i32[entry + 1] === ((address & PAGE_MASK) | this.context)) {
      this.u8[(address + this.i32[entry + 2]) >>> 0] = value;
    } else {
      this.data.store(address, 1, value, 0);
    }
  }

  store16(address: number, value: number): void {
    const entry = this.#tlbWord + (tlbIndex(address, this.context) << 2);
    if (
      this.i32[entry + 1] === (((address + 1) & PAGE_MASK) | this.context) &&
      ((address & 1) === 0 || !this.alignmentCheck)
    ) {
      this.view.setUint16((address + this.i32[entry + 2]) >>> 0, value, true);
    } else {
      this.data.store(address, 2, value, 0);
    }
  }

  store32(address: number, value: number): void {
    const entry = this.#tlbWord + (tlbIndex(address, this.context) << 2);
    if (this.i32[entry + 1] === (((address + 3) & PAGE_MASK) | this.context)) {
      if ((address & 3) === 0) {
        this.i32[(address + this.i32[entry + 2]) >>> 2] = value;
        return;
      }
      if (!this.alignmentCheck) {
        this.view.setInt32((address + this.i32[entry + 2]) >>> 0, value, true);
        return;
      }
    }
    this.data.store(address, 4, value, 0);
  }

  load32Aligned(address: number): number {
    const entry = this.#tlbWord + (tlbIndex(address, this.context) << 2);
    if (this.i32[entry] === ((address & PAGE_MASK) | this.context) && (address & 3) === 0) {
      return this.i32[(address + this.i32[entry + 2]) >>> 2];
    }
    return this.data.load(address, 4, AccessFlag.ALIGNED);
  }

  store32Aligned(address: number, value: number): void {
    const entry = this.#tlbWord + (tlbIndex(address, this.context) << 2);
    if (this.i32[entry + 1] === ((address & PAGE_MASK) | this.context) && (address & 3) === 0) {
      this.i32[(address + this.i32[entry + 2]) >>> 2] = value;
    } else {
      this.data.store(address, 4, value, AccessFlag.ALIGNED);
    }
  }

  /** The Alignment fault of an element or structure load or store (`VectorMemory`). */
  alignmentFault(address: number, store: boolean): void {
    this.data.alignmentFault(address, store);
  }

  loadUnprivileged(address: number, size: number, signed: boolean): number {
    const value = this.data.load(address, size, AccessFlag.UNPRIVILEGED);
    if (!signed) return value;
    return size === 1 ? (value << 24) >> 24 : size === 2 ? (value << 16) >> 16 : value;
  }

  storeUnprivileged(address: number, size: number, value: number): void {
    this.data.store(address, size, value, AccessFlag.UNPRIVILEGED);
  }

  loadExclusive(address: number, size: number): number {
    return this.data.loadExclusive(address, size);
  }

  loadExclusiveSecond(): number {
    return this.state.get(CPU.EXCLUSIVE_VALUE + 4);
  }

  storeExclusive(address: number, size: number, value: number, second: number): number {
    return this.data.storeExclusive(address, size, value, second);
  }

  clearExclusive(): void {
    this.state.set(CPU.EXCLUSIVE_SIZE, 0);
  }

  dataMemoryBarrier(): void {}

  dataSynchronizationBarrier(): void {}

  instructionBarrier(): void {}

  // Status registers

  readCPSR(): number {
    // J, T and IT read as zero; in User mode E and the NZCVQ, GE bits alone are defined (B9.3.8 MRS).
    return this.state.cpsr & ~(PSR.J | PSR.T | PSR.IT);
  }

  writeAPSR(value: number, nzcvq: boolean, g: boolean): void {
    if (nzcvq) {
      this.i32[this.#nf] = value;
      this.i32[this.#zf] = ~value & PSR.Z;
      this.i32[this.#cf] = (value >>> 29) & 1;
      this.i32[this.#vf] = value << 3;
      this.i32[this.#qf] = (value >>> 27) & 1;
    }
    if (g) this.i32[this.#ge] = (value >>> 16) & 15;
  }

  writeNZCV(value: number): void {
    this.i32[this.#nf] = value;
    this.i32[this.#zf] = ~value & PSR.Z;
    this.i32[this.#cf] = (value >>> 29) & 1;
    this.i32[this.#vf] = value << 3;
  }

  setITState(itstate: number): void {
    this.i32[this.it] = itstate;
    this.itStateSet = true;
  }

  setEndian(big: boolean): void {
    const cpsr = this.state.get(CPU.CPSR);
    this.state.set(CPU.CPSR, big ? cpsr | PSR.E : cpsr & ~PSR.E);
    this.refreshContext();
  }

  // Exceptions

  undefinedInstruction(): void {
    this.exceptions.undefined();
  }

  svc(imm: number): void {
    this.exceptions.svc(imm);
  }

  bkpt(imm: number): void {
    this.exceptions.bkpt(imm);
  }

  wfi(): void {
    this.exceptions.wfi();
  }

  wfe(): void {
    this.sendEvent();
    this.exceptions.wfe();
  }

  /** Other vCPUs hear of it at the end of the run, before they run themselves. */
  sev(): void {
    this.state.set(CPU.EVENT_SENT, 1);
  }

  protected sendEvent(): void {
    if (this.state.get(CPU.EVENT_SENT) === 0) return;
    this.state.set(CPU.EVENT_SENT, 0);
    this.exceptions.sev();
  }

  yieldHint(): void {
    this.waitForEvent();
  }
}
