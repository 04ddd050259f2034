import { CPU } from '../../jit/abi/cpu-state.js';
import { HCR, SCR, SCTLR, TTBCR } from '../../jit/abi/registers.js';
import type { CpuState } from '../cpu/state.js';

/** Whether stage 1 of the Non-secure PL1&0 regime is off although SCTLR.M may be 1 (B4.1.65: HCR.DC, TGE). */
export function stage1Overridden(hcr: number): boolean {
  return (hcr & (HCR.DC | HCR.TGE)) !== 0;
}

/** Whether stage 2 is on: HCR.VM, or HCR.DC, which implies it (B4.1.65). */
export function stage2Enabled(hcr: number): boolean {
  return (hcr & (HCR.VM | HCR.DC)) !== 0;
}

/**
 * A translation regime's controls, gathered from the registers of one vCPU (ARM DDI 0406C B3.1): the PL1&0
 * regime of a security state, or the Non-secure PL2 regime. Loaded again before each walk.
 */
export class Regime {
  hyp = false;
  secure = false;
  /** Stage 1 translates; otherwise the map is flat. */
  enabled = false;
  /** Stage 1 uses the Long-descriptor format. */
  long = false;
  /** Memory is Normal, Write-Back while stage 1 is off (HCR.DC). */
  defaultCacheable = false;
  bigEndian = false;
  texRemap = false;
  accessFlag = false;
  writeExecuteNever = false;
  unprivilegedWriteExecuteNever = false;
  /** SCR.SIF: no Secure fetches from Non-secure memory. */
  secureFetchOnly = false;
  /** TTBCR, or HTCR. */
  ttbcr = 0;
  /** TTBR0, or HTTBR. */
  ttbr0Low = 0;
  ttbr0High = 0;
  ttbr1Low = 0;
  ttbr1High = 0;
  dacr = 0;
  /** PRRR, MAIR0 or HMAIR0. */
  mair0 = 0;
  /** NMRR, MAIR1 or HMAIR1. */
  mair1 = 0;

  /** Stage 2 applies. */
  stage2 = false;
  vtcr = 0;
  vttbrLow = 0;
  vttbrHigh = 0;
  stage2BigEndian = false;
  /** HCR.PTW: stage-1 tables must not lie in Device or Strongly-ordered memory. */
  protectedWalk = false;

  /** The PL1&0 regime of a security state. */
  loadPL10(state: CpuState, secure: boolean): void {
    const { i32 } = state;
    const word = state.base >> 2;
    const bank = secure ? 1 : 0;
    const hcr = secure ? 0 : i32[word + (CPU.HCR >> 2)];
    const sctlr = i32[word + (CPU.SCTLR >> 2) + bank];
    this.hyp = false;
    this.secure = secure;
    this.enabled = (sctlr & SCTLR.M) !== 0 && !stage1Overridden(hcr);
    this.defaultCacheable = (hcr & HCR.DC) !== 0;
    this.bigEndian = (sctlr & SCTLR.EE) !== 0;
    this.texRemap = (sctlr & SCTLR.TRE) !== 0;
    this.accessFlag = (sctlr & SCTLR.AFE) !== 0;
    this.writeExecuteNever = (sctlr & SCTLR.WXN) !== 0;
    this.unprivilegedWriteExecuteNever = (sctlr & SCTLR.UWXN) !== 0;
    this.secureFetchOnly = secure && (i32[word + (CPU.SCR >> 2)] & SCR.SIF) !== 0;
    this.ttbcr = i32[word + (CPU.TTBCR >> 2) + bank];
    this.long = (this.ttbcr & TTBCR.EAE) !== 0;
    const ttbr0 = word + (CPU.TTBR0 >> 2) + 2 * bank;
    this.ttbr0Low = i32[ttbr0];
    this.ttbr0High = i32[ttbr0 + 1];
    const ttbr1 = word + (CPU.TTBR1 >> 2) + 2 * bank;
    this.ttbr1Low = i32[ttbr1];
    this.ttbr1High = i32[ttbr1 + 1];
    this.dacr = i32[word + (CPU.DACR >> 2) + bank];
    this.mair0 = i32[word + (CPU.PRRR >> 2) + bank];
    this.mair1 = i32[word + (CPU.NMRR >> 2) + bank];
    this.stage2 = stage2Enabled(hcr);
    if (this.stage2) this.loadStage2(state);
  }

  /** What stage 2 goes by, alone: it is on. */
  loadStage2({ i32, base }: CpuState): void {
    const word = base >> 2;
    this.vtcr = i32[word + (CPU.VTCR >> 2)];
    this.vttbrLow = i32[word + (CPU.VTTBR >> 2)];
    this.vttbrHigh = i32[word + (CPU.VTTBR >> 2) + 1];
    this.stage2BigEndian = (i32[word + (CPU.HSCTLR >> 2)] & SCTLR.EE) !== 0;
    this.protectedWalk = (i32[word + (CPU.HCR >> 2)] & HCR.PTW) !== 0;
  }

  /** The Non-secure PL2 regime: Hyp mode's stage 1. */
  loadHyp(state: CpuState): void {
    const hsctlr = state.get(CPU.HSCTLR);
    this.hyp = true;
    this.secure = false;
    this.enabled = (hsctlr & SCTLR.M) !== 0;
    this.long = true;
    this.defaultCacheable = false;
    this.bigEndian = (hsctlr & SCTLR.EE) !== 0;
    this.texRemap = false;
    this.accessFlag = true;
    this.writeExecuteNever = (hsctlr & SCTLR.WXN) !== 0;
    this.unprivilegedWriteExecuteNever = false;
    this.secureFetchOnly = false;
    this.ttbcr = state.get(CPU.HTCR);
    this.ttbr0Low = state.get(CPU.HTTBR);
    this.ttbr0High = state.get(CPU.HTTBR + 4);
    this.mair0 = state.get(CPU.HMAIR0);
    this.mair1 = state.get(CPU.HMAIR1);
    this.stage2 = false;
  }
}
