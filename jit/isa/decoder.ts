import {
  type DecodeContext,
  type Definition,
  type Encoding,
  Instruction,
  type InstructionSet,
} from './instruction.js';
import { Pattern } from './pattern.js';

/** One encoding of the instruction table with its parsed pattern. */
export interface TableEntry {
  readonly definition: Definition;
  readonly encoding: Encoding;
  readonly pattern: Pattern;
}

/** What every encoding means that no pattern matches, or that `decode` refuses. */
export const UNDEFINED: Definition = {
  name: 'UNDEFINED',
  section: 'A5.1.1',
  class: 'system',
  encodings: [],
  exec: (o) => o.undefinedInstruction(),
  interpretOnly: true,
};

const NOT_IN_IT: DecodeContext = { inITBlock: false, lastInITBlock: false };
const IN_IT: DecodeContext = { inITBlock: true, lastInITBlock: true };

/** The bits by which a set's patterns are sorted into buckets. */
interface BucketKey {
  readonly count: number;
  index(raw: number): number;
  /** The encoding bits that `index` looks at. */
  readonly mask: number;
}

const KEYS: Record<InstructionSet, BucketKey> = {
  A32: { count: 1 << 12, mask: 0x0ff0_00f0, index: (raw) => ((raw >>> 4) & 0xf) | ((raw >>> 16) & 0xff0) },
  T32: { count: 1 << 13, mask: 0x1ff0_00f0, index: (raw) => ((raw >>> 4) & 0xf) | ((raw >>> 16) & 0x1ff0) },
  T16: { count: 1 << 10, mask: 0xffc0, index: (raw) => raw >>> 6 },
};

class SetDecoder {
  readonly #key: BucketKey;
  readonly #narrowestFirst: readonly TableEntry[];
  /** Made when they are looked into first: a guest needs few of them. */
  readonly #buckets: (readonly TableEntry[] | undefined)[];

  constructor(set: InstructionSet, entries: readonly TableEntry[]) {
    this.#key = KEYS[set];
    this.#narrowestFirst = [...entries].sort((a, b) => fixedBits(b.pattern) - fixedBits(a.pattern));
    this.#buckets = new Array<undefined>(this.#key.count).fill(undefined);
  }

  find(raw: number): TableEntry | undefined {
    const index = this.#key.index(raw);
    let bucket = this.#buckets[index];
    if (bucket === undefined) {
      bucket = this.#bucket(raw);
      this.#buckets[index] = bucket;
    }
    for (const entry of bucket) if (entry.pattern.matches(raw)) return entry;
    return undefined;
  }

  /** The entries that an encoding with the same key bits may belong to. */
  #bucket(raw: number): readonly TableEntry[] {
    const { mask } = this.#key;
    return this.#narrowestFirst.filter(({ pattern }) => ((pattern.value ^ raw) & pattern.mask & mask) === 0);
  }
}

function fixedBits(pattern: Pattern): number {
  let count = pattern.conditional ? 1 : 0;
  for (let mask = pattern.mask; mask !== 0; mask &= mask - 1) count += 2;
  return count;
}

/** Finds the definition of an encoding and makes an {@link Instruction} of it. */
export class Decoder {
  readonly entries: readonly TableEntry[];
  readonly #sets: Record<InstructionSet, SetDecoder>;

  constructor(definitions: readonly Definition[]) {
    this.entries = definitions.flatMap((definition) =>
      definition.encodings.map((encoding) => ({
        definition,
        encoding,
        pattern: new Pattern(encoding.set, encoding.pattern),
      })),
    );
    const decoderFor = (set: InstructionSet) =>
      new SetDecoder(
        set,
        this.entries.filter(({ encoding }) => encoding.set === set),
      );
    this.#sets = { A32: decoderFor('A32'), T16: decoderFor('T16'), T32: decoderFor('T32') };
  }

  /** The table entry that an encoding belongs to; undefined when nothing matches. */
  find(set: InstructionSet, raw: number): TableEntry | undefined {
    return this.#sets[set].find(raw);
  }

  decodeA32(raw: number): Instruction {
    return this.#decode('A32', raw, NOT_IN_IT);
  }

  /** @param raw a halfword, or for a 32-bit encoding the first halfword in bits 31:16 (see {@link isThumb32}) */
  decodeThumb(raw: number, size: 2 | 4, inITBlock: boolean): Instruction {
    return this.#decode(size === 2 ? 'T16' : 'T32', raw, inITBlock ? IN_IT : NOT_IN_IT);
  }

  #decode(set: InstructionSet, raw: number, context: DecodeContext): Instruction {
    const size = set === 'T16' ? 2 : 4;
    const entry = this.#sets[set].find(raw);
    if (entry !== undefined) {
      const instruction = new Instruction(entry.definition, raw, size);
      entry.pattern.extract(raw, instruction);
      if (entry.pattern.conditional) instruction.c = raw >>> 28;
      else if (set === 'A32') instruction.c = 14;
      if (entry.encoding.decode?.(instruction, context) !== 'UNDEFINED') return instruction;
    }
    const undefinedInstruction = new Instruction(UNDEFINED, raw, size);
    if (set === 'A32' && raw >>> 28 !== 15) undefinedInstruction.c = raw >>> 28;
    return undefinedInstruction;
  }
}

/** Whether a Thumb instruction that starts with this halfword has a second one (ARM DDI 0406C A6.1). */
export function isThumb32(halfword: number): boolean {
  return halfword >>> 11 >= 0b11101;
}
