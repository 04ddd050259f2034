import { createHash } from 'node:crypto';
import { existsSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { busyboxApplets } from '../../src/image/busybox.js';
import { type Cache, createFolder } from '../../src/image/cache.js';
import { CpioArchive } from '../../src/image/cpio.js';
import { leftOut, pruneArchives } from '../../src/image/package-archive.js';
import { PackageTree } from '../../src/image/package-tree.js';
import type { Progress } from '../../src/image/progress.js';
import { fetchPackages } from '../../src/image/pull.js';
import { kernelBinary, kernelFolder, kernelPrograms } from './programs/kernels.js';
import type { Program } from './programs/program.js';

/** Said by the guest when it is ready for the name of a program. */
export const readyMark = '@ready';

const programFolder = 'bench/programs';

/**
 * Reads names of programs from the serial port and runs them. The marks around a program are what the host measures by; what
 * it printed comes after.
 */
const init = `#!/bin/sh
export PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME=/tmp LC_ALL=C
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2>/dev/null
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
stty -echo
cd /tmp
echo ${readyMark}
while read -r name; do
  case $name in
    poweroff) break ;;
  esac
  mkdir -p /tmp/work
  cd /tmp/work
  echo "@start $name"
  sh /${programFolder}/$name > /run/output 2>&1 < /dev/null
  status=$?
  echo "@end $name $status"
  tail -n 20 /run/output | sed 's/^/| /'
  cd /tmp
  rm -rf /tmp/work
  echo "@done $name"
done
poweroff -f
`;

/** Archives kept in the cache: of everything, of one group, of what was looked at last. */
const kept = 4;

/**
 * The initramfs that both emulators boot: BusyBox, our kernels, a script for each program, and the Debian packages that they
 * need, no more: unpacking it is work for the guest.
 * Kept in the cache under a name made from its contents' description, so that the mirror is asked once.
 * @param refresh asks the mirror again for the packages' current versions
 * @returns the path of the archive
 * @throws UserError, as `fetchPackages`
 */
export async function benchInitramfs(
  programs: readonly Program[],
  cache: Cache,
  progress: Progress,
  refresh: boolean,
): Promise<string> {
  const packages = [...new Set(programs.flatMap((program) => program.packages ?? []))].sort();
  const description = createHash('sha256').update(JSON.stringify([init, packages, [...leftOut], programs]));
  for (const { name } of kernelPrograms) description.update(kernelBinary(name));
  const folder = join(cache.root, 'bench');
  const path = join(folder, `initramfs-${description.digest('hex').slice(0, 12)}.cpio`);
  if (existsSync(path) && !refresh) {
    const now = new Date();
    utimesSync(path, now, now);
    return path;
  }

  const options = { cache, checkSignature: true };
  const { debs } = await fetchPackages(
    ['busybox-static', ...packages].map((name) => [name]),
    options,
    progress,
    leftOut,
  );
  const tree = new PackageTree();
  for (const [name, deb] of debs) {
    progress.step(`unpacking ${name}`);
    await tree.add(deb);
  }
  createFolder(folder);
  writeFileSync(`${path}.${process.pid}`, buildArchive(tree, programs));
  renameSync(`${path}.${process.pid}`, path);
  pruneArchives(folder, /^initramfs-.*\.cpio$/, kept);
  return path;
}

function buildArchive(tree: PackageTree, programs: readonly Program[]): Uint8Array {
  const archive = new CpioArchive();
  for (const path of ['proc', 'sys', 'dev', 'run', 'tmp']) archive.directory(path);
  archive.character('dev/console', 5, 1).character('dev/null', 1, 3, 0o666);
  const busybox = tree.file('bin/busybox');
  if (busybox === undefined) throw new Error('package busybox-static has no bin/busybox');
  for (const applet of busyboxApplets(busybox)) archive.symlink(`bin/${applet}`, 'busybox');
  // After the applets: the package's own gzip, say, is the one that is meant.
  tree.copyTo(archive);
  archive.file('init', init, 0o755);
  archive.file('etc/passwd', 'root::0:0:root:/tmp:/bin/sh\n').file('etc/group', 'root:x:0:\n');
  for (const { name } of kernelPrograms) archive.file(`${kernelFolder}/${name}`, kernelBinary(name), 0o755);
  for (const { name, script } of programs) archive.file(`${programFolder}/${name}`, script);
  return archive.bytes();
}
