/**
 * The jump cache: per vCPU, two-way, in linear memory behind the data TLB. It takes the place of an
 * instruction in linear memory to the function that holds its translation. Keyed by place, not by virtual
 * address: no TLB operation concerns it.
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
  /** Linear-memory byte address of the first instruction, bit 0 set for Thumb; 0 when empty. */
  KEY: 0,
  /** Index in the function table. */
  FUNCTION: 4,
} as const;

/** Byte offsets from a vCPU's base of what follows its registers. */
export const VcpuOffset = {
  TLB: CPU_STATE_BYTES,
  JUMP_CACHE: CPU_STATE_BYTES + TLB_BYTES,
} as const;

/** Linear memory that one vCPU takes, in bytes: a multiple of 64 KiB. */
export const VCPU_BYTES = Math.ceil((CPU_STATE_BYTES + TLB_BYTES + JUMP_CACHE_BYTES) / 65536) * 65536;

/** Index of the set for a key. */
export function jumpCacheSet(key: number): number {
  return ((key >>> 1) ^ (key >>> 13)) & (JUMP_CACHE_SETS - 1);
}
