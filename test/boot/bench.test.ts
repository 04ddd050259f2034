import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { kernelBinary } from '../../bench/peers/programs/kernels.js';
import { readResults } from '../../src/bench/validate-results.js';
import { hyperthumb } from './hyperthumb.js';

/** `hyperthumb bench` as a user runs it, with guests that are there in a moment; Debian's kernel is in the last test alone. */

const minutes = 60_000;
const ownSuite = resolve('bench/suite/guests');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyperthumb-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = (name: string): string => join(folder, name);

/** A bare-metal program: instructions, then a text for those that print it. */
function image(name: string, words: readonly number[], text = ''): void {
  const code = Buffer.alloc(4 * words.length);
  words.forEach((word, i) => {
    code.writeUInt32LE(word, 4 * i);
  });
  writeFileSync(path(name), Buffer.concat([code, Buffer.from(`${text}\0`)]));
}

const hang = [0xeafffffe]; // b .
const printAndHang = [
  0xe3a00409, // mov r0, #0x09000000
  0xe28f1010, // add r1, pc, #16: the text
  0xe4d12001, // ldrb r2, [r1], #1
  0xe3520000, // cmp r2, #0
  0x0afffffe, // beq .
  0xe5802000, // str r2, [r0]
  0xeafffffa, // b, to the ldrb
];

/** A suite of whole guests: workloads by name, each the `boot` of one. */
function suite(workloads: Readonly<Record<string, string>>): string {
  const items = Object.entries(workloads).map(([name, boot]) => `  - {name: ${name}, boot: {${boot}}}\n`);
  const text = `suite: test\nguests:\n  bare: {memory: 32M}\nworkloads:\n${items.join('')}`;
  writeFileSync(path('suite.yaml'), text);
  return path('suite.yaml');
}

const quick = `kernel: ${ownSuite}/new-code.elf`;
const other = `kernel: ${ownSuite}/exceptions.elf`;

const metricsOf = (file: string, workload: string) =>
  readResults(file).workloads.find(({ name }) => name === workload)!.metrics;

