import { describe, expect, test } from 'vitest';
import { type Compression, decompress, detectCompression } from '../../../src/loader/decompress.js';
import { FormatError } from '../../../src/loader/format-error.js';
import { packedSamples, samplePlain } from './packed-samples.js';

const plain = Buffer.from(samplePlain());
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
      expect(plain.equals(await decompress(packed, kind))).toBe(true);
    });

    test('fails when cut short', async () => {
      const half = packed.subarray(0, packed.length >> 1);
      await expect(decompress(half, kind)).rejects.toThrow(FormatError);
    });

    test.skipIf(kind === 'zstd')('ignores what follows', async () => {
      const longer = Buffer.concat([packed, Buffer.from([0x10, 0x0e, 0, 0])]);
      expect(plain.equals(await decompress(longer, kind))).toBe(true);
    });
  });
}

test.each(['gzip', 'xzArm', 'lzo'] as const)('%s: damage is noticed', async (name) => {
  const packed = Buffer.from(packedSamples[name], 'base64');
  const at = Math.floor(packed.length * 0.6);
  packed[at] ^= 0x55;
  const result = await decompress(packed, kinds[name]).catch((error) => error);
  // lzop's checksum is over blocks, which Linux does not look at either: wrong bytes or an error.
  if (!(result instanceof FormatError)) expect(name).toBe('lzo');
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
  expect(Buffer.from(await decompress(Buffer.concat([header, block]), 'lzo')).toString('hex')).toBe(
    'deadbeef',
  );
});
