import { describe, expect, test } from 'vitest';
import { compareResults, exitCodeOf } from '../../../src/bench/compare.js';
import { formatComparison } from '../../../src/bench/format-comparison.js';
import type { Metric, Results } from '../../../src/bench/results.js';
import { noisyHost, sharedHost } from './noisy-host.js';
import { exact, machine, normal, randomNumbers, results, timed, workload } from './samples.js';

const one = (metric: Metric, more: Partial<Results> = {}) => results([workload('w', metric)], more);

/** Compares two results of one metric each. */
function row(baseline: Results, current: Results, tolerances?: Record<string, number>) {
  return compareResults(baseline, current, { tolerances }).rows[0];
}

describe('exact metrics', () => {
  test.each([
    [100, 100, 'lower', 'same'],
    [100_000_000, 100_000_001, 'lower', 'regression'],
    [100_000_000, 99_999_999, 'lower', 'better'],
    [100, 99, 'higher', 'regression'],
    [100, 101, 'higher', 'better'],
    [0, 1, 'lower', 'regression'],
    [0, 0, 'lower', 'same'],
  ] as const)('%d then %d, %s is better: %s', (before, now, better, verdict) => {
    expect(row(one(exact('m', before, { better })), one(exact('m', now, { better }))).verdict).toBe(verdict);
  });

  test('3% more guest instructions are caught on any machine', () => {
    const elsewhere = { machine: { ...machine, cpu: 'Other CPU', cores: 64 } };
    const comparison = compareResults(
      one(exact('instructions', 1e8)),
      one(exact('instructions', 1.03e8), elsewhere),
    );
    expect(comparison.verdict).toBe('regression');
    expect(exitCodeOf(comparison)).toBe(1);
  });

  test.each([
    [{ m: 0.01 }, 'same'],
    [{ m: 0.009 }, 'regression'],
    [{ 'w/m': 0.01 }, 'same'],
    [{ 'w/m': 0, m: 0.5 }, 'regression'],
    [{ other: 1 }, 'regression'],
  ] as [Record<string, number>, string][])('tolerance %j', (tolerances, verdict) => {
    expect(row(one(exact('m', 1000)), one(exact('m', 1010)), tolerances).verdict).toBe(verdict);
  });
});

describe('what cannot be told', () => {
  const here = one(exact('m', 1));
  const command = results([{ ...workload('w', exact('m', 1)), command: ['w', '--more'] }]);
  test.each([
    ['a metric is new', results([workload('w')]), here, 'not in the baseline'],
    ['a metric is gone', here, results([workload('w')]), 'not in the current results'],
    ['a workload is new', results([]), here, 'not in the baseline'],
    ['a workload is gone', here, results([]), 'not in the current results'],
    ['the unit is another', here, one(exact('m', 1, { unit: 'B' })), 'another unit'],
    ['the direction is another', here, one(exact('m', 1, { better: 'higher' })), 'direction'],
    ['no run was finished', here, one(exact('m', 1, { samples: [] })), 'no run in the current results'],
    ['the command is another', here, command, 'another command'],
    [
      'the packages are others',
      here,
      results([{ ...workload('w', exact('m', 1)), packages: 'aa' }]),
      'another configuration (packages not given, now aa)',
    ],
    [
      'the kernel is another',
      here,
      one(exact('m', 1), { configuration: { ...here.configuration, kernel: 'sha256:bb' } }),
      'another configuration (kernel sha256:aa, now sha256:bb)',
    ],
    [
      'a setting is new',
      here,
      one(exact('m', 1), { configuration: { ...here.configuration, smp: 2 } }),
      'smp not given, now 2',
    ],
  ])('%s', (_, baseline, current, note) => {
    const comparison = compareResults(baseline, current);
    expect(comparison.rows).toHaveLength(1);
    expect(comparison.rows[0].verdict).toBe('unknown');
    expect(comparison.rows[0].note).toContain(note);
    expect(exitCodeOf(comparison)).toBe(2);
    expect(formatComparison(comparison)).toContain(note);
  });

  test('nothing at all', () => {
    expect(exitCodeOf(compareResults(results([]), results([])))).toBe(2);
  });
});

