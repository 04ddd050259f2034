/** One memory image with many cases: the same bytes go to QEMU and to our machine. */
import { Mode, PSR } from '../../jit/abi/cpu-state.js';
import type { Random } from '../conformance/random.js';
import { integer } from '../conformance/values.js';
import {
  CASES,
  CODE,
  CODE_BYTES,
  END,
  FILLER,
  HIGH_VECTORS,
  INPUT,
  MONITOR,
  SLOT_BYTES,
  SWEEP,
  TABLES,
  TABLES_BYTES,
  TARGET,
  TARGET_BYTES,
  TARGET_COPY,
  VARIABLES,
  WINDOW,
  WINDOW_WORDS,
} from './memory-map.js';
import {
  CNTHCTL_RESET,
  HDCR_RESET,
  HSCTLR_OFF,
  makeMonitor,
  monitorVariables,
  SCTLR_OFF,
  tableAddress,
} from './monitor.js';
import { IN, INPUT_WORDS } from './record.js';
import { Table } from './vectors.js';

const FIRMWARE_BYTES = 0x1_0000;

/** What the machine is made with: `-M virt`, or `-M virt,virtualization=on`. */
export interface BoardKind {
  readonly virtualization: boolean;
}

/** A results area of a case that reads many registers one after the other. */
export interface Sweep {
  /** Address of the first result word. */
  readonly address: number;
  /** What each result word is. */
  readonly labels: readonly string[];
}

export interface SystemCase {
  /** The row of the table. */
  readonly class: string;
  /** For reports. */
  readonly name: string;
  /** Where its first instruction is; without T's bit. */
  readonly address: number;
  /** Halfwords at `address`. */
  readonly code: readonly number[];
  /** The input record; see record.ts. */
  readonly input: Int32Array;
  readonly sweep?: Sweep;
}

/** Bytes of guest memory. */
export interface Segment {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** Collects cases, and gives them places in memory. */
export class Image {
  readonly kind: BoardKind;
  readonly cases: SystemCase[] = [];
  readonly #code = new Uint32Array(CODE_BYTES / 4).fill(FILLER);
  readonly #target = targetWords();
  /** Words from {@link TABLES} on. */
  readonly tables = new Uint32Array(TABLES_BYTES / 4);
  #slot = CODE + SLOT_BYTES;
  #sweep = SWEEP;
  #table = TABLES;

  readonly #passes: number;

  /** @param passes how often all cases are run: what comes out is the last one's */
  constructor(kind: BoardKind, passes = 1) {
    this.kind = kind;
    this.#passes = passes;
  }

  /** Address of the next case's code. */
  get nextAddress(): number {
    return this.#slot;
  }

  get full(): boolean {
    return this.cases.length >= CASES || this.#slot + 4 * SLOT_BYTES > CODE + CODE_BYTES;
  }

