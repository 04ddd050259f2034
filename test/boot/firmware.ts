import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cache, defaultCacheFolder } from '../../src/image/cache.js';
import { unpackDeb } from '../../src/image/deb.js';
import { Progress } from '../../src/image/progress.js';
import { fetchDebianPackage } from '../../src/image/pull.js';

/** Path of Debian's U-Boot for the 32-bit Arm `virt` board; fetched, by the chain of checksums, unless the cache has it. */
export async function findUBoot(): Promise<string> {
  const cache = new Cache(defaultCacheFolder());
  const folder = join(cache.root, 'firmware');
  const path = join(folder, 'u-boot-qemu_arm.bin');
  if (existsSync(path)) return path;
  const deb = await fetchDebianPackage('u-boot-qemu', { cache, checkSignature: true }, new Progress());
  const files = await unpackDeb(deb, (name) => name === 'usr/lib/u-boot/qemu_arm/u-boot.bin');
  const bytes = [...files.values()][0];
  if (bytes === undefined) throw new Error(`${deb} has no U-Boot for qemu_arm`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${path}.${process.pid}`, bytes);
  renameSync(`${path}.${process.pid}`, path);
  rmSync(deb);
  return path;
}