describe('exact metrics', () => {
  test('are the same in two processes, whatever else the suite has', { timeout: 3 * minutes }, async () => {
    const first = await hyperthumb([
      'bench',
      '--suite',
      suite({ quick, other }),
      '--clock',
      'virtual',
      '--save',
      path('1'),
    ]);
    expect(first).toMatchObject({ stderr: '', status: 0 });
    const second = await hyperthumb([
      'bench',
      '--suite',
      suite({ quick }),
      '--clock',
      'virtual',
      '--save',
      path('2'),
    ]);
    expect(second).toMatchObject({ stderr: '', status: 0 });
    const metrics = metricsOf(path('1'), 'quick');
    expect(metrics).toEqual(metricsOf(path('2'), 'quick'));
    // Translation took part.
    for (const name of ['translated-bytes', 'translated-instructions', 'exits', 'tlb-misses', 'checksum']) {
      expect(metrics.find((metric) => metric.name === name)?.samples[0], name).toBeGreaterThan(0);
    }
    // Of bench/suite/guests/exceptions.c: its calls, but for the one that ends it, and its pages.
    const counts = metricsOf(path('1'), 'other');
    const count = (name: string) => counts.find((metric) => metric.name === name)?.samples[0];
    expect([count('system-calls'), count('page-faults')]).toEqual([250_001, 12 * 2048]);
    expect(metrics.every(({ kind }) => kind === 'exact')).toBe(true);
  });

  test('of shards are those of the whole', { timeout: 3 * minutes }, async () => {
    const args = ['bench', '--suite', suite({ quick, other }), '--clock', 'virtual', '--save'];
    await hyperthumb([...args, path('whole')]);
    for (const part of ['1', '2', '3']) {
      const { stderr, status } = await hyperthumb([...args, path(part), '--shard', `${part}/3`]);
      expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    }
    const parts = ['1', '2', '3'].map(path);
    const merge = await hyperthumb(['bench', 'merge', ...parts, '-o', path('merged')]);
    expect(merge).toMatchObject({ stderr: '', status: 0 });
    expect(readResults(path('merged')).workloads).toEqual(readResults(path('whole')).workloads);
  });

  test('that change are a regression', { timeout: 3 * minutes }, async () => {
    const file = suite({ quick });
    await hyperthumb(['bench', '--suite', file, '--clock', 'virtual', '--save', path('before')]);
    const before = readFileSync(path('before'), 'utf8');
    const fewer = before.replace(
      /("name": "instructions"[^[]*\[\s*)(\d+)/,
      (_, head, count) => `${head}${Math.floor(count * 0.97)}`,
    );
    expect(fewer).not.toBe(before);
    writeFileSync(path('faster'), fewer);
    const args = ['bench', '--suite', file, '--clock', 'virtual', '--compare'];
    const regression = await hyperthumb([...args, path('faster'), '--output', `junit=${path('junit.xml')}`]);
    expect(regression.stdout).toMatch(/quick +instructions .*\+3\.1% .*regression/);
    expect(regression.status).toBe(1);
    expect(readFileSync(path('junit.xml'), 'utf8')).toContain('failure');
    const tolerated = await hyperthumb([...args, path('faster'), '--tolerance', 'instructions=5']);
    expect(tolerated.status).toBe(0);
    const unknown = await hyperthumb([
      'bench',
      '--suite',
      suite({ quick, other }),
      '--clock',
      'virtual',
      '--compare',
      path('before'),
    ]);
    expect(unknown.status).toBe(2);
  });
});

test('timed runs have as many samples as there are runs, and go into a history', {
  timeout: 3 * minutes,
}, async () => {
  const args = ['--runs', '2', '--clock', 'host', '--save', path('1'), '--history', path('history')];
  const { status, stderr } = await hyperthumb(['bench', '--suite', suite({ quick }), ...args]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const metrics = metricsOf(path('1'), 'quick');
  expect(
    metrics.filter(({ kind }) => kind === 'timed').map(({ name, samples }) => [name, samples.length]),
  ).toEqual([
    ['wall-time', 2],
    ['cpu-time', 2],
    ['instruction-rate', 2],
    ['emulator-peak-memory', 2],
    // Without an exact run.
    ['checksum', 2],
  ]);
  expect(readFileSync(path('history'), 'utf8').split('\n')).toHaveLength(2);
});

describe('what goes wrong is told of in a line, and the rest is kept:', () => {
  const virtual = ['--clock', 'virtual'];

  test('a guest that hangs', { timeout: 5 * minutes }, async () => {
    image('hang.bin', hang);
    const file = suite({ quick, stuck: `load: ['hang.bin@0x40000000']` });
    const { stderr, stdout, status } = await hyperthumb([
      'bench',
      '--suite',
      file,
      ...virtual,
      '--timeout',
      '40',
      '--save',
      path('1'),
    ]);
    expect(stderr).toBe('hyperthumb: stuck: nothing came of it within 40 s (--timeout)\n');
    expect(status).toBe(75);
    expect(stdout).toContain('quick');
    expect(readResults(path('1')).workloads.map(({ name }) => name)).toEqual(['quick']);
  });

  test('a guest that panics, and one whose end mark never comes', { timeout: 3 * minutes }, async () => {
    image('panic.bin', printAndHang, 'Kernel panic - not syncing: no init found\r\n');
    const file = suite({
      panic: `load: ['panic.bin@0x40000000']`,
      unmarked: `kernel: ${ownSuite}/new-code.elf, end: login`,
      quick,
    });
    const { stderr, status } = await hyperthumb(['bench', '--suite', file, ...virtual, '--save', path('1')]);
    expect(stderr.split('\n')).toEqual([
      "hyperthumb: panic: the guest's kernel panics: no init found",
      expect.stringMatching(
        /^hyperthumb: unmarked: the guest ended without 'login' on its serial port: the last it said: BENCH checksum/,
      ),
      '',
    ]);
    expect(status).toBe(65);
    expect(readResults(path('1')).workloads.map(({ name }) => name)).toEqual(['quick']);
  });

  test('a result that is none', { timeout: 3 * minutes }, async () => {
    image('marker.bin', printAndHang, 'BENCH speed fast\r\nbye\r\n');
    const file = suite({ marker: `load: ['marker.bin@0x40000000'], end: bye` });
    const { stderr, status } = await hyperthumb(['bench', '--suite', file, ...virtual]);
    expect(stderr).toMatch(
      /^hyperthumb: marker: 'BENCH speed fast' is no result: print 'BENCH name value unit'/,
    );
    expect(status).toBe(65);
  });

  test.each([
    ['no program', ['bench'], 64, /give a program, or --suite FILE/],
    ['a missing suite', ['bench', '--suite', '/nowhere.yaml'], 66, /cannot read suite '\/nowhere.yaml'/],
    ['a missing image', ['bench', '--suite', 'SUITE'], 66, /cannot read kernel '.*gone.elf': no such file/],
    ['a missing baseline', ['bench', '--suite', 'SUITE', '--compare', '/gone.json'], 66, /gone.json/],
    [
      'a missing folder',
      ['bench', '--suite', 'SUITE', '--save', '/nowhere/a.json'],
      73,
      /there is no folder '\/nowhere'/,
    ],
    ['an output without a name', ['bench', '--suite', 'SUITE', '--save', ''], 64, /--save .*name of a file/],
    ['a history without a name', ['bench', '--suite', 'SUITE', '--history', ''], 64, /name of a file/],
    [
      'one file for two',
      ['bench', '--suite', 'SUITE', '--save', 'a', '--output', 'json=./a'],
      64,
      /--save and --output both name '.\/a'/,
    ],
    ['a wrong shard', ['bench', '--suite', 'SUITE', '--shard', '3/2'], 64, /'3\/2' is no shard/],
    ['a wrong format', ['bench', '--suite', 'SUITE', '--output', 'csv=a'], 64, /csv=a/],
    [
      'both comparisons',
      ['bench', '--suite', 'SUITE', '--compare', 'a', '--against', 'qemu'],
      64,
      /not both/,
    ],
    [
      'an unknown commit',
      ['bench', '--suite', 'SUITE', '--against', 'no-such-commit'],
      64,
      /neither 'qemu' nor a commit/,
    ],
    ['QEMU with whole guests', ['bench', '--suite', 'SUITE', '--against', 'qemu'], 64, /programs only/],
    [
      'a program for another machine',
      ['bench', '--kernel', 'KERNEL', process.execPath],
      65,
      /not for little-endian 32-bit Arm/,
    ],
    ['a missing program', ['bench', '--kernel', 'KERNEL', './gone'], 66, /./],
  ])('%s', { timeout: 2 * minutes }, async (_, args, code, message) => {
    const file = suite({ gone: 'kernel: gone.elf' });
    const named: Record<string, string> = { SUITE: file, KERNEL: `${ownSuite}/new-code.elf` };
    const { stderr, stdout, status } = await hyperthumb(args.map((word) => named[word] ?? word));
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^hyperthumb: /);
    expect({ stdout, status }).toEqual({ stdout: '', status: code });
  });

  test.skipIf(!existsSync('/dev/full'))('a full disk', { timeout: 2 * minutes }, async () => {
    const { stderr, stdout, status } = await hyperthumb([
      'bench',
      '--suite',
      suite({ quick }),
      ...virtual,
      '--save',
      '/dev/full',
    ]);
    expect(stderr).toBe("hyperthumb: cannot write '/dev/full': no space left on the device\n");
    expect(status).toBe(74);
    expect(stdout).toContain('instructions');
  });

  test.skipIf(process.getuid?.() !== 0)(
    'no room for the guests’ files',
    { timeout: 2 * minutes },
    async (context) => {
      writeFileSync(path('fib'), kernelBinary('fib-t32'), { mode: 0o755 });
      const disk = path('disk');
      mkdirSync(disk);
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', disk], { stdio: 'ignore' });
      } catch {
        context.skip('a file system cannot be mounted here');
      }
      try {
        const { stderr, status } = await hyperthumb(
          ['bench', '--kernel', `${ownSuite}/new-code.elf`, ...virtual, path('fib')],
          { env: { TMPDIR: disk } },
        );
        expect(stderr).toMatch(/^hyperthumb: cannot write '.*': no space left on the device\n$/);
        expect(status).toBe(74);
      } finally {
        execFileSync('umount', [disk]);
      }
    },
  );

  /** Starts a suite whose second workload never ends, and does something to it once that runs. */
  async function interrupted(act: (bench: number, guest: number) => void) {
    image('hang.bin', hang);
    const file = suite({ quick, stuck: `load: ['hang.bin@0x40000000']` });
    await hyperthumb(['--version']);
    const args = [
      'dist/src/main.js',
      'bench',
      '--suite',
      file,
      ...virtual,
      '--save',
      path('1'),
      '--history',
      path('history'),
    ];
    const bench = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    bench.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    bench.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const status = new Promise<number | null>((done) => bench.on('close', done));
    const guests = new Set<number>();
    while (guests.size < 2 && bench.exitCode === null) {
      for (const pid of childrenOf(bench.pid!)) if (isGuest(pid)) guests.add(pid);
      await sleep(20);
    }
    act(bench.pid!, [...guests][1]);
    return { status: await status, stdout, stderr, guests: [...guests] };
  }

  test.skipIf(!existsSync('/proc/self/task'))('Ctrl-C', { timeout: 2 * minutes }, async () => {
    const { status, stdout, stderr, guests } = await interrupted((bench) => process.kill(bench, 'SIGINT'));
    expect({ status, stderr }).toEqual({ status: 130, stderr: '' });
    expect(stdout).toMatch(/^quick\n/);
    expect(readResults(path('1')).workloads.map(({ name }) => name)).toEqual(['quick']);
    expect(existsSync(path('history'))).toBe(false);
    expect(guests.filter(isRunning)).toEqual([]);
  });

  test.skipIf(!existsSync('/proc/self/task'))(
    'a guest whose process is killed',
    { timeout: 2 * minutes },
    async () => {
      const { status, stderr } = await interrupted((_, guest) => process.kill(guest, 'SIGKILL'));
      expect(stderr).toMatch(/^hyperthumb: stuck: the emulator's process ended by SIGKILL/);
      expect(status).toBe(65);
      expect(readResults(path('1')).workloads.map(({ name }) => name)).toEqual(['quick']);
    },
  );

  test.skipIf(!existsSync('/proc/self/task'))(
    'being killed itself: no guest is left',
    { timeout: 2 * minutes },
    async () => {
      const { guests } = await interrupted((bench) => process.kill(bench, 'SIGKILL'));
      for (let waited = 0; waited < 20_000 && guests.some(isRunning); waited += 50) await sleep(50);
      expect(guests.filter(isRunning)).toEqual([]);
    },
  );
});

/** Whether a process is there, not only waiting to be asked for its exit status. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

/** A guest's process, not git's, say. */
function isGuest(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('guest/server.js');
  } catch {
    return false;
  }
}

/** By /proc: every thread may have children. */
function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

test('programs of a guest with Debian’s kernel, and one that fails', { timeout: 10 * minutes }, async () => {
  const list = await hyperthumb(['image', 'pull', 'debian'], { timeoutSeconds: 300 });
  expect(list.status).toBe(0);
  // Something left running, which must not outlive the program.
  const good = 'sleep 1000 & x=1; while [ $x -lt 3000 ]; do x=$((x + 1)); done; echo BENCH sum $x; echo done';
  const options = ['--clock', 'virtual', '--memory', '256M', '--name', 'good', '--name', 'bad'];
  const both = await hyperthumb(['bench', ...options, '--save', path('1'), good, 'echo oops; exit 3'], {
    timeoutSeconds: 300,
  });
  expect(both.stderr).toMatch(/^hyperthumb: bad: it ended with exit status 3: oops$/m);
  expect(both.status).toBe(65);
  // Third, after others of other names and with a package.
  const names = ['--name', 'another', '--name', 'packed', '--name', 'good', '--package', 'zstd'];
  const again = await hyperthumb(
    [
      'bench',
      ...options.slice(0, 4),
      ...names,
      '--save',
      path('2'),
      'echo other',
      'zstd -c /bin/busybox',
      good,
    ],
    { timeoutSeconds: 300 },
  );
  expect(again.status).toBe(0);
  const metrics = metricsOf(path('1'), 'good');
  expect(metrics).toEqual(metricsOf(path('2'), 'good'));
  const value = (name: string) => metrics.find((metric) => metric.name === name)?.samples[0];
  expect(value('sum')).toBe(3000);
  expect(value('system-calls')).toBeGreaterThan(3);
  expect(value('page-faults')).toBeGreaterThan(10);
  expect(value('peak-memory')).toBeGreaterThan(100_000);
  expect(value('translated-bytes')).toBeGreaterThan(0);
});
