import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { makeDeviceTree } from '../../../runtime/board/devicetree.js';
import { readFdt } from '../../../runtime/board/fdt.js';
import { loadKernel } from '../../../src/loader/kernel-image.js';
import { makeElf, makeImage, makeUImage, makeZImage } from './kernel-samples.js';
import { packedSamples, samplePlain } from './packed-samples.js';

const ramBase = 0x4000_0000;
const options = { ramBase, memory: 512 << 20, fast: true };

const load = (bytes: Uint8Array, fast = true) => loadKernel(bytes, { ...options, fast });
const same = (a: Uint8Array, b: Uint8Array) => Buffer.from(a).equals(b);

describe('zImage', () => {
  test.each([true, false])('gzip inside is unpacked (table %s)', async (table) => {
    const image = makeImage(4096, 0x208000);
    const kernel = await load(makeZImage(image, { table, textOffset: 0x208000 }));
    expect(kernel.format).toBe('zImage (gzip)');
    expect(kernel.entry).toBe(0x4020_8000);
    expect(kernel.segments).toHaveLength(1);
    expect(kernel.segments[0].address).toBe(0x4020_8000);
    expect(same(kernel.segments[0].bytes, image)).toBe(true);
    expect(kernel.end).toBeGreaterThanOrEqual(0x4020_8000 + image.length + 0x60000);
  });

  test.each(['xz', 'xzArm', 'lzma', 'lz4', 'lzo', 'zstd'] as const)('%s inside is unpacked', async (name) => {
    const image = Buffer.from(samplePlain());
    const size = Buffer.alloc(4);
    size.writeUInt32LE(image.length);
    const payload = Buffer.concat([Buffer.from(packedSamples[name], 'base64'), size]);
    const kernel = await load(makeZImage(image, { table: true, payload }));
    expect(kernel.entry).toBe(0x4000_8000);
    expect(same(kernel.segments[0].bytes, image)).toBe(true);
  });

  test.each([0x28, 0x2c, 0x30, 0x33, 0x34, 0x3f])(
    'cut at %i bytes is refused, in a uImage too',
    async (length) => {
      const cut = makeZImage(makeImage(64)).subarray(0, length);
      await expect(load(cut)).rejects.toThrow(/truncated within its zImage header/);
      await expect(load(makeUImage(cut))).rejects.toThrow(/truncated within its zImage header/);
    },
  );

  test('without fast load it stays as it is and gets room to unpack', async () => {
    const image = makeImage(4096);
    const file = makeZImage(image, { table: true, textOffset: 0x208000 });
    const kernel = await load(Buffer.concat([file, Buffer.from('signature')]), false);
    expect(kernel.entry).toBe(0x4001_0000);
    expect(kernel.segments[0].address).toBe(0x4001_0000);
    expect(same(kernel.segments[0].bytes, file)).toBe(true);
    expect(kernel.end).toBeGreaterThan(0x4020_8000 + image.length + 0x60000 + file.length);
  });

  test.each([true, false])('a device tree behind it is its own (fast %s)', async (fast) => {
    const file = makeZImage(makeImage(), { table: true });
    const tree = makeDeviceTree({ cpus: 1, memoryBytes: 1 << 20 });
    const kernel = await load(Buffer.concat([file, tree, Buffer.from('signature')]), fast);
    expect(same(kernel.deviceTree!.subarray(0, tree.length), tree)).toBe(true);
    if (!fast) expect(same(kernel.segments[0].bytes, file)).toBe(true);
    expect((await load(gzipSync(Buffer.concat([file, tree])), fast)).deviceTree).toBeDefined();
    expect((await load(makeUImage(Buffer.concat([file, tree])), fast)).deviceTree).toBeDefined();
    expect((await load(Buffer.concat([file, Buffer.from('signature')]), fast)).deviceTree).toBeUndefined();
  });

  test('a truncated one is refused', async () => {
    const file = makeZImage(makeImage());
    await expect(load(file.subarray(0, file.length - 1))).rejects.toThrow(
      /truncated: the zImage header says/,
    );
  });

  test.each([true, false])(
    'one without a packed kernel, as Xen is, stays as it is (fast %s)',
    async (fast) => {
      const file = makeImage(0x1000);
      file.writeUInt32LE(0x016f2818, 0x24);
      file.writeUInt32LE(0, 0x28);
      file.writeUInt32LE(file.length + 0x5678, 0x2c);
      const kernel = await load(file, fast);
      expect(kernel.format).toBe('zImage (not packed)');
      expect(kernel.entry).toBe(0x4001_0000);
      expect(kernel.segments).toEqual([{ address: 0x4001_0000, bytes: file }]);
      expect(kernel.end).toBe(0x4001_0000 + file.length + 0x6000);
    },
  );

  test('one whose packed kernel is damaged is refused', async () => {
    const file = makeZImage(makeImage(), { table: true });
    file.fill(0xa5, 0x210, 0x230);
    await expect(load(file)).rejects.toThrow(/no packed kernel was found/);
  });

  test('a big-endian one is refused', async () => {
    const file = makeZImage(makeImage());
    file.writeUInt32BE(0x04030201, 0x30);
    await expect(load(file)).rejects.toThrow(/big-endian/);
  });
});

