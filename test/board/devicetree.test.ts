import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type DeviceTreeOptions, makeDeviceTree, patchDeviceTree } from '../../runtime/board/devicetree.js';
import {
  cellsOf,
  type FdtNode,
  fdtNode,
  nodeAt,
  readFdt,
  stringsOf,
  writeFdt,
} from '../../runtime/board/fdt.js';
import { hasQemu } from '../devices/qtest.js';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const plain: DeviceTreeOptions = { cpus: 1, memoryBytes: 512 * MIB, psciMethod: 'hvc' };
const full: DeviceTreeOptions = {
  cpus: 8,
  memoryBytes: 5 * GIB,
  bootargs: 'console=ttyAMA0',
  initrd: { start: 0x48000000, end: 0x480186a0 },
  virtualization: true,
  psciMethod: 'smc',
  multiboot: {
    modules: [
      { kind: 'kernel', address: 0x49000000, size: 0x545200, bootargs: 'console=hvc0' },
      { kind: 'ramdisk', address: 0x49546000, size: 0x1234 },
    ],
    xenBootargs: 'console=dtuart',
    dom0Bootargs: 'quiet',
  },
};
const secure: DeviceTreeOptions = { ...plain, psciMethod: 'none', secure: true };
const rootOf = (options: DeviceTreeOptions) => readFdt(makeDeviceTree(options)).root;

const hasDtc = spawnSync('dtc', ['--version']).status === 0;

describe.skipIf(!hasDtc)('dtc takes it without a warning', () => {
  test.each([
    ['plain', makeDeviceTree(plain)],
    ['full', makeDeviceTree(full)],
    ['secure', makeDeviceTree(secure)],
    [
      'patched',
      patchDeviceTree(makeDeviceTree(plain), { bootargs: 'x', memory: { base: 0x40000000, bytes: GIB } }),
    ],
  ])('%s', (_name, blob) => {
    const result = spawnSync('dtc', ['-I', 'dtb', '-O', 'dts', '-'], { input: blob });
    expect(result.stderr.toString()).toBe('');
    expect(result.status).toBe(0);
  });
});

test('memory goes on above 4 GiB in a range of its own', () => {
  expect(cellsOf(nodeAt(rootOf(plain), '/memory@40000000')!, 'reg')).toEqual([0, 0x40000000, 0, 0x20000000]);
  expect(cellsOf(nodeAt(rootOf(full), '/memory@40000000')!, 'reg')).toEqual([
    0, 0x40000000, 0, 0xc0000000, 1, 0, 0, 0x80000000,
  ]);
  const all = { ...plain, memoryBytes: 3 * GIB };
  expect(cellsOf(nodeAt(rootOf(all), '/memory@40000000')!, 'reg')).toEqual([0, 0x40000000, 0, 0xc0000000]);
});

test('CPUs are started by PSCI', () => {
  const root = rootOf(full);
  for (let cpu = 0; cpu < 8; cpu++) {
    const node = nodeAt(root, `/cpus/cpu@${cpu}`)!;
    expect(cellsOf(node, 'reg')).toEqual([cpu]);
    expect(stringsOf(node, 'enable-method')).toEqual(['psci']);
    const core = nodeAt(root, `/cpus/cpu-map/socket0/cluster0/core${cpu}`)!;
    expect(cellsOf(core, 'cpu')).toEqual(cellsOf(node, 'phandle'));
  }
  expect(nodeAt(root, '/cpus/cpu@8')).toBeUndefined();
  expect(stringsOf(nodeAt(root, '/psci')!, 'method')).toEqual(['smc']);
  expect(stringsOf(nodeAt(root, '/psci')!, 'compatible')).toEqual([
    'arm,psci-1.0',
    'arm,psci-0.2',
    'arm,psci',
  ]);
  expect(cellsOf(nodeAt(root, '/psci')!, 'cpu_on')).toEqual([0x84000003]);
  const without = rootOf({ ...plain, psciMethod: 'none' });
  expect(nodeAt(without, '/psci')).toBeUndefined();
  expect(nodeAt(without, '/cpus/cpu@0')!.properties.has('enable-method')).toBe(false);
});

test('the GIC has its virtualization registers only when asked', () => {
  const gic = nodeAt(rootOf(full), '/intc@8000000')!;
  expect(cellsOf(gic, 'interrupts')).toEqual([1, 9, 4]);
  expect(cellsOf(gic, 'reg')!.filter((_, i) => i % 4 === 1)).toEqual([
    0x08000000, 0x08010000, 0x08030000, 0x08040000,
  ]);
  const bare = nodeAt(rootOf(plain), '/intc@8000000')!;
  expect(bare.properties.has('interrupts')).toBe(false);
  expect(cellsOf(bare, 'reg')!.length).toBe(8);
});

