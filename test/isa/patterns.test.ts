import { describe, expect, it } from 'vitest';
import { Decoder, isThumb32, type TableEntry } from '../../jit/isa/decoder.js';
import type { InstructionSet } from '../../jit/isa/instruction.js';
import { DEFINITIONS } from '../../jit/isa/table.js';

const decoder = new Decoder(DEFINITIONS);
const SETS: readonly InstructionSet[] = ['A32', 'T16', 'T32'];

function entriesOf(set: InstructionSet): TableEntry[] {
  return decoder.entries.filter(({ encoding }) => encoding.set === set);
}

function label({ definition, encoding }: TableEntry): string {
  return `${definition.name} ${encoding.set} ${encoding.name} "${encoding.pattern}"`;
}

const CONDITION = 0xf000_0000 | 0;

/** The words that both patterns match, as fixed bits; undefined when there are none. */
function intersection(a: TableEntry, b: TableEntry): { mask: number; value: number } | undefined {
  const common = a.pattern.mask & b.pattern.mask;
  if (((a.pattern.value ^ b.pattern.value) & common) !== 0) return undefined;
  const mask = a.pattern.mask | b.pattern.mask;
  const value = a.pattern.value | b.pattern.value;
  const conditional = a.pattern.conditional || b.pattern.conditional;
  if (conditional && (mask & CONDITION) === CONDITION && (value & CONDITION) === CONDITION) return undefined;
  return { mask, value };
}

/** Whether every word that `inner` matches is matched by `outer`. */
function covers(outer: TableEntry, inner: { mask: number; value: number; conditional: boolean }): boolean {
  if (outer.pattern.conditional && !inner.conditional) {
    const fixed = inner.mask & CONDITION;
    const excludes15 = (~inner.value & fixed) !== 0;
    if (!excludes15) return false;
  }
  const { mask, value } = outer.pattern;
  return (mask & ~inner.mask) === 0 && ((value ^ inner.value) & mask) === 0;
}

function isSubset(inner: TableEntry, outer: TableEntry): boolean {
  return covers(outer, inner.pattern);
}

/** A repeatable sequence of 32-bit words (xorshift). */
function wordSource(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  };
}

/** A random word of a pattern. */
function wordOf({ pattern }: TableEntry, random: number): number {
  const width = pattern.width === 16 ? 0xffff : -1;
  let word = ((random & ~pattern.mask) | pattern.value) & width;
  if (pattern.conditional && word >>> 28 === 15) word &= 0xefff_ffff;
  return word;
}

describe.each(SETS)('%s patterns', (set) => {
  const entries = entriesOf(set);

  it('exist', () => {
    expect(entries.length).toBeGreaterThan(0);
  });

  it('are all different', () => {
    const seen = new Map<string, string>();
    for (const entry of entries) {
      const key = `${entry.pattern.mask}:${entry.pattern.value}:${entry.pattern.conditional}`;
      expect(seen.get(key), label(entry)).toBeUndefined();
      seen.set(key, label(entry));
    }
  });

  it('overlap only as subsets, or where the intersection has narrower patterns of its own', () => {
    const partial: string[] = [];
    entries.forEach((a, index) => {
      for (const b of entries.slice(index + 1)) {
        const words = intersection(a, b);
        if (words === undefined || isSubset(a, b) || isSubset(b, a)) continue;
        const both = { ...words, conditional: a.pattern.conditional || b.pattern.conditional };
        const owned = entries.some(
          (c) => c !== a && c !== b && covers(c, both) && isSubset(c, a) && isSubset(c, b),
        );
        if (!owned) partial.push(`${label(a)} with ${label(b)}`);
      }
    });
    expect(partial).toEqual([]);
  });

  it('are all reachable: a random word of each decodes to it', () => {
    const random = wordSource(0x1234_5678);
    for (const entry of entries) {
      let found = false;
      for (let attempt = 0; attempt < 2000 && !found; attempt++) {
        const word = wordOf(entry, random());
        expect(entry.pattern.matches(word), label(entry)).toBe(true);
        found = decoder.find(set, word) === entry;
      }
      expect(found, label(entry)).toBe(true);
    }
  });

  it('decode random words as the narrowest matching pattern says', () => {
    const random = wordSource(0x9e37_79b9);
    for (let count = 0; count < 20_000; count++) {
      const raw = random();
      const word = set === 'T16' ? raw & 0xffff : set === 'T32' ? raw | (0xe000_0000 | 0) : raw;
      if (set !== 'A32' && isThumb32(set === 'T16' ? word : word >>> 16) !== (set === 'T32')) continue;
      const matching = entries.filter(({ pattern }) => pattern.matches(word));
      const found = decoder.find(set, word);
      if (matching.length === 0) expect(found).toBeUndefined();
      else expect(matching.every((other) => isSubset(found!, other) || !isSubset(other, found!))).toBe(true);
    }
  });

  it('leave no T32 word in T16 space, nor the other way round', () => {
    if (set === 'A32') return;
    const random = wordSource(7);
    for (const entry of entries) {
      const word = wordOf(entry, random());
      expect(isThumb32(set === 'T16' ? word : word >>> 16), label(entry)).toBe(set === 'T32');
    }
  });
});
