import { expect, test } from 'vitest';
import type { Comparison, ComparisonRow } from '../../../src/bench/compare.js';
import type { Metric, Results } from '../../../src/bench/results.js';
import { formatResults, formatSides } from '../../../src/bench/table.js';

const metric = (name: string, kind: Metric['kind'], unit: string, ...samples: number[]): Metric => ({
  name,
  kind,
  unit,
  better: 'lower',
  samples,
});

const results = (...workloads: [string, Metric[]][]): Results => ({
  version: 1,
  date: '2025-01-01T00:00:00Z',
  hyperthumb: '0',
  commit: null,
  dirty: false,
  machine: { cpu: '', cores: 1, memory: 1, os: '', node: '' },
  configuration: {},
  suite: null,
  workloads: workloads.map(([name, metrics]) => ({ name, command: [name], metrics })),
});

test('one workload is told of in full, exact metrics to the digit', () => {
  const text = formatResults(
    results([
      'a',
      [
        metric('instructions', 'exact', '', 1234567),
        metric('exits/branch', 'exact', '', 12),
        metric('exits/vfp', 'exact', '', 0),
        metric('wall-time', 'timed', 's', 1, 2, 6),
      ],
    ]),
  );
  expect(text).toMatch(/instructions +1,234,567\n/);
  expect(text).toMatch(/exits\/branch +12\n/);
  // Causes that never came are left out.
  expect(text).not.toContain('vfp');
  expect(text).toMatch(/timed, 3 runs +median +mean +± +least +most\n/);
  expect(text).toMatch(/wall-time +2 s +3 s +2\.646 s +1 s +6 s\n/);
});

test('several are a table, with how much faster one is as hyperfine says it', () => {
  const text = formatResults(
    results(
      ['slow', [metric('wall-time', 'timed', 's', 2.9, 3.1), metric('instructions', 'exact', '', 5e6)]],
      ['fast', [metric('wall-time', 'timed', 's', 1, 1), metric('instructions', 'exact', '', 2e6)]],
    ),
  );
  expect(text).toMatch(/slow +3 s +3 s ± 141\.4 ms +3\.00 +5 M/);
  expect(text).toMatch(/fast +1 s +1 s ± 0 s +1\.00 +2 M/);
  expect(text).toContain('fast ran\n  3.00 ± 0.14 times faster than slow\n');
});

test('without times there is no order, without workloads nothing', () => {
  const exact = (name: string): [string, Metric[]] => [name, [metric('instructions', 'exact', '', 1)]];
  expect(formatResults(results(exact('a'), exact('b')))).not.toContain('faster');
  expect(formatResults(results())).toBe('');
});

test('two sides stand next to each other, above 1 ours is faster', () => {
  const row: ComparisonRow = {
    workload: 'a',
    metric: 'wall-time',
    unit: 's',
    kind: 'timed',
    better: 'lower',
    baseline: 2,
    current: 1,
    ratio: 0.5,
    interval: [0.4, 0.8],
    verdict: 'better',
    note: '',
  };
  const exact: ComparisonRow = { ...row, kind: 'exact', metric: 'instructions', interval: null };
  const comparison: Comparison = { rows: [row, exact], verdict: 'better' };
  const text = formatSides(comparison, 'QEMU');
  expect(text).toMatch(/a +wall-time +1 s +2 s +2\.00 +1\.25 to 2\.50\n/);
  expect(text).not.toContain('instructions');
});
