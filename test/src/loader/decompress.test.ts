import { constants, deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ExitCode, UserError } from '../../../src/errors.js';
import { crc32 } from '../../../src/loader/crc32.js';
import { type Compression, decompress, detectCompression } from '../../../src/loader/decompress.js';
import { FormatError } from '../../../src/loader/format-error.js';
import { unlzma2 } from '../../../src/loader/lzma.js';
import { TooLargeError } from '../../../src/loader/unpack-limits.js';
import { packedSamples, samplePlain } from './packed-samples.js';

const plain = Buffer.from(samplePlain());
const limits = { maxBytes: plain.length };
const kinds: Record<keyof typeof packedSamples, Compression> = {
  gzip: 'gzip',
  xz: 'xz',
  xzArm: 'xz',
  xzThumb: 'xz',
  xzBlocks: 'xz',
  lzma: 'lzma',
  lz4: 'lz4',
  lzo: 'lzo',
  zstd: 'zstd',
};

for (const [name, kind] of Object.entries(kinds)) {
  const packed = Buffer.from(packedSamples[name as keyof typeof packedSamples], 'base64');

  describe(name, () => {
    test('is recognised', () => {
      expect(detectCompression(packed)).toBe(kind);
      expect(detectCompression(Buffer.concat([Buffer.alloc(7), packed]), 7)).toBe(kind);
    });

    test('unpacks to what was packed', async () => {
      expect(plain.equals(await decompress(packed, kind, limits))).toBe(true);
    });

    test('stops at the limit', async () => {
      const less = { maxBytes: plain.length - 1, advice: 'less' };
      await expect(decompress(packed, kind, less)).rejects.toThrow(TooLargeError);
      await expect(decompress(packed, kind, less)).rejects.toThrow(/more than 0\.00\d+ MiB: less/);
    });

    test('stops when time is up', async () => {
      const late = new UserError(ExitCode.temporary, 'late');
      const checkTime = () => {
        throw late;
      };
      await expect(decompress(packed, kind, { ...limits, checkTime })).rejects.toBe(late);
    });

    test('fails when cut short', async () => {
      const half = packed.subarray(0, packed.length >> 1);
      await expect(decompress(half, kind, limits)).rejects.toThrow(FormatError);
    });

    test('ignores what follows', async () => {
      const longer = Buffer.concat([packed, Buffer.from([0x10, 0x0e, 0, 0])]);
      expect(plain.equals(await decompress(longer, kind, limits))).toBe(true);
    });
  });
}

test.each(['gzip', 'xzArm', 'lzo'] as const)('%s: damage is noticed', async (name) => {
  const packed = Buffer.from(packedSamples[name], 'base64');
  const at = Math.floor(packed.length * 0.6);
  packed[at] ^= 0x55;
  const result = await decompress(packed, kinds[name], limits).catch((error) => error);
  // lzop's checksum is over blocks, which Linux does not look at either: wrong bytes or an error.
  if (!(result instanceof FormatError)) expect(name).toBe('lzo');
});

test('a gzip file that unpacks to a GiB is left at the limit', async () => {
  const mebibyte = gzipSync(Buffer.alloc(1 << 20));
  // Raw deflate: 1024 times the same, each ended by Z_SYNC_FLUSH, and an end.
  const piece = deflateRawSync(Buffer.alloc(1 << 20), { finishFlush: constants.Z_SYNC_FLUSH });
  const bomb = Buffer.concat([
    mebibyte.subarray(0, 10),
    ...Array<Buffer>(1024).fill(piece),
    Buffer.from([3, 0]),
  ]);
  let pieces = 0;
  const few = { maxBytes: 4 << 20, checkTime: () => void pieces++ };
  await expect(decompress(bomb, 'gzip', few)).rejects.toThrow(/more than 4 MiB/);
  expect(pieces).toBeLessThan(10);
});

describe('lz4', () => {
  const frame = (block: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(block.length);
    return Buffer.concat([Buffer.from('02214c18', 'hex'), length, block]);
  };
  const unpack = (block: Buffer) => decompress(frame(block), 'lz4', { maxBytes: 1 << 30 });

  test('a match may overlap what it makes', async () => {
    // One literal, then 4 + 15 + 2 of it, then one literal.
    const out = await unpack(Buffer.from([0x1f, 0x61, 1, 0, 2, 0x10, 0x62]));
    expect(Buffer.from(out).toString()).toBe(`${'a'.repeat(22)}b`);
  });

  test.each([
    ['a match of 2 GiB', Buffer.concat([Buffer.from([0x1f, 0x61, 1, 0]), Buffer.alloc(1 << 20, 0xff)])],
    [
      'a match longer than a block',
      Buffer.concat([Buffer.from([0x1f, 0x61, 1, 0]), Buffer.alloc(40_000, 0xff), Buffer.from([0])]),
    ],
    ['a match from before the start', Buffer.from([0x10, 0x61, 2, 0, 0x10, 0x62])],
    ['a match from nowhere', Buffer.from([0x10, 0x61, 0, 0, 0x10, 0x62])],
    ['literals that are not there', Buffer.from([0x50, 0x61])],
  ])('%s is damage', async (_, block) => {
    await expect(unpack(block)).rejects.toThrow(/damaged LZ4 block/);
  });
});

