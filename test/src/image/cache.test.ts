import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Cache, defaultCacheFolder } from '../../../src/image/cache.js';

const system = join(userInfo().homedir, '.cache/hyperthumb');

test.each([
  [{ XDG_CACHE_HOME: '/x', HOME: '/h' }, '/x/hyperthumb'],
  [{ HOME: '/h' }, '/h/.cache/hyperthumb'],
  [{ XDG_CACHE_HOME: '', HOME: '/h' }, '/h/.cache/hyperthumb'],
  [{ XDG_CACHE_HOME: 'relative', HOME: '/h' }, '/h/.cache/hyperthumb'],
  [{ HOME: '' }, system],
  [{ HOME: 'relative' }, system],
  [{}, system],
])('the cache folder with %j', (env, folder) => {
  expect(defaultCacheFolder(env)).toBe(folder);
});

test('no images without a folder for them', () => {
  expect(() => new Cache(undefined)).toThrow(/no home folder .* --cache FOLDER/);
});

test.each([
  ['sound', {}, true],
  ['without sources', { sources: undefined }, false],
  ['with a source that is none', { sources: [null] }, false],
  ['with a command line that is none', { commandLine: 1 }, false],
  ['of no distribution', { distribution: 'other', kernel: undefined }, false],
])('an image whose manifest is %s', (_, change, there) => {
  const root = mkdtempSync(join(tmpdir(), 'hyperthumb-test-'));
  const folder = join(root, 'images', 'debian-some-armmp');
  const manifest = {
    distribution: 'debian',
    suite: 'some',
    flavour: 'armmp',
    release: '6.1',
    version: '1',
    sources: ['a'],
    commandLine: '',
    pulled: '2026-01-01',
    kernel: 'vmlinuz',
    initrd: 'initrd',
  };
  mkdirSync(folder, { recursive: true });
  for (const name of ['vmlinuz', 'initrd']) writeFileSync(join(folder, name), '');
  writeFileSync(join(folder, 'image.json'), JSON.stringify({ ...manifest, ...change }));
  expect(new Cache(root).list().length).toBe(there ? 1 : 0);
  rmSync(root, { recursive: true });
});
