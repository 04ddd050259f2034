import { CPU, Mode } from '../../../jit/abi/cpu-state.js';
import { HCR } from '../../../jit/abi/registers.js';
import { isSecure } from '../modes.js';
import type { SystemContext } from './context.js';
import { HYP_RW, PL1_RO, PL1_RW, type Register, type Trap } from './register.js';

/** Cortex-A15 r4p0. */
export const MIDR = 0x414f_c0f0;

const TID1: Trap = { register: CPU.HCR, mask: HCR.TID1, only: 'read' };
const TID2: Trap = { register: CPU.HCR, mask: HCR.TID2 };
const TID3: Trap = { register: CPU.HCR, mask: HCR.TID3, only: 'read' };

/** MPIDR: multiprocessing format, affinity level 0 is the index (QEMU `virt`). */
export function mpidrOf(index: number): number {
  return 0x8000_0000 | index;
}

/** CCSIDR by CSSELR: 32 KiB L1 data, 32 KiB L1 instruction, 4 MiB unified L2. */
const CCSIDR: Readonly<Record<number, number>> = { 0: 0x701f_e00a, 1: 0x201f_e00a, 2: 0x711f_e07a };

/** Whether a read gets the hypervisor's value: from Non-secure PL1, with Hyp mode there. */
function virtualized({ state, features }: SystemContext): boolean {
  return features.virtualization && state.mode !== Mode.HYP && !isSecure(state);
}

function midr(context: SystemContext): number {
  return virtualized(context) ? context.state.get(CPU.VPIDR) : MIDR;
}

function id(name: string, crm: number, opc2: number, value: number, trap: Trap = TID3): Register {
  return { name, opc1: 0, crn: 0, crm, opc2, access: PL1_RO, value, trap };
}

/** Aliases of MIDR: CRn c0, CRm c0, opc2 4, 6 and 7 (ARM DDI 0406C B3.17.1). */
const midrs: Register[] = [0, 4, 6, 7].map((opc2) => ({
  name: opc2 === 0 ? 'MIDR' : `MIDR (alias ${opc2})`,
  opc1: 0,
  crn: 0,
  crm: 0,
  opc2,
  access: PL1_RO,
  read: midr,
  trap: opc2 === 6 ? TID1 : undefined,
}));

/** Places that are reserved for identification registers, RAZ. */
const reserved: Register[] = [];
for (let crm = 2; crm < 8; crm++)
  for (let opc2 = 0; opc2 < 8; opc2++)
    if (crm > 2 || opc2 > 4) reserved.push(id(`c0, c${crm}, ${opc2}`, crm, opc2, 0));

/** Identification registers (CRn c0), with the values of QEMU's cortex-a15. */
export const identification: readonly Register[] = [
  ...midrs,
  {
    name: 'CTR',
    opc1: 0,
    crn: 0,
    crm: 0,
    opc2: 1,
    access: PL1_RO,
    // Whoever cleans a range of memory reads it, so that it is a word that translated code can read.
    field: CPU.CTR,
    reset: 0x8444_c004 | 0,
    trap: TID2,
  },
  id('TCMTR', 0, 2, 0, TID1),
  id('TLBTR', 0, 3, 0, TID1),
  {
    name: 'MPIDR',
    opc1: 0,
    crn: 0,
    crm: 0,
    opc2: 5,
    access: PL1_RO,
    read: (c) => (virtualized(c) ? c.state.get(CPU.VMPIDR) : mpidrOf(c.state.index)),
  },
  id('ID_PFR0', 1, 0, 0x0000_1131),
  {
    ...id('ID_PFR1', 1, 1, 0),
    // Security [7:4] and Virtualization [15:12] say what the machine has; Generic Timer [19:16].
    read: ({ features }) =>
      0x0001_0001 | (features.security ? 0x10 : 0) | (features.virtualization ? 0x1000 : 0),
  },
  // CopSDbg [7:4] needs the Security Extensions.
  { ...id('ID_DFR0', 1, 2, 0), read: ({ features }) => 0x0201_0505 | (features.security ? 0x50 : 0) },
  id('ID_AFR0', 1, 3, 0),
  id('ID_MMFR0', 1, 4, 0x1020_1105),
  id('ID_MMFR1', 1, 5, 0x2000_0000),
  id('ID_MMFR2', 1, 6, 0x0124_0000),
  id('ID_MMFR3', 1, 7, 0x0210_2211),
  id('ID_ISAR0', 2, 0, 0x0210_1110),
  id('ID_ISAR1', 2, 1, 0x1311_2111),
  id('ID_ISAR2', 2, 2, 0x2123_2041),
  id('ID_ISAR3', 2, 3, 0x1111_2131),
  id('ID_ISAR4', 2, 4, 0x1001_1142),
  ...reserved,
  {
    name: 'CCSIDR',
    opc1: 1,
    crn: 0,
    crm: 0,
    opc2: 0,
    access: PL1_RO,
    trap: TID2,
    read: ({ state }, bank) => CCSIDR[state.get(CPU.CSSELR + bank)] ?? 0,
    banked: true,
  },
  { name: 'CLIDR', opc1: 1, crn: 0, crm: 0, opc2: 1, access: PL1_RO, value: 0x0a20_0023, trap: TID2 },
  { name: 'AIDR', opc1: 1, crn: 0, crm: 0, opc2: 7, access: PL1_RO, value: 0, trap: TID1 },
  {
    name: 'CSSELR',
    opc1: 2,
    crn: 0,
    crm: 0,
    opc2: 0,
    access: PL1_RW,
    field: CPU.CSSELR,
    banked: true,
    mask: 0xf,
    trap: TID2,
  },
  {
    name: 'VPIDR',
    opc1: 4,
    crn: 0,
    crm: 0,
    opc2: 0,
    access: HYP_RW,
    field: CPU.VPIDR,
    reset: MIDR,
    needs: 'virtualization',
  },
  {
    name: 'VMPIDR',
    opc1: 4,
    crn: 0,
    crm: 0,
    opc2: 5,
    access: HYP_RW,
    field: CPU.VMPIDR,
    needs: 'virtualization',
  },
];
