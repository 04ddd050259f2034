import { describe, expect, it } from 'vitest';
import { Bank, CPU, Mode, SystemAccess } from '../../jit/abi/cpu-state.js';
import { HCR } from '../../jit/abi/registers.js';
import type { CpuFeatures } from '../../runtime/cpu/features.js';
import { updateSystemAccess } from '../../runtime/cpu/system-access.js';
import { BOTH, CpuBench, HYP, PLAIN, SECURE } from './bench.js';

const {
  USER_THREAD_ID,
  PL1,
  BANKED,
  MASKS,
  CACHE_MAINTENANCE,
  HYP: IN_HYP,
  PRIVILEGED,
  SPSR,
  TLB_MAINTENANCE,
  LOCAL_TLB_MAINTENANCE,
  SVC,
  HVC,
  EXCEPTION_RETURN,
  CACHE_TYPE,
  SET_WAY_MAINTENANCE,
} = SystemAccess;
const ALL_CRN = 0xffff;

/** SYSTEM_ACCESS in a mode, Non-secure unless told otherwise. */
function access(
  features: CpuFeatures,
  mode: number,
  registers: Partial<Record<number, number>> = {},
): number {
  const { state } = new CpuBench(features);
  state.set(CPU.CPSR, mode);
  state.set(CPU.SCR, 1);
  for (const [offset, value] of Object.entries(registers)) state.set(Number(offset), value!);
  updateSystemAccess(state, features);
  return state.get(CPU.SYSTEM_ACCESS);
}

