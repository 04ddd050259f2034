import type binaryen from 'binaryen';
import {
  PAGE_BYTES,
  PAGE_MASK,
  TLB_ENTRIES,
  TLB_ENTRY_BYTES,
  TLB_EXECUTABLE,
  TLB_FOLD,
  TlbEntry,
} from '../abi/tlb.js';
import { Local } from './locals.js';
import { Type } from './value.js';

type Expression = binaryen.ExpressionRef;

/** Place of an address's TLB entry in linear memory: see `tlbIndex`. The TLB is aligned to its size. */
export function tlbEntry(module: binaryen.Module, address: () => Expression): Expression {
  const { i32, local } = module;
  const folded = i32.xor(i32.shr_u(address(), i32.const(TLB_FOLD)), address());
  const offset = i32.and(
    i32.shr_u(folded, i32.const(Math.log2(PAGE_BYTES / TLB_ENTRY_BYTES))),
    i32.const((TLB_ENTRIES - 1) * TLB_ENTRY_BYTES),
  );
  return i32.xor(offset, local.get(Local.TLB_BASE, Type.I32));
}

/** The tag that an entry for an address has. */
export function tlbTag(module: binaryen.Module, address: Expression): Expression {
  const { i32, local } = module;
  return i32.or(i32.and(address, i32.const(PAGE_MASK)), local.get(Local.CONTEXT, Type.I32));
}

/** Whether the TLB entry at Local.ENTRY is no permission to execute at an address. */
export function notExecutable(module: binaryen.Module, address: () => Expression): Expression {
  const { i32, local } = module;
  const tag = i32.load(TlbEntry.READ_TAG, 4, local.get(Local.ENTRY, Type.I32));
  return i32.or(
    i32.ne(tag, tlbTag(module, address())),
    i32.eqz(i32.and(pageWord(module), i32.const(TLB_EXECUTABLE))),
  );
}

/** PAGE of the TLB entry at Local.ENTRY: its linear-memory offset, and flags. */
export function pageWord(module: binaryen.Module): Expression {
  return module.i32.load(TlbEntry.PAGE, 4, module.local.get(Local.ENTRY, Type.I32));
}
