import { CPU } from '../../../jit/abi/cpu-state.js';
import { HCR, TTBCR } from '../../../jit/abi/registers.js';
import type { SystemContext } from './context.js';
import { HYP_RW, PL1_RW, type Register, type Trap, type WideRegister } from './register.js';

const TVM: Trap = { register: CPU.HCR, mask: HCR.TVM, only: 'write' };

function translation({ exceptions }: SystemContext): void {
  exceptions.control.translationChanged();
}

/** A banked PL1 register of memory management at opc1 = 0. */
function pl1(
  name: string,
  crn: number,
  crm: number,
  opc2: number,
  field: number,
  changed?: (context: SystemContext) => void,
): Register {
  return { name, opc1: 0, crn, crm, opc2, access: PL1_RW, field, banked: true, trap: TVM, changed };
}

function hyp(name: string, crn: number, crm: number, opc2: number, field: number, mask = -1): Register {
  return {
    name,
    opc1: 4,
    crn,
    crm,
    opc2,
    access: HYP_RW,
    field,
    mask,
    needs: 'virtualization',
    changed: translation,
  };
}

/**
 * TTBCR: which bits are there depends on EAE as written (ARM DDI 0406C B4.1.153). PD0 and PD1 come with the
 * Security Extensions.
 */
function writeTtbcr(context: SystemContext, value: number, bank: number): void {
  let mask: number;
  if ((value & TTBCR.EAE) !== 0) mask = 0xffc7_3f87 | 0;
  else mask = context.features.security ? 0x37 : 0x07;
  context.state.set(CPU.TTBCR + bank, value & mask);
  translation(context);
}

/**
 * Halves of a 64-bit base register: MCR writes bits 31:0 and leaves the others. Offset 8 is the Secure copy.
 */
function lowHalf(name: string, opc2: number, field: number): Register {
  return {
    name,
    opc1: 0,
    crn: 2,
    crm: 0,
    opc2,
    access: PL1_RW,
    banked: true,
    trap: TVM,
    read: ({ state }, bank) => state.get(field + 2 * bank),
    write: (context, value, bank) => {
      context.state.set(field + 2 * bank, value);
      translation(context);
    },
  };
}

/** Translation tables, domains, faults, memory attributes, context and address translation results. */
export const memory: readonly Register[] = [
  lowHalf('TTBR0', 0, CPU.TTBR0),
  lowHalf('TTBR1', 1, CPU.TTBR1),
  {
    name: 'TTBCR',
    opc1: 0,
    crn: 2,
    crm: 0,
    opc2: 2,
    access: PL1_RW,
    banked: true,
    trap: TVM,
    read: ({ state }, bank) => state.get(CPU.TTBCR + bank),
    write: writeTtbcr,
  },
  pl1('DACR', 3, 0, 0, CPU.DACR, translation),
  pl1('DFSR', 5, 0, 0, CPU.DFSR),
  pl1('IFSR', 5, 0, 1, CPU.IFSR),
  // Cortex-A15 reports L2 memory errors here, which do not happen: RAZ/WI as QEMU.
  { name: 'ADFSR', opc1: 0, crn: 5, crm: 1, opc2: 0, access: PL1_RW, value: 0, trap: TVM },
  { name: 'AIFSR', opc1: 0, crn: 5, crm: 1, opc2: 1, access: PL1_RW, value: 0, trap: TVM },
  pl1('DFAR', 6, 0, 0, CPU.DFAR),
  // Before ARMv7 the watchpoint address; QEMU has it RAZ/WI.
  { name: 'WFAR', opc1: 0, crn: 6, crm: 0, opc2: 1, access: PL1_RW, value: 0 },
  pl1('IFAR', 6, 0, 2, CPU.IFAR),
  {
    name: 'PAR',
    opc1: 0,
    crn: 7,
    crm: 4,
    opc2: 0,
    access: PL1_RW,
    banked: true,
    read: ({ state }, bank) => state.get(CPU.PAR + 2 * bank),
    write: ({ state }, value, bank) => {
      state.set(CPU.PAR + 2 * bank, value);
      state.set(CPU.PAR + 2 * bank + 4, 0);
    },
  },
  pl1('PRRR', 10, 2, 0, CPU.PRRR, translation),
  pl1('NMRR', 10, 2, 1, CPU.NMRR, translation),
  { name: 'AMAIR0', opc1: 0, crn: 10, crm: 3, opc2: 0, access: PL1_RW, value: 0, trap: TVM },
  { name: 'AMAIR1', opc1: 0, crn: 10, crm: 3, opc2: 1, access: PL1_RW, value: 0, trap: TVM },
  // FCSE is not there (B3.2.2 with the Multiprocessing Extensions): RAZ/WI.
  { name: 'FCSEIDR', opc1: 0, crn: 13, crm: 0, opc2: 0, access: PL1_RW, value: 0 },
  pl1('CONTEXTIDR', 13, 0, 1, CPU.CONTEXTIDR, translation),

  hyp('HTCR', 2, 0, 2, CPU.HTCR, 0x8007_3f07 | 0),
  hyp('VTCR', 2, 1, 2, CPU.VTCR),
  { name: 'HADFSR', opc1: 4, crn: 5, crm: 1, opc2: 0, access: HYP_RW, value: 0, needs: 'virtualization' },
  { name: 'HAIFSR', opc1: 4, crn: 5, crm: 1, opc2: 1, access: HYP_RW, value: 0, needs: 'virtualization' },
  hyp('HSR', 5, 2, 0, CPU.HSR),
  hyp('HDFAR', 6, 0, 0, CPU.HDFAR),
  hyp('HIFAR', 6, 0, 2, CPU.HIFAR),
  hyp('HPFAR', 6, 0, 4, CPU.HPFAR),
  hyp('HMAIR0', 10, 2, 0, CPU.HMAIR0),
  hyp('HMAIR1', 10, 2, 1, CPU.HMAIR1),
  { name: 'HAMAIR0', opc1: 4, crn: 10, crm: 3, opc2: 0, access: HYP_RW, value: 0, needs: 'virtualization' },
  { name: 'HAMAIR1', opc1: 4, crn: 10, crm: 3, opc2: 1, access: HYP_RW, value: 0, needs: 'virtualization' },
];

/** The same by MRRC and MCRR. */
export const memoryWide: readonly WideRegister[] = [
  {
    name: 'TTBR0',
    opc1: 0,
    crm: 2,
    access: PL1_RW,
    field: CPU.TTBR0,
    banked: true,
    trap: TVM,
    changed: translation,
  },
  {
    name: 'TTBR1',
    opc1: 1,
    crm: 2,
    access: PL1_RW,
    field: CPU.TTBR1,
    banked: true,
    trap: TVM,
    changed: translation,
  },
  { name: 'PAR', opc1: 0, crm: 7, access: PL1_RW, field: CPU.PAR, banked: true },
  {
    name: 'HTTBR',
    opc1: 4,
    crm: 2,
    access: HYP_RW,
    field: CPU.HTTBR,
    needs: 'virtualization',
    changed: translation,
  },
  {
    name: 'VTTBR',
    opc1: 6,
    crm: 2,
    access: HYP_RW,
    field: CPU.VTTBR,
    needs: 'virtualization',
    changed: translation,
  },
];
