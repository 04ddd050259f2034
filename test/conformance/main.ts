/** `npm run conformance`: compares the interpreter with `qemu-arm`. See docs/conformance.md. */
import { parseArgs } from 'node:util';
import type { InstructionSet } from '../../jit/isa/instruction.js';
import { oracleAvailable } from './oracle.js';
import { type Report, type Row, runConformance } from './run.js';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    class: { type: 'string' },
    filter: { type: 'string' },
    set: { type: 'string' },
    shard: { type: 'string' },
    show: { type: 'string', default: '20' },
  },
});

function parseShard(text: string | undefined): { index: number; of: number } | undefined {
  if (text === undefined) return undefined;
  const [index, of] = text.split('/').map(Number);
  if (!(index! >= 1 && of! >= index!)) throw new Error(`--shard ${text}: write i/n, with i from 1 to n`);
  return { index: index!, of: of! };
}

function print({ rows, failures }: Report, show: number): void {
  for (const failure of failures.slice(0, show)) console.log(`${failure}\n`);
  const total: Row = { patterns: 0, cases: 0, agreed: 0, differing: 0, excluded: 0, missing: 0 };
  const columns = Object.keys(total) as (keyof Row)[];
  const line = (name: string, cells: readonly (string | number)[]) =>
    console.log(name.padEnd(18) + cells.map((cell) => String(cell).padStart(10)).join(''));
  line('class', columns);
  for (const [name, row] of rows) {
    for (const column of columns) total[column] += row[column];
    line(name, columns.map((column) => row[column]));
  }
  line('total', columns.map((column) => total[column]));
}

if (await oracleAvailable()) {
  const report = await runConformance({
    count: Number(values.count),
    seed: Number(values.seed),
    ...(values.class !== undefined && { class: values.class }),
    ...(values.filter !== undefined && { filter: values.filter }),
    ...(values.set !== undefined && { set: values.set as InstructionSet }),
    ...(values.shard !== undefined && { shard: parseShard(values.shard)! }),
  });
  print(report, Number(values.show));
  process.exitCode = report.failures.length > 0 ? 1 : 0;
} else {
  console.error('conformance: qemu-arm not found; install qemu-user');
  process.exitCode = 69;
}
