import { CPU } from '../../../jit/abi/cpu-state.js';
import { HCPTR, HCR, NSACR, SCR, SCTLR } from '../../../jit/abi/registers.js';
import { trappedByNSACR } from '../exceptions.js';
import { isSecure } from '../modes.js';
import type { SystemContext } from './context.js';
import { reconfigure } from './performance.js';
import {
  type Access,
  HYP_RW,
  Level,
  MONITOR_RW,
  PL1_RO,
  PL1_RW,
  type Register,
  type Trap,
} from './register.js';

const TVM: Trap = { register: CPU.HCR, mask: HCR.TVM, only: 'write' };
const TAC: Trap = { register: CPU.HCR, mask: HCR.TAC };
const TCPAC: Trap = { register: CPU.HCPTR, mask: HCPTR.TCPAC };

/** Bits of SCTLR that Cortex-A15 lets software write; the others are fixed (TRM 4.3.27). */
const SCTLR_WRITABLE =
  SCTLR.M |
  SCTLR.A |
  SCTLR.C |
  SCTLR.SW |
  SCTLR.Z |
  SCTLR.I |
  SCTLR.V |
  SCTLR.WXN |
  SCTLR.UWXN |
  SCTLR.EE |
  SCTLR.TRE |
  SCTLR.AFE |
  SCTLR.TE;

/** Bits of CPACR that NSACR makes RAZ/WI and RAO/WI in Non-secure state (B4.1.40, B4.1.111): cp10 and cp11; ASEDIS and D32DIS. */
function fixedByNSACR({ state, features }: SystemContext): { zero: number; one: number } {
  if (!features.security || isSecure(state)) return { zero: 0, one: 0 };
  const nsacr = state.get(CPU.NSACR);
  const zero = ((nsacr & NSACR.CP10) === 0 ? 3 << 20 : 0) | ((nsacr & NSACR.CP11) === 0 ? 3 << 22 : 0);
  const one = (nsacr & (NSACR.NSASEDIS | NSACR.NSD32DIS)) << 16;
  return { zero, one };
}

/** NS, IRQ, FIQ, EA, FW, AW; SCD, HCE and SIF are there with the Virtualization Extensions alone (B4.1.129). */
const SCR_WRITABLE = SCR.NS | SCR.IRQ | SCR.FIQ | SCR.EA | SCR.FW | SCR.AW;
const SCR_OF_VIRTUALIZATION = SCR.SCD | SCR.HCE | SCR.SIF;

/** CPACR: ASEDIS, D32DIS, cp11 and cp10. */
const CPACR_WRITABLE = 0xc0f0_0000 | 0;

function fpAccess({ exceptions }: SystemContext): void {
  exceptions.control.fpAccessChanged();
}

function translation({ exceptions }: SystemContext): void {
  exceptions.control.translationChanged();
}

/** NSACR: RW to Secure PL1, RO elsewhere; without the Security Extensions RAZ/WI is not architected. */
const NSACR_ACCESS: Access = { read: Level.PL1, write: Level.MONITOR };

