import { modelCycles } from './cost-model.js';
import type { Counters } from './counters.js';
import type { GuestRun } from './guest/guest.js';
import type { Metric } from './results.js';

/** What a suite says of a marker; what it does not say is taken from the unit. */
export interface MarkerDescription {
  readonly name: string;
  readonly kind?: Metric['kind'];
  readonly better?: Metric['better'];
}

/** All runs of one workload. */
export interface WorkloadRuns {
  /** In a fresh guest under the virtual clock. */
  readonly exact?: GuestRun;
  /** On the host's clock, in order. */
  readonly timed: readonly GuestRun[];
}

type Count = readonly [name: string, of: (counters: Counters) => number, better?: Metric['better']];

const counts: readonly Count[] = [
  ['instructions', ({ instructions }) => instructions],
  ['cycles', modelCycles],
  ['system-calls', ({ systemCalls }) => systemCalls],
  ['page-faults', ({ dataAborts, prefetchAborts }) => dataAborts + prefetchAborts],
  ['interrupts', ({ interrupts }) => interrupts],
  ['tlb-misses', ({ tlbMisses }) => tlbMisses],
  ['table-walks', ({ tableWalks }) => tableWalks],
  ['device-accesses', ({ deviceAccesses }) => deviceAccesses],
  ['translated-instructions', ({ translatedInstructions }) => translatedInstructions, 'higher'],
  ['translated-regions', ({ regions }) => regions],
  ['exits', ({ exits }) => Object.values(exits).reduce((sum, count) => sum + count, 0)],
];

/** The metrics of a workload, with the markers that it printed. @throws MarkerError */
export function metricsOf(runs: WorkloadRuns, markers: readonly MarkerDescription[] = []): Metric[] {
  return [...exactMetrics(runs.exact), ...timedMetrics(runs.timed), ...markerMetrics(runs, markers)];
}

function exactMetrics(run: GuestRun | undefined): Metric[] {
  if (run?.counters === undefined) return [];
  const { counters, peakMemory } = run;
  const metrics = counts.map(([name, of, better]) => exact(name, '', of(counters), better));
  metrics.push(exact('translated-bytes', 'B', counters.translatedBytes));
  if (peakMemory !== undefined) metrics.push(exact('peak-memory', 'B', peakMemory));
  for (const [cause, count] of Object.entries(counters.exits))
    metrics.push(exact(`exits/${cause}`, '', count));
  return metrics;
}

const exact = (name: string, unit: string, value: number, better: Metric['better'] = 'lower'): Metric => ({
  name,
  unit,
  kind: 'exact',
  better,
  samples: [value],
});

function timedMetrics(runs: readonly GuestRun[]): Metric[] {
  if (runs.length === 0) return [];
  const all = (
    name: string,
    unit: string,
    of: (run: GuestRun) => number | undefined,
    better: Metric['better'] = 'lower',
  ): Metric[] => {
    const samples = runs.map(of).filter((value) => value !== undefined);
    return samples.length === runs.length ? [{ name, unit, kind: 'timed', better, samples }] : [];
  };
  return [
    ...all('wall-time', 's', ({ seconds }) => seconds),
    ...all('cpu-time', 's', ({ cpuSeconds }) => cpuSeconds),
    ...all(
      'instruction-rate',
      '/s',
      ({ counters, seconds }) => counters && counters.instructions / seconds,
      'higher',
    ),
    ...all('emulator-peak-memory', 'B', ({ emulatorMemory }) => emulatorMemory),
  ];
}

/** A line that should be a result and is none. */
export class MarkerError extends Error {}

interface Marker {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** `BENCH name value unit`; the unit may be missing. @throws MarkerError */
export function parseMarker(line: string): Marker {
  const match = /^BENCH\s+(\S+)\s+([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?:\s+(\S+))?\s*$/.exec(line);
  if (match === null) {
    throw new MarkerError(
      `'${line}' is no result: print 'BENCH name value unit', without blanks in the name`,
    );
  }
  return { name: match[1], value: Number(match[2]), unit: match[3] ?? '' };
}

/** Units of which more is better. */
const rate = /\/s$|^[KMG]?IPS$|ps$/i;
/** Units that say how long something took on some clock. */
const time = /^(s|ms|us|µs|ns)$|\/s$|ps$/i;

/**
 * A marker is timed when the suite says so, or its unit is one of time: then there is a sample a timed run. Others are exact and come
 * from the exact run. Where there are no runs of the kind, those that there are will do.
 */
function markerMetrics(
  { exact: exactRun, timed }: WorkloadRuns,
  described: readonly MarkerDescription[],
): Metric[] {
  const ofExact = exactRun?.bench.map(parseMarker) ?? [];
  const ofTimed = timed.map((run) => run.bench.map(parseMarker));
  const names = new Map([...ofExact, ...ofTimed.flat()].map((marker) => [marker.name, marker.unit]));
  for (const { name } of described) {
    if (!names.has(name)) throw new MarkerError(`it printed no line 'BENCH ${name} value unit'`);
  }
  const metrics: Metric[] = [];
  for (const [name, unit] of names) {
    const description = described.find((item) => item.name === name);
    const wanted = description?.kind ?? (time.test(unit) ? 'timed' : 'exact');
    const kind = wanted === 'timed' ? (timed.length > 0 ? 'timed' : 'exact') : exactRun ? 'exact' : 'timed';
    const runs = kind === 'exact' ? [ofExact] : ofTimed;
    const samples = runs.map((run) => run.findLast((marker) => marker.name === name)?.value);
    if (samples.some((value) => value === undefined)) {
      throw new MarkerError(`the line 'BENCH ${name} …' did not come in every run`);
    }
    const better = description?.better ?? (rate.test(unit) ? 'higher' : 'lower');
    metrics.push({ name, unit, kind, better, samples: samples as number[] });
  }
  return metrics;
}