describe('timed metrics', () => {
  const times = (seed: number, centre: number, spread = 0.02, count = 12) => {
    const random = randomNumbers(seed);
    return Array.from({ length: count }, () => centre * Math.exp(spread * normal(random)));
  };
  const run = (seed: number, centre: number, spread?: number, count?: number) =>
    one(timed('t', times(seed, centre, spread, count)));

  test.each([
    [1, 'same'],
    [1.05, 'same'],
    [1.3, 'regression'],
    [0.7, 'better'],
  ])('%f times as long: %s', (factor, verdict) => {
    expect(row(run(1, 1), run(2, factor)).verdict).toBe(verdict);
  });

  test('of a rate, less is worse', () => {
    const rate = (value: number) => one(timed('r', times(value, value), { better: 'higher' }));
    expect(row(rate(100), rate(70)).verdict).toBe('regression');
    expect(row(rate(100), rate(140)).verdict).toBe('better');
    expect(row(rate(100), rate(99)).verdict).toBe('same');
  });

  test('noise that hides 15%, or too few runs: unknown', () => {
    expect(row(run(1, 1, 0.4), run(2, 1, 0.4))).toMatchObject({ verdict: 'unknown' });
    expect(row(run(1, 1, 0.4), run(2, 1, 0.4)).note).toContain('15% worse cannot be ruled out');
    expect(row(run(1, 1, 0.02, 3), run(2, 2, 0.02, 3)).note).toBe('3 runs, 5 needed');
  });

  test('a tolerance takes the place of the least change that counts', () => {
    expect(row(run(1, 1), run(2, 1.3), { t: 0.5 }).verdict).toBe('same');
    expect(row(run(1, 1, 0.002), run(2, 1.05, 0.002), { t: 0.01 }).verdict).toBe('regression');
  });

  test('not above 0: there is no ratio', () => {
    const zero = one(timed('t', [0, 1, 1, 1, 1, 1]));
    expect(row(zero, zero)).toMatchObject({ verdict: 'unknown' });
  });

  test('what never varies is the same, and is not counted among the tests', () => {
    const constant = (count: number) =>
      Array.from({ length: count }, (_, i) => timed(`zero${i}`, Array(8).fill(0)));
    const side = (factor: number) =>
      results([workload('w', timed('t', times(1, factor, 0.01, 8)), ...constant(500))]);
    const { rows } = compareResults(side(1), side(1.4));
    expect(rows[0].verdict).toBe('regression');
    expect(new Set(rows.slice(1).map(({ verdict }) => verdict))).toEqual(new Set(['same']));
  });

  test.each([
    ['cpu', { ...machine, cpu: 'Other CPU' }],
    ['cores', { ...machine, cores: 4 }],
    ['node', { ...machine, node: '22.0.0' }],
    ['os', { ...machine, os: 'Linux 6.2' }],
    ['memory', { ...machine, memory: 2 * machine.memory }],
  ])('another machine by its %s', (key, elsewhere) => {
    const current = one(timed('t', times(2, 1.5)), { machine: elsewhere });
    expect(row(run(1, 1), current)).toMatchObject({ verdict: 'unknown' });
    expect(row(run(1, 1), current).note).toContain(`another machine (${key} `);
  });

  test('a little memory more or less is the same machine', () => {
    const current = one(timed('t', times(2, 1)), {
      machine: { ...machine, memory: machine.memory - 2 ** 20 },
    });
    expect(row(run(1, 1), current).verdict).toBe('same');
  });

  test('a workload of a merge has its own machine', () => {
    const elsewhere = { ...machine, cpu: 'Other CPU' };
    const merged = results([{ ...workload('w', timed('t', times(2, 1))), machine: elsewhere }]);
    expect(row(run(1, 1), merged).verdict).toBe('unknown');
    expect(row(merged, merged).verdict).toBe('same');
  });

  test.each([
    ['drifts', { drift: 0.04, memory: 0.95, hiccup: 0.1, change: 0, heavy: 1 }],
    ['has other work now and then', sharedHost],
  ])('unchanged code is seldom called a regression where the host %s', (_, noise) => {
    const alarms = Array.from({ length: 100 }, (_, seed) => {
      const host = noisyHost(1000 + seed, noise);
      const session = () => one(timed('t', Array.from({ length: 12 }, host)));
      return compareResults(session(), session()).verdict;
    }).filter((verdict) => verdict === 'regression');
    expect(alarms.length).toBeLessThan(5);
  });

  test('on a quiet host 15% are caught', () => {
    const verdicts = Array.from({ length: 20 }, (_, i) =>
      row(run(2 * i, 1, 0.01), run(2 * i + 1, 1.15, 0.01)),
    );
    expect(verdicts.filter(({ verdict }) => verdict === 'regression').length).toBeGreaterThanOrEqual(18);
  });
});

test('a shard does not miss what the others run', () => {
  const all = ['a', 'b', 'c', 'd'];
  const run = (names: readonly string[]) => names.map((name) => workload(name, exact('m', 1)));
  const shard = { index: 1, count: 2, all };
  const baseline = results(run(['a', 'b', 'c', 'gone']));
  const { rows } = compareResults(baseline, results(run(['a', 'c']), { shard }));
  expect(rows.map(({ workload, verdict }) => [workload, verdict])).toEqual([
    ['a', 'same'],
    ['c', 'same'],
    ['gone', 'unknown'],
  ]);
  expect(compareResults(baseline, results(run(['a']), { shard })).rows[1]).toMatchObject({
    workload: 'c',
    verdict: 'unknown',
  });
});

test('the verdict is the worst: regression, unknown, better, same', () => {
  const side = (...values: number[]) =>
    results([workload('w', ...values.map((value, i) => exact(`m${i}`, value)))]);
  const verdict = (a: Results, b: Results) => compareResults(a, b).verdict;
  expect(verdict(side(1, 1, 1), side(2, 0.5, 1))).toBe('regression');
  expect(verdict(side(1, 1), side(0.5, 1, 1))).toBe('unknown');
  expect(verdict(side(1, 1), side(0.5, 1))).toBe('better');
  expect(verdict(side(1, 1), side(1, 1))).toBe('same');
  expect(exitCodeOf(compareResults(side(1), side(0.5)))).toBe(0);
});

test('the table: what moved, the worst first, by how much, and a line that sums up', () => {
  const before = results([
    workload('gzip', exact('a', 5), exact('instructions', 1_000_000), timed('wall-time', Array(8).fill(2))),
  ]);
  const now = results([
    workload('gzip', exact('a', 4), exact('instructions', 1_030_001), timed('wall-time', Array(8).fill(2.5))),
  ]);
  expect(formatComparison(compareResults(before, now)).split('\n')).toEqual([
    'workload  metric         baseline    current  change  95% interval      verdict',
    'gzip      instructions  1,000,000  1,030,001   +3.0%                    regression',
    'gzip      wall-time           2 s      2.5 s  +25.0%  +25.0% to +25.0%  regression',
    'gzip      a                     5          4  -20.0%                    better',
    'compared: 2 regression, 1 better',
    '',
  ]);
  expect(formatComparison(compareResults(before, before))).toBe('compared: 3 same\n');
});
