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
import { Resume } from '../abi/resume.js';
import { PAGE_BYTES, PAGE_MASK } from '../abi/tlb.js';
import { VcpuOffset } from '../abi/vcpu-layout.js';
import { loadTarget, storeTarget } from './jumps.js';
import { Local } from './locals.js';
import { changeMode } from './mode-change.js';
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

/** Names of the imported functions: the interpreter's (`TranslatedCodeUser`). */
export const FIND = 'find';
export const STEP = 'step';

/**
 * The functions through which regions go on. Like regions they take the vCPU's base and an interworking address, Local.TARGET.
 *
 * There is one module of them: with each that imports a table the engine keeps one more copy of it.
 */
export class Dispatcher {
  readonly #module: binaryen.Module;
  readonly #parameters: number;

  /** @param parameters Binaryen's type of (i32, i32) */
  constructor(module: binaryen.Module, parameters: number) {
    this.#module = module;
    this.#parameters = parameters;
  }

  /**
   * Goes on in the region at the target: the one that the jump cache has; or the one that the region cache has for its place, when its
   * page is in the TLB, which is then noted in the jump cache; or else the interpreter.
   */
  jump(): Expression {
    const module = this.#module;
    const { i32, local } = module;
    const load = (to: number, offset: number) => local.set(to, i32.load(offset, 4, this.#get(Local.CPU)));
    const target = () => this.#get(Local.TARGET);
    const { ADDRESS, TARGET } = JumpCacheEntry;
    const entry = () => this.#get(Local.ENTRY);
    const inJumpCache = (offset: number) => i32.load(VcpuOffset.JUMP_CACHE + offset, 4, entry());
    const inRegionCache = (offset: number) => i32.load(VcpuOffset.REGION_CACHE + offset, 4, entry());
    const otherAddress = i32.xor(inJumpCache(ADDRESS), target());
    const otherContext = i32.and(
      i32.xor(this.#get(FOUND), this.#get(Local.CONTEXT)),
      i32.const(JUMP_CACHE_CONTEXT),
    );
    const otherRegion = () => i32.ne(inRegionCache(RegionCacheEntry.KEY), this.#get(KEY));
    const word = i32.or(
      i32.shl(this.#get(FOUND), i32.const(JUMP_CACHE_TARGET_SHIFT)),
      this.#get(Local.CONTEXT),
    );
    const page = i32.shr_u(target(), i32.const(Math.log2(PAGE_BYTES)));
    return module.block(null, [
      load(Local.CONTEXT, CPU.CONTEXT),
      local.set(Local.ENTRY, jumpCacheEntry(module)),
      local.set(FOUND, inJumpCache(TARGET)),
      module.block(NOT_KNOWN, [
        module.br(NOT_KNOWN, i32.or(otherAddress, otherContext)),
        this.#enter(i32.shr_u(this.#get(FOUND), i32.const(JUMP_CACHE_TARGET_SHIFT))),
      ]),
      load(Local.TLB_BASE, CPU.TLB_BASE),
      module.block(NO_REGION, [
        local.set(Local.ENTRY, tlbEntry(module, target)),
        module.br(NO_REGION, notExecutable(module, target)),
        local.set(
          KEY,
          i32.or(
            i32.and(pageWord(module), i32.const(PAGE_MASK)),
            i32.and(target(), i32.const(PAGE_BYTES - 1)),
          ),
        ),
        local.set(Local.ENTRY, regionCacheSet(module)),
        module.if(
          otherRegion(),
          module.block(null, [
            local.set(Local.ENTRY, i32.add(entry(), i32.const(REGION_CACHE_ENTRY_BYTES))),
            module.br(NO_REGION, otherRegion()),
          ]),
        ),
        local.set(FOUND, inRegionCache(RegionCacheEntry.FUNCTION)),
        local.set(Local.ENTRY, jumpCacheEntry(module)),
        i32.store(VcpuOffset.JUMP_CACHE + ADDRESS, 4, entry(), target()),
        i32.store(VcpuOffset.JUMP_CACHE + TARGET, 4, entry(), word),
        i32.store8(VcpuOffset.JUMP_PAGES, 1, i32.add(this.#get(Local.CPU), page), i32.const(1)),
        this.#enter(this.#get(FOUND)),
      ]),
      this.interpret(),
    ]);
  }

  /** Has the interpreter carry out the instruction at the target, and goes on behind it. */
  leave(): Expression {
    const module = this.#module;
    const { i32, local } = module;
    const goesOn = i32.le_s(this.#get(FOUND), i32.const(Resume.JUMP));
    const changes = i32.eq(this.#get(FOUND), i32.const(Resume.CHANGE_MODE));
    return module.block(null, [
      ...storeTarget(module),
      local.set(FOUND, module.call(STEP, [], Type.I32)),
      module.if(
        goesOn,
        module.block(null, [
          loadTarget(module),
          module.if(changes, module.block(null, changeMode(module))),
          this.jump(),
        ]),
        this.#enterFound(),
      ),
    ]);
  }

  /** Goes on at the target with NEXT_CPSR, whose mode is known. */
  changeMode(): Expression {
    const module = this.#module;
    return module.block(null, [...changeMode(module), this.jump()]);
  }

  /** Goes on in the interpreter, up to the next region. */
  interpret(): Expression {
    const module = this.#module;
    return module.block(null, [
      ...storeTarget(module),
      module.local.set(FOUND, module.call(FIND, [], Type.I32)),
      this.#enterFound(),
    ]);
  }

  #get(index: number): Expression {
    return this.#module.local.get(index, Type.I32);
  }

  /** Goes on in the region that the interpreter has come to, if it has. */
  #enterFound(): Expression {
    const module = this.#module;
    const found = module.i32.ge_s(this.#get(FOUND), module.i32.const(0));
    return module.if(found, module.block(null, [loadTarget(module), this.#enter(this.#get(FOUND))]));
  }

  #enter(slot: Expression): Expression {
    const operands = [this.#get(Local.CPU), this.#get(Local.TARGET)];
    return this.#module.return_call_indirect(TABLE, slot, operands, this.#parameters, Type.NONE);
  }
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
