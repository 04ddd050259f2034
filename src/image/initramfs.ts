import { busyboxApplets } from './busybox.js';
import { CpioArchive } from './cpio.js';
import { type ModuleSet, modulesDep } from './modules.js';

/** Loaded at boot, in this order; what they need comes first by itself. */
const bootModules = ['virtio_mmio', 'virtio_blk', 'virtio_net', 'virtio_console', 'virtio_rng'];

/** There for `modprobe`, or for the kernel to load on demand. */
const extraModules = ['ext4', '9p', '9pnet_virtio', 'overlay', 'loop', 'tun'];

/** What the user sees first; tests wait for it. */
export const banner = 'Welcome to hyperthumb';

/**
 * The program that the kernel starts: mounts, modules, then a shell on the console, in a session of its own so that job
 * control works; the end of the shell switches the machine off.
 */
const init = `#!/bin/sh
export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/root TERM=\${TERM:-vt100}
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /run
hostname hyperthumb
ip link set lo up 2>/dev/null
while read -r module; do
  modprobe "$module" 2>/dev/null
done < /etc/modules
cd /root
echo
echo "${banner}: Linux $(uname -r) on $(uname -m), $(nproc) CPU(s)"
echo "Leave with 'poweroff -f', or with Ctrl-A x at any time."
echo
setsid cttyhack sh -l
poweroff -f
`;

const profile = `PS1='\\w # '
`;

/**
 * Builds the initramfs, uncompressed, because unpacking it is work for the guest.
 * @param release the kernel's release, `uname -r`
 * @throws FormatError when busybox or a module is damaged
 */
export async function buildInitramfs(
  busybox: Uint8Array,
  modules: ModuleSet,
  release: string,
): Promise<Uint8Array> {
  const archive = new CpioArchive();
  for (const path of ['proc', 'sys', 'dev', 'run', 'root', 'mnt', 'etc', 'usr', 'var/log'])
    archive.directory(path);
  archive.directory('tmp', 0o1777);
  archive.character('dev/console', 5, 1).character('dev/null', 1, 3, 0o666);
  archive.file('bin/busybox', busybox, 0o755);
  for (const applet of busyboxApplets(busybox)) {
    if (applet !== 'busybox') archive.symlink(`bin/${applet}`, 'busybox');
  }
  archive.symlink('sbin', 'bin').symlink('usr/bin', '../bin').symlink('usr/sbin', '../bin');
  archive.file('init', init, 0o755);
  archive.file('etc/profile', profile);
  archive.file('etc/passwd', 'root::0:0:root:/root:/bin/sh\n');
  archive.file('etc/group', 'root:x:0:\n');

  const atBoot = await modules.closure(bootModules);
  const all = await modules.closure([...bootModules, ...extraModules]);
  const folder = `lib/modules/${release}`;
  for (const module of all) archive.file(`${folder}/${module.path}`, module.bytes);
  archive.file(`${folder}/modules.dep`, modulesDep(all));
  archive.file('etc/modules', atBoot.map((module) => `${module.name}\n`).join(''));
  return archive.bytes();
}
