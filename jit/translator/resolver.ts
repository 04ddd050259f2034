import type binaryen from 'binaryen';
import { CPU } from '../abi/cpu-state.js';
import { JUMP_CACHE_TARGET_SHIFT, JUMP_PAGES, JumpCacheEntry } from '../abi/jump-cache.js';
import {
  REGION_CACHE_ENTRY_BYTES,
  REGION_CACHE_SET_BYTES,
  REGION_CACHE_SETS,
  RegionCacheEntry,
} from '../abi/region-cache.js';
import { PAGE_BYTES, PAGE_MASK } from '../abi/tlb.js';
import { VcpuOffset } from '../abi/vcpu-layout.js';
import { callRegion, jumpCacheEntry, returnTarget } from './jumps.js';
import { Local } from './locals.js';
import { notExecutable, pageWord, tlbEntry } from './tlb-lookup.js';
import { Type } from './value.js';

type Expression = binaryen.ExpressionRef;

const NO_REGION = 'no region';
const KEY = Local.TEMPORARY;
const FUNCTION = Local.TEMPORARY + 1;

/** Types of the locals behind the two parameters. */
export const RESOLVER_LOCALS: readonly number[] = new Array(FUNCTION - 1).fill(Type.I32);

/**
 * The function where jumps go that the jump cache does not know. It has a region's parameters: goes on in the region at Local.TARGET
 * when that page is in the TLB and the region cache has its place, and notes it in the jump cache; else it returns as regions do.
 */
export function buildResolver(module: binaryen.Module): Expression {
  const { i32, local } = module;
  const get = (index: number) => local.get(index, Type.I32);
  const load = (to: number, offset: number) => local.set(to, i32.load(offset, 4, get(Local.CPU)));
  const target = () => get(Local.TARGET);
  const index = i32.and(
    i32.xor(i32.shr_u(get(KEY), i32.const(1)), i32.shr_u(get(KEY), i32.const(13))),
    i32.const(REGION_CACHE_SETS - 1),
  );
  const set = i32.shl(index, i32.const(Math.log2(REGION_CACHE_SET_BYTES)));
  const ofEntry = (offset: number) => i32.load(VcpuOffset.REGION_CACHE + offset, 4, get(Local.ENTRY));
  const differs = () => i32.ne(ofEntry(RegionCacheEntry.KEY), get(KEY));
  const { ADDRESS, TARGET } = JumpCacheEntry;
  const word = i32.or(i32.shl(get(FUNCTION), i32.const(JUMP_CACHE_TARGET_SHIFT)), get(Local.CONTEXT));
  const page = i32.and(i32.shr_u(target(), i32.const(12)), i32.const(JUMP_PAGES - 1));
  return module.block(null, [
    load(Local.CONTEXT, CPU.CONTEXT),
    load(Local.TLB_BASE, CPU.TLB_BASE),
    module.block(NO_REGION, [
      local.set(Local.ENTRY, tlbEntry(module, target)),
      module.br(NO_REGION, notExecutable(module, target)),
      local.set(
        KEY,
        i32.or(i32.and(pageWord(module), i32.const(PAGE_MASK)), i32.and(target(), i32.const(PAGE_BYTES - 1))),
      ),
      local.set(Local.ENTRY, i32.add(get(Local.CPU), set)),
      module.if(
        differs(),
        module.block(null, [
          local.set(Local.ENTRY, i32.add(get(Local.ENTRY), i32.const(REGION_CACHE_ENTRY_BYTES))),
          module.br(NO_REGION, differs()),
        ]),
      ),
      local.set(FUNCTION, ofEntry(RegionCacheEntry.FUNCTION)),
      local.set(Local.ENTRY, jumpCacheEntry(module)),
      i32.store(VcpuOffset.JUMP_CACHE + ADDRESS, 4, get(Local.ENTRY), target()),
      i32.store(VcpuOffset.JUMP_CACHE + TARGET, 4, get(Local.ENTRY), word),
      i32.store8(VcpuOffset.JUMP_PAGES, 1, i32.add(get(Local.CPU), page), i32.const(1)),
      callRegion(module, get(FUNCTION)),
    ]),
    ...returnTarget(module),
  ]);
}
