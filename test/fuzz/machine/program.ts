/** A program of the campaign: all that it does follows from what is here, so that it can be kept as a file. */
import type { CPU } from '../../../jit/abi/cpu-state.js';
import type { BoardName } from './boards.js';

/** Words of memory from a guest physical address on. */
export interface Piece {
  readonly address: number;
  readonly words: readonly number[];
}

/** Registers by their name in {@link CPU}: the first words of each. */
export type Registers = Partial<Record<keyof typeof CPU, readonly number[]>>;

/** What comes from outside before a slice. */
export interface Event {
  /** Slice of the round. */
  readonly slice: number;
  readonly kind: 'irq' | 'fiq' | 'serial' | 'power-button';
}

export interface Program {
  readonly board: BoardName;
  /** RAM is zero but for these. */
  readonly memory: readonly Piece[];
  /** Registers at the start of each round, in place of their reset values. */
  readonly registers: Registers;
  readonly cpsr: number;
  /** Where rounds begin; the round's number chooses. Bit 0 set: Thumb. */
  readonly entries: readonly number[];
  readonly rounds: number;
  /** Instructions of each slice of a round; the registers are compared after each. */
  readonly slices: readonly number[];
  /** What has become hot is translated after each slice; else after each round. */
  readonly translateOften: boolean;
  readonly events: readonly Event[];
  /** Exits of regions are counted, which looks at the next instruction. */
  readonly countExits: boolean;
  /** Where the instructions are that may be left out while a failure is made smaller. */
  readonly code: { readonly address: number; readonly bytes: number; readonly thumb: boolean };
}

/** The program as text: words are hexadecimal, in strings of many. */
export function formatProgram(program: Program, remark: string): string {
  const { memory, registers, ...rest } = program;
  const readable = {
    remark,
    ...rest,
    registers: Object.fromEntries(
      Object.entries(registers).map(([name, words]) => [name, words.map(hex).join(' ')]),
    ),
    memory: memory.map(({ address, words }) => ({
      address: hex(address),
      words: words.map(hex).join(' '),
    })),
  };
  return `${JSON.stringify(readable, undefined, 1)}\n`;
}

interface ReadableProgram extends Omit<Program, 'memory' | 'registers'> {
  readonly remark: string;
  readonly registers: Record<string, string>;
  readonly memory: readonly { readonly address: string; readonly words: string }[];
}

/** The opposite of {@link formatProgram}. */
export function parseProgram(text: string): Program {
  const { registers, memory, remark: _, ...rest } = JSON.parse(text) as ReadableProgram;
  const words = (list: string) => list.split(' ').map((word) => Number.parseInt(word, 16));
  return {
    ...rest,
    registers: Object.fromEntries(Object.entries(registers).map(([name, list]) => [name, words(list)])),
    memory: memory.map((piece) => ({
      address: Number.parseInt(piece.address, 16),
      words: words(piece.words),
    })),
  };
}

/** A few zeros between two words cost less than another piece. */
const MOST_ZEROS = 8;

/** The parts of memory that are not zero. @param base guest physical address of the first word */
export function piecesOf(words32: Uint32Array, base: number): Piece[] {
  const pieces: { address: number; words: number[] }[] = [];
  let words: number[] = [];
  let next = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < words32.length; index++) {
    const word = words32[index]!;
    if (word === 0) continue;
    if (index - next > MOST_ZEROS) {
      words = [];
      pieces.push({ address: base + 4 * index, words });
    } else {
      while (next++ < index) words.push(0);
    }
    words.push(word);
    next = index + 1;
  }
  return pieces;
}

function hex(word: number): string {
  return (word >>> 0).toString(16);
}
