import { expect, test } from 'vitest';
import { VirtioMmioSlot } from '../../runtime/devices/virtio-mmio.js';

test('an empty slot answers as QEMU virt', () => {
  const slot = new VirtioMmioSlot(31);
  expect(slot.name).toBe('virtio-mmio31');
  expect(slot.size).toBe(0x200);
  expect([0, 4, 8, 12, 16, 0x34, 0x70, 0x100].map((offset) => slot.read(offset, 4))).toEqual([
    0x74726976, 1, 0, 0x554d4551, 0, 0, 0, 0,
  ]);
  slot.write(0x70, 4, 1);
  slot.reset();
  expect(slot.read(0x70, 4)).toBe(0);
  expect(slot.isEmpty).toBe(true);
});

test('a transport takes the slot over, once', () => {
  const slot = new VirtioMmioSlot(0);
  const written: number[][] = [];
  let resets = 0;
  const transport = {
    read: (offset: number) => offset + 1,
    write: (...access: number[]) => {
      written.push(access);
    },
    reset: () => {
      resets++;
    },
  };
  slot.attach(transport);
  expect(slot.isEmpty).toBe(false);
  expect(slot.read(8, 4)).toBe(9);
  slot.write(0x50, 4, 7);
  slot.reset();
  expect(written).toEqual([[0x50, 4, 7]]);
  expect(resets).toBe(1);
  expect(() => slot.attach(transport)).toThrow('taken');
});
