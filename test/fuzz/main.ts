/** `npm run fuzz -- KIND`: random programs, translated and interpreted; mutated files. See docs/reliability.md. */
import { Argument, Command } from 'commander';
import { countOf } from '../command-line.js';
import { FUZZ_KINDS, type FuzzOptions } from './kinds.js';

const ALL = 'all';

const command = new Command('fuzz')
  .description(
    `Runs random programs twice, translated and interpreted, and compares all that can be seen; uses mutated files as the command line does.\n\nKinds:\n${FUZZ_KINDS.map(({ name, about }) => `  ${name.padEnd(22)}${about}`).join('\n')}\n  ${ALL.padEnd(22)}each of them`,
  )
  .addArgument(new Argument('<kind>').choices([...FUZZ_KINDS.map(({ name }) => name), ALL]))
  .option('--seed <n>', 'of the campaign; of one program with --count 1', countOf, 1)
  .option('--count <n>', 'programs, or files', countOf, 1000)
  .option('--show <n>', 'failures that are shown in full', countOf, 10)
  .option('--keep <folder>', 'writes failing programs there, as seeds')
  .allowExcessArguments(false)
  .parse();

const [kind] = command.args;
let good = true;
for (const row of FUZZ_KINDS) {
  if (kind !== ALL && row.name !== kind) continue;
  if (!(await row.run(command.opts<FuzzOptions>()))) good = false;
}
process.exitCode = good ? 0 : 1;
