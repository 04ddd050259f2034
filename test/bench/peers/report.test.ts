import { expect, test } from 'vitest';
import { type Comparison, cpuRatios, formatReport, speedRatios } from '../../../bench/peers/report.js';
import { geometricMean, median } from '../../../bench/peers/statistics.js';

const comparison = (
  name: string,
  rounds: Comparison['rounds'],
  group: Comparison['group'] = 'cpu',
): Comparison => ({
  name,
  group,
  rounds,
  problems: [],
});

const both = (hyperthumb: number, qemu: number) => ({
  hyperthumb: { seconds: hyperthumb, cpuSeconds: hyperthumb / 2 },
  qemu: { seconds: qemu, cpuSeconds: qemu / 4 },
});

test('median and geometric mean', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([])).toBeNaN();
  expect(geometricMean([1, 4])).toBe(2);
});

test('ratios are of rounds that have both runs, above 1 when hyperthumb is faster', () => {
  const item = comparison('x', [
    both(2, 4),
    { qemu: { seconds: 9 } },
    both(4, 4),
    { hyperthumb: { seconds: 1 } },
  ]);
  expect(speedRatios(item)).toEqual([2, 1]);
  expect(cpuRatios(item)).toEqual([1, 0.5]);
});

test('the table: groups in order, medians with their spread, a mean, problems at the end', () => {
  const broken = comparison('broken', [{ qemu: { seconds: 3 } }]);
  broken.problems.push('hyperthumb: it ended: oh');
  const lines = formatReport([
    comparison('fork', [both(1, 2)], 'system'),
    comparison('fib', [both(1, 2), both(1, 4), both(2, 6)]),
    comparison('loop', [both(2, 2), both(2, 1), both(1, 2)]),
    broken,
  ]);
  expect(lines).toEqual([
    '',
    'CPU-bound             hyperthumb      QEMU   ratio      min to max  CPU ratio',
    'fib                       1.00 s    4.00 s    3.00    2.00 to 4.00       1.50',
    'loop                      2.00 s    2.00 s    1.00    0.50 to 2.00       0.50',
    'broken                         -    3.00 s       -                          -',
    'geometric mean                                1.73                       0.87',
    '',
    'System-bound          hyperthumb      QEMU   ratio      min to max  CPU ratio',
    'fork                      1.00 s    2.00 s    2.00                       1.00',
    '',
    'Problems',
    'broken: hyperthumb: it ended: oh',
  ]);
});
