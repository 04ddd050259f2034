import { ExitCode, UserError } from '../../errors.js';
import type { Comparison } from '../compare.js';
import type { Results } from '../results.js';
import { writeAtomically } from '../write-atomically.js';
import { bencherMetrics } from './bencher.js';
import { githubBenchmarks } from './github.js';
import { junitXml } from './junit.js';
import { markdown } from './markdown.js';
import { type OutputFormat, outputFormats } from './names.js';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const writers = {
  github: (results) => json(githubBenchmarks(results)),
  bencher: (results) => json(bencherMetrics(results)),
  junit: junitXml,
  markdown,
  json: (results, comparison) => json({ results, comparison: comparison ?? null }),
} satisfies Record<OutputFormat, (results: Results, comparison?: Comparison) => string>;

/** Results, with a comparison where there is one, in the form that another tool reads. */
export function formatOutput(format: OutputFormat, results: Results, comparison?: Comparison): string {
  return writers[format](results, comparison);
}

/** Writes it, whole or not at all. @throws UserError 73, 74 or 77 */
export function writeOutput(
  format: OutputFormat,
  path: string,
  results: Results,
  comparison?: Comparison,
): void {
  writeAtomically(path, formatOutput(format, results, comparison));
}

/** `FORMAT=FILE` of `--output`. @throws UserError 64 */
export function parseOutput(text: string): { format: OutputFormat; path: string } {
  const [, format, path] = /^(\w+)=(.+)$/s.exec(text) ?? [];
  if (!outputFormats.includes(format as OutputFormat)) {
    throw new UserError(
      ExitCode.usage,
      `--output '${text}' is not FORMAT=FILE with one of ${outputFormats.join(', ')}`,
    );
  }
  return { format: format as OutputFormat, path };
}
