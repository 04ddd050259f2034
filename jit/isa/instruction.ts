import type { Ops } from './ops.js';

/** A32: 32-bit Arm. T16, T32: the 16-bit and 32-bit (first halfword in bits 31:16) encodings of Thumb. */
export type InstructionSet = 'A32' | 'T16' | 'T32';

/** The row of the conformance table that an instruction counts towards. */
export type InstructionClass =
  | 'data-processing'
  | 'multiply'
  | 'parallel'
  | 'saturating'
  | 'packing'
  | 'divide'
  | 'bit-field'
  | 'load-store'
  | 'exclusive'
  | 'block-transfer'
  | 'branch'
  | 'status'
  | 'system'
  | 'hint'
  | 'coprocessor'
  | 'vfp'
  | 'vfp-load-store'
  | 'simd'
  | 'simd-load-store';

/** What is known about the surroundings of an instruction when it is decoded. */
export interface DecodeContext {
  /** InITBlock(): ITSTATE[3:0] is not zero. Always false in A32. */
  readonly inITBlock: boolean;
  /** LastInITBlock(): ITSTATE[3:0] is 0b1000. */
  readonly lastInITBlock: boolean;
}

/**
 * A decoded instruction. One shape for all, so that every access to it in the interpreter is monomorphic.
 * A letter in a pattern fills the field of the same name, its bits put together from the left; `decode`
 * then brings them to the form that the semantic function wants (an expanded immediate, a shift amount).
 * A field that no pattern letter and no `decode` sets is 0.
 */
export class Instruction {
  // In this order, what the interpreter reads of nearly every instruction shares a cache line.
  /** The semantic function. */
  exec: Semantics;
  /** `c`: the condition, 0 to 14 (14: always). In an IT block the condition comes from ITSTATE instead. */
  c = 14;
  /** Bytes: 2 or 4. */
  size: number;
  n = 0;
  d = 0;
  m = 0;
  i = 0;
  s = 0;
  t = 0;
  w = 0;
  k = 0;
  h = 0;
  l = 0;
  p = 0;
  u = 0;
  a = 0;
  b = 0;
  e = 0;
  f = 0;
  q = 0;
  x = 0;
  y = 0;
  z = 0;
  definition: Definition;
  /** The encoding: 32 bits, or 16 in the low half. Signed when bit 31 is set (use `>>> 0` to print). */
  raw: number;

  constructor(definition: Definition, raw: number, size: number) {
    this.exec = definition.exec;
    this.size = size;
    this.definition = definition;
    this.raw = raw | 0;
  }
}

/** The letters that a pattern may use; each is a field of {@link Instruction}. */
export const FIELD_LETTERS = 'abcdefhiklmnpqstuwxyz';
export type FieldLetter =
  | 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'h' | 'i' | 'k' | 'l' | 'm'
  | 'n' | 'p' | 'q' | 's' | 't' | 'u' | 'w' | 'x' | 'y' | 'z'; // biome-ignore format: one row a half

/**
 * The meaning of an instruction, in the order of the manual's pseudocode: everything that can fault (loads,
 * stores, traps) comes before the first write to a register or flag that a fault must not leave behind.
 * Fields of `f` are known when code is translated, values that come out of `o` are not.
 */
export type Semantics = (o: Ops, f: Instruction) => void;

/** What a `decode` function may say instead of nothing. */
export type DecodeOutcome = 'UNDEFINED' | undefined;

export interface Encoding {
  readonly set: InstructionSet;
  /**
   * Bits from the left: `0`, `1`, a letter for a field's bit, `x`-less; spaces are ignored. Field letters are
   * {@link FIELD_LETTERS}. `.` is a bit that is not looked at: a should-be-zero/one bit that QEMU ignores.
   * `cccc` in A32 does not match 1111. Where two patterns overlap, one must match a subset of what the other
   * matches, and the narrower one wins.
   */
  readonly pattern: string;
  /** Encoding name in the manual: A1, T2. */
  readonly name: string;
  /**
   * Turns raw fields into operands. Returns 'UNDEFINED' where the manual says UNDEFINED (and where QEMU's
   * Cortex-A15 takes an UNPREDICTABLE encoding as UNDEFINED).
   */
  readonly decode?: (f: Instruction, context: DecodeContext) => DecodeOutcome;
}

export interface Definition {
  /** As the manual titles it: `ADD (register)`. */
  readonly name: string;
  /** Section of ARM DDI 0406C: `A8.8.7`. */
  readonly section: string;
  readonly class: InstructionClass;
  readonly encodings: readonly Encoding[];
  readonly exec: Semantics;
  /**
   * The instruction is never translated: a block ends before it and the interpreter runs it (traps, mode
   * changes, system registers).
   */
  readonly interpretOnly?: boolean;
}
