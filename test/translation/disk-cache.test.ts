import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CacheFolder } from '../../runtime/cache-file.js';
import { cover, emptyCoverage } from '../../runtime/translation/coverage.js';
import { DiskCache } from '../../runtime/translation/disk-cache.js';
import type { PageRegion } from '../../runtime/translation/job.js';
import { hashPage } from '../../runtime/translation/page-hash.js';

let root: string;
const key = Buffer.alloc(32, 1);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hyperthumb-cache-'));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function page(seed: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: 4096 }, (_, index) => (index * 31 + seed * 7) & 0xff);
}

function region(head: number, length = 20): PageRegion {
  const coverage = emptyCoverage();
  cover(coverage, head & ~1, 8);
  return {
    entries: [head, head + 4],
    instructions: 2,
    aligned: (head & 1) !== 0,
    coverage,
    code: Uint8Array.from({ length }, (_, index) => (index + head) & 0xff),
  };
}

const open = (version = 'one', mostBytes?: number) =>
  new DiskCache({ folder: root, key }, version, mostBytes === undefined ? {} : { mostBytes });
const files = (version = 'one') => readdirSync(join(root, version)).map((name) => join(root, version, name));

function store(cache: DiskCache, seed: number, ...regions: PageRegion[]): void {
  cache.add(page(seed), regions);
  cache.flush();
}

describe('the translation cache', () => {
  it('gives back what was stored, to another process as well', () => {
    store(open(), 1, region(8), region(101));
    expect(open().find(page(1))).toEqual([region(8), region(101)]);
    expect(open().hashes()).toEqual([hashPage(page(1))]);
    expect(open().find(page(2))).toEqual([]);
  });

  it('adds to what is there', () => {
    store(open(), 1, region(8));
    store(open(), 1, region(16));
    expect(open().find(page(1))).toEqual([region(8), region(16)]);
  });

  it('keeps versions of the translator apart', () => {
    store(open('one'), 1, region(8));
    expect(open('two').find(page(1))).toEqual([]);
    expect(open('two').hashes()).toEqual([]);
  });

  it('ignores and removes a damaged file, wherever the damage is', () => {
    for (const at of [0, 40, 4200, -1]) {
      store(open(), 1, region(8));
      const [file] = files();
      const bytes = readFileSync(file);
      bytes[at < 0 ? bytes.length + at : at] ^= 1;
      writeFileSync(file, bytes);
      expect(open().find(page(1)), `byte ${at}`).toEqual([]);
      expect(files()).toEqual([]);
    }
  });

  it('ignores a file that was cut short, an empty one, and one that is something else', () => {
    store(open(), 1, region(8));
    const [file] = files();
    const bytes = readFileSync(file);
    for (const content of [
      bytes.subarray(0, 4000),
      bytes.subarray(0, bytes.length - 1),
      new Uint8Array(0),
      'hello',
    ]) {
      writeFileSync(file, content);
      expect(open().find(page(1))).toEqual([]);
    }
  });

  it('ignores a file that belongs to another page', () => {
    store(open(), 1, region(8));
    store(open(), 2, region(8));
    const path = (seed: number) => files().find((name) => name.includes(hashPage(page(seed)).toString(16)))!;
    renameSync(path(1), path(2));
    expect(open().find(page(2))).toEqual([]);
  });

  it('leaves no temporary files', () => {
    store(open(), 1, region(8));
    expect(files().every((name) => name.endsWith('.page'))).toBe(true);
  });

  it('keeps machine code by name, and not what was damaged', () => {
    const code = Uint8Array.of(1, 2, 3).buffer;
    open().addCode('ab', code);
    expect(open().findCode('ab')).toEqual(code);
    expect(open().findCode('cd')).toBeUndefined();
    expect(open().hashes()).toEqual([]);
    writeFileSync(files()[0], 'damaged');
    expect(open().findCode('ab')).toBeUndefined();
  });

  it("keeps what was found out about engines, and believes nobody else's word", () => {
    expect(open().engineIsSound('x')).toBeUndefined();
    open().judgeEngine('x', true);
    open().judgeEngine('y', false);
    expect([open().engineIsSound('x'), open().engineIsSound('y')]).toEqual([true, false]);
    for (const file of files()) writeFileSync(file, 'sound');
    expect([open().engineIsSound('x'), open().engineIsSound('y')]).toEqual([undefined, undefined]);
  });

  it('takes no machine code for that of another module, nor that of another version', () => {
    open().addCode('ab', Uint8Array.of(1, 2, 3).buffer);
    open('two').addCode('cd', Uint8Array.of(4).buffer);
    copyFileSync(files()[0], join(root, 'two', 'ab.code'));
    renameSync(files()[0], join(root, 'one', 'cd.code'));
    expect(open().findCode('cd')).toBeUndefined();
    expect(open('two').findCode('ab')).toBeUndefined();
    expect(open('two').findCode('cd')).toBeDefined();
  });

  it('survives any bytes that are signed', () => {
    const random = new CacheFolder({ folder: join(root, 'one'), key }, 'translations one');
    const hash = hashPage(page(1)).toString(16).padStart(14, '0');
    for (let length = 0; length < 400; length++) {
      const after = Uint8Array.from({ length }, (_, index) => (index * index * 13 + length * 7) & 0xff);
      random.write(`${hash}.page`, Buffer.concat([page(1), after]));
      expect(() => open().find(page(1)), `${length} bytes`).not.toThrow();
    }
    random.write(`${hash}.page`, page(1).subarray(0, 100));
    expect(open().find(page(1))).toEqual([]);
  });

  it('is no obstacle where it cannot be written', () => {
    writeFileSync(join(root, 'file'), '');
    const cache = new DiskCache({ folder: join(root, 'file'), key }, 'one');
    cache.add(page(1), [region(8)]);
    expect(() => cache.flush()).not.toThrow();
    expect(cache.hashes()).toEqual([]);
  });

  it('removes what was not used for longest when it is too large, of other versions too', () => {
    store(open('old'), 1, region(8, 1000));
    utimesSync(files('old')[0], 1, 1);
    for (let seed = 2; seed < 12; seed++) store(open(), seed, region(8, 1000));
    const size = readFileSync(files()[0]).length;
    open('one', 20 * size).trim();
    expect([files('old').length, files().length]).toEqual([1, 10]);
    const others = join(root, 'documents');
    mkdirSync(others);
    for (const name of ['thesis.txt', 'title.page', '12.code.txt']) {
      writeFileSync(join(others, name), 'mine');
      utimesSync(join(others, name), 0, 0);
    }
    open('one', 8 * size).trim();
    expect(readdirSync(others)).toHaveLength(3);
    expect([files('old').length, files().length]).toEqual([0, 6]);
  });
});
