import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hyperthumb } from './hyperthumb.js';

/** The compiled program in a terminal, which Python can make. */

const hasPython = spawnSync('python3', ['-c', 'import pty, termios']).status === 0;
const helper = fileURLToPath(new URL('./terminal.py', import.meta.url));

const programs: Readonly<Record<string, readonly number[]>> = {
  silent: [0xeaff_fffe], // b .
  talkative: [
    0xe3a0_1409, // mov r1, #0x09000000
    0xe3a0_0078, // mov r0, #'x'
    0xe581_0000, // str r0, [r1]
    0xeaff_fffd, // b -4
  ],
};

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hyperthumb-terminal-'));
  for (const [name, words] of Object.entries(programs)) {
    writeFileSync(join(folder, name), Uint32Array.from(words));
  }
  // It is built now.
  await hyperthumb(['--version']);
});
afterAll(() => rmSync(folder, { recursive: true }));

function inTerminal(what: string, name: string, ...options: string[]): unknown {
  const run = ['dist/src/main.js', 'run', '--load', `${join(folder, name)}@0x40000000`];
  const command = [process.execPath, ...run, '--no-translation-cache', ...options];
  const { stdout } = spawnSync('python3', [helper, what, ...command], { encoding: 'utf8' });
  return JSON.parse(stdout);
}

describe.runIf(hasPython)('a terminal', () => {
  it.each([
    ['silent', []],
    ['talkative', []],
    ['silent', ['--trace', 'asm']],
  ])('that is closed ends a run with 129 (%s, %j)', (name, options) => {
    expect(inTerminal('hang-up', name, ...options)).toEqual({ raw: true, status: 129 });
  });

  it.each([
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGQUIT', 3],
    ['SIGUSR2', 12],
    ['SIGALRM', 14],
    ['SIGTERM', 15],
    ['SIGXCPU', 24],
  ])('is given back at %s, number %d', (signal, number) => {
    expect(inTerminal(signal, 'silent')).toEqual({ raw: true, status: 128 + number, restored: true });
  });

  it('is raw again when the run goes on after a stop', () => {
    expect(inTerminal('stop', 'silent')).toEqual({ raw: true, rawAgain: true, status: 143, restored: true });
  });
});
