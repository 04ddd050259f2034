import type { MachineDescription, Metric, Results, WorkloadResult } from './results.js';
import { shardOf } from './shards.js';
import { holm, median, type RatioEstimate, unpairedRatio } from './statistics.js';

export type Verdict = 'same' | 'better' | 'regression' | 'unknown';

/** One metric of one workload on both sides. */
export interface ComparisonRow {
  readonly workload: string;
  /** Empty when the whole workload is missing on a side. */
  readonly metric: string;
  readonly unit: string;
  readonly kind: Metric['kind'];
  readonly better: Metric['better'];
  /** The exact value or the median; null where that side has none. */
  readonly baseline: number | null;
  readonly current: number | null;
  /** Current over baseline; of pairs the median of their ratios. Null where there is none. */
  readonly ratio: number | null;
  /** Ends of the ratio's 95% interval, of timed metrics that could be tested. */
  readonly interval: readonly [number, number] | null;
  readonly verdict: Verdict;
  /** Why it could not tell; empty otherwise. */
  readonly note: string;
}

export interface Comparison {
  readonly rows: readonly ComparisonRow[];
  /** Regression if one row has it, else unknown if one row is, else better if one is, else same. */
  readonly verdict: Verdict;
}

export interface CompareOptions {
  /**
   * By metric (`instructions`) or by workload and metric (`gzip/instructions`, which counts more): the relative change that is
   * taken for none. Exact metrics have 0 otherwise, timed ones `minimumEffect`.
   */
  readonly tolerances?: Readonly<Record<string, number>>;
}

/** Chance that a comparison of unchanged code calls a regression in any of its timed metrics. */
export const falseAlarmRate = 0.05;

/** Relative change of a timed metric below which nothing is said: other code layout and the like cost as much. */
export const minimumEffect = {
  /** Of runs that alternate. */
  paired: 0.03,
  /** Of runs at different times, between which the host itself may change. */
  unpaired: 0.1,
} as const;

/** The slow-down that a run must be able to rule out before it says `same`. */
const excluded = 0.15;

/** How timed samples are compared; undefined with a reason where they cannot be. */
export interface TimedTest {
  readonly effect: number;
  /** Why no timed metric of this workload can be compared, or undefined. */
  readonly obstacle: (baseline: WorkloadResult, current: WorkloadResult) => string | undefined;
  readonly ratio: (baseline: readonly number[], current: readonly number[], effect: number) => RatioEstimate;
  /** Samples a side without which no verdict is possible. */
  readonly leastSamples: number;
  /** What to do where noise hides too much. */
  readonly remedy: string;
  /** Whether timed metrics may be compared where the configurations differ. */
  readonly acrossConfigurations: boolean;
}

/** Compares two runs made one after the other, such as a saved one with a new one. */
export function compareResults(
  baseline: Results,
  current: Results,
  options: CompareOptions = {},
): Comparison {
  return compareWith(baseline, current, options, {
    effect: minimumEffect.unpaired,
    leastSamples: 5,
    remedy: 'use --against, or a quiet host',
    acrossConfigurations: false,
    ratio: unpairedRatio,
    obstacle: (before, after) => {
      const other = machineDifference(before.machine ?? baseline.machine, after.machine ?? current.machine);
      return other && `another machine (${other})`;
    },
  });
}

/** 1 for a regression, 2 when it could not tell, else 0. */
export function exitCodeOf({ verdict }: Comparison): 0 | 1 | 2 {
  return verdict === 'regression' ? 1 : verdict === 'unknown' ? 2 : 0;
}

/** The first thing in which two machines differ so that their times cannot be compared. */
export function machineDifference(a: MachineDescription, b: MachineDescription): string | undefined {
  for (const key of ['cpu', 'cores', 'os', 'node'] as const) {
    if (a[key] !== b[key]) return `${key} ${a[key]}, now ${b[key]}`;
  }
  // What the kernel keeps for itself moves the figure a little from boot to boot.
  const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  if (Math.abs(a.memory - b.memory) > 0.05 * a.memory) return `memory ${gib(a.memory)}, now ${gib(b.memory)}`;
  return undefined;
}

