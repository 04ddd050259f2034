import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CacheFolder } from '../../runtime/cache-file.js';
import { asNobody } from '../src/nobody.js';

const root = process.geteuid?.() === 0;
const key = Buffer.alloc(32, 1);
const content = Buffer.from('what was kept');
let folder: string;
let told: string[];

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'hyperthumb-files-')), 'cache');
  told = [];
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

const open = (purpose = 'test', signedWith: Uint8Array = key) =>
  new CacheFolder({ folder, key: signedWith }, purpose, (why) => told.push(why));
const read = (name = 'a') => open().read(name)?.toString();
const file = () => join(folder, 'a');

beforeEach(() => open().write('a', content));

describe('a file of a cache', () => {
  it('is the same again, in a folder and of a mode that keep others out', () => {
    expect(read()).toBe(content.toString());
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('is nothing when its checksum is right but not signed, and goes', () => {
    writeFileSync(file(), Buffer.concat([content, createHash('sha256').update(content).digest()]));
    expect(read()).toBeUndefined();
    expect(existsSync(file())).toBe(false);
  });

  it('is nothing with another key, for another purpose, under another name', () => {
    expect(open('test', Buffer.alloc(32, 2)).read('a')).toBeUndefined();
    open().write('a', content);
    expect(open('other').read('a')).toBeUndefined();
    open().write('a', content);
    renameSync(file(), join(folder, 'b'));
    expect(read('b')).toBeUndefined();
    expect(told).toEqual([]);
  });

  it('is nothing wherever a bit is flipped or it is cut', () => {
    const whole = readFileSync(file());
    for (let at = 0; at < whole.length; at++) {
      const flipped = Buffer.from(whole);
      flipped[at] ^= 1;
      writeFileSync(file(), flipped);
      expect(read(), `byte ${at}`).toBeUndefined();
      writeFileSync(file(), whole.subarray(0, at));
      expect(read(), `${at} bytes`).toBeUndefined();
    }
  });

  it('is nothing when it is too large to be one', () => {
    truncateSync(file(), 2 ** 40);
    expect(read()).toBeUndefined();
  });

  it('is no symbolic link, folder or pipe', () => {
    renameSync(file(), join(folder, 'b'));
    symlinkSync('b', file());
    expect(read()).toBeUndefined();
    rmSync(file());
    mkdirSync(file());
    expect(read()).toBeUndefined();
    rmSync(file(), { recursive: true });
    expect(spawnSync('mkfifo', [file()]).status).toBe(0);
    expect(read()).toBeUndefined();
    open().write('a', content);
    expect(read()).toBe(content.toString());
  });

  it.each([0o620, 0o602, 0o666])('is not believed with mode %o, which is said once', (mode) => {
    open().write('b', content);
    chmodSync(file(), mode);
    chmodSync(join(folder, 'b'), mode);
    const files = open();
    expect(files.read('a')).toBeUndefined();
    expect(files.read('b')).toBeUndefined();
    expect(told).toEqual([`'${file()}' is not used: others may write it ('chmod go-w' ends that)`]);
    expect(existsSync(file())).toBe(true);
    open().write('a', content);
    expect(read()).toBe(content.toString());
  });

  it.runIf(root)('is not believed when it is somebody else’s', () => {
    chownSync(file(), 65534, 65534);
    expect(read()).toBeUndefined();
    expect(told).toEqual([`'${file()}' is not used: it belongs to another user`]);
  });
});

describe('a folder', () => {
  it.each([0o720, 0o702, 0o1777])('is not believed with mode %o, nor written into', (mode) => {
    chmodSync(folder, mode);
    const files = open();
    expect(files.read('a')).toBeUndefined();
    expect(files.names()).toEqual([]);
    expect(files.write('b', content)).toBe(false);
    expect(readdirSync(folder)).toEqual(['a']);
    expect(told).toEqual([
      `the cache in '${folder}' is not used: others may write it ('chmod go-w' ends that)`,
    ]);
  });

  it.runIf(root)("is not believed when it is somebody else's, even to root", () => {
    chownSync(folder, 65534, 65534);
    expect(read()).toBeUndefined();
    expect(told).toEqual([`the cache in '${folder}' is not used: it belongs to another user`]);
  });

  it.runIf(root)('of root is nothing to another user', () => {
    chmodSync(join(folder, '..'), 0o755);
    chmodSync(folder, 0o755);
    expect(asNobody(() => read())).toBeUndefined();
    expect(told).toHaveLength(1);
  });
});
