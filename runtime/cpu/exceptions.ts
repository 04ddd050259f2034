import { Bank, CPU, FpEnabled, InterruptLine, Mode, PSR } from '../../jit/abi/cpu-state.js';
import {
  ExceptionClass,
  FPEXC_EN,
  HCPTR,
  HCR,
  HDCR,
  NSACR,
  SCR,
  SCTLR,
  TTBCR,
} from '../../jit/abi/registers.js';
import { cpsrMask } from '../../jit/abi/status-masks.js';
import { type Fault, FaultType } from '../mmu/fault.js';
import { accessSyndrome } from './access-syndrome.js';
import { type ExecutionControl, GUEST_EXCEPTION } from './execution-control.js';
import type { CpuFeatures } from './features.js';
import { bankOf, isSecure, modeExists, readSPSR, switchMode, writeSPSR } from './modes.js';
import type { CpuState } from './state.js';

/** Offsets of the exception vectors (ARM DDI 0406C table B1-3). */
export const Vector = {
  RESET: 0x00,
  UNDEFINED: 0x04,
  SUPERVISOR_CALL: 0x08,
  PREFETCH_ABORT: 0x0c,
  DATA_ABORT: 0x10,
  HYP_TRAP: 0x14,
  IRQ: 0x18,
  FIQ: 0x1c,
} as const;

/** Vectors, in each of the three groups of {@link Exceptions.taken}: PL1 modes, Hyp mode, Monitor mode. */
const TAKEN_VECTORS = 8;
const TAKEN_TO_HYP = TAKEN_VECTORS;
const TAKEN_TO_MONITOR = 2 * TAKEN_VECTORS;

/** Index in {@link Exceptions.taken} of exceptions taken to a PL1 mode other than Monitor mode. @param vector one of {@link Vector} */
export const takenIndex = (vector: number): number => vector >>> 2;

/** Interrupt to be taken, in the order in which they are looked at; NONE when there is none. */
export const Interrupt = {
  NONE: 0,
  FIQ: 1,
  IRQ: 2,
  VIRTUAL_FIQ: 3,
  VIRTUAL_IRQ: 4,
  VIRTUAL_ABORT: 5,
} as const;

/** HCR bits that route physical interrupts and aborts to Hyp mode, and enable the virtual ones. */
const MASK_OVERRIDES = HCR.FMO | HCR.IMO | HCR.AMO;

/** Answers HVC or SMC in place of guest firmware. See psci.ts. */
export interface Firmware {
  readonly conduit: 'hvc' | 'smc';
  /** R0–R3 hold the call; results go there. Throws GUEST_EXCEPTION if the vCPU does not go on. */
  call(state: CpuState, control: ExecutionControl): void;
}

/** One change of state of a `--trace int` line. */
export type ExceptionTrace = (text: string) => void;

/**
 * The exception model of one vCPU: entry, routing, masking and return (ARM DDI 0406C B1.8, B1.9).
 *
 * Methods of return type `never` leave an instruction midway: they make the entry and throw
 * {@link GUEST_EXCEPTION}. R15 in the state must be that of the instruction that causes the exception.
 */
export class Exceptions {
  readonly state: CpuState;
  readonly features: CpuFeatures;
  /** Level of the interrupt requests to this vCPU, true while asserted. Set by the lines below. */
  irq = false;
  fiq = false;
  virtualIrq = false;
  virtualFiq = false;
  /** PSCI, when the machine itself is the firmware. */
  firmware: Firmware | undefined;
  /** SEV: sets the Event Register of every vCPU. */
  sendEvent: () => void = () => this.setEvent();
  /** Exceptions taken so far: {@link takenIndex}. */
  readonly taken = new Float64Array(3 * TAKEN_VECTORS);
  /** Called with one line for each exception entry and return. */
  trace: ExceptionTrace | undefined;

  #control: ExecutionControl | undefined;

  constructor(state: CpuState, features: CpuFeatures, control?: ExecutionControl) {
    this.state = state;
    this.features = features;
    this.#control = control;
  }

  /** Whatever executes the vCPU; it needs this object before it can be made itself. */
  set control(control: ExecutionControl) {
    this.#control = control;
  }

  get control(): ExecutionControl {
    return this.#control!;
  }

  // Interrupt lines

  /** An InterruptLine: the GIC's nIRQ output to this vCPU. */
  readonly irqLine = (level: boolean): void => {
    if (this.irq === level) return;
    this.irq = level;
    this.publishLines();
    if (level) this.#control?.checkInterrupts();
  };

  readonly fiqLine = (level: boolean): void => {
    if (this.fiq === level) return;
    this.fiq = level;
    this.publishLines();
    if (level) this.#control?.checkInterrupts();
  };

  readonly virtualIrqLine = (level: boolean): void => {
    if (this.virtualIrq === level) return;
    this.virtualIrq = level;
    this.publishLines();
    if (level) this.#control?.checkInterrupts();
  };

  readonly virtualFiqLine = (level: boolean): void => {
    if (this.virtualFiq === level) return;
    this.virtualFiq = level;
    this.publishLines();
    if (level) this.#control?.checkInterrupts();
  };

