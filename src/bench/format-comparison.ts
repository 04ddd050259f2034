import type { Comparison, ComparisonRow, Verdict } from './compare.js';
import { formatChange, formatQuantity } from './quantity.js';
import { textTable } from './text-table.js';

/** Verdicts in words, the worst first. */
export const verdictWords: Readonly<Record<Verdict, string>> = {
  regression: 'regression',
  unknown: 'could not tell',
  better: 'better',
  same: 'same',
};

/** The rows that have something to say, the worst first. */
export function rowsThatMoved({ rows }: Comparison): ComparisonRow[] {
  const order = Object.keys(verdictWords);
  return rows
    .filter(({ verdict }) => verdict !== 'same')
    .sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
}

/** A row's cells: both values, the change and its interval, all for a person. */
export function comparisonCells(row: ComparisonRow) {
  const value = (side: number | null) => (side === null ? '' : formatQuantity(side, row.unit, row.kind));
  return {
    baseline: value(row.baseline),
    current: value(row.current),
    change: row.ratio === null ? '' : formatChange(row.ratio),
    interval: row.interval === null ? '' : row.interval.map(formatChange).join(' to '),
  };
}

/** One line: `1 regression, 2 could not tell, 14 same`. */
export function summary({ rows }: Comparison): string {
  if (rows.length === 0) return 'nothing to compare';
  return (Object.keys(verdictWords) as Verdict[])
    .map((verdict) => ({ verdict, count: rows.filter((row) => row.verdict === verdict).length }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${verdictWords[verdict]}`)
    .join(', ');
}

/** A table of what moved and by how much, what could not be told and why, and a line that sums up. Ends with a line break. */
export function formatComparison(comparison: Comparison): string {
  const rows = rowsThatMoved(comparison).map((row) => {
    const { baseline, current, change, interval } = comparisonCells(row);
    const verdict = verdictWords[row.verdict] + (row.note && `: ${row.note}`);
    return [row.workload, row.metric, baseline, current, change, interval, verdict];
  });
  const lines =
    rows.length === 0
      ? []
      : textTable(
          [
            { title: 'workload' },
            { title: 'metric' },
            { title: 'baseline', align: 'right' },
            { title: 'current', align: 'right' },
            { title: 'change', align: 'right' },
            { title: '95% interval' },
            { title: 'verdict' },
          ],
          rows,
        );
  return `${[...lines, `compared: ${summary(comparison)}`].join('\n')}\n`;
}
