import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readHistory } from '../../../src/bench/history.js';
import { readResults } from '../../../src/bench/validate-results.js';
import { hasFullDevice } from '../bench/full-disk.js';
import { exact, history, results, workload } from '../bench/samples.js';

/** `bench compare`, `bench report` and `bench merge` as a user calls them. */

let folder: string;
const all = ['a', 'b'];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyperthumb-bench-files-'));
  const lines = history(4).map((run) => `${JSON.stringify(run)}\n`);
  writeFileSync(join(folder, 'history.jsonl'), lines.join(''));
  writeFileSync(join(folder, 'torn.jsonl'), lines.join('').slice(0, -9));
  all.forEach((name, i) => {
    const shard = { index: i + 1, count: 2, all };
    writeFileSync(
      join(folder, `shard${i + 1}.json`),
      JSON.stringify(results([workload(name, exact('m', i))], { shard, suite: 'suite' })),
    );
  });
  writeFileSync(join(folder, 'text'), 'some text');
});
afterAll(() => rmSync(folder, { recursive: true }));

function bench(line: string) {
  const args = line.split(' ').map((arg) => arg.replace('DIR', folder));
  return spawnSync(process.execPath, ['--import', 'tsx', 'src/main.ts', 'bench', ...args], {
    encoding: 'utf8',
    timeout: 30_000,
  });
}

test('report prints a table and writes a page', () => {
  const { status, stdout, stderr } = bench('report DIR/history.jsonl -o DIR/report.html');
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^workload +metric +last +change +runs +course\ngzip +instructions +100,000,000/);
  expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('uPlot');
});

test('report tells of a torn line and goes on', () => {
  const { status, stdout, stderr } = bench('report DIR/torn.jsonl');
  expect(status).toBe(0);
  expect(stderr).toMatch(/^hyperthumb: .*torn.jsonl' line 4 is skipped: .*\n$/);
  expect(stdout).toMatch(/ 3 {2}▁/);
});

test('merge puts shards together, in whatever order', () => {
  const { status, stdout } = bench(
    'merge DIR/shard2.json DIR/shard1.json --output DIR/merged.json --history DIR/merged.jsonl',
  );
  expect(status).toBe(0);
  expect(stdout).toContain('2 workloads in ');
  const merged = readResults(join(folder, 'merged.json'));
  expect(merged.workloads.map(({ name }) => name)).toEqual(all);
  expect(readHistory(join(folder, 'merged.jsonl')).runs).toEqual([merged]);
});

test('compare: the exit code says what came of it', () => {
  const write = (name: string, value: number, more = {}) =>
    writeFileSync(join(folder, name), JSON.stringify(results([workload('w', exact('m', value))], more)));
  write('before.json', 100);
  write('after.json', 103);
  write('other.json', 100, { configuration: {} });
  expect(bench('compare DIR/before.json DIR/before.json').status).toBe(0);
  expect(bench('compare DIR/before.json DIR/after.json --tolerance m=3').status).toBe(0);
  expect(bench('compare DIR/before.json DIR/other.json').status).toBe(2);
  const regression = bench('compare DIR/before.json DIR/after.json -o junit=DIR/junit.xml');
  expect(regression.status).toBe(1);
  expect(regression.stdout).toMatch(/w +m +100 +103 +\+3.0% +regression/);
  expect(readFileSync(join(folder, 'junit.xml'), 'utf8')).toContain('<failure');
});

test.each([
  ['report', 64, /missing required argument 'history'/],
  ['report DIR/none', 66, /cannot read history '.*none': no such file/],
  ['report DIR/text', 65, /there is no run in '.*text': it is not JSON/],
  ['report DIR/history.jsonl -o DIR/no/report.html', 73, /there is no folder/],
  ['compare DIR/shard1.json', 64, /missing required argument 'current'/],
  ['report DIR/history.jsonl -o ', 64, /option '-o, --output <file>' argument '' is invalid. Give the name/],
  ['merge DIR/shard1.json DIR/shard2.json -o ', 64, /'' is invalid. Give the name of a file/],
  ['merge DIR/shard1.json DIR/shard2.json -o DIR/out.json --history DIR/no/a', 73, /there is no folder/],
  ['merge DIR/shard1.json DIR/shard2.json -o DIR/out.json --history DIR/out.json', 64, /both name/],
  ['compare DIR/shard1.json DIR/shard1.json -o json=DIR/no/a', 73, /there is no folder/],
  ['compare DIR/text DIR/shard1.json', 65, /results '.*text' cannot be used/],
  ['merge DIR/shard1.json', 64, /required option '-o, --output <file>'/],
  ['merge DIR/shard1.json -o DIR/out.json', 65, /of 2 shards 2 is missing: there are 1/],
  ['merge DIR/shard1.json DIR/text -o DIR/out.json', 65, /results '.*text' cannot be used: it is not JSON/],
  ...(hasFullDevice
    ? [['report DIR/history.jsonl -o /dev/full', 74, /cannot write '\/dev\/full': no space left/] as const]
    : []),
] as const)('%s: exit code %d', (line, code, message) => {
  const { status, stderr } = bench(line);
  expect(stderr).toMatch(message);
  expect(stderr.trimEnd()).not.toContain('\n');
  expect(status).toBe(code);
  expect(existsSync(join(folder, 'out.json'))).toBe(false);
});
