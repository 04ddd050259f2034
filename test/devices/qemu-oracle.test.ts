/** The same accesses to our devices and to QEMU's. Left out is what QEMU and the manual disagree on. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FW_CFG_BASE, RAM_BASE } from '../../runtime/board/memory-map.js';
import { VirtBoard } from '../../runtime/board/virt.js';
import { CfiFlash } from '../../runtime/devices/cfi-flash.js';
import type { AccessWidth, Device } from '../../runtime/devices/device.js';
import { GicV2 } from '../../runtime/devices/gic/gic-v2.js';
import { Pl011 } from '../../runtime/devices/pl011.js';
import { Pl061 } from '../../runtime/devices/pl061.js';
import { VirtioMmioSlot } from '../../runtime/devices/virtio-mmio.js';
import { hasQemu, Qtest } from './qtest.js';

let seed = 1;
function random(below: number): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
}
const random32 = () => (random(65536) * 65536 + random(65536)) >>> 0;
const pick = <T>(choices: readonly T[]): T => choices[random(choices.length)];

let qemu: Qtest;
const trace: string[] = [];

/** One device here and there. */
class Pair {
  readonly #device: Device;
  readonly #base: number;

  constructor(device: Device, base: number) {
    this.#device = device;
    this.#base = base;
  }

