import { CPU, Mode, PSR, SystemAccess } from '../../jit/abi/cpu-state.js';
import { HCR, SCR } from '../../jit/abi/registers.js';
import type { CpuFeatures } from './features.js';
import { bankOf } from './modes.js';
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
  let access = 0;
  if ((i32[word + (CPU.SCR >> 2)] & SCR.NS) !== 0 && mode !== Mode.MON) {
    access = ACCESS_OF_MODE[mode];
    // With the Security Extensions SCR.AW and SCR.FW have a say.
    if (features.security) access &= ~(SystemAccess.MASKS | EXCEPTIONS);
    if (!features.virtualization) access &= ~SystemAccess.HVC;
    if (features.virtualization && mode !== Mode.HYP) {
      access &= ~trapped(i32[word + (CPU.HSTR >> 2)] & HSTR_CRN, i32[word + (CPU.HCR >> 2)]);
    }
  }
  i32[word + (CPU.SYSTEM_ACCESS >> 2)] = access;
}

const EXCEPTIONS = SystemAccess.SVC | SystemAccess.HVC | SystemAccess.EXCEPTION_RETURN;

/** What a Non-secure mode may do where nothing is trapped, by CPSR.M. */
const ACCESS_OF_MODE = Int32Array.from({ length: 32 }, (_, mode) => {
  let access: number = SystemAccess.USER_THREAD_ID;
  if (mode === Mode.USR) return access | SystemAccess.SVC;
  access |= ALL_CRN | SystemAccess.CACHE_TYPE;
  access |= SystemAccess.CACHE_MAINTENANCE | SystemAccess.SET_WAY_MAINTENANCE;
  access |= SystemAccess.PRIVILEGED | SystemAccess.MASKS;
  if (mode === Mode.HYP) access |= SystemAccess.HYP | SystemAccess.EXCEPTION_RETURN;
  else access |= SystemAccess.PL1 | SystemAccess.TLB_MAINTENANCE | SystemAccess.LOCAL_TLB_MAINTENANCE;
  const banked = mode === Mode.SVC || mode === Mode.ABT || mode === Mode.IRQ || mode === Mode.UND;
  if (banked) access |= SystemAccess.BANKED | SystemAccess.HVC | SystemAccess.EXCEPTION_RETURN;
  return banked || mode === Mode.FIQ || mode === Mode.HYP ? access | SystemAccess.SPSR : access;
});

/** Bits that HSTR and HCR take away from modes other than Hyp mode. */
function trapped(hstr: number, hcr: number): number {
  let bits = hstr;
  if ((hstr & (1 << 0)) !== 0 || (hcr & HCR.TID2) !== 0) bits |= SystemAccess.CACHE_TYPE;
  if ((hstr & (1 << 13)) !== 0) bits |= SystemAccess.USER_THREAD_ID;
  if ((hstr & (1 << 7)) !== 0 || (hcr & (HCR.TPC | HCR.TPU)) !== 0) bits |= SystemAccess.CACHE_MAINTENANCE;
  if ((hstr & (1 << 7)) !== 0 || (hcr & HCR.TSW) !== 0) bits |= SystemAccess.SET_WAY_MAINTENANCE;
  if ((hstr & (1 << 8)) !== 0 || (hcr & HCR.TTLB) !== 0) bits |= SystemAccess.TLB_MAINTENANCE;
  if ((hcr & HCR.FB) !== 0) bits |= SystemAccess.LOCAL_TLB_MAINTENANCE;
  if ((hcr & HCR.TGE) !== 0) bits |= SystemAccess.SVC;
  if ((hcr & (HCR.VF | HCR.VI | HCR.VA)) !== 0) bits |= SystemAccess.MASKS;
  return bits;
}
