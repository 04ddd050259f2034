import {
  REGION_CACHE_BYTES,
  REGION_CACHE_ENTRY_BYTES,
  REGION_CACHE_SET_BYTES,
  RegionCacheEntry,
  regionCacheSet,
} from '../../jit/abi/region-cache.js';
import { VcpuOffset } from '../../jit/abi/vcpu-layout.js';
import type { CpuState } from '../cpu/state.js';

const SET_WORDS = REGION_CACHE_SET_BYTES >> 2;
const ENTRY_WORDS = REGION_CACHE_ENTRY_BYTES >> 2;
const KEY = RegionCacheEntry.KEY >> 2;
const FUNCTION = RegionCacheEntry.FUNCTION >> 2;

/** One vCPU's region cache: the regions that it has entered. */
export class RegionCache {
  readonly #words: Int32Array;

  constructor({ memory, base }: CpuState) {
    this.#words = new Int32Array(memory.buffer, base + VcpuOffset.REGION_CACHE, REGION_CACHE_BYTES >> 2);
  }

  /**
   * Lets regions jump to one.
   * @param key linear-memory offset of its entry, bit 0 set for Thumb
   * @param slot its index in the function table
   */
  remember(key: number, slot: number): void {
    const words = this.#words;
    const first = regionCacheSet(key) * SET_WORDS;
    if (words[first + KEY] !== key) {
      // The one that came last is in front; what was there before keeps the second place.
      words[first + ENTRY_WORDS + KEY] = words[first + KEY];
      words[first + ENTRY_WORDS + FUNCTION] = words[first + FUNCTION];
      words[first + KEY] = key;
    }
    words[first + FUNCTION] = slot;
  }

  clear(): void {
    this.#words.fill(0);
  }
}
