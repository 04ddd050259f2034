import { Bank, CPU, Mode, PSR } from '../../jit/abi/cpu-state.js';
import type { CpuFeatures } from './features.js';
import type { CpuState } from './state.js';

/** {@link Bank} by CPSR.M; 255 for an M value that is no mode. */
const BANK_OF_MODE = new Uint8Array(32).fill(255);
BANK_OF_MODE[Mode.USR] = Bank.USR;
BANK_OF_MODE[Mode.FIQ] = Bank.FIQ;
BANK_OF_MODE[Mode.IRQ] = Bank.IRQ;
BANK_OF_MODE[Mode.SVC] = Bank.SVC;
BANK_OF_MODE[Mode.MON] = Bank.MON;
BANK_OF_MODE[Mode.ABT] = Bank.ABT;
BANK_OF_MODE[Mode.HYP] = Bank.HYP;
BANK_OF_MODE[Mode.UND] = Bank.UND;
BANK_OF_MODE[Mode.SYS] = Bank.USR;

/** Bank of SP and SPSR that `mode` uses; 255 when `mode` is no mode of ARMv7. */
export function bankOf(mode: number): number {
  return BANK_OF_MODE[mode & PSR.M];
}

/** Bank of LR that `mode` uses: Hyp mode shares User mode's (ARM DDI 0406C B1.3.2). */
function bankOfLR(mode: number): number {
  return mode === Mode.HYP ? Bank.USR : BANK_OF_MODE[mode];
}

/** Whether `mode` is a mode of this processor: the opposite of the manual's BadMode() (B1.3.1). */
export function modeExists(mode: number, features: CpuFeatures): boolean {
  if (mode === Mode.MON) return features.security;
  if (mode === Mode.HYP) return features.virtualization;
  return BANK_OF_MODE[mode & PSR.M] !== 255;
}

/**
 * Whether the processor is in Secure state. Without the Security Extensions SCR.NS is 1 from reset on (the
 * machine is Non-secure then, as QEMU's), so that this one expression serves both.
 */
export function isSecure(state: CpuState): boolean {
  return state.mode === Mode.MON || (state.get(CPU.SCR) & 1) === 0;
}

/**
 * Makes `mode` current: R8–R14 change places with their banks and CPSR.M is written. Nothing else of CPSR
 * changes. Whoever calls this tells ExecutionControl that translation changed.
 * @param mode a mode that exists
 */
export function switchMode(state: CpuState, mode: number): void {
  const { i32 } = state;
  const word = state.base >> 2;
  const cpsr = word + (CPU.CPSR >> 2);
  const old = i32[cpsr] & PSR.M;
  if (old === mode) return;
  i32[cpsr] = (i32[cpsr] & ~PSR.M) | mode;

  const r = word + (CPU.R >> 2);
  if (old === Mode.FIQ || mode === Mode.FIQ) {
    const save = word + ((old === Mode.FIQ ? CPU.BANKED_R8_FIQ : CPU.BANKED_R8_USR) >> 2);
    const load = word + ((mode === Mode.FIQ ? CPU.BANKED_R8_FIQ : CPU.BANKED_R8_USR) >> 2);
    for (let n = 0; n < 5; n++) {
      i32[save + n] = i32[r + 8 + n];
      i32[r + 8 + n] = i32[load + n];
    }
  }
  const sp = word + (CPU.BANKED_SP >> 2);
  i32[sp + BANK_OF_MODE[old]] = i32[r + 13];
  i32[r + 13] = i32[sp + BANK_OF_MODE[mode]];
  const lr = word + (CPU.BANKED_LR >> 2);
  i32[lr + bankOfLR(old)] = i32[r + 14];
  i32[r + 14] = i32[lr + bankOfLR(mode)];
}

/** SP of `mode`, which may be the current one. */
export function readSP(state: CpuState, mode: number): number {
  const bank = BANK_OF_MODE[mode];
  return bank === BANK_OF_MODE[state.mode] ? state.get(CPU.R + 52) : state.get(CPU.BANKED_SP + 4 * bank);
}

export function writeSP(state: CpuState, mode: number, value: number): void {
  const bank = BANK_OF_MODE[mode];
  state.set(bank === BANK_OF_MODE[state.mode] ? CPU.R + 52 : CPU.BANKED_SP + 4 * bank, value);
}

/** LR of `mode`, which may be the current one. */
export function readLR(state: CpuState, mode: number): number {
  const bank = bankOfLR(mode);
  return state.get(bank === bankOfLR(state.mode) ? CPU.R + 56 : CPU.BANKED_LR + 4 * bank);
}

export function writeLR(state: CpuState, mode: number, value: number): void {
  const bank = bankOfLR(mode);
  state.set(bank === bankOfLR(state.mode) ? CPU.R + 56 : CPU.BANKED_LR + 4 * bank, value);
}

/**
 * SPSR of `mode`. User and System mode have none; as QEMU does, they share a word that nothing else uses.
 */
export function readSPSR(state: CpuState, mode: number): number {
  return state.get(CPU.BANKED_SPSR + 4 * BANK_OF_MODE[mode]);
}

export function writeSPSR(state: CpuState, mode: number, value: number): void {
  state.set(CPU.BANKED_SPSR + 4 * BANK_OF_MODE[mode], value);
}

/** Where R8–R12 of User mode, or of FIQ mode, are now. `n` is 8 to 12. */
function highRegister(state: CpuState, fiq: boolean, n: number): number {
  if (fiq === (state.mode === Mode.FIQ)) return CPU.R + 4 * n;
  return (fiq ? CPU.BANKED_R8_FIQ : CPU.BANKED_R8_USR) + 4 * (n - 8);
}