describe('SYSTEM_ACCESS', () => {
  it('depends on the mode', () => {
    expect(access(PLAIN, Mode.USR)).toBe(USER_THREAD_ID | SVC);
    for (const mode of [Mode.SVC, Mode.ABT, Mode.IRQ, Mode.UND]) {
      expect(access(PLAIN, mode)).toBe(
        PRIVILEGED |
          ALL_CRN |
          USER_THREAD_ID |
          PL1 |
          BANKED |
          MASKS |
          CACHE_MAINTENANCE |
          CACHE_TYPE |
          SET_WAY_MAINTENANCE |
          SPSR |
          TLB_MAINTENANCE |
          LOCAL_TLB_MAINTENANCE |
          EXCEPTION_RETURN,
      );
    }
    // System mode has no SPSR, FIQ mode registers of its own.
    for (const mode of [Mode.SYS, Mode.FIQ]) {
      const ofMode = mode === Mode.FIQ ? SPSR : 0;
      expect(access(PLAIN, mode)).toBe(
        PRIVILEGED |
          ALL_CRN |
          USER_THREAD_ID |
          PL1 |
          MASKS |
          CACHE_MAINTENANCE |
          CACHE_TYPE |
          SET_WAY_MAINTENANCE |
          TLB_MAINTENANCE |
          LOCAL_TLB_MAINTENANCE |
          ofMode,
      );
    }
    expect(access(HYP, Mode.HYP)).toBe(
      PRIVILEGED |
        ALL_CRN |
        USER_THREAD_ID |
        IN_HYP |
        MASKS |
        CACHE_MAINTENANCE |
        CACHE_TYPE |
        SET_WAY_MAINTENANCE |
        SPSR |
        EXCEPTION_RETURN,
    );
  });

  it('is nothing where the Secure copies of registers are meant', () => {
    expect(access(SECURE, Mode.SVC, { [CPU.SCR]: 0 })).toBe(0);
    expect(access(SECURE, Mode.MON)).toBe(0);
  });

  it('leaves the masks to SCR.AW and SCR.FW with the Security Extensions', () => {
    for (const features of [SECURE, BOTH]) expect(access(features, Mode.SVC) & MASKS).toBe(0);
    expect(access(BOTH, Mode.HYP) & MASKS).toBe(0);
  });

  it('honours HSTR, in User mode too, but not in Hyp mode', () => {
    for (const crn of [1, 2, 3, 5, 6, 13]) {
      const hstr = { [CPU.HSTR]: 1 << crn };
      expect(access(HYP, Mode.SVC, hstr) & ALL_CRN).toBe(ALL_CRN & ~(1 << crn));
      expect(access(HYP, Mode.HYP, hstr) & ALL_CRN).toBe(ALL_CRN);
      expect(access(HYP, Mode.USR, hstr)).toBe(crn === 13 ? SVC : USER_THREAD_ID | SVC);
    }
    expect(access(HYP, Mode.SVC, { [CPU.HSTR]: 1 << 7 }) & CACHE_MAINTENANCE).toBe(0);
  });

  it('honours what traps or broadcasts TLB operations', () => {
    const registers = [
      [CPU.HSTR, 1 << 8],
      [CPU.HCR, HCR.TTLB],
    ] as const;
    expect(access(HYP, Mode.SVC) & TLB_MAINTENANCE).toBe(TLB_MAINTENANCE);
    for (const [register, bits] of registers) {
      expect(access(HYP, Mode.SVC, { [register]: bits }) & TLB_MAINTENANCE).toBe(0);
    }
    const local = TLB_MAINTENANCE | LOCAL_TLB_MAINTENANCE;
    expect(access(HYP, Mode.SVC) & local).toBe(local);
    expect(access(HYP, Mode.SVC, { [CPU.HCR]: HCR.FB }) & local).toBe(TLB_MAINTENANCE);
  });

  it('has exceptions to the mode that they are taken to', () => {
    for (const mode of [Mode.SVC, Mode.ABT, Mode.IRQ, Mode.UND]) {
      expect(access(PLAIN, mode) & HVC).toBe(0);
      expect(access(HYP, mode) & HVC).toBe(HVC);
    }
    expect(access(HYP, Mode.HYP) & HVC).toBe(0);
    expect(access(HYP, Mode.USR, { [CPU.HCR]: HCR.TGE }) & SVC).toBe(0);
    for (const features of [SECURE, BOTH]) {
      for (const mode of [Mode.USR, Mode.SVC, Mode.ABT]) {
        expect(access(features, mode) & (SVC | HVC | EXCEPTION_RETURN)).toBe(0);
      }
    }
  });

  it('honours HCR.TPC, TPU, TSW and TID2, and virtual interrupts that HCR itself asserts', () => {
    for (const bit of [HCR.TPC, HCR.TPU]) {
      expect(access(HYP, Mode.SVC, { [CPU.HCR]: bit }) & CACHE_MAINTENANCE).toBe(0);
      expect(access(HYP, Mode.HYP, { [CPU.HCR]: bit }) & CACHE_MAINTENANCE).toBe(CACHE_MAINTENANCE);
    }
    expect(access(HYP, Mode.SVC, { [CPU.HCR]: HCR.TSW }) & SET_WAY_MAINTENANCE).toBe(0);
    expect(access(HYP, Mode.SVC, { [CPU.HCR]: HCR.TSW }) & CACHE_MAINTENANCE).toBe(CACHE_MAINTENANCE);
    expect(access(HYP, Mode.SVC, { [CPU.HSTR]: 1 << 7 }) & SET_WAY_MAINTENANCE).toBe(0);
    expect(access(HYP, Mode.SVC, { [CPU.HCR]: HCR.TID2 }) & CACHE_TYPE).toBe(0);
    expect(access(HYP, Mode.SVC, { [CPU.HSTR]: 1 << 0 }) & CACHE_TYPE).toBe(0);
    expect(access(HYP, Mode.HYP, { [CPU.HCR]: HCR.TID2 }) & CACHE_TYPE).toBe(CACHE_TYPE);
    for (const bit of [HCR.VI, HCR.VF, HCR.VA]) {
      expect(access(HYP, Mode.SVC, { [CPU.HCR]: bit }) & MASKS).toBe(0);
      // They are taken in other modes only.
      expect(access(HYP, Mode.HYP, { [CPU.HCR]: bit }) & MASKS).toBe(MASKS);
    }
  });
});

describe('BANK_OFFSET', () => {
  it('is the place of SPSR', () => {
    const { state } = new CpuBench(PLAIN);
    state.set(CPU.CPSR, Mode.ABT);
    updateSystemAccess(state, PLAIN);
    expect(state.get(CPU.BANK_OFFSET)).toBe(4 * Bank.ABT);
  });
});
