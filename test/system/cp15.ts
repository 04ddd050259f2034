/** Numbers of the CP15 registers that the monitor and the hand-written sequences name (ARM DDI 0406C B3.17). */
import type { CoprocessorRegister } from './assembler.js';

function cp15(opc1: number, crn: number, crm: number, opc2: number): CoprocessorRegister {
  return { cp: 15, opc1, crn, crm, opc2 };
}

export const SCTLR = cp15(0, 1, 0, 0);
export const CPACR = cp15(0, 1, 0, 2);
export const TTBCR = cp15(0, 2, 0, 2);
export const DACR = cp15(0, 3, 0, 0);
export const DFSR = cp15(0, 5, 0, 0);
export const IFSR = cp15(0, 5, 0, 1);
export const DFAR = cp15(0, 6, 0, 0);
export const IFAR = cp15(0, 6, 0, 2);
export const ICIALLU = cp15(0, 7, 5, 0);
export const ATS1CPR = cp15(0, 7, 8, 0);
export const ATS1CPW = cp15(0, 7, 8, 1);
export const ATS1CUR = cp15(0, 7, 8, 2);
export const ATS1CUW = cp15(0, 7, 8, 3);
export const ATS12NSOPR = cp15(0, 7, 8, 4);
export const ATS12NSOPW = cp15(0, 7, 8, 5);
export const ATS12NSOUR = cp15(0, 7, 8, 6);
export const ATS12NSOUW = cp15(0, 7, 8, 7);
export const TLBIALL = cp15(0, 8, 7, 0);
export const PRRR = cp15(0, 10, 2, 0);
export const NMRR = cp15(0, 10, 2, 1);
export const VBAR = cp15(0, 12, 0, 0);
export const CONTEXTIDR = cp15(0, 13, 0, 1);
export const TPIDRURW = cp15(0, 13, 0, 2);
export const TPIDRURO = cp15(0, 13, 0, 3);
export const TPIDRPRW = cp15(0, 13, 0, 4);
export const HSCTLR = cp15(4, 1, 0, 0);
export const HCR = cp15(4, 1, 1, 0);
export const HDCR = cp15(4, 1, 1, 1);
export const HCPTR = cp15(4, 1, 1, 2);
export const HSTR = cp15(4, 1, 1, 3);
export const HTCR = cp15(4, 2, 0, 2);
export const VTCR = cp15(4, 2, 1, 2);
export const ATS1HR = cp15(4, 7, 8, 0);
export const ATS1HW = cp15(4, 7, 8, 1);
export const TLBIALLH = cp15(4, 8, 7, 0);
export const TLBIALLNSNH = cp15(4, 8, 7, 4);
export const HSR = cp15(4, 5, 2, 0);
export const HDFAR = cp15(4, 6, 0, 0);
export const HIFAR = cp15(4, 6, 0, 2);
export const HPFAR = cp15(4, 6, 0, 4);
export const HMAIR0 = cp15(4, 10, 2, 0);
export const HMAIR1 = cp15(4, 10, 2, 1);
export const HVBAR = cp15(4, 12, 0, 0);
export const CNTHCTL = cp15(4, 14, 1, 0);