/** Control registers: c1 and their relatives in c12 (ARM DDI 0406C B3.17.1). */
export const control: readonly Register[] = [
  {
    name: 'SCTLR',
    opc1: 0,
    crn: 1,
    crm: 0,
    opc2: 0,
    access: PL1_RW,
    field: CPU.SCTLR,
    banked: true,
    mask: SCTLR_WRITABLE,
    reset: 0x00c5_0078,
    trap: TVM,
    changed: translation,
  },
  // Multiprocessing controls that mean nothing here: RAZ/WI, as QEMU.
  { name: 'ACTLR', opc1: 0, crn: 1, crm: 0, opc2: 1, access: PL1_RW, value: 0, trap: TAC },
  {
    name: 'CPACR',
    opc1: 0,
    crn: 1,
    crm: 0,
    opc2: 2,
    access: PL1_RW,
    trap: TCPAC,
    read: (context) => {
      const { zero, one } = fixedByNSACR(context);
      return (context.state.get(CPU.CPACR) & ~zero) | one;
    },
    write: (context, value) => {
      const { zero, one } = fixedByNSACR(context);
      const writable = CPACR_WRITABLE & ~(zero | one);
      const { state } = context;
      state.set(CPU.CPACR, (state.get(CPU.CPACR) & ~writable) | (value & writable));
      fpAccess(context);
    },
  },
  {
    name: 'SCR',
    opc1: 0,
    crn: 1,
    crm: 1,
    opc2: 0,
    access: MONITOR_RW,
    field: CPU.SCR,
    needs: 'security',
    write: (context, value) => {
      const writable = context.features.virtualization ? SCR_OF_VIRTUALIZATION | SCR_WRITABLE : SCR_WRITABLE;
      context.state.set(CPU.SCR, value & writable);
      translation(context);
      fpAccess(context);
      context.exceptions.control.checkInterrupts();
    },
  },
  {
    name: 'SDER',
    opc1: 0,
    crn: 1,
    crm: 1,
    opc2: 1,
    access: MONITOR_RW,
    field: CPU.SDER,
    mask: 3,
    needs: 'security',
  },
  {
    name: 'NSACR',
    opc1: 0,
    crn: 1,
    crm: 1,
    opc2: 2,
    access: NSACR_ACCESS,
    field: CPU.NSACR,
    mask: 0x0010_8c00,
    needs: 'security',
    changed: fpAccess,
  },
  {
    name: 'HSCTLR',
    opc1: 4,
    crn: 1,
    crm: 0,
    opc2: 0,
    access: HYP_RW,
    field: CPU.HSCTLR,
    mask: SCTLR.M | SCTLR.A | SCTLR.C | SCTLR.I | SCTLR.WXN | SCTLR.EE | SCTLR.TE,
    reset: 0x30c5_0878,
    needs: 'virtualization',
    changed: translation,
  },
  { name: 'HACTLR', opc1: 4, crn: 1, crm: 0, opc2: 1, access: HYP_RW, value: 0, needs: 'virtualization' },
  {
    name: 'HCR',
    opc1: 4,
    crn: 1,
    crm: 1,
    opc2: 0,
    access: HYP_RW,
    field: CPU.HCR,
    mask: 0x0fff_ffff,
    needs: 'virtualization',
    changed: (context) => {
      translation(context);
      context.exceptions.control.checkInterrupts();
    },
  },
  {
    name: 'HDCR',
    opc1: 4,
    crn: 1,
    crm: 1,
    opc2: 1,
    access: HYP_RW,
    field: CPU.HDCR,
    // HPMN: all six event counters.
    reset: 6,
    needs: 'virtualization',
    write: (context, value) => reconfigure(context, () => context.state.set(CPU.HDCR, value & 0xfff)),
  },
  {
    name: 'HCPTR',
    opc1: 4,
    crn: 1,
    crm: 1,
    opc2: 2,
    access: HYP_RW,
    needs: 'virtualization',
    // TCP bits of coprocessors that are not there are RAO/WI.
    read: (context) =>
      (context.state.get(CPU.HCPTR) & 0x8010_8c00) | 0x33ff | trappedByNSACR(context.state, context.features),
    write: (context, value) => {
      const { state } = context;
      const writable = 0x8010_8c00 & ~trappedByNSACR(state, context.features);
      state.set(CPU.HCPTR, (state.get(CPU.HCPTR) & ~writable) | (value & writable));
      fpAccess(context);
    },
  },
  {
    name: 'HSTR',
    opc1: 4,
    crn: 1,
    crm: 1,
    opc2: 3,
    access: HYP_RW,
    field: CPU.HSTR,
    mask: 0x0003_bfef,
    needs: 'virtualization',
  },
  { name: 'HACR', opc1: 4, crn: 1, crm: 1, opc2: 7, access: HYP_RW, value: 0, needs: 'virtualization' },
  {
    name: 'VBAR',
    opc1: 0,
    crn: 12,
    crm: 0,
    opc2: 0,
    access: PL1_RW,
    field: CPU.VBAR,
    banked: true,
    mask: ~0x1f,
    reset: 0,
  },
  {
    name: 'MVBAR',
    opc1: 0,
    crn: 12,
    crm: 0,
    opc2: 1,
    access: MONITOR_RW,
    field: CPU.MVBAR,
    mask: ~0x1f,
    needs: 'security',
  },
  {
    name: 'ISR',
    opc1: 0,
    crn: 12,
    crm: 1,
    opc2: 0,
    access: PL1_RO,
    read: ({ exceptions }) => exceptions.interruptStatus,
  },
  {
    name: 'HVBAR',
    opc1: 4,
    crn: 12,
    crm: 0,
    opc2: 0,
    access: HYP_RW,
    field: CPU.HVBAR,
    mask: ~0x1f,
    needs: 'virtualization',
  },
];

/** SCR after reset: Secure state, or Non-secure for good when there are no Security Extensions. */
export function resetScr(security: boolean): number {
  return security ? 0 : SCR.NS;
}