  /** Tells translated code which lines are asserted: after a change, and after a reset of the registers. */
  publishLines(): void {
    const physical = this.irq || this.fiq ? InterruptLine.PHYSICAL : 0;
    const virtualIrq = this.virtualIrq ? InterruptLine.VIRTUAL_IRQ : 0;
    const virtualFiq = this.virtualFiq ? InterruptLine.VIRTUAL_FIQ : 0;
    this.state.set(CPU.INTERRUPT_LINES, physical | virtualIrq | virtualFiq);
  }

  /** The interrupt to be taken before the next instruction, masks and routing considered (B1.8.4, B1.9.9). */
  pendingInterrupt(): number {
    const { state } = this;
    const cpsr = state.get(CPU.CPSR);
    if (this.fiq && this.#fiqUnmasked(cpsr)) return Interrupt.FIQ;
    if (this.irq && this.#irqUnmasked(cpsr)) return Interrupt.IRQ;
    if (!this.features.virtualization) return Interrupt.NONE;
    const hcr = state.get(CPU.HCR);
    // HCR.TGE disables all virtual interrupts.
    if ((hcr & MASK_OVERRIDES) === 0 || (hcr & HCR.TGE) !== 0 || !this.#nonSecurePL1or0())
      return Interrupt.NONE;
    if ((hcr & HCR.FMO) !== 0 && (this.virtualFiq || (hcr & HCR.VF) !== 0) && (cpsr & PSR.F) === 0)
      return Interrupt.VIRTUAL_FIQ;
    if ((hcr & HCR.IMO) !== 0 && (this.virtualIrq || (hcr & HCR.VI) !== 0) && (cpsr & PSR.I) === 0)
      return Interrupt.VIRTUAL_IRQ;
    if ((hcr & HCR.AMO) !== 0 && (hcr & HCR.VA) !== 0 && (cpsr & PSR.A) === 0) return Interrupt.VIRTUAL_ABORT;
    return Interrupt.NONE;
  }

  /**
   * Takes the pending interrupt, if there is one.
   * @param nextPc address of the instruction that would execute next
   * @returns whether an exception was taken
   */
  takePendingInterrupt(nextPc: number): boolean {
    const interrupt = this.pendingInterrupt();
    if (interrupt === Interrupt.NONE) return false;
    this.takeInterrupt(interrupt, nextPc);
    return true;
  }

  /** Takes `interrupt`, one of {@link Interrupt}, before the instruction at `nextPc`. */
  takeInterrupt(interrupt: number, nextPc: number): void {
    const { state } = this;
    const lr = (nextPc + 4) | 0;
    switch (interrupt) {
      case Interrupt.FIQ:
        if (this.#routedToMonitor(SCR.FIQ)) this.#enterMonitor(Vector.FIQ, lr);
        else if (this.#interruptToHyp(HCR.FMO)) this.#enterHyp(Vector.FIQ, nextPc);
        else this.#enter(Mode.FIQ, Vector.FIQ, lr, PSR.A | PSR.I | PSR.F);
        break;
      case Interrupt.IRQ:
        if (this.#routedToMonitor(SCR.IRQ)) this.#enterMonitor(Vector.IRQ, lr);
        else if (this.#interruptToHyp(HCR.IMO)) this.#enterHyp(Vector.IRQ, nextPc);
        else this.#enter(Mode.IRQ, Vector.IRQ, lr, PSR.A | PSR.I);
        break;
      case Interrupt.VIRTUAL_FIQ:
        this.#enter(Mode.FIQ, Vector.FIQ, lr, PSR.A | PSR.I | PSR.F);
        break;
      case Interrupt.VIRTUAL_IRQ:
        this.#enter(Mode.IRQ, Vector.IRQ, lr, PSR.A | PSR.I);
        break;
      case Interrupt.VIRTUAL_ABORT: {
        state.set(CPU.HCR, state.get(CPU.HCR) & ~HCR.VA);
        // An asynchronous external abort; DFAR is UNKNOWN.
        state.set(CPU.DFSR, (state.get(CPU.TTBCR) & TTBCR.EAE) !== 0 ? 0x211 : 0x406);
        this.#enter(Mode.ABT, Vector.DATA_ABORT, (nextPc + 8) | 0, PSR.A | PSR.I);
        break;
      }
    }
  }

  /** Whether WFI ends: an interrupt is pending, CPSR masks not considered (B1.8.14). */
  get wakeUp(): boolean {
    if (this.irq || this.fiq) return true;
    if (!this.features.virtualization || !this.#nonSecurePL1or0()) return false;
    const hcr = this.state.get(CPU.HCR);
    if ((hcr & HCR.TGE) !== 0) return false;
    return (
      ((hcr & HCR.FMO) !== 0 && (this.virtualFiq || (hcr & HCR.VF) !== 0)) ||
      ((hcr & HCR.IMO) !== 0 && (this.virtualIrq || (hcr & HCR.VI) !== 0)) ||
      ((hcr & HCR.AMO) !== 0 && (hcr & HCR.VA) !== 0)
    );
  }

  /** ISR (B4.1.98): A, I and F at bits 8 to 6; virtual interrupts where HCR makes those visible. */
  get interruptStatus(): number {
    const { state, features } = this;
    const hcr = features.virtualization && this.#nonSecurePL1or0() ? state.get(CPU.HCR) : 0;
    const irq = (hcr & HCR.IMO) !== 0 ? this.virtualIrq || (hcr & HCR.VI) !== 0 : this.irq;
    const fiq = (hcr & HCR.FMO) !== 0 ? this.virtualFiq || (hcr & HCR.VF) !== 0 : this.fiq;
    const abort = (hcr & HCR.AMO) !== 0 && (hcr & HCR.VA) !== 0;
    return (abort ? PSR.A : 0) | (irq ? PSR.I : 0) | (fiq ? PSR.F : 0);
  }

  #fiqUnmasked(cpsr: number): boolean {
    if ((cpsr & PSR.F) === 0) return true;
    if (isSecure(this.state)) return false;
    const monitor = this.#routedToMonitor(SCR.FIQ);
    if ((cpsr & PSR.M) === Mode.HYP && !monitor) return false;
    if (this.#overrides(HCR.FMO)) return true;
    // In Non-secure state CPSR.F does not mask an FIQ that goes to Monitor mode, unless SCR.FW lets it.
    return monitor && (this.state.get(CPU.SCR) & SCR.FW) === 0;
  }

  #irqUnmasked(cpsr: number): boolean {
    if ((cpsr & PSR.I) === 0) return true;
    if (isSecure(this.state)) return false;
    if ((cpsr & PSR.M) === Mode.HYP && !this.#routedToMonitor(SCR.IRQ)) return false;
    return this.#overrides(HCR.IMO);
  }

  /** HCR.AMO, IMO or FMO, each of which TGE stands for too: a guest of PL0 alone has no mode that could take it. */
  #overrides(bit: number): boolean {
    return this.features.virtualization && (this.state.get(CPU.HCR) & (bit | HCR.TGE)) !== 0;
  }

  #routedToMonitor(bit: number): boolean {
    return this.features.security && (this.state.get(CPU.SCR) & bit) !== 0;
  }

  #interruptToHyp(bit: number): boolean {
    return this.state.mode === Mode.HYP || (this.#overrides(bit) && !isSecure(this.state));
  }

  /** Non-secure, and in a mode other than Hyp. */
  #nonSecurePL1or0(): boolean {
    return this.state.mode !== Mode.HYP && !isSecure(this.state);
  }

  // Synchronous exceptions

  /** Undefined Instruction exception (B1.9.6). */
  undefined(): never {
    const { state } = this;
    const here = state.instructionAddress;
    if (state.mode === Mode.HYP || this.#generalToHyp()) {
      this.#syndrome(ExceptionClass.UNKNOWN, false, 0);
      this.#enterHyp(Vector.UNDEFINED, here);
    } else {
      const thumb = (state.get(CPU.CPSR) & PSR.T) !== 0;
      this.#enter(Mode.UND, Vector.UNDEFINED, (here + (thumb ? 2 : 4)) | 0, PSR.I);
    }
    throw GUEST_EXCEPTION;
  }

  /** Supervisor Call (B1.9.7). Returns: the caller's instruction is complete. */
  svc(imm: number): void {
    const { state } = this;
    const thumb = (state.get(CPU.CPSR) & PSR.T) !== 0;
    const next = (state.instructionAddress + (thumb ? 2 : 4)) | 0;
    if (thumb) this.#itAdvance();
    if (this.features.virtualization && (state.mode === Mode.HYP || this.#generalToHyp())) {
      this.#syndrome(ExceptionClass.SVC, !thumb, imm & 0xffff);
      this.#enterHyp(Vector.SUPERVISOR_CALL, next);
      return;
    }
    this.#enter(Mode.SVC, Vector.SUPERVISOR_CALL, next, PSR.I);
  }

  /** Hypervisor Call (B1.9.9), or a call of the machine's own firmware. */
  hvc(imm: number): void {
    const { state, features } = this;
    const mode = state.mode;
    if (mode === Mode.USR) this.undefined();
    if (this.firmware?.conduit === 'hvc') {
      this.firmware.call(state, this.control);
      return;
    }
    if (!features.virtualization || isSecure(state)) this.undefined();
    if (features.security && (state.get(CPU.SCR) & SCR.HCE) === 0) this.undefined();
    const next = (state.instructionAddress + 4) | 0;
    this.#itAdvance();
    this.#syndrome(ExceptionClass.HVC, true, imm & 0xffff);
    this.#enterHyp(Vector.SUPERVISOR_CALL, next);
  }

  /** Secure Monitor Call (B1.9.8), or a call of the machine's own firmware. */
  smc(_imm: number): void {
    const { state, features } = this;
    const mode = state.mode;
    if (mode === Mode.USR) this.undefined();
    const firmware = this.firmware?.conduit === 'smc' ? this.firmware : undefined;
    if (!features.security && firmware === undefined) this.undefined();
    if (
      features.virtualization &&
      mode !== Mode.HYP &&
      !isSecure(state) &&
      (state.get(CPU.HCR) & HCR.TSC) !== 0
    ) {
      this.takeHypTrap(ExceptionClass.SMC, true, 0);
      return;
    }
    if (firmware !== undefined) {
      firmware.call(state, this.control);
      return;
    }
    if (!isSecure(state) && (state.get(CPU.SCR) & SCR.SCD) !== 0) this.undefined();
    const next = (state.instructionAddress + 4) | 0;
    this.#itAdvance();
    this.#enterMonitor(Vector.SUPERVISOR_CALL, next);
  }

  /** BKPT with debug disabled: a Prefetch Abort with a debug event's status (C3.2.2, B3.13.3). */
  bkpt(_imm: number): never {
    const { state } = this;
    const here = state.instructionAddress;
    if (state.mode === Mode.HYP || this.#generalToHyp() || this.#trapsDebug()) {
      this.#syndrome(
        state.mode === Mode.HYP ? ExceptionClass.PREFETCH_ABORT_HYP : ExceptionClass.PREFETCH_ABORT,
        false,
        0x22,
      );
      state.set(CPU.HIFAR, 0);
      this.#enterHyp(Vector.PREFETCH_ABORT, here);
      throw GUEST_EXCEPTION;
    }
    const bank = isSecure(state) ? 4 : 0;
    state.set(CPU.IFSR + bank, (state.get(CPU.TTBCR + bank) & TTBCR.EAE) !== 0 ? 0x222 : 0x002);
    state.set(CPU.IFAR + bank, 0);
    this.#enter(Mode.ABT, Vector.PREFETCH_ABORT, (here + 4) | 0, PSR.A | PSR.I);
    throw GUEST_EXCEPTION;
  }

  /**
   * Prefetch Abort (B1.9.10): IFSR and IFAR, or HSR, HIFAR and HPFAR, record it.
   * @param va the address whose fetch failed: for the second half of a Thumb instruction not R15's
   */
  raisePrefetchAbort(va: number, fault: Fault): never {
    const { state } = this;
    const here = state.instructionAddress;
    const { mode } = state;
    if (isExternal(fault) && this.#routedToMonitor(SCR.EA)) {
      this.#recordPrefetchAbort(4, va, fault);
      this.#enterMonitor(Vector.PREFETCH_ABORT, (here + 4) | 0);
    } else if (mode === Mode.HYP || fault.stage2 || this.#generalToHyp()) {
      this.#hypAbort(
        mode === Mode.HYP ? ExceptionClass.PREFETCH_ABORT_HYP : ExceptionClass.PREFETCH_ABORT,
        fault,
        false,
        0,
      );
      state.set(CPU.HIFAR, va);
      this.#enterHyp(Vector.PREFETCH_ABORT, here);
    } else {
      this.#recordPrefetchAbort(isSecure(state) ? 4 : 0, va, fault);
      this.#enter(Mode.ABT, Vector.PREFETCH_ABORT, (here + 4) | 0, PSR.A | PSR.I);
    }
    throw GUEST_EXCEPTION;
  }

  /** Data Abort (B1.9.11): DFSR and DFAR, or HSR, HDFAR and HPFAR, record it. */
  raiseDataAbort(va: number, fault: Fault, isWrite: boolean): never {
    this.#enterDataAbort(va, fault, isWrite);
    throw GUEST_EXCEPTION;
  }

  takeDataAbort(va: number, fault: Fault, isWrite: boolean): void {
    const abandon = this.control.mayAbandon();
    this.#enterDataAbort(va, fault, isWrite);
    if (!abandon) throw GUEST_EXCEPTION;
    this.control.abandon();
  }

  #enterDataAbort(va: number, fault: Fault, isWrite: boolean): void {
    const { state } = this;
    const here = state.instructionAddress;
    const { mode } = state;
    if (isExternal(fault) && this.#routedToMonitor(SCR.EA)) {
      this.#recordDataAbort(4, va, fault, isWrite);
      this.#enterMonitor(Vector.DATA_ABORT, (here + 8) | 0);
    } else if (mode === Mode.HYP || fault.stage2 || this.#generalToHyp()) {
      const maintenance = fault.cacheMaintenance;
      // The instruction syndrome is for what a hypervisor emulates: faults that stage 2 finds on the access itself.
      const emulatable = fault.stage2 && !fault.onWalk && !maintenance;
      const access = emulatable ? accessSyndrome(this.control.instruction()) : 0;
      this.#hypAbort(
        mode === Mode.HYP ? ExceptionClass.DATA_ABORT_HYP : ExceptionClass.DATA_ABORT,
        fault,
        access !== 0 && this.control.instruction().size === 4,
        access | (isWrite || maintenance ? 1 << 6 : 0) | (maintenance ? 1 << 8 : 0),
      );
      state.set(CPU.HDFAR, va);
      this.#enterHyp(Vector.DATA_ABORT, here);
    } else {
      this.#recordDataAbort(isSecure(state) ? 4 : 0, va, fault, isWrite);
      this.#enter(Mode.ABT, Vector.DATA_ABORT, (here + 8) | 0, PSR.A | PSR.I);
    }
  }

  /**
   * Hyp Trap exception: the current instruction is trapped to Hyp mode (B1.14).
   * @param exceptionClass HSR.EC, one of {@link ExceptionClass}
   * @param long HSR.IL: a 32-bit instruction
   * @param iss HSR.ISS without the condition, which is added for the classes that have it (EC 0x01 to 0x0c)
   */
  hypTrap(exceptionClass: number, long: boolean, iss: number): never {
    this.#syndrome(exceptionClass, long, iss);
    this.#enterHyp(Vector.HYP_TRAP, this.state.instructionAddress);
    throw GUEST_EXCEPTION;
  }

  /** As {@link hypTrap}, but returns where the rest of the instruction has no effect any more. */
  takeHypTrap(exceptionClass: number, long: boolean, iss: number): void {
    const abandon = this.control.mayAbandon();
    this.#syndrome(exceptionClass, long, iss);
    this.#enterHyp(Vector.HYP_TRAP, this.state.instructionAddress);
    if (!abandon) throw GUEST_EXCEPTION;
    this.control.abandon();
  }

  // Hints

  /** Sets the Event Register (B1.8.13). */
  setEvent(): void {
    this.state.set(CPU.EVENT_REGISTER, 1);
  }

  /** WFI, with HCR.TWI's trap. */
  wfi(): void {
    if (this.wakeUp) return;
    if (this.#trapped(HCR.TWI))
      this.takeHypTrap(ExceptionClass.WFX, this.control.instruction().size === 4, 0);
    else this.control.waitForInterrupt();
  }

  /** WFE, with HCR.TWE's trap. */
  wfe(): void {
    if (this.state.get(CPU.EVENT_REGISTER) !== 0) {
      this.state.set(CPU.EVENT_REGISTER, 0);
      return;
    }
    if (this.#trapped(HCR.TWE))
      this.takeHypTrap(ExceptionClass.WFX, this.control.instruction().size === 4, 1);
    else this.control.waitForEvent();
  }

  sev(): void {
    this.sendEvent();
  }

  #trapped(bit: number): boolean {
    return this.features.virtualization && (this.state.get(CPU.HCR) & bit) !== 0 && this.#nonSecurePL1or0();
  }

  // Status register writes and exception return

  /**
   * CPSRWriteByInstr() (B1.3.3), as MSR and CPS use it. Bits that the current mode may not write stay as they
   * are; so does M when the change is not allowed (UNPREDICTABLE; as QEMU does).
   * @param bytemask bit n enables CPSR[8n+7:8n]
   */
  writeCPSR(value: number, bytemask: number): void {
    const { state } = this;
    this.#writeCPSR(value, cpsrMask(bytemask, state.mode !== Mode.USR), false);
  }

  /** CPS: gives A, I and F (those in `mask`) the bits of `value`; `mode` 0 leaves the mode. A NOP in User mode. */
  changeProcessorState(mask: number, value: number, mode: number): void {
    const { state } = this;
    const old = state.get(CPU.CPSR);
    if ((old & PSR.M) === Mode.USR) return;
    if (mode !== 0) this.#writeCPSR(value | mode, mask | PSR.M, false);
    else if (this.features.security) this.#writeCPSR(value, mask, false);
    else {
      state.set(CPU.CPSR, (old & ~mask) | (value & mask));
      if ((old & mask & ~value) !== 0 && this.pendingInterrupt() !== Interrupt.NONE) {
        this.control.checkInterrupts();
      }
    }
  }

  /**
   * Return from exception: CPSRWriteByInstr() of all of `cpsr`, then a branch to `pc` in the instruction set
   * that it selects. UNDEFINED in User and Hyp mode (RFE, SUBS PC, LR, LDM exception return: B9.3).
   */
  exceptionReturn(pc: number, cpsr: number): void {
    const { mode } = this.state;
    if (mode === Mode.USR || mode === Mode.HYP) this.undefined();
    this.#return(pc, cpsr);
  }

  /** As {@link exceptionReturn} with the current mode's SPSR. */
  exceptionReturnSPSR(pc: number): void {
    const { mode } = this.state;
    if (mode === Mode.USR || mode === Mode.HYP) this.undefined();
    this.#return(pc, readSPSR(this.state, mode));
  }

  /** ERET (B9.3.3): from Hyp mode to ELR_hyp, from others to LR. */
  eret(): void {
    const { state } = this;
    const { mode } = state;
    if (mode === Mode.USR) this.undefined();
    const pc = mode === Mode.HYP ? state.get(CPU.ELR_HYP) : state.get(CPU.R + 56);
    this.#return(pc, readSPSR(state, mode));
  }

  #return(pc: number, cpsr: number): void {
    this.setEvent();
    this.#writeCPSR(cpsr, -1, true);
    if (this.trace !== undefined) this.trace(`return to ${hex(pc)} cpsr ${hex(this.state.cpsr)}`);
    this.control.jump((this.state.get(CPU.CPSR) & PSR.T) !== 0 ? pc & ~1 : pc & ~3);
  }

  #writeCPSR(value: number, writable: number, isReturn: boolean): void {
    const { state, features } = this;
    const old = state.cpsr;
    let mask = writable;
    if (features.security && !features.virtualization && !isSecure(state)) {
      const scr = state.get(CPU.SCR);
      if ((scr & SCR.AW) === 0) mask &= ~PSR.A;
      if ((scr & SCR.FW) === 0) mask &= ~PSR.F;
    }
    const mode = value & PSR.M;
    if ((mask & PSR.M) !== 0 && mode !== (old & PSR.M)) {
      if (this.#badModeSwitch(old & PSR.M, mode, isReturn)) mask &= ~PSR.M;
    }
    const next = (old & ~mask) | (value & mask);
    if (((next ^ old) & PSR.M) !== 0) switchMode(state, next & PSR.M);
    state.cpsr = next;
    if (((next ^ old) & (PSR.M | PSR.E)) !== 0) this.control.modeChanged();
    if ((old & ~next & (PSR.A | PSR.I | PSR.F)) !== 0 || ((next ^ old) & PSR.M) !== 0) {
      if (this.pendingInterrupt() !== Interrupt.NONE) this.control.checkInterrupts();
    }
  }

  #badModeSwitch(from: number, to: number, isReturn: boolean): boolean {
    const { state, features } = this;
    if (!modeExists(to, features)) return true;
    if (!isReturn && from === Mode.HYP) return true;
    if (to === Mode.USR) return false;
    const secure = isSecure(state);
    if (to === Mode.MON) return from === Mode.HYP || !secure;
    if (to === Mode.HYP) {
      // From Monitor mode only, and only to Non-secure state.
      return !(from === Mode.MON && (state.get(CPU.SCR) & SCR.NS) !== 0);
    }
    return (
      !isReturn &&
      from === Mode.MON &&
      (state.get(CPU.SCR) & SCR.NS) !== 0 &&
      features.virtualization &&
      (state.get(CPU.HCR) & HCR.TGE) !== 0
    );
  }

  // VFP and Advanced SIMD enables

  /** Bits of {@link FpEnabled} for the current state: {@link vfpEnabled} and {@link simdEnabled} at once, at every change of mode. */
  fpEnabled(): number {
    const { state, features } = this;
    const { i32 } = state;
    const word = state.base >> 2;
    if ((i32[word + (CPU.FPEXC >> 2)] & FPEXC_EN) === 0) return 0;
    if (features.security) {
      return (this.vfpEnabled() ? FpEnabled.VFP : 0) | (this.simdEnabled() ? FpEnabled.SIMD : 0);
    }
    const mode = i32[word + (CPU.CPSR >> 2)] & PSR.M;
    let enabled: number = FpEnabled.VFP | FpEnabled.SIMD;
    if (mode !== Mode.HYP) {
      const cpacr = i32[word + (CPU.CPACR >> 2)];
      const cp10 = (cpacr >>> 20) & 3;
      if (cp10 !== 3 && (cp10 !== 1 || mode === Mode.USR)) return 0;
      if (cpacr < 0) enabled = FpEnabled.VFP;
    }
    if (!features.virtualization) return enabled;
    const hcptr = i32[word + (CPU.HCPTR >> 2)];
    if ((hcptr & HCPTR.TCP10) !== 0) return 0;
    return (hcptr & HCPTR.TASE) !== 0 ? enabled & FpEnabled.VFP : enabled;
  }

  /** Whether VFP instructions execute now: CPACR, NSACR, FPEXC.EN and HCPTR (B1.11). */
  vfpEnabled(): boolean {
    return this.#fpPermitted(false, true) && !this.#fpTrapped(false);
  }

  /** As {@link vfpEnabled}, for Advanced SIMD: CPACR.ASEDIS, NSACR.NSASEDIS and HCPTR.TASE as well. */
  simdEnabled(): boolean {
    return this.#fpPermitted(true, true) && !this.#fpTrapped(true);
  }

  /**
   * An instruction of VFP, or of Advanced SIMD, that may not execute: the Hyp Trap exception where HCPTR alone keeps it
   * from executing, else UNDEFINED (B1.11.2 and CheckAdvSIMDOrVFPEnabled()).
   */
  fpUndefined(simd: boolean): never {
    if (this.#fpPermitted(simd, true)) this.#trapFp(simd);
    this.undefined();
  }

  /** What VMRS and VMSR of FPSID, MVFR and FPEXC need, FPEXC.EN not among it. Does not return when that is not given. */
  checkFpAccess(): void {
    if (!this.#fpPermitted(false, false)) this.undefined();
    this.#trapFp(false);
  }

  /** NSACR, CPACR and, with `enable`, FPEXC.EN let the current mode use VFP, or Advanced SIMD. In Hyp mode NSACR is HCPTR's concern. */
  #fpPermitted(simd: boolean, enable: boolean): boolean {
    const { state, features } = this;
    const { mode } = state;
    if (enable && (state.get(CPU.FPEXC) & FPEXC_EN) === 0) return false;
    if (mode === Mode.HYP) return true;
    if (features.security && !isSecure(state)) {
      const nsacr = state.get(CPU.NSACR);
      if ((nsacr & NSACR.CP10) === 0 || (simd && (nsacr & NSACR.NSASEDIS) !== 0)) return false;
    }
    const cpacr = state.get(CPU.CPACR);
    if (simd && cpacr < 0) return false;
    const cp10 = (cpacr >>> 20) & 3;
    return cp10 === 3 || (cp10 === 1 && mode !== Mode.USR);
  }

  /** HCPTR keeps Non-secure modes, Hyp mode among them, from VFP or Advanced SIMD. */
  #fpTrapped(simd: boolean): boolean {
    const { state, features } = this;
    if (!features.virtualization || isSecure(state)) return false;
    const hcptr = state.get(CPU.HCPTR) | trappedByNSACR(state, features);
    return (hcptr & (simd ? HCPTR.TCP10 | HCPTR.TASE : HCPTR.TCP10)) !== 0;
  }

  /** Takes HCPTR's trap when it is set: from Hyp mode itself as an Undefined Instruction exception. */
  #trapFp(simd: boolean): void {
    if (!this.#fpTrapped(simd)) return;
    // HSR.ISS (B3.13.6): TA, and the coprocessor's number.
    const iss = simd ? (1 << 5) | 10 : 10;
    if (this.state.mode !== Mode.HYP) this.hypTrap(ExceptionClass.HCPTR, true, iss);
    this.#syndrome(ExceptionClass.HCPTR, true, iss);
    this.#enterHyp(Vector.UNDEFINED, this.state.instructionAddress);
    throw GUEST_EXCEPTION;
  }

  // Entry

  /** Exceptions that HCR.TGE takes to Hyp mode, from Non-secure User mode (B1.14.1). */
  #generalToHyp(): boolean {
    return (
      this.features.virtualization &&
      this.state.mode === Mode.USR &&
      (this.state.get(CPU.HCR) & HCR.TGE) !== 0 &&
      !isSecure(this.state)
    );
  }

