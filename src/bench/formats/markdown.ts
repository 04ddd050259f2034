import type { Comparison, Verdict } from '../compare.js';
import { comparisonCells, rowsThatMoved, summary, verdictWords } from '../format-comparison.js';
import { formatQuantity } from '../quantity.js';
import type { Results } from '../results.js';
import { median, quartiles } from '../statistics.js';

const headings: Readonly<Record<Verdict, string>> = {
  regression: ':x: Benchmarks: a regression',
  unknown: ':grey_question: Benchmarks: could not tell',
  better: ':rocket: Benchmarks: better',
  same: ':white_check_mark: Benchmarks: no change',
};

/** For a pull request's comment: what moved, then all values, folded. GitHub's Markdown. */
export function markdown(results: Results, comparison?: Comparison): string {
  const lines = [`## ${comparison ? headings[comparison.verdict] : 'Benchmarks'}`, ''];
  if (comparison) {
    lines.push(`${summary(comparison)}.`, '');
    const moved = rowsThatMoved(comparison).map((row) => {
      const { baseline, current, change, interval } = comparisonCells(row);
      const verdict = verdictWords[row.verdict] + (row.note && `: ${row.note}`);
      return [
        code(row.workload),
        code(row.metric),
        ...[baseline, current, change, interval, verdict].map(text),
      ];
    });
    if (moved.length > 0) {
      lines.push(
        ...table(
          ['workload', 'metric', 'baseline:', 'current:', 'change:', '95% interval', 'verdict'],
          moved,
        ),
        '',
      );
    }
  }
  const values = results.workloads.flatMap(({ name, metrics }) =>
    metrics.map(({ name: metric, samples, unit, kind }) => {
      if (samples.length === 0) return [code(name), code(metric), '', ''];
      const quantity = (value: number) => formatQuantity(value, unit, kind);
      const spread =
        kind === 'exact'
          ? 'exact'
          : `${quartiles(samples).map(quantity).join(' to ')} (${samples.length} runs)`;
      return [code(name), code(metric), text(quantity(median(samples))), text(spread)];
    }),
  );
  lines.push('<details><summary>All values</summary>', '');
  lines.push(...table(['workload', 'metric', 'value:', 'quartiles'], values), '', '</details>', '');
  const { cpu, cores, node } = results.machine;
  const commit =
    results.commit === null
      ? ''
      : ` at ${results.commit.slice(0, 12)}${results.dirty ? ' with changes' : ''}`;
  lines.push(
    `<sub>hyperthumb ${text(results.hyperthumb)}${commit}, ${text(cpu)}, ${cores} cores, Node ${text(node)}</sub>`,
  );
  return `${lines.join('\n')}\n`;
}

/** A title that ends in a colon heads a column of numbers. */
function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(titles.map((title) => title.replace(/:$/, ''))),
    line(titles.map((title) => (title.endsWith(':') ? '---:' : '---'))),
    ...rows.map(line),
  ];
}

/** As code, with what would end the cell or the code escaped. */
function code(content: string): string {
  if (content === '') return '';
  const plain = content.replace(/\s+/g, ' ').replaceAll('|', '\\|');
  const fence = '`'.repeat(1 + Math.max(0, ...[...plain.matchAll(/`+/g)].map(([run]) => run.length)));
  return fence.length === 1 ? `\`${plain}\`` : `${fence} ${plain} ${fence}`;
}

/** As text: nothing in it is markup. */
function text(content: string): string {
  return content.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|@#]/g, (c) => `&#${c.codePointAt(0)};`);
}
