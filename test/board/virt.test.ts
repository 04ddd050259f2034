import { expect, test } from 'vitest';
import { FLASH_BASE, RAM_BASE } from '../../runtime/board/memory-map.js';
import { VirtBoard } from '../../runtime/board/virt.js';
import type { VirtualClock } from '../../runtime/clock.js';
import { FLASH_BANK_SIZE } from '../../runtime/devices/cfi-flash.js';
import { POWER_BUTTON_PIN } from '../../runtime/devices/pl061.js';

function board(firmware?: Uint8Array): VirtBoard {
  return new VirtBoard({
    memoryBytes: 1 << 20,
    features: { security: false, virtualization: false, cpus: 2 },
    clock: 'virtual',
    ...(firmware && { firmware }),
    transmit: () => {},
  });
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
