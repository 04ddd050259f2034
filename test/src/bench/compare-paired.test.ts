import { expect, test } from 'vitest';
import type { Verdict } from '../../../src/bench/compare.js';
import { comparePaired } from '../../../src/bench/compare-paired.js';
import { type Noise, noisyHost, sharedHost } from './noisy-host.js';
import { exact, results, timed, workload } from './samples.js';

/** Runs of both sides on one host, in turn, and who is first in turn as well. */
function alternate(host: () => number, runs: number, slowdown: number) {
  const [ours, theirs]: number[][] = [[], []];
  for (let run = 0; run < runs; run++) {
    const sides = [() => theirs.push(host()), () => ours.push(slowdown * host())];
    for (const side of run % 2 === 0 ? sides : sides.reverse()) side();
  }
  return { ours, theirs };
}

function verdicts(comparisons: number, runs: number, slowdown: number, workloads = 1, noise?: Noise) {
  const counts: Record<Verdict, number> = { same: 0, better: 0, regression: 0, unknown: 0 };
  for (let seed = 0; seed < comparisons; seed++) {
    const host = noisyHost(100 * seed + 7, noise);
    const measured = Array.from({ length: workloads }, (_, i) => ({
      name: `w${i}`,
      ...alternate(host, runs, i === 0 ? slowdown : 1),
    }));
    const side = (key: 'ours' | 'theirs') =>
      results(measured.map((item) => workload(item.name, timed('wall-time', item[key]))));
    counts[comparePaired(side('ours'), side('theirs')).verdict]++;
  }
  return counts;
}

test('unchanged code on a noisy host: fewer than 5% false alarms', () => {
  expect(verdicts(200, 12, 1).regression).toBeLessThan(10);
});

test('the same with several workloads in one comparison', () => {
  expect(verdicts(60, 12, 1, 6).regression).toBeLessThan(3);
});

test('the same on a host that is mostly disturbed', () => {
  const disturbed = { ...sharedHost, change: 0.3, heavy: 2, hiccup: 0.3 };
  expect(verdicts(100, 12, 1, 1, disturbed).regression).toBeLessThan(5);
});

test('a slow-down of 15% is caught', () => {
  expect(verdicts(40, 12, 1.15).regression).toBeGreaterThanOrEqual(30);
  expect(verdicts(40, 20, 1.15).regression).toBeGreaterThanOrEqual(38);
});

test('15% in one of six workloads is caught', () => {
  expect(verdicts(20, 20, 1.15, 6).regression).toBeGreaterThanOrEqual(18);
});

test('a gain is better, and no false one is called', () => {
  expect(verdicts(20, 20, 1 / 1.2).better).toBeGreaterThanOrEqual(18);
  expect(verdicts(100, 12, 1).better).toBeLessThan(5);
});

test('enough runs of unchanged code are called the same', () => {
  expect(verdicts(40, 20, 1).same).toBeGreaterThanOrEqual(38);
});

test('of a run that was cut short, the pairs that are whole count', () => {
  const ours = results([workload('w', timed('t', [2, 2.1, 2, 2.2, 2, 2.1, 2]))]);
  const theirs = results([workload('w', timed('t', [1, 1, 1, 1.1, 1, 1, 1, 900]))]);
  const [row] = comparePaired(ours, theirs).rows;
  expect(row.verdict).toBe('regression');
  expect(row.interval![1]).toBeLessThan(2.2);
});

test('too few pairs cannot tell', () => {
  const side = (value: number) => results([workload('w', timed('t', Array(5).fill(value)))]);
  expect(comparePaired(side(2), side(1)).rows[0]).toMatchObject({
    verdict: 'unknown',
    note: '5 runs, 6 needed',
  });
});

test('with other settings times are compared still, exact metrics are not', () => {
  const side = (emulator: string) =>
    results([workload('w', exact('instructions', 5), timed('t', Array(8).fill(1)))], {
      configuration: { emulator },
    });
  expect(comparePaired(side('hyperthumb'), side('qemu')).rows.map(({ verdict }) => verdict)).toEqual([
    'unknown',
    'same',
  ]);
});
