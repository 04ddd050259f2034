import type { Instruction } from '../isa/instruction.js';

/** Reads a page's instructions for the translator. Offsets are bytes from the start of the page. */
export interface PageReader {
  readonly thumb: boolean;
  /** What comes behind the page when its last halfword is the first of an instruction; -1: not known. */
  readonly nextHalfword: number;
  /** @returns undefined when the instruction is not in the page, or what comes behind that is not known */
  decode(offset: number, inITBlock: boolean): Instruction | undefined;
  /** Whether the instruction was ever executed, as far as is known: what was not is left to the interpreter. */
  executed(offset: number): boolean;
}
