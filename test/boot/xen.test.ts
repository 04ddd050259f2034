import { expect, test } from 'vitest';
import { banner } from '../../src/image/initramfs.js';
import { hyperthumb } from './hyperthumb.js';

/** Debian's Xen and kernel as they are, fetched into the user's cache the first time, with dom0 on an initramfs of busybox. */

const minutes = 60_000;
const wrong = /Oops|BUG:|WARNING:|Call trace|Unhandled|segfault|Segmentation|Panic|unhandled ARM|Unable to/;

/** The images are there before any run that is limited or compared. */
async function pull(): Promise<void> {
  const { status, stderr } = await hyperthumb(['image', 'pull', 'xen', '--suite', 'bookworm'], {
    timeoutSeconds: 300,
  });
  expect(stderr).not.toContain('hyperthumb:');
  expect(status).toBe(0);
}

/** Input waits for the shell: what comes before that goes to Xen. */
function boot(args: readonly string[], ...lines: string[]) {
  const all = ['boot', 'xen', '--suite', 'bookworm', '--clock', 'virtual', '--stats', ...args];
  return hyperthumb(all, { dialogue: { prompt: '/root # ', lines }, timeoutSeconds: 800 });
}

test.each([1, 4])('dom0 to its shell on %i CPUs, and power off', { timeout: 15 * minutes }, async (cpus) => {
  await pull();
  const { stdout, status } = await boot(
    ['--smp', `${cpus}`],
    'cat /proc/cmdline /proc/interrupts; sleep 20; echo $((6 * 7)) slept',
    'poweroff -f',
  );
  expect(stdout).toMatch(/\(XEN\) Xen version 4\./);
  expect(stdout).toContain(`(XEN) Brought up ${cpus} CPUs`);
  expect(stdout).toMatch(/\(XEN\) +gic_maintenance_irq=25/);
  expect(stdout).toMatch(/\(XEN\) BANK\[0\] 0x0*50000000-0x0*70000000 \(512MB\)/);
  expect(stdout).toMatch(/Xen 4\.\d+ support found/);
  expect(stdout).toContain('CPU: All CPU(s) started in SVC mode.');
  expect(stdout).toContain(`SMP: Total of ${cpus} processors activated`);
  expect(stdout).toMatch(new RegExp(`${banner}: Linux 6\\.\\S+-armmp-lpae on armv7l, ${cpus} CPU`));
  expect(stdout).toMatch(/\nconsole=hvc0\s/);
  expect(stdout).toMatch(/hvc_console/);
  expect(stdout).toContain('42 slept');
  expect(stdout).toContain('reboot: Power down');
  expect(stdout).toContain('(XEN) Hardware Dom0 halted: halting machine');
  expect(stdout).not.toMatch(wrong);
  expect(status).toBe(0);
});

test('runs are the same with and without translation', { timeout: 15 * minutes }, async () => {
  await pull();
  const limits = ['--smp', '2', '--max-instructions', '400000000', '--no-fast-load'];
  const translated = await boot(limits);
  const interpreted = await boot([...limits, '--no-jit']);
  expect(translated.stdout).toContain('(XEN) *** Serial input to DOM0');
  expect(interpreted.stdout).toBe(translated.stdout);
  const figures = (text: string) => text.split('\n').filter((line) => /^cpu\d instructions/.test(line));
  expect(figures(translated.stderr)).toHaveLength(2);
  expect(figures(interpreted.stderr)).toEqual(figures(translated.stderr));
  expect(translated.status).toBe(75);
});
