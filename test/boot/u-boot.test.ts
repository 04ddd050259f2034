import { readFileSync } from 'node:fs';
import { beforeAll, expect, test, vi } from 'vitest';
import { findUBoot } from './firmware.js';
import { hyperthumb } from './hyperthumb.js';

/** Debian's U-Boot as firmware: flash, the device tree at the start of RAM, polled serial input, PSCI. */

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let firmware: string;

beforeAll(async () => {
  firmware = await findUBoot();
});

function run(lines: readonly string[], ...args: string[]) {
  // The first line, empty, stops the countdown before U-Boot boots by itself.
  return hyperthumb(['run', '--bios', firmware, ...args], {
    input: '\n',
    dialogue: { prompt: '\n=> ', lines },
  });
}

test('the prompt, and commands there', async () => {
  const commands = ['version', 'bdinfo', 'fdt addr 0x40000000', 'fdt print /psci', 'poweroff'];
  const { stdout, status } = await run(commands, '--memory', '256M');
  expect(stdout).toContain('DRAM:  256 MiB');
  expect(stdout).toContain('Flash: 64 MiB');
  expect(stdout).toMatch(/=> version\r\nU-Boot 20\d\d\.\d\d/);
  expect(stdout).toMatch(/-> start {4}= 0x40000000\r\n-> size {5}= 0x10000000/);
  expect(stdout).toContain('Working FDT set to 40000000');
  expect(stdout).toContain('compatible = "arm,psci-1.0", "arm,psci-0.2", "arm,psci"');
  expect(stdout).toMatch(/poweroff \.\.\.\r\n$/);
  expect(status).toBe(0);
});

test('a reset starts it again; flash keeps its content', async () => {
  const { stdout, status } = await run(
    [
      'protect off 0x04000000 +0x40000',
      'erase 0x04000000 +0x40000',
      'mw.l 0x50000000 0x12345678 4',
      'cp.l 0x50000000 0x04000000 4',
      'md.l 0x04000000 5',
      'reset',
    ],
    '--no-reboot',
  );
  expect(stdout).toContain('04000000: 12345678 12345678 12345678 12345678');
  expect(stdout).toContain('04000010: ffffffff');
  expect(stdout).toMatch(/resetting \.\.\.\r\n$/);
  expect(status).toBe(0);
});

test('a kernel beside the firmware is found in fw_cfg', async () => {
  const commands = ['qfw load 0x48000000 0x4a000000', 'md.b 0x48000000 8', 'poweroff'];
  const { stdout } = await run(commands, '--kernel', firmware, '--append', 'x=1');
  const start = [...readFileSync(firmware).subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0'));
  expect(stdout).toContain(`48000000: ${start.join(' ')}`);
});

test('input piped in from the start gives the same run twice', async () => {
  const args = ['run', '--bios', firmware, '--clock', 'virtual', '--stats'];
  const [first, second] = await Promise.all(
    [1, 2].map(() => hyperthumb(args, { input: '\nbdinfo\npoweroff\n' })),
  );
  expect(first.stdout).toContain('flashstart');
  expect(first.status).toBe(0);
  expect(second.stdout).toBe(first.stdout);
  expect(first.instructions).toBeGreaterThan(1e6);
  expect(second.instructions).toBe(first.instructions);
});
