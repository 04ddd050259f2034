import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder } from '../../runtime/make-folder.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'hyperthumb-folder-'));
  writeFileSync(join(root, 'file'), '');
  symlinkSync('nowhere', join(root, 'dangling'));
});
afterAll(() => rmSync(root, { recursive: true }));

describe('a folder', () => {
  it('is made with those above it, for the user alone', () => {
    makeFolder(join(root, 'a', 'b', 'c'));
    for (const path of ['a', 'a/b', 'a/b/c']) expect(statSync(join(root, path)).mode & 0o777).toBe(0o700);
    expect(() => makeFolder(join(root, 'a', 'b'))).not.toThrow();
    expect(() => makeFolder('/')).not.toThrow();
  });

  it.each([
    ['file', 'EEXIST'],
    ['file/a', 'ENOTDIR'],
    ['dangling', 'EEXIST'],
    ['a/x'.repeat(2000), 'ENAMETOOLONG'],
  ])('cannot be made at %s', (path, code) => {
    expect(() => makeFolder(join(root, path))).toThrow(expect.objectContaining({ code }));
  });

  it.runIf(existsSync('/proc/self'))('cannot be made under /proc, and that is found out', () => {
    expect(() => makeFolder('/proc/no/such/folder')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });
});
