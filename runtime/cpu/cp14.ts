import { CPU, Mode } from '../../jit/abi/cpu-state.js';
import { HCR, HDCR, HSTR } from '../../jit/abi/registers.js';
import type { SystemContext } from './cp15/context.js';
import {
  PL0_RO,
  PL1_RO,
  PL1_RW,
  PL1_WO,
  type Register,
  type Trap,
  type WideRegister,
} from './cp15/register.js';

/** DBGDIDR of Cortex-A15: v7.1 debug, 4 watchpoints, 6 breakpoints, 2 of them with context (QEMU). */
const DBGDIDR = 0x3515_f021;
const WATCHPOINTS = 4;
const BREAKPOINTS = 6;
/** The last two breakpoints can compare contexts and have an extended value register. */
const CONTEXT_BREAKPOINTS = 2;

const TDA: Trap = { register: CPU.HDCR, mask: HDCR.TDA | HDCR.TDE };
const TDRA: Trap = { register: CPU.HDCR, mask: HDCR.TDRA | HDCR.TDA | HDCR.TDE };
const TTEE: Trap = { register: CPU.HSTR, mask: HSTR.TTEE };
const TJDBX: Trap = { register: CPU.HSTR, mask: HSTR.TJDBX };
const TID0: Trap = { register: CPU.HCR, mask: HCR.TID0 };
const TDOSA: Trap = { register: CPU.HDCR, mask: HDCR.TDOSA | HDCR.TDA | HDCR.TDE };

/** DBGDSCR.UDCCdis: User mode has no access to the DCC. */
const UDCC_DISABLE = 1 << 12;
/** DBGOSLAR key. */
const OS_LOCK_KEY = 0xc5ac_ce55 | 0;
/** DBGDSCR bits that software writes: HDBGen off, MDBGen (bit 15), UDCCdis, ITRen, … as QEMU keeps them. */
const DSCR_WRITABLE = 0x0007_f000;

function debug(name: string, crn: number, crm: number, opc2: number, more: Partial<Register>): Register {
  return { name, opc1: 0, crn, crm, opc2, access: PL1_RW, trap: TDA, ...more };
}

/** User mode reads DBGDIDR, DBGDRAR, DBGDSAR and DBGDSCRint unless UDCCdis is set (ARM DDI 0406C C11.7). */
export function userDebug({ state }: SystemContext): boolean {
  return state.mode !== Mode.USR || (state.get(CPU.DBGDSCR) & UDCC_DISABLE) === 0;
}

/** The value and control registers of one kind: `opc2` is 4 to 7, CRm the number. */
function points(name: string, count: number, opc2: number, field: number, mask: number): Register[] {
  return Array.from({ length: count }, (_, n) =>
    debug(`${name}${n}`, 0, n, opc2, { field: field + 4 * n, mask, reset: 0 }),
  );
}

/**
 * Debug, ThumbEE and Jazelle registers (C11.8, A2.10, A2.9): enough for an operating system's probe. Break-
 * and watchpoints keep what is written and never match.
 */
