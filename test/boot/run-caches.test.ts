import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hyperthumb, type Outcome } from './hyperthumb.js';

/** Caches of the compiled program that cannot be, or are not to be believed: the run ends as without them. */

/** Counts down from 2^24, long enough to be translated, then switches itself off (PSCI SYSTEM_OFF by HVC). */
const COUNT_DOWN = [
  0xe3a0_4401, // mov r4, #0x01000000
  0xe254_4001, // subs r4, r4, #1
  0x1aff_fffd, // bne -4
  0xe300_0008, // movw r0, #8
  0xe348_0400, // movt r0, #0x8400
  0xe140_0070, // hvc #0
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyperthumb-caches-'));
  writeFileSync(join(folder, 'program'), Uint32Array.from(COUNT_DOWN));
});
afterEach(() => rmSync(folder, { recursive: true }));

const program = () => ['run', '--load', `${join(folder, 'program')}@0x40000000`, '--stats'];
/** What standard error has beside `--stats`. */
const lines = ({ stderr }: Outcome) => stderr.split('\n').filter((line) => line.startsWith('hyperthumb:'));

function run(...args: string[]): Promise<Outcome> {
  const env = { XDG_CACHE_HOME: join(folder, 'home') };
  return hyperthumb([...program(), ...args], { env, timeoutSeconds: 40 });
}

const translations = (name = 'home/hyperthumb/translations') =>
  readdirSync(join(folder, name), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.page'),
  );

test('translations are kept in folders that are the user’s alone', async () => {
  const outcome = await run();
  expect([outcome.status, lines(outcome)]).toEqual([0, []]);
  expect(outcome.stderr).toMatch(/^translation regions +[1-9]/m);
  expect(translations()).toHaveLength(1);
  for (const name of ['home', 'home/hyperthumb', 'home/hyperthumb/translations']) {
    expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o700);
  }
  expect((await run()).stderr).toMatch(/^translation cached +[1-9]/m);
});

test.each([0o775, 0o777])('a folder of mode %o is not used, in one line', async (mode) => {
  const shared = join(folder, 'shared');
  mkdirSync(shared);
  chmodSync(shared, mode);
  const outcome = await run('--translation-cache', shared);
  expect(outcome.status).toBe(0);
  expect(lines(outcome)).toEqual([
    expect.stringMatching(/'.*shared' is not used: others may write it .*chmod go-w/),
  ]);
  expect(readdirSync(shared)).toEqual([]);
});

test('files that others may write are not used, in one line', async () => {
  await run();
  for (const file of translations()) chmodSync(join(folder, 'home/hyperthumb/translations', file), 0o666);
  const outcome = await run();
  expect(outcome.status).toBe(0);
  expect(outcome.stderr).toMatch(/^translation cached +0$/m);
  expect(lines(outcome)).toEqual([expect.stringMatching(/\.page' is not used: others may write it/)]);
});

test('a key that others may write is not used, in one line', async () => {
  await run();
  chmodSync(join(folder, 'home/hyperthumb/cache.key'), 0o622);
  const outcome = await run();
  expect(outcome.status).toBe(0);
  expect(lines(outcome)).toEqual([
    expect.stringMatching(/caches are not used: .*cache\.key.* others may write it/),
  ]);
});

test.runIf(existsSync('/proc/self'))('a run with a cache below /proc ends', async () => {
  const outcome = await run('--translation-cache', '/proc/no/such');
  expect([outcome.status, lines(outcome)]).toEqual([0, []]);
});

test.runIf(process.geteuid?.() === 0)('without a home folder nothing is kept, in one line', async () => {
  // No user has this number.
  const child = spawn(process.execPath, [resolve('dist/src/main.js'), ...program()], {
    env: { PATH: process.env.PATH, HOME: '' },
    cwd: folder,
    uid: 54_321,
    gid: 54_321,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  chmodSync(folder, 0o777);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const status = await new Promise((done) => child.on('close', done));
  expect(lines({ stderr } as Outcome)).toEqual([
    expect.stringMatching(/there is no home folder .*XDG_CACHE_HOME/),
  ]);
  expect(status).toBe(0);
  expect(readdirSync(folder)).toEqual(['program']);
});
