import { CPU, Mode } from '../../../jit/abi/cpu-state.js';
import { ExceptionClass, HCR, SCR } from '../../../jit/abi/registers.js';
import { forgetModes } from '../mode-table.js';
import { isSecure } from '../modes.js';
import type { SystemContext } from './context.js';
import { Level, type Register, type WideRegister } from './register.js';

const ALL_OPC1 = [0, 1, 2, 3, 4, 5, 6, 7];

/** Slot of an MRC/MCR register: opc1, CRn, CRm and opc2 in 14 bits. */
function slotOf(opc1: number, crn: number, crm: number, opc2: number): number {
  return (opc1 << 11) | (crn << 7) | (crm << 3) | opc2;
}

/** Whether `register` exists on this processor, and as what. */
function present(register: Register | WideRegister, context: SystemContext): 'yes' | 'no' | 'zero' {
  const { features } = context;
  if (register.needs === 'security') return features.security ? 'yes' : 'no';
  if (register.needs !== 'virtualization' || features.virtualization) return 'yes';
  // Without Hyp mode its registers are RAZ/WI to Secure PL1 (QEMU).
  return features.security && register.access.read !== Level.PL1 ? 'zero' : 'no';
}

/** By CRn, of 64-bit registers CRm: a write may change what {@link rememberMode} remembers. Operations on caches and TLBs, and timers, do not. */
const FORGETS_MODES = 0xffff & ~((1 << 7) | (1 << 8) | (1 << 14));

/** The registers of CP14 or CP15 of one vCPU, found by number, with all access checks. */
export class CoprocessorRegisters {
  /** Bits 63:32 of the register that {@link readWide} has read. */
  high = 0;
  /** Rt and Rt2 of the instruction that accesses a register, at their places in HSR.ISS. */
  transfer = 0;

  readonly #context: SystemContext;
  readonly #is15: boolean;
  /** Index + 1 into `#registers` by slot; 0 where there is nothing. */
  readonly #slots = new Uint16Array(1 << 14);
  readonly #registers: Register[] = [];
  readonly #wide: (WideRegister | undefined)[] = new Array(256).fill(undefined);

