import { TLB_ENTRIES } from '../../jit/abi/tlb.js';

/** Flags of a mapping; the low three bits are Access permissions. */
export const MappingFlag = {
  /** Device or Strongly-ordered memory: unaligned accesses fault. */
  DEVICE: 8,
  /** The physical address is in the Secure address space. */
  SECURE: 16,
  /** RAM that stores do not reach directly: ROM, flash. */
  READ_ONLY: 32,
  /** nG. */
  NOT_GLOBAL: 64,
  /** DEVICE, because stage 2 says so: what an unaligned access gets is a stage 2 fault. */
  DEVICE_BY_STAGE2: 128,
} as const;

/**
 * What walks found out, by the index and tags of the data TLB: everything that the slow path and instruction
 * fetches need to know. So that MMIO, stores to pages that hold code, fetches, and entries that the data TLB
 * does not take walk no tables.
 */
export class MappingCache {
  /** `page | context`, or 0. */
  readonly tags = new Int32Array(TLB_ENTRIES);
  /** Access permissions and {@link MappingFlag}. */
  readonly flags = new Uint8Array(TLB_ENTRIES);
  /** Linear-memory byte offset of the page, or -1 when it is no RAM. */
  readonly linear = new Float64Array(TLB_ENTRIES);
  /** Physical byte address of the page. */
  readonly physical = new Float64Array(TLB_ENTRIES);
}
