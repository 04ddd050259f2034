import type { Command } from 'commander';
import { addCompareCommand } from './bench-compare.js';
import { addMergeCommand } from './bench-merge.js';
import { addBenchOptions, type BenchFlags } from './bench-options.js';
import { addReportCommand } from './bench-report.js';

const examples = `
PROGRAM is the path of a program for armhf, or the name of one in a Debian package or in BusyBox; a quoted line is for the
guest's shell. Several are compared. Arguments of a single program come after --, as they are.

Each program runs once in a fresh guest under the virtual clock, which gives the exact metrics: they are the same on every machine.
Then a guest on the host's clock runs all of them in turn, which gives the timed ones.

Exit codes: 0; with --compare or --against 1 for a regression and 2 when it could not tell; 65 when a program or its guest failed,
75 at --timeout.

Examples:
  hyperthumb bench ./program
  hyperthumb bench --sysroot /usr/arm-linux-gnueabihf ./program -- --size 1000
  hyperthumb bench --package gzip 'gzip -9 < /usr/bin/gzip' 'gzip -1 < /usr/bin/gzip'
  hyperthumb bench --suite bench.yaml --save now.json --compare baseline.json
  hyperthumb bench --suite bench.yaml --against HEAD~1`;

export function addBenchCommand(program: Command, exit: (code: number) => void): void {
  const bench = program
    .command('bench')
    // Subcommands have options of the same names: `--output`.
    .enablePositionalOptions()
    .description('measure programs for armhf, or a suite of workloads')
    .usage('[options] <program...> [-- arguments]\n       hyperthumb bench [options] --suite <file>')
    .argument('[program...]', 'what to run in the guest');
  addBenchOptions(bench)
    .addHelpText('after', examples)
    .action(async (words: string[], flags: BenchFlags, self: Command) => {
      const { runBench } = await import('./bench-run.js');
      exit(await runBench(words, flags, self));
    });
  addCompareCommand(bench, exit);
  addReportCommand(bench, exit);
  addMergeCommand(bench, exit);
}
