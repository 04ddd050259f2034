/**
 * The region cache: per vCPU, two-way, in linear memory. It takes the place of an instruction in linear memory to the function that
 * holds its translation. Keyed by place, not by virtual address: no TLB operation concerns it, and all address spaces share it.
 * What is found in it goes into the jump cache (jump-cache.ts).
 */

/** Sets of {@link REGION_CACHE_WAYS} entries; a power of two. */
export const REGION_CACHE_SETS = 16384;
export const REGION_CACHE_WAYS = 2;
export const REGION_CACHE_ENTRY_BYTES = 8;
export const REGION_CACHE_SET_BYTES = REGION_CACHE_WAYS * REGION_CACHE_ENTRY_BYTES;
export const REGION_CACHE_BYTES = REGION_CACHE_SETS * REGION_CACHE_SET_BYTES;

/** Byte offsets of an entry's words. */
export const RegionCacheEntry = {
  /** Linear-memory byte address of the first instruction, bit 0 set for Thumb; 0 when empty. */
  KEY: 0,
  /** Index in the function table. */
  FUNCTION: 4,
} as const;

/** Index of the set for a key. */
export function regionCacheSet(key: number): number {
  return ((key >>> 1) ^ (key >>> 13)) & (REGION_CACHE_SETS - 1);
}