  async write(offset: number, value: number, width: AccessWidth = 4): Promise<void> {
    trace.push(`write ${this.#device.name} ${offset.toString(16)} ${value.toString(16)}/${width}`);
    this.#device.write(offset, width, value, 0);
    await qemu.write(this.#base + offset, width, value);
  }

  /** Reads both and expects the same. */
  async read(offset: number, width: AccessWidth = 4): Promise<number> {
    const ours = this.#device.read(offset, width, 0) >>> 0;
    const theirs = await qemu.read(this.#base + offset, width);
    trace.push(`read ${this.#device.name} ${offset.toString(16)} ${ours.toString(16)}`);
    expect(ours, `differs after\n${trace.slice(-20).join('\n')}\n(QEMU: ${theirs.toString(16)})`).toBe(
      theirs,
    );
    return ours;
  }

  async readAll(offsets: readonly number[]): Promise<void> {
    for (const offset of offsets) await this.read(offset);
  }
}

const ids = [0xfe0, 0xfe4, 0xfe8, 0xfec, 0xff0, 0xff4, 0xff8, 0xffc];

describe.skipIf(!hasQemu)('as QEMU', () => {
  beforeAll(() => {
    qemu = new Qtest('virt,virtualization=on');
  });
  afterAll(() => qemu.close());

  test('GICv2', { timeout: 60_000 }, async () => {
    const gic = new GicV2({ outputs: [{ irq: () => {}, fiq: () => {} }] });
    const distributor = new Pair(gic.distributor, 0x08000000);
    const cpu = new Pair(gic.cpuInterface, 0x08010000);
    const aprs = [0xd0, 0xd4, 0xd8, 0xdc, 0xe0, 0xe4, 0xe8, 0xec];
    await distributor.readAll([0, 4, 8, 0xfd0, ...ids, 0x800, 0xc00, 0xc04, 0x100, 0x400, 0x80]);
    await cpu.readAll([0, 4, 8, 0xc, 0x14, 0x18, 0x1c, 0xfc, ...aprs]);
    await distributor.write(0, 3);
    await cpu.write(0, 7);
    await cpu.write(4, 0xff);
    /** Acknowledged, not ended. */
    const active: number[] = [];
    const actions: (() => Promise<unknown> | undefined)[] = [
      () => distributor.write(pick([0x100, 0x180]) + 4 * pick([0, 1, 2, 8]), random32() & random32()),
      () => distributor.write(0x200 + 4 * pick([1, 2, 8]), 1 << random(32)),
      () => distributor.write(0x280 + 4 * pick([0, 1, 2, 8]), random32() & random32()),
      () => distributor.write(0x400 + 4 * random(72), random32()),
      () => distributor.write(0x400 + 4 * random(12), random32()),
      () => distributor.write(0xf00, (pick([0, 2]) << 24) | (1 << 16) | random(16)),
      () => distributor.write(0xf20 + random(16), 1, 1),
      () => distributor.write(0xf10 + random(16), random(2), 1),
      () => distributor.read(pick([0x100, 0x200, 0x300, 0x80]) + 4 * pick([0, 1, 2, 8]), pick([1, 2, 4])),
      () => distributor.read(pick([0x400, 0x800]) + 4 * random(72)),
      () => (active.length === 0 ? cpu.write(4, pick([0xff, 0x80, 0xf0])) : undefined),
      () => (active.length === 0 ? distributor.write(0x80 + 4 * random(9), random32()) : undefined),
      () => (active.length === 0 ? cpu.write(0, 7 | (random(4) << 3)) : undefined),
      async () => {
        // With unlike binary points QEMU compares whole priorities, the manual group priorities.
        const point = random(7);
        if (active.length > 0) return;
        await cpu.write(8, point);
        await cpu.write(0x1c, point + 1);
      },
      async () => {
        const id = await cpu.read(0xc);
        if ((id & 0x3ff) < 1020) active.push(id);
      },
      () => (active.length > 0 ? cpu.write(0x10, active.pop()!) : undefined),
    ];
    // Acknowledging and ending as often as all that makes work for them.
    const weighted = [...actions, actions[14], actions[14], actions[14], actions[15], actions[15]];
    for (let i = 0; i < 1500; i++) {
      await pick(weighted)();
      await cpu.read(0x14);
      if (i % 20 === 0) await cpu.readAll([8, 0x1c, 0, ...aprs]);
      if (i % 100 !== 0) continue;
      for (let word = 0; word < 9; word++) {
        await distributor.readAll([0x80, 0x100, 0x200, 0x300].map((offset) => offset + 4 * word));
      }
      await distributor.readAll([0xf10, 0xf14, 0xf18, 0xf1c, 0xf20, 0xf24, 0xf28, 0xf2c]);
    }
  });

  // QEMU 7.2 has no GICV_AIAR and its kin, and does not deactivate SPIs.
  test('GICv2 with the Virtualization Extensions', { timeout: 60_000 }, async () => {
    const gic = new GicV2({ outputs: [{ irq: () => {}, fiq: () => {} }], maintenancePpi: 9 });
    const distributor = new Pair(gic.distributor, 0x08000000);
    const control = new Pair(gic.virtualization!.control, 0x08030000);
    const cpu = new Pair(gic.virtualization!.cpuInterface, 0x08040000);
    // What another test has left active in QEMU is not in this machine.
    await distributor.write(0x380, -1);
    const status = [0, 8, 0x10, 0x20, 0x30, 0xf0, 0x100, 0x104, 0x108, 0x10c];
    await control.readAll([...status, 4, 0x110, 0x24, 0x34]);
    await cpu.readAll([0, 4, 8, 0xc, 0x14, 0x18, 0x1c, 0xd0, 0xfc]);
    await control.write(0, 1);
    await cpu.write(0, 7);
    await cpu.write(4, 0xff);
    /** Acknowledged, not ended. */
    const active: number[] = [];
    let acknowledges = 0;
    /** IDs all different, so that one end is of one list register; an SGI linked to hardware is UNPREDICTABLE. */
    const listRegister = (n: number) => {
      const hardware = random(3) === 0;
      const id = hardware ? 40 + n : pick([n, 16 + n, 40 + n, 200 + n]);
      const physical = hardware ? 20 + n : random(2) << 9;
      const state = pick([0, 1, 1, 1]);
      return (
        (hardware ? 1 << 31 : 0) |
        (random(2) << 30) |
        (state << 28) |
        (random(32) << 23) |
        (physical << 10) |
        id
      );
    };
    const actions: (() => Promise<unknown> | undefined)[] = [
      () => {
        const n = random(4);
        return control.write(0x100 + 4 * n, listRegister(n));
      },
      () => control.write(0, 1 | (random(256) << 0) | (random(2) << 27)),
      () => (active.length === 0 ? cpu.write(4, pick([0xff, 0x80, 0xf0])) : undefined),
      () => cpu.write(0, 7 | (random(4) << 3) | (random(2) << 9)),
      async () => {
        if (active.length > 0) return;
        const point = 2 + random(5);
        await cpu.write(8, point);
        await cpu.write(0x1c, point + 1);
      },
      async () => {
        const acknowledged = await cpu.read(0xc);
        if ((acknowledged & 0x3ff) >= 1020) return;
        acknowledges++;
        active.push(acknowledged);
      },
      () => (active.length > 0 ? cpu.write(0x10, active.pop()!) : undefined),
      () => (active.length > 0 ? cpu.write(0x1000, pick(active)) : undefined),
      () => distributor.write(0x300, 0xff << 16),
    ];
    const weighted = [...actions, actions[0], actions[0], actions[5], actions[5], actions[6]];
    for (let i = 0; i < 2000; i++) {
      await pick(weighted)();
      await control.readAll(status);
      await cpu.read(0x14);
      await distributor.read(0x300);
    }
    expect(acknowledges).toBeGreaterThan(20);
  });

  test('PL011', async () => {
    const uart = new Pair(new Pl011({ transmit: () => {}, interrupt: () => {} }), 0x09000000);
    const registers = [0, 4, 0x18, 0x20, 0x24, 0x28, 0x2c, 0x30, 0x34, 0x38, 0x3c, 0x40, 0x48];
    await uart.readAll([...registers, ...ids]);
    // Bits that exist; QEMU keeps some of the others too. No loopback, no break.
    const writable = [
      [0x00, 0xffff],
      [0x04, 0xffff],
      [0x20, 0xff],
      [0x24, 0xffff],
      [0x28, 0x3f],
      [0x2c, 0xfe],
      [0x30, 0xff07],
      [0x34, 0x3f],
      [0x38, 0x7ff],
      [0x44, 0x7ff],
    ];
    for (let i = 0; i < 150; i++) {
      const [offset, mask] = pick(writable);
      await uart.write(offset, random32() & mask);
      await uart.readAll(registers);
    }
  });

  test('PL061', async () => {
    const gpio = new Pair(new Pl061(() => {}), 0x09030000);
    const registers = [0x3fc, 0x400, 0x404, 0x408, 0x40c, 0x410, 0x414, 0x418, 0x420];
    await gpio.readAll([...registers, ...ids]);
    // Outputs only: QEMU's inputs keep what was last driven out, and its levels count on outputs and latch.
    await gpio.write(0x400, 0xff);
    for (let i = 0; i < 100; i++) {
      const offset = pick([4 * random(256), 4 * random(256), 0x408, 0x40c, 0x410, 0x41c]);
      await gpio.write(offset, random(256));
      await gpio.readAll([4 * random(256), ...registers]);
    }
  });

  test('CFI flash', async () => {
    const device = new CfiFlash({ name: 'flash', bytes: new Uint8Array(0x0400_0000) });
    const flash = new Pair(device, 0x04000000);
    const command = (value: number, offset = 0) => flash.write(offset, value | (value << 16));
    await command(0x98, 0x154);
    for (let word = 0; word < 0x60; word++) await flash.read(4 * word);
    await flash.read(0x42, 2);
    await command(0xff);
    await command(0x90);
    await flash.readAll([0, 4, 8]);
    await command(0xff);
    await command(0x20, 0x40000);
    await command(0xd0, 0x40000);
    await flash.read(0x40000);
    await command(0xff);
    await flash.readAll([0x3fffc, 0x40000, 0x7fffc, 0x80000]);
    await command(0x40, 0x40000);
    await flash.write(0x40010, 0x12345678);
    await flash.read(0);
    await command(0xe8, 0x41000);
    await flash.read(0x41000);
    await command(7, 0x41000);
    for (let i = 0; i < 8; i++) await flash.write(0x41000 + 4 * i, random32());
    await command(0xd0, 0x41000);
    await flash.read(0x41000);
    await command(0x60);
    await command(0xd0);
    await flash.read(0);
    await command(0xff);
    await flash.readAll([0x40010, ...Array.from({ length: 9 }, (_, i) => 0x41000 + 4 * i)]);
  });

  test('fw_cfg by DMA', async () => {
    const board = new VirtBoard({
      memoryBytes: 64 << 20,
      features: { security: false, virtualization: true, cpus: 1 },
      clock: 'virtual',
      transmit: () => {},
    });
    const RAM_END = RAM_BASE + (64 << 20);
    const ram = new DataView(board.memory.buffer, board.bus.linearOffset(RAM_BASE), 64 << 20);
    const put = async (address: number, word: number) => {
      ram.setUint32(address - RAM_BASE, word, true);
      await qemu.write(address, 4, word);
    };
    const swapped = (word: number) => Buffer.from(Uint32Array.of(word).buffer).readUInt32BE();
    const ACCESS = RAM_BASE + 0x1000;
    const NOT_RAM = 0x0b00_0000;
    const BUFFER = RAM_BASE + 0x2000;
    const SIGNATURE_ITEM = 0;
    const [READ, SKIP, SELECT, WRITE] = [2, 4, 8, 16];
    /** @returns whether it came to an end without an error */
    const transfer = async (control: number, length: number, address: number): Promise<boolean> => {
      for (const [index, word] of [control, length, 0, address].entries())
        await put(ACCESS + 4 * index, swapped(word));
      for (let at = 0; at < 64; at += 4) await put(BUFFER + at, 0xcccc_cccc);
      await put(RAM_END - 8, 0xcccc_cccc);
      board.bus.write(FW_CFG_BASE + 20, 4, swapped(ACCESS), 0);
      await qemu.write(FW_CFG_BASE + 20, 4, swapped(ACCESS));
      const ours = swapped(ram.getUint32(ACCESS - RAM_BASE, true));
      const theirs = swapped(await qemu.read(ACCESS));
      expect(ours, [control, length, address].map((n) => n.toString(16)).join(' ')).toBe(theirs);
      return ours === 0;
    };
    const compare = async () => {
      for (const address of [BUFFER, BUFFER + 4, BUFFER + 8, BUFFER + 60, RAM_END - 8])
        expect(ram.getUint32(address - RAM_BASE, true)).toBe(await qemu.read(address));
    };
    const selected = (SIGNATURE_ITEM << 16) | SELECT;
    const cases: [control: number, length: number, address: number, done: boolean][] = [
      [selected | READ, 4, BUFFER, true],
      [selected | READ, 3, BUFFER, true],
      [READ, 8, BUFFER, true],
      [selected | READ, 64, BUFFER, true],
      [selected | READ, 8, RAM_END - 8, true],
      [selected | READ, 9, RAM_END - 8, false],
      [selected | READ, 0x10000, RAM_END - 4, false],
      [selected | READ, 4, NOT_RAM, false],
      [selected | READ, 0, NOT_RAM, true],
      [selected | SKIP, 2, 0, true],
      [READ, 2, BUFFER, true],
      [selected | SKIP, 0xffff_ffff, 0, true],
      [READ, 4, BUFFER, true],
      [selected | WRITE, 4, BUFFER, false],
      [selected | WRITE, 0, NOT_RAM, true],
      [selected | WRITE | READ, 4, BUFFER, true],
      [(0x7777 << 16) | SELECT | READ, 4, BUFFER, true],
      [(0x7777 << 16) | SELECT | WRITE, 4, BUFFER, false],
      [0, 4, NOT_RAM, true],
    ];
    for (const [control, length, address, done] of cases) {
      expect(await transfer(control, length, address)).toBe(done);
      if (done) await compare();
    }
  });

  test('an empty virtio-mmio slot', async () => {
    const slot = new Pair(new VirtioMmioSlot(0), 0x0a000000);
    await slot.readAll(Array.from({ length: 0x80 }, (_, i) => 4 * i));
  });
});
