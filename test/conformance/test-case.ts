import type { TableEntry } from '../../jit/isa/decoder.js';
import type { InstructionSet } from '../../jit/isa/instruction.js';

/** What a case loads before its instruction runs. Words are signed 32-bit integers. */
export interface Input {
  /** R0–R14. */
  readonly registers: Int32Array;
  /** NZCVQ and GE at their places in CPSR. */
  flags: number;
  fpscr: number;
  /** D0–D31, low word first. */
  readonly vectors: Int32Array;
  readonly window: Int32Array;
}

/** One instruction to be run on both sides. */
export interface TestCase {
  /** The table's entry that the encoding was drawn from; undefined for one that is in no pattern. */
  readonly entry: TableEntry | undefined;
  readonly set: InstructionSet;
  /** The instruction itself. */
  readonly raw: number;
  /** Address of the first instruction executed: a prefix, or the instruction. */
  readonly address: number;
  /** Halfwords at `address`: prefix (IT, SETEND, LDREX), instruction, and traps. */
  readonly code: readonly number[];
  /** What `input` was made from, but for `movedRegister`: the base moved into the window, -1 for none. */
  readonly inputSeed: number;
  readonly movedRegister: number;
  readonly input: Input;
}

/** How a case ended: always in an exception, if only that of the trap behind the instruction. */
export interface Outcome {
  /** Linux signal number, 0 when the case never ended. */
  readonly signal: number;
  /** si_addr of SIGSEGV and SIGBUS, else 0. Unsigned. */
  readonly faultAddress: number;
  /** R0–R15; R15 is where the signal was raised. */
  readonly registers: Int32Array;
  /** CPSR bits that user code can change, IT and T included. */
  readonly cpsr: number;
  readonly fpscr: number;
  readonly vectors: Int32Array;
  readonly window: Int32Array;
}

export const Signal = { SIGILL: 4, SIGTRAP: 5, SIGBUS: 7, SIGSEGV: 11 } as const;

/** N Z C V Q, IT, GE, E, T. */
export const CPSR_COMPARED = 0xfe0f_fe20 | 0;
