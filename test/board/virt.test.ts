import { expect, test } from 'vitest';
import {
  FLASH_BASE,
  GIC_CPU_INTERFACE_BASE,
  GIC_DISTRIBUTOR_BASE,
  GIC_HYP_BASE,
  GIC_VIRTUAL_CPU_INTERFACE_BASE,
  RAM_BASE,
} from '../../runtime/board/memory-map.js';
import { VirtBoard } from '../../runtime/board/virt.js';
import type { VirtualClock } from '../../runtime/clock.js';
import { FLASH_BANK_SIZE } from '../../runtime/devices/cfi-flash.js';
import { POWER_BUTTON_PIN } from '../../runtime/devices/pl061.js';

function board(firmware?: Uint8Array, virtualization = false): VirtBoard {
  return new VirtBoard({
    memoryBytes: 1 << 20,
    features: { security: false, virtualization, cpus: 2 },
    clock: 'virtual',
    ...(firmware && { firmware }),
    transmit: () => {},
  });
}

function hypBoard(): VirtBoard {
  return board(undefined, true);
}

function pass(machine: VirtBoard, ns: number): void {
  const clock = machine.clock as VirtualClock;
  clock.advance(ns);
  clock.queue.run(clock.now());
}

test('the power button is down for 100 ms', () => {
  const machine = board();
  machine.reset(RAM_BASE, false);
  machine.pressPowerButton();
  expect(machine.gpio.level(POWER_BUTTON_PIN)).toBe(true);
  pass(machine, 99_999_999);
  expect(machine.gpio.level(POWER_BUTTON_PIN)).toBe(true);
  pass(machine, 1);
  expect(machine.gpio.level(POWER_BUTTON_PIN)).toBe(false);
});

test('a reset lets go of the power button', () => {
  const machine = board();
  machine.pressPowerButton();
  machine.reset(RAM_BASE, false);
  expect(machine.gpio.level(POWER_BUTTON_PIN)).toBe(false);
  expect(machine.clock.queue.next).toBe(Number.POSITIVE_INFINITY);
});

test('firmware may fill both flash banks', () => {
  const firmware = new Uint8Array(FLASH_BANK_SIZE + 4);
  firmware[0] = 0x11;
  firmware[FLASH_BANK_SIZE + 3] = 0x22;
  const machine = board(firmware);
  const bytes = new Uint8Array(machine.memory.buffer);
  expect(bytes[machine.bus.linearOffset(FLASH_BASE)]).toBe(0x11);
  expect(bytes[machine.bus.linearOffset(FLASH_BASE + FLASH_BANK_SIZE + 3)]).toBe(0x22);
});

test('a load that does not fit changes nothing', () => {
  const machine = board();
  expect(machine.load(RAM_BASE + (1 << 20) - 2, Uint8Array.of(1, 2))).toBe(true);
  expect(machine.load(RAM_BASE + (1 << 20) - 1, Uint8Array.of(9, 9))).toBe(false);
  expect(machine.load(RAM_BASE - 1, Uint8Array.of(9, 9))).toBe(false);
  const bytes = new Uint8Array(machine.memory.buffer);
  expect(bytes[machine.bus.linearOffset(RAM_BASE + (1 << 20) - 1)]).toBe(2);
});

test('only the first vCPU runs after a reset', () => {
  const machine = board();
  machine.reset(RAM_BASE, false);
  expect(machine.vcpus.map((vcpu) => vcpu.runnable())).toEqual([true, false]);
});

test('the hypervisor registers of the GIC are there with the Virtualization Extensions only', () => {
  expect(board().bus.read(GIC_HYP_BASE, 4, 0)).toBe(-1);
  expect(board().bus.read(GIC_VIRTUAL_CPU_INTERFACE_BASE, 4, 0)).toBe(-1);
  const machine = hypBoard();
  const GICH_VTR = GIC_HYP_BASE + 4;
  const GICV_IIDR = GIC_VIRTUAL_CPU_INTERFACE_BASE + 0xfc;
  expect(machine.bus.read(GICH_VTR, 4, 1)).toBe(0x9000_0003);
  expect(machine.bus.read(GICV_IIDR, 4, 1)).toBe(0x0002_043b);
});

test('list registers and GICH_HCR drive the interrupts of their own vCPU', () => {
  const machine = hypBoard();
  machine.reset(RAM_BASE, false);
  const gich = (offset: number, value: number) => machine.bus.write(GIC_HYP_BASE + offset, 4, value, 1);
  const gicv = (offset: number, value: number) =>
    machine.bus.write(GIC_VIRTUAL_CPU_INTERFACE_BASE + offset, 4, value, 1);
  const lines = () =>
    machine.vcpus.map(({ exceptions }) => [exceptions.virtualIrq, exceptions.virtualFiq, exceptions.irq]);
  gich(0, 1);
  gicv(4, 0xff);
  gicv(0, 1);
  gich(0x100, 0x1000_0028);
  expect(lines()).toEqual([
    [false, false, false],
    [true, false, false],
  ]);
  // FIQEn, and a maintenance interrupt that is let through: PPI 9 is ID 25.
  gicv(0, 9);
  const physical = (offset: number, value: number) =>
    machine.bus.write(GIC_DISTRIBUTOR_BASE + offset, 4, value, 1);
  physical(0, 1);
  physical(0x100, 1 << 25);
  machine.bus.write(GIC_CPU_INTERFACE_BASE + 4, 4, 0xff, 1);
  machine.bus.write(GIC_CPU_INTERFACE_BASE, 4, 1, 1);
  expect(lines()[1]).toEqual([false, true, false]);
  gich(0, 0x13);
  expect(lines()[1]).toEqual([false, true, true]);
  machine.reset(RAM_BASE, false);
  expect(lines()[1]).toEqual([false, false, false]);
});
