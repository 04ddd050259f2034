import { expect, test } from 'vitest';
import { mergeResults } from '../../../src/bench/merge.js';
import type { Results } from '../../../src/bench/results.js';
import { shardOf } from '../../../src/bench/shards.js';
import { exact, machine, results, timed, workload } from './samples.js';

const all = ['a', 'b', 'c', 'd', 'e'];

/** What shard `index` of `count` saves. */
function shard(index: number, count: number, more: Partial<Results> = {}): Results {
  return results(
    shardOf(all, index, count).map((name) => workload(name, exact('m', name.length), timed('t', [1, 2]))),
    { suite: 'suite', shard: { index, count, all }, date: `2026-01-02T03:04:0${index}.000Z`, ...more },
  );
}

const named = (...parts: Results[]) => parts.map((part, i) => ({ path: `file${i + 1}`, results: part }));

test("shards in any order are put together in the suite's order, as if it had been one run", () => {
  const merged = mergeResults(named(shard(3, 3), shard(1, 3), shard(2, 3)));
  expect(merged.workloads.map(({ name }) => name)).toEqual(all);
  expect(merged).toEqual({ ...shard(1, 1), shard: undefined, date: '2026-01-02T03:04:01.000Z' });
  expect('shard' in merged).toBe(false);
});

test('a shard without workloads', () => {
  const parts = [1, 2, 3, 4, 5, 6].map((index) => shard(index, 6));
  expect(mergeResults(named(...parts)).workloads).toHaveLength(5);
});

test('files of single programs', () => {
  const merged = mergeResults(named(results([workload('a')]), results([workload('b')])));
  expect(merged.workloads.map(({ name }) => name)).toEqual(['a', 'b']);
});

const elsewhere = { ...machine, cpu: 'Other CPU' };
const without = { ...shard(2, 2), workloads: shard(2, 2).workloads.slice(1) };
test.each([
  ['a missing shard', [shard(1, 3), shard(3, 3)], 'of 3 shards 2 is missing: there are 1, 3'],
  ['two missing shards', [shard(2, 3)], 'of 3 shards 1, 3 are missing: there are 2'],
  ['a shard twice', [shard(1, 2), shard(2, 2), shard(1, 2)], "1/2 is there twice: 'file1' and 'file3'"],
  ['a workload that was not run', [shard(1, 2), without], "no file has 'b' of the suite"],
  ['other counts', [shard(1, 2), shard(2, 3)], "'file1' is one of 2 shards, 'file2' one of 3"],
  ['a shard and none', [shard(1, 2), results([], { suite: 'suite' })], "'file1' is a shard, 'file2' is none"],
  [
    'other workloads',
    [shard(1, 2), shard(2, 2, { shard: { index: 2, count: 2, all: ['b'] } })],
    "'file1' and 'file2' are of suites with different workloads",
  ],
  [
    'a workload twice',
    [results([workload('a')]), results([workload('b')]), results([workload('a')])],
    "the workload 'a' is in both 'file1' and 'file3'",
  ],
  [
    'a workload outside of the suite',
    [shard(1, 2), { ...shard(2, 2), workloads: [...shard(2, 2).workloads, workload('x')] }],
    "the workload 'x' in 'file2' is not in the suite's list",
  ],
  ['other commits', [shard(1, 2), shard(2, 2, { commit: 'ffff' })], "'file1' and 'file2' differ in commit"],
  ['changes in one', [shard(1, 2), shard(2, 2, { dirty: true })], 'uncommitted changes'],
  ['other versions', [shard(1, 2), shard(2, 2, { hyperthumb: '9' })], 'version of hyperthumb: 0.1.0 and 9'],
  ['other suites', [shard(1, 2), shard(2, 2, { suite: null })], 'differ in suite: suite and none'],
  [
    'other configurations',
    [shard(1, 2), shard(2, 2, { configuration: { ...shard(1, 2).configuration, memory: 512 } })],
    'differ in configuration: memory 256 and 512',
  ],
  [
    'other machines',
    [shard(1, 2), shard(2, 2, { machine: elsewhere })],
    "'file1' and 'file2' were run on different machines (cpu Some CPU and Other CPU); --allow-mixed",
  ],
  ['nothing', [], 'nothing to merge'],
])('%s', (_, parts, message) => {
  expect(() => mergeResults(named(...parts))).toThrow(message);
});

test('mixed machines that are allowed are told apart by workload', () => {
  const parts = named(shard(1, 2), shard(2, 2, { machine: elsewhere }));
  const merged = mergeResults(parts, { allowMixed: true });
  expect(merged.machine).toEqual(machine);
  expect(merged.workloads.map((item) => item.machine?.cpu)).toEqual([
    undefined,
    'Other CPU',
    undefined,
    'Other CPU',
    undefined,
  ]);
});