/** The keys of the configuration that differ, with both values; undefined when none does. */
export function configurationDifference(
  a: Results['configuration'],
  b: Results['configuration'],
): string | undefined {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => a[key] !== b[key]);
  if (keys.length === 0) return undefined;
  return keys.map((key) => `${key} ${a[key] ?? 'not given'}, now ${b[key] ?? 'not given'}`).join('; ');
}

/** A row that waits for Holm's verdict over all of them. */
interface Tested {
  readonly row: ComparisonRow;
  readonly estimate: RatioEstimate;
  readonly effect: number;
  readonly remedy: string;
}

export function compareWith(
  baseline: Results,
  current: Results,
  { tolerances = {} }: CompareOptions,
  test: TimedTest,
): Comparison {
  const configuration = configurationDifference(baseline.configuration, current.configuration);
  const rows: (ComparisonRow | Tested)[] = [];
  const expected = baseline.workloads.filter(({ name }) => isInShard(name, current));
  for (const [before, after] of matched(expected, current.workloads)) {
    if (!before || !after) {
      rows.push(missingWorkload(before ?? after!, before ? 'current' : 'baseline'));
      continue;
    }
    const otherCommand = before.command.join('\0') !== after.command.join('\0');
    const any = otherCommand ? 'another command' : undefined;
    const packages = configurationDifference(packagesOf(before), packagesOf(after));
    const differing = [configuration, packages].filter((text) => text !== undefined).join('; ');
    const differs = differing === '' ? undefined : `another configuration (${differing})`;
    const exact = any ?? differs;
    const timed = any ?? (test.acrossConfigurations ? undefined : differs) ?? test.obstacle(before, after);
    for (const [from, to] of matched(before.metrics, after.metrics)) {
      const row = compareSides(before.name, from, to);
      if (row.verdict === 'unknown') {
        rows.push(row);
        continue;
      }
      const tolerance = tolerances[`${before.name}/${row.metric}`] ?? tolerances[row.metric];
      const obstacle = row.kind === 'exact' ? exact : timed;
      if (obstacle) rows.push(unknown(row, obstacle));
      else if (row.kind === 'exact') rows.push(compareExact(row, tolerance ?? 0));
      else rows.push(compareTimed(row, from!.samples, to!.samples, tolerance ?? test.effect, test));
    }
  }
  return conclude(decide(rows));
}

const packagesOf = ({ packages }: WorkloadResult): Results['configuration'] =>
  packages === undefined ? {} : { packages };

/** What other shards run is not missed in one; what no shard runs is. */
function isInShard(workload: string, { shard }: Results): boolean {
  if (!shard?.all.includes(workload)) return true;
  return shardOf(shard.all, shard.index, shard.count).includes(workload);
}

/** Holm over all timed metrics that were tested. */
function decide(rows: readonly (ComparisonRow | Tested)[]): ComparisonRow[] {
  const tests = rows.filter((row): row is Tested => 'estimate' in row);
  const worse = ({ row, estimate }: Tested) =>
    row.better === 'lower' ? estimate.chanceAbove : estimate.chanceBelow;
  const better = ({ row, estimate }: Tested) =>
    row.better === 'lower' ? estimate.chanceBelow : estimate.chanceAbove;
  const regressed = holm(tests.map(worse), falseAlarmRate);
  const improved = holm(tests.map(better), falseAlarmRate);
  const verdicts = new Map(
    tests.map((test, i) => [test, judge(test, regressed[i], improved[i], tests.length)]),
  );
  return rows.map((row) => ('estimate' in row ? verdicts.get(row)! : row));
}

function judge(
  { row, estimate, effect, remedy }: Tested,
  regressed: boolean,
  improved: boolean,
  of: number,
): ComparisonRow {
  const { low, high } = estimate;
  const [slowerLow, slowerHigh] = row.better === 'lower' ? [low, high] : [1 / high, 1 / low];
  if (regressed && slowerLow > 1 + effect) return { ...row, verdict: 'regression' };
  if (improved && slowerHigh < 1 / (1 + effect)) return { ...row, verdict: 'better' };
  if (slowerLow > 1 + effect) {
    const why =
      of > 1 ? `of ${of} tested metrics, one may look so by chance` : 'so few runs may look so by chance';
    return unknown(row, `${why}: ${remedy}`);
  }
  const most = Math.max(excluded, effect);
  if (slowerHigh > 1 + most) return unknown(row, `${percent(most)} worse cannot be ruled out: ${remedy}`);
  return row;
}

