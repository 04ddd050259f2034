/**
 * The jump cache: per vCPU, direct-mapped, in linear memory. It takes the virtual address of an instruction, in a context (see tlb.ts),
 * to the function that holds its translation, so that a jump needs no look at the TLB. What drops the mapping of a page from the
 * TLB drops the page from here.
 */
import { NEVER_HITS } from './tlb.js';

/** A power of two. */
export const JUMP_CACHE_ENTRIES = 16384;
export const JUMP_CACHE_ENTRY_BYTES = 8;
export const JUMP_CACHE_BYTES = JUMP_CACHE_ENTRIES * JUMP_CACHE_ENTRY_BYTES;

/** Byte offsets of an entry's words. */
export const JumpCacheEntry = {
  /** Virtual address of the instruction, bit 0 set for Thumb. */
  ADDRESS: 0,
  /** Index in the function table from bit {@link JUMP_CACHE_TARGET_SHIFT} on, context number below; 0 when empty. */
  TARGET: 4,
} as const;

export const JUMP_CACHE_TARGET_SHIFT = 12;
/** The context number in {@link JumpCacheEntry.TARGET}. */
export const JUMP_CACHE_CONTEXT = NEVER_HITS;

/** Folds the bits of a page's number into those that tell its instructions apart. */
export const JUMP_CACHE_FOLD = 6;

/** Index of the entry for an interworking address. */
export function jumpCacheIndex(address: number): number {
  return ((address ^ (address >>> JUMP_CACHE_FOLD)) >>> 1) & (JUMP_CACHE_ENTRIES - 1);
}

/** Beside it, a byte a page of virtual addresses that is not 0 when the page may have entries. */
export const JUMP_PAGES = 1 << 20;
