import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkOutputs, type PlannedOutput } from '../../../src/bench/check-outputs.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyperthumb-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = (name: string): string => join(folder, name);
const save = (name: string): PlannedOutput => ({ path: path(name), option: '--save' });
const history = (name: string): PlannedOutput => ({ path: path(name), option: '--history', appended: true });

test('files that can be written are neither created nor changed', () => {
  writeFileSync(path('old'), 'earlier');
  writeFileSync(path('history'), 'runs');
  checkOutputs([save('old'), history('history'), save('new'), history('first')]);
  checkOutputs([
    { path: '/dev/null', option: '--save' },
    { path: '/dev/null', option: '--output' },
  ]);
  expect(readdirSync(folder).sort()).toEqual(['history', 'old']);
  expect(readFileSync(path('old'), 'utf8')).toBe('earlier');
  expect(readFileSync(path('history'), 'utf8')).toBe('runs');
});

test('one file is not for two', () => {
  expect(() => checkOutputs([save('a'), history('a')])).toThrow(
    `--save and --history both name '${path('a')}': give each a file of its own`,
  );
  writeFileSync(path('a'), '');
  symlinkSync(path('a'), path('link'));
  expect(() => checkOutputs([save('a'), save('link')])).toThrow(/--save names '.*link' twice/);
});

test('a folder is no file', () => {
  mkdirSync(path('folder'));
  expect(() => checkOutputs([save('folder')])).toThrow(/it is a directory, name a file/);
  expect(() => checkOutputs([save('gone/file')])).toThrow(/there is no folder/);
});

/** What `checkOutputs` says to a user who is not root: root may do everything. */
function asNobody(outputs: readonly PlannedOutput[]): string {
  const module = resolve('src/bench/check-outputs.ts');
  const script = `import { checkOutputs } from ${JSON.stringify(module)};
    try { checkOutputs(${JSON.stringify(outputs)}); console.log('fine'); }
    catch ({ exitCode, message }) { console.log(exitCode, message); }`;
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const args = ['--import', 'tsx', '--input-type=module', '-e', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    ...nobody,
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: folder },
  });
  return stdout.trimEnd() || stderr;
}

test('what may not be written is found out', () => {
  mkdirSync(path('closed'));
  writeFileSync(path('closed/old'), 'earlier', { mode: 0o666 });
  writeFileSync(path('history'), 'runs', { mode: 0o444 });
  chmodSync(path('closed'), 0o555);
  chmodSync(folder, 0o777);
  expect(asNobody([save('new')])).toBe('fine');
  const denied = (name: string) => `77 cannot write '${path(name)}': permission denied`;
  expect(asNobody([save('closed/new')])).toBe(denied('closed/new'));
  // It would be replaced by a new one beside it.
  expect(asNobody([save('closed/old')])).toBe(denied('closed/old'));
  expect(asNobody([history('history')])).toBe(denied('history'));
  expect(asNobody([save('history')])).toBe('fine');
});
