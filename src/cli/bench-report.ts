import type { Command } from 'commander';
import { oneLine } from '../errors.js';
import { parseOutputFile } from './parse.js';

/** Adds `bench report`. */
export function addReportCommand(bench: Command, exit: (code: number) => void): void {
  bench
    .command('report')
    .description('show how metrics went over the runs of a history: as a table, and as a page with plots')
    .argument('<history...>', 'what --history wrote; files of --save are taken as one run each')
    .option('-o, --output <file>', 'write an HTML page with plots that needs no other file', parseOutputFile)
    .addHelpText(
      'after',
      `
Examples:
  hyperthumb bench report history.jsonl
  hyperthumb bench report history.jsonl -o report.html`,
    )
    .action(async (files: string[], flags: { output?: string }) => {
      const [
        { checkOutputs },
        { readHistory },
        { chartsOf },
        { htmlReport },
        { terminalReport },
        { writeAtomically },
      ] = await Promise.all([
        import('../bench/check-outputs.js'),
        import('../bench/history.js'),
        import('../bench/report/charts.js'),
        import('../bench/report/html.js'),
        import('../bench/report/terminal.js'),
        import('../bench/write-atomically.js'),
      ]);
      if (flags.output !== undefined) checkOutputs([{ path: flags.output, option: '--output' }]);
      const histories = files.map(readHistory);
      for (const problem of histories.flatMap(({ problems }) => problems)) {
        process.stderr.write(`hyperthumb: ${oneLine(problem)}\n`);
      }
      const charts = chartsOf(histories.flatMap(({ runs }) => runs));
      if (flags.output !== undefined) writeAtomically(flags.output, htmlReport(charts));
      process.stdout.write(`${terminalReport(charts).join('\n')}\n`);
      exit(0);
    });
}
