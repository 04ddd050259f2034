import { expect, test } from 'vitest';
import { banner } from '../../src/image/initramfs.js';
import { hyperthumb } from './hyperthumb.js';

/** Debian's kernels as they are, fetched into the user's cache the first time, and an initramfs of busybox. */

const minutes = 60_000;

/** The image is there before any run that is limited or compared. */
async function pull(flavour: string, suite = 'bookworm'): Promise<void> {
  const { status, stderr } = await hyperthumb(
    ['image', 'pull', 'debian', '--flavour', flavour, '--suite', suite],
    { timeoutSeconds: 300 },
  );
  expect(stderr).not.toContain('hyperthumb:');
  expect(status).toBe(0);
}

function boot(args: readonly string[], input: string, suite = 'bookworm') {
  const all = ['boot', 'debian', '--suite', suite, '--clock', 'virtual', '--stats', ...args];
  return hyperthumb(all, { input, timeoutSeconds: 600 });
}

test('armmp-lpae to its shell, and power off', { timeout: 15 * minutes }, async () => {
  await pull('armmp-lpae');
  const { stdout, status } = await boot(
    [],
    'uname -a\ncat /proc/cpuinfo\nls /\ndmesg | grep -c .\nsleep 100; echo $((6 * 7)) slept\npoweroff -f\n',
  );
  expect(stdout).toMatch(/CPU: ARMv7 Processor \[414fc0f0\] revision 0 \(ARMv7\), cr=30c5387d/);
  expect(stdout).toContain('VFP support v0.3: implementor 41 architecture 4 part 30 variant f rev 0');
  expect(stdout).toContain('Checked W+X mappings: passed');
  expect(stdout).toMatch(new RegExp(`${banner}: Linux 6\\.\\S+-armmp-lpae on armv7l, 1 CPU`));
  expect(stdout).toMatch(/Linux hyperthumb 6\.\S+-armmp-lpae #1 SMP .* armv7l GNU\/Linux/);
  expect(stdout).toMatch(
    /Features\s*: half thumb fastmult vfp edsp thumbee neon vfpv3 tls vfpv4 idiva idivt vfpd32 lpae/,
  );
  expect(stdout).toMatch(/bin +etc +lib +proc/);
  expect(stdout).toContain('42 slept');
  expect(stdout).toContain('reboot: Power down');
  expect(stdout).not.toMatch(/Oops|BUG:|WARNING:|Call trace|Unhandled|segfault|Segmentation/);
  expect(status).toBe(0);
});

test('Debian 13, whose modules are packed, to its shell, and power off', {
  timeout: 15 * minutes,
}, async () => {
  await pull('armmp-lpae', 'trixie');
  const { stdout, status } = await boot(
    [],
    'lsmod\nmodprobe ext4 && grep ext4 /proc/filesystems\npoweroff -f\n',
    'trixie',
  );
  expect(stdout).toMatch(new RegExp(`${banner}: Linux 6\\.12\\.\\S+deb13-armmp-lpae on armv7l, 1 CPU`));
  expect(stdout).toMatch(/\nvirtio_blk +\d+ +0/);
  expect(stdout).toMatch(/\n\s+ext4\r\n/);
  expect(stdout).toContain('reboot: Power down');
  expect(stdout).not.toMatch(/Oops|BUG:|WARNING:|Call trace|Unhandled|segfault|Segmentation/);
  expect(status).toBe(0);
});

test('armmp on four CPUs that start in Hyp mode', { timeout: 15 * minutes }, async () => {
  await pull('armmp');
  const { stdout, status } = await boot(
    ['--flavour', 'armmp', '--smp', '4', '--virtualization', '--no-reboot'],
    'nproc\nreboot -f\n',
  );
  expect(stdout).toContain('SMP: Total of 4 processors activated');
  expect(stdout).toContain('CPU: All CPU(s) started in HYP mode.');
  expect(stdout).toContain('CPU: Virtualization extensions available.');
  expect(stdout).toMatch(new RegExp(`${banner}: Linux 6\\.\\S+-armmp on armv7l, 4 CPU`));
  expect(stdout).toContain('reboot: Restarting system');
  expect(stdout).not.toMatch(/Oops|BUG:|WARNING:|Call trace|Unhandled|segfault|Segmentation/);
  expect(status).toBe(0);
});

test('runs are the same, instruction for instruction', { timeout: 15 * minutes }, async () => {
  await pull('armmp-lpae');
  const run = (...args: string[]) =>
    boot(['--smp', '2', '--max-instructions', '250000000', ...args], 'uname -a\n');
  const [first, second] = await Promise.all([run(), run()]);
  const interpreted = await run('--no-jit');
  expect(first.stdout).toContain('smp: Brought up 1 node, 2 CPUs');
  expect(second.stdout).toBe(first.stdout);
  expect(interpreted.stdout).toBe(first.stdout);
  // Each vCPU's share of them.
  const figures = (text: string) => text.split('\n').filter((line) => /^cpu\d instructions/.test(line));
  expect(figures(first.stderr)).toHaveLength(2);
  expect(figures(second.stderr)).toEqual(figures(first.stderr));
  expect(figures(interpreted.stderr)).toEqual(figures(first.stderr));
  expect(first.instructions).toBe(250_000_000);
  expect(first.status).toBe(75);
  expect(first.stderr).toContain('hyperthumb: stopped after 250000000 instructions (--max-instructions)');
});
