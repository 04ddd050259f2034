import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareResults } from '../../../src/bench/compare.js';
import { outputFormats } from '../../../src/bench/formats/names.js';
import { formatOutput, parseOutput, writeOutput } from '../../../src/bench/formats/output.js';
import { exact, results, timed, workload } from './samples.js';
import { bencherSchema, githubSchema } from './schemas/tools.js';

const nasty = 'a|b <c> & "d" `e` @f \u0001 é\n![x](y)';
const before = results([
  workload(
    'gzip',
    exact('instructions', 1000),
    timed('wall-time', [1, 1, 1.1, 1, 1]),
    timed('rate', [5, 5, 5, 5, 5], { better: 'higher', unit: '/s' }),
  ),
  workload('gone', exact('instructions', 1)),
]);
const now = results([
  workload(
    'gzip',
    exact('instructions', 1030),
    timed('wall-time', [1, 1.1, 1, 1, 1]),
    timed('rate', [5, 5, 5, 5, 5], { better: 'higher', unit: '/s' }),
  ),
  workload(nasty, exact(nasty, 7, { unit: nasty }), timed('none', [])),
]);
const comparison = compareResults(before, now);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyperthumb-formats-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function validate(schema: object, value: unknown): void {
  const ajv = new Ajv();
  expect(ajv.validate(schema, value), ajv.errorsText()).toBe(true);
}

test('github-action-benchmark: what of which less is better', () => {
  const value = JSON.parse(formatOutput('github', now, comparison));
  validate(githubSchema, value);
  expect(value.slice(0, 2)).toEqual([
    { name: 'gzip/instructions', unit: '', value: 1030, extra: 'exact' },
    { name: 'gzip/wall-time', unit: 's', value: 1, range: '± 0 s', extra: '5 runs, quartiles 1 s and 1 s' },
  ]);
  expect(value.map(({ name }: { name: string }) => name)).not.toContain('gzip/rate');
});

test('Bencher: all metrics, quartiles as bounds', () => {
  const value = JSON.parse(formatOutput('bencher', now));
  validate(bencherSchema, value);
  expect(value.gzip).toEqual({
    instructions: { value: 1030 },
    'wall-time': { value: 1, lower_value: 1, upper_value: 1 },
    rate: { value: 5, lower_value: 5, upper_value: 5 },
  });
});

test('Bencher: names longer than it takes are cut, and do not meet', () => {
  const long = 'x'.repeat(70);
  const value = JSON.parse(
    formatOutput('bencher', results([workload('w', exact(`${long}1`, 1), exact(`${long}2`, 2))])),
  );
  validate(bencherSchema, value);
  expect(Object.values(value.w)).toEqual([{ value: 1 }, { value: 2 }]);
});

describe('JUnit', () => {
  const hasXmllint = spawnSync('xmllint', ['--version']).status === 0;
  const xml = formatOutput('junit', now, comparison);

  test.skipIf(!hasXmllint)('is valid, with a comparison and without, and whatever the names are', () => {
    const path = join(folder, 'junit.xml');
    for (const text of [xml, formatOutput('junit', now), formatOutput('junit', results([]))]) {
      writeFileSync(path, text);
      execFileSync('xmllint', ['--noout', '--schema', 'test/src/bench/schemas/junit.xsd', path], {
        stdio: 'pipe',
      });
    }
  });

  test('a case fails where there is a regression, and is skipped where it could not tell', () => {
    expect(xml).toContain('<testsuite name="gzip" tests="3" errors="0" failures="1" skipped="0"');
    expect(xml).toContain('<failure type="regression" message="1,000 before, 1,030 now: +3.0%"/>');
    expect(xml).toContain('<skipped message="not in the baseline"/>');
    expect(xml).toMatch(/<testsuite name="not run"[^>]*>\s*<testcase classname="gone" name="results">/);
    expect(xml).toContain('time="5.100"');
  });

  test('the numbers of cases are right', () => {
    const count = (pattern: RegExp) => xml.match(pattern)?.length ?? 0;
    const said = (name: string) =>
      [...xml.matchAll(new RegExp(` ${name}="(\\d+)"`, 'g'))].reduce((sum, [, n]) => sum + Number(n), 0);
    expect(said('tests')).toBe(count(/<testcase/g));
    expect(said('failures')).toBe(count(/<failure/g));
    expect(said('skipped')).toBe(count(/<skipped/g));
  });
});

describe('Markdown', () => {
  const text = formatOutput('markdown', now, comparison);

  test('says what moved', () => {
    expect(text).toContain('## :x: Benchmarks: a regression');
    expect(text).toContain('| `gzip` | `instructions` | 1,000 | 1,030 | +3.0% |  | regression |');
    expect(text).toContain('| `gone` |  |  |  |  |  | could not tell: not in the current results |');
  });

  test('every row has the cells of its heading', () => {
    const cells = (line: string) => line.replaceAll('\\|', '').split('|').length;
    const tables = text.split('\n\n').filter((block) => block.startsWith('| '));
    expect(tables).toHaveLength(2);
    for (const table of tables) {
      const lines = table.trimEnd().split('\n');
      expect(new Set(lines.map(cells)).size, table).toBe(1);
    }
  });

  test('names are no markup', () => {
    expect(text).not.toContain('\n![x](y)');
    // Two back-ticks fence what has single ones.
    expect(text).toContain('| `` a\\|b <c> & "d" `e` @f \u0001 é ![x](y) `` |');
  });

  test('without a comparison there are the values only', () => {
    expect(formatOutput('markdown', now)).toMatch(/^## Benchmarks\n\n<details>/);
  });
});

test('JSON: results and comparison', () => {
  expect(JSON.parse(formatOutput('json', now, comparison))).toEqual({ results: now, comparison });
  expect(JSON.parse(formatOutput('json', now)).comparison).toBeNull();
});

test('every format is written to its file', () => {
  for (const format of outputFormats) {
    const path = join(folder, format);
    writeOutput(format, path, now, comparison);
    expect(readFileSync(path, 'utf8')).toBe(formatOutput(format, now, comparison));
  }
});

test('FORMAT=FILE', () => {
  expect(parseOutput('junit=out=1.xml')).toEqual({ format: 'junit', path: 'out=1.xml' });
  for (const bad of ['junit', 'junit=', '=x', 'yaml=x', '']) {
    expect(() => parseOutput(bad)).toThrow(/github, bencher, junit, markdown, json/);
  }
});
