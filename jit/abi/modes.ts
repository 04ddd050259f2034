/**
 * What translated code copies when it changes the mode: for each mode whatever follows from it and from registers that only the runtime
 * writes, which says in MODES_KNOWN what is still true.
 */

/** Names of words of the vCPU's state: a mode's entry holds them in this order. */
export const MODE_WORDS = ['CONTEXT', 'TLB_BASE', 'SYSTEM_ACCESS', 'FP_ENABLED', 'BANK_OFFSET'] as const;
export const MODE_ENTRY_BYTES = 4 * MODE_WORDS.length;

/** CPSR.M without the bit that all modes have; some of these numbers are no modes. */
export const MODE_ENTRIES = 16;
export const MODES_BYTES = MODE_ENTRIES * MODE_ENTRY_BYTES;

/** Number of a mode's entry, and of its bit in MODES_KNOWN. @param mode CPSR.M */
export function modeIndex(mode: number): number {
  return mode & (MODE_ENTRIES - 1);
}

/** Byte offset in an entry. */
export function modeEntryOffset(name: (typeof MODE_WORDS)[number]): number {
  return 4 * MODE_WORDS.indexOf(name);
}
