/** Writes code in slots of four bytes, in either instruction set. */
import { Decoder, isThumb32, type TableEntry } from '../../../jit/isa/decoder.js';
import type { InstructionClass } from '../../../jit/isa/instruction.js';
import { DEFINITIONS } from '../../../jit/isa/table.js';
import { type FieldChoice, randomEncoding } from '../../conformance/encodings.js';
import type { Random } from '../../conformance/random.js';
import { constant as constantA32 } from '../../system/assembler.js';

const T16_NOP = 0xbf00;

const decoder = new Decoder(DEFINITIONS);

/** Table entries by class, of A32 and of both kinds of Thumb encodings. */
function entriesByClass(thumb: boolean): ReadonlyMap<InstructionClass, readonly TableEntry[]> {
  const map = new Map<InstructionClass, TableEntry[]>();
  for (const entry of decoder.entries) {
    if ((entry.encoding.set !== 'A32') !== thumb) continue;
    const list = map.get(entry.definition.class);
    if (list) list.push(entry);
    else map.set(entry.definition.class, [entry]);
  }
  return map;
}

const ENTRIES = { a32: entriesByClass(false), thumb: entriesByClass(true) };

/** Classes by weight: what programs are made of. */
const COMMON: readonly InstructionClass[] = [
  ...([
    'data-processing',
    'data-processing',
    'data-processing',
    'load-store',
    'load-store',
    'load-store',
  ] as const),
  ...([
    'multiply',
    'parallel',
    'saturating',
    'packing',
    'divide',
    'bit-field',
    'exclusive',
    'block-transfer',
  ] as const),
  ...([
    'status',
    'hint',
    'vfp',
    'vfp-load-store',
    'simd',
    'simd',
    'simd-load-store',
    'system',
    'branch',
  ] as const),
  'coprocessor',
];

/** Registers that are kept for addresses: code writes to them rarely. */
const BASES = [8, 9, 10, 11, 13];
const BASES_T16 = [0, 1, 2, 3];

export class CodeWriter {
  /** As they lie in memory. */
  readonly words: number[] = [];
  readonly thumb: boolean;
  readonly #random: Random;

  constructor(random: Random, thumb: boolean) {
    this.#random = random;
    this.thumb = thumb;
  }

  /** An A32 or 32-bit Thumb instruction, the latter with its first halfword in bits 31:16. */
  emit(...instructions: number[]): void {
    for (const raw of instructions) this.words.push(this.thumb ? swapHalves(raw) : raw >>> 0);
  }

  /** One or two 16-bit Thumb instructions. */
  emit16(first: number, second = T16_NOP): void {
    this.words.push(((second << 16) | first) >>> 0);
  }

  nop(): void {
    if (this.thumb) this.emit16(T16_NOP);
    else this.emit(0xe320_f000);
  }

  /** Loads a register with MOVW and MOVT: two slots. */
  constant(register: number, value: number): void {
    if (!this.thumb) {
      this.emit(...constantA32(register, value >>> 0));
      return;
    }
    for (const [opcode, half] of [
      [0xf240_0000, value & 0xffff],
      [0xf2c0_0000, value >>> 16],
    ] as const) {
      const fields =
        ((half >>> 12) << 16) | (((half >>> 11) & 1) << 26) | (((half >>> 8) & 7) << 12) | (half & 0xff);
      this.emit(opcode | fields | (register << 8));
    }
  }

  /** B or BL to a slot, `condition` 0 to 14. */
  branch(slot: number, condition = 14, link = false): void {
    const from = this.words.length;
    if (!this.thumb) {
      const offset = (slot - from - 2) & 0xff_ffff;
      this.emit((condition << 28) | (link ? 0x0b00_0000 : 0x0a00_0000) | offset);
      return;
    }
    const half = 2 * (slot - from) - 2;
    if (link) this.emit(0xf000_d000 | thumbOffset(half));
    else if (condition === 14) this.emit(0xf000_9000 | thumbOffset(half));
    else if (half >= -128 && half < 128) this.emit16(0xd000 | (condition << 8) | (half & 0xff));
    else this.emit(0xf000_8000 | (condition << 22) | ((half & 0x1f_f800) << 5) | (half & 0x7ff));
  }

