/** How translated code goes on elsewhere: all of it expects the interworking address in Local.TARGET. */
import type binaryen from 'binaryen';
import { CPU, PSR } from '../abi/cpu-state.js';
import {
  JUMP_CACHE_CONTEXT,
  JUMP_CACHE_ENTRIES,
  JUMP_CACHE_ENTRY_BYTES,
  JUMP_CACHE_FOLD,
  JUMP_CACHE_TARGET_SHIFT,
  JumpCacheEntry,
  RESOLVER,
} from '../abi/jump-cache.js';
import { VcpuOffset } from '../abi/vcpu-layout.js';
import { Local } from './locals.js';
import { Type } from './value.js';

type Expression = binaryen.ExpressionRef;

/** Name of the function table inside a module. */
export const TABLE = 'regions';

/** The tuple type (i32, i32), which exists once Binaryen is loaded: see module.ts. */
export const REGION_PARAMETERS = { type: 0 };

/** Place of the target's jump cache entry in linear memory, less VcpuOffset.JUMP_CACHE. */
export function jumpCacheEntry(module: binaryen.Module): Expression {
  const { i32, local } = module;
  const target = () => local.get(Local.TARGET, Type.I32);
  const folded = i32.xor(i32.shr_u(target(), i32.const(JUMP_CACHE_FOLD)), target());
  const shift = i32.const(Math.log2(JUMP_CACHE_ENTRY_BYTES) - 1);
  const mask = i32.const((JUMP_CACHE_ENTRIES - 1) * JUMP_CACHE_ENTRY_BYTES);
  return i32.add(local.get(Local.CPU, Type.I32), i32.and(i32.shl(folded, shift), mask));
}

/** Goes on in the region that the jump cache has for the target, else in the resolver. Takes a local for itself. */
export function jump(module: binaryen.Module, word: number): Expression[] {
  const { i32, local } = module;
  const entry = () => local.get(Local.ENTRY, Type.I32);
  const { ADDRESS, TARGET } = JumpCacheEntry;
  const found = () => local.get(word, Type.I32);
  const otherAddress = i32.xor(
    i32.load(VcpuOffset.JUMP_CACHE + ADDRESS, 4, entry()),
    local.get(Local.TARGET, Type.I32),
  );
  const otherContext = i32.and(
    i32.xor(found(), local.get(Local.CONTEXT, Type.I32)),
    i32.const(JUMP_CACHE_CONTEXT),
  );
  const known = i32.eqz(i32.or(otherAddress, otherContext));
  const slot = i32.shr_u(found(), i32.const(JUMP_CACHE_TARGET_SHIFT));
  return [
    local.set(Local.ENTRY, jumpCacheEntry(module)),
    local.set(word, i32.load(VcpuOffset.JUMP_CACHE + TARGET, 4, entry())),
    callRegion(module, module.select(known, slot, i32.const(RESOLVER))),
  ];
}

/** A tail call of the function at a slot of the table. */
export function callRegion(module: binaryen.Module, slot: Expression): Expression {
  const { local } = module;
  const operands = [local.get(Local.CPU, Type.I32), local.get(Local.TARGET, Type.I32)];
  return module.return_call_indirect(TABLE, slot, operands, REGION_PARAMETERS.type, Type.NONE);
}

const T_SHIFT = Math.log2(PSR.T);

/** Returns to the caller, which is to go on at the target. */
export function returnTarget(module: binaryen.Module): Expression[] {
  const { i32, local } = module;
  const cpu = () => local.get(Local.CPU, Type.I32);
  const target = () => local.get(Local.TARGET, Type.I32);
  const thumb = i32.shl(i32.and(target(), i32.const(1)), i32.const(T_SHIFT));
  return [
    i32.store(CPU.NEXT_PC, 4, cpu(), i32.and(target(), i32.const(~1))),
    i32.store(CPU.CPSR, 4, cpu(), i32.or(i32.and(i32.load(CPU.CPSR, 4, cpu()), i32.const(~PSR.T)), thumb)),
  ];
}
