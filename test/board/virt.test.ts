import { expect, test } from 'vitest';
import {
  FLASH_BASE,
  FW_CFG_BASE,
  GIC_CPU_INTERFACE_BASE,
  GIC_DISTRIBUTOR_BASE,
  GIC_HYP_BASE,
  GIC_VIRTUAL_CPU_INTERFACE_BASE,
  RAM_BASE,
  SECURE_GPIO_BASE,
  SECURE_RAM_BASE,
  SECURE_UART_BASE,
} from '../../runtime/board/memory-map.js';
import { VirtBoard } from '../../runtime/board/virt.js';
import type { VirtualClock } from '../../runtime/clock.js';
import { FLASH_BANK_SIZE } from '../../runtime/devices/cfi-flash.js';
import { SECURE_ACCESS } from '../../runtime/devices/device.js';
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

function secureBoard(secureTransmit: (byte: number) => void = () => {}): VirtBoard {
  return new VirtBoard({
    memoryBytes: 1 << 20,
    features: { security: true, virtualization: false, cpus: 2 },
    clock: 'virtual',
    transmit: () => {
      throw new Error('the other serial port');
    },
    secureTransmit,
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

test('the Secure serial port, GPIO and first flash bank are there for Secure accesses alone, and on such a board alone', () => {
  const peripheralId = 0xfe0;
  for (const [address, id] of [
    [SECURE_UART_BASE, 0x11],
    [SECURE_GPIO_BASE, 0x61],
  ]) {
    expect(secureBoard().bus.read(address + peripheralId, 4, SECURE_ACCESS)).toBe(id);
    expect(secureBoard().bus.read(address + peripheralId, 4, 0)).toBe(-1);
    expect(secureBoard().bus.write(address, 4, 0x21, 0)).toBe(false);
    expect(board().bus.read(address + peripheralId, 4, SECURE_ACCESS)).toBe(-1);
  }
  expect(board().bus.linearOffset(SECURE_RAM_BASE)).toBe(-1);
  const { bus } = secureBoard();
  for (const address of [FLASH_BASE, SECURE_RAM_BASE]) {
    expect(bus.ramAt(address, true)).toBeDefined();
    expect(bus.ramAt(address, false)).toBeUndefined();
  }
  expect(bus.ramAt(FLASH_BASE + FLASH_BANK_SIZE, false)).toBeDefined();
  expect(board().bus.ramAt(FLASH_BASE, false)).toBeDefined();
});

test('the Secure serial port has its own output and SPI 8', () => {
  let sent = '';
  const machine = secureBoard((byte) => {
    sent += String.fromCharCode(byte);
  });
  machine.reset(RAM_BASE, false);
  const uart = (offset: number, value: number) =>
    machine.bus.write(SECURE_UART_BASE + offset, 4, value, SECURE_ACCESS);
  uart(0, 0x68);
  uart(0, 0x69);
  expect(sent).toBe('hi');
  const pending = () => machine.bus.read(GIC_DISTRIBUTOR_BASE + 0x204, 4, SECURE_ACCESS);
  expect(pending()).toBe(0);
  uart(0x38, 1 << 5);
  expect(pending()).toBe(1 << 8);
});

test('the Secure GPIO switches off and resets', () => {
  const machine = secureBoard();
  machine.reset(RAM_BASE, false);
  const asked: string[] = [];
  machine.onPower = (request) => asked.push(request);
  const gpio = (offset: number, value: number) =>
    machine.bus.write(SECURE_GPIO_BASE + offset, 4, value, SECURE_ACCESS);
  const [direction, data] = [0x400, 0x3fc];
  gpio(data, 0xff);
  expect(asked).toEqual([]);
  gpio(direction, 0b11);
  gpio(data, 0b100);
  gpio(data, 0b001);
  gpio(data, 0b001);
  gpio(data, 0b010);
  expect(asked).toEqual(['off', 'reset']);
});

test('a reset leaves Secure RAM alone, DMA does not reach it', () => {
  const machine = secureBoard();
  expect(machine.load(SECURE_RAM_BASE, Uint8Array.of(1, 2, 3, 4))).toBe(true);
  machine.reset(RAM_BASE, false);
  const ram = new DataView(machine.memory.buffer);
  const word = () => ram.getUint32(machine.bus.linearOffset(SECURE_RAM_BASE));
  expect(word()).toBe(0x0102_0304);
  // Select item 0 ("QEMU") and read 4 bytes: big-endian control, length, address.
  const access = new DataView(new ArrayBuffer(16));
  for (const [index, value] of [0x0a, 4, 0, SECURE_RAM_BASE].entries()) access.setUint32(4 * index, value);
  const dma = () => {
    machine.load(RAM_BASE, new Uint8Array(access.buffer));
    machine.bus.write(FW_CFG_BASE + 20, 4, 0x40, 0);
    return ram.getUint32(machine.bus.linearOffset(RAM_BASE));
  };
  expect(dma()).toBe(1);
  expect(word()).toBe(0x0102_0304);
  access.setUint32(12, RAM_BASE + 0x100);
  expect(dma()).toBe(0);
});

test('after a reset code need not allow for unaligned accesses that fault because it had to before', () => {
  const machine = board();
  machine.load(RAM_BASE, Uint8Array.of(0xfe, 0xff, 0xff, 0xea)); // b .
  machine.reset(RAM_BASE, false);
  const isAligned = () => machine.codePages.isAligned(machine.bus.linearOffset(RAM_BASE));
  // Stage 1 is off: unaligned accesses fault.
  machine.vcpus[0]!.run(10);
  expect(isAligned()).toBe(true);
  machine.reset(RAM_BASE, false);
  expect(isAligned()).toBe(false);
});
