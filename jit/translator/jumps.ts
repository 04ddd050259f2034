/** How a region is left: translated code expects the interworking address where it goes on in Local.TARGET. */
import type binaryen from 'binaryen';
import { CPU, PSR } from '../abi/cpu-state.js';
import { Local } from './locals.js';
import { Type } from './value.js';

type Expression = binaryen.ExpressionRef;

/** Name of the dispatcher inside a module of regions. */
export const JUMP = 'jump';

/** Goes on in the region at the target, if there is one: a tail call of the dispatcher. */
export function jump(module: binaryen.Module): Expression {
  const { local } = module;
  const operands = [local.get(Local.CPU, Type.I32), local.get(Local.TARGET, Type.I32)];
  return module.return_call(JUMP, operands, Type.NONE);
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
