import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Metric, Results, WorkloadResult } from '../../../src/bench/results.js';

export const machine = { cpu: 'Some CPU', cores: 2, memory: 8 * 2 ** 30, os: 'Linux 6.1', node: '20.19.0' };

export function exact(name: string, value: number, more: Partial<Metric> = {}): Metric {
  return { name, unit: '', kind: 'exact', better: 'lower', samples: [value], ...more };
}

export function timed(name: string, samples: readonly number[], more: Partial<Metric> = {}): Metric {
  return { name, unit: 's', kind: 'timed', better: 'lower', samples, ...more };
}

export function workload(name: string, ...metrics: Metric[]): WorkloadResult {
  return { name, command: [name], metrics };
}

export function results(workloads: readonly WorkloadResult[], more: Partial<Results> = {}): Results {
  return {
    version: 1,
    date: '2026-01-02T03:04:05.678Z',
    hyperthumb: '0.1.0',
    commit: '0123456789abcdef0123456789abcdef01234567',
    dirty: false,
    machine,
    configuration: { clock: 'virtual', memory: 256, kernel: 'sha256:aa' },
    suite: null,
    workloads,
    ...more,
  };
}

/** Numbers from 0 to 1 that are the same in every run of a test. */
export function randomNumbers(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  // Of small seeds the first numbers are alike.
  for (let i = 0; i < 20; i++) uniformFloat64(generator);
  return () => uniformFloat64(generator);
}

/** From the standard normal distribution (Box and Muller). */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A history of `count` runs of two workloads, one a day, with a slow-down from run `slower` on. */
export function history(count: number, slower = count): Results[] {
  const random = randomNumbers(1);
  return Array.from({ length: count }, (_, day) => {
    const factor = day < slower ? 1 : 1.3;
    const times = Array.from({ length: 7 }, () => factor * (1 + 0.03 * normal(random)));
    return results(
      [
        workload('gzip', exact('instructions', Math.round(1e8 * factor)), timed('wall-time', times)),
        workload(
          'lua',
          exact('instructions', 3e8 + day),
          timed(
            'wall-time',
            times.map((t) => 2 * t),
          ),
        ),
      ],
      {
        date: new Date(Date.UTC(2026, 0, 1 + day)).toISOString(),
        commit: (0x1234567 * (day + 1)).toString(16).padStart(40, '7'),
      },
    );
  });
}
