import type { Decoder, TableEntry } from '../../jit/isa/decoder.js';
import { isThumb32 } from '../../jit/isa/decoder.js';
import type { Instruction, InstructionSet } from '../../jit/isa/instruction.js';
import { randomEncoding } from './encodings.js';
import type { ConformanceMachine } from './machine.js';
import {
  BRANCH_SLOT_BYTES,
  CODE,
  CODE_LIMIT,
  CODE_MARGIN,
  FILLER_THUMB,
  isUnmapped,
  SLOT_BYTES,
  WINDOW,
  WINDOW_PAGE,
  WINDOW_PAGE_BYTES,
  WINDOW_WORDS,
} from './memory-map.js';
import { exclusivePrefix } from './prefix.js';
import type { Random } from './random.js';
import { type Input, type Outcome, Signal, type TestCase } from './test-case.js';
import { doubleword, fpscr, integer } from './values.js';

/** Attempts at a case before it is given up. */
const ATTEMPTS = 60;
/** Cases in one run of the oracle. */
const BATCH_CASES = 3000;

const IT = 0xbf08;
const SETEND_BE_A32 = 0xf101_0200;
const SETEND_BE_T16 = 0xb658;

/**
 * Makes test cases. Each is tried in our machine first: registers that form addresses are moved so that the
 * access falls into the window, and encodings that would leave the memory of the test are drawn again.
 */
export class Generator {
  readonly #decoder: Decoder;
  readonly #machine: ConformanceMachine;
  readonly #random: Random;
  #cases: TestCase[] = [];
  #slot = CODE + CODE_MARGIN;

  constructor(decoder: Decoder, machine: ConformanceMachine, random: Random) {
    this.#decoder = decoder;
    this.#machine = machine;
    this.#random = random;
    machine.clear();
  }

  /** The batch is large enough, or its code memory is used up. */
  get full(): boolean {
    return (
      this.#cases.length >= BATCH_CASES ||
      this.#slot + BRANCH_SLOT_BYTES + CODE_MARGIN > CODE + CODE_LIMIT
    );
  }

  get empty(): boolean {
    return this.#cases.length === 0;
  }

  /** Ends the batch; the next case begins a new one. */
  take(): readonly TestCase[] {
    const cases = this.#cases;
    this.#cases = [];
    this.#slot = CODE + CODE_MARGIN;
    return cases;
  }