function compareTimed(
  row: ComparisonRow,
  baseline: readonly number[],
  current: readonly number[],
  effect: number,
  test: TimedTest,
): ComparisonRow | Tested {
  const runs = Math.min(baseline.length, current.length);
  if (runs < test.leastSamples) return unknown(row, `${runs} runs, ${test.leastSamples} needed`);
  // What never varies and has not moved needs no test, and takes nothing from the certainty of the others.
  if (new Set([...baseline, ...current]).size === 1) return row;
  if (![...baseline, ...current].every((sample) => sample > 0)) {
    return unknown(row, 'no ratio of samples that are not above 0');
  }
  const estimate = test.ratio(baseline, current, effect);
  return {
    row: { ...row, ratio: estimate.ratio, interval: [estimate.low, estimate.high] },
    estimate,
    effect,
    remedy: test.remedy,
  };
}

function compareExact(row: ComparisonRow, tolerance: number): ComparisonRow {
  const moved = row.current! - row.baseline!;
  if (Math.abs(moved) <= tolerance * Math.abs(row.baseline!)) return row;
  return { ...row, verdict: moved > 0 === (row.better === 'lower') ? 'regression' : 'better' };
}

/** A row of two metrics of the same name: `unknown` when they cannot be compared at all, else `same` for now. */
function compareSides(workload: string, from: Metric | undefined, to: Metric | undefined): ComparisonRow {
  const metric = (to ?? from)!;
  const baseline = from && from.samples.length > 0 ? median(from.samples) : null;
  const current = to && to.samples.length > 0 ? median(to.samples) : null;
  const row: ComparisonRow = {
    workload,
    metric: metric.name,
    unit: metric.unit,
    kind: metric.kind,
    better: metric.better,
    baseline,
    current,
    ratio: baseline !== null && current !== null && baseline !== 0 ? current / baseline : null,
    interval: null,
    verdict: 'same',
    note: '',
  };
  if (!from) return unknown(row, 'not in the baseline');
  if (!to) return unknown(row, 'not in the current results');
  if (from.unit !== to.unit || from.kind !== to.kind || from.better !== to.better) {
    return unknown({ ...row, ratio: null }, 'the metric has another unit, kind or direction');
  }
  if (baseline === null) return unknown(row, 'no run in the baseline');
  if (current === null) return unknown(row, 'no run in the current results');
  return row;
}

function missingWorkload({ name }: WorkloadResult, side: 'baseline' | 'current'): ComparisonRow {
  return {
    workload: name,
    metric: '',
    unit: '',
    kind: 'exact',
    better: 'lower',
    baseline: null,
    current: null,
    ratio: null,
    interval: null,
    verdict: 'unknown',
    note: side === 'baseline' ? 'not in the baseline' : 'not in the current results',
  };
}

function unknown(row: ComparisonRow, note: string): ComparisonRow {
  return { ...row, verdict: 'unknown', note };
}

function conclude(rows: readonly ComparisonRow[]): Comparison {
  const has = (verdict: Verdict) => rows.some((row) => row.verdict === verdict);
  const nothing = rows.length === 0;
  const verdict = has('regression')
    ? 'regression'
    : has('unknown') || nothing
      ? 'unknown'
      : has('better')
        ? 'better'
        : 'same';
  return { rows, verdict };
}

/** Pairs by name, in the order of `current`, then what only `baseline` has. */
function matched<T extends { readonly name: string }>(
  baseline: readonly T[],
  current: readonly T[],
): [T | undefined, T | undefined][] {
  const before = new Map(baseline.map((item) => [item.name, item]));
  const names = new Set(current.map(({ name }) => name));
  return [
    ...current.map((item): [T | undefined, T | undefined] => [before.get(item.name), item]),
    ...baseline.filter(({ name }) => !names.has(name)).map((item): [T, undefined] => [item, undefined]),
  ];
}

const percent = (fraction: number): string => `${Number((fraction * 100).toPrecision(3))}%`;
