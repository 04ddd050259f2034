import type binaryen from 'binaryen';
import {
  Bank,
  CPU,
  InterruptLine,
  Mode,
  PSR,
  SystemAccess,
  TLB_OPERATION_BROADCAST,
  TLB_OPERATIONS,
} from '../abi/cpu-state.js';
import { MODE_ENTRIES, modeIndex } from '../abi/modes.js';
import { ExceptionClass, SCTLR } from '../abi/registers.js';
import { cpsrMask, spsrMask } from '../abi/status-masks.js';
import type { SystemOps } from '../isa/ops.js';
import { hypBanked } from './banked-registers.js';
import { coprocessorRead, coprocessorTrap, coprocessorWrite } from './coprocessor-access.js';
import type { EmissionTarget } from './emission-target.js';
import { Local } from './locals.js';
import type { StateEmitter } from './state-emitter.js';
import { getI32 } from './state-emitter.js';
import { NotTranslatable, Type, Value } from './value.js';

type Expression = binaryen.ExpressionRef;

/** An exception that an instruction takes. None of them unmasks interrupts. */
interface ExceptionEntry {
  readonly access: number;
  readonly mode: number;
  readonly bank: number;
  /** Field of the control register, and its bits with which the exception is left to the interpreter. */
  readonly sctlr: number;
  readonly unusual: number;
  /** Field of the vector table's address, and the vector's offset. */
  readonly base: number;
  readonly vector: number;
  /** Field that gets the preferred return address. */
  readonly returnAddress: number;
  /** The bits of CPSR.{A, I, F} that are set. */
  readonly masks: number;
  /** Field that counts them. */
  readonly count: number;
}

const TO_SUPERVISOR: ExceptionEntry = {
  access: SystemAccess.SVC,
  mode: Mode.SVC,
  bank: Bank.SVC,
  sctlr: CPU.SCTLR,
  unusual: SCTLR.V | SCTLR.TE | SCTLR.EE,
  base: CPU.VBAR,
  vector: 0x08,
  returnAddress: CPU.BANKED_LR + 4 * Bank.SVC,
  masks: PSR.I,
  count: CPU.SUPERVISOR_CALLS,
};
/** HSCTLR has TE and EE where SCTLR has them (ARM DDI 0406C B4.1.74). */
const TO_HYP: ExceptionEntry = {
  access: SystemAccess.HVC,
  mode: Mode.HYP,
  bank: Bank.HYP,
  sctlr: CPU.HSCTLR,
  unusual: SCTLR.TE | SCTLR.EE,
  base: CPU.HVBAR,
  vector: 0x14,
  returnAddress: CPU.ELR_HYP,
  masks: PSR.A | PSR.I | PSR.F,
  count: CPU.HYP_TRAPS,
};
/** HSR.IL: a 32-bit instruction (B3.13.6). HSR.{CV, COND} of one that has no condition. */
const HSR_IL = 1 << 25;
const HSR_ALWAYS = (1 << 24) | (14 << 20);

/** What system instructions do to the registers that the integer emitter keeps. */
export interface GeneralRegisters {
  reg(n: number): Value;
  setReg(n: number, value: Value): void;
  writeAPSR(value: Value, nzcvq: boolean, g: boolean): void;
  /** CPSR, all of it, as an exception that follows the current instruction saves it. */
  savedCPSR(): Value;
  /** Addresses of the current instruction, and of the one that follows, to which control comes back. */
  instructionAddress(): Value;
  returnAddress(): Value;
  /** The instruction ends in another mode: NEXT_CPSR is stored when it is complete. @param target as written to PC */
  changeMode(target: Value): void;
  /** Leaves the region unless the address can be loaded from without a look at its tables. */
  requireMapped(address: Value): void;
}

/**
 * System instructions that need nothing but the vCPU's state. What they may do in the current mode is in SYSTEM_ACCESS;
 * when that says no, and for everything else, the region is left and the interpreter decides.
 */
