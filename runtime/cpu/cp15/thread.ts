import { CPU } from '../../../jit/abi/cpu-state.js';
import { HYP_RW, PL0_RW, PL0R_PL1W, PL1_RW, type Register } from './register.js';

/** Software thread ID registers (ARM DDI 0406C B4.1.150). */
export const thread: readonly Register[] = [
  {
    name: 'TPIDRURW',
    opc1: 0,
    crn: 13,
    crm: 0,
    opc2: 2,
    access: PL0_RW,
    field: CPU.TPIDRURW,
    banked: true,
  },
  {
    name: 'TPIDRURO',
    opc1: 0,
    crn: 13,
    crm: 0,
    opc2: 3,
    access: PL0R_PL1W,
    field: CPU.TPIDRURO,
    banked: true,
  },
  {
    name: 'TPIDRPRW',
    opc1: 0,
    crn: 13,
    crm: 0,
    opc2: 4,
    access: PL1_RW,
    field: CPU.TPIDRPRW,
    banked: true,
  },
  {
    name: 'HTPIDR',
    opc1: 4,
    crn: 13,
    crm: 0,
    opc2: 2,
    access: HYP_RW,
    field: CPU.HTPIDR,
    needs: 'virtualization',
  },
];
