import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cellsOf, fdtNode, nodeAt, readFdt, stringsOf, writeFdt } from '../../../runtime/board/fdt.js';
import { makeElf, makeImage, makeZImage } from '../loader/kernel-samples.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyperthumb-cli-'));
  const zImage = makeZImage(makeImage());
  writeFileSync(join(folder, 'zimage'), zImage);
  writeFileSync(join(folder, 'cut'), zImage.subarray(0, zImage.length - 10));
  writeFileSync(join(folder, 'aarch64'), makeElf(0, [{ virtual: 0, physical: 0, bytes: makeImage(4) }], 183));
  writeFileSync(join(folder, 'bomb'), gzipSync(Buffer.alloc(80 << 20)));
  const node = Buffer.from('\0\0\0\x01a\0\0\0', 'latin1');
  const tree = (structure: Buffer) => {
    const header = Buffer.alloc(56);
    const size = header.length + structure.length;
    const words = [0xd00dfeed, size, header.length, size, 40, 17, 16, 0, 0, structure.length];
    for (const [i, word] of words.entries()) header.writeUInt32BE(word, 4 * i);
    return Buffer.concat([header, structure]);
  };
  writeFileSync(join(folder, 'nested.dtb'), tree(Buffer.concat(Array<Buffer>(100_000).fill(node))));
  const cells = { root: fdtNode('', { '#address-cells': 3 }), reservations: new Uint8Array(0), bootCpuId: 0 };
  writeFileSync(join(folder, 'cells.dtb'), writeFdt(cells));
  writeFileSync(join(folder, 'damaged-tree'), Buffer.concat([zImage, writeFdt(cells).subarray(0, 60)]));
  writeFileSync(join(folder, 'with-tree'), Buffer.concat([zImage, writeFdt(boardTree)]));
  writeFileSync(join(folder, 'other.dtb'), writeFdt({ ...boardTree, root: fdtNode('', { model: 'other' }) }));
  writeFileSync(join(folder, 'text'), 'some text that is nothing of all this');
  writeFileSync(join(folder, 'empty'), '');
  writeFileSync(join(folder, 'large'), Buffer.alloc(3 << 20));
});

/** A tree of a board with other RAM. */
const boardTree = {
  root: fdtNode('', { '#address-cells': 1, '#size-cells': 1, model: 'board' }, [
    fdtNode('memory', { device_type: 'memory', reg: [0x80000000, 0x1000] }),
    fdtNode('chosen', { bootargs: 'old' }),
  ]),
  reservations: new Uint8Array(0),
  bootCpuId: 0,
};

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
  ['run --kernel DIR/zimage --dtb DIR/nested.dtb', 65, /device tree '.*nested.dtb': its nodes are nested/],
  ['run --kernel DIR/zimage --dtb DIR/cells.dtb', 65, /device tree '.*cells.dtb': it has 3 cells for/],
  ['run --kernel DIR/damaged-tree', 65, /the device tree in kernel '.*damaged-tree': it is truncated/],
  ['run --kernel DIR/bomb --memory 64M', 65, /'.*bomb': it unpacks to more than 64 MiB/],
  ['run --kernel /dev/zero --memory 64M', 65, /kernel '\/dev\/zero' is too large/],
  ['run --kernel DIR/zimage --initrd /dev/zero --memory 64M', 65, /initrd '.*' is too large/],
  ['run --kernel DIR/zimage --dtb /dev/zero', 65, /device tree '.*' is too large: it has more than 4 MiB/],
  ['run --bios /dev/zero', 65, /firmware '.*' is too large: it has more than the 128 MiB of flash/],
  ['run --load /dev/zero@0', 65, /file '.*' is too large: it has more than the 128 MiB of flash/],
  ['run --load /dev/zero@0x40000000 --memory 64M', 65, /file '.*' is too large/],
  [
    'run --kernel DIR/zimage --memory 64M --virtualization --module ramdisk=/dev/zero',
    65,
    /module ramdisk '.*' is too large/,
  ],
  ['bench --suite /dev/zero', 65, /suite '.*' is too large/],
  ['bench compare /dev/zero /dev/zero', 65, /results '.*' is too large/],
  ['bench report /dev/zero', 65, /history '.*' is too large/],
  ['run --kernel DIR/bomb --memory 1G --timeout 0.001', 75, /stopped after 0.001 seconds \(--timeout\)/],
  ['run --kernel /dev/zero --memory 1G --timeout 0.001', 75, /stopped after 0.001 seconds/],
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

describe('a device tree behind the kernel', () => {
  const dumped = (line: string) => {
    const result = run(`run --kernel DIR/with-tree --dump-dtb DIR/dump.dtb ${line}`);
    expect(result).toMatchObject({ stderr: '', status: 0 });
    return readFdt(readFileSync(join(folder, 'dump.dtb'))).root;
  };

  test.each(['', '--no-fast-load'])('is used, with memory, command line and initrd filled in %s', (fast) => {
    const root = dumped(`${fast} --append console=ttyAMA0 --initrd DIR/text --memory 256M`);
    expect(stringsOf(root, 'model')).toEqual(['board']);
    expect(nodeAt(root, '/memory')).toBeUndefined();
    expect(cellsOf(nodeAt(root, '/memory@40000000')!, 'reg')).toEqual([0x4000_0000, 256 << 20]);
    const chosen = nodeAt(root, '/chosen')!;
    expect(stringsOf(chosen, 'bootargs')).toEqual(['console=ttyAMA0']);
    expect(cellsOf(chosen, 'linux,initrd-start')).toEqual([0x4800_0000]);
  });

  test('gives way to --dtb, which is filled in as well', () => {
    const root = dumped('--dtb DIR/other.dtb --memory 256M');
    expect(stringsOf(root, 'model')).toEqual(['other']);
    // Of two cells and one, which are what a tree without a word about it means.
    expect(cellsOf(nodeAt(root, '/memory@40000000')!, 'reg')).toEqual([0, 0x4000_0000, 256 << 20]);
  });
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
