import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { makeDeviceTree } from '../../../../runtime/board/devicetree.js';
import { VirtBoard } from '../../../../runtime/board/virt.js';
import { type RunFlags, readMachineOptions } from '../../../../src/cli/run-options.js';
import { CpioArchive } from '../../../../src/image/cpio.js';
import { crc32 } from '../../../../src/loader/crc32.js';
import { deviceTree, startBoard } from '../../../../src/machine-builder.js';
import type { Random } from '../../../conformance/random.js';
import { makeElf, makeImage, makeUImage, makeZImage } from '../../../src/loader/kernel-samples.js';
import { packedSamples } from '../../../src/loader/packed-samples.js';
import type { FileKind } from '../kind.js';
import { mutate } from '../mutations.js';

const MEMORY = 16 << 20;
const UIMAGE_HEADER = 64;

let board: VirtBoard | undefined;

/** Reads files as `hyperthumb run` does, and puts them into a machine's memory. */
async function load(
  files: Readonly<Record<'kernel' | 'initrd' | 'dtb', Buffer | undefined>>,
  folder: string,
  random: Random,
): Promise<void> {
  const paths = Object.entries(files).flatMap(([name, bytes]) => {
    if (bytes === undefined) return [];
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return [[name, path] as const];
  });
  const flags: RunFlags = {
    ...Object.fromEntries(paths),
    memory: MEMORY,
    smp: 1,
    clock: 'virtual',
    jit: false,
    jitThreshold: 1,
    translationCache: false,
    kernelCache: false,
    fastLoad: random.chance(0.8),
    reboot: false,
  };
  const options = await readMachineOptions(flags);
  deviceTree(options);
  board ??= new VirtBoard({
    memoryBytes: MEMORY,
    features: { security: false, virtualization: false, cpus: 1 },
    clock: 'virtual',
    transmit: () => {},
  });
  startBoard(board, options);
}

const packed = (): Buffer[] => Object.values(packedSamples).map((text) => Buffer.from(text, 'base64'));
const withSize = (payload: Buffer, size: number) => {
  const end = Buffer.alloc(4);
  end.writeUInt32LE(size);
  return Buffer.concat([payload, end]);
};

function kernels(): Buffer[] {
  const image = makeImage(1024, 0x8000);
  const plain = makeImage(900);
  const zImages = packed().map((payload) =>
    makeZImage(image, { payload: withSize(payload, image.length), table: true }),
  );
  return [
    image,
    plain,
    makeZImage(image),
    makeZImage(image, { table: true, textOffset: 0x208000 }),
    Buffer.concat([makeZImage(image), makeDeviceTree({ cpus: 1, memoryBytes: MEMORY })]),
    ...zImages,
    ...packed(),
    makeUImage(image),
    makeUImage(makeZImage(image)),
    makeUImage(gzipSync(image), { compression: 1 }),
    makeElf(0x4001_0000, [
      { virtual: 0x4001_0000, physical: 0x4001_0000, bytes: image },
      { virtual: 0x4010_0000, physical: 0x4010_0000, bytes: plain, memorySize: 0x8000 },
    ]),
  ];
}

const initrds = (): Buffer[] => {
  const archive = Buffer.from(
    new CpioArchive()
      .file('init', '#!/bin/sh\n', 0o755)
      .directory('proc')
      .symlink('bin/sh', 'busybox')
      .bytes(),
  );
  return [
    archive,
    gzipSync(archive),
    makeUImage(archive, { type: 3 }),
    makeUImage(gzipSync(archive), { type: 3, compression: 1 }),
    ...packed(),
  ];
};

const trees = (): Buffer[] =>
  [
    makeDeviceTree({ cpus: 1, memoryBytes: MEMORY }),
    makeDeviceTree({
      cpus: 8,
      memoryBytes: MEMORY,
      bootargs: 'console=ttyAMA0',
      initrd: { start: 0x4400_0000, end: 0x4400_1000 },
      virtualization: true,
      psciMethod: 'smc',
    }),
    makeDeviceTree({
      cpus: 2,
      memoryBytes: MEMORY,
      multiboot: {
        modules: [{ kind: 'kernel', address: 0x4800_0000, size: 4096, bootargs: 'a=b' }],
        xenBootargs: 'x',
        dom0Bootargs: 'y',
      },
    }),
  ].map((tree) => Buffer.from(tree));

/** U-Boot's header has a checksum of itself and one of what follows. */
function resealUImage(file: Buffer): Buffer {
  if (file.length < UIMAGE_HEADER || file.readUInt32BE(0) !== 0x2705_1956) return file;
  const copy = Buffer.from(file);
  copy.writeUInt32BE(copy.length - UIMAGE_HEADER, 12);
  copy.writeUInt32BE(crc32(copy.subarray(UIMAGE_HEADER)), 24);
  copy.writeUInt32BE(0, 4);
  copy.writeUInt32BE(crc32(copy.subarray(0, UIMAGE_HEADER)), 4);
  return copy;
}

/** The size in the header is that of the file. */
function resealTree(file: Buffer): Buffer {
  if (file.length < 40) return file;
  const copy = Buffer.from(file);
  copy.writeUInt32BE(0xd00d_feed, 0);
  copy.writeUInt32BE(copy.length, 4);
  return copy;
}

/** `--kernel` in all its formats and packings. */
export const kernel: FileKind = {
  samples: kernels,
  inside: (random) => {
    const image = mutate([makeImage(1024, 0x8000), makeImage(900)], random);
    const zImage = makeZImage(
      image,
      random.chance(0.5) ? { table: true, textOffset: random.word() >>> 0 } : {},
    );
    return random.pick([
      zImage,
      gzipSync(image),
      makeUImage(mutate([zImage], random)),
      makeUImage(gzipSync(mutate([zImage], random)), { compression: 1 }),
    ]);
  },
  use: (file, folder, random) => load({ kernel: file, initrd: undefined, dtb: undefined }, folder, random),
  reseal: resealUImage,
};

/** `--initrd`. */
export const initrd: FileKind = {
  samples: initrds,
  use: (file, folder, random) =>
    load({ kernel: makeImage(64), initrd: file, dtb: undefined }, folder, random),
  reseal: resealUImage,
};

/** `--dtb`. */
export const dtb: FileKind = {
  samples: trees,
  use: (file, folder, random) =>
    load(
      { kernel: makeImage(64), initrd: random.chance(0.5) ? Buffer.alloc(100) : undefined, dtb: file },
      folder,
      random,
    ),
  reseal: resealTree,
};
