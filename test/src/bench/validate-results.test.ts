import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Results } from '../../../src/bench/results.js';
import { problemOf, readResults, writeResults } from '../../../src/bench/validate-results.js';
import { UserError } from '../../../src/errors.js';
import { hasFullDevice, withSmallDisk } from './full-disk.js';
import { exact, machine, results, timed, workload } from './samples.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyperthumb-results-'));
  file = join(folder, 'results.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const sample = results([workload('w', exact('instructions', 5), timed('wall-time', [1, 2]))], {
  shard: { index: 1, count: 2, all: ['w', 'x'] },
});

function failure(action: () => void): UserError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  }
  throw new Error('nothing was thrown');
}

test('what was written is read again', () => {
  writeResults(file, sample);
  expect(readResults(file)).toEqual(sample);
  expect(readdirSync(folder)).toEqual(['results.json']);
});

test('members of a later form are allowed', () => {
  expect(problemOf({ ...sample, added: 1, machine: { ...machine, gpu: 'none' } })).toBeUndefined();
});

describe('bad files', () => {
  const text = JSON.stringify(sample);
  test.each([
    ['empty', '', 65, /is empty/],
    ['cut off', text.slice(0, -20), 65, /results\.json' cannot be used: it ends too early/],
    ['no JSON', 'some: yaml', 65, /it is not JSON/],
    ['no object', '[1]', 65, /it must be object/],
    ['null', 'null', 65, /it must be object/],
    ['of another version', text.replace('"version":1', '"version":2'), 65, /version 2 .* reads 1/],
    ['without a member', text.replace('"dirty":false,', ''), 65, /it has no 'dirty'/],
    [
      'with a wrong member',
      text.replace('"cores":2', '"cores":"two"'),
      65,
      /'machine.cores' must be integer/,
    ],
    ['with a wrong kind', text.replace('"timed"', '"fast"'), 65, /metrics.1.kind' .*: exact, timed/],
    ['with a wrong date', text.replace('2026-01-02T', '2.1.2026 '), 65, /'date' must match/],
    ['with a hole', text.replace('[1,2]', '[1,null]'), 65, /samples.1' must be number/],
  ])('%s', (_, content, code, message) => {
    writeFileSync(file, content);
    const error = failure(() => readResults(file));
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
    expect(error.exitCode).toBe(code);
  });

  const bad = (metrics: Results['workloads']) => problemOf(results(metrics));
  test('names that are there twice, and samples of an exact metric', () => {
    expect(bad([workload('w'), workload('w')])).toBe("the workload 'w' is there twice");
    expect(bad([workload('w', exact('m', 1), timed('m', [1]))])).toBe("the metric 'm' of 'w' is there twice");
    expect(bad([workload('w', exact('m', 1, { samples: [1, 2] }))])).toContain('2 samples, not one');
    expect(problemOf({ ...sample, shard: { index: 3, count: 2, all: [] } })).toBe('it is shard 3 of only 2');
  });

  test('missing, or a folder', () => {
    expect(failure(() => readResults(file))).toMatchObject({ exitCode: 66 });
    expect(failure(() => readResults(folder)).message).toContain('it is a directory');
  });
});

describe('writing', () => {
  test('keeps a symbolic link one', () => {
    symlinkSync('target.json', file);
    writeFileSync(join(folder, 'target.json'), 'old');
    writeResults(file, sample);
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(JSON.parse(readFileSync(join(folder, 'target.json'), 'utf8'))).toEqual(sample);
  });

  test('into no folder, or over one', () => {
    expect(failure(() => writeResults(join(folder, 'no', 'file'), sample)).message).toContain('no folder');
    mkdirSync(file);
    expect(failure(() => writeResults(file, sample))).toMatchObject({ exitCode: 73 });
  });

  test.skipIf(process.getuid?.() === 0)('into a folder without permission', () => {
    chmodSync(folder, 0o500);
    expect(failure(() => writeResults(file, sample))).toMatchObject({ exitCode: 77 });
    chmodSync(folder, 0o700);
  });

  test.skipIf(!hasFullDevice)('to a full device', () => {
    const error = failure(() => writeResults('/dev/full', sample));
    expect(error.message).toBe("cannot write '/dev/full': no space left on the device");
    expect(error.exitCode).toBe(74);
  });

  test('on a full disk keeps the earlier file', ({ skip }) => {
    const mounted = withSmallDisk(16384, (disk) => {
      const path = join(disk, 'results.json');
      writeResults(path, sample);
      const large = results([workload('w', timed('t', Array(20_000).fill(1.5)))]);
      expect(failure(() => writeResults(path, large)).message).toContain('no space left');
      expect(readResults(path)).toEqual(sample);
      expect(readdirSync(disk)).toEqual(['results.json']);
    });
    if (!mounted) skip();
  });
});
