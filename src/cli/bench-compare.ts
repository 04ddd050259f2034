import type { Command } from 'commander';
import { outputFormats } from '../bench/formats/names.js';
import { collect, parseTolerance } from './bench-options.js';

/** Adds `bench compare`: what `--compare` does at the end of a run, for results that are there already, such as merged ones. */
export function addCompareCommand(bench: Command, exit: (code: number) => void): void {
  bench
    .command('compare')
    .description('compare two files that --save wrote')
    .argument('<baseline>', 'the earlier results')
    .argument('<current>', 'the later ones')
    .option(
      '--tolerance <metric=percent>',
      'a change of this metric that counts for none (repeatable)',
      parseTolerance,
      {},
    )
    .option(
      '-o, --output <format=file>',
      `write the comparison for another tool: ${outputFormats.join(', ')} (repeatable)`,
      collect,
      [],
    )
    .addHelpText(
      'after',
      `
Exit codes: 0; 1 for a regression; 2 when it could not tell.

Examples:
  hyperthumb bench compare baseline.json now.json --output markdown=comment.md`,
    )
    .action(
      async (
        baseline: string,
        current: string,
        flags: { tolerance: Record<string, number>; output: readonly string[] },
      ) => {
        const [
          { checkOutputs },
          { compareResults, exitCodeOf },
          { formatComparison },
          { parseOutput, writeOutput },
          { readResults },
        ] = await Promise.all([
          import('../bench/check-outputs.js'),
          import('../bench/compare.js'),
          import('../bench/format-comparison.js'),
          import('../bench/formats/output.js'),
          import('../bench/validate-results.js'),
        ]);
        const outputs = flags.output.map(parseOutput);
        checkOutputs(outputs.map(({ path }) => ({ path, option: '--output' })));
        const results = readResults(current);
        const comparison = compareResults(readResults(baseline), results, { tolerances: flags.tolerance });
        process.stdout.write(formatComparison(comparison));
        for (const { format, path } of outputs) writeOutput(format, path, results, comparison);
        exit(exitCodeOf(comparison));
      },
    );
}
