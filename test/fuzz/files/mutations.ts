import type { Random } from '../../conformance/random.js';

/** Values that lengths, offsets and counts go wrong with. */
const EXTREMES = [
  0, 1, 2, 3, 7, 8, 0x7f, 0x80, 0xff, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
];
const MOST_BYTES = 1 << 20;
const MOST_CHANGES = 4;
/** What structured text is made of. */
const TOKENS = [
  '\n',
  '\n\n',
  ' ',
  '\t',
  ':',
  ': ',
  '- ',
  '#',
  '"',
  "'",
  '{',
  '}',
  '[',
  ']',
  ',',
  '&a',
  '*a',
  '\\',
  '\0',
  '\r\n',
  '..',
  '/',
  '%',
  '€',
  '-1',
  '1e999',
  '99999999999999999999',
  'null',
  'true',
  '__proto__',
];

type Mutation = (bytes: Buffer, random: Random, others: readonly Buffer[]) => Buffer;

const place = (bytes: Buffer, random: Random) => random.below(bytes.length + 1);
/** Where and how many bytes, more often few of them than many. */
function span(bytes: Buffer, random: Random): readonly [number, number] {
  const from = place(bytes, random);
  const most = bytes.length - from;
  return [from, from + Math.min(most, 1 + random.below(1 << random.below(12)))];
}
const insert = (bytes: Buffer, at: number, what: Uint8Array) =>
  Buffer.concat([bytes.subarray(0, at), what, bytes.subarray(at)]);

function change(bytes: Buffer, at: number, write: (copy: Buffer, at: number) => void): Buffer {
  const copy = Buffer.from(bytes);
  if (at < copy.length) write(copy, at);
  return copy;
}

/** A word of 1, 2, 4 or 8 bytes, at a multiple of its size as a rule. */
function word(random: Random, value: (old: number) => number): Mutation {
  return (bytes) => {
    const size = random.pick([1, 2, 4, 4, 4, 8]);
    const at = Math.floor(random.below(bytes.length + 1) / size) * size + (random.chance(0.1) ? 1 : 0);
    if (at + size > bytes.length) return bytes;
    const copy = Buffer.from(bytes);
    const little = random.chance(0.5);
    const width = Math.min(size, 4);
    if (size === 8) copy.fill(random.chance(0.5) ? 0 : 0xff, at, at + 8);
    const old = little ? copy.readUIntLE(at, width) : copy.readUIntBE(at, width);
    const next = value(old) % 2 ** (8 * width);
    if (little) copy.writeUIntLE(next, at, width);
    else copy.writeUIntBE(next, at, width);
    return copy;
  };
}

const MUTATIONS: readonly Mutation[] = [
  (bytes, random) =>
    change(bytes, place(bytes, random), (copy, at) => {
      copy[at]! ^= 1 << random.below(8);
    }),
  (bytes, random) =>
    change(bytes, place(bytes, random), (copy, at) => {
      copy[at] = random.below(256);
    }),
  (bytes, random) => word(random, () => random.pick(EXTREMES))(bytes, random, []),
  (bytes, random) =>
    word(random, (old) => (old + random.below(17) - 8 + 2 ** 32) % 2 ** 32)(bytes, random, []),
  // Cut off, left out, said twice, or many times.
  (bytes, random) => Buffer.from(bytes.subarray(0, place(bytes, random))),
  (bytes, random) => {
    const [from, to] = span(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, random) => insert(bytes, place(bytes, random), bytes.subarray(...span(bytes, random))),
  (bytes, random) => {
    const piece = bytes.subarray(...span(bytes, random));
    return insert(
      bytes,
      place(bytes, random),
      Buffer.concat(Array<Uint8Array>(1 + random.below(64)).fill(piece)),
    );
  },
  (bytes, random) => {
    const [from, to] = span(bytes, random);
    return Buffer.from(bytes).fill(random.pick([0, 0xff, 0x20, random.below(256)]), from, to);
  },
  // A piece of another file, and text.
  (bytes, random, others) =>
    insert(
      bytes,
      place(bytes, random),
      (() => {
        const other = random.pick(others);
        return other.subarray(...span(other, random));
      })(),
    ),
  (bytes, random) => insert(bytes, place(bytes, random), Buffer.from(random.pick(TOKENS))),
];

/** A file that is nearly one of the samples. */
export function mutate(samples: readonly Buffer[], random: Random): Buffer {
  let bytes = random.pick(samples);
  const changes = 1 + random.below(MOST_CHANGES);
  for (let n = 0; n < changes; n++) {
    const next = random.pick(MUTATIONS)(bytes, random, samples);
    if (next.length <= MOST_BYTES) bytes = next;
  }
  return bytes;
}