describe('xz with a large dictionary', () => {
  const packed = Buffer.from(packedSamples.xz, 'base64');
  const header = 12;
  const headerSize = (packed[header] + 1) * 4;

  /** LZMA2's property byte is the fifth of the block header. */
  const withDictionary = (property: number) => {
    const copy = Buffer.from(packed);
    copy[header + 4] = property;
    const end = header + headerSize - 4;
    copy.writeUInt32LE(crc32(copy.subarray(header, end)), end);
    return copy;
  };

  test.each([
    ['64 MiB', 28],
    ['96 MiB', 29],
    ['128 MiB', 30],
    ['4 GiB', 40],
  ])('%s', async (_, property) => {
    expect(plain.equals(await decompress(withDictionary(property), 'xz', limits))).toBe(true);
  });

  test('LZMA2 is unpacked here where that is needed', () => {
    const data = packed.subarray(header + headerSize);
    expect(plain.equals(unlzma2(data, plain.length, limits))).toBe(true);
    expect(() => unlzma2(data, plain.length + 1, { maxBytes: 1 << 20 })).toThrow(FormatError);
    expect(() => unlzma2(data, plain.length, { maxBytes: 100 })).toThrow(TooLargeError);
    expect(() => unlzma2(data.subarray(0, 300), plain.length, limits)).toThrow(FormatError);
  });

  test('LZMA2: chunks that are not packed, before and after one that is', () => {
    // The sample's one chunk resets everything, and so may stand behind others.
    const size = packed.readUInt16BE(header + headerSize + 3) + 1;
    const chunk = packed.subarray(header + headerSize, header + headerSize + 6 + size);
    const data = Buffer.concat([Buffer.from([1, 0, 2, 7, 8, 9]), chunk, Buffer.from([2, 0, 0, 5, 0])]);
    const expected = Buffer.concat([Buffer.from([7, 8, 9]), plain, Buffer.from([5])]);
    expect(expected.equals(unlzma2(data, expected.length, { maxBytes: 1 << 20 }))).toBe(true);
    expect(() => unlzma2(Buffer.from([0x80, 0, 0, 0, 0, 0]), 1, limits)).toThrow(/damaged LZMA2/);
  });
});

describe('zstd', () => {
  const frame = (descriptor: number[], ...blocks: number[][]) =>
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, ...descriptor, ...blocks.flat()]);
  /** A block that repeats a byte, and whether it is the last. */
  const repeat = (size: number, last: number) => {
    const header = (size << 3) | (1 << 1) | last;
    return [header & 255, (header >> 8) & 255, header >> 16, 0xaa];
  };

  test('a window of a GiB is asked for in vain where less comes out', async () => {
    const bytes = frame([0, 20 << 3], repeat(1000, 0), repeat(500, 1));
    const out = await decompress(bytes, 'zstd', { maxBytes: 1500 });
    expect(Buffer.alloc(1500, 0xaa).equals(out)).toBe(true);
  });

  test('a content size of 2 GiB is refused before there is memory for it', async () => {
    const bytes = frame([0xa0, 0, 0, 0, 0x7f], repeat(1000, 1));
    await expect(decompress(bytes, 'zstd', limits)).rejects.toThrow(TooLargeError);
  });

  test('skippable frames are skipped, and a second frame goes on', async () => {
    const one = frame([0, 0], repeat(10, 1));
    const skippable = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const out = await decompress(Buffer.concat([one, skippable, one]), 'zstd', { maxBytes: 20 });
    expect(Buffer.alloc(20, 0xaa).equals(out)).toBe(true);
  });
});

test('the bare magic of xz in a text is no xz stream', () => {
  expect(detectCompression(Buffer.from('\xfd7zXZ\0\0\0XZ decompressor ran out', 'latin1'))).toBeUndefined();
});

test('a stored lzop block keeps its bytes', async () => {
  // Header of lzop 1.04 with no checksums over data (flags 0x03000000), no name; one block of 4 bytes, stored.
  const header = Buffer.from(
    '894c5a4f000d0a1a0a' +
      '1040' +
      '20a0' +
      '0940' +
      '03' +
      '09' +
      '03000000' +
      '000081a4' +
      '0000000000000000' +
      '00' +
      '00000000',
    'hex',
  );
  const block = Buffer.from('0000000400000004deadbeef00000000', 'hex');
  expect(Buffer.from(await decompress(Buffer.concat([header, block]), 'lzo', limits)).toString('hex')).toBe(
    'deadbeef',
  );
});
