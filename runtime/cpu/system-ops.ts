import { CPU, Mode } from '../../jit/abi/cpu-state.js';
import { ExceptionClass, FPEXC_EN, HCR, HDCR, HSTR, SCTLR } from '../../jit/abi/registers.js';
import { spsrMask } from '../../jit/abi/status-masks.js';
import type { SystemOps } from '../../jit/isa/ops.js';
import { cp14, cp14Wide, userDebug } from './cp14.js';
import type { SystemContext } from './cp15/context.js';
import { CoprocessorRegisters } from './cp15/coprocessor-registers.js';
import { dummyC15, oldCacheOperation, tlbLockdown } from './cp15/implementation.js';
import { cp15, cp15Wide } from './cp15/table.js';
import {
  isSecure,
  modeExists,
  readBankedRegister,
  readSP,
  readSPSR,
  readUserRegister,
  writeBankedRegister,
  writeSP,
  writeSPSR,
  writeUserRegister,
} from './modes.js';

/** Values of the VFP identification registers (Cortex-A15 TRM 8.2, as QEMU). */
const FPSID = 0x4104_30f0;
const MVFR0 = 0x1011_0222;
const MVFR1 = 0x1111_1111;

const ALL_CRM = Array.from({ length: 16 }, (_, crm) => crm);

/** Carries out the operations of system instructions on one vCPU. */
export class SystemInstructions implements SystemOps<number> {
  /** CP15, and CP14, for whoever wants registers by number (debugger, tests). */
  readonly cp15: CoprocessorRegisters;
  readonly cp14: CoprocessorRegisters;
  readonly #context: SystemContext;
  #high = 0;

  constructor(context: SystemContext) {
    this.#context = context;
    this.cp15 = new CoprocessorRegisters(context, 15, cp15, cp15Wide);
    // UNPREDICTABLE encodings, as QEMU answers them.
    this.cp15.fill(this.cp15.find(0, 3, 0, 0)!, 3, ALL_CRM);
    this.cp15.fill(dummyC15, 15, ALL_CRM);
    this.cp15.fill(tlbLockdown, 10, [0, 1, 4, 8]);
    this.cp15.fill(oldCacheOperation, 7, [...ALL_CRM.slice(0, 8), ...ALL_CRM.slice(9)], [0]);
    this.cp14 = new CoprocessorRegisters(context, 14, cp14, cp14Wide);
  }

