import { beforeEach, describe, expect, test } from 'vitest';
import { CfiFlash, FLASH_BLOCK_SIZE, flashContent } from '../../runtime/devices/cfi-flash.js';

const SIZE = 0x0400_0000;
const shared = new Uint8Array(SIZE);
let flash: CfiFlash;
let modes: boolean[];

const get = (offset: number) => flash.read(offset, 4);
const set = (offset: number, value: number) => flash.write(offset, 4, value);
/** A command to both chips. */
const command = (value: number, offset = 0) => set(offset, value | (value << 16));

beforeEach(() => {
  shared.fill(0xff, 0, 2 * FLASH_BLOCK_SIZE);
  flash = new CfiFlash({ name: 'flash', bytes: shared });
  modes = [];
  flash.onModeChange = (arrayMode) => modes.push(arrayMode);
});

test('reads as memory after reset', () => {
  shared.set([1, 2, 3, 4]);
  expect(get(0)).toBe(0x04030201);
  expect(flash.read(1, 1)).toBe(2);
  expect(flash.read(2, 2)).toBe(0x0403);
  expect(flash.arrayMode).toBe(true);
});

test('CFI query: both chips answer, with the geometry of QEMU virt', () => {
  command(0x98, 0x55 * 4);
  expect([0x10, 0x11, 0x12].map((word) => get(4 * word))).toEqual([0x00510051, 0x00520052, 0x00590059]);
  expect(flash.read(0x40, 2)).toBe(0x51);
  const query = (word: number) => flash.read(4 * word, 1);
  expect(2 ** query(0x27)).toBe(SIZE / 2);
  expect(2 ** query(0x2a)).toBe(2048);
  expect(query(0x2c)).toBe(1);
  expect(query(0x2d) | (query(0x2e) << 8)).toBe(255);
  expect((query(0x2f) | (query(0x30) << 8)) * 256).toBe(FLASH_BLOCK_SIZE / 2);
  expect(query(0x200)).toBe(0);
  command(0xff);
  expect(get(0)).toBe(0xffffffff);
  expect(modes).toEqual([false, true]);
});

test('identifier codes', () => {
  command(0x90);
  expect(get(0)).toBe(0x00890089);
  expect(get(4)).toBe(0x00180018);
  expect(get(8)).toBe(0);
  command(0xf0);
  expect(flash.arrayMode).toBe(true);
});

describe('programming', () => {
  test('a word, which clears bits only', () => {
    command(0x40);
    set(0x100, 0x12345678);
    expect(get(0)).toBe(0x00800080);
    command(0x40);
    set(0x100, 0xffff0000);
    command(0xff);
    expect(get(0x100)).toBe(0x12340000);
  });

  test('through the write buffer', () => {
    command(0xe8, 0x1000);
    expect(get(0x1000) & 0x00800080).toBe(0x00800080);
    command(3, 0x1000);
    for (let i = 0; i < 4; i++) set(0x1000 + 4 * i, 0x01010101 * (i + 1));
    expect(flash.bytes[0x1000]).toBe(0xff);
    command(0xd0, 0x1000);
    command(0xff);
    expect([0, 4, 8, 12, 16].map((offset) => get(0x1000 + offset))).toEqual([
      0x01010101, 0x02020202, 0x03030303, 0x04040404, 0xffffffff,
    ]);
  });

  test('a single word through the write buffer', () => {
    command(0xe8);
    command(0);
    set(8, 0xabcd0123);
    command(0xd0);
    command(0xff);
    expect(get(8)).toBe(0xabcd0123);
  });

  test('a write outside the buffer is an error and programs nothing', () => {
    command(0xe8);
    command(1);
    set(0, 0);
    set(0x1000, 0);
    command(0xd0);
    command(0x70);
    expect(get(0) & 0x10).toBe(0x10);
    command(0x50);
    expect(get(0)).toBe(0xffffffff);
    command(0x70);
    expect(get(0)).toBe(0x00800080);
  });
});

test('erasing a block', () => {
  shared.fill(0, 0, 2 * FLASH_BLOCK_SIZE);
  command(0x60);
  command(0xd0);
  command(0x20, FLASH_BLOCK_SIZE + 0x100);
  expect(flash.bytes[FLASH_BLOCK_SIZE]).toBe(0);
  command(0xd0, FLASH_BLOCK_SIZE + 0x100);
  expect(get(0)).toBe(0x00800080);
  command(0xff);
  expect(get(FLASH_BLOCK_SIZE - 4)).toBe(0);
  expect(get(FLASH_BLOCK_SIZE)).toBe(0xffffffff);
  expect(get(2 * FLASH_BLOCK_SIZE - 4)).toBe(0xffffffff);
});

test('an erase that is not confirmed', () => {
  shared[0] = 0;
  command(0x20);
  command(0xff);
  expect(flash.arrayMode).toBe(true);
  expect(flash.bytes[0]).toBe(0);
  command(0x20);
  command(0x33);
  expect(get(0) & 0x30).toBe(0x30);
  expect(flash.bytes[0]).toBe(0);
});

test('a read-only flash fails', () => {
  flash = new CfiFlash({ name: 'rom', bytes: shared, readOnly: true });
  command(0x40);
  set(0, 0);
  expect(get(0) & 0x10).toBe(0x10);
  command(0x20);
  command(0xd0);
  expect(get(0) & 0x20).toBe(0x20);
  expect(shared[0]).toBe(0xff);
});

test('reset goes back to reading the array', () => {
  command(0x98);
  flash.reset();
  expect(flash.arrayMode).toBe(true);
  expect(modes).toEqual([false, true]);
});

test('content from an image', () => {
  const bytes = flashContent(Buffer.from('bios'), FLASH_BLOCK_SIZE);
  expect(bytes.length).toBe(FLASH_BLOCK_SIZE);
  expect(Buffer.from(bytes.subarray(0, 5)).toString()).toBe('bios\0');
  expect(() => flashContent(new Uint8Array(5), 4)).toThrow(RangeError);
  expect(() => new CfiFlash({ name: 'odd', bytes: new Uint8Array(100) })).toThrow(RangeError);
});
