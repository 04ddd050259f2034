import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tar from 'tar-stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CpioArchive } from '../../../src/image/cpio.js';
import { PackageTree } from '../../../src/image/package-tree.js';
import { packDeb } from './fake-mirror.js';

let folder: string;
const tree = new PackageTree();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hyperthumb-test-'));
  const pack = tar.pack();
  pack.entry({ name: './', type: 'directory' });
  pack.entry({ name: './usr/bin/', type: 'directory', mode: 0o755 });
  pack.entry({ name: './usr/bin/prog', mode: 0o4755 }, 'program');
  pack.entry({ name: './usr/bin/same', type: 'link', linkname: './usr/bin/prog' });
  pack.entry({ name: './usr/lib/libx.so', type: 'symlink', linkname: 'libx.so.1' });
  pack.entry({ name: './usr/share/doc/prog/README', mode: 0o644 }, 'text');
  pack.finalize();
  const path = join(folder, 'x.deb');
  writeFileSync(path, await packDeb(pack));
  await tree.add(path);
});

afterAll(() => rmSync(folder, { recursive: true }));

test('files, folders and links of a package, without documentation', () => {
  expect([...tree.entries.keys()]).toEqual(['usr/bin', 'usr/bin/prog', 'usr/bin/same', 'usr/lib/libx.so']);
  expect(tree.entries.get('usr/bin/prog')).toMatchObject({ type: 'file', mode: 0o4755 });
  expect(tree.entries.get('usr/lib/libx.so')).toMatchObject({ type: 'symlink', target: 'libx.so.1' });
  expect(Buffer.from(tree.file('usr/bin/same')!).toString()).toBe('program');
  expect(tree.file('usr/lib/libx.so')).toBeUndefined();
});

test('the same in a cpio archive, parents first', () => {
  const archive = new CpioArchive();
  tree.copyTo(archive);
  const text = Buffer.from(archive.bytes()).toString('latin1');
  const names = [...text.matchAll(/070701[0-9A-F]{104}(.*?)\0/gs)].map((match) => match[1]);
  expect(names).toEqual([
    'usr',
    'usr/bin',
    'usr/bin/prog',
    'usr/bin/same',
    'usr/lib',
    'usr/lib/libx.so',
    'TRAILER!!!',
  ]);
  // st_mode of a file with permissions 4755.
  expect(text).toMatch(/070701.{8}000089ED.{88}usr\/bin\/prog\0/s);
});
