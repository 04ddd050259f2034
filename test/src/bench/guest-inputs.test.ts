import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { kernelBinary } from '../../../bench/peers/programs/kernels.js';
import { ChildGuest } from '../../../src/bench/guest/child-guest.js';
import { LinuxGuests } from '../../../src/bench/linux-guest.js';
import { type CommandRequest, packPrograms } from '../../../src/bench/packing/pack.js';
import { Cache } from '../../../src/image/cache.js';
import { Progress } from '../../../src/image/progress.js';
import { FakeMirror } from '../image/fake-mirror.js';

/** What reaches the guest of an exact run is the workload's own, whatever others there are and wherever it stands among them. */

let mirror: FakeMirror;
let folder: string;
const progress = new Progress({ write: () => true } as never);

beforeAll(async () => {
  mirror = await FakeMirror.start({
    libc6: { files: { 'lib/libc.so.6': 'C library' } },
    zip: { files: { 'usr/bin/zip': 'zip program', 'usr/share/zip/words': 'data' }, depends: 'libc6' },
    tar: { files: { 'bin/star': 'star program' }, depends: 'libc6' },
    lua: { files: { 'usr/bin/lua': 'lua program' }, depends: 'libc6' },
    'lua-sockets': { files: { 'usr/bin/luas': 'x', 'usr/lib/lua/sockets.lua': 'x' }, depends: 'lua' },
    libwords: { files: { 'usr/lib/libwords.so.2': 'library of words' }, depends: 'libc6' },
  });
});
afterAll(() => mirror.stop());

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyperthumb-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program of this host. */
function program(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  chmodSync(path, 0o755);
  return path;
}

type Command = CommandRequest['command'];

const pack = (commands: readonly Command[], packages: readonly string[]) =>
  packPrograms(
    commands.map((command, i) => ({ name: `program-${i + 1}`, command })),
    {
      packages,
      files: new Map(),
      ownRoot: false,
      cache: new Cache(join(folder, 'cache')),
      mirror: mirror.url,
      suite: 'stable',
      checkSignature: false,
      refresh: false,
    },
    progress,
  );

/** The guests of exact runs of some commands, in their order: the initramfs, the other flags, what the guest is told to run. */
async function exactGuests(commands: readonly Command[], packages: readonly string[] = []) {
  const packed = await pack(commands, packages);
  const machine = { memory: 1 << 28, smp: 1, jitThreshold: 50, virtualization: false };
  const guests = new LinuxGuests({ kernel: '/kernel', append: '', ...machine }, packed);
  try {
    return await Promise.all(
      commands.map(async (_, i) => {
        const name = `program-${i + 1}`;
        const description = guests.describeExact(name);
        const { initrd, ...flags } = description.flags;
        return {
          initrd: readFileSync(initrd!).toString('latin1'),
          flags,
          told: await toldToRun(new ChildGuest(description, echoServer()), name),
        };
      }),
    );
  } finally {
    guests.close();
  }
}

/** A guest's server that says what it was told to run. */
const echoServer = (): string =>
  program(
    'server.mjs',
    `process.on('message', ({ kind, name }) => {
       if (kind === 'off') process.exit(0);
       if (kind === 'run') process.send({ kind: 'ran', run: { output: [name], bench: [], status: 0, seconds: 1 } });
       process.send({ kind: 'ready' });
     });
     process.send({ kind: 'hello', version: 1 });`,
  );

async function toldToRun(guest: ChildGuest, name: string): Promise<string> {
  const { signal } = new AbortController();
  await guest.boot(20, signal);
  const { output } = await guest.run(name, 20, signal);
  await guest.close();
  return output[0];
}

