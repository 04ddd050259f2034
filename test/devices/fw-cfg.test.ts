import { beforeEach, describe, expect, test } from 'vitest';
import {
  FW_CFG_CMDLINE_DATA,
  FW_CFG_CMDLINE_SIZE,
  FW_CFG_FILE_DIR,
  FW_CFG_ID,
  FW_CFG_INITRD_DATA,
  FW_CFG_INITRD_SIZE,
  FW_CFG_KERNEL_DATA,
  FW_CFG_KERNEL_SIZE,
  FW_CFG_NB_CPUS,
  FW_CFG_RAM_SIZE,
  FwCfg,
} from '../../runtime/devices/fw-cfg.js';

const ram = new Uint8Array(0x20000);
const RAM = 0x4000_0000;
const memory = {
  read(address: number, into: Uint8Array): boolean {
    if (address < RAM || address + into.length > RAM + ram.length) return false;
    into.set(ram.subarray(address - RAM, address - RAM + into.length));
    return true;
  },
  write(address: number, from: Uint8Array, zeros = 0): boolean {
    const end = address + from.length + zeros;
    if (address < RAM || end > RAM + ram.length) return false;
    ram.set(from, address - RAM);
    ram.fill(0, address - RAM + from.length, end - RAM);
    return true;
  },
};

let device: FwCfg;

/** A little-endian CPU writes the key byte-swapped. */
function select(key: number): void {
  device.write(8, 2, ((key & 0xff) << 8) | (key >>> 8));
}

function bytes(count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, () => device.read(0, 1)));
}

const ACCESS = 0x100;

/** Runs a DMA access and gives back its control word. */
function dma(control: number, length: number, address: number): number {
  const view = new DataView(ram.buffer);
  view.setUint32(ACCESS, control);
  view.setUint32(ACCESS + 4, length);
  view.setUint32(ACCESS + 8, 0);
  view.setUint32(ACCESS + 12, address);
  const swapped = Buffer.alloc(4);
  swapped.writeUInt32BE(RAM + ACCESS);
  device.write(16, 4, 0);
  device.write(20, 4, swapped.readUInt32LE());
  return view.getUint32(ACCESS);
}

beforeEach(() => {
  ram.fill(0xcc);
  device = new FwCfg({
    memory,
    memoryBytes: 0x1_4000_0000,
    cpus: 4,
    kernel: { bytes: Buffer.from('the kernel') },
    initrd: { bytes: Buffer.from('the initrd!') },
    cmdline: 'console=ttyAMA0',
  });
});

describe('the data register', () => {
  test('signature, zeros after the end', () => {
    select(0);
    expect(bytes(4).toString()).toBe('QEMU');
    expect(device.read(0, 4)).toBe(0);
  });

  test('wide reads give the bytes in the order of memory', () => {
    select(0);
    expect(device.read(0, 2)).toBe(0x4551);
    expect(device.read(2, 2)).toBe(0x554d);
    select(0);
    expect(device.read(0, 4)).toBe(0x554d4551);
    select(0);
    bytes(3);
    expect(device.read(0, 4)).toBe(0x55);
  });

  test('well-known items', () => {
    select(FW_CFG_ID);
    expect(bytes(4).readUInt32LE()).toBe(3);
    select(FW_CFG_RAM_SIZE);
    expect(bytes(8).readBigUInt64LE()).toBe(0x1_4000_0000n);
    select(FW_CFG_NB_CPUS);
    expect(bytes(2).readUInt16LE()).toBe(4);
    select(FW_CFG_KERNEL_SIZE);
    expect(bytes(4).readUInt32LE()).toBe(10);
    select(FW_CFG_KERNEL_DATA);
    expect(bytes(10).toString()).toBe('the kernel');
    select(FW_CFG_INITRD_SIZE);
    expect(bytes(4).readUInt32LE()).toBe(11);
    select(FW_CFG_INITRD_DATA);
    expect(bytes(11).toString()).toBe('the initrd!');
    select(FW_CFG_CMDLINE_SIZE);
    expect(bytes(4).readUInt32LE()).toBe(16);
    select(FW_CFG_CMDLINE_DATA);
    expect(bytes(16).toString()).toBe('console=ttyAMA0\0');
  });

  test('an unknown key reads as zeros', () => {
    select(0x7777);
    expect(device.read(0, 4)).toBe(0);
  });
});