  #undefined(): never {
    this.#context.exceptions.undefined();
  }

  currentMode(): number {
    return this.#context.state.mode;
  }

  isSecure(): boolean {
    return isSecure(this.#context.state);
  }

  modeExists(mode: number): boolean {
    return modeExists(mode, this.#context.features);
  }

  swapEnabled(): boolean {
    const { state } = this.#context;
    return (state.get(CPU.SCTLR + (isSecure(state) ? 4 : 0)) & SCTLR.SW) !== 0;
  }

  checkBxjTrap(m: number): void {
    const { state, exceptions, features } = this.#context;
    if (!features.virtualization || state.mode === Mode.HYP || isSecure(state)) return;
    if ((state.get(CPU.HSTR) & HSTR.TJDBX) !== 0) exceptions.hypTrap(ExceptionClass.BXJ, true, m);
  }

  hvc(imm: number): void {
    this.#context.exceptions.hvc(imm);
  }

  smc(imm: number): void {
    this.#context.exceptions.smc(imm);
  }

  // Status registers

  writeCPSR(value: number, bytemask: number): void {
    this.#context.exceptions.writeCPSR(value, bytemask);
  }

  /** UNPREDICTABLE in User and System mode: UNDEFINED in User mode, a word of its own in System mode (QEMU). */
  readSPSR(): number {
    const { state } = this.#context;
    if (!state.privileged) this.#undefined();
    return readSPSR(state, state.mode);
  }

  writeSPSR(value: number, bytemask: number): void {
    const { state } = this.#context;
    if (!state.privileged) this.#undefined();
    const mask = spsrMask(bytemask);
    const { mode } = state;
    writeSPSR(state, mode, (readSPSR(state, mode) & ~mask) | (value & mask));
  }

  changeProcessorState(mask: number, value: number, mode: number): void {
    this.#context.exceptions.changeProcessorState(mask, value, mode);
  }

  readBanked(r: number, sysm: number): number {
    const { state, features } = this.#context;
    return readBankedRegister(state, features, r, sysm) ?? this.#undefined();
  }

  writeBanked(r: number, sysm: number, value: number): void {
    const { state, features } = this.#context;
    if (!writeBankedRegister(state, features, r, sysm, value)) this.#undefined();
  }

  userReg(n: number): number {
    return readUserRegister(this.#context.state, n);
  }

  setUserReg(n: number, value: number): void {
    writeUserRegister(this.#context.state, n, value);
  }

  // Exception return

  exceptionReturn(pc: number, cpsr: number): void {
    this.#context.exceptions.exceptionReturn(pc, cpsr);
  }

  exceptionReturnSPSR(pc: number): void {
    this.#context.exceptions.exceptionReturnSPSR(pc);
  }

  eret(): void {
    this.#context.exceptions.eret();
  }

  /** SRS: UNDEFINED in Hyp mode; what is UNPREDICTABLE, QEMU takes as UNDEFINED (B9.3.16). */
  spOfMode(mode: number): number {
    const { state, features } = this.#context;
    const current = state.mode;
    if (current === Mode.USR || current === Mode.SYS || current === Mode.HYP) this.#undefined();
    if (!modeExists(mode, features)) this.#undefined();
    const level = this.cp15.level;
    if (mode === Mode.HYP && level < 2) this.#undefined();
    if (mode === Mode.MON && level < 3) this.#undefined();
    return readSP(state, mode);
  }

  setSpOfMode(mode: number, value: number): void {
    writeSP(this.#context.state, mode, value);
  }

  // Coprocessors

  readCoprocessor(cp: number, opc1: number, crn: number, crm: number, opc2: number, t = 0): number {
    return this.#coprocessor(cp, t, 0).read(opc1, crn, crm, opc2);
  }

  writeCoprocessor(
    cp: number,
    opc1: number,
    crn: number,
    crm: number,
    opc2: number,
    value: number,
    t = 0,
  ): void {
    this.#coprocessor(cp, t, 0).write(opc1, crn, crm, opc2, value);
  }

  readCoprocessor64(cp: number, opc1: number, crm: number, t = 0, t2 = 0): number {
    const registers = this.#coprocessor(cp, t, t2);
    const low = registers.readWide(opc1, crm);
    this.#high = registers.high;
    return low;
  }

  readCoprocessor64High(): number {
    return this.#high;
  }

  writeCoprocessor64(cp: number, opc1: number, crm: number, low: number, high: number, t = 0, t2 = 0): void {
    this.#coprocessor(cp, t, t2).writeWide(opc1, crm, low, high);
  }

  /** The debug channel's registers, as DBGDTRint by MRC and MCR (B1.14.11, C11.7). */
  checkDebugTransfer(iss: number): void {
    const { state, exceptions, features } = this.#context;
    if (!userDebug(this.#context)) this.#undefined();
    if (!features.virtualization || state.mode === Mode.HYP || isSecure(state)) return;
    if ((state.get(CPU.HDCR) & (HDCR.TDA | HDCR.TDE)) !== 0) {
      exceptions.hypTrap(ExceptionClass.CP14_LDC, true, iss);
    }
  }

  #coprocessor(cp: number, t: number, t2: number): CoprocessorRegisters {
    const registers = cp === 15 ? this.cp15 : cp === 14 ? this.cp14 : this.#undefined();
    registers.transfer = (t2 << 10) | (t << 5);
    return registers;
  }

  // VFP system registers

  /** VMRS (B9.3.19): FPSCR needs VFP enabled, the others CPACR's permission and a privileged mode. */
  readVfpSystem(reg: number, t = 0): number {
    const { state, exceptions } = this.#context;
    if (reg === 1) {
      if (!exceptions.vfpEnabled()) exceptions.fpUndefined(false);
      return state.get(CPU.FPSCR);
    }
    this.#checkVfpIdentification(reg, t, false);
    switch (reg) {
      case 0:
        return FPSID;
      case 6:
        return MVFR1;
      case 7:
        return MVFR0;
      case 8:
        return state.get(CPU.FPEXC);
      default:
        this.#undefined();
    }
  }

  /** VMSR (B9.3.20): FPSID and MVFR ignore writes; of FPEXC only EN is there. */
  writeVfpSystem(reg: number, value: number): void {
    const { state, exceptions } = this.#context;
    if (reg === 1) {
      if (!exceptions.vfpEnabled()) exceptions.fpUndefined(false);
      state.set(CPU.FPSCR, value & 0xfff7_009f);
      return;
    }
    this.#checkVfpIdentification(reg, 0, true);
    if (reg === 8) {
      state.set(CPU.FPEXC, value & FPEXC_EN);
      exceptions.control.fpAccessChanged();
    } else if (reg !== 0 && reg !== 6 && reg !== 7) this.#undefined();
  }

  #checkVfpIdentification(reg: number, t: number, isWrite: boolean): void {
    const { state, exceptions, features } = this.#context;
    if (!state.privileged) this.#undefined();
    exceptions.checkFpAccess();
    if (!features.virtualization || isWrite || this.cp15.level !== 1) return;
    // HCR.TID0 traps FPSID, TID3 the MVFRs (B1.14.3).
    const trap = reg === 0 ? HCR.TID0 : reg === 6 || reg === 7 ? HCR.TID3 : 0;
    if ((state.get(CPU.HCR) & trap) !== 0) {
      // The fields of MRC p10, 7, Rt, c<reg>, c0, 0.
      exceptions.hypTrap(ExceptionClass.VMRS, true, (7 << 14) | (reg << 10) | (t << 5) | 1);
    }
  }

  /** ThumbEE state is not implemented: ENTERX and LEAVEX leave CPSR as it is (A15: trivial). */
  setThumbEE(_on: boolean): void {}
}
