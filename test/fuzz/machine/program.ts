/** A program of the campaign: all that it does follows from what is here, so that it can be kept as a file. */
import type { CPU } from '../../../jit/abi/cpu-state.js';
import type { BoardName } from './boards.js';
import { WINDOW_BYTES } from './layout.js';

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
  /** The board's window of RAM. All other RAM is zero. */
  readonly memory: Uint32Array;
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
    memory: piecesOf(memory).map(({ offset, words }) => ({
      offset: hex(offset),
      words: words.map(hex).join(' '),
    })),
  };
  return `${JSON.stringify(readable, undefined, 1)}\n`;
}

interface ReadableProgram extends Omit<Program, 'memory' | 'registers'> {
  readonly remark: string;
  readonly registers: Record<string, string>;
  readonly memory: readonly { readonly offset: string; readonly words: string }[];
}

/** The opposite of {@link formatProgram}. */
export function parseProgram(text: string): Program {
  const { registers, memory, remark: _, ...rest } = JSON.parse(text) as ReadableProgram;
  const numbers = (list: string) => list.split(' ').map((word) => Number.parseInt(word, 16));
  const window = new Uint32Array(WINDOW_BYTES >>> 2);
  for (const { offset, words } of memory) window.set(numbers(words), Number.parseInt(offset, 16) >>> 2);
  return {
    ...rest,
    registers: Object.fromEntries(Object.entries(registers).map(([name, list]) => [name, numbers(list)])),
    memory: window,
  };
}

/** Words from an offset of the window on, in bytes. */
interface Piece {
  readonly offset: number;
  readonly words: readonly number[];
}

/** A few zeros between two words cost less than another piece. */
const MOST_ZEROS = 8;

/** The parts of a window that are not zero. */
function piecesOf(window: Uint32Array): Piece[] {
  const pieces: Piece[] = [];
  let words: number[] = [];
  let next = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < window.length; index++) {
    const word = window[index]!;
    if (word === 0) continue;
    if (index - next > MOST_ZEROS) {
      words = [];
      pieces.push({ offset: 4 * index, words });
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