  /** Debug exceptions that HDCR.TDE takes to Hyp mode (B1.14.11). */
  #trapsDebug(): boolean {
    const { state, features } = this;
    return features.virtualization && (state.get(CPU.HDCR) & HDCR.TDE) !== 0 && this.#nonSecurePL1or0();
  }

  #itAdvance(): void {
    const it = this.state.get(CPU.ITSTATE);
    if (it !== 0) this.state.set(CPU.ITSTATE, (it & 7) === 0 ? 0 : (it & 0xe0) | ((it << 1) & 0x1f));
  }

  #syndrome(exceptionClass: number, long: boolean, iss: number): void {
    let value = (exceptionClass << 26) | (long ? 1 << 25 : 0) | iss;
    // Conditional classes: CV = 1 and the condition the instruction passed; AL as QEMU reports it.
    if (exceptionClass >= ExceptionClass.WFX && exceptionClass <= ExceptionClass.CP14_64) {
      value |= (1 << 24) | (this.#condition() << 20);
    }
    this.state.set(CPU.HSR, value);
  }

  /** Condition of the current instruction: ITSTATE's in Thumb state; AL for A32, where it passed anyway. */
  #condition(): number {
    const it = this.state.get(CPU.ITSTATE);
    return it === 0 ? 14 : it >>> 4;
  }

  #recordDataAbort(bank: number, va: number, fault: Fault, isWrite: boolean): void {
    const { state } = this;
    const long = (state.get(CPU.TTBCR + bank) & TTBCR.EAE) !== 0;
    state.set(CPU.DFSR + bank, fault.dfsr(isWrite, long));
    state.set(CPU.DFAR + bank, va);
  }

  #recordPrefetchAbort(bank: number, va: number, fault: Fault): void {
    const { state } = this;
    const long = (state.get(CPU.TTBCR + bank) & TTBCR.EAE) !== 0;
    state.set(CPU.IFSR + bank, fault.ifsr(long));
    state.set(CPU.IFAR + bank, va);
  }

  /**
   * HSR for an abort (B3.13.6), and HPFAR.
   * @param long HSR.IL, which is valid with an instruction syndrome only, else UNK/SBZP
   * @param bits those of ISS that data aborts have and prefetch aborts have not
   */
  #hypAbort(exceptionClass: number, fault: Fault, long: boolean, bits: number): void {
    let iss = fault.longStatus | bits;
    if (fault.externalType !== 0) iss |= 1 << 9;
    if (fault.onWalk) iss |= 1 << 7;
    this.#syndrome(exceptionClass, long, iss);
    // HPFAR[31:4] is IPA[39:12].
    if (fault.stage2) this.state.set(CPU.HPFAR, Math.floor(fault.ipa / 4096) << 4);
  }

  /** Entry to a PL1 mode other than Monitor. `masked` are the CPSR.{A,I,F} bits that the exception sets. */
  #enter(mode: number, vector: number, lr: number, masked: number): void {
    const { state, features } = this;
    const spsr = state.cpsr;
    if ((spsr & PSR.M) !== mode && !this.irq && !this.fiq && !this.virtualFiq && (masked & PSR.I) !== 0) {
      const sctlr = state.get(CPU.SCTLR);
      const base = (sctlr & SCTLR.V) !== 0 ? 0xffff_0000 | 0 : state.get(CPU.VBAR);
      if (this.control.takesOver(handlerCPSR(spsr, mode, masked, sctlr), (base + vector) | 0)) {
        const bank = 4 * bankOf(mode);
        state.set(CPU.BANKED_SPSR + bank, spsr);
        state.set(CPU.BANKED_LR + bank, lr);
        this.taken[takenIndex(vector)]++;
        return;
      }
    }
    if ((spsr & PSR.M) === Mode.MON) state.set(CPU.SCR, state.get(CPU.SCR) & ~SCR.NS);
    switchMode(state, mode);
    writeSPSR(state, mode, spsr);
    state.set(CPU.R + 56, lr);

    const secure = isSecure(state);
    let mask = masked;
    if (features.security && !features.virtualization && !secure) {
      const scr = state.get(CPU.SCR);
      if ((scr & SCR.AW) === 0) mask &= ~PSR.A;
      if ((scr & SCR.FW) === 0) mask &= ~PSR.F;
    }
    const bank = secure ? 4 : 0;
    const sctlr = state.get(CPU.SCTLR + bank);
    this.#finish(mode, mask, sctlr);
    const base = (sctlr & SCTLR.V) !== 0 ? 0xffff_0000 | 0 : state.get(CPU.VBAR + bank);
    this.#go(vector, base, 0);
  }

  /** EnterMonitorMode(). */
  #enterMonitor(vector: number, lr: number): void {
    const { state } = this;
    const spsr = state.cpsr;
    if ((spsr & PSR.M) === Mode.MON) state.set(CPU.SCR, state.get(CPU.SCR) & ~SCR.NS);
    switchMode(state, Mode.MON);
    writeSPSR(state, Mode.MON, spsr);
    state.set(CPU.R + 56, lr);
    this.#finish(Mode.MON, PSR.A | PSR.I | PSR.F, state.get(CPU.SCTLR + 4));
    this.#go(vector, state.get(CPU.MVBAR), TAKEN_TO_MONITOR);
  }

  /** EnterHypMode(). `vector` is the one for an exception taken from Hyp mode itself. */
  #enterHyp(vector: number, returnAddress: number): void {
    const { state } = this;
    const { i32 } = state;
    const word = state.base >> 2;
    const spsr = state.cpsr;
    const fromHyp = (spsr & PSR.M) === Mode.HYP;
    i32[word + (CPU.BANKED_SPSR >> 2) + Bank.HYP] = spsr;
    i32[word + (CPU.ELR_HYP >> 2)] = returnAddress;
    const scr = i32[word + (CPU.SCR >> 2)];
    let mask = 0;
    if ((scr & SCR.EA) === 0) mask |= PSR.A;
    if ((scr & SCR.IRQ) === 0) mask |= PSR.I;
    if ((scr & SCR.FIQ) === 0) mask |= PSR.F;
    const hsctlr = i32[word + (CPU.HSCTLR >> 2)];
    const base = i32[word + (CPU.HVBAR >> 2)];
    // Whatever is not an interrupt and comes from another mode uses the Hyp Trap vector.
    const own = fromHyp || vector >= Vector.HYP_TRAP ? vector : Vector.HYP_TRAP;
    // With all of them masked there is no interrupt for Hyp mode.
    if (!fromHyp && mask === (PSR.A | PSR.I | PSR.F)) {
      if (this.control.takesOver(handlerCPSR(spsr, Mode.HYP, mask, hsctlr), (base + own) | 0)) {
        this.taken[TAKEN_TO_HYP + takenIndex(own)]++;
        return;
      }
    }
    switchMode(state, Mode.HYP);
    this.#finish(Mode.HYP, mask, hsctlr);
    this.#go(own, base, TAKEN_TO_HYP);
  }

  /** The words of CPSR that an exception changes, in the mode that it goes to: see {@link handlerCPSR}. */
  #finish(mode: number, mask: number, sctlr: number): void {
    const { state } = this;
    const masks = state.get(CPU.CPSR) & (PSR.A | PSR.I | PSR.F);
    state.set(CPU.CPSR, handlerCPSR(masks, mode, mask, sctlr));
    state.set(CPU.ITSTATE, 0);
  }

  /** Counts the exceptions that translated code has taken. */
  countTranslated(): void {
    const { state, taken } = this;
    taken[takenIndex(Vector.SUPERVISOR_CALL)] += state.get(CPU.SUPERVISOR_CALLS);
    taken[TAKEN_TO_HYP + takenIndex(Vector.HYP_TRAP)] += state.get(CPU.HYP_TRAPS);
    state.set(CPU.SUPERVISOR_CALLS, 0);
    state.set(CPU.HYP_TRAPS, 0);
  }

  /** @param group where the counts of the mode that it goes to start in {@link taken} */
  #go(vector: number, base: number, group: number): void {
    const { state } = this;
    this.taken[group + takenIndex(vector)]++;
    this.control.modeChanged();
    if (this.trace !== undefined) {
      this.trace(`vector ${hex(vector)} mode ${hex(state.mode)} lr ${hex(state.get(CPU.R + 56))}`);
    }
    this.control.jump((base + vector) | 0);
    // Entry to another mode can unmask, when SCR or HCR route an interrupt past CPSR.
    if (this.irq || this.fiq || this.virtualIrq || this.virtualFiq) this.control.checkInterrupts();
  }
}

