import type { Comparison } from './compare.js';
import { formatQuantity } from './quantity.js';
import type { Metric, Results, WorkloadResult } from './results.js';
import { median } from './statistics.js';
import { textTable } from './text-table.js';

/** Exact metrics of the overview of several workloads, with their titles. */
const overview = [
  ['instructions', 'instructions'],
  ['cycles', 'cycles'],
  ['system-calls', 'system calls'],
  ['page-faults', 'page faults'],
  ['tlb-misses', 'TLB misses'],
  ['exits', 'exits'],
  ['translated-bytes', 'translated'],
  ['peak-memory', 'peak memory'],
] as const;

/** Causes of exits that are listed for one workload. */
const mostCauses = 6;

/** What was found, for the terminal: everything about one workload, a table of several, and how their times compare. */
export function formatResults({ workloads }: Results): string {
  if (workloads.length === 0) return '';
  if (workloads.length === 1) return `${describeOne(workloads[0]).join('\n')}\n`;
  return `${[...describeSeveral(workloads), ...relativeSpeeds(workloads)].join('\n')}\n`;
}

/** The times of two sides next to each other, and what theirs is over ours: above 1 ours is faster. */
export function formatSides({ rows }: Comparison, other: string): string {
  const right = (title: string) => ({ title, align: 'right' as const });
  const columns = [
    { title: 'workload' },
    { title: 'metric' },
    right('hyperthumb'),
    right(other),
    right('ratio'),
    { title: '95% interval' },
  ];
  const cells = rows
    .filter(({ kind, ratio }) => kind === 'timed' && ratio !== null)
    .map(({ workload, metric, unit, current, baseline, ratio, interval }) => [
      workload,
      metric,
      formatQuantity(current!, unit),
      formatQuantity(baseline!, unit),
      (1 / ratio!).toFixed(2),
      interval === null ? '' : `${(1 / interval[1]).toFixed(2)} to ${(1 / interval[0]).toFixed(2)}`,
    ]);
  return cells.length === 0 ? '' : `${textTable(columns, cells).join('\n')}\n`;
}

function describeOne({ name, metrics }: WorkloadResult): string[] {
  const exact = metrics.filter(({ kind }) => kind === 'exact');
  const timed = metrics.filter(({ kind }) => kind === 'timed');
  const lines = [name];
  if (exact.length > 0) {
    const causes = exact.filter(({ name }) => name.startsWith('exits/') && !name.includes(' '));
    const shown = [...causes].sort((a, b) => b.samples[0] - a.samples[0]).slice(0, mostCauses);
    const rows = exact
      .filter((metric) => !causes.includes(metric) || (shown.includes(metric) && metric.samples[0] > 0))
      .map((metric) => [`    ${metric.name}`, formatQuantity(metric.samples[0], metric.unit, 'exact')]);
    lines.push('  exact', ...textTable([{ title: '' }, { title: '', align: 'right' }], rows).slice(1));
  }
  if (timed.length > 0) {
    const columns = ['', 'median', 'mean', '±', 'least', 'most'].map((title, i) => ({
      title: i === 0 ? `  timed, ${runs(timed[0].samples.length)}` : title,
      align: i === 0 ? ('left' as const) : ('right' as const),
    }));
    lines.push(
      ...textTable(
        columns,
        timed.map((metric) => {
          const { samples, unit } = metric;
          const show = (value: number) => formatQuantity(value, unit);
          return [
            `    ${metric.name}`,
            show(median(samples)),
            show(mean(samples)),
            samples.length > 1 ? show(deviation(samples)) : '',
            show(Math.min(...samples)),
            show(Math.max(...samples)),
          ];
        }),
      ),
    );
  }
  return lines;
}

function describeSeveral(workloads: readonly WorkloadResult[]): string[] {
  const wall = (workload: WorkloadResult) => samplesOf(workload, 'wall-time', 'timed');
  const fastest = Math.min(
    ...workloads.flatMap((workload) => (wall(workload) ? [mean(wall(workload)!)] : [])),
  );
  const right = (title: string) => ({ title, align: 'right' as const });
  const columns = [
    { title: 'workload' },
    right('median'),
    right('mean ± σ'),
    right('relative'),
    ...overview.map(([, title]) => right(title)),
  ];
  const rows = workloads.map((workload) => {
    const times = wall(workload);
    return [
      workload.name,
      times ? formatQuantity(median(times), 's') : '',
      times ? `${formatQuantity(mean(times), 's')} ± ${formatQuantity(deviation(times), 's')}` : '',
      times ? (mean(times) / fastest).toFixed(2) : '',
      ...overview.map(([name]) => {
        const metric = workload.metrics.find((item) => item.name === name && item.kind === 'exact');
        return metric === undefined ? '' : formatQuantity(metric.samples[0], metric.unit);
      }),
    ];
  });
  return textTable(columns, rows);
}

/** `A ran 1.23 ± 0.05 times faster than B`, the error by propagation of both deviations; nothing without times. */
function relativeSpeeds(workloads: readonly WorkloadResult[]): string[] {
  const timed = workloads.flatMap((workload) => {
    const times = samplesOf(workload, 'wall-time', 'timed');
    return times === undefined
      ? []
      : [{ name: workload.name, mean: mean(times), deviation: deviation(times) }];
  });
  if (timed.length < 2) return [];
  const [fastest, ...others] = timed.sort((a, b) => a.mean - b.mean);
  return [
    '',
    `${fastest.name} ran`,
    ...others.map((other) => {
      const ratio = other.mean / fastest.mean;
      const error = ratio * Math.hypot(other.deviation / other.mean, fastest.deviation / fastest.mean);
      return `  ${ratio.toFixed(2)} ± ${error.toFixed(2)} times faster than ${other.name}`;
    }),
  ];
}

function samplesOf(
  { metrics }: WorkloadResult,
  name: string,
  kind: Metric['kind'],
): readonly number[] | undefined {
  return metrics.find((metric) => metric.name === name && metric.kind === kind)?.samples;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of a sample: divided by one less than there are; 0 for a single value. */
function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

const runs = (count: number): string => (count === 1 ? '1 run' : `${count} runs`);
