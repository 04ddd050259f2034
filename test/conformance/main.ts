/** `npm run conformance`: compares the interpreter, or with `--translate` the translator, with `qemu-arm`. See docs/conformance.md. */
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { Decoder } from '../../jit/isa/decoder.js';
import type { InstructionSet } from '../../jit/isa/instruction.js';
import { DEFINITIONS } from '../../jit/isa/table.js';
import { countOf } from '../command-line.js';
import { ConformanceMachine } from './machine.js';
import { oracleAvailable } from './oracle.js';
import { digest, parseRecorded, replay } from './recorded.js';
import { type Report, type Row, runConformance } from './run.js';

interface Flags {
  readonly count: number;
  readonly seed: number;
  readonly class?: string;
  readonly filter?: string;
  readonly set?: InstructionSet;
  readonly shard?: { readonly index: number; readonly of: number };
  readonly record?: string;
  readonly translate: boolean;
  readonly untranslated: boolean;
  readonly show: number;
}

function parseShard(text: string): Flags['shard'] {
  const [, index, of] = /^(\d{1,4})\/(\d{1,4})$/.exec(text)?.map(Number) ?? [];
  if (index === undefined || of === undefined || index < 1 || of < index)
    throw new InvalidArgumentError('Write i/n, with i from 1 to n.');
  return { index, of };
}

const classes = [...new Set(DEFINITIONS.map((definition) => definition.class)), 'unallocated'];

const values = new Command('conformance')
  .description('Compares the interpreter, or the translator, with qemu-arm, instruction by instruction.')
  .option('--count <n>', 'cases of each pattern', countOf, 200)
  .option('--seed <n>', 'of the random numbers', countOf, 1)
  .addOption(new Option('--class <name>', 'one class of instructions').choices(classes))
  .option('--filter <text>', 'definitions with this in their name')
  .addOption(new Option('--set <name>', 'one instruction set').choices(['A32', 'T16', 'T32']))
  .option('--shard <i/n>', 'one of n parts of the patterns', parseShard)
  .option('--record <file>', 'write cases there that npm test replays')
  .option('--translate', 'through the translator instead of the interpreter', false)
  .option('--untranslated', 'with --translate: list what is left to the interpreter', false)
  .option('--show <n>', 'differences that are shown in full', countOf, 20)
  .allowExcessArguments(false)
  .parse()
  .opts<Flags>();

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
    count: values.count,
    seed: values.seed,
    ...(values.class !== undefined && { class: values.class }),
    ...(values.filter !== undefined && { filter: values.filter }),
    ...(values.set !== undefined && { set: values.set }),
    translate: values.translate,
    ...(values.shard !== undefined && { shard: values.shard }),
  });
  print(report, values.show);
  if (values.untranslated) printUntranslated(report);
  if (values.record !== undefined) record(report, values.record);
  if (report.rows.size === 0) console.error('conformance: no definition matches the options');
  process.exitCode = report.failures.length > 0 || report.rows.size === 0 ? 1 : 0;
} else {
  console.error('conformance: qemu-arm not found; install qemu-user');
  process.exitCode = 69;
}