export const cp14: readonly Register[] = [
  debug('DBGDIDR', 0, 0, 0, { access: PL0_RO, value: DBGDIDR, allowed: userDebug }),
  debug('DBGDSCRint', 0, 1, 0, {
    access: PL0_RO,
    allowed: userDebug,
    read: ({ state }) => state.get(CPU.DBGDSCR),
  }),
  // The DCC has no debugger at its other end: reads give 0, writes go nowhere.
  debug('DBGDTRint', 0, 5, 0, { access: { read: 0, write: 0 }, value: 0, allowed: userDebug }),
  debug('DBGDCCINT', 0, 2, 0, { value: 0 }),
  debug('DBGWFAR', 0, 6, 0, { value: 0 }),
  debug('DBGVCR', 0, 7, 0, { field: CPU.DBGVCR, reset: 0 }),
  debug('DBGDTRRXext', 0, 0, 2, { value: 0 }),
  debug('DBGDSCRext', 0, 2, 2, { field: CPU.DBGDSCR, mask: DSCR_WRITABLE, reset: 0 }),
  debug('DBGDTRTXext', 0, 3, 2, { value: 0 }),
  ...points('DBGBVR', BREAKPOINTS, 4, CPU.DBGBVR, -1),
  ...points('DBGBCR', BREAKPOINTS, 5, CPU.DBGBCR, 0x00ff_e1e7),
  ...points('DBGWVR', WATCHPOINTS, 6, CPU.DBGWVR, ~3),
  ...points('DBGWCR', WATCHPOINTS, 7, CPU.DBGWCR, 0x1f1f_ffff),
  debug('DBGDRAR', 1, 0, 0, { access: PL0_RO, value: 0, trap: TDRA, allowed: userDebug }),
  ...Array.from({ length: CONTEXT_BREAKPOINTS }, (_, i) => {
    const n = BREAKPOINTS - CONTEXT_BREAKPOINTS + i;
    return debug(`DBGBXVR${n}`, 1, n, 1, { field: CPU.DBGBXVR + 4 * n, mask: 0xff, reset: 0 });
  }),
  debug('DBGOSLAR', 1, 0, 4, {
    access: PL1_WO,
    trap: TDOSA,
    write: ({ state }, value) => state.set(CPU.DBGOSLOCK, value === OS_LOCK_KEY ? 1 : 0),
  }),
  // OSLM: the OS Lock is there, without OS Save and Restore.
  debug('DBGOSLSR', 1, 1, 4, {
    access: PL1_RO,
    trap: TDOSA,
    read: ({ state }) => 0x8 | (state.get(CPU.DBGOSLOCK) << 1),
  }),
  debug('DBGOSDLR', 1, 3, 4, { trap: TDOSA, field: CPU.DBGOSDLR, mask: 1, reset: 0 }),
  debug('DBGPRCR', 1, 4, 4, { trap: TDOSA, value: 0 }),
  debug('DBGDSAR', 2, 0, 0, { access: PL0_RO, value: 0, trap: TDRA, allowed: userDebug }),
  debug('DBGDEVID2', 7, 0, 7, { access: PL1_RO, value: 0 }),
  debug('DBGDEVID1', 7, 1, 7, { access: PL1_RO, value: 0 }),
  debug('DBGDEVID', 7, 2, 7, { access: PL1_RO, value: 0x0111_0f13 }),
  debug('DBGCLAIMSET', 7, 8, 6, {
    read: () => 0xff,
    write: ({ state }, value) => state.set(CPU.DBGCLAIM, state.get(CPU.DBGCLAIM) | (value & 0xff)),
  }),
  debug('DBGCLAIMCLR', 7, 9, 6, {
    read: ({ state }) => state.get(CPU.DBGCLAIM),
    write: ({ state }, value) => state.set(CPU.DBGCLAIM, state.get(CPU.DBGCLAIM) & ~value),
  }),
  // Nothing is authenticated: each debug feature implemented, disabled.
  debug('DBGAUTHSTATUS', 7, 14, 6, { access: PL1_RO, value: 0x0000_00aa }),
  {
    name: 'TEECR',
    opc1: 6,
    crn: 0,
    crm: 0,
    opc2: 0,
    access: PL1_RW,
    field: CPU.TEECR,
    trap: TTEE,
    mask: 1,
    reset: 0,
  },
  {
    name: 'TEEHBR',
    opc1: 6,
    crn: 1,
    crm: 0,
    opc2: 0,
    // TEECR.XED keeps User mode out.
    access: { read: 0, write: 0 },
    field: CPU.TEEHBR,
    trap: TTEE,
    mask: ~3,
    allowed: ({ state }) => state.mode !== Mode.USR || (state.get(CPU.TEECR) & 1) === 0,
  },
  // Trivial Jazelle (A2.9.6): BXJ is BX, all registers are RAZ/WI.
  { name: 'JIDR', opc1: 7, crn: 0, crm: 0, opc2: 0, access: PL0_RO, value: 0, trap: TID0 },
  { name: 'JOSCR', opc1: 7, crn: 1, crm: 0, opc2: 0, access: PL1_RW, value: 0, trap: TJDBX },
  { name: 'JMCR', opc1: 7, crn: 2, crm: 0, opc2: 0, access: PL1_RW, value: 0, trap: TJDBX },
];

/** DBGDRAR and DBGDSAR by MRRC (LPAE). */
export const cp14Wide: readonly WideRegister[] = [
  {
    name: 'DBGDRAR',
    opc1: 0,
    crm: 1,
    access: PL0_RO,
    allowed: userDebug,
    trap: TDRA,
    readLow: () => 0,
    readHigh: () => 0,
  },
  {
    name: 'DBGDSAR',
    opc1: 0,
    crm: 2,
    access: PL0_RO,
    allowed: userDebug,
    trap: TDRA,
    readLow: () => 0,
    readHigh: () => 0,
  },
];
