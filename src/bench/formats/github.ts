import { formatQuantity } from '../quantity.js';
import type { Metric, Results } from '../results.js';
import { median, quartiles } from '../statistics.js';

/** One value in the `customSmallerIsBetter` form of github-action-benchmark. */
export interface GithubBenchmark {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** Spread, free text. */
  readonly range?: string;
  /** Shown in the plot's tooltip, free text. */
  readonly extra?: string;
}

/**
 * The input of github-action-benchmark with `tool: customSmallerIsBetter`: every metric of which lower is better and that has a
 * sample. The others would be read upside down; what they say is in these too (instructions a second: in the wall time).
 */
export function githubBenchmarks({ workloads }: Results): GithubBenchmark[] {
  return workloads.flatMap(({ name, metrics }) =>
    metrics
      .filter(({ better, samples }) => better === 'lower' && samples.length > 0)
      .map((metric) => ({
        name: `${name}/${metric.name}`,
        unit: metric.unit,
        value: median(metric.samples),
        ...spread(metric),
      })),
  );
}

function spread({ kind, samples, unit }: Metric): Partial<GithubBenchmark> {
  if (kind === 'exact') return { extra: 'exact' };
  const [low, high] = quartiles(samples);
  return {
    range: `± ${formatQuantity((high - low) / 2, unit)}`,
    extra: `${samples.length} runs, quartiles ${formatQuantity(low, unit)} and ${formatQuantity(high, unit)}`,
  };
}
