import type binaryen from 'binaryen';
import { CPU } from '../abi/cpu-state.js';
import {
  JUMP_CACHE_CONTEXT,
  JUMP_CACHE_ENTRIES,
  JUMP_CACHE_ENTRY_BYTES,
  JUMP_CACHE_FOLD,
  JUMP_CACHE_TARGET_SHIFT,
  JumpCacheEntry,
} from '../abi/jump-cache.js';
import {
  REGION_CACHE_ENTRY_BYTES,
  REGION_CACHE_SET_BYTES,
  REGION_CACHE_SETS,
  RegionCacheEntry,
} from '../abi/region-cache.js';
import { PAGE_BYTES, PAGE_MASK } from '../abi/tlb.js';
import { VcpuOffset } from '../abi/vcpu-layout.js';
import { returnTarget } from './jumps.js';
import { Local } from './locals.js';
import { notExecutable, pageWord, tlbEntry } from './tlb-lookup.js';
import { Type } from './value.js';

type Expression = binaryen.ExpressionRef;

/** Name of the function table inside the dispatcher's module. */
const TABLE = 'regions';
/** Labels of blocks. */
const NOT_KNOWN = 'not-known';
const NO_REGION = 'no-region';
const KEY = Local.TEMPORARY;
/** An entry's TARGET, then the index in the function table. */
const FOUND = Local.TEMPORARY + 1;

/** Types of the dispatcher's locals behind the two parameters. */
export const DISPATCHER_LOCALS: readonly number[] = new Array(FOUND - 1).fill(Type.I32);

/**
 * The function through which regions jump to each other. It has a region's parameters, and goes on in the region at Local.TARGET: the
 * one that the jump cache has; or the one that the region cache has for its place, when its page is in the TLB, which is then
 * noted in the jump cache. Else it returns as regions do.
 *
 * There is one for all modules: with each module that imports a table the engine keeps one more copy of it.
 *
 * @param parameters Binaryen's type of (i32, i32)
 */
export function buildDispatcher(module: binaryen.Module, parameters: number): Expression {
  const { i32, local } = module;
  const get = (index: number) => local.get(index, Type.I32);
  const load = (to: number, offset: number) => local.set(to, i32.load(offset, 4, get(Local.CPU)));
  const target = () => get(Local.TARGET);
  const call = (slot: Expression) =>
    module.return_call_indirect(TABLE, slot, [get(Local.CPU), target()], parameters, Type.NONE);
  const { ADDRESS, TARGET } = JumpCacheEntry;
  const inJumpCache = (offset: number) => i32.load(VcpuOffset.JUMP_CACHE + offset, 4, get(Local.ENTRY));
  const inRegionCache = (offset: number) => i32.load(VcpuOffset.REGION_CACHE + offset, 4, get(Local.ENTRY));
  const otherAddress = i32.xor(inJumpCache(ADDRESS), target());
  const otherContext = i32.and(i32.xor(get(FOUND), get(Local.CONTEXT)), i32.const(JUMP_CACHE_CONTEXT));
  const otherRegion = () => i32.ne(inRegionCache(RegionCacheEntry.KEY), get(KEY));
  const word = i32.or(i32.shl(get(FOUND), i32.const(JUMP_CACHE_TARGET_SHIFT)), get(Local.CONTEXT));
  const page = i32.shr_u(target(), i32.const(Math.log2(PAGE_BYTES)));
  return module.block(null, [
    load(Local.CONTEXT, CPU.CONTEXT),
    local.set(Local.ENTRY, jumpCacheEntry(module)),
    local.set(FOUND, inJumpCache(TARGET)),
    module.block(NOT_KNOWN, [
      module.br(NOT_KNOWN, i32.or(otherAddress, otherContext)),
      call(i32.shr_u(get(FOUND), i32.const(JUMP_CACHE_TARGET_SHIFT))),
    ]),
    load(Local.TLB_BASE, CPU.TLB_BASE),
    module.block(NO_REGION, [
      local.set(Local.ENTRY, tlbEntry(module, target)),
      module.br(NO_REGION, notExecutable(module, target)),
      local.set(
        KEY,
        i32.or(i32.and(pageWord(module), i32.const(PAGE_MASK)), i32.and(target(), i32.const(PAGE_BYTES - 1))),
      ),
      local.set(Local.ENTRY, regionCacheSet(module)),
      module.if(
        otherRegion(),
        module.block(null, [
          local.set(Local.ENTRY, i32.add(get(Local.ENTRY), i32.const(REGION_CACHE_ENTRY_BYTES))),
          module.br(NO_REGION, otherRegion()),
        ]),
      ),
      local.set(FOUND, inRegionCache(RegionCacheEntry.FUNCTION)),
      local.set(Local.ENTRY, jumpCacheEntry(module)),
      i32.store(VcpuOffset.JUMP_CACHE + ADDRESS, 4, get(Local.ENTRY), target()),
      i32.store(VcpuOffset.JUMP_CACHE + TARGET, 4, get(Local.ENTRY), word),
      i32.store8(VcpuOffset.JUMP_PAGES, 1, i32.add(get(Local.CPU), page), i32.const(1)),
      call(get(FOUND)),
    ]),
    ...returnTarget(module),
  ]);
}

/** Place of the target's jump cache entry in linear memory, less VcpuOffset.JUMP_CACHE: see `jumpCacheIndex`. */
function jumpCacheEntry(module: binaryen.Module): Expression {
  const { i32, local } = module;
  const target = () => local.get(Local.TARGET, Type.I32);
  const folded = i32.xor(i32.shr_u(target(), i32.const(JUMP_CACHE_FOLD)), target());
  const shift = i32.const(Math.log2(JUMP_CACHE_ENTRY_BYTES) - 1);
  const mask = i32.const((JUMP_CACHE_ENTRIES - 1) * JUMP_CACHE_ENTRY_BYTES);
  return i32.add(local.get(Local.CPU, Type.I32), i32.and(i32.shl(folded, shift), mask));
}

/** Place of the key's set in the region cache, less VcpuOffset.REGION_CACHE: see `regionCacheSet`. */
function regionCacheSet(module: binaryen.Module): Expression {
  const { i32, local } = module;
  const key = () => local.get(KEY, Type.I32);
  const index = i32.and(
    i32.xor(i32.shr_u(key(), i32.const(1)), i32.shr_u(key(), i32.const(13))),
    i32.const(REGION_CACHE_SETS - 1),
  );
  const set = i32.shl(index, i32.const(Math.log2(REGION_CACHE_SET_BYTES)));
  return i32.add(local.get(Local.CPU, Type.I32), set);
}
