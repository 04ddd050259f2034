import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import tar from 'tar-stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Deadline } from '../../../src/deadline.js';
import { Interrupted } from '../../../src/errors.js';
import { Cache } from '../../../src/image/cache.js';
import { readDeb } from '../../../src/image/deb.js';
import { Progress } from '../../../src/image/progress.js';
import { type PullOptions, pullDebian } from '../../../src/image/pull.js';
import { FakeMirror, makeDeb, release, vmlinuz } from './fake-mirror.js';

let mirror: FakeMirror;
let cache: Cache;
const steps: string[] = [];
const progress = new Progress({ write: (text: string) => steps.push(text.trim()) } as never);

beforeEach(async () => {
  steps.length = 0;
  mirror = await FakeMirror.start();
  cache = new Cache(mkdtempSync(join(tmpdir(), 'hyperthumb-test-')));
});

afterEach(async () => {
  await mirror.stop();
  rmSync(cache.root, { recursive: true });
});

function pull(overrides: Partial<PullOptions> = {}) {
  return pullDebian(
    {
      mirror: overrides.mirror ?? mirror.url,
      suite: 'stable',
      flavour: 'armmp',
      cache,
      checkSignature: false,
      ...overrides,
    },
    progress,
  );
}

/** Everything under the cache folder, by path. */
function everything(): string[] {
  return readdirSync(cache.root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
}

test('kernel and initramfs come into the cache, and nothing else stays', async () => {
  const image = await pull();
  expect(image.release).toBe(release);
  expect(readFileSync(join(image.folder, image.kernel)).equals(vmlinuz)).toBe(true);
  const initrd = readFileSync(join(image.folder, image.initrd)).toString('latin1');
  expect(initrd.startsWith('070701')).toBe(true);
  for (const text of [
    'kernel/drivers/net/virtio_net.ko: kernel/drivers/net/net_failover.ko kernel/drivers/net/failover.ko\n',
    'virtio_mmio\nfailover\nnet_failover\nvirtio_net\n',
    'bin/modprobe\0',
    'TRAILER!!!',
  ]) {
    expect(initrd).toContain(text);
  }
  expect(initrd).not.toContain('unwanted');
  expect(everything()).toEqual(['image.json', image.initrd, image.kernel].sort());
  expect(cache.list()).toEqual([image]);
});

test('the same packages give the same bytes, and are fetched once', async () => {
  const first = await pull();
  const initrd = readFileSync(join(first.folder, first.initrd));
  mirror.requests.length = 0;
  expect(await pull()).toEqual(first);
  expect(mirror.requests.filter((url) => url.includes('/pool/'))).toEqual([]);

  rmSync(first.folder, { recursive: true });
  const again = await pull();
  expect(readFileSync(join(again.folder, again.initrd)).equals(initrd)).toBe(true);
});

test('a broken download goes on where it stopped', async () => {
  let broken = false;
  mirror.intercept = (request, response) => {
    if (broken || request.url !== mirror.kernelPath) return false;
    broken = true;
    const file = mirror.files.get(mirror.kernelPath)!;
    response.writeHead(200, { 'content-length': file.length });
    response.write(file.subarray(0, 1000), () => setTimeout(() => response.destroy(), 50));
    return true;
  };
  await pull();
  expect(mirror.requests).toContain(`${mirror.kernelPath} bytes=1000-`);
});

test('what an older version of the file left behind is given up', async () => {
  let first = true;
  mirror.intercept = (request, response) => {
    if (!first || request.url !== mirror.kernelPath) return false;
    first = false;
    response.writeHead(200, { 'content-length': mirror.files.get(mirror.kernelPath)!.length });
    response.write(Buffer.alloc(500, 'other'), () => setTimeout(() => response.destroy(), 50));
    return true;
  };
  const image = await pull();
  expect(readFileSync(join(image.folder, image.kernel)).equals(vmlinuz)).toBe(true);
});

test('a wrong checksum is an error, and leaves nothing', async () => {
  const file = mirror.files.get(mirror.kernelPath)!;
  file[file.length >> 1] ^= 1;
  await expect(pull()).rejects.toMatchObject({
    exitCode: 65,
    message: expect.stringMatching(/wrong checksum.*--mirror/),
  });
  expect(everything()).toEqual([]);
});

test('a list of packages with a wrong checksum is an error', async () => {
  const path = '/debian/dists/stable/main/binary-armhf/Packages.gz';
  mirror.files.get(path)![20] ^= 1;
  await expect(pull()).rejects.toMatchObject({
    exitCode: 65,
    message: expect.stringMatching(/Packages.gz has a wrong checksum/),
  });
});

test('an image stays as it was when the next pull fails', async () => {
  const image = await pull();
  mirror.files.delete('/debian/dists/stable/Release');
  await expect(pull()).rejects.toMatchObject({ exitCode: 69 });
  expect(cache.list()).toEqual([image]);
});

test('redirects are followed, and a busy mirror is asked again', async () => {
  let busy = 2;
  mirror.intercept = (request, response) => {
    if (request.url!.startsWith('/moved')) {
      response.writeHead(302, { location: request.url!.replace('/moved', '/debian') }).end();
      return true;
    }
    if (!request.url!.includes('Packages') || busy-- <= 0) return false;
    response.writeHead(503).end();
    return true;
  };
  const image = await pull({ mirror: mirror.url.replace('/debian', '/moved') });
  expect(image.release).toBe(release);
});

test.each([
  [{ suite: 'nosuch' }, 69, /has no .*nosuch.*--suite/],
  [{ flavour: 'armmp-lpae' as const }, 69, /no package linux-image-armmp-lpae for armhf/],
  [{ checkSignature: true }, 65, /no signature.*--no-check-signature/],
])('%o: one clear error', async (overrides, exitCode, message) => {
  await expect(pull(overrides)).rejects.toMatchObject({ exitCode, message: expect.stringMatching(message) });
  expect(everything()).toEqual([]);
});

test('a mirror that is not there', async () => {
  const { url } = mirror;
  await mirror.stop();
  await expect(pull({ mirror: url })).rejects.toMatchObject({
    exitCode: 69,
    message: expect.stringMatching(/cannot reach the mirror .*refused.*--mirror/),
  });
  mirror = await FakeMirror.start();
});

test('a file URL is a mirror too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hyperthumb-mirror-'));
  for (const [path, bytes] of mirror.files) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  expect((await pull({ mirror: `file://${folder}/debian` })).release).toBe(release);
  rmSync(folder, { recursive: true });
});

