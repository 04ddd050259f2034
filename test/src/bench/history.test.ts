import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { appendHistory, readHistory } from '../../../src/bench/history.js';
import { writeResults } from '../../../src/bench/validate-results.js';
import { hasFullDevice, withSmallDisk } from './full-disk.js';
import { history, results, timed, workload } from './samples.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyperthumb-history-'));
  file = join(folder, 'history.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const [first, second, third] = history(3);

test('a line a run', () => {
  for (const run of [first, second, third]) appendHistory(file, run);
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(4);
  expect(readHistory(file)).toEqual({ runs: [first, second, third], problems: [] });
});

test('a last line that a killed run left is told of and skipped, and closed off by the next run', () => {
  appendHistory(file, first);
  appendHistory(file, second);
  truncateSync(file, readFileSync(file).length - 30);
  const torn = readHistory(file);
  expect(torn.runs).toEqual([first]);
  expect(torn.problems).toEqual([`'${file}' line 2 is skipped: it is not JSON, or was cut off`]);
  appendHistory(file, third);
  const mended = readHistory(file);
  expect(mended.runs).toEqual([first, third]);
  expect(mended.problems).toHaveLength(1);
});

test('a run whose line break only is missing is not lost', () => {
  writeFileSync(file, JSON.stringify(first));
  appendHistory(file, second);
  expect(readHistory(file).runs).toEqual([first, second]);
});

test('lines that are something else are told of', () => {
  appendHistory(file, first);
  appendFileSync(file, '\n{"version":1}\n');
  expect(readHistory(file).problems).toEqual([`'${file}' line 3 is skipped: it has no 'date'`]);
});

test('a --save file is one run', () => {
  writeResults(file, first);
  expect(readHistory(file).runs).toEqual([first]);
});

test.each([
  ['', /is empty/],
  ['\n\n', /no run in '.*': it is blank/],
  ['hello\nworld\n', /no run in '.*': it is not JSON/],
  ['{"version":9}', /no run in '.*': it has version 9/],
])('no run in %j', (text, message) => {
  writeFileSync(file, text);
  expect(() => readHistory(file)).toThrow(message);
});

test('missing', () => {
  expect(() => readHistory(file)).toThrow(/no such file/);
});

test.skipIf(!hasFullDevice)('a full device', () => {
  expect(() => appendHistory('/dev/full', first)).toThrow(/cannot write '\/dev\/full': no space left/);
});

test('a disk that fills up half-way: earlier runs are kept, and the file is as it was', ({ skip }) => {
  const mounted = withSmallDisk(16384, (disk) => {
    const path = join(disk, 'history.jsonl');
    appendHistory(path, first);
    const before = readFileSync(path, 'utf8');
    const large = results([workload('w', timed('t', Array(20_000).fill(1.5)))]);
    expect(() => appendHistory(path, large)).toThrow(/no space left/);
    expect(readFileSync(path, 'utf8')).toBe(before);
  });
  if (!mounted) skip();
});
