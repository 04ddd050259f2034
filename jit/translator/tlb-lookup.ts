import type binaryen from 'binaryen';
import { PAGE_MASK, TLB_ENTRIES, TLB_ENTRY_BYTES } from '../abi/tlb.js';
import { Local } from './locals.js';
import { Type } from './value.js';

type Expression = binaryen.ExpressionRef;

/** Place of an address's TLB entry in linear memory, less VcpuOffset.TLB: see `tlbIndex`. */
export function tlbEntry(module: binaryen.Module, address: () => Expression): Expression {
  const { i32, local } = module;
  const folded = i32.xor(i32.shr_u(address(), i32.const(12)), i32.shr_u(address(), i32.const(22)));
  const index = i32.and(i32.xor(folded, local.get(Local.TLB_MIX, Type.I32)), i32.const(TLB_ENTRIES - 1));
  const shift = i32.const(Math.log2(TLB_ENTRY_BYTES));
  return i32.add(local.get(Local.CPU, Type.I32), i32.shl(index, shift));
}

/** The tag that an entry for an address has. */
export function tlbTag(module: binaryen.Module, address: Expression): Expression {
  const { i32, local } = module;
  return i32.or(i32.and(address, i32.const(PAGE_MASK)), local.get(Local.CONTEXT, Type.I32));
}
