import { beforeEach, describe, expect, it } from 'vitest';
import { JUMP_CACHE_ENTRY_BYTES, JumpCacheEntry, jumpCacheIndex } from '../../jit/abi/jump-cache.js';
import { VcpuOffset } from '../../jit/abi/vcpu-layout.js';
import { JumpCache } from '../../runtime/mmu/jump-cache.js';
import { MmuMachine } from './mmu-machine.js';

const THUMB_FUNCTION = 0x8123_4567 | 0;
const TARGET = 0x5001;

let cache: JumpCache;
let place: (address: number) => number;
let words: Int32Array;

beforeEach(() => {
  const { state } = new MmuMachine(1).cpu;
  cache = new JumpCache(state);
  words = state.i32;
  place = (address) =>
    (state.base + VcpuOffset.JUMP_CACHE + jumpCacheIndex(address) * JUMP_CACHE_ENTRY_BYTES) >> 2;
});

/** As the dispatcher does. */
function fill(address: number): void {
  words[place(address) + (JumpCacheEntry.ADDRESS >> 2)] = address;
  words[place(address) + (JumpCacheEntry.TARGET >> 2)] = TARGET;
}

function target(address: number): number {
  return words[place(address) + (JumpCacheEntry.TARGET >> 2)];
}

describe('JumpCache.forget', () => {
  it('empties the entry of an address', () => {
    fill(THUMB_FUNCTION);
    cache.forget(THUMB_FUNCTION);
    expect(target(THUMB_FUNCTION)).toBe(0);
  });

  it('leaves another address in the same place alone', () => {
    const other = THUMB_FUNCTION ^ (1 << 25);
    expect(place(other)).toBe(place(THUMB_FUNCTION));
    fill(THUMB_FUNCTION);
    cache.forget(other);
    cache.forget(THUMB_FUNCTION ^ 1);
    expect(target(THUMB_FUNCTION)).toBe(TARGET);
  });
});
