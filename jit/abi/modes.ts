/**
 * What translated code copies when it changes the mode: for each mode whatever follows from it and from registers that only the runtime
 * writes, which says in MODES_KNOWN what is still true.
 */
import { layout } from './struct.js';

const entry = layout({
  /** The words of the vCPU's state with these names. */
  CONTEXT: 4,
  TLB_BASE: 4,
  SYSTEM_ACCESS: 4,
  FP_ENABLED: 4,
  BANK_OFFSET: 4,
});

/** Byte offsets in an entry. */
export const ModeEntry = entry.offsets;
export const MODE_ENTRY_BYTES = entry.size;

/** CPSR.M without the bit that all modes have; some of these numbers are no modes. */
export const MODE_ENTRIES = 16;
export const MODES_BYTES = MODE_ENTRIES * MODE_ENTRY_BYTES;

/** Number of a mode's entry, and of its bit in MODES_KNOWN. @param mode CPSR.M */
export function modeIndex(mode: number): number {
  return mode & (MODE_ENTRIES - 1);
}
