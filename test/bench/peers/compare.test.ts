import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bootNames, type CompareOptions, compare } from '../../../bench/peers/compare.js';
import { type Emulator, qemuEmulator } from '../../../bench/peers/emulator.js';
import type { Program } from '../../../bench/peers/programs/program.js';
import type { Comparison } from '../../../bench/peers/report.js';
import { banner } from '../../../src/image/initramfs.js';
import { StatusLine } from '../../../src/status-line.js';

/** A guest that talks as the initramfs does: `slow` takes `milliseconds`, `bad` fails, `die` ends it, `hang` never ends. */
const guest = (milliseconds: number, answer: string) => `
  const say = (line) => process.stdout.write(line + '\\r\\n');
  say('[    0.1] kernel'); say(${JSON.stringify(banner)}); say('@ready'); process.stdout.write('/root # \\x1b[6n');
  let text = '';
  process.stdin.setEncoding('utf8').on('data', (part) => {
    text += part;
    for (let end; (end = text.indexOf('\\n')) >= 0; ) {
      const name = text.slice(0, end);
      text = text.slice(end + 1);
      if (name.startsWith('poweroff')) process.exit(0);
      say('@start ' + name);
      if (name === 'die') { console.error('last words'); process.exit(1); }
      if (name === 'hang') continue;
      setTimeout(() => {
        say('@end ' + name + ' ' + (name === 'bad' ? 3 : 0));
        say('| one'); say('| ${answer}'); say('@done ' + name);
      }, ${milliseconds});
    }
  });`;

const emulator = (name: Emulator['name'], milliseconds: number, answer = 'two'): Emulator => ({
  name,
  title: name,
  command: () => ({ file: process.execPath, args: ['-e', guest(milliseconds, answer)] }),
});

const program = (name: string): Program => ({ name, group: 'cpu', script: '' });
const machine = { kernel: '', initrd: '', append: '', memory: 0, translationCache: '' };

async function run(overrides: Partial<CompareOptions>): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  await compare(
    {
      hyperthumb: emulator('hyperthumb', 20),
      qemu: emulator('qemu', 200),
      machine,
      programs: [program('slow')],
      rounds: 1,
      timeout: 10,
      signal: new AbortController().signal,
      status: new StatusLine({ isTTY: false } as NodeJS.WriteStream),
      ...overrides,
    },
    comparisons,
  );
  return comparisons;
}

test('rounds of a program, timed from mark to mark', async () => {
  const order: string[] = [];
  const started = performance.now();
  const [slow] = await run({ rounds: 2, onRun: ({ name }) => order.push(name) });
  const elapsed = (performance.now() - started) / 1000;
  expect(slow.problems).toEqual([]);
  expect(slow.rounds).toHaveLength(2);
  for (const { hyperthumb, qemu } of slow.rounds) {
    // A busy host may read both marks at once, or late: only the order of events bounds what is measured.
    expect(qemu!.seconds).toBeGreaterThan(0);
    expect(hyperthumb!.seconds).toBeGreaterThan(0);
    expect(hyperthumb!.seconds + qemu!.seconds).toBeLessThan(elapsed);
  }
  // Who is first changes.
  expect(order).toEqual(['hyperthumb', 'qemu', 'qemu', 'hyperthumb']);
});

test('boots are timed from the start of the process to the banner; QEMU boots once for both', async () => {
  const caches: string[] = [];
  const hyperthumb = emulator('hyperthumb', 0);
  const recording = {
    ...hyperthumb,
    command: (given: typeof machine) => {
      caches.push(given.translationCache);
      return hyperthumb.command(given);
    },
  };
  const [cold, warm] = await run({ programs: [], bootMachine: machine, hyperthumb: recording });
  expect([cold.name, warm.name]).toEqual([bootNames.cold, bootNames.warm]);
  expect([...cold.problems, ...warm.problems]).toEqual([]);
  expect(cold.rounds[0].hyperthumb!.seconds).toBeGreaterThan(0);
  expect(warm.rounds[0].hyperthumb!.seconds).not.toBe(cold.rounds[0].hyperthumb!.seconds);
  expect(warm.rounds[0].qemu).toBe(cold.rounds[0].qemu);
  expect(caches).toHaveLength(2);
  expect(caches[1]).toBe(caches[0]);
  expect(existsSync(caches[0])).toBe(false);
});

test('a failure is reported and the next program goes on', async () => {
  const programs = ['bad', 'die', 'slow'].map(program);
  const [bad, die, slow] = await run({ programs, qemu: emulator('qemu', 0) });
  expect(bad.problems).toEqual(['hyperthumb: exit status 3: two', 'qemu: exit status 3: two']);
  expect(bad.rounds).toEqual([{}]);
  expect(die.problems[0]).toMatch(/^hyperthumb: it ended with exit status 1: .*last words$/);
  expect(slow.problems).toEqual([]);
  expect(slow.rounds[0].hyperthumb).toBeDefined();
  expect(slow.rounds[0].qemu).toBeDefined();
});

test('a program that takes too long is given up', async () => {
  const [hang] = await run({ programs: [program('hang')], timeout: 0.5, qemu: undefined as never });
  expect(hang.problems).toEqual([expect.stringMatching(/^hyperthumb: no .* within 0.5 s/)]);
});

test('different output is a problem, unless the program is known for it', async () => {
  const qemu = emulator('qemu', 0, 'three');
  const [slow] = await run({ qemu });
  expect(slow.problems).toEqual(["different output: 'one\ntwo' in hyperthumb, 'one\nthree' in qemu"]);
  const [varying] = await run({ qemu, programs: [{ ...program('slow'), outputVaries: true }] });
  expect(varying.problems).toEqual([]);
});

test('an interruption keeps what is finished', async () => {
  const abort = new AbortController();
  const comparisons: Comparison[] = [];
  const running = compare(
    {
      hyperthumb: emulator('hyperthumb', 0),
      machine,
      programs: [program('slow'), program('hang')],
      rounds: 1,
      timeout: 10,
      signal: abort.signal,
      status: new StatusLine({ isTTY: false } as NodeJS.WriteStream),
      onRun: () => setTimeout(() => abort.abort(new Error('stop')), 100),
    },
    comparisons,
  );
  await expect(running).rejects.toThrow('stop');
  expect(comparisons[0].rounds).toHaveLength(1);
});

test('without QEMU there is nothing to compare with', () => {
  expect(qemuEmulator('no-such-qemu')).toBeUndefined();
});
