import { describe, expect, test } from 'vitest';
import {
  cellsOf,
  type Fdt,
  FdtError,
  fdtNode,
  nodeAt,
  readFdt,
  stringsOf,
  writeFdt,
} from '../../runtime/board/fdt.js';

const tree: Fdt = {
  root: fdtNode('', { '#address-cells': 2, model: 'test', empty: true }, [
    fdtNode('a@1', { compatible: ['x,y', 'z'], cells: [1, 0xffffffff, 3], raw: new Uint8Array([1, 2, 3]) }),
    fdtNode('b', {}, [fdtNode('deep', { model: 'again' })]),
  ]),
  reservations: Uint8Array.from({ length: 16 }, (_, i) => i),
  bootCpuId: 2,
};

test('what is written is read back', () => {
  const back = readFdt(writeFdt(tree));
  expect(back).toEqual(tree);
  const a = nodeAt(back.root, '/a@1')!;
  expect(stringsOf(a, 'compatible')).toEqual(['x,y', 'z']);
  expect(cellsOf(a, 'cells')).toEqual([1, 0xffffffff, 3]);
  expect(nodeAt(back.root, '/b/deep')!.name).toBe('deep');
  expect(nodeAt(back.root, '/b/none')).toBeUndefined();
  expect(cellsOf(a, 'none')).toBeUndefined();
});

test('the header is that of version 17, blocks are aligned', () => {
  const blob = Buffer.from(writeFdt(tree));
  expect(blob.readUInt32BE(0)).toBe(0xd00dfeed);
  expect(blob.readUInt32BE(4)).toBe(blob.length);
  expect(blob.readUInt32BE(20)).toBe(17);
  expect(blob.readUInt32BE(24)).toBe(16);
  expect(blob.readUInt32BE(8) % 4).toBe(0);
  expect(blob.readUInt32BE(16) % 8).toBe(0);
});

test('a blob inside a larger buffer, with something behind it', () => {
  const blob = writeFdt(tree);
  const larger = new Uint8Array(blob.length + 100).fill(0xee);
  larger.set(blob, 8);
  expect(readFdt(larger.subarray(8))).toEqual(tree);
});

test('FDT_NOP is skipped', () => {
  const blob = Buffer.from(writeFdt({ ...tree, root: fdtNode('', { x: 7 }) }));
  // Overwrites the property with NOPs: token, length, name, value.
  const structure = blob.readUInt32BE(8) + 8;
  for (let i = 0; i < 4; i++) blob.writeUInt32BE(4, structure + 4 * i);
  expect(readFdt(blob).root.properties.size).toBe(0);
});

describe('damage is noticed', () => {
  const blob = writeFdt(tree);
  test.each([
    ['nothing', new Uint8Array(0), 'd00dfeed'],
    ['another file', Buffer.from('\x7fELF'.padEnd(64)), 'd00dfeed'],
    ['cut short', blob.subarray(0, blob.length - 1), 'truncated'],
    [
      'many megabytes',
      Buffer.concat([blob.subarray(0, 4), Buffer.from([0, 0x50, 0, 0]), Buffer.alloc(5 << 20)]),
      'larger than 4 MiB',
    ],
  ])('%s', (_name, bytes, message) => {
    expect(() => readFdt(bytes)).toThrow(FdtError);
    expect(() => readFdt(bytes)).toThrow(message);
  });

  test('no damage of one word makes anything else than an FdtError or a tree', () => {
    for (let i = 0; i + 4 <= blob.length; i += 4) {
      for (const word of [0xffffffff, 0x7fffffff, 9, 3]) {
        const bad = Buffer.from(blob);
        bad.writeUInt32BE(word, i);
        try {
          readFdt(bad);
        } catch (error) {
          expect(error).toBeInstanceOf(FdtError);
        }
      }
    }
  });
});

describe('what would take stack or time without end is refused', () => {
  const word = (...values: number[]) => {
    const bytes = Buffer.alloc(4 * values.length);
    for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
    return bytes;
  };
  /** A blob of a structure block and a strings block. */
  const blobOf = (structure: Buffer, strings: Buffer) => {
    const at = 56;
    const [end, total] = [at + structure.length, at + structure.length + strings.length];
    const header = word(0xd00dfeed, total, at, end, 40, 17, 16, 0, strings.length, structure.length);
    return Buffer.concat([header, Buffer.alloc(16), structure, strings]);
  };
  const nested = (depth: number) => {
    const begin = Buffer.concat(Array<Buffer>(depth).fill(Buffer.from('\0\0\0\x01a\0\0\0', 'latin1')));
    return blobOf(Buffer.concat([begin, word(...Array<number>(depth).fill(2), 9)]), Buffer.from('x\0'));
  };
  const withName = (name: string) =>
    blobOf(word(1, 0, ...Array<number[]>(1000).fill([3, 0, 0]).flat(), 2, 9), Buffer.from(`${name}\0`));

  test('100,000 nodes in one another', () => {
    expect(() => readFdt(nested(100_000))).toThrow(/nested more than 64 deep/);
    expect(() => readFdt(nested(65))).toThrow(FdtError);
    expect(readFdt(nested(64)).root.name).toBe('a');
  });

  test('a name of megabytes, shared by many properties', () => {
    expect(() => readFdt(withName('x'.repeat(1_000_000)))).toThrow(/longer than 255/);
    expect(() => readFdt(withName('x'.repeat(256)))).toThrow(FdtError);
    expect(readFdt(withName('x'.repeat(255))).root.properties.size).toBe(1);
  });

  test('a name may have any bytes, and keeps them', () => {
    const blob = blobOf(word(1, 0, 3, 4, 0, 7, 2, 9), Buffer.from([0xff, 0xe9, 0x41, 0]));
    const back = Buffer.from(writeFdt(readFdt(blob)));
    expect(back.includes(Buffer.from([0xff, 0xe9, 0x41, 0]))).toBe(true);
    expect(cellsOf(readFdt(back).root, '\xff\xe9A')).toEqual([7]);
  });

  test('of properties of one name the first counts, as for libfdt', () => {
    const blob = blobOf(word(1, 0, 3, 4, 0, 7, 3, 4, 0, 8, 2, 9), Buffer.from('x\0'));
    expect(cellsOf(readFdt(blob).root, 'x')).toEqual([7]);
  });
});