test('a signal ends it, and the next pull goes on with what was fetched', async () => {
  let stalled = false;
  mirror.intercept = (request, response) => {
    if (stalled || request.url !== mirror.kernelPath) return false;
    stalled = true;
    const file = mirror.files.get(mirror.kernelPath)!;
    response.writeHead(200, { 'content-length': file.length });
    response.write(file.subarray(0, 1500));
    setTimeout(() => process.emit('SIGTERM', 'SIGTERM'), 200);
    return true;
  };
  const result = await pull().catch((error) => error);
  expect(result).toBeInstanceOf(Interrupted);
  expect(result.exitCode).toBe(143);
  expect(everything()).toEqual([expect.stringMatching(/\.deb\.part$/)]);
  expect(process.listenerCount('SIGTERM')).toBe(0);
  await pull();
  expect(mirror.requests).toContain(`${mirror.kernelPath} bytes=1500-`);
});

test('two pulls at once: the second waits and finds it done', async () => {
  const [a, b] = await Promise.all([pull(), pull()]);
  expect(a).toEqual(b);
  expect(mirror.requests.filter((url) => url === mirror.kernelPath)).toHaveLength(1);
  expect(steps.some((step) => step.startsWith('waiting for another pull'))).toBe(true);
  expect(existsSync(join(cache.root, 'lock'))).toBe(false);
});

test('the lock of a dead process does not stop anyone', async () => {
  writeFileSync(join(cache.root, 'lock'), '999999999\n');
  expect((await pull()).release).toBe(release);
});

test('a mirror that never answers is given up when time is up', async () => {
  mirror.intercept = () => true;
  const deadline = new Deadline(performance.now() / 1000 + 0.2);
  await expect(pull({ deadline })).rejects.toMatchObject({
    exitCode: 75,
    message: expect.stringMatching(/^stopped after [\d.]+ seconds \(--timeout\)$/),
  });
  expect(existsSync(join(cache.root, 'lock'))).toBe(false);
});

test('images of two suites lie side by side', async () => {
  const stable = await pull();
  for (const [path, bytes] of [...mirror.files])
    mirror.files.set(path.replace('/stable/', '/testing/'), bytes);
  const testing = await pull({ suite: 'testing' });
  expect(testing.folder).not.toBe(stable.folder);
  expect(cache.find('stable', 'armmp')).toEqual(stable);
  expect(cache.find('testing', 'armmp')).toEqual(testing);
  expect(everything()).toHaveLength(6);
});

test('a package that unpacks to more than one has is refused', async () => {
  const deb = join(cache.root, 'bomb.deb');
  writeFileSync(deb, await makeDeb({ large: Buffer.alloc(4 << 20) }));
  expect((await readDeb(deb, () => true)).get('large')?.data).toHaveLength(4 << 20);
  await expect(readDeb(deb, () => true, { maxBytes: 1 << 20 })).rejects.toMatchObject({
    exitCode: 65,
    message: `cannot unpack '${deb}': it unpacks to more than 1 MiB`,
  });
});

test('a local mirror without end is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hyperthumb-test-'));
  mkdirSync(join(folder, 'dists/stable'), { recursive: true });
  symlinkSync('/dev/zero', join(folder, 'dists/stable/InRelease'));
  await expect(pull({ mirror: `file://${folder}` })).rejects.toMatchObject({ exitCode: 76 });
  rmSync(folder, { recursive: true });
});

test('a package that is cut off within a file is refused', async () => {
  const pack = tar.pack();
  pack.entry({ name: './large' }, Buffer.alloc(1 << 20));
  pack.finalize();
  const parts: Uint8Array[] = [];
  for await (const part of pack) parts.push(part as Uint8Array);
  const cut = gzipSync(Buffer.concat(parts).subarray(0, 1 << 19));
  const header = `data.tar.gz     ${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(cut.length).padEnd(10)}\`\n`;
  const deb = join(cache.root, 'cut.deb');
  writeFileSync(deb, Buffer.concat([Buffer.from(`!<arch>\n${header}`), cut]));
  await expect(readDeb(deb, () => true)).rejects.toMatchObject({ exitCode: 65 });
});
