/** `npm run conformance`: compares the interpreter, or with `--translate` the translator, with `qemu-arm`. See docs/conformance.md. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Decoder } from '../../jit/isa/decoder.js';
import type { InstructionSet } from '../../jit/isa/instruction.js';
import { DEFINITIONS } from '../../jit/isa/table.js';
import { ConformanceMachine } from './machine.js';
import { oracleAvailable } from './oracle.js';
import { digest, parseRecorded, replay } from './recorded.js';
import { type Report, type Row, runConformance } from './run.js';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    class: { type: 'string' },
    filter: { type: 'string' },
    set: { type: 'string' },
    shard: { type: 'string' },
    record: { type: 'string' },
    translate: { type: 'boolean', default: false },
    untranslated: { type: 'boolean', default: false },
    show: { type: 'string', default: '20' },
  },
});

function parseShard(text: string | undefined): { index: number; of: number } | undefined {
  if (text === undefined) return undefined;
  const [index, of] = text.split('/').map(Number);
  if (!(index! >= 1 && of! >= index!)) throw new Error(`--shard ${text}: write i/n, with i from 1 to n`);
  return { index: index!, of: of! };
}

function print({ rows, failures, crashes }: Report, show: number): void {
  for (const crash of crashes.slice(0, show)) console.log(`qemu-arm crashes on ${crash}\n`);
  for (const failure of failures.slice(0, show)) console.log(`${failure}\n`);
  const total: Row = {
    patterns: 0,
    cases: 0,
    agreed: 0,
    differing: 0,
    excluded: 0,
    missing: 0,
    translated: 0,
  };
  const columns = (Object.keys(total) as (keyof Row)[]).filter(
    (name) => name !== 'translated' || values.translate,
  );
  const line = (name: string, cells: readonly (string | number)[]) =>
    console.log(name.padEnd(18) + cells.map((cell) => String(cell).padStart(10)).join(''));
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
}

/** The patterns that translated code never retires, or only some cases of. */
function printUntranslated({ shares }: Report): void {
  for (const [name, { cases, translated }] of shares) {
    if (translated < cases / 2) console.log(`${name.padEnd(40)} ${translated} of ${cases} translated`);
  }
}

/** Writes those cases to a file that come to the same by themselves, without what earlier ones left in memory. */
function record({ recording }: Report, file: string): void {
  const machine = new ConformanceMachine(new Decoder(DEFINITIONS));
  machine.clear();
  const lines = recording.split('\n');
  const agreeing = new Set<string>();
  for (const recorded of parseRecorded(recording)) {
    const outcome = replay(machine, recorded);
    if (outcome !== undefined && digest(outcome) === recorded.digest) agreeing.add(recorded.line);
  }
  writeFileSync(file, `${lines.filter((line) => line.startsWith('#') || agreeing.has(line)).join('\n')}\n`);
}

if (await oracleAvailable()) {
  const report = await runConformance({
    count: Number(values.count),
    seed: Number(values.seed),
    ...(values.class !== undefined && { class: values.class }),
    ...(values.filter !== undefined && { filter: values.filter }),
    ...(values.set !== undefined && { set: values.set as InstructionSet }),
    translate: values.translate,
    ...(values.shard !== undefined && { shard: parseShard(values.shard)! }),
  });
  print(report, Number(values.show));
  if (values.untranslated) printUntranslated(report);
  if (values.record !== undefined) record(report, values.record);
  process.exitCode = report.failures.length > 0 ? 1 : 0;
} else {
  console.error('conformance: qemu-arm not found; install qemu-user');
  process.exitCode = 69;
}
