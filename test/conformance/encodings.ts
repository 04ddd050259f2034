import type { TableEntry } from '../../jit/isa/decoder.js';
import { FIELD_LETTERS } from '../../jit/isa/instruction.js';
import type { Random } from './random.js';

const positionsOfEntry = new WeakMap<TableEntry, ReadonlyMap<string, readonly number[]>>();

/** Bit positions of each field letter of a pattern, from the left. */
function fieldPositions(entry: TableEntry): ReadonlyMap<string, readonly number[]> {
  let fields = positionsOfEntry.get(entry);
  if (fields === undefined) {
    const found = new Map<string, number[]>();
    [...entry.pattern.text.replace(/\s/g, '')].forEach((character, index) => {
      if (!FIELD_LETTERS.includes(character)) return;
      const positions = found.get(character);
      const position = entry.pattern.width - 1 - index;
      if (positions) positions.push(position);
      else found.set(character, [position]);
    });
    fields = found;
    positionsOfEntry.set(entry, fields);
  }
  return fields;
}

/** Chooses the value of a field by its letter and its width in bits; undefined: a random one. */
export type FieldChoice = (letter: string, width: number) => number | undefined;

/** An encoding that matches the entry's pattern; narrower patterns may match it as well. */
export function randomEncoding(entry: TableEntry, random: Random, choose?: FieldChoice): number {
  const { pattern } = entry;
  let raw = (random.word() & ~pattern.mask) | pattern.value;
  if (pattern.width === 16) raw &= 0xffff;
  for (const [letter, positions] of fieldPositions(entry)) {
    if (letter === 'c' && pattern.conditional) {
      raw = deposit(raw, positions, random.chance(0.7) ? 14 : random.below(14));
      continue;
    }
    const chosen = choose?.(letter, positions.length);
    if (chosen !== undefined) {
      raw = deposit(raw, positions, chosen);
    } else if (random.chance(0.3)) {
      raw = deposit(raw, positions, edgeValue(positions.length, random));
    }
  }
  return raw;
}

function edgeValue(width: number, random: Random): number {
  switch (random.below(5)) {
    case 0:
      return 0;
    case 1:
      return -1;
    case 2:
      return random.below(16);
    case 3:
      return random.below(256);
    default:
      // Small negative offsets; and for the split offsets of Thumb branches, small positive ones.
      return random.chance(0.5) ? ~random.below(64) : (1 << (width - 1)) ^ ~random.below(64);
  }
}

function deposit(raw: number, positions: readonly number[], value: number): number {
  let result = raw;
  positions.forEach((position, index) => {
    const bit = (value >>> (positions.length - 1 - index)) & 1;
    result = (result & ~(1 << position)) | (bit << position);
  });
  return result;
}
