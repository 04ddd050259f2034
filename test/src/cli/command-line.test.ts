import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeElf, makeImage, makeZImage } from '../loader/kernel-samples.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyperthumb-cli-'));
  const zImage = makeZImage(makeImage());
  writeFileSync(join(folder, 'zimage'), zImage);
  writeFileSync(join(folder, 'cut'), zImage.subarray(0, zImage.length - 10));
  writeFileSync(join(folder, 'aarch64'), makeElf(0, [{ virtual: 0, physical: 0, bytes: makeImage(4) }], 183));
  writeFileSync(join(folder, 'text'), 'some text that is nothing of all this');
  writeFileSync(join(folder, 'empty'), '');
  writeFileSync(join(folder, 'large'), Buffer.alloc(3 << 20));
});

afterAll(() => rmSync(folder, { recursive: true }));

function run(line: string) {
  const args = line
    .split(' ')
    .filter((arg) => arg !== '')
    .map((arg) => arg.replace('DIR', folder));
  return spawnSync(process.execPath, ['--import', 'tsx', 'src/main.ts', ...args], {
    encoding: 'utf8',
    input: '',
    timeout: 30_000,
    killSignal: 'SIGKILL',
    env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache'), HYPERTHUMB_DEBUG: '' },
  });
}

test.each([
  ['', 64, /no command given/],
  ['frob', 64, /unknown command 'frob'/],
  ['run --frob', 64, /unknown option '--frob'.*--help/],
  ['run --kernal x', 64, /Did you mean --kernel/],
  ['run', 64, /nothing to run/],
  ['run --kernel DIR/zimage --smp 9', 64, /from 1 to 8/],
  ['run --kernel DIR/zimage --memory 7x', 64, /512M/],
  ['run --kernel DIR/zimage --memory 4G', 64, /--memory must be from 1M to 3072M/],
  ['run --kernel DIR/zimage --load DIR/text@0x10000000', 64, /outside RAM/],
  ['run --kernel DIR/zimage --load DIR/text@0x40008000', 64, /overlap/],
  ['run --load DIR/text@0x0e000000', 64, /lies outside RAM .* and flash .*with --secure$/m],
  ['run --secure --load DIR/text@0x0effffff', 64, /lies outside RAM .*, flash .* and Secure RAM/],
  ['run --secure --secure-serial DIR --load DIR/text@0x0e000000', 73, /it is a directory/],
  ['run --secure-serial DIR/out --load DIR/text@0x40000000', 64, /needs --secure/],
  ['run --kernel DIR/missing', 66, /kernel '.*missing': no such file/],
  ['run --kernel DIR', 66, /it is a directory/],
  ['run --kernel DIR/empty', 65, /is empty/],
  ['run --kernel DIR/cut', 65, /truncated/],
  ['run --kernel DIR/aarch64', 65, /AArch64/],
  ['run --kernel DIR/text', 65, /no kernel for 32-bit Arm/],
  ['run --kernel DIR/zimage --initrd DIR/large --memory 4M', 65, /4 MiB given, \d+ MiB needed/],
  ['run --kernel DIR/zimage --dtb DIR/text', 65, /no device tree blob/],
  ['run --kernel DIR/zimage --dump-dtb DIR/no/such', 73, /no folder/],
  ['run --kernel DIR/zimage --module DIR/text', 64, /kernel=FILE/],
  ['run --virtualization --module kernel=DIR/text', 64, /nothing to run/],
  [
    'run --bios DIR/text --virtualization --module kernel=DIR/text',
    64,
    /--module needs --kernel HYPERVISOR without --bios/,
  ],
  [
    'run --kernel DIR/zimage --virtualization --module kernel=DIR/missing',
    66,
    /module kernel '.*missing': no such file/,
  ],
  [
    'run --kernel DIR/zimage --virtualization --module ramdisk=DIR/empty',
    65,
    /module ramdisk '.*empty' is empty/,
  ],
  [
    'run --kernel DIR/zimage --memory 4M --virtualization --module ramdisk=DIR/large',
    65,
    /kernel and its modules \(.*\): 4 MiB given, \d+ MiB needed/,
  ],
  ['boot xen --secure', 64, /Hyp mode: leave out --secure/],
  ['boot xen --memory 400M', 64, /give --memory 512M or more, or dom0_mem=SIZE/],
  ['image pull ubuntu', 64, /Allowed choices are debian, xen/],
  ['image pull debian --mirror nonsense', 64, /Give a URL/],
])('%s', (line, status, message) => {
  const result = run(line);
  expect(result.stderr).toMatch(message);
  expect(result.stderr).toMatch(/^hyperthumb: [^\n]+\n$/);
  expect(result.stdout).toBe('');
  expect(result.status).toBe(status);
});

test('--version and --help', () => {
  expect(run('--version')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  const help = run('run --help');
  expect(help.status).toBe(0);
  for (const option of ['--kernel', '--no-fast-load', '--max-instructions', 'Examples:']) {
    expect(help.stdout).toContain(option);
  }
});

test('an empty cache lists nothing', () => {
  expect(run('image list')).toMatchObject({ status: 0, stdout: '', stderr: '' });
});

test('a program in Secure RAM: its second serial port goes to a file, its GPIO ends the run', () => {
  const program = [
    0xe3a0_0409, // mov r0, #0x09000000
    0xe280_0701, // add r0, r0, #0x40000
    0xe3a0_1073, // mov r1, #'s'
    0xe580_1000, // str r1, [r0]
    0xe280_080b, // add r0, r0, #0xb0000
    0xe240_0701, // sub r0, r0, #0x40000
    0xe3a0_1001, // mov r1, #1
    0xe580_1400, // str r1, [r0, #0x400]
    0xe580_13fc, // str r1, [r0, #0x3fc]
    0xeaff_fffe, // b .
  ];
  writeFileSync(join(folder, 'tee'), Uint32Array.from(program));
  const result = run('run --secure --load DIR/tee@0x0e000000 --secure-serial DIR/secure.log --timeout 20');
  expect([result.stderr, result.stdout, result.status]).toEqual(['', '', 0]);
  expect(readFileSync(join(folder, 'secure.log'), 'utf8')).toBe('s');
});
