import { expect, test } from 'vitest';
import { parseShard, shardOf } from '../../../src/bench/shards.js';

test.each([
  [1, 1],
  [7, 3],
  [3, 7],
  [0, 2],
])('%d names in %d shards: each name in exactly one, none much larger than another', (names, count) => {
  const all = Array.from({ length: names }, (_, i) => `w${i}`);
  const shards = Array.from({ length: count }, (_, i) => shardOf(all, i + 1, count));
  expect(shards.flat().sort()).toEqual(all.toSorted());
  const sizes = shards.map(({ length }) => length);
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
});

test('I/N', () => {
  expect(parseShard('2/4')).toEqual({ index: 2, count: 4 });
  for (const text of ['0/4', '5/4', '1', '1/', 'a/b', '1/0', '-1/2', '1/2/3', '1.5/2']) {
    expect(() => parseShard(text)).toThrow(/I\/N/);
  }
});
