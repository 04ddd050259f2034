import type { SystemContext } from './context.js';

/** Privilege that an access needs. Secure PL1 modes and Monitor mode rank as MONITOR. */
export const Level = { PL0: 0, PL1: 1, HYP: 2, MONITOR: 3, NEVER: 4 } as const;

/** Least {@link Level} to read and to write. */
export interface Access {
  readonly read: number;
  readonly write: number;
}

export const PL0_RW: Access = { read: Level.PL0, write: Level.PL0 };
export const PL0_RO: Access = { read: Level.PL0, write: Level.NEVER };
export const PL0_WO: Access = { read: Level.NEVER, write: Level.PL0 };
/** Readable in User mode, writable at PL1. */
export const PL0R_PL1W: Access = { read: Level.PL0, write: Level.PL1 };
export const PL1_RW: Access = { read: Level.PL1, write: Level.PL1 };
export const PL1_RO: Access = { read: Level.PL1, write: Level.NEVER };
export const PL1_WO: Access = { read: Level.NEVER, write: Level.PL1 };
export const HYP_RW: Access = { read: Level.HYP, write: Level.HYP };
export const HYP_WO: Access = { read: Level.NEVER, write: Level.HYP };
export const MONITOR_RW: Access = { read: Level.MONITOR, write: Level.MONITOR };

/** HCR, HDCR, HCPTR and HSTR bits that trap accesses from Non-secure PL1 (and PL0) modes to Hyp mode (ARM DDI 0406C B1.14). */
export interface Trap {
  /** Place in CpuState of HCR, HDCR, HCPTR, HSTR or CNTHCTL. */
  readonly register: number;
  readonly mask: number;
  /** CNTHCTL's bits permit: the access traps when the bit is 0. */
  readonly whenClear?: boolean;
  /** Only one direction traps. */
  readonly only?: 'read' | 'write';
}

/** What every register of CP14 and CP15 has, of 32 or 64 bits. */
interface RegisterBase {
  /** The manual's name. */
  readonly name: string;
  readonly crm: number;
  readonly access: Access;
  /** Place in CpuState ({@link CPU}); without it `read` and `write` do everything. */
  readonly field?: number;
  /** Has a Non-secure and a Secure copy. */
  readonly banked?: boolean;
  /** Writable bits of a field; the others keep their value. All by default. */
  readonly mask?: number;
  /** Value after reset; 0 by default. Banked registers: of both copies. */
  readonly reset?: number;
  /** Only with these features. A register of the Virtualization Extensions is RAZ/WI to MONITOR without them, as in QEMU. */
  readonly needs?: 'security' | 'virtualization';
  readonly trap?: Trap;
  /** Further conditions on an access that the level allows; false makes it UNDEFINED. */
  allowed?(context: SystemContext, isWrite: boolean): boolean;
}

/** A register that MRC and MCR reach. */
export interface Register extends RegisterBase {
  readonly opc1: number;
  readonly crn: number;
  readonly opc2: number;
  /** Fixed value, for an identification register. */
  readonly value?: number;
  /** `bank` is the byte offset of the copy that the access is to: 0 Non-secure, 4 Secure. */
  read?(context: SystemContext, bank: number): number;
  write?(context: SystemContext, value: number, bank: number): void;
  /** Called after a write to `field` has changed it. */
  changed?(context: SystemContext, old: number): void;
}

/** A register that MRRC and MCRR reach. */
export interface WideRegister extends RegisterBase {
  readonly opc1: number;
  /** `bank` is the byte offset of the copy: 0 or 8. `readHigh` comes after `readLow` and gives the half that belongs to it. */
  readLow?(context: SystemContext, bank: number): number;
  readHigh?(context: SystemContext, bank: number): number;
  write?(context: SystemContext, low: number, high: number, bank: number): void;
  changed?(context: SystemContext): void;
}
