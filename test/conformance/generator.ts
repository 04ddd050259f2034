import type { Decoder, TableEntry } from '../../jit/isa/decoder.js';
import { isThumb32, UNDEFINED } from '../../jit/isa/decoder.js';
import type { Instruction, InstructionSet } from '../../jit/isa/instruction.js';
import { withTraps } from './code-image.js';
import { randomEncoding } from './encodings.js';
import { encodingExcluded } from './exclusions.js';
import { makeInput, windowAddress } from './input.js';
import type { ConformanceMachine } from './machine.js';
import {
  BRANCH_SLOT_BYTES,
  CODE,
  CODE_BYTES,
  CODE_MARGIN,
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
  }

  /** The batch is large enough, or its code memory is used up. */
  get full(): boolean {
    return (
      this.#cases.length >= BATCH_CASES || this.#slot + BRANCH_SLOT_BYTES + CODE_MARGIN > CODE + CODE_BYTES
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
      // Most operands of some patterns are UNDEFINED (odd registers of a quadword): a few of these are enough.
      const allowUndefined = attempt >= ATTEMPTS / 2 || this.#random.chance(0.15);
      if (this.#try(entry, entry.encoding.set, raw, allowUndefined)) return true;
    }
    return false;
  }

  /** Adds a case of an encoding that is in no pattern. */
  addUnallocated(set: InstructionSet): boolean {
    for (let attempt = 0; attempt < 100 * ATTEMPTS; attempt++) {
      const raw = this.#randomWord(set);
      if (this.#decoder.find(set, raw) === undefined && this.#try(undefined, set, raw, true)) return true;
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

  #try(entry: TableEntry | undefined, set: InstructionSet, raw: number, allowUndefined: boolean): boolean {
    if (encodingExcluded(set, raw)) return false;
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
    if (instruction.definition === UNDEFINED && !allowUndefined) return false;
    const code = this.#code(entry, set, raw, inITBlock, instruction);
    const inputSeed = random.word();
    const input = makeInput(entry?.definition.class, inputSeed);
    this.#machine.place(slot, SLOT_BYTES, address, code);
    const attempt = { set, address, input };
    let movedRegister = -1;
    let outcome = this.#machine.run(attempt);
    if (outcome !== undefined && this.#missedWindow(outcome) && random.chance(0.95)) {
      movedRegister = this.#moveBase(input, instruction, outcome.faultAddress);
      outcome = this.#machine.run(attempt);
    }
    const reach = slotBytes >> 1;
    if (outcome === undefined || !isSafe(outcome, slot + (SLOT_BYTES >> 1) - reach, slot + reach)) {
      this.#machine.place(slot, SLOT_BYTES, address, []);
      return false;
    }
    this.#cases.push({ entry, set, raw, address, code, inputSeed, movedRegister, input });
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
    return withTraps(set, code);
  }

  #missedWindow({ signal, faultAddress, registers }: Outcome): boolean {
    const isDataFault = signal === Signal.SIGSEGV || signal === Signal.SIGBUS;
    if (!isDataFault || faultAddress === registers[15]! >>> 0) return false;
    return faultAddress < WINDOW || faultAddress >= WINDOW + WINDOW_WORDS * 4;
  }

  /** Changes the base register so that the access at `address` falls into the window. @returns which it is */
  #moveBase({ registers }: Input, instruction: Instruction, address: number): number {
    if (instruction.n === 15) return -1;
    registers[instruction.n] = (registers[instruction.n]! + windowAddress(this.#random) - address) | 0;
    return instruction.n;
  }
}

/** Nothing outside of the test's own memory was touched. [low, high) is what the case may branch to. */
function isSafe({ signal, faultAddress, registers }: Outcome, low: number, high: number): boolean {
  const pc = registers[15]! >>> 0;
  const inWindowPage = (address: number) =>
    address >= WINDOW_PAGE && address < WINDOW_PAGE + WINDOW_PAGE_BYTES;
  const inCode = (address: number) => address >= CODE && address < CODE + CODE_BYTES;
  if (signal === Signal.SIGSEGV && faultAddress === pc) return isUnmapped(pc) || inWindowPage(pc);
  if (pc < low || pc >= high) return false;
  if (signal !== Signal.SIGSEGV && signal !== Signal.SIGBUS) return true;
  return isUnmapped(faultAddress) || inWindowPage(faultAddress) || inCode(faultAddress);
}
