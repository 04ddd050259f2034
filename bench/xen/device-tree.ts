import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ExitCode, UserError } from '../../src/errors.js';

/** A file that Xen finds in memory, with its node under `/chosen` (Xen's docs/misc/arm/device-tree/booting.txt). */
export interface Module {
  readonly kind: 'kernel' | 'ramdisk';
  readonly address: number;
  /** Bytes. */
  readonly size: number;
  /** Command line of a kernel. */
  readonly bootargs?: string;
}

/**
 * Writes the device tree that QEMU's `virt` is given for Xen: QEMU's own, with the modules, and without the PCIe bridge: dom0 does
 * not get past the probe of that in QEMU 7.2.
 * @param machine QEMU's options for the machine
 * @returns its path, in `folder`
 * @throws UserError 69 without device-tree-compiler
 */
export function xenDeviceTree(
  qemu: string,
  machine: readonly string[],
  xenBootargs: string,
  modules: readonly Module[],
  folder: string,
): string {
  const file = join(folder, 'qemu.dtb');
  const [option, value, ...rest] = machine;
  execFileSync(qemu, [option!, `${value},dumpdtb=${file}`, ...rest], { stdio: 'pipe' });
  const put = (node: string, type: 's' | 'x', property: string, ...values: readonly string[]) => {
    const args = ['-p', '-t', type, file, node, property, ...values];
    const { error, status, stderr } = spawnSync('fdtput', args, { encoding: 'utf8' });
    if (error !== undefined)
      throw new UserError(ExitCode.unavailable, 'there is no fdtput: install device-tree-compiler');
    if (status !== 0) throw new Error(`fdtput ${args.join(' ')}: ${stderr}`);
  };
  put('/pcie@10000000', 's', 'status', 'disabled');
  put('/chosen', 'x', '#address-cells', '2');
  put('/chosen', 'x', '#size-cells', '2');
  put('/chosen', 's', 'xen,xen-bootargs', xenBootargs);
  for (const { kind, address, size, bootargs } of modules) {
    const node = `/chosen/module@${address.toString(16)}`;
    put(node, 's', 'compatible', `multiboot,${kind}`, 'multiboot,module');
    put(node, 'x', 'reg', '0', address.toString(16), '0', size.toString(16));
    if (bootargs !== undefined) put(node, 's', 'bootargs', bootargs);
  }
  return file;
}
