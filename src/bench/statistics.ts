import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { quantileSorted, sampleRankCorrelation } from 'simple-statistics';

/** Resamples a bootstrap: with 10,000, chances down to some 0.001 are told apart, enough for Holm over fifty metrics. */
const resamples = 10_000;

/** The same for every comparison, so that the same samples always give the same verdict. */
const seed = 0x48595045;

/** What is known of a ratio (current over baseline) from the samples. */
export interface RatioEstimate {
  readonly ratio: number;
  /** Ends of the 95% interval. */
  readonly low: number;
  readonly high: number;
  /** Two-sided chance of so large a ratio, or so small a one, where the true one is no more than `1 + effect` or no less than `1 / (1 + effect)`. */
  readonly chanceAbove: number;
  readonly chanceBelow: number;
}

export function median(values: readonly number[]): number {
  return middle(Float64Array.from(values).sort());
}

/** Lower and upper quartile. */
export function quartiles(values: readonly number[]): [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  return [quantileSorted(sorted, 0.25), quantileSorted(sorted, 0.75)];
}

/**
 * The ratio of two runs that alternated, by the median of the pairs' ratios: what disturbs both halves of a pair cancels.
 * Samples of the same index are a pair; all are above 0.
 * @param effect ratio minus 1 that is taken for no change
 */
export function pairedRatio(
  baseline: readonly number[],
  current: readonly number[],
  effect: number,
): RatioEstimate {
  const pairs = Math.min(baseline.length, current.length);
  const logs = Array.from({ length: pairs }, (_, i) => Math.log(current[i] / baseline[i]));
  const spread = clustering(logs);
  const draw = resampler(logs);
  const centre = median(logs);
  return estimate(centre, (random) => centre + spread * (draw(random) - centre), effect, 2 ** (1 - pairs));
}

/**
 * The ratio of the medians of two series of runs that were made at different times; all samples are above 0. The interval is that of
 * one run over one other: as much as moves single runs of a series can have moved all runs of the other, and more
 * runs do not tell. On a quiet host it is narrow all the same.
 * @param effect ratio minus 1 that is taken for no change
 */
export function unpairedRatio(
  baseline: readonly number[],
  current: readonly number[],
  effect: number,
): RatioEstimate {
  const [from, to] = [baseline, current].map((samples) => samples.map(Math.log));
  const pick = (logs: readonly number[], random: () => number) => logs[Math.floor(random() * logs.length)];
  const least = 2 / combinations(baseline.length + current.length, baseline.length);
  const centre = median(to) - median(from);
  return estimate(centre, (random) => pick(to, random) - pick(from, random), effect, least);
}

/**
 * Holm's step-down: which of several tests hold when the chance that any of them is a false alarm shall stay below `level`,
 * however they depend on one another.
 */
export function holm(chances: readonly number[], level: number): boolean[] {
  const order = chances.map((_, i) => i).sort((a, b) => chances[a] - chances[b]);
  const failed = order.findIndex((i, rank) => chances[i] > level / (chances.length - rank));
  const held = new Set(failed === -1 ? order : order.slice(0, failed));
  return chances.map((_, i) => held.has(i));
}

/**
 * Percentile bootstrap.
 * @param least chance below which no number of samples this small can go: that of the most extreme order of them
 */
function estimate(
  centre: number,
  draw: (random: () => number) => number,
  effect: number,
  least: number,
): RatioEstimate {
  const generator = xoroshiro128plus(seed);
  const random = () => uniformFloat64(generator);
  const logs = Array.from({ length: resamples }, () => draw(random)).sort((a, b) => a - b);
  const margin = Math.log1p(effect);
  const within = logs.filter((log) => log <= margin).length;
  const above = logs.filter((log) => log >= -margin).length;
  const chance = (count: number) => Math.min(1, Math.max(least, (2 * (count + 1)) / (resamples + 1)));
  return {
    ratio: Math.exp(centre),
    low: Math.exp(quantileSorted(logs, 0.025)),
    high: Math.exp(quantileSorted(logs, 0.975)),
    chanceAbove: chance(within),
    chanceBelow: chance(above),
  };
}

/** Draws the median of as many values, with replacement. */
function resampler(values: readonly number[]): (random: () => number) => number {
  const drawn = new Float64Array(values.length);
  return (random) => {
    for (let i = 0; i < drawn.length; i++) drawn[i] = values[Math.floor(random() * values.length)];
    return middle(drawn.sort());
  };
}

/**
 * By how much neighbours that resemble one another widen the interval: samples in a row from a busy spell of the host count
 * for less than as many independent ones. From the rank correlation of neighbours, which outliers do not sway, corrected for
 * its bias in short series; at most threefold.
 */
function clustering(values: readonly number[]): number {
  if (values.length < 4) return 1;
  const raw = sampleRankCorrelation(values.slice(0, -1), values.slice(1));
  if (Number.isNaN(raw)) return 1;
  const corrected = Math.min(0.8, Math.max(0, raw + (1 + 4 * raw) / values.length));
  return Math.sqrt((1 + corrected) / (1 - corrected));
}

/** n over k. */
function combinations(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= k; i++) result *= (n - k + i) / i;
  return result;
}

function middle(sorted: Float64Array): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
