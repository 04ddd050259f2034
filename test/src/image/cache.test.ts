import { userInfo } from 'node:os';
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
