/**
 * The jump cache: per vCPU, two-way, in linear memory behind the registers. It takes the virtual address of an instruction, in a
 * context (see tlb.ts), to the function that holds its translation; so a jump needs no look at the TLB. What drops the mapping of
 * a page from the TLB drops the page from here.
 */
import { CPU_STATE_BYTES } from './cpu-state.js';
import { TLB_BYTES } from './tlb.js';

/** Sets of {@link JUMP_CACHE_WAYS} entries; a power of two. */
export const JUMP_CACHE_SETS = 16384;
export const JUMP_CACHE_WAYS = 2;
export const JUMP_CACHE_ENTRY_BYTES = 8;
export const JUMP_CACHE_SET_BYTES = JUMP_CACHE_WAYS * JUMP_CACHE_ENTRY_BYTES;
export const JUMP_CACHE_BYTES = JUMP_CACHE_SETS * JUMP_CACHE_SET_BYTES;

/** Byte offsets of an entry's words. */
export const JumpCacheEntry = {
  /** Virtual address of the instruction, bit 0 set for Thumb. */
  ADDRESS: 0,
  /** Index in the function table from bit 12 on, context number in bits 11 to 0; 0 when empty. */
  TARGET: 4,
} as const;

/** Bits of {@link JumpCacheEntry.TARGET} with the context number. */
export const JUMP_CACHE_CONTEXT_BITS = 12;

/** Linear memory that one vCPU takes, in bytes, and what it is aligned to. */
export const VCPU_BYTES = 3 * TLB_BYTES;
export const VCPU_ALIGNMENT = TLB_BYTES;

/** Byte offsets from a vCPU's base of what follows its registers. The TLB is aligned to its size. */
export const VcpuOffset = {
  TLB: TLB_BYTES,
  JUMP_CACHE: 2 * TLB_BYTES,
} as const;

if (CPU_STATE_BYTES > TLB_BYTES || JUMP_CACHE_BYTES > TLB_BYTES) throw new Error('a vCPU needs more memory');

/** Folds an address for {@link jumpCacheSet}: further than the bits of one page, so that they tell sets apart. */
export const JUMP_CACHE_FOLD = 6;

/** Index of the set for an interworking address. */
export function jumpCacheSet(address: number): number {
  return ((address ^ (address >>> JUMP_CACHE_FOLD)) >>> 1) & (JUMP_CACHE_SETS - 1);
}
