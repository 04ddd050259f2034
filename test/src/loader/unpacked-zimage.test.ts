import { expect, test } from 'vitest';
import { CPU } from '../../../jit/abi/cpu-state.js';
import { makeDeviceTree } from '../../../runtime/board/devicetree.js';
import { VirtBoard } from '../../../runtime/board/virt.js';
import { loadKernel } from '../../../src/loader/kernel-image.js';
import { unpackedZImage } from '../../../src/loader/unpacked-zimage.js';
import { makeImage, makeZImage } from './kernel-samples.js';

const ramBase = 0x4000_0000;
const textOffset = 0x20_8000;

/** A kernel that stops where it begins: `b .` */
function makeKernel(): Buffer {
  const image = makeImage(2051, textOffset);
  image.writeUInt32LE(0xeaff_fffe, 0);
  return image;
}

/** A zImage whose decompressor stops where it begins. */
function makeFile(image: Buffer): Buffer {
  const file = makeZImage(image, { table: true, textOffset });
  file.writeUInt32LE(0xeaff_fffe, 0);
  return file;
}

/** Enters a module at `address` with R2 as given. @returns PC after a while, and the first bytes of RAM from `at` */
function enter(module: Uint8Array, address: number, r2: number, at: number, length: number) {
  const board = new VirtBoard({
    memoryBytes: 144 << 20,
    features: { security: false, virtualization: true, cpus: 1 },
    clock: 'virtual',
    transmit: () => {},
  });
  expect(board.load(address, module)).toBe(true);
  board.reset(address, false);
  const [vcpu] = board.vcpus;
  vcpu.state.set(CPU.R + 4, -1);
  vcpu.state.set(CPU.R + 8, r2);
  vcpu.run(10_000);
  const linear = board.bus.linearOffset(at);
  return {
    pc: vcpu.interpreter.pc,
    registers: [0, 1, 2].map((n) => vcpu.state.get(CPU.R + 4 * n) >>> 0),
    bytes: Buffer.from(board.memory.buffer, linear, length),
  };
}

test('the unpacked kernel runs in its place when RAM starts where it is taken to', async () => {
  const image = makeKernel();
  const file = makeFile(image);
  const module = await unpackedZImage(file);
  const place = ramBase + textOffset;
  const result = enter(module, 0x47a0_0000, 0x4800_0000, place, image.length);
  expect(result.pc).toBe(place);
  expect(result.registers).toEqual([0, 0xffff_ffff, 0x4800_0000]);
  expect(result.bytes.equals(image)).toBe(true);
});

test.each([
  ['the device tree is elsewhere', 0x47a0_0000, 0x4780_0000],
  ['the kernel would overwrite the file', ramBase + textOffset + 4096, 0x4800_0000],
])('when %s the file as it was does', async (_, address, r2) => {
  const image = makeKernel();
  const file = makeFile(image);
  const module = await unpackedZImage(file);
  const original = address + module.length - file.length;
  const result = enter(module, address, r2, original, file.length);
  expect(result.pc).toBe(original);
  expect(result.registers).toEqual([0, 0xffff_ffff, r2]);
  expect(result.bytes.equals(file)).toBe(true);
});

test('it is a zImage itself', async () => {
  const module = await unpackedZImage(makeFile(makeKernel()));
  const kernel = await loadKernel(module, { ramBase, memory: 512 << 20, fast: false });
  expect(kernel.segments).toEqual([{ address: 0x4001_0000, bytes: module }]);
});

test.each([
  ['an Image', makeImage()],
  ['a zImage without a packed kernel', Buffer.from(makeZImage(makeImage(), { payload: Buffer.alloc(100) }))],
  [
    'a zImage with a device tree behind it',
    Buffer.concat([makeFile(makeKernel()), makeDeviceTree({ cpus: 1, memoryBytes: 1 << 20 })]),
  ],
  ['a truncated zImage', makeFile(makeKernel()).subarray(0, -1)],
])('%s stays as it is', async (_, bytes) => {
  expect(await unpackedZImage(bytes)).toBe(bytes);
});
