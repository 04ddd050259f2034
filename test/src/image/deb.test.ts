import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { arMembers, readDeb } from '../../../src/image/deb.js';
import { Random } from '../../conformance/random.js';
import { ar, makeDeb } from './fake-mirror.js';

const folder = mkdtempSync(join(tmpdir(), 'hyperthumb-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const random = new Random(1);
const content = Buffer.from(Array.from({ length: 300_000 }, () => random.below(256)));

/** A package whose packed archive has been changed. */
async function changed(change: (packed: Buffer) => Buffer): Promise<string> {
  const members = [...arMembers(await makeDeb({ 'bin/large': content, 'bin/small': Buffer.from('x') }))];
  const data = change(Buffer.from(members[2]!.data));
  const path = join(folder, 'package.deb');
  writeFileSync(path, ar([...members.slice(0, 2), { name: members[2]!.name, data }]));
  return path;
}

it('a package is read', async () => {
  const entries = await readDeb(await changed((packed) => packed), () => true);
  expect(entries.get('bin/large')?.data).toEqual(content);
});

it.each([
  ['packed data are damaged in the middle of a file', (packed: Buffer) => packed.fill(0, 150_000, 150_100)],
  ['packed data are cut off', (packed: Buffer) => packed.subarray(0, 150_000)],
  ['archive is cut off', (packed: Buffer) => gzipSync(gunzipSync(packed).subarray(0, 150_000))],
])('the %s: one error', async (_, change) => {
  await expect(readDeb(await changed(change), () => true)).rejects.toThrow(
    /^cannot unpack '.*package\.deb': it is damaged$/,
  );
});
