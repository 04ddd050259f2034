/** The registers that MRS and MSR (Banked register) reach from Hyp mode, where they are a word of the vCPU's state (ARM DDI 0406C B9.2.3). */
import { Bank, CPU } from '../abi/cpu-state.js';

const SYSM_ELR_HYP = 0b11110;
const SYSM_SP_USR = 0b00101;
const SYSM_R8_FIQ = 0b01000;
const SYSM_SP_FIQ = 0b01101;

/** By SYSm[4:1], with LR at SYSm[0] = 0 and SP at 1. */
const PAIRS: Readonly<Record<number, number>> = {
  8: Bank.IRQ,
  9: Bank.SVC,
  10: Bank.ABT,
  11: Bank.UND,
};

/**
 * @param r R of the encoding: SPSR
 * @param sysm SYSm, 5 bits
 * @returns the place of the register; undefined for those of the current mode, of Monitor mode, and what is no register
 */
export function hypBanked(r: number, sysm: number): number | undefined {
  const pair = PAIRS[sysm >>> 1];
  if (r !== 0) {
    if (sysm === 0b01110) return CPU.BANKED_SPSR + 4 * Bank.FIQ;
    return pair !== undefined && (sysm & 1) === 0 ? CPU.BANKED_SPSR + 4 * pair : undefined;
  }
  if (sysm === SYSM_ELR_HYP) return CPU.ELR_HYP;
  if (sysm === SYSM_SP_USR) return CPU.BANKED_SP + 4 * Bank.USR;
  if (sysm >= SYSM_R8_FIQ && sysm < SYSM_SP_FIQ) return CPU.BANKED_R8_FIQ + 4 * (sysm - SYSM_R8_FIQ);
  if (sysm === SYSM_SP_FIQ) return CPU.BANKED_SP + 4 * Bank.FIQ;
  if (sysm === SYSM_SP_FIQ + 1) return CPU.BANKED_LR + 4 * Bank.FIQ;
  if (pair === undefined) return undefined;
  return ((sysm & 1) !== 0 ? CPU.BANKED_SP : CPU.BANKED_LR) + 4 * pair;
}
