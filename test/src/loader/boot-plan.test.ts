import { expect, test } from 'vitest';
import { planBoot } from '../../../src/loader/boot-plan.js';
import type { Kernel } from '../../../src/loader/kernel.js';

const ramBase = 0x4000_0000;
const mebibyte = 1 << 20;

function kernelOf(size: number, address = 0x4020_8000): Kernel {
  return {
    format: 'test',
    segments: [{ address, bytes: new Uint8Array(size) }],
    entry: address,
    thumb: false,
    end: address + size,
  };
}

test('initrd at 128 MiB, device tree behind it', () => {
  const plan = planBoot(kernelOf(8 * mebibyte), {
    ramBase,
    memory: 512 * mebibyte,
    initrd: new Uint8Array(5001),
  });
  expect(plan.initrd).toEqual({ start: 0x4800_0000, end: 0x4800_0000 + 5001 });
  expect(plan.dtbAddress).toBe(0x4800_2000);
  expect(plan.dtbRoom).toBe(0x10000);
  expect(plan.segments.map((s) => s.address)).toEqual([0x4020_8000, 0x4800_0000]);
});

test('half-way up a small RAM, but never in the kernel', () => {
  const initrd = new Uint8Array(4096);
  expect(planBoot(kernelOf(mebibyte), { ramBase, memory: 64 * mebibyte, initrd }).initrd?.start).toBe(
    0x4200_0000,
  );
  const plan = planBoot(kernelOf(40 * mebibyte), { ramBase, memory: 64 * mebibyte, initrd });
  expect(plan.initrd?.start).toBe(0x4020_8000 + 40 * mebibyte);
});

test('without an initrd there is none', () => {
  expect(planBoot(kernelOf(4096), { ramBase, memory: 64 * mebibyte }).initrd).toBeUndefined();
});

test('too small a RAM names one that is enough, and that one is', () => {
  const initrd = new Uint8Array(20 * mebibyte);
  const plan = (memory: number) => planBoot(kernelOf(30 * mebibyte), { ramBase, memory, initrd });
  expect(() => plan(48 * mebibyte)).toThrow(/48 MiB given, 53 MiB needed \(--memory 53M\)/);
  expect(() => plan(52 * mebibyte)).toThrow(/53 MiB needed/);
  expect(plan(53 * mebibyte).dtbAddress).toBeLessThan(ramBase + 53 * mebibyte);
});

test('a kernel below RAM is refused', () => {
  expect(() => planBoot(kernelOf(4096, 0x8000), { ramBase, memory: 64 * mebibyte })).toThrow(/below RAM/);
});

test('modules lie behind the device tree, each on a page of its own, in the order given', () => {
  const kernel = { kind: 'kernel', path: 'a/vmlinuz', bytes: new Uint8Array(5001), bootargs: 'x' } as const;
  const ramdisk = { kind: 'ramdisk', path: 'a/initrd', bytes: new Uint8Array(100) } as const;
  const plan = planBoot(kernelOf(mebibyte), {
    ramBase,
    memory: 512 * mebibyte,
    modules: [kernel, ramdisk, ramdisk],
  });
  expect(plan.dtbAddress).toBe(0x4800_0000);
  expect(plan.modules).toEqual([
    { ...kernel, address: 0x4801_0000 },
    { ...ramdisk, address: 0x4801_2000 },
    { ...ramdisk, address: 0x4801_3000 },
  ]);
  expect(plan.segments.map((s) => s.address)).toEqual([0x4020_8000, 0x4801_0000, 0x4801_2000, 0x4801_3000]);
});

test('modules count when RAM is too small', () => {
  const modules = [{ kind: 'ramdisk', path: 'a/initrd', bytes: new Uint8Array(20 * mebibyte) } as const];
  const plan = (memory: number) => planBoot(kernelOf(30 * mebibyte), { ramBase, memory, modules });
  expect(() => plan(48 * mebibyte)).toThrow(
    /kernel and its modules \('a\/initrd'\): 48 MiB given, 53 MiB needed/,
  );
  expect(plan(53 * mebibyte).modules[0].address).toBeLessThan(ramBase + 33 * mebibyte);
});