describe('files', () => {
  test('the directory is sorted by name, keys from 0x20', () => {
    device.addFile('opt/zebra', Buffer.from('z'));
    device.addFile('etc/apple', Buffer.from('apple'));
    select(FW_CFG_FILE_DIR);
    expect(bytes(4).readUInt32BE()).toBe(2);
    const first = bytes(64);
    expect(first.readUInt32BE(0)).toBe(5);
    expect(first.readUInt16BE(4)).toBe(0x20);
    expect(first.toString('latin1', 8, 18)).toBe('etc/apple\0');
    const second = bytes(64);
    expect(second.readUInt16BE(4)).toBe(0x21);
    select(0x20);
    expect(bytes(5).toString()).toBe('apple');
    select(0x21);
    expect(bytes(1).toString()).toBe('z');
  });

  test('too long a name, too many files', () => {
    expect(() => device.addFile('x'.repeat(56), Buffer.from(''))).toThrow(RangeError);
    for (let i = 0; i < 32; i++) device.addFile(`f${i}`, Buffer.from('x'));
    expect(() => device.addFile('one more', Buffer.from('x'))).toThrow(RangeError);
  });
});

describe('DMA', () => {
  test('the address register reads as the signature', () => {
    expect(device.read(16, 4)).toBe(0x554d4551);
    expect(device.read(20, 4)).toBe(0x47464320);
    expect(device.read(22, 2)).toBe(0x4746);
  });

  test('select and read in one go, zeros after the end', () => {
    expect(dma((FW_CFG_KERNEL_DATA << 16) | 8 | 2, 12, RAM + 0x1000)).toBe(0);
    expect(Buffer.from(ram.subarray(0x1000, 0x100d)).toString('latin1')).toBe('the kernel\0\0\xcc');
  });

  test('skip moves on in the item', () => {
    select(FW_CFG_KERNEL_DATA);
    expect(dma(4, 4, 0)).toBe(0);
    expect(dma(2, 3, RAM + 0x1000)).toBe(0);
    expect(Buffer.from(ram.subarray(0x1000, 0x1003)).toString()).toBe('ker');
    expect(bytes(3).toString()).toBe('nel');
  });

  test('reading into what is not RAM is an error', () => {
    expect(dma((FW_CFG_KERNEL_DATA << 16) | 8 | 2, 4, 0x1000)).toBe(1);
  });

  test.each([
    ['the end of RAM', RAM + ram.length - 12, 13],
    ['the end of RAM, behind the item', RAM + 0x1000, ram.length - 0x1000 + 1],
    ['all of a 32-bit length', RAM + 0x1000, 0xffff_ffff],
    ['the end of the address space', 0xffff_f000, 0xffff_ffff],
  ])('a read over %s is refused before anything is written', (_, address, length) => {
    expect(dma((FW_CFG_KERNEL_DATA << 16) | 8 | 2, length, address)).toBe(1);
    expect(ram.subarray(ACCESS + 16).every((byte) => byte === 0xcc)).toBe(true);
    // It has not moved on in the item either.
    expect(bytes(3).toString()).toBe('the');
  });

  test('a read up to the end of RAM', () => {
    expect(dma((FW_CFG_KERNEL_DATA << 16) | 8 | 2, ram.length - 0x1000, RAM + 0x1000)).toBe(0);
    expect(ram.subarray(0x100a).every((byte) => byte === 0)).toBe(true);
  });

  test('nothing to read needs no RAM', () => {
    expect(dma((FW_CFG_KERNEL_DATA << 16) | 8 | 2, 0, 0x1000)).toBe(0);
  });

  test('only writable files can be written', () => {
    const content = new Uint8Array(4);
    device.addFile('etc/writable', content, true);
    ram.set(Buffer.from('abcd'), 0x1000);
    expect(dma((0x20 << 16) | 8 | 16, 4, RAM + 0x1000)).toBe(0);
    expect(Buffer.from(content).toString()).toBe('abcd');
    expect(dma((0x20 << 16) | 8 | 16, 5, RAM + 0x1000)).toBe(1);
    expect(dma((FW_CFG_KERNEL_DATA << 16) | 8 | 16, 4, RAM + 0x1000)).toBe(1);
  });

  test('reset goes back to the signature', () => {
    select(FW_CFG_KERNEL_DATA);
    device.reset();
    expect(bytes(4).toString()).toBe('QEMU');
  });
});