/** Bits of HCPTR that NSACR makes RAO/WI (B4.1.64): TCP10, TCP11, TASE. */
export function trappedByNSACR(state: CpuState, features: CpuFeatures): number {
  if (!features.security) return 0;
  const nsacr = state.get(CPU.NSACR);
  return (~nsacr & (NSACR.CP10 | NSACR.CP11)) | (nsacr & NSACR.NSASEDIS);
}

/** CPSR of an exception's handler, made of what it was before: masks, IT = 0, J = 0, T = TE, E = EE. */
function handlerCPSR(before: number, mode: number, masks: number, sctlr: number): number {
  const kept = before & ~(PSR.IT | PSR.J | PSR.T | PSR.E | PSR.M);
  const thumb = (sctlr & SCTLR.TE) !== 0 ? PSR.T : 0;
  return kept | masks | mode | thumb | ((sctlr & SCTLR.EE) !== 0 ? PSR.E : 0);
}

/** Whether SCR.EA applies: a synchronous or asynchronous external abort (B1.9.11 IsExternalAbort). */
function isExternal(fault: Fault): boolean {
  const { type } = fault;
  return (
    type === FaultType.EXTERNAL || type === FaultType.EXTERNAL_ON_WALK || type === FaultType.ASYNC_EXTERNAL
  );
}

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16).padStart(8, '0')}`;
}
