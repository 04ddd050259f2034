import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Cache } from '../../../src/image/cache.js';
import { Progress } from '../../../src/image/progress.js';
import { type PullOptions, pullDebian } from '../../../src/image/pull.js';
import { pullXen } from '../../../src/image/xen.js';
import { FakeMirror, hypervisor, vmlinuz } from './fake-mirror.js';

let mirror: FakeMirror;
let cache: Cache;
const progress = new Progress({ write: () => true } as never);

beforeEach(async () => {
  mirror = await FakeMirror.start();
  cache = new Cache(mkdtempSync(join(tmpdir(), 'hyperthumb-test-')));
});

afterEach(async () => {
  await mirror.stop();
  rmSync(cache.root, { recursive: true });
});

const options = (overrides: Partial<PullOptions> = {}): PullOptions => ({
  mirror: mirror.url,
  suite: 'stable',
  flavour: 'armmp',
  cache,
  checkSignature: false,
  ...overrides,
});

const packages = () => mirror.requests.filter((url) => url.includes('/pool/'));

test("the hypervisor and its dom0's image come into the cache, and nothing else stays", async () => {
  const { xen, dom0 } = await pullXen(options(), progress);
  expect(xen.version).toBe('1.0');
  expect(readFileSync(join(xen.folder, xen.hypervisor)).equals(hypervisor)).toBe(true);
  expect(readFileSync(join(dom0.folder, dom0.kernel)).equals(vmlinuz)).toBe(true);
  expect(cache.list()).toEqual([dom0, xen]);
  expect(cache.debianImages()).toEqual([dom0]);
  expect(cache.findXen('stable')).toEqual(xen);
  expect(cache.findXen('testing')).toBeUndefined();
  expect(readdirSync(cache.downloads)).toEqual([]);
});

test('what is there already is not fetched again', async () => {
  const dom0 = await pullDebian(options(), progress);
  mirror.requests.length = 0;
  const first = await pullXen(options(), progress);
  expect(first.dom0).toEqual(dom0);
  expect(packages()).toEqual([mirror.xenPath]);
  mirror.requests.length = 0;
  expect(await pullXen(options(), progress)).toEqual(first);
  expect(packages()).toEqual([]);
});

test('a damaged package is an error, and leaves nothing', async () => {
  const file = mirror.files.get(mirror.xenPath)!;
  file[file.length >> 1] ^= 1;
  await expect(pullXen(options(), progress)).rejects.toMatchObject({
    exitCode: 65,
    message: expect.stringMatching(/wrong checksum.*--mirror/),
  });
  expect(cache.list()).toEqual([]);
});

test('an image whose file is gone is not in the list', async () => {
  const { xen, dom0 } = await pullXen(options(), progress);
  rmSync(join(xen.folder, xen.hypervisor));
  expect(cache.list()).toEqual([dom0]);
  expect((await pullXen(options(), progress)).xen.hypervisor).toBe(xen.hypervisor);
});