describe('the guest of an exact run', () => {
  test('is the same in any place, alone, and beside others of other packages', async () => {
    const line = 'acpid -c 300000 /dev/urandom';
    const [alone] = await exactGuests([line]);
    expect(alone.initrd).toContain('bench/bin/acpid');
    const [first] = await exactGuests([line, 'zip -9 x', 'sh -c true'], ['zip']);
    const third = (await exactGuests(['zip x', 'star y', line], ['tar', 'zip']))[2];
    expect(first).toEqual(alone);
    expect(third).toEqual(alone);
    const many = await exactGuests([...Array.from({ length: 10 }, (_, i) => `sh -c 'exit ${i}'`), line]);
    expect(many[10]).toEqual(alone);
  });

  test('does not depend on the order in which packages are named', async () => {
    const [one] = await exactGuests(['zip x | star y'], ['zip', 'tar']);
    const [two] = await exactGuests(['zip x | star y'], ['tar', 'zip']);
    expect(one).toEqual(two);
    expect(one.initrd).toContain('zip program');
    expect(one.initrd).toContain('star program');
    expect(one.initrd).toContain('C library');
  });

  test('of a static program is the same whether another one needs Debian or not', async () => {
    const path = program('fib', kernelBinary('fib-a32'));
    const [alone] = await exactGuests([[path]]);
    expect((await exactGuests(['zip', [path]], ['zip']))[1]).toEqual(alone);
    expect(alone.initrd).not.toContain('busybox');
  });

  test('does not tell where the program lies on the host', async () => {
    mkdirSync(join(folder, 'some/where/else'), { recursive: true });
    const paths = ['fib', 'some/where/else/fib'].map((name) => program(name, kernelBinary('fib-a32')));
    const [[here], [there]] = await Promise.all(paths.map((path) => exactGuests([[path, '-x']])));
    expect(there).toEqual(here);
    expect(here.initrd).toContain('/bench/files/fib\0/bench/files/fib\0-x\0');
  });

  test('of a script has the packages that the script names', async () => {
    const path = program('run.sh', '#!/bin/sh\n/usr/bin/zip -r x .\n');
    const [alone] = await exactGuests([[path]], ['zip']);
    expect(alone.initrd).toContain('zip program');
    expect((await exactGuests(['star x', [path]], ['zip', 'tar']))[1]).toEqual(alone);
  });
});

describe('a package', () => {
  const has = async (line: Command, packages: readonly string[], text: string) =>
    (await exactGuests([line], packages))[0].initrd.includes(text);

  test.each([
    ['whose line runs it', 'x=1; zip -9 x', ['zip'], 'zip program'],
    ['whose line names a file of it', 'acpid /usr/share/zip/words', ['zip'], 'zip program'],
    ['whose line names a folder of it', 'acpid /usr/share/zip/*', ['zip'], 'zip program'],
    ['whose line names it', 'sh -c true # tar', ['tar'], 'star program'],
    ['that it extends', 'lua x.lua', ['lua', 'lua-sockets'], 'sockets.lua'],
    ['that is not BusyBox, when it has no programs', 'lua x.lua', ['lua', 'libwords'], 'library of words'],
  ])('is in the guest of a program %s', async (_, line, packages, text) =>
    expect(await has(line, packages, text)).toBe(true),
  );

  test.each([
    ['whose line has its name within a word', 'echo unzip zip2 a-zip', ['zip'], 'zip program'],
    ['with the same libraries', 'star x /lib/libc.so.6', ['zip', 'tar'], 'zip program'],
    ['that is BusyBox, when it has no programs', 'sh -c true', ['libwords'], 'library of words'],
  ])('is not in that of one %s', async (_, line, packages, text) =>
    expect(await has(line, packages, text)).toBe(false),
  );

  test('that a failed program was not given is named', async () => {
    const packed = await pack(['sh -c true', 'zip x'], ['zip', 'libwords']);
    expect(packed.programs.map(({ withheld }) => withheld)).toEqual([['zip', 'libwords'], []]);
  });

  test('makes the results of those that have it differ in configuration, not of others', async () => {
    const hashes = async (commands: readonly Command[], packages: readonly string[]) =>
      (await pack(commands, packages)).programs.map(({ packagesHash }) => packagesHash);
    const [lua, shell] = await hashes(['lua x', 'sh x'], ['lua']);
    const [both, same] = await hashes(['lua x', 'sh x'], ['lua', 'lua-sockets']);
    expect(both).not.toBe(lua);
    expect(same).toBe(shell);
  });
});
