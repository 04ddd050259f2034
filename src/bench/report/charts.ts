import { configurationDifference } from '../compare.js';
import type { MachineDescription, Metric, Results } from '../results.js';
import { median, quartiles } from '../statistics.js';

/** A metric of a workload in one run. */
export interface Point {
  /** Index into `Charts.runs`. */
  readonly run: number;
  /** The exact value, or the median. */
  readonly value: number;
  /** Quartiles; the value itself of an exact metric. */
  readonly low: number;
  readonly high: number;
  readonly samples: number;
}

/** The points that may be compared with one another, in the order of the runs. */
export interface Series {
  /** Empty where there is only one. */
  readonly machine: string;
  readonly points: readonly Point[];
}

export interface Chart {
  readonly workload: string;
  readonly metric: string;
  readonly unit: string;
  readonly kind: Metric['kind'];
  readonly better: Metric['better'];
  /** Timed metrics have one a machine; exact ones are the same everywhere. */
  readonly series: readonly Series[];
}

export interface Run {
  readonly date: string;
  /** Abbreviated; with a `+` where there were changes; the version of hyperthumb where there is none. */
  readonly commit: string;
  readonly hyperthumb: string;
  readonly machine: string;
  /** What was configured differently than in the run before of the same suite; empty where nothing was. */
  readonly changed: string;
}

/** A history as what can be drawn. */
export interface Charts {
  /** By date. */
  readonly runs: readonly Run[];
  readonly charts: readonly Chart[];
}

/** Runs that are there several times, as where histories overlap, count once. */
export function chartsOf(history: readonly Results[]): Charts {
  const unique = new Map(history.map((results) => [JSON.stringify(results), results]));
  const runs = [...unique.values()].sort((a, b) => Date.parse(a.date) - Date.parse(b.date));
  const growing = new Map<string, { first: Metric; workload: string; series: Map<string, Point[]> }>();
  runs.forEach((results, run) => {
    for (const { name, metrics, machine } of results.workloads) {
      for (const metric of metrics) {
        if (metric.samples.length === 0) continue;
        // A metric that changes its unit or kind is another one from then on.
        const key = JSON.stringify([name, metric.name, metric.unit, metric.kind]);
        const chart = growing.get(key) ?? { first: metric, workload: name, series: new Map() };
        growing.set(key, chart);
        const where = metric.kind === 'exact' ? '' : machineName(machine ?? results.machine);
        const points = chart.series.get(where) ?? [];
        chart.series.set(where, points);
        points.push(pointOf(metric, run));
      }
    }
  });
  return {
    runs: runs.map((results, i) => describeRun(results, previousOf(runs, i))),
    charts: [...growing.values()].map(({ first, workload, series }) => ({
      workload,
      metric: first.name,
      unit: first.unit,
      kind: first.kind,
      better: first.better,
      series: [...series].map(([machine, points]) => ({ machine: series.size > 1 ? machine : '', points })),
    })),
  };
}

/** The last value over the one before, with the same direction as the metric; undefined for a single point. */
export function lastChange({ points }: Series): number | undefined {
  const [before, last] = points.slice(-2);
  return last && before.value !== 0 ? last.value / before.value : undefined;
}

/** Without the metrics that were 0 in every run, such as exits for causes that a workload does not have; `zeros` counts those. */
export function withoutZeros({ runs, charts }: Charts): Charts & { readonly zeros: number } {
  const counted = charts.filter(({ series }) =>
    series.some(({ points }) => points.some(({ value }) => value !== 0)),
  );
  return { runs, charts: counted, zeros: charts.length - counted.length };
}

/** In words; empty where none is. */
export function describeZeros(zeros: number): string {
  if (zeros === 0) return '';
  return zeros === 1 ? 'One metric was 0 in every run.' : `${zeros} metrics were 0 in every run.`;
}

function pointOf({ kind, samples }: Metric, run: number): Point {
  const value = median(samples);
  const [low, high] = kind === 'exact' ? [value, value] : quartiles(samples);
  return { run, value, low, high, samples: samples.length };
}

function previousOf(runs: readonly Results[], index: number): Results | undefined {
  return runs.slice(0, index).findLast(({ suite }) => suite === runs[index].suite);
}

function describeRun(results: Results, previous: Results | undefined): Run {
  const { date, commit, dirty, hyperthumb, machine, configuration } = results;
  return {
    date,
    commit: commit === null ? `v${hyperthumb}` : commit.slice(0, 10) + (dirty ? '+' : ''),
    hyperthumb,
    machine: machineName(machine),
    changed: (previous && configurationDifference(previous.configuration, configuration)) ?? '',
  };
}

const machineName = ({ cpu, cores, os, node }: MachineDescription): string =>
  `${cpu}, ${cores} cores, ${os}, Node ${node}`;
