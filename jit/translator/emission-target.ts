import type binaryen from 'binaryen';
import type { Flags } from './flags.js';
import type { Value } from './value.js';

type Expression = binaryen.ExpressionRef;

/** Locals with a page (its address in 64 bits, or NO_PAGE), and its TLB entry's addend. */
export interface RememberedPage {
  readonly page: number;
  readonly addend: number;
}

/** What the operations need to know about the place where code is being built. */
export interface EmissionTarget {
  readonly module: binaryen.Module;
  readonly flags: Flags;
  /** A fresh local of one of the types in `Type`; an i32 unless told otherwise. */
  temporary(type?: number): number;
  /** Computes a value that costs little, and has no effect. */
  define(expression: Expression, type?: number): Value;
  /** Adds a statement to the current instruction. */
  push(statement: Expression): void;
  /** Leaves a place among the statements, to be filled in before the instruction is complete. */
  reserve(): (statement: Expression) => void;
  /** Every access has to be aligned to its size: the region may run while others fault. */
  readonly aligned: boolean;
  /** Code that leaves the region before this instruction, so that the interpreter carries it out. */
  leaveBefore(): Expression;
  /** Notes that the current instruction is a call, which returns to an offset. */
  returnsTo(offset: number): void;
  /** Notes that the region reads or writes a guest register. */
  usesRegister(n: number): void;
  writesRegister(n: number): void;
  /** Notes that the region remembers where SP's page is. */
  usesStackPage(): void;
  /** Where the current instruction may remember its page from round to round of a loop; undefined in none. */
  loopPage(): RememberedPage | undefined;
}
