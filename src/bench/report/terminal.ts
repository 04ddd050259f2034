import { formatChange, formatQuantity } from '../quantity.js';
import { textTable } from '../text-table.js';
import { type Charts, describeZeros, lastChange, withoutZeros } from './charts.js';
import { sparkline } from './sparkline.js';

/** Points that a sparkline shows at most: the last ones. */
const shown = 24;

/** A line a metric: its last value, the change since the run before, its course. */
export function terminalReport(all: Charts): string[] {
  const { charts, zeros } = withoutZeros(all);
  const rows = charts.flatMap(({ workload, metric, unit, kind, series }) =>
    series.map((one) => {
      const values = one.points.map(({ value }) => value);
      const change = lastChange(one);
      return [
        workload,
        metric,
        formatQuantity(values.at(-1)!, unit, kind),
        change === undefined ? '' : formatChange(change),
        String(values.length),
        sparkline(values.slice(-shown)),
        one.machine,
      ];
    }),
  );
  const repeated = rows.map((row, i) => (row[0] === rows[i - 1]?.[0] ? ['', ...row.slice(1)] : row));
  const table = textTable(
    [
      { title: 'workload' },
      { title: 'metric' },
      { title: 'last', align: 'right' },
      { title: 'change', align: 'right' },
      { title: 'runs', align: 'right' },
      { title: 'course' },
      { title: 'machine' },
    ],
    repeated,
  );
  return zeros === 0 ? table : [...table, describeZeros(zeros)];
}
