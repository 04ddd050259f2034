import { CPU, Mode, PSR } from '../../jit/abi/cpu-state.js';
import { MODE_ENTRY_BYTES, MODE_WORDS, modeIndex } from '../../jit/abi/modes.js';
import { HCR } from '../../jit/abi/registers.js';
import type { CpuFeatures } from './features.js';
import type { CpuState } from './state.js';

/** HCR bits that are interrupts: whether one is to be taken has to be looked at whenever a mode is entered. */
const VIRTUAL_INTERRUPTS = HCR.VF | HCR.VI | HCR.VA;
/** Where the words of an entry are in the vCPU's state. */
const WORDS = MODE_WORDS.map((name) => CPU[name] >> 2);

/**
 * Lets translated code enter the current mode by itself from now on, with the state as it is. Not where R8 to R12 change places, nor
 * with big-endian data, nor with the Security Extensions.
 */
export function rememberMode({ i32, base }: CpuState, features: CpuFeatures): void {
  const word = base >> 2;
  const cpsr = i32[word + (CPU.CPSR >> 2)];
  const mode = cpsr & PSR.M;
  if (features.security || mode === Mode.FIQ || (cpsr & PSR.E) !== 0) return;
  if (features.virtualization && (i32[word + (CPU.HCR >> 2)] & VIRTUAL_INTERRUPTS) !== 0) return;
  const index = modeIndex(mode);
  const entry = word + ((CPU.MODES + index * MODE_ENTRY_BYTES) >> 2);
  for (let n = 0; n < WORDS.length; n++) i32[entry + n] = i32[word + WORDS[n]];
  i32[word + (CPU.MODES_KNOWN >> 2)] |= 1 << index;
}

/** Whether the mode of a CPSR is remembered, and the state is as it was then but for what follows from the mode. */
export function isModeRemembered({ i32, base }: CpuState, cpsr: number): boolean {
  const known = i32[(base + CPU.MODES_KNOWN) >> 2];
  return ((known >>> modeIndex(cpsr)) & 1) !== 0 && (cpsr & PSR.E) === 0;
}

/** Gives the words of the state that follow from the current mode, which is remembered, what they were. */
export function recallMode({ i32, base }: CpuState): void {
  const word = base >> 2;
  const index = modeIndex(i32[word + (CPU.CPSR >> 2)]);
  const entry = word + ((CPU.MODES + index * MODE_ENTRY_BYTES) >> 2);
  for (let n = 0; n < WORDS.length; n++) i32[word + WORDS[n]] = i32[entry + n];
}

/** Something changes on which what is remembered of modes may depend. */
export function forgetModes(state: CpuState): void {
  state.set(CPU.MODES_KNOWN, 0);
}
