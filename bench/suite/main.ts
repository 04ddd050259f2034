#!/usr/bin/env node
/**
 * `npm run bench:suite`: the exact metrics of the project's own suite against the baseline that is checked in. Any difference fails, an
 * improvement too: the baseline belongs to the commit that moves it. `npm run bench:suite -- --update` writes it anew.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareResults } from '../../src/bench/compare.js';
import { formatComparison } from '../../src/bench/format-comparison.js';
import { readResults, writeResults } from '../../src/bench/validate-results.js';
import { ExitCode, UserError } from '../../src/errors.js';

// Of the source tree: this file runs from dist/.
const suite = 'bench/suite/suite.yaml';
const baseline = 'bench/suite/baseline.json';
const program = fileURLToPath(new URL('../../src/main.js', import.meta.url));

function main(update: boolean): number {
  const folder = mkdtempSync(join(tmpdir(), 'hyperthumb-suite-'));
  try {
    const file = join(folder, 'results.json');
    const { status } = spawnSync(
      process.execPath,
      [program, 'bench', '--suite', suite, '--clock', 'virtual', '--save', file],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    if (status !== 0) return status ?? ExitCode.software;
    const current = readResults(file);
    if (update) {
      writeResults(baseline, current);
      process.stdout.write(`wrote ${baseline}\n`);
      return ExitCode.ok;
    }
    const comparison = compareResults(readResults(baseline), current);
    process.stdout.write(formatComparison(comparison));
    if (comparison.verdict === 'same') return ExitCode.ok;
    process.stderr.write(
      `The exact metrics of ${suite} have moved. If they should, 'npm run bench:suite -- --update' and commit ${baseline}.\n`,
    );
    return 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  process.exitCode = main(process.argv.includes('--update'));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`bench:suite: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
