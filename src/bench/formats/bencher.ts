import { createHash } from 'node:crypto';
import type { Metric, Results } from '../results.js';
import { median, quartiles } from '../statistics.js';

interface BencherMetric {
  readonly value: number;
  readonly lower_value?: number;
  readonly upper_value?: number;
}

/** Bencher takes no longer names. */
const longest = { benchmark: 1024, measure: 64 } as const;

/**
 * Bencher Metric Format: benchmark, measure, value; timed metrics with their quartiles as lower and upper value. Metrics
 * without a sample, and workloads without a metric, are left out.
 */
export function bencherMetrics({ workloads }: Results): Record<string, Record<string, BencherMetric>> {
  const benchmarks: Record<string, Record<string, BencherMetric>> = {};
  for (const { name, metrics } of workloads) {
    const measures = metrics
      .filter(({ samples }) => samples.length > 0)
      .map((metric) => [shorten(metric.name, longest.measure), value(metric)] as const);
    if (measures.length > 0) benchmarks[shorten(name, longest.benchmark)] = Object.fromEntries(measures);
  }
  return benchmarks;
}

function value({ kind, samples }: Metric): BencherMetric {
  if (kind === 'exact') return { value: samples[0] };
  const [lower, upper] = quartiles(samples);
  return { value: median(samples), lower_value: lower, upper_value: upper };
}

/** Names that begin alike stay apart. */
function shorten(name: string, length: number): string {
  if (name.length <= length) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, length - hash.length - 1)}-${hash}`;
}
