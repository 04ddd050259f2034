import type { Command } from 'commander';
import { parseOutputFile } from './parse.js';

/** Adds `bench merge`. */
export function addMergeCommand(bench: Command, exit: (code: number) => void): void {
  bench
    .command('merge')
    .description('put the results of a suite that was run in shards together')
    .argument('<files...>', 'what --save wrote in each shard')
    .requiredOption('-o, --output <file>', 'where the merged results go', parseOutputFile)
    .option('--history <file>', 'add them to a history, for `bench report`', parseOutputFile)
    .option('--allow-mixed', 'allow shards from different machines; their times are then told apart', false)
    .addHelpText(
      'after',
      `
Examples:
  hyperthumb bench merge shard-*.json -o results.json`,
    )
    .action(async (files: string[], flags: { output: string; history?: string; allowMixed: boolean }) => {
      const [{ checkOutputs }, { appendHistory }, { mergeResults }, { readResults, writeResults }] =
        await Promise.all([
          import('../bench/check-outputs.js'),
          import('../bench/history.js'),
          import('../bench/merge.js'),
          import('../bench/validate-results.js'),
        ]);
      checkOutputs([
        { path: flags.output, option: '--output' },
        ...(flags.history === undefined
          ? []
          : [{ path: flags.history, option: '--history', appended: true }]),
      ]);
      const parts = files.map((path) => ({ path, results: readResults(path) }));
      const merged = mergeResults(parts, flags);
      writeResults(flags.output, merged);
      if (flags.history !== undefined) appendHistory(flags.history, merged);
      const { length } = merged.workloads;
      process.stdout.write(`${length} workload${length === 1 ? '' : 's'} in ${flags.output}\n`);
      exit(0);
    });
}
