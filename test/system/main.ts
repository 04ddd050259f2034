/** `npm run conformance:system`: compares the machine with `qemu-system-arm`. See docs/conformance.md. */
import { Command, Option } from 'commander';
import { countOf } from '../command-line.js';
import { oracleAvailable } from './oracle.js';
import { GROUPS, type Report, type Row, runSystemConformance } from './run.js';

interface Flags {
  readonly percent: number;
  readonly seed: number;
  readonly group?: string;
  readonly board?: 'el1' | 'hyp';
  readonly translate: boolean;
  readonly show: number;
}

const values = new Command('conformance:system')
  .description('Compares registers, exceptions and address translation with qemu-system-arm, case by case.')
  .option('--percent <n>', 'of the cases', countOf, 100)
  .option('--seed <n>', 'of the random numbers', countOf, 1)
  .addOption(new Option('--group <name>', 'one group of cases').choices(Object.keys(GROUPS)))
  .addOption(new Option('--board <kind>', 'one board: without Hyp mode, or with it').choices(['el1', 'hyp']))
  .option('--translate', 'each case a second time, then translated', false)
  .option('--show <n>', 'differences of each kind that are shown in full', countOf, 2)
  .allowExcessArguments(false)
  .parse()
  .opts<Flags>();

function print({ rows, failures, translated }: Report, show: number): void {
  // At most so many of a kind: of cases whose names differ in numbers only.
  const shown = new Map<string, number>();
  for (const failure of failures) {
    const kind = failure.slice(0, failure.indexOf(' at ')).replace(/[0-9a-f]{4,}/g, '');
    const count = (shown.get(kind) ?? 0) + 1;
    shown.set(kind, count);
    if (count <= show) console.log(`${failure}\n`);
  }
  for (const [kind, count] of shown) console.log(`${String(count).padStart(6)}  ${kind}`);
  console.log();
  const total: Row = { cases: 0, agreed: 0, differing: 0, known: 0 };
  const columns = Object.keys(total) as (keyof Row)[];
  const line = (name: string, cells: readonly (string | number)[]) =>
    console.log(name.padEnd(28) + cells.map((cell) => String(cell).padStart(10)).join(''));
  line('class', columns);
  for (const [name, row] of rows) {
    for (const column of columns) total[column] += row[column];
    line(
      name,
      columns.map((column) => row[column]),
    );
  }
  line(
    'total',
    columns.map((column) => total[column]),
  );
  if (translated > 0)
    console.log(`\n${(100 * translated).toFixed(1)}% of the instructions were translated code's`);
}

if (await oracleAvailable()) {
  const report = await runSystemConformance({
    percent: values.percent,
    seed: values.seed,
    translate: values.translate,
    ...(values.group !== undefined && { group: values.group }),
    ...(values.board !== undefined && { virtualization: values.board === 'hyp' }),
  });
  print(report, values.show);
  process.exitCode = report.failures.length > 0 ? 1 : 0;
} else {
  console.error('conformance:system: qemu-system-arm not found; install qemu-system-arm');
  process.exitCode = 69;
}
