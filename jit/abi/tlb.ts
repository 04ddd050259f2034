/**
 * The software TLB (design §4): per vCPU, direct-mapped, in linear memory behind the registers. An entry
 * takes a virtual page straight to its place in linear memory. Anything that is not a plain hit (not mapped,
 * not permitted, MMIO, a store to a page that holds translated code) is a miss and goes to the slow path.
 *
 * An access of `size` bytes at `va` hits when the entry at `tlbIndex(va, context)` has the tag
 * `((va + size - 1) & ~0xfff) | context`: one that crosses into the next page misses, because neighbouring
 * pages never share an index. Zeroed memory is an empty TLB.
 */

/** Bytes of the smallest page, and the bits of an address that name it. */
export const PAGE_BYTES = 4096;
export const PAGE_MASK = -PAGE_BYTES;

/** Entries of the data TLB; a power of two. */
export const TLB_ENTRIES = 16384;
/** Bytes per entry: read tag, write tag, addend, page. */
export const TLB_ENTRY_BYTES = 16;
export const TLB_BYTES = TLB_ENTRIES * TLB_ENTRY_BYTES;

/** Byte offsets of an entry's words. */
export const TlbEntry = {
  /** `page | context` when reads hit, else 0. */
  READ_TAG: 0,
  /** `page | context` when writes hit, else 0. */
  WRITE_TAG: 4,
  /** Linear-memory byte address minus virtual address, modulo 2^32. */
  ADDEND: 8,
  /** For invalidation and fetches: linear-memory byte address of the page, {@link TLB_NOT_GLOBAL} and {@link TLB_EXECUTABLE}. */
  PAGE: 12,
} as const;

/** Set in an entry's PAGE word when its mapping is of one address space only (nG). */
export const TLB_NOT_GLOBAL = 1;
/** Set in an entry's PAGE word when instructions may be fetched wherever the read tag hits. */
export const TLB_EXECUTABLE = 2;

/** Context numbers are 1 to 4094, in a tag's low 12 bits; 0 marks a tag that never hits. */
export const MAX_CONTEXT = 4094;
/** A context number that no tag has: with it every inlined look-up misses. */
export const NEVER_HITS = 4095;

/** Folding in bits 22 and up keeps buffers that lie a multiple of 64 MiB apart from evicting each other. */
export const TLB_FOLD = 10;

/** Index of the entry for a virtual address. */
export function tlbIndex(va: number, context: number): number {
  return (((va ^ (va >>> TLB_FOLD)) >>> 12) ^ tlbIndexMix(context)) & (TLB_ENTRIES - 1);
}

/** Number of different values of {@link tlbIndexMix}: those of contexts 0 to TLB_MIXES - 1. */
export const TLB_MIXES = 8;
export const TLB_MIX_SHIFT = 9;

/**
 * What a context number adds to the index: processes that run in turn, and a process and its kernel, would
 * otherwise push each other out of the one place that a page has.
 */
export function tlbIndexMix(context: number): number {
  return (context & (TLB_MIXES - 1)) << TLB_MIX_SHIFT;
}