export class SystemEmitter implements SystemOps<Value> {
  readonly #target: EmissionTarget;
  readonly #m: binaryen.Module;
  readonly #state: StateEmitter;
  readonly #general: GeneralRegisters;
  /** {@link SystemAccess} bits that were checked on the way to the current instruction. */
  #granted = 0;
  #grantedBefore = 0;
  #conditional = false;

  constructor(target: EmissionTarget, state: StateEmitter, general: GeneralRegisters) {
    this.#target = target;
    this.#m = target.module;
    this.#state = state;
    this.#general = general;
  }

  beginBlock(): void {
    this.#granted = 0;
  }

  begin(conditional: boolean): void {
    this.#conditional = conditional;
    this.#grantedBefore = this.#granted;
  }

  finish(): void {
    // What a skipped instruction would have checked is not known behind it.
    if (this.#conditional) this.#granted = this.#grantedBefore;
  }

  /** The interpreter carries the instruction out. Where it has a condition, and that fails, the region goes on. */
  leave(): void {
    if (!this.#conditional) throw new NotTranslatable();
    this.#target.push(this.#target.leaveBefore());
  }

  /** Leaves the region unless SYSTEM_ACCESS has the bit. */
  require(bit: number): void {
    const { i32 } = this.#m;
    if ((this.#granted & bit) === bit) return;
    this.#state.leaveIf(i32.eqz(i32.and(this.#load(CPU.SYSTEM_ACCESS), i32.const(bit))));
    this.#granted |= bit;
  }

  #cpu(): Expression {
    return this.#m.local.get(Local.CPU, Type.I32);
  }

  #load(offset: number): Expression {
    return this.#m.i32.load(offset, 4, this.#cpu());
  }

  #define(expression: Expression): Value {
    return this.#state.define(Type.I32, expression);
  }

  #get(value: Value): Expression {
    return getI32(this.#m, value);
  }

  // Status registers

  writeCPSR(value: Value, bytemask: number): void {
    const { i32 } = this.#m;
    this.require(SystemAccess.MASKS);
    const mask = cpsrMask(bytemask, true);
    const old = this.#define(this.#load(CPU.CPSR));
    const other = mask & (PSR.M | PSR.E);
    if (other !== 0) {
      this.#state.leaveIf(i32.and(i32.xor(this.#get(value), this.#get(old)), i32.const(other)));
    }
    if (bytemask >= 4) this.#general.writeAPSR(value, (bytemask & 8) !== 0, (bytemask & 4) !== 0);
    const masks = mask & (PSR.A | PSR.I | PSR.F);
    if (masks !== 0) this.#setMasks(old, masks, value);
  }

  changeProcessorState(mask: number, value: number, mode: number): void {
    if (mode !== 0) {
      this.leave();
      return;
    }
    this.require(SystemAccess.MASKS);
    const { i32 } = this.#m;
    const old = this.#define(this.#load(CPU.CPSR));
    if (value === 0) this.#leaveForInterrupt(i32.and(this.#get(old), i32.const(mask)));
    const cleared = i32.and(this.#get(old), i32.const(~mask));
    this.#state.defer(i32.store(CPU.CPSR, 4, this.#cpu(), i32.or(cleared, i32.const(value))));
  }

  /** Gives the bits of CPSR in `masks` the values that they have in `value`. */
  #setMasks(old: Value, masks: number, value: Value): void {
    const { i32 } = this.#m;
    const unmasked = i32.and(this.#get(old), i32.xor(this.#get(value), i32.const(-1)));
    this.#leaveForInterrupt(i32.and(unmasked, i32.const(masks)));
    const kept = i32.and(this.#get(old), i32.const(~masks));
    const written = i32.and(this.#get(value), i32.const(masks));
    this.#state.defer(i32.store(CPU.CPSR, 4, this.#cpu(), i32.or(kept, written)));
  }

  /** An interrupt may have to be taken behind an instruction that unmasks something. */
  #leaveForInterrupt(unmasked: Expression): void {
    const { i32 } = this.#m;
    const pending = i32.ne(this.#load(CPU.INTERRUPT_LINES), i32.const(0));
    this.#state.leaveIf(i32.and(i32.ne(unmasked, i32.const(0)), pending));
  }

  readSPSR(): Value {
    this.require(SystemAccess.SPSR);
    return this.#define(this.#m.i32.load(CPU.BANKED_SPSR, 4, this.#bank()));
  }

  writeSPSR(value: Value, bytemask: number): void {
    const { i32 } = this.#m;
    this.require(SystemAccess.SPSR);
    const mask = spsrMask(bytemask);
    const old = this.#define(i32.load(CPU.BANKED_SPSR, 4, this.#bank()));
    const kept = i32.and(this.#get(old), i32.const(~mask));
    const written = i32.and(this.#get(value), i32.const(mask));
    this.#state.defer(i32.store(CPU.BANKED_SPSR, 4, this.#bank(), i32.or(kept, written)));
  }

  #bank(): Expression {
    return this.#m.i32.add(this.#cpu(), this.#load(CPU.BANK_OFFSET));
  }

  userReg(n: number): Value {
    this.require(SystemAccess.BANKED);
    if (n < 13) return this.#general.reg(n);
    return this.#define(this.#load(userBank(n)));
  }

  setUserReg(n: number, value: Value): void {
    this.require(SystemAccess.BANKED);
    if (n < 13) this.#general.setReg(n, value);
    else this.#state.store(userBank(n), value);
  }

  // Exceptions and returns

  /** Supervisor Call (ARM DDI 0406C B1.9.7) from User mode. */
  svc(): void {
    this.#take(TO_SUPERVISOR, () => this.#general.returnAddress());
  }

  /** Hypervisor Call (B1.9.9) from PL1. */
  hvc(imm: number): void {
    const syndrome = (ExceptionClass.HVC << 26) | HSR_IL | (imm & 0xffff);
    this.#take(TO_HYP, () => this.#general.returnAddress(), syndrome);
  }

  /** @param syndrome what HSR becomes, if it changes */
  #take(entry: ExceptionEntry, returnAddress: () => Value, syndrome?: number): void {
    const { i32 } = this.#m;
    if (this.#conditional) {
      this.leave();
      return;
    }
    this.require(entry.access);
    const known = i32.and(this.#load(CPU.MODES_KNOWN), i32.const(1 << modeIndex(entry.mode)));
    this.#state.leaveIf(i32.eqz(known));
    this.#state.leaveIf(i32.and(this.#load(entry.sctlr), i32.const(entry.unusual)));
    const saved = this.#general.savedCPSR();
    this.#state.store(entry.returnAddress, returnAddress());
    if (syndrome !== undefined) this.#state.store(CPU.HSR, Value.constant(syndrome));
    this.#state.store(CPU.BANKED_SPSR + 4 * entry.bank, saved);
    const kept = i32.and(this.#get(saved), i32.const(~(PSR.IT | PSR.J | PSR.T | PSR.E | PSR.M)));
    this.#state.store(CPU.NEXT_CPSR, this.#define(i32.or(kept, i32.const(entry.masks | entry.mode))));
    this.#state.store(entry.count, this.#define(i32.add(this.#load(entry.count), i32.const(1))));
    this.#general.changeMode(this.#define(i32.add(this.#load(entry.base), i32.const(entry.vector))));
  }

  /**
   * An access to CP15 by MRC or MCR that the interpreter carries out, unless it is trapped to Hyp mode (B1.14).
   * @param syndrome HSR.ISS without the condition
   * @throws NotTranslatable where no trap is known
   */
  #trapAccess(hcr: number | undefined, syndrome: number): void {
    const { i32 } = this.#m;
    if (hcr === undefined || this.#conditional) throw new NotTranslatable();
    this.#state.leaveIf(i32.eqz(i32.and(this.#load(CPU.HCR), i32.const(hcr))));
    // A hypervisor that emulates the access goes on behind it.
    this.#general.returnAddress();
    const address = () => this.#general.instructionAddress();
    this.#take(TO_HYP, address, (ExceptionClass.CP15_32 << 26) | HSR_IL | HSR_ALWAYS | syndrome);
  }

  exceptionReturn(pc: Value, cpsr: Value): void {
    this.require(SystemAccess.BANKED);
    this.#return(pc, cpsr);
  }

  exceptionReturnSPSR(pc: Value): void {
    this.require(SystemAccess.BANKED);
    this.#return(pc, this.readSPSR());
  }

  eret(): void {
    const { i32 } = this.#m;
    const hyp = i32.and(this.#load(CPU.SYSTEM_ACCESS), i32.const(SystemAccess.HYP));
    const pc = this.#m.select(hyp, this.#load(CPU.ELR_HYP), this.#get(this.#general.reg(14)));
    this.#return(this.#define(pc), this.readSPSR());
  }

  /** CPSRWriteByInstr() of all of CPSR (B1.3.3), where it is plain what comes of it. */
  #return(pc: Value, cpsr: Value): void {
    const { i32 } = this.#m;
    if (this.#conditional) {
      this.leave();
      return;
    }
    this.require(SystemAccess.EXCEPTION_RETURN);
    const bits = (mask: number) => i32.and(this.#get(cpsr), i32.const(mask));
    // Regions begin outside of IT blocks; bit 4 is the one that all modes have.
    const odd = i32.ne(bits(PSR.IT | PSR.J | PSR.E | Mode.USR), i32.const(Mode.USR));
    const known = i32.and(i32.shr_u(this.#load(CPU.MODES_KNOWN), bits(MODE_ENTRIES - 1)), i32.const(1));
    const toHyp = i32.eq(bits(PSR.M), i32.const(Mode.HYP));
    const notFromHyp = i32.eqz(i32.and(this.#load(CPU.SYSTEM_ACCESS), i32.const(SystemAccess.HYP)));
    // Whether a physical interrupt is masked, is not plain.
    const masked = bits(InterruptLine.VIRTUAL_IRQ | InterruptLine.VIRTUAL_FIQ);
    const interrupts = i32.ne(
      i32.and(this.#load(CPU.INTERRUPT_LINES), i32.xor(masked, i32.const(-1))),
      i32.const(0),
    );
    const conditions = [odd, i32.eqz(known), i32.and(toHyp, notFromHyp), interrupts];
    this.#state.leaveIf(conditions.reduce((a, b) => i32.or(a, b)));
    this.#state.store(CPU.NEXT_CPSR, cpsr);
    this.#state.store(CPU.EVENT_REGISTER, Value.constant(1));
    this.#general.changeMode(pc);
  }

  // Coprocessors

  readCoprocessor(cp: number, opc1: number, crn: number, crm: number, opc2: number, t: number): Value {
    const register = coprocessorRead(cp, opc1, crn, crm, opc2);
    if (register === undefined) {
      if (t === 15) throw new NotTranslatable();
      const trap = coprocessorTrap(cp, opc1, crn, crm, opc2, false);
      this.#trapAccess(trap, accessSyndrome(opc1, crn, crm, opc2, t, false));
      // It stays as it is.
      return this.#general.reg(t);
    }
    this.require(register.access);
    return this.#define(this.#load(register.field));
  }

  writeCoprocessor(
    cp: number,
    opc1: number,
    crn: number,
    crm: number,
    opc2: number,
    value: Value,
    t: number,
  ): void {
    const write = coprocessorWrite(cp, opc1, crn, crm, opc2);
    switch (write?.kind) {
      case 'register':
        this.require(write.access);
        this.#state.store(write.field, this.#masked(value, write.mask));
        break;
      case 'cache':
        this.require(write.access);
        break;
      case 'cache-address':
        this.require(SystemAccess.CACHE_MAINTENANCE);
        this.#general.requireMapped(value);
        break;
      case 'tlb-address':
        this.#collectTlbOperation(value, write.broadcast);
        break;
      default: {
        const trap = coprocessorTrap(cp, opc1, crn, crm, opc2, true);
        if (trap === undefined) this.leave();
        else this.#trapAccess(trap, accessSyndrome(opc1, crn, crm, opc2, t, true));
      }
    }
  }

  #masked(value: Value, mask: number): Value {
    const { i32 } = this.#m;
    return mask === -1 ? value : this.#define(i32.and(this.#get(value), i32.const(mask)));
  }

  #collectTlbOperation(value: Value, broadcast: boolean): void {
    const { i32 } = this.#m;
    this.require(SystemAccess.TLB_MAINTENANCE);
    if (!broadcast) this.require(SystemAccess.LOCAL_TLB_MAINTENANCE);
    const count = this.#define(this.#load(CPU.TLB_OPERATION_COUNT));
    this.#state.leaveIf(i32.ge_u(this.#get(count), i32.const(TLB_OPERATIONS)));
    const place = i32.add(this.#cpu(), i32.shl(this.#get(count), i32.const(2)));
    const address = i32.and(this.#get(value), i32.const(~TLB_OPERATION_BROADCAST));
    const operation = broadcast ? i32.or(address, i32.const(TLB_OPERATION_BROADCAST)) : address;
    this.#state.defer(i32.store(CPU.TLB_OPERATIONS, 4, place, operation));
    const next = i32.add(this.#get(count), i32.const(1));
    this.#state.defer(i32.store(CPU.TLB_OPERATION_COUNT, 4, this.#cpu(), next));
  }

  /** DSB: what was collected is carried out first. */
  completeTlbOperations(): void {
    this.#state.leaveIf(this.#load(CPU.TLB_OPERATION_COUNT));
  }

  writeCoprocessor64(): void {
    this.leave();
  }

  readCoprocessor64(): Value {
    throw new NotTranslatable();
  }

  readCoprocessor64High(): Value {
    throw new NotTranslatable();
  }

  // The interpreter's

  currentMode(): number {
    throw new NotTranslatable();
  }

  isSecure(): boolean {
    throw new NotTranslatable();
  }

  modeExists(): boolean {
    throw new NotTranslatable();
  }

  swapEnabled(): boolean {
    throw new NotTranslatable();
  }

  checkBxjTrap(): void {
    throw new NotTranslatable();
  }

  smc(): void {
    this.leave();
  }

  /** In Hyp mode, which has them in its handlers; elsewhere they are rare. */
  readBanked(r: number, sysm: number): Value {
    const field = hypBanked(r, sysm);
    if (field === undefined) throw new NotTranslatable();
    this.require(SystemAccess.HYP);
    return this.#define(this.#load(field));
  }

  writeBanked(r: number, sysm: number, value: Value): void {
    const field = hypBanked(r, sysm);
    if (field === undefined) {
      this.leave();
      return;
    }
    this.require(SystemAccess.HYP);
    this.#state.store(field, value);
  }

  spOfMode(): Value {
    throw new NotTranslatable();
  }

  setSpOfMode(): void {
    throw new NotTranslatable();
  }

  checkDebugTransfer(): void {
    throw new NotTranslatable();
  }

  readVfpSystem(): Value {
    throw new NotTranslatable();
  }

  writeVfpSystem(): void {
    this.leave();
  }

  setThumbEE(): void {
    throw new NotTranslatable();
  }
}

/** HSR.ISS of a trapped MRC or MCR (B3.13.6), without the condition. */
function accessSyndrome(
  opc1: number,
  crn: number,
  crm: number,
  opc2: number,
  t: number,
  isWrite: boolean,
): number {
  return (opc2 << 17) | (opc1 << 14) | (crn << 10) | (t << 5) | (crm << 1) | (isWrite ? 0 : 1);
}

/** User mode's SP or LR while another mode is current. */
function userBank(n: number): number {
  return (n === 13 ? CPU.BANKED_SP : CPU.BANKED_LR) + 4 * Bank.USR;
}
