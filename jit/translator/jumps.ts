/** How a region is left: translated code expects the interworking address where it goes on in Local.TARGET. */
import type binaryen from 'binaryen';
import { CPU, PSR } from '../abi/cpu-state.js';
import { Local } from './locals.js';
import { Type } from './value.js';

type Expression = binaryen.ExpressionRef;

/** Names inside a module of regions of the functions that they go on by: see dispatcher.ts. */
export const JUMP = 'jump';
export const LEAVE = 'leave';
export const CHANGE_MODE = 'change-mode';

/** Goes on in the region at the target, if there is one; else in the interpreter. */
export function jump(module: binaryen.Module): Expression {
  return goOnBy(module, JUMP);
}

/** Has the interpreter carry out the instruction at the target. */
export function leave(module: binaryen.Module): Expression {
  return goOnBy(module, LEAVE);
}

/** Goes on in another mode, at the target: NEXT_CPSR is what CPSR becomes. */
export function changeMode(module: binaryen.Module): Expression {
  return goOnBy(module, CHANGE_MODE);
}

function goOnBy(module: binaryen.Module, name: string): Expression {
  const { local } = module;
  const operands = [local.get(Local.CPU, Type.I32), local.get(Local.TARGET, Type.I32)];
  return module.return_call(name, operands, Type.NONE);
}

const T_SHIFT = Math.log2(PSR.T);

/** Writes the target down for the interpreter. */
export function storeTarget(module: binaryen.Module): Expression[] {
  const { i32, local } = module;
  const cpu = () => local.get(Local.CPU, Type.I32);
  const target = () => local.get(Local.TARGET, Type.I32);
  const thumb = i32.shl(i32.and(target(), i32.const(1)), i32.const(T_SHIFT));
  return [
    i32.store(CPU.NEXT_PC, 4, cpu(), i32.and(target(), i32.const(~1))),
    i32.store(CPU.CPSR, 4, cpu(), i32.or(i32.and(i32.load(CPU.CPSR, 4, cpu()), i32.const(~PSR.T)), thumb)),
  ];
}

/** What the interpreter has written down is the target. */
export function loadTarget(module: binaryen.Module): Expression {
  const { i32, local } = module;
  const load = (offset: number) => i32.load(offset, 4, local.get(Local.CPU, Type.I32));
  const thumb = i32.and(i32.shr_u(load(CPU.CPSR), i32.const(T_SHIFT)), i32.const(1));
  return local.set(Local.TARGET, i32.or(load(CPU.NEXT_PC), thumb));
}