describe('raw Image', () => {
  test('TEXT_OFFSET comes from its own code', async () => {
    expect((await load(makeImage(4096, 0x208000))).entry).toBe(0x4020_8000);
    expect((await load(makeImage(4096, 0x8000))).entry).toBe(0x4000_8000);
  });

  test('code that is no Linux goes where QEMU has it', async () => {
    const kernel = await load(makeImage(4096));
    expect(kernel.entry).toBe(0x4001_0000);
    expect(kernel.segments[0].address).toBe(0x4001_0000);
    expect((await load(gzipSync(makeImage(4096)))).entry).toBe(0x4001_0000);
    expect((await load(makeUImage(makeImage(4096), { type: 14 }))).entry).toBe(0x4001_0000);
  });

  test('TEXT_OFFSET of kernels before 5.11 comes from the pair of their address and PAGE_OFFSET', async () => {
    const image = makeImage();
    image.writeUInt32LE(0xc0208000 + 0x80, 0x80);
    image.writeUInt32LE(0xc0000000, 0x84);
    expect((await load(image)).entry).toBe(0x4020_8000);
  });

  test('packed with gzip it is unpacked', async () => {
    const image = makeImage();
    const kernel = await load(gzipSync(image));
    expect(kernel.format).toBe('Image in gzip');
    expect(same(kernel.segments[0].bytes, image)).toBe(true);
  });
});

describe('uImage', () => {
  test('an unpacked Image goes to its load address', async () => {
    const kernel = await load(makeUImage(makeImage(), { load: 0x41000000, entry: 0x41000040 }));
    expect(kernel.segments[0].address).toBe(0x4100_0000);
    expect(kernel.entry).toBe(0x4100_0040);
  });

  test('a load address of another board keeps its place within 128 MiB', async () => {
    const kernel = await load(makeUImage(gzipSync(makeImage()), { load: 0x80008000, compression: 1 }));
    expect(kernel.segments[0].address).toBe(0x4000_8000);
  });

  test('a zImage inside is a zImage', async () => {
    const kernel = await load(makeUImage(makeZImage(makeImage())));
    expect(kernel.format).toBe('uImage of zImage (gzip)');
    expect(kernel.entry).toBe(0x4000_8000);
  });

  test.each([
    [{ arch: 22 }, /64-bit Arm/],
    [{ type: 3 }, /--initrd/],
    [{ compression: 9 }, /compression 9 is unknown/],
    [{ entry: 0x40007000 }, /entry point/],
  ])('%o is refused', async (fields, message) => {
    await expect(load(makeUImage(makeImage(), fields))).rejects.toThrow(message);
  });

  describe('of several files', () => {
    const image = makeImage();
    const ramdisk = Buffer.from('ramdisk');
    const tree = Buffer.from(makeDeviceTree({ cpus: 1, memoryBytes: 1 << 20 }));
    const multi = (...parts: Buffer[]) => {
      const sizes = Buffer.alloc(4 * parts.length + 4);
      for (const [i, part] of parts.entries()) sizes.writeUInt32BE(part.length, 4 * i);
      const padded = parts.map((part) => Buffer.concat([part, Buffer.alloc(-part.length & 3)]));
      return makeUImage(Buffer.concat([sizes, ...padded]), { type: 4 });
    };

    test("kernel, ramdisk and device tree, in U-Boot's order", async () => {
      const kernel = await load(multi(image, ramdisk, tree));
      expect(same(kernel.segments[0].bytes, image)).toBe(true);
      expect(Buffer.from(kernel.initrd!).toString()).toBe('ramdisk');
      expect(readFdt(kernel.deviceTree!)).toEqual(readFdt(tree));
    });

    test('without a ramdisk or without a tree', async () => {
      const alone = await load(multi(image));
      expect([alone.initrd, alone.deviceTree]).toEqual([undefined, undefined]);
      const withTree = await load(multi(makeZImage(image), tree));
      expect(withTree.initrd).toBeUndefined();
      expect(readFdt(withTree.deviceTree!)).toEqual(readFdt(tree));
    });

    test('parts that are not all there', async () => {
      const sizes = Buffer.alloc(12);
      sizes.writeUInt32BE(16, 0);
      sizes.writeUInt32BE(1000, 4);
      const file = makeUImage(Buffer.concat([sizes, makeImage(8)]), { type: 4 });
      await expect(load(file)).rejects.toThrow(/list of uImage parts is damaged/);
    });
  });

  test('damage and truncation are noticed', async () => {
    const file = makeUImage(makeImage());
    await expect(load(file.subarray(0, file.length - 4))).rejects.toThrow(/truncated/);
    file[100] ^= 1;
    await expect(load(file)).rejects.toThrow(/data are damaged/);
    file[20] ^= 1;
    await expect(load(file)).rejects.toThrow(/header is damaged/);
  });
});

