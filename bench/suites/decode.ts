import benny from 'benny';
import { Decoder } from '../../jit/isa/decoder.js';
import { DEFINITIONS } from '../../jit/isa/table.js';
import { CodeCache } from '../../runtime/interpreter/code-cache.js';

/** Encodings per measured call. */
const ENCODINGS = 10_000;

/** Encodings in the order of a generator that starts where it is told; most are defined. */
function* encodings(seed: number): Generator<number> {
  for (let value = seed; ; ) {
    value = (Math.imul(value, 1664525) + 1013904223) | 0;
    yield value;
  }
}

function take(count: number, seed: number, of: (raw: number) => number): number[] {
  const source = encodings(seed);
  return Array.from({ length: count }, () => of(source.next().value as number));
}

/** Any condition but 0b1111, which is another table's. */
const a32 = (raw: number): number => (raw & 0x0fff_ffff) | 0xe000_0000 | 0;
const t32 = (raw: number): number => (raw & 0x07ff_ffff) | 0xe800_0000 | 0;

export function decodeSuite(): Promise<unknown> {
  const decoder = new Decoder(DEFINITIONS);
  return benny.suite(
    `decoder: one operation is ${ENCODINGS} encodings`,
    benny.add('A32, never seen before', () => {
      const words = take(ENCODINGS, 1, a32);
      return () => {
        const code = new CodeCache(decoder);
        for (const raw of words) code.a32(raw);
      };
    }),
    benny.add('T32, never seen before', () => {
      const words = take(ENCODINGS, 2, t32);
      return () => {
        const code = new CodeCache(decoder);
        for (const raw of words) code.thumb(raw, false);
      };
    }),
    benny.add('A32, known', () => {
      const words = take(ENCODINGS, 1, a32);
      const code = new CodeCache(decoder);
      return () => {
        for (const raw of words) code.a32(raw);
      };
    }),
    benny.cycle(),
    benny.complete(),
  );
}