  /** Adds a case of this pattern. @returns false when none could be found that is safe to run */
  add(entry: TableEntry): boolean {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const raw = randomEncoding(entry, this.#random);
      if (this.#decoder.find(entry.encoding.set, raw) !== entry) continue;
      if (this.#try(entry, entry.encoding.set, raw)) return true;
    }
    return false;
  }

  /** Adds a case of an encoding that is in no pattern. */
  addUnallocated(set: InstructionSet): boolean {
    for (let attempt = 0; attempt < 100 * ATTEMPTS; attempt++) {
      const raw = this.#randomWord(set);
      if (this.#decoder.find(set, raw) === undefined && this.#try(undefined, set, raw)) return true;
    }
    return false;
  }

  #randomWord(set: InstructionSet): number {
    for (;;) {
      const word = this.#random.word();
      if (set === 'A32') return word;
      if (set === 'T32') {
        if (isThumb32(word >>> 16)) return word;
      } else if (!isThumb32(word & 0xffff)) {
        return word & 0xffff;
      }
    }
  }

  #try(entry: TableEntry | undefined, set: InstructionSet, raw: number): boolean {
    const random = this.#random;
    if (this.#cases.length === 0) this.#machine.clear();
    const slotBytes = entry?.definition.class === 'branch' ? BRANCH_SLOT_BYTES : SLOT_BYTES;
    const slot = this.#slot + ((slotBytes - SLOT_BYTES) >> 1);
    const address = slot + (set !== 'A32' && random.chance(0.5) ? 2 : 0);
    const inITBlock = set !== 'A32' && random.chance(0.25);
    const instruction =
      set === 'A32'
        ? this.#decoder.decodeA32(raw)
        : this.#decoder.decodeThumb(raw, set === 'T16' ? 2 : 4, inITBlock);
    const code = this.#code(entry, set, raw, inITBlock, instruction);
    const input = this.#input(entry);
    this.#machine.place(slot, SLOT_BYTES, address, code);
    const attempt = { set, address, input };
    let outcome = this.#machine.run(attempt);
    if (outcome !== undefined && this.#missedWindow(outcome) && random.chance(0.95)) {
      this.#moveBase(input, instruction, outcome.faultAddress);
      outcome = this.#machine.run(attempt);
    }
    const reach = slotBytes >> 1;
    if (outcome === undefined || !isSafe(outcome, slot + (SLOT_BYTES >> 1) - reach, slot + reach)) {
      this.#machine.place(slot, SLOT_BYTES, address, []);
      return false;
    }
    this.#cases.push({ entry, set, raw, address, code, input });
    this.#slot += slotBytes;
    return true;
  }

  #code(
    entry: TableEntry | undefined,
    set: InstructionSet,
    raw: number,
    inITBlock: boolean,
    instruction: Instruction,
  ): number[] {
    const random = this.#random;
    const kind = entry?.definition.class ?? 'system';
    const code: number[] = [];
    const word = (value: number) => {
      if (set === 'A32') code.push(value & 0xffff, value >>> 16);
      else code.push(value >>> 16, value & 0xffff);
    };
    const touchesMemory = /load-store|transfer|exclusive/.test(kind);
    if (touchesMemory && random.chance(0.1)) {
      if (set === 'A32') word(SETEND_BE_A32);
      else code.push(SETEND_BE_T16);
    }
    if (kind === 'exclusive' && random.chance(0.7)) {
      const prefix = exclusivePrefix(set, raw, instruction);
      if (prefix !== undefined) word(prefix);
    }
    if (inITBlock) code.push(IT | (random.below(14) << 4));
    if (set === 'T16') code.push(raw);
    else word(raw);
    // The instruction may be an IT itself, whose block skips up to four of these.
    if (set !== 'A32') for (let trap = 0; trap < 5; trap++) code.push(FILLER_THUMB);
    if (set !== 'A32' && code.length % 2 !== 0) code.push(FILLER_THUMB);
    return code;
  }

  #input(entry: TableEntry | undefined): Input {
    const random = this.#random;
    const kind = entry?.definition.class ?? 'system';
    const registers = Int32Array.from({ length: 15 }, () => integer(random));
    registers[13] = this.#windowAddress();
    const vectors = new Int32Array(64);
    const usesVectors = kind.startsWith('vfp') || kind.startsWith('simd');
    for (let index = 0; index < 64; index += 2) {
      if (usesVectors) vectors.set(doubleword(random), index);
      else vectors[index] = index;
    }
    return {
      registers,
      flags: random.word() & (0xf80f_0000 | 0),
      fpscr: usesVectors ? fpscr(random) : 0,
      vectors,
      window: Int32Array.from({ length: WINDOW_WORDS }, () => random.word()),
    };
  }

  /** In the middle of the window, mostly aligned. */
  #windowAddress(): number {
    const random = this.#random;
    const address = WINDOW + 128 + random.below(256);
    const kind = random.below(10);
    if (kind < 5) return address & ~15;
    if (kind < 7) return address & ~7;
    return kind < 9 ? address & ~3 : address;
  }

  #missedWindow({ signal, faultAddress, registers }: Outcome): boolean {
    const isDataFault = signal === Signal.SIGSEGV || signal === Signal.SIGBUS;
    if (!isDataFault || faultAddress === registers[15]! >>> 0) return false;
    return faultAddress < WINDOW || faultAddress >= WINDOW + WINDOW_WORDS * 4;
  }

  /** Changes the base register so that the access at `address` falls into the window. */
  #moveBase(input: Input, instruction: Instruction, address: number): void {
    const { registers } = input;
    if (instruction.n === 15) return;
    registers[instruction.n] = (registers[instruction.n]! + this.#windowAddress() - address) | 0;
  }
}

/** Nothing outside of the test's own memory was touched. [low, high) is what the case may branch to. */
function isSafe({ signal, faultAddress, registers }: Outcome, low: number, high: number): boolean {
  const pc = registers[15]! >>> 0;
  const inWindowPage = (address: number) => address >= WINDOW_PAGE && address < WINDOW_PAGE + WINDOW_PAGE_BYTES;
  const inCode = (address: number) => address >= CODE && address < CODE + CODE_LIMIT;
  if (signal === Signal.SIGSEGV && faultAddress === pc) return isUnmapped(pc) || inWindowPage(pc);
  if (pc < low || pc >= high) return false;
  if (signal !== Signal.SIGSEGV && signal !== Signal.SIGBUS) return true;
  return isUnmapped(faultAddress) || inWindowPage(faultAddress) || inCode(faultAddress);
}
