import { PL1_RO, PL1_RW, PL1_WO, type Register } from './register.js';

/** IMPLEMENTATION DEFINED registers of Cortex-A15 that QEMU has too. */
export const implementation: readonly Register[] = [
  {
    name: 'L2CTLR',
    opc1: 1,
    crn: 9,
    crm: 0,
    opc2: 2,
    access: PL1_RW,
    // Number of CPUs less one at bit 24; interrupt controller present at bit 23.
    read: ({ features }) => ((features.cpus - 1) << 24) | (1 << 23),
    write: () => {},
  },
  { name: 'L2ECTLR', opc1: 1, crn: 9, crm: 0, opc2: 3, access: PL1_RW, value: 0 },
  // PERIPHBASE of QEMU's `virt`: the GIC's page.
  { name: 'CBAR', opc1: 4, crn: 15, crm: 0, opc2: 0, access: PL1_RO, value: 0x0800_0000 },
];

/** All of c15 else is RAZ/WI, as QEMU's cortex-a15 has it. */
export const dummyC15: Register = {
  name: 'c15',
  opc1: 0,
  crn: 15,
  crm: 0,
  opc2: 0,
  access: PL1_RW,
  value: 0,
};

/** TLB lockdown of older cores (c10, c0/c1/c4/c8): QEMU does nothing. */
export const tlbLockdown: Register = {
  name: 'TLB lockdown',
  opc1: 0,
  crn: 10,
  crm: 0,
  opc2: 0,
  access: PL1_RW,
  value: 0,
};

/** Cache operations of older cores (c7, opc1 0), and encodings that never were: UNPREDICTABLE, NOPs in QEMU. */
export const oldCacheOperation: Register = {
  name: 'c7',
  opc1: 0,
  crn: 7,
  crm: 0,
  opc2: 0,
  access: PL1_WO,
  write: () => {},
};
