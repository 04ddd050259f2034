import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { XenImages } from '../../src/image/xen.js';
import { type ProcessCommand, programCommand } from '../peers/emulator.js';
import { type Module, xenDeviceTree } from './device-tree.js';

const XEN_BOOTARGS = 'console=dtuart dom0_mem=512M';
const DOM0_BOOTARGS = 'console=hvc0';
const MEBIBYTE = 2 ** 20;
/** Behind Xen, and the device tree that QEMU puts 128 MiB above the start of RAM. */
const FIRST_MODULE = 0x4a00_0000;

/** @param program hyperthumb's executable, or a compiled `main.js`; @param cache folder of its translations; @param extra further options */
export function hyperthumbCommand(
  program: string,
  { dom0, xen }: XenImages,
  cache: string,
  extra: readonly string[],
): ProcessCommand {
  const [file, ...before] = programCommand(program);
  const args = [
    ...['run', '--virtualization', '--memory', '1G', '--translation-cache', cache],
    ...['--kernel', join(xen.folder, xen.hypervisor), '--xen-append', XEN_BOOTARGS],
    ...['--module', `kernel=${join(dom0.folder, dom0.kernel)},bootargs=${DOM0_BOOTARGS}`],
    ...['--module', `ramdisk=${join(dom0.folder, dom0.initrd)}`],
  ];
  return { file, args: [...before, ...args, ...extra] };
}

/** @param qemu `qemu-system-arm` or a path to one; @param folder for its device tree; @throws UserError 69 as {@link xenDeviceTree} */
export function qemuCommand(qemu: string, { dom0, xen }: XenImages, folder: string): ProcessCommand {
  const machine = ['-M', 'virt,virtualization=on', '-cpu', 'cortex-a15', '-m', '1G', '-nic', 'none'];
  const files = { kernel: join(dom0.folder, dom0.kernel), ramdisk: join(dom0.folder, dom0.initrd) };
  const kernel: Module = {
    kind: 'kernel',
    address: FIRST_MODULE,
    size: statSync(files.kernel).size,
    bootargs: DOM0_BOOTARGS,
  };
  const ramdisk: Module = {
    kind: 'ramdisk',
    address: Math.ceil((kernel.address + kernel.size) / MEBIBYTE) * MEBIBYTE,
    size: statSync(files.ramdisk).size,
  };
  const modules = [kernel, ramdisk];
  const tree = xenDeviceTree(qemu, machine, XEN_BOOTARGS, modules, folder);
  const loaded = modules.flatMap(({ kind, address }) => [
    '-device',
    `loader,file=${files[kind]},addr=0x${address.toString(16)},force-raw=on`,
  ]);
  const args = [...machine, '-dtb', tree, '-kernel', join(xen.folder, xen.hypervisor), ...loaded];
  return { file: qemu, args: [...args, '-nographic', '-no-reboot'] };
}
