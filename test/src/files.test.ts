import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendHistory } from '../../src/bench/history.js';
import { writeAtomically } from '../../src/bench/write-atomically.js';
import { ExitCode, UserError } from '../../src/errors.js';
import { checkOutput, readInput, writeOutput } from '../../src/files.js';
import { createFolder } from '../../src/image/cache.js';
import { results } from './bench/samples.js';
import { asNobody } from './nobody.js';

/** Paths that lead nowhere: each is the user's to mend, in one line with an exit code. */

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyperthumb-files-'));
  chmodSync(folder, 0o777);
  symlinkSync('loop', join(folder, 'loop'));
  writeFileSync(join(folder, 'file'), 'file');
  mkdirSync(join(folder, 'closed', 'in'), { recursive: true });
  chmodSync(join(folder, 'closed'), 0o600);
});
afterAll(() => rmSync(folder, { recursive: true }));

const long = 'x'.repeat(300);

const outputs: readonly (readonly [string, (path: string) => void])[] = [
  ['a check beforehand', (path) => checkOutput(path, 'file')],
  ['a file', (path) => writeOutput(path, Uint8Array.of(1))],
  ['a file that is replaced', (path) => writeAtomically(path, 'text')],
  ['a history', (path) => appendHistory(path, results([]))],
  ['a folder', (path) => createFolder(path)],
];

const places: readonly (readonly [string, number, number])[] = [
  // Path, exit code of an output, of an input.
  ['loop/file', ExitCode.cannotCreate, ExitCode.noInput],
  [`${long}`, ExitCode.cannotCreate, ExitCode.noInput],
  [`${long}/file`, ExitCode.cannotCreate, ExitCode.noInput],
  [`${'x/'.repeat(3000)}file`, ExitCode.cannotCreate, ExitCode.noInput],
  ['file/file', ExitCode.cannotCreate, ExitCode.noInput],
  ['closed/file', ExitCode.noPermission, ExitCode.noPermission],
  ['closed/in/file', ExitCode.noPermission, ExitCode.noPermission],
];

function exitCodeOf(action: () => unknown): number {
  try {
    action();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).not.toContain('\n');
    expect(error.message).not.toMatch(/^[A-Z]+:/);
    return error.exitCode;
  }
  return 0;
}

for (const [path, outputCode, inputCode] of places) {
  const name = path.length > 40 ? `${path.slice(0, 12)}…` : path;
  test.each(outputs)(`${name}: %s cannot be there`, (_, write) => {
    expect(asNobody(() => exitCodeOf(() => write(join(folder, path))))).toBe(outputCode);
  });
  test(`${name}: cannot be read`, () => {
    expect(asNobody(() => exitCodeOf(() => readInput(join(folder, path), 'file')))).toBe(inputCode);
  });
}

test.each(['', 'x/'])("'%s' names no file", (path) => {
  expect(exitCodeOf(() => checkOutput(path, 'file'))).toBe(ExitCode.cannotCreate);
});

test('a folder that may be searched but not written is found out beforehand', () => {
  mkdirSync(join(folder, 'read-only'));
  chmodSync(join(folder, 'read-only'), 0o555);
  // access(2) asks for the real user, whom only another process can have.
  const files = new URL('../../src/files.ts', import.meta.url);
  const check = `import { checkOutput } from '${files}'; checkOutput(process.argv[1], 'file');`;
  const { stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', check, join(folder, 'read-only', 'new')],
    { encoding: 'utf8', ...(process.geteuid?.() === 0 && { uid: 65534, gid: 65534 }) },
  );
  expect(stderr).toMatch(/cannot write '.*new': permission denied/);
});

test('a symbolic link that leads to itself is no output', () => {
  expect(exitCodeOf(() => checkOutput(join(folder, 'loop'), 'file'))).toBe(ExitCode.cannotCreate);
  expect(exitCodeOf(() => writeAtomically(join(folder, 'loop'), 'text'))).toBe(ExitCode.cannotCreate);
});