test('interrupts are those of QEMU virt', () => {
  const root = rootOf(full);
  expect(cellsOf(nodeAt(root, '/timer')!, 'interrupts')).toEqual([
    1, 13, 0xff04, 1, 14, 0xff04, 1, 11, 0xff04, 1, 10, 0xff04,
  ]);
  expect(cellsOf(nodeAt(root, '/pl011@9000000')!, 'interrupts')).toEqual([0, 1, 4]);
  expect(cellsOf(nodeAt(root, '/pl031@9010000')!, 'interrupts')).toEqual([0, 2, 4]);
  expect(cellsOf(nodeAt(root, '/pl061@9030000')!, 'interrupts')).toEqual([0, 7, 4]);
  expect(cellsOf(nodeAt(root, '/virtio_mmio@a000000')!, 'interrupts')).toEqual([0, 16, 1]);
  expect(cellsOf(nodeAt(root, '/virtio_mmio@a003e00')!, 'interrupts')).toEqual([0, 47, 1]);
});

/** The tree of QEMU's board with `secure=on`. */
function qemuSecureRoot(): FdtNode {
  const folder = mkdtempSync(join(tmpdir(), 'hyperthumb-dtb-'));
  try {
    const file = join(folder, 'dtb');
    const machine = `virt,secure=on,dumpdtb=${file}`;
    const rest = ['-cpu', 'cortex-a15', '-m', '512', '-display', 'none', '-net', 'none'];
    spawnSync('qemu-system-arm', ['-M', machine, ...rest]);
    return readFdt(readFileSync(file)).root;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('with the Security Extensions', () => {
  const SECURE_NODES = [
    'secflash@0',
    'secram@e000000',
    'pl011@9040000',
    'pl061@90b0000',
    'gpio-poweroff',
    'gpio-restart',
    'secure-chosen',
  ];

  test('what is Secure is there, and nothing of it without them', () => {
    const root = rootOf(secure);
    for (const name of SECURE_NODES) {
      expect(nodeAt(root, `/${name}`), name).toBeDefined();
      expect(nodeAt(rootOf(full), `/${name}`), name).toBeUndefined();
    }
    expect(cellsOf(nodeAt(root, '/gpio-restart')!, 'gpios')).toEqual([
      ...cellsOf(nodeAt(root, '/pl061@90b0000')!, 'phandle')!,
      1,
      0,
    ]);
    const seed = (path: string) => cellsOf(nodeAt(root, path)!, 'rng-seed');
    expect(seed('/secure-chosen')).not.toEqual(seed('/chosen'));
  });

  test.skipIf(!hasQemu)('as QEMU says it', () => {
    const theirs = qemuSecureRoot();
    const ours = rootOf(secure);
    for (const name of [...SECURE_NODES, 'flash@4000000']) {
      const [a, b] = [nodeAt(ours, `/${name}`)!, nodeAt(theirs, `/${name}`)!];
      expect([...a.properties.keys()].sort(), name).toEqual([...b.properties.keys()].sort());
      for (const [key, value] of b.properties) {
        if (['phandle', 'clocks', 'rng-seed', 'kaslr-seed'].includes(key)) continue;
        // Behind the phandle.
        const from = key === 'gpios' ? 4 : 0;
        expect([...a.properties.get(key)!.subarray(from)], `${name} ${key}`).toEqual([
          ...value.subarray(from),
        ]);
      }
    }
  });
});

test('phandles point where they should', () => {
  const root = rootOf(plain);
  expect(cellsOf(root, 'interrupt-parent')).toEqual(cellsOf(nodeAt(root, '/intc@8000000')!, 'phandle'));
  expect(cellsOf(nodeAt(root, '/pl031@9010000')!, 'clocks')).toEqual(
    cellsOf(nodeAt(root, '/apb-pclk')!, 'phandle'),
  );
  expect(cellsOf(nodeAt(root, '/gpio-keys/poweroff')!, 'gpios')).toEqual([
    ...cellsOf(nodeAt(root, '/pl061@9030000')!, 'phandle')!,
    3,
    0,
  ]);
});

test('chosen', () => {
  const chosen = nodeAt(rootOf(full), '/chosen')!;
  expect(stringsOf(chosen, 'bootargs')).toEqual(['console=ttyAMA0']);
  expect(stringsOf(chosen, 'stdout-path')).toEqual(['/pl011@9000000']);
  expect(cellsOf(chosen, 'linux,initrd-start')).toEqual([0x48000000]);
  expect(cellsOf(chosen, 'linux,initrd-end')).toEqual([0x480186a0]);
  expect(cellsOf(chosen, 'kaslr-seed')!.length).toBe(2);
  const bare = nodeAt(rootOf(plain), '/chosen')!;
  expect(bare.properties.has('bootargs')).toBe(false);
  expect(bare.properties.has('linux,initrd-start')).toBe(false);
});

test('the same options give the same bytes; another seed does not', () => {
  expect(makeDeviceTree(full)).toEqual(makeDeviceTree(full));
  const seed = new Uint8Array(40).fill(7);
  expect(makeDeviceTree({ ...full, seed })).not.toEqual(makeDeviceTree(full));
  expect(() => makeDeviceTree({ ...full, seed: new Uint8Array(3) })).toThrow(RangeError);
});

describe('patching', () => {
  const user = writeFdt({
    root: fdtNode('', { '#address-cells': 1, '#size-cells': 1, model: 'mine' }, [
      fdtNode('memory', { device_type: 'memory', reg: [0x80000000, 0x1000] }),
      fdtNode('memory-controller@1', { reg: [1, 1] }),
      fdtNode('chosen', { bootargs: 'old', 'stdout-path': '/x' }),
    ]),
    reservations: Uint8Array.from({ length: 16 }, (_, i) => i + 1),
    bootCpuId: 0,
  });

  test('changes what is asked and keeps the rest', () => {
    const { root, reservations } = readFdt(
      patchDeviceTree(user, {
        bootargs: 'new',
        initrd: { start: 0x50000000, end: 0x50001000 },
        memory: { base: 0x40000000, bytes: 64 * MIB },
      }),
    );
    expect(stringsOf(root, 'model')).toEqual(['mine']);
    expect(reservations).toEqual(Uint8Array.from({ length: 16 }, (_, i) => i + 1));
    const chosen = nodeAt(root, '/chosen')!;
    expect(stringsOf(chosen, 'bootargs')).toEqual(['new']);
    expect(stringsOf(chosen, 'stdout-path')).toEqual(['/x']);
    expect(cellsOf(chosen, 'linux,initrd-end')).toEqual([0x50001000]);
    expect(nodeAt(root, '/memory')).toBeUndefined();
    expect(cellsOf(nodeAt(root, '/memory@40000000')!, 'reg')).toEqual([0x40000000, 64 * MIB]);
    expect(nodeAt(root, '/memory-controller@1')).toBeDefined();
  });

  test('nothing asked, nothing changed', () => {
    expect(readFdt(patchDeviceTree(user, {}))).toEqual(readFdt(user));
  });

  test('makes /chosen when there is none', () => {
    const bare = writeFdt({ root: fdtNode('', {}), reservations: new Uint8Array(0), bootCpuId: 0 });
    const { root } = readFdt(patchDeviceTree(bare, { bootargs: 'x' }));
    expect(stringsOf(nodeAt(root, '/chosen')!, 'bootargs')).toEqual(['x']);
  });

  test('memory above 4 GiB does not fit one cell', () => {
    expect(() => patchDeviceTree(user, { memory: { base: 0x40000000, bytes: 4 * GIB } })).toThrow('1 cells');
  });
});

describe('what a hypervisor boots', () => {
  test.each([
    ['in a tree made here', makeDeviceTree(full)],
    [
      'in a tree given by the user',
      patchDeviceTree(makeDeviceTree(plain), { multiboot: full.multiboot!, bootargs: full.bootargs! }),
    ],
  ])('%s', (_name, blob) => {
    const chosen = nodeAt(readFdt(blob).root, '/chosen')!;
    expect(stringsOf(chosen, 'bootargs')).toEqual(['console=ttyAMA0']);
    expect(stringsOf(chosen, 'xen,xen-bootargs')).toEqual(['console=dtuart']);
    expect(stringsOf(chosen, 'xen,dom0-bootargs')).toEqual(['quiet']);
    expect(cellsOf(chosen, '#address-cells')).toEqual([2]);
    expect(cellsOf(chosen, '#size-cells')).toEqual([2]);
    const [kernel, ramdisk] = chosen.children;
    expect(kernel.name).toBe('module@49000000');
    expect(stringsOf(kernel, 'compatible')).toEqual(['multiboot,kernel', 'multiboot,module']);
    expect(cellsOf(kernel, 'reg')).toEqual([0, 0x49000000, 0, 0x545200]);
    expect(stringsOf(kernel, 'bootargs')).toEqual(['console=hvc0']);
    expect(ramdisk.name).toBe('module@49546000');
    expect(stringsOf(ramdisk, 'compatible')).toEqual(['multiboot,ramdisk', 'multiboot,module']);
    expect(cellsOf(ramdisk, 'reg')).toEqual([0, 0x49546000, 0, 0x1234]);
    expect(ramdisk.properties.has('bootargs')).toBe(false);
  });

  test('without it nothing of it is there', () => {
    const chosen = nodeAt(rootOf(plain), '/chosen')!;
    expect(chosen.children).toEqual([]);
    for (const name of ['#address-cells', 'xen,xen-bootargs', 'xen,dom0-bootargs']) {
      expect(chosen.properties.has(name)).toBe(false);
    }
  });
});
