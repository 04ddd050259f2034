import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cachedUnpack } from '../../../src/loader/kernel-cache.js';

let folder: string;
const key = Buffer.alloc(32, 1);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kernels-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const limits = { maxBytes: 1 << 20 };
const kernel = (n: number) => Buffer.from(`kernel ${n} `.repeat(100));
const unpack = async (n: number) =>
  Buffer.from(await cachedUnpack({ folder, key })(gzipSync(kernel(n)), 'gzip', limits));
const files = () => readdirSync(folder).map((name) => join(folder, name));

describe('unpacked kernels', () => {
  it('are read again, not unpacked', async () => {
    expect(await unpack(1)).toEqual(kernel(1));
    const [file] = files();
    const { ino } = statSync(file!);
    expect(await unpack(1)).toEqual(kernel(1));
    expect(files()).toEqual([file]);
    expect(statSync(file!).ino).toBe(ino);
  });

  it('are unpacked again where the file is damaged or cut short', async () => {
    await unpack(1);
    const [file] = files();
    const bytes = readFileSync(file!);
    for (const damaged of [Buffer.from(bytes).fill(0, 0, 8), bytes.subarray(0, 40), Buffer.alloc(0)]) {
      writeFileSync(file!, damaged);
      expect(await unpack(1)).toEqual(kernel(1));
      expect(readFileSync(file!)).toEqual(bytes);
    }
  });

  it('are no larger than the limit, kept or not', async () => {
    await unpack(1);
    const less = cachedUnpack({ folder, key })(gzipSync(kernel(1)), 'gzip', { maxBytes: 100 });
    await expect(less).rejects.toThrow(/more than/);
  });

  it('go when four others were used since', async () => {
    const contents = () => files().map((file) => readFileSync(file, 'latin1').slice(0, 8));
    for (const n of [1, 2, 3, 4, 1, 5]) {
      // What was used before was used long ago: files of one millisecond have no order.
      for (const file of files()) utimesSync(file, 0, statSync(file).mtimeMs / 1000 - 60);
      await unpack(n);
    }
    expect(contents().sort()).toEqual(['kernel 1', 'kernel 3', 'kernel 4', 'kernel 5']);
  });

  it('are unpacked every time where nothing can be kept', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const unpacked = await cachedUnpack({ folder: join(file, 'folder'), key })(
      gzipSync(kernel(1)),
      'gzip',
      limits,
    );
    expect(Buffer.from(unpacked)).toEqual(kernel(1));
  });

  it.runIf(existsSync('/proc/self'))('are unpacked where the folder can never be made', async () => {
    const unpack = cachedUnpack({ folder: '/proc/no/such', key });
    expect(Buffer.from(await unpack(gzipSync(kernel(1)), 'gzip', limits))).toEqual(kernel(1));
  });
});
