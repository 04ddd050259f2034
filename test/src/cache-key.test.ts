import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheKey, NoKeyError } from '../../src/cache-key.js';

const root = process.geteuid?.() === 0;
let folder: string;
const path = () => join(folder, 'cache.key');

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'hyperthumb-key-')), 'home');
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

describe('the key for caches', () => {
  it('is made once, at random, for the user alone', () => {
    const key = cacheKey(folder);
    expect(key.length).toBe(32);
    expect(new Set(key).size).toBeGreaterThan(8);
    expect(cacheKey(folder)).toEqual(key);
    expect(readFileSync(path())).toEqual(key);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder)).toEqual(['cache.key']);
  });

  it.each([0o640, 0o604])('is made anew where others could have read it (mode %o)', (mode) => {
    const key = cacheKey(folder);
    chmodSync(path(), mode);
    const next = cacheKey(folder);
    expect(next).not.toEqual(key);
    expect(cacheKey(folder)).toEqual(next);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  it.each([0, 31, 33])('is made anew where it has %d bytes', (length) => {
    cacheKey(folder);
    writeFileSync(path(), Buffer.alloc(length));
    const key = cacheKey(folder);
    expect(key.length).toBe(32);
    expect(readFileSync(path())).toEqual(key);
  });

  it('is none where others may write it, or put another one there', () => {
    cacheKey(folder);
    chmodSync(path(), 0o620);
    expect(() => cacheKey(folder)).toThrow(/cache\.key' is not used: others may write it/);
    chmodSync(path(), 0o600);
    chmodSync(folder, 0o777);
    expect(() => cacheKey(folder)).toThrow(/cannot be kept in '.*home': others may write it/);
  });

  it.runIf(root)('is none where it is somebody else’s', () => {
    cacheKey(folder);
    chownSync(path(), 65534, 65534);
    expect(() => cacheKey(folder)).toThrow(/cache\.key' is not used: it belongs to another user/);
  });

  it('is none where none can be kept, in a line', () => {
    mkdirSync(folder);
    symlinkSync('elsewhere', path());
    writeFileSync(join(folder, 'file'), '');
    mkdirSync(join(folder, 'odd', 'cache.key', 'in'), { recursive: true });
    for (const place of ['.', 'file', 'file/in', 'odd', 'x'.repeat(300)]) {
      expect(() => cacheKey(join(folder, place)), place).toThrow(NoKeyError);
      expect(() => cacheKey(join(folder, place)), place).toThrow(/^the key for caches [^\n]+$/);
    }
  });
});
