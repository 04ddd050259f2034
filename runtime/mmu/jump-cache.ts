import {
  JUMP_CACHE_BYTES,
  JUMP_CACHE_ENTRY_BYTES,
  JUMP_PAGES,
  JumpCacheEntry,
  jumpCacheIndex,
} from '../../jit/abi/jump-cache.js';
import { PAGE_BYTES, PAGE_MASK } from '../../jit/abi/tlb.js';
import { VcpuOffset } from '../../jit/abi/vcpu-layout.js';
import type { CpuState } from '../cpu/state.js';

const ENTRY_WORDS = JUMP_CACHE_ENTRY_BYTES >> 2;
const ADDRESS = JumpCacheEntry.ADDRESS >> 2;
const TARGET = JumpCacheEntry.TARGET >> 2;

/** One vCPU's jump cache, which translated code fills: here it is only emptied. */
export class JumpCache {
  readonly #entries: Int32Array;
  /** Not 0 where a page may have entries. */
  readonly #pages: Uint8Array;

  constructor({ memory, base }: CpuState) {
    this.#entries = new Int32Array(memory.buffer, base + VcpuOffset.JUMP_CACHE, JUMP_CACHE_BYTES >> 2);
    this.#pages = new Uint8Array(memory.buffer, base + VcpuOffset.JUMP_PAGES, JUMP_PAGES);
  }

  /** The mapping of a page was dropped, in one context or more. @param page its address, signed */
  dropPage(page: number): void {
    const number = page >>> 12;
    if (this.#pages[number] === 0) return;
    this.#pages[number] = 0;
    const entries = this.#entries;
    for (let offset = 0; offset < PAGE_BYTES; offset += 2) {
      const entry = jumpCacheIndex(page + offset) * ENTRY_WORDS;
      if ((entries[entry + ADDRESS] & PAGE_MASK) === page) entries[entry + TARGET] = 0;
    }
  }

  /** What is known of an instruction, in whatever context, leads to a region that is no more. @param address interworking, signed */
  forget(address: number): void {
    const entry = jumpCacheIndex(address) * ENTRY_WORDS;
    if (this.#entries[entry + ADDRESS] === address) this.#entries[entry + TARGET] = 0;
  }

  clear(): void {
    this.#entries.fill(0);
    this.#pages.fill(0);
  }
}