/** Rn of User mode (LDM and STM user registers). `n` is 0 to 14. */
export function readUserRegister(state: CpuState, n: number): number {
  if (n === 13) return readSP(state, Mode.USR);
  if (n === 14) return readLR(state, Mode.USR);
  return state.get(n < 8 ? CPU.R + 4 * n : highRegister(state, false, n));
}

export function writeUserRegister(state: CpuState, n: number, value: number): void {
  if (n === 13) writeSP(state, Mode.USR, value);
  else if (n === 14) writeLR(state, Mode.USR, value);
  else state.set(n < 8 ? CPU.R + 4 * n : highRegister(state, false, n), value);
}

/** A register that MRS (banked) or MSR (banked) names: `n` 8 to 14, or SPSR, or ELR_hyp. */
interface BankedRegister {
  readonly mode: number;
  readonly register: number | 'SPSR' | 'ELR';
}

/** ARM DDI 0406C B9.2.3: SYSm<2:0> of the groups whose R is 0, by SYSm<4:3>. */
const PAIRS: Readonly<Record<number, number>> = {
  16: Mode.IRQ,
  18: Mode.SVC,
  20: Mode.ABT,
  22: Mode.UND,
};

const SPSR_MODES: Readonly<Record<number, number>> = {
  14: Mode.FIQ,
  16: Mode.IRQ,
  18: Mode.SVC,
  20: Mode.ABT,
  22: Mode.UND,
  28: Mode.MON,
  30: Mode.HYP,
};

/** @returns undefined for encodings that name nothing (UNPREDICTABLE) */
function decodeBanked(r: number, sysm: number): BankedRegister | undefined {
  if (r !== 0) {
    const mode = SPSR_MODES[sysm];
    return mode === undefined ? undefined : { mode, register: 'SPSR' };
  }
  if (sysm < 7) return { mode: Mode.USR, register: 8 + sysm };
  if (sysm >= 8 && sysm < 15) return { mode: Mode.FIQ, register: sysm };
  const pair = PAIRS[sysm & ~1];
  if (pair !== undefined) return { mode: pair, register: 14 - (sysm & 1) };
  if (sysm === 0b11100 || sysm === 0b11101) return { mode: Mode.MON, register: 14 - (sysm & 1) };
  if (sysm === 0b11110) return { mode: Mode.HYP, register: 'ELR' };
  if (sysm === 0b11111) return { mode: Mode.HYP, register: 13 };
  return undefined;
}

/** By R and SYSm: hypervisors read and write these at every exit. */
const BANKED_REGISTERS = Array.from({ length: 64 }, (_, n) => decodeBanked(n >>> 5, n & 31));

/**
 * Finds the register of MRS (banked) or MSR (banked) and checks the access (ARM DDI 0406C B9.2.3).
 * @returns undefined where the access is UNPREDICTABLE or UNDEFINED: QEMU's Cortex-A15 takes all as UNDEFINED
 */
function accessibleBanked(
  state: CpuState,
  features: CpuFeatures,
  r: number,
  sysm: number,
): BankedRegister | undefined {
  if (!features.virtualization) return undefined;
  const current = state.mode;
  if (current === Mode.USR) return undefined;
  const register = BANKED_REGISTERS[(r !== 0 ? 32 : 0) | (sysm & 31)];
  if (register === undefined || !modeExists(register.mode, features)) return undefined;
  const { mode } = register;
  if (mode === Mode.MON) return current !== Mode.MON && isSecure(state) ? register : undefined;
  if (mode === Mode.HYP) {
    if (current === Mode.MON) return register;
    return current === Mode.HYP && register.register === 'ELR' ? register : undefined;
  }
  if (mode === Mode.USR) {
    const own =
      register.register === 13
        ? current === Mode.SYS
        : register.register === 14
          ? current === Mode.SYS || current === Mode.HYP
          : current !== Mode.FIQ;
    return own ? undefined : register;
  }
  return mode === current ? undefined : register;
}

/** MRS (banked). @returns undefined when the instruction is to be UNDEFINED */
export function readBankedRegister(
  state: CpuState,
  features: CpuFeatures,
  r: number,
  sysm: number,
): number | undefined {
  const register = accessibleBanked(state, features, r, sysm);
  if (register === undefined) return undefined;
  const { mode } = register;
  switch (register.register) {
    case 'SPSR':
      return readSPSR(state, mode);
    case 'ELR':
      return state.get(CPU.ELR_HYP);
    case 13:
      return readSP(state, mode);
    case 14:
      return readLR(state, mode);
    default:
      return state.get(highRegister(state, mode === Mode.FIQ, register.register));
  }
}

/** MSR (banked). @returns false when the instruction is to be UNDEFINED */
export function writeBankedRegister(
  state: CpuState,
  features: CpuFeatures,
  r: number,
  sysm: number,
  value: number,
): boolean {
  const register = accessibleBanked(state, features, r, sysm);
  if (register === undefined) return false;
  const { mode } = register;
  switch (register.register) {
    case 'SPSR':
      writeSPSR(state, mode, value);
      break;
    case 'ELR':
      state.set(CPU.ELR_HYP, value);
      break;
    case 13:
      writeSP(state, mode, value);
      break;
    case 14:
      writeLR(state, mode, value);
      break;
    default:
      state.set(highRegister(state, mode === Mode.FIQ, register.register), value);
  }
  return true;
}
