import {
  JUMP_CACHE_BYTES,
  JUMP_CACHE_CONTEXT_BITS,
  JUMP_CACHE_SET_BYTES,
  JumpCacheEntry,
  jumpCacheSet,
  VcpuOffset,
} from '../../jit/abi/jump-cache.js';
import { NEVER_HITS, PAGE_BYTES, PAGE_MASK } from '../../jit/abi/tlb.js';
import type { CpuState } from '../cpu/state.js';

/** A power of two. */
const PAGE_HASHES = 4096;
const SET_WORDS = JUMP_CACHE_SET_BYTES >> 2;
const ADDRESS = JumpCacheEntry.ADDRESS >> 2;
const TARGET = JumpCacheEntry.TARGET >> 2;

/** One vCPU's jump cache: where translated code finds the region that it jumps to. */
export class JumpCache {
  readonly #i32: Int32Array;
  /** Index in #i32. */
  readonly #first: number;
  /** Not 0 where a page may have entries, by hash of its address. */
  readonly #pages = new Uint8Array(PAGE_HASHES);

  constructor(state: CpuState) {
    this.#i32 = state.i32;
    this.#first = (state.base + VcpuOffset.JUMP_CACHE) >> 2;
  }

  /**
   * Lets regions jump to one.
   * @param address interworking address of its entry: bit 0 set for Thumb
   * @param slot its index in the function table
   */
  remember(address: number, context: number, slot: number): void {
    if (context === NEVER_HITS) return;
    const i32 = this.#i32;
    const at = this.#first + jumpCacheSet(address) * SET_WORDS;
    const target = (slot << JUMP_CACHE_CONTEXT_BITS) | context;
    this.#pages[hash(address)] = 1;
    if (i32[at + ADDRESS] !== address || ((i32[at + TARGET] ^ target) & NEVER_HITS) !== 0) {
      // The one that came last is in front; what was there before keeps the second place.
      i32[at + 2 + ADDRESS] = i32[at + ADDRESS];
      i32[at + 2 + TARGET] = i32[at + TARGET];
      i32[at + ADDRESS] = address;
    }
    i32[at + TARGET] = target;
  }

  /** The mapping of a page was dropped, in any context. */
  dropPage(page: number): void {
    if (this.#pages[hash(page)] === 0) return;
    const i32 = this.#i32;
    for (let offset = 0; offset < PAGE_BYTES; offset += 2) {
      const at = this.#first + jumpCacheSet(page + offset) * SET_WORDS;
      if ((i32[at + ADDRESS] & PAGE_MASK) === page) i32[at + TARGET] = 0;
      if ((i32[at + 2 + ADDRESS] & PAGE_MASK) === page) i32[at + 2 + TARGET] = 0;
    }
  }

  clear(): void {
    this.#i32.fill(0, this.#first, this.#first + (JUMP_CACHE_BYTES >> 2));
    this.#pages.fill(0);
  }
}

function hash(address: number): number {
  return ((address >>> 12) ^ (address >>> 22)) & (PAGE_HASHES - 1);
}
