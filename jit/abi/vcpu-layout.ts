/** What lies in linear memory for one vCPU: its registers at the base, then its TLB and the caches of jumps. */
import { CPU_STATE_BYTES } from './cpu-state.js';
import { JUMP_CACHE_BYTES, JUMP_PAGES } from './jump-cache.js';
import { REGION_CACHE_BYTES } from './region-cache.js';
import { TLB_BYTES } from './tlb.js';

/** What a vCPU's base is aligned to, so that the TLB is aligned to its size. */
export const VCPU_ALIGNMENT = TLB_BYTES;

/** Byte offsets from a vCPU's base of what follows its registers. */
export const VcpuOffset = {
  JUMP_CACHE: TLB_BYTES / 2,
  TLB: TLB_BYTES,
  REGION_CACHE: 2 * TLB_BYTES,
  /** JUMP_PAGES bytes. */
  JUMP_PAGES: 3 * TLB_BYTES,
} as const;

/** Linear memory that one vCPU takes, in bytes. */
export const VCPU_BYTES = VcpuOffset.JUMP_PAGES + JUMP_PAGES;

if (
  CPU_STATE_BYTES > VcpuOffset.JUMP_CACHE ||
  JUMP_CACHE_BYTES > TLB_BYTES / 2 ||
  REGION_CACHE_BYTES > TLB_BYTES
) {
  throw new Error('a vCPU needs more memory');
}
