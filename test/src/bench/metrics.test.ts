import { describe, expect, test } from 'vitest';
import { modelCycles } from '../../../src/bench/cost-model.js';
import type { Counters } from '../../../src/bench/counters.js';
import type { GuestRun } from '../../../src/bench/guest/guest.js';
import { MarkerError, metricsOf, parseMarker } from '../../../src/bench/metrics.js';

const counters: Counters = {
  instructions: 1000,
  translatedInstructions: 900,
  systemCalls: 3,
  dataAborts: 2,
  prefetchAborts: 1,
  undefinedInstructions: 0,
  interrupts: 4,
  higherExceptions: 0,
  tlbMisses: 7,
  tableWalks: 5,
  deviceAccesses: 6,
  regions: 2,
  translatedBytes: 512,
  exits: { 'slice-end': 1, branch: 8 },
};

const run = (seconds: number, bench: string[] = []): GuestRun => ({
  seconds,
  cpuSeconds: 2 * seconds,
  counters,
  status: 0,
  peakMemory: 4096,
  emulatorMemory: 1 << 20,
  bench,
  output: [],
});

const find = (runs: Parameters<typeof metricsOf>[0], name: string) =>
  metricsOf(runs).find((metric) => metric.name === name);

test('the cost model is the sum that docs/benchmarking.md gives', () => {
  expect(modelCycles(counters)).toBe(1000 + 25 * 5 + 40 * (3 + 2 + 1 + 4) + 60 * 6);
});

test('exact metrics have one sample, timed ones one a run', () => {
  const runs = { exact: run(9), timed: [run(1), run(2)] };
  expect(find(runs, 'instructions')).toMatchObject({ kind: 'exact', samples: [1000] });
  expect(find(runs, 'page-faults')?.samples).toEqual([3]);
  expect(find(runs, 'exits')?.samples).toEqual([9]);
  expect(find(runs, 'exits/branch')?.samples).toEqual([8]);
  expect(find(runs, 'wall-time')).toMatchObject({ kind: 'timed', unit: 's', samples: [1, 2] });
  expect(find(runs, 'instruction-rate')).toMatchObject({ better: 'higher', samples: [1000, 500] });
  expect(find({ timed: runs.timed }, 'instructions')).toBeUndefined();
  expect(find({ exact: run(9), timed: [] }, 'wall-time')).toBeUndefined();
});

describe('markers', () => {
  test('are a name, a number and a unit', () => {
    expect(parseMarker('BENCH latency 1.5e-3 ms')).toEqual({ name: 'latency', value: 0.0015, unit: 'ms' });
    expect(parseMarker('BENCH checksum -17')).toEqual({ name: 'checksum', value: -17, unit: '' });
  });

  test.each(['BENCH', 'BENCH name', 'BENCH name value', 'BENCH a b 3', 'BENCH name 1 s more'])(
    'a damaged line is told of: %s',
    (line) => expect(() => parseMarker(line)).toThrow(MarkerError),
  );

  test('of time are taken from the timed runs, others from the exact one', () => {
    const bench = ['BENCH items 12', 'BENCH latency 3 ms', 'BENCH speed 5 MB/s'];
    const metrics = metricsOf({ exact: run(1, bench), timed: [run(1, bench), run(2, bench)] });
    const of = (name: string) => metrics.find((metric) => metric.name === name);
    expect(of('items')).toMatchObject({ kind: 'exact', samples: [12] });
    expect(of('latency')).toMatchObject({ kind: 'timed', unit: 'ms', better: 'lower', samples: [3, 3] });
    expect(of('speed')).toMatchObject({ kind: 'timed', better: 'higher' });
  });

  test('a suite may say otherwise', () => {
    const runs = { exact: run(1, ['BENCH time 7 ns']), timed: [run(1, ['BENCH time 8 ns'])] };
    const [metric] = metricsOf(runs, [{ name: 'time', kind: 'exact', better: 'higher' }]).slice(-1);
    expect(metric).toMatchObject({ name: 'time', kind: 'exact', better: 'higher', samples: [7] });
  });

  test('that a suite names and nobody prints are missed', () => {
    expect(() => metricsOf({ timed: [run(1)] }, [{ name: 'gone' }])).toThrow(/no line 'BENCH gone/);
  });

  test('that come in some runs only are told of', () => {
    const timed = [run(1, ['BENCH t 1 s']), run(1)];
    expect(() => metricsOf({ timed })).toThrow(/every run/);
  });
});