  /** Room for translation tables, from TABLES on. @returns its address, and its words */
  allocateTable(bytes: number, alignment: number): { address: number; words: Uint32Array } {
    const address = Math.ceil(this.#table / alignment) * alignment;
    this.#table = address + bytes;
    if (this.#table > TABLES + TABLES_BYTES) throw new Error('no room for translation tables');
    const from = (address - TABLES) / 4;
    return { address, words: this.tables.subarray(from, from + bytes / 4) };
  }

  /**
   * Adds a case.
   * @param code halfwords, or A32 words when `words` is true
   * @param labels makes it a sweep: R12 points to so many result words
   */
  add(options: {
    readonly class: string;
    readonly name: string;
    readonly code: readonly number[];
    readonly words?: boolean;
    readonly input: Int32Array;
    readonly labels?: readonly string[];
  }): void {
    const code = options.words ? options.code.flatMap((word) => [word & 0xffff, word >>> 16]) : options.code;
    const address = this.#slot;
    const bytes = Math.ceil((2 * code.length + 8) / SLOT_BYTES) * SLOT_BYTES;
    this.#slot += bytes;
    if (this.#slot > CODE + CODE_BYTES || this.cases.length >= CASES) throw new Error('the image is full');
    const view = new DataView(this.#code.buffer);
    code.forEach((half, index) => {
      view.setUint16(address - CODE + 2 * index, half, true);
    });
    const { input, labels } = options;
    input[IN.PC] = address;
    let sweep: Sweep | undefined;
    if (labels !== undefined) {
      sweep = { address: this.#sweep, labels };
      input[IN.R + 12] = this.#sweep;
      this.#sweep += 4 * labels.length;
      if (this.#sweep > END) throw new Error('no room for results');
    }
    this.cases.push({
      class: options.class,
      name: options.name,
      address,
      code,
      input,
      ...(sweep && { sweep }),
    });
  }

  /** Everything that lies in memory before the run. */
  get segments(): readonly Segment[] {
    const monitor = makeMonitor(this.kind.virtualization);
    const input = new Int32Array(this.cases.length * INPUT_WORDS);
    this.cases.forEach((testCase, index) => {
      input.set(testCase.input, index * INPUT_WORDS);
    });
    const segment = (address: number, words: Uint32Array | Int32Array): Segment => ({
      address,
      bytes: new Uint8Array(words.buffer, words.byteOffset, words.byteLength),
    });
    return [
      segment(MONITOR, monitor.code),
      segment(HIGH_VECTORS + 0xf_0000, monitor.high),
      segment(TARGET, this.#target),
      segment(TARGET_COPY, this.#target),
      segment(TABLES, this.tables),
      segment(VARIABLES, monitorVariables(this.cases.length, this.#passes)),
      segment(CODE, this.#code.subarray(0, (this.#slot - CODE) / 4 + 64)),
      segment(INPUT, input),
    ];
  }

  /** Content of the flash at 0, so that a jump to a small number ends at once. */
  get firmware(): Uint8Array {
    return new Uint8Array(new Uint32Array(FIRMWARE_BYTES / 4).fill(FILLER).buffer);
  }

  get entry(): number {
    return makeMonitor(this.kind.virtualization).entry;
  }
}

/** {@link FILLER} in the lower half of each page, for fetches; words that differ in the upper half, for data. */
function targetWords(): Uint32Array {
  const words = new Uint32Array(TARGET_BYTES / 4).fill(FILLER);
  words.forEach((_, index) => {
    if ((index & 0x200) !== 0) words[index] = Math.imul(index + 1, 0x9e37_79b1) >>> 0;
  });
  return words;
}

/** The modes of a machine, CPSR.M. */
export function modes({ virtualization }: BoardKind): readonly number[] {
  const { USR, FIQ, IRQ, SVC, ABT, UND, SYS, HYP } = Mode;
  return [USR, FIQ, IRQ, SVC, ABT, UND, SYS, ...(virtualization ? [HYP] : [])];
}

/** CPSR bits of an entry: flags and Q, GE; A, I and F masked. */
export function randomPsr(random: Random, mode: number): number {
  return (random.word() & 0xf80f_0000) | 0x1c0 | mode;
}

/** An input record for a case that begins in `mode`, A32, everything random that does no harm. */
export function newInput(random: Random, mode: number): Int32Array {
  const input = new Int32Array(INPUT_WORDS);
  for (let word = 0; word < IN.LAUNCH_MODE; word++) input[word] = integer(random);
  for (const spsr of [IN.FIQ + 7, IN.IRQ + 2, IN.SVC + 2, IN.ABT + 2, IN.UND + 2]) {
    input[spsr] = memoryPsr(random);
  }
  for (let word = 0; word < WINDOW_WORDS; word++) input[IN.WINDOW + word] = random.word();
  input[IN.CPSR] = randomPsr(random, mode);
  input[IN.LAUNCH_MODE] = 0x1c0 | (mode === Mode.ABT ? Mode.UND : Mode.ABT);
  input[IN.CPACR] = 0x00f0_0000;
  input[IN.FPEXC] = 0x4000_0000;
  input[IN.PRRR] = 0x0009_8aa4;
  input[IN.NMRR] = 0x44e0_48e0;
  input[IN.DACR] = 0x5555_5555;
  input[IN.VBAR] = tableAddress(Table.A32);
  input[IN.SCTLR] = SCTLR_OFF;
  input[IN.SP_HYP] = WINDOW + 64;
  input[IN.HSCTLR] = HSCTLR_OFF;
  input[IN.HDCR] = HDCR_RESET;
  input[IN.CNTHCTL] = CNTHCTL_RESET;
  input[IN.HVBAR] = tableAddress(Table.HYP_A32);
  return input;
}

/**
 * A value for an SPSR or the CPSR word of an exception return. Mostly modes that exist, sometimes not; taken as an address
 * it is in no memory.
 */
export function memoryPsr(random: Random): number {
  const mode = random.chance(0.8)
    ? random.pick([Mode.USR, Mode.FIQ, Mode.IRQ, Mode.SVC, Mode.ABT, Mode.UND, Mode.SYS])
    : random.below(32);
  const thumb = random.chance(0.5) ? PSR.T | (random.chance(0.4) ? itState(random) : 0) : 0;
  const endianness = random.chance(0.2) ? PSR.E : 0;
  const masks = random.chance(0.8) ? 0x1c0 : random.word() & 0x1c0;
  return 0x8000_0000 | (random.word() & 0x780f_0000) | masks | thumb | endianness | mode;
}

/** A place in TARGET to jump to: filler, in both instruction sets. */
export function landing(random: Random): number {
  return (
    TARGET +
    0x1000 * (1 + random.below(16)) +
    4 * random.below(0x1f0) +
    (random.chance(0.3) ? random.below(4) : 0)
  );
}

/** A place in the middle of the window. */
export function windowAddress(random: Random): number {
  return WINDOW + 32 + 4 * random.below(16) + (random.chance(0.1) ? random.below(4) : 0);
}

/** As {@link windowAddress}, at an even word. */
export function pairAddress(random: Random): number {
  return WINDOW + 32 + 8 * random.below(8);
}

/** A valid ITSTATE at its places in CPSR, never with condition 15; of the last instruction in the block when `last`. */
export function itState(random: Random, last = false): number {
  const it = (random.below(15) << 4) | (last ? 8 : 1 + random.below(15));
  return ((it & 3) << 25) | ((it >>> 2) << 10);
}