describe('ELF', () => {
  test('segments go to their physical addresses, BSS is zero', async () => {
    const code = makeImage(16);
    const kernel = await load(
      makeElf(0x4010_0005, [{ virtual: 0x4010_0000, physical: 0x4010_0000, bytes: code, memorySize: 256 }]),
    );
    expect(kernel.entry).toBe(0x4010_0004);
    expect(kernel.thumb).toBe(true);
    expect(kernel.segments[0].bytes.length).toBe(256);
    expect(same(kernel.segments[0].bytes.subarray(0, 64), code)).toBe(true);
    expect(kernel.segments[0].bytes.subarray(64).every((b) => b === 0)).toBe(true);
  });

  test("Linux's vmlinux, linked at its virtual addresses, goes to the same place in RAM", async () => {
    const code = makeImage(16);
    const kernel = await load(
      makeElf(0xc020_8000, [
        { virtual: 0xc020_8000, physical: 0xc020_8000, bytes: code },
        { virtual: 0xffff_0000, physical: 0xc030_0000, bytes: code },
      ]),
    );
    expect(kernel.entry).toBe(0x4020_8000);
    expect(kernel.segments.map((s) => s.address)).toEqual([0x4020_8000, 0x4030_0000]);
  });

  test.each([
    [3, 2, /for x86,/],
    [62, 2, /for x86-64/],
    [183, 2, /AArch64/],
    [40, 1, /not linked/],
  ])('machine %i, type %i is refused', async (machine, type, message) => {
    const file = makeElf(0, [{ virtual: 0, physical: 0, bytes: makeImage(4) }], machine, type);
    await expect(load(file)).rejects.toThrow(message);
  });

  test('one whose memory is larger than the guest has is refused before there is memory for it', async () => {
    const segment = { virtual: 0x40000000, physical: 0x40000000, bytes: makeImage(4), memorySize: 2 ** 31 };
    await expect(load(makeElf(0x40000000, [segment, segment]))).rejects.toThrow(/take 4096 MiB/);
  });

  test('a truncated one is refused', async () => {
    const file = makeElf(0x40000000, [{ virtual: 0x40000000, physical: 0x40000000, bytes: makeImage(64) }]);
    await expect(load(file.subarray(0, 100))).rejects.toThrow(/truncated/);
    await expect(load(file.subarray(0, 40))).rejects.toThrow(/truncated/);
  });
});

describe('other things', () => {
  const at = (offset: number, text: string) => {
    const bytes = makeImage(256);
    bytes.write(text, offset, 'latin1');
    return bytes;
  };
  test.each([
    ['arm64', at(0x38, 'ARM\x64'), /64-bit Arm/],
    ['RISC-V', at(0x38, 'RSC\x05'), /RISC-V/],
    ['x86', at(0x202, 'HdrS'), /x86/],
    ['FIT', at(0, '\xd0\x0d\xfe\xed'), /device tree or FIT/],
    ['deb', at(0, '!<arch>\n'), /archive/],
    ['initramfs', at(0, '070701'), /--initrd/],
    ['text', Buffer.from('hello, this is some text and no kernel'), /no kernel/],
    ['zeros', Buffer.alloc(4096), /no kernel/],
    ['three bytes', Buffer.from([1, 2, 0xe1]), /no kernel/],
    [
      'gzip of text',
      gzipSync('hello, this is some text and no kernel'),
      /unpacked from gzip, it is no kernel/,
    ],
  ])('%s is refused', async (_name, bytes, message) => {
    await expect(load(bytes)).rejects.toThrow(message);
  });
});
