import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeElf, makeImage, makeZImage } from '../src/loader/kernel-samples.js';
import { hyperthumb, type Outcome } from './hyperthumb.js';

/**
 * Input that cannot work, given to the compiled program: one line, an exit code as in sysexits.h, nothing left behind.
 * `DIR` in an argument is a folder with samples.
 */

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyperthumb-boot-'));
  const zImage = makeZImage(makeImage());
  const arm = { virtual: 0, physical: 0x4001_0000, bytes: makeImage(4) };
  const files: Record<string, Uint8Array | string> = {
    zimage: zImage,
    cut: zImage.subarray(0, zImage.length - 10),
    aarch64: makeElf(0, [arm], 183),
    low: makeElf(0, [{ ...arm, physical: 0 }], 40),
    text: 'some text that is nothing of all this',
    empty: '',
    flash: new Uint8Array((128 << 20) + 1),
    // b . (A1)
    loop: Uint8Array.of(0xfe, 0xff, 0xff, 0xea),
    'cut.dtb': Uint8Array.of(0xd0, 0x0d, 0xfe, 0xed, 0, 0, 1, 0, ...new Uint8Array(60)),
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
});

afterAll(() => rmSync(folder, { recursive: true }));

function run(line: string): Promise<Outcome> {
  const args = line.split(' ').map((arg) => arg.replace('DIR', folder));
  return hyperthumb(args, { env: { XDG_CACHE_HOME: join(folder, 'cache') }, timeoutSeconds: 50 });
}

const usage: readonly (readonly [string, number, RegExp])[] = [
  ['run --frob', 64, /unknown option '--frob'/],
  ['run --initrd DIR/text', 64, /nothing to run/],
  ['run --kernel DIR/zimage --memory 5G', 64, /--memory must be from 1M to 3072M/],
  ['run --load DIR/text@0x10000000', 64, /outside RAM .* and flash/],
  ['run --load DIR/text', 64, /FILE@ADDRESS/],
  ['boot arch', 64, /Allowed choices are debian, xen/],
  ['run --kernel DIR/cut', 65, /'.*cut': it is truncated/],
  ['run --kernel DIR/cut --no-fast-load', 65, /'.*cut': it is truncated/],
  ['run --kernel DIR/aarch64', 65, /AArch64/],
  ['run --kernel DIR/text', 65, /no kernel for 32-bit Arm/],
  ['run --kernel DIR/low', 65, /below RAM at 0x40000000/],
  [
    'run --kernel DIR/zimage --memory 1M --no-kernel-cache',
    65,
    /1 MiB given, \d+ MiB needed \(--memory \d+M\)/,
  ],
  ['run --kernel DIR/zimage --dtb DIR/cut.dtb', 65, /its header says 256 bytes, the file has 68/],
  ['run --bios DIR/empty', 65, /firmware '.*empty' is empty/],
  ['run --bios DIR/flash', 65, /more than the 128 MiB of flash/],
  ['run --kernel DIR/missing', 66, /no such file or directory/],
  ['run --kernel DIR/zimage --initrd DIR', 66, /it is a directory/],
  ['run --dump-dtb DIR/no/such', 73, /there is no folder/],
  ['boot debian --cache DIR/text/cache', 73, /not a directory|cannot write/],
  ['boot debian --cache DIR/text', 73, /cannot write '.*text'/],
  ['boot debian --xen-append x', 64, /--xen-append is for 'boot xen'/],
  ['run --load DIR/loop@0x40000000 --xen-append x', 64, /--xen-append needs --kernel HYPERVISOR/],
  [
    'run --kernel DIR/zimage --module kernel=DIR/zimage',
    64,
    /--module is for a hypervisor: .*--virtualization/,
  ],
  [
    'run --kernel DIR/zimage --virtualization --module kernel=DIR/cut',
    65,
    /module kernel '.*cut': it is truncated/,
  ],
  ['run --load DIR/loop@0 --load DIR/text@2', 64, /'.*loop' and '.*text' overlap at 0x2/],
  [
    'run --load DIR/loop@0x40000000 --max-instructions 1000 --no-translation-cache',
    75,
    /stopped after 1000 instructions/,
  ],
  ['run --load DIR/loop@0x40000000 --timeout 0.5 --no-translation-cache', 75, /stopped after 0.5 seconds/],
];

test.each(usage)('%s', async (line, status, message) => {
  const before = readdirSync(folder);
  const result = await run(line);
  expect(result.stderr).toMatch(message);
  expect(result.stderr).toMatch(/^hyperthumb: [^\n]+\n$/);
  expect(result.stdout).toBe('');
  expect(result.status).toBe(status);
  expect(readdirSync(folder)).toEqual(before);
});

test('a mirror that does not answer', async () => {
  const result = await run('boot debian --mirror http://127.0.0.1:1/debian --suite stable');
  expect(result.stderr).toMatch(/^reading \S+\nhyperthumb: cannot reach the mirror for [^\n]+ --mirror\n$/);
  expect(result.status).toBe(69);
  const left = readdirSync(join(folder, 'cache'), { recursive: true, withFileTypes: true });
  expect(left.filter((entry) => entry.isFile())).toEqual([]);
});
