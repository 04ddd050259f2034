import type { Metric, Results } from '../results.js';
import { median, quartiles } from '../statistics.js';

interface BencherMetric {
  readonly value: number;
  readonly lower_value?: number;
  readonly upper_value?: number;
}

/** Bencher takes no longer name of a measure. */
const longestMeasure = 64;

/**
 * Bencher Metric Format: benchmark, measure, value; timed metrics with their quartiles as lower and upper value. Metrics
 * without a sample, and workloads without a metric, are left out.
 */
export function bencherMetrics({ workloads }: Results): Record<string, Record<string, BencherMetric>> {
  const benchmarks: Record<string, Record<string, BencherMetric>> = {};
  for (const { name, metrics } of workloads) {
    const measures = metrics
      .filter(({ samples }) => samples.length > 0)
      .map((metric) => [metric.name.slice(0, longestMeasure), value(metric)] as const);
    if (measures.length > 0) benchmarks[name] = Object.fromEntries(measures);
  }
  return benchmarks;
}

function value({ kind, samples }: Metric): BencherMetric {
  if (kind === 'exact') return { value: samples[0] };
  const [lower, upper] = quartiles(samples);
  return { value: median(samples), lower_value: lower, upper_value: upper };
}
