/** What all kinds of programs have in common: memory, handlers, tables, and the shape of the code. */
import { Random } from '../../conformance/random.js';
import { BOARDS, type BoardName } from './boards.js';
import { CodeWriter } from './code-writer.js';
import { vectorTables } from './handlers.js';
import { CODE, DATA, DATA_BYTES, WINDOW_BYTES } from './layout.js';
import type { Event, Program } from './program.js';
import { dataAddress, makeStart, type Start, type StartOptions } from './start.js';
import { writeTables } from './tables.js';

/** A program that is being made. */
export interface Draft {
  readonly random: Random;
  readonly name: BoardName;
  readonly window: number;
  readonly start: Start;
  /** The window of RAM. */
  readonly words: Uint32Array;
  readonly code: CodeWriter;
}

export interface DraftOptions extends StartOptions {
  readonly boards: readonly BoardName[];
  /** Writes one step of the program: some slots. */
  readonly step: (draft: Draft) => void;
  /** Slots of the program, at least and less than. */
  readonly slots?: readonly [number, number];
  readonly rounds?: number;
  readonly events?: readonly Event['kind'][];
  /** The last touch: memory besides code and tables. */
  readonly finish?: (draft: Draft) => void;
}

/** Slices: short ones find what happens at their ends, long ones what happens in regions. */
const SLICES = [7, 33, 64, 120, 200, 300];

export function makeProgram(seed: number, options: DraftOptions): Program {
  const random = new Random(seed);
  const name = random.pick(options.boards);
  const { window } = BOARDS[name];
  const thumb = random.chance(0.5);
  const start = makeStart(name, random, options);
  const code = new CodeWriter(random, thumb);
  const words = new Uint32Array(WINDOW_BYTES >>> 2);
  const draft: Draft = { random, name, window, start, words, code };
  const [least, most] = options.slots ?? [12, 44];
  const slots = least + random.below(most - least);
  while (code.words.length < slots) options.step(draft);
  // Around again.
  code.branch(random.chance(0.8) ? 0 : random.below(slots >>> 1));

  // Often over the end of a page, and in Thumb at odd halfwords.
  const first = random.chance(0.3) ? 0x1000 - 4 * random.below(slots) : 4 * random.below(0x300);
  const odd = thumb && random.chance(0.25) ? 2 : 0;
  const bytes = Buffer.from(words.buffer);
  code.words.forEach((word, index) => {
    bytes.writeUInt32LE(word, CODE + first + odd + 4 * index);
  });
  const entry = window + CODE + first + odd + (thumb ? 1 : 0);
  for (const [offset, table] of vectorTables({ address: entry, window })) words.set(table, offset >>> 2);
  writeTables(words, window);
  for (let offset = DATA; offset < DATA + DATA_BYTES; offset += 64 + 4 * random.below(64)) {
    words[offset >>> 2] = random.chance(0.3) ? dataAddress(random, window) : random.word() >>> 0;
  }
  options.finish?.(draft);

  const slices = Array.from({ length: 1 + random.below(3) }, () => random.pick(SLICES));
  const kinds = options.events ?? ['irq', 'fiq'];
  const events = Array.from({ length: random.chance(0.4) ? 1 + random.below(2) : 0 }, () => ({
    slice: random.below(slices.length),
    kind: random.pick(kinds),
  }));
  return {
    board: name,
    memory: words,
    registers: start.registers,
    cpsr: start.cpsr,
    entries: random.chance(0.7) ? [entry] : [entry, entry + 4 * random.below(slots)],
    rounds: options.rounds ?? 3 + random.below(2),
    slices,
    events,
    translateOften: random.chance(0.2),
    countExits: random.chance(0.25),
    code: { address: window + CODE + first + odd, bytes: 4 * code.words.length, thumb },
  };
}
