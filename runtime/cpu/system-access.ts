import { CPU, Mode, PSR, SystemAccess } from '../../jit/abi/cpu-state.js';
import type { CpuFeatures } from './features.js';
import { bankOf } from './modes.js';
import { HCR, SCR } from './registers.js';
import type { CpuState } from './state.js';

const ALL_CRN = 0xffff;
/** c4 and c14 have no bits in HSTR (ARM DDI 0406C B4.1.83). */
const HSTR_CRN = ALL_CRN & ~((1 << 4) | (1 << 14));

/**
 * Works SYSTEM_ACCESS and BANK_OFFSET out, on every change of mode and of what they depend on: SCR, and HCR and HSTR, which only
 * modes change that have to be left for the traps to count. Where in doubt a bit stays clear.
 */
export function updateSystemAccess(state: CpuState, features: CpuFeatures): void {
  const { i32 } = state;
  const word = state.base >> 2;
  const mode = i32[word + (CPU.CPSR >> 2)] & PSR.M;
  i32[word + (CPU.BANK_OFFSET >> 2)] = 4 * bankOf(mode);
  i32[word + (CPU.SYSTEM_ACCESS >> 2)] = systemAccess(state, features, mode);
}

function systemAccess(state: CpuState, features: CpuFeatures, mode: number): number {
  if ((state.get(CPU.SCR) & SCR.NS) === 0 || mode === Mode.MON) return 0;
  let access = SystemAccess.USER_THREAD_ID;
  if (mode !== Mode.USR) {
    access |= ALL_CRN | SystemAccess.CACHE_MAINTENANCE | SystemAccess.PRIVILEGED;
    access |= mode === Mode.HYP ? SystemAccess.HYP : SystemAccess.PL1;
    if (mode === Mode.SVC || mode === Mode.ABT || mode === Mode.IRQ || mode === Mode.UND) {
      access |= SystemAccess.BANKED;
    }
    // With the Security Extensions SCR.AW and SCR.FW have a say.
    if (!features.security) access |= SystemAccess.MASKS;
  }
  if (features.virtualization && mode !== Mode.HYP) {
    const hstr = state.get(CPU.HSTR) & HSTR_CRN;
    const hcr = state.get(CPU.HCR);
    access &= ~hstr;
    if ((hstr & (1 << 13)) !== 0) access &= ~SystemAccess.USER_THREAD_ID;
    if ((hstr & (1 << 7)) !== 0 || (hcr & (HCR.TPC | HCR.TPU)) !== 0) {
      access &= ~SystemAccess.CACHE_MAINTENANCE;
    }
    if ((hcr & (HCR.VF | HCR.VI | HCR.VA)) !== 0) access &= ~SystemAccess.MASKS;
  }
  return access;
}