  constructor(
    context: SystemContext,
    coprocessor: 14 | 15,
    registers: readonly Register[],
    wide: readonly WideRegister[],
  ) {
    this.#context = context;
    this.#is15 = coprocessor === 15;
    for (const register of registers) {
      const presence = present(register, context);
      if (presence === 'no') continue;
      this.#registers.push(uniform(register, presence === 'zero'));
      const slot = slotOf(register.opc1, register.crn, register.crm, register.opc2);
      if (this.#slots[slot] !== 0) throw new Error(`two registers at the place of ${register.name}`);
      this.#slots[slot] = this.#registers.length;
    }
    for (const register of wide) {
      const presence = present(register, context);
      if (presence === 'no') continue;
      this.#wide[(register.opc1 << 4) | register.crm] =
        presence === 'yes'
          ? register
          : { ...register, readLow: () => 0, readHigh: () => 0, write: () => {}, field: undefined };
    }
  }

  /**
   * Makes all free slots of `crn` with one of `crms` the register: for spaces where QEMU answers every
   * encoding the same way.
   */
  fill(register: Register, crn: number, crms: readonly number[], opc1s: readonly number[] = ALL_OPC1): void {
    this.#registers.push(uniform(register, false));
    for (const opc1 of opc1s)
      for (const crm of crms)
        for (let opc2 = 0; opc2 < 8; opc2++) {
          const slot = slotOf(opc1, crn, crm, opc2);
          if (this.#slots[slot] === 0) this.#slots[slot] = this.#registers.length;
        }
  }

  /** The register at these numbers, undefined when there is none. For tests and the debugger. */
  find(opc1: number, crn: number, crm: number, opc2: number): Register | undefined {
    return this.#registers[this.#slots[slotOf(opc1, crn, crm, opc2)] - 1];
  }

  /** {@link Level} of the current mode. */
  get level(): number {
    const { state, features } = this.#context;
    const { mode } = state;
    if (mode === Mode.USR) return Level.PL0;
    if (mode === Mode.HYP) return Level.HYP;
    return features.security && isSecure(state) ? Level.MONITOR : Level.PL1;
  }

  /** Byte offset of the copy of a banked 32-bit register that accesses reach: 4 when SCR.NS is 0. */
  #bank(): number {
    return (this.#context.state.get(CPU.SCR) & SCR.NS) === 0 ? 4 : 0;
  }

  /** MRC. UNDEFINED accesses do not return. */
  read(opc1: number, crn: number, crm: number, opc2: number): number {
    const register = this.#registers[this.#slots[slotOf(opc1, crn, crm, opc2)] - 1];
    const context: SystemContext = this.#context;
    const { level } = this;
    if (context.features.virtualization && level < Level.HYP) {
      if (this.#trap32(register, level, opc1, crn, crm, opc2, false)) return 0;
    }
    if (register === undefined || level < register.access.read) context.exceptions.undefined();
    if (register.allowed !== undefined && !register.allowed(context, false)) context.exceptions.undefined();
    const bank = register.banked ? this.#bank() : 0;
    if (register.read !== undefined) return register.read(context, bank) | 0;
    if (register.field !== undefined) return context.state.get(register.field + bank);
    return register.value ?? 0;
  }

  /** MCR. UNDEFINED accesses do not return. */
  write(opc1: number, crn: number, crm: number, opc2: number, value: number): void {
    const register = this.#registers[this.#slots[slotOf(opc1, crn, crm, opc2)] - 1];
    const context: SystemContext = this.#context;
    const { level } = this;
    if (context.features.virtualization && level < Level.HYP) {
      if (this.#trap32(register, level, opc1, crn, crm, opc2, true)) return;
    }
    if (register === undefined || level < register.access.write) context.exceptions.undefined();
    if (register.allowed !== undefined && !register.allowed(context, true)) context.exceptions.undefined();
    const bank = register.banked ? this.#bank() : 0;
    if (register.write !== undefined) register.write(context, value | 0, bank);
    else if (register.field !== undefined) {
      const { state } = context;
      const place = register.field + bank;
      const old = state.get(place);
      const mask = register.mask ?? -1;
      state.set(place, (old & ~mask) | (value & mask));
      register.changed?.(context, old);
    }
    if ((FORGETS_MODES & (1 << crn)) !== 0) forgetModes(context.state);
  }

  /** MRRC: returns bits 31:0; {@link high} has the others. */
  readWide(opc1: number, crm: number): number {
    const context: SystemContext = this.#context;
    const register = this.#wide[(opc1 << 4) | crm];
    const { level } = this;
    if (context.features.virtualization && level < Level.HYP) {
      if (this.#trap64(register, level, opc1, crm, false)) return 0;
    }
    if (register === undefined || level < register.access.read) context.exceptions.undefined();
    if (register.allowed !== undefined && !register.allowed(context, false)) context.exceptions.undefined();
    const bank = register.banked ? this.#bank() * 2 : 0;
    if (register.field !== undefined) {
      this.high = context.state.get(register.field + bank + 4);
      return context.state.get(register.field + bank);
    }
    if (register.readLow === undefined || register.readHigh === undefined) context.exceptions.undefined();
    const low = register.readLow(context, bank) | 0;
    this.high = register.readHigh(context, bank) | 0;
    return low;
  }

  /** MCRR. */
  writeWide(opc1: number, crm: number, low: number, high: number): void {
    const context: SystemContext = this.#context;
    const register = this.#wide[(opc1 << 4) | crm];
    const { level } = this;
    if (context.features.virtualization && level < Level.HYP) {
      if (this.#trap64(register, level, opc1, crm, true)) return;
    }
    if (register === undefined || level < register.access.write) context.exceptions.undefined();
    if (register.allowed !== undefined && !register.allowed(context, true)) context.exceptions.undefined();
    const bank = register.banked ? this.#bank() * 2 : 0;
    if (register.write !== undefined) register.write(context, low | 0, high | 0, bank);
    else if (register.field !== undefined) {
      context.state.set(register.field + bank, low);
      context.state.set(register.field + bank + 4, high);
    } else context.exceptions.undefined();
    register.changed?.(context);
    if ((FORGETS_MODES & (1 << crm)) !== 0) forgetModes(context.state);
  }

  // Traps to Hyp mode (B1.14): only Non-secure PL1 and PL0 get here. Both return whether the access was trapped.

  #trap32(
    register: Register | undefined,
    level: number,
    opc1: number,
    crn: number,
    crm: number,
    opc2: number,
    isWrite: boolean,
  ): boolean {
    const context: SystemContext = this.#context;
    const { state } = context;
    if (level > Level.PL1 || isSecure(state)) return false;
    let trapped = register !== undefined && this.#asked(register, isWrite);
    if (this.#is15 && !trapped) {
      trapped =
        (crn !== 4 && crn !== 14 && ((state.get(CPU.HSTR) >>> crn) & 1) !== 0) ||
        ((state.get(CPU.HCR) & HCR.TIDCP) !== 0 && isImplementationDefined(crn, crm));
    }
    if (!trapped) return false;
    if (register !== undefined && this.#isUndefined(register, level, isWrite)) return false;
    const iss = (opc2 << 17) | (opc1 << 14) | (crn << 10) | this.transfer | (crm << 1) | (isWrite ? 0 : 1);
    context.exceptions.takeHypTrap(this.#is15 ? ExceptionClass.CP15_32 : ExceptionClass.CP14_32, true, iss);
    return true;
  }

  #trap64(
    register: WideRegister | undefined,
    level: number,
    opc1: number,
    crm: number,
    isWrite: boolean,
  ): boolean {
    const context: SystemContext = this.#context;
    const { state } = context;
    if (isSecure(state)) return false;
    let trapped = register !== undefined && this.#asked(register, isWrite);
    if (this.#is15 && !trapped) {
      trapped = crm !== 4 && crm !== 14 && ((state.get(CPU.HSTR) >>> crm) & 1) !== 0;
    }
    if (!trapped) return false;
    if (register !== undefined && this.#isUndefined(register, level, isWrite)) return false;
    const iss = (opc1 << 16) | this.transfer | (crm << 1) | (isWrite ? 0 : 1);
    context.exceptions.takeHypTrap(this.#is15 ? ExceptionClass.CP15_64 : ExceptionClass.CP14_64, true, iss);
    return true;
  }

  /** An access that is UNDEFINED at PL1, or in User mode, stays so. */
  #isUndefined(register: Register | WideRegister, level: number, isWrite: boolean): boolean {
    const { access, allowed } = register;
    if (level < (isWrite ? access.write : access.read)) return true;
    return allowed !== undefined && !register.allowed!(this.#context, isWrite);
  }

  #asked(register: Register | WideRegister, isWrite: boolean): boolean {
    const { trap } = register;
    if (trap === undefined || (trap.only !== undefined && (trap.only === 'write') !== isWrite)) return false;
    const set = (this.#context.state.get(trap.register) & trap.mask) !== 0;
    return set !== (trap.whenClear === true);
  }
}

/** All properties in one order, so that look-ups stay monomorphic; `zero` makes it RAZ/WI. */
function uniform(register: Register, zero: boolean): Register {
  return {
    name: register.name,
    opc1: register.opc1,
    crn: register.crn,
    crm: register.crm,
    opc2: register.opc2,
    access: { read: register.access.read, write: register.access.write },
    field: zero ? undefined : register.field,
    banked: register.banked === true,
    mask: register.mask ?? -1,
    reset: register.reset,
    needs: register.needs,
    trap: register.trap,
    value: zero ? 0 : (register.value ?? 0) | 0,
    allowed: register.allowed,
    read: zero ? undefined : register.read,
    write: zero ? undefined : register.write,
    changed: register.changed,
  };
}

/** CP15 c9, c10 and c11 encodings that HCR.TIDCP traps (B1.14.5). */
function isImplementationDefined(crn: number, crm: number): boolean {
  switch (crn) {
    case 9:
      return crm <= 2 || (crm >= 5 && crm <= 8);
    case 10:
      return crm <= 1 || crm === 4 || crm === 8;
    case 11:
      return crm <= 8 || crm === 15;
    default:
      return false;
  }
}