  /** CBZ or CBNZ of a low register, forwards; Thumb. */
  compareAndBranch(slot: number, register: number, nonzero: boolean): void {
    const half = 2 * (slot - this.words.length) - 2;
    if (half < 0 || half > 63) this.nop();
    else this.emit16(0xb100 | (nonzero ? 0x800 : 0) | ((half & 0x20) << 4) | ((half & 0x1f) << 3) | register);
  }

  /** An instruction of this class, or of a common one, drawn from the table's patterns. */
  drawn(from: InstructionClass = this.#random.pick(COMMON)): void {
    const entry = this.#random.pick(this.#entries(from));
    const raw = withoutTables(this.#encoding(entry));
    if (!this.thumb || entry.encoding.set === 'T32') this.emit(raw);
    else this.emit16(raw, this.#random.chance(0.5) ? this.#another16() : T16_NOP);
  }

  #entries(from: InstructionClass): readonly TableEntry[] {
    const entries = this.thumb ? ENTRIES.thumb : ENTRIES.a32;
    return entries.get(from) ?? entries.get('data-processing')!;
  }

  /** IT, and with it the instruction in the same slot; those that follow in the block are in slots of their own. */
  itBlock(): void {
    const mask = this.#random.pick([0x8, 0x4, 0xc, 0x2, 0x6, 0xa, 0xe, 0x1, 0x9, 0xf]);
    this.emit16(0xbf00 | (this.#random.below(15) << 4) | mask, this.#another16());
  }

  #another16(): number {
    for (;;) {
      const entry = this.#random.pick(this.#entries(this.#random.pick(COMMON)));
      if (entry.encoding.set === 'T16') return this.#encoding(entry);
    }
  }

  #encoding(entry: TableEntry): number {
    const { class: kind } = entry.definition;
    if (/load-store|transfer|exclusive/.test(kind))
      return randomEncoding(entry, this.#random, this.#forMemory(kind));
    return randomEncoding(entry, this.#random, this.#forData);
  }

  /** Bases that hold addresses, small offsets, and other registers for data. */
  #forMemory(kind: string): FieldChoice {
    const random = this.#random;
    return (letter, width) => {
      if (random.chance(0.1)) return undefined;
      if (letter === 'n') return width === 4 ? random.pick(BASES) : random.pick(BASES_T16);
      if (letter === 't' || letter === 'd')
        return width === 4 && !kind.startsWith('vfp') ? random.below(8) : undefined;
      if (letter === 'i' && width >= 7) return random.below(width > 8 ? 256 : 64);
      if (letter === 'w') return random.chance(0.25) ? 1 : 0;
      return undefined;
    };
  }

  /** Results go to the low registers. */
  readonly #forData: FieldChoice = (letter, width) => {
    if (letter === 'd' && width === 4 && this.#random.chance(0.85)) return this.#random.below(8);
    return undefined;
  };

  /** An encoding of random bits, of which most are in some pattern. */
  anything(): void {
    const word = withoutTables(this.#random.word());
    if (!this.thumb) this.emit(word);
    else if (isThumb32(word >>> 16)) this.emit(word);
    else this.emit16(word >>> 16, isThumb32(word & 0xffff) ? T16_NOP : word & 0xffff);
  }
}

const READ = 1 << 20;

/**
 * An instruction, or the read in place of one that writes a register of CP15 c2. The TLB may go on with what it has read from other tables until
 * it is told of new ones (ARM DDI 0406C B3.9), and for how long is not the same whether code is translated or not.
 */
function withoutTables(raw: number): number {
  if ((raw & 0xf00) !== 0xf00) return raw;
  const isMcr = (raw & 0x0f10_0010) === 0x0e00_0010 && ((raw >>> 16) & 15) === 2;
  const isMcrr = (raw & 0x0ff0_0000) === 0x0c40_0000 && (raw & 15) === 2;
  return isMcr || isMcrr ? raw | READ : raw;
}

/** Offset of B (T4) and BL in halfwords. */
function thumbOffset(half: number): number {
  const s = half < 0 ? 1 : 0;
  const i1 = (half >>> 22) & 1;
  const i2 = (half >>> 21) & 1;
  const j1 = i1 ^ s ^ 1;
  const j2 = i2 ^ s ^ 1;
  return (s << 26) | (((half >>> 11) & 0x3ff) << 16) | (j1 << 13) | (j2 << 11) | (half & 0x7ff);
}

function swapHalves(instruction: number): number {
  return ((instruction >>> 16) | (instruction << 16)) >>> 0;
}
