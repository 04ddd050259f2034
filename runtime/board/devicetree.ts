/** The board's device tree, after QEMU's for `virt` with a Cortex-A15; and changes to one that the user gives. */
import { FLASH_BANK_SIZE } from '../devices/cfi-flash.js';
import { POWER_BUTTON_PIN } from '../devices/pl061.js';
import { VIRTIO_SLOT_SIZE, VIRTIO_SLOTS } from '../devices/virtio-mmio.js';
import {
  cellsOf,
  childNamed,
  type Fdt,
  FdtError,
  type FdtNode,
  type FdtValue,
  fdtNode,
  readFdt,
  setProperty,
  stringsOf,
  writeFdt,
} from './fdt.js';
import {
  FLASH_BASE,
  FW_CFG_BASE,
  GIC_CPU_INTERFACE_BASE,
  GIC_DISTRIBUTOR_BASE,
  GIC_FRAME_SIZE,
  GIC_HYP_BASE,
  GIC_VIRTUAL_CPU_INTERFACE_BASE,
  GPIO_BASE,
  PPI_MAINTENANCE,
  PPI_TIMER_HYP,
  PPI_TIMER_NON_SECURE,
  PPI_TIMER_SECURE,
  PPI_TIMER_VIRTUAL,
  RAM_BASE,
  RTC_BASE,
  SECURE_GPIO_BASE,
  SECURE_POWER_OFF_PIN,
  SECURE_RAM_BASE,
  SECURE_RAM_SIZE,
  SECURE_RESET_PIN,
  SECURE_UART_BASE,
  SPI_GPIO,
  SPI_RTC,
  SPI_SECURE_GPIO,
  SPI_SECURE_UART,
  SPI_UART,
  SPI_VIRTIO,
  UART_BASE,
  VIRTIO_BASE,
} from './memory-map.js';

export interface DeviceTreeOptions {
  /** 1 to 8. */
  cpus: number;
  /** Bytes of RAM, from `RAM_BASE` up without a gap. */
  memoryBytes: number;
  bootargs?: string;
  /** Physical addresses; `end` is the first byte behind it. */
  initrd?: { start: number; end: number };
  multiboot?: Multiboot;
  /** Whether the GIC's virtualization registers are there. */
  virtualization?: boolean;
  /** Whether the devices and memory of the Secure address space are there. */
  secure?: boolean;
  /** How PSCI is called; none leaves it out, for firmware that brings its own. */
  psciMethod?: 'hvc' | 'smc' | 'none';
  /** 40 bytes: rng-seed and kaslr-seed. The default is always the same, so that runs are repeatable. */
  seed?: Uint8Array;
}

/**
 * What a hypervisor is told of its guests, and its own command line (Xen docs/misc/arm/device-tree/booting.txt, QEMU
 * docs/system/guest-loader.rst).
 */
export interface Multiboot {
  modules: readonly BootModuleRange[];
  /** Command line of the hypervisor, `xen,xen-bootargs`. */
  xenBootargs?: string;
  /** Command line of the first guest's kernel, `xen,dom0-bootargs`; a kernel module's own goes before it. */
  dom0Bootargs?: string;
}

/** A guest's kernel or ramdisk in RAM: physical address and bytes. */
export interface BootModuleRange {
  kind: 'kernel' | 'ramdisk';
  address: number;
  size: number;
  bootargs?: string;
}

const PHANDLE_GIC = 1;
const PHANDLE_CLOCK = 2;
const PHANDLE_GPIO = 3;
const PHANDLE_SECURE_GPIO = 4;
const PHANDLE_CPU = 0x10;

/** Interrupt specifiers of the GIC: type, number, flags. */
const GIC_SPI = 0;
const GIC_PPI = 1;
const EDGE_RISING = 1;
const LEVEL_HIGH = 4;

const FOUR_GIB = 0x1_0000_0000;
const UART_PATH = `/pl011@${UART_BASE.toString(16)}`;
const SECURE_UART_PATH = `/pl011@${SECURE_UART_BASE.toString(16)}`;
/** What lies in the Secure address space alone (Linux Documentation/devicetree/bindings/arm/secure.txt). */
const SECURE_ONLY: Record<string, FdtValue> = { status: 'disabled', 'secure-status': 'okay' };
const KEY_POWER = 116;
const CLOCK_HZ = 24_000_000;
const RNG_SEED_BYTES = 32;
const SEED_BYTES = 40;
/** First bytes of the constant seeds; Secure and Non-secure software must not know each other's. */
const SEED_START = 41;
const SECURE_SEED_START = 90;

/** Makes the board's device tree. @returns the blob. */
export function makeDeviceTree(options: DeviceTreeOptions): Uint8Array {
  const root = fdtNode(
    '',
    {
      'interrupt-parent': PHANDLE_GIC,
      model: 'linux,dummy-virt',
      compatible: 'linux,dummy-virt',
      '#address-cells': 2,
      '#size-cells': 2,
    },
    [
      ...psci(options),
      memoryNode(RAM_BASE, options.memoryBytes, 2, 2),
      cpus(options),
      interruptController(options),
      timer(options),
      fdtNode('apb-pclk', {
        compatible: 'fixed-clock',
        '#clock-cells': 0,
        'clock-frequency': CLOCK_HZ,
        'clock-output-names': 'clk24mhz',
        phandle: PHANDLE_CLOCK,
      }),
      ...flash(options),
      uart(UART_BASE, SPI_UART),
      primeCell('pl031', RTC_BASE, SPI_RTC),
      gpio(GPIO_BASE, SPI_GPIO, PHANDLE_GPIO),
      fdtNode('gpio-keys', { compatible: 'gpio-keys' }, [
        fdtNode('poweroff', {
          label: 'GPIO Key Poweroff',
          'linux,code': KEY_POWER,
          gpios: [PHANDLE_GPIO, POWER_BUTTON_PIN, 0],
        }),
      ]),
      fdtNode(`fw-cfg@${FW_CFG_BASE.toString(16)}`, {
        compatible: 'qemu,fw-cfg-mmio',
        reg: range(FW_CFG_BASE, 0x18),
        'dma-coherent': true,
      }),
      ...Array.from({ length: VIRTIO_SLOTS }, (_, slot) => virtioSlot(slot)),
      ...(options.secure ? secureParts() : []),
      chosen(options),
    ],
  );
  return writeFdt({ root, reservations: new Uint8Array(0), bootCpuId: 0 });
}

/** What the loader changes in a device tree that the user gives. */
export interface DeviceTreePatch {
  bootargs?: string;
  initrd?: { start: number; end: number };
  multiboot?: Multiboot;
  /** Replaces the memory nodes. */
  memory?: { base: number; bytes: number };
}

/** Changes /chosen and the memory of a blob. @throws FdtError when the blob is not a sound device tree. */
export function patchDeviceTree(blob: Uint8Array, patch: DeviceTreePatch): Uint8Array {
  const fdt: Fdt = readFdt(blob);
  const { root } = fdt;
  if (patch.bootargs !== undefined || patch.initrd || patch.multiboot) {
    let node = childNamed(root, 'chosen');
    if (!node) {
      node = fdtNode('chosen', {});
      root.children.push(node);
    }
    if (patch.bootargs !== undefined) setProperty(node, 'bootargs', patch.bootargs);
    if (patch.initrd) setInitrd(node, patch.initrd);
    if (patch.multiboot) setMultiboot(node, patch.multiboot);
  }
  if (patch.memory) {
    const addressCells = cellsOf(root, '#address-cells')?.[0] ?? 2;
    const sizeCells = cellsOf(root, '#size-cells')?.[0] ?? 1;
    const memory = memoryNode(patch.memory.base, patch.memory.bytes, addressCells, sizeCells);
    root.children = root.children.filter((child) => !isMemory(child));
    root.children.push(memory);
  }
  return writeFdt(fdt);
}

function isMemory(node: FdtNode): boolean {
  if (stringsOf(node, 'status')?.[0] === 'disabled') return false;
  return stringsOf(node, 'device_type')?.[0] === 'memory' || /^memory(@|$)/.test(node.name);
}

/** `reg` of one range with two cells for the address and two for the size. */
function range(base: number, size: number): number[] {
  return [...cells(base, 2), ...cells(size, 2)];
}

/** A number as 1 or 2 cells. @throws FdtError when it does not fit. */
function cells(value: number, count: number): number[] {
  if (count === 2) return [Math.floor(value / FOUR_GIB), value % FOUR_GIB];
  if (count === 1 && value < FOUR_GIB) return [value];
  throw new FdtError(`it has ${count} cells for 0x${value.toString(16)}`);
}

/** RAM above 4 GiB is a range of its own, for kernels that can only use what lies below. */
function memoryNode(base: number, bytes: number, addressCells: number, sizeCells: number): FdtNode {
  const below = Math.min(bytes, Math.max(FOUR_GIB - base, 0));
  const reg: number[] = [];
  if (below > 0) reg.push(...cells(base, addressCells), ...cells(below, sizeCells));
  if (bytes > below) reg.push(...cells(base + below, addressCells), ...cells(bytes - below, sizeCells));
  return fdtNode(`memory@${base.toString(16)}`, { device_type: 'memory', reg });
}

function psci(options: DeviceTreeOptions): FdtNode[] {
  const method = options.psciMethod ?? 'none';
  if (method === 'none') return [];
  return [
    fdtNode('psci', {
      compatible: ['arm,psci-1.0', 'arm,psci-0.2', 'arm,psci'],
      method,
      cpu_suspend: 0x84000001,
      cpu_off: 0x84000002,
      cpu_on: 0x84000003,
      migrate: 0x84000005,
    }),
  ];
}

function cpus(options: DeviceTreeOptions): FdtNode {
  const numbers = Array.from({ length: options.cpus }, (_, cpu) => cpu);
  const cores = numbers.map((cpu) => fdtNode(`core${cpu}`, { cpu: PHANDLE_CPU + cpu }));
  const enableMethod: Record<string, FdtValue> =
    (options.psciMethod ?? 'none') === 'none' ? {} : { 'enable-method': 'psci' };
  return fdtNode('cpus', { '#address-cells': 1, '#size-cells': 0 }, [
    fdtNode('cpu-map', {}, [fdtNode('socket0', {}, [fdtNode('cluster0', {}, cores)])]),
    ...numbers.map((cpu) =>
      fdtNode(`cpu@${cpu.toString(16)}`, {
        device_type: 'cpu',
        compatible: 'arm,cortex-a15',
        reg: cpu,
        ...enableMethod,
        phandle: PHANDLE_CPU + cpu,
      }),
    ),
  ]);
}

function interruptController(options: DeviceTreeOptions): FdtNode {
  const frames = [GIC_DISTRIBUTOR_BASE, GIC_CPU_INTERFACE_BASE];
  if (options.virtualization) frames.push(GIC_HYP_BASE, GIC_VIRTUAL_CPU_INTERFACE_BASE);
  const properties: Record<string, FdtValue> = {
    compatible: 'arm,cortex-a15-gic',
    '#interrupt-cells': 3,
    'interrupt-controller': true,
    '#address-cells': 2,
    '#size-cells': 2,
    ranges: true,
    reg: frames.flatMap((base) => range(base, GIC_FRAME_SIZE)),
    phandle: PHANDLE_GIC,
  };
  if (options.virtualization) properties.interrupts = [GIC_PPI, PPI_MAINTENANCE, LEVEL_HIGH];
  return fdtNode(`intc@${GIC_DISTRIBUTOR_BASE.toString(16)}`, properties);
}

function timer(options: DeviceTreeOptions): FdtNode {
  const flags = (((1 << options.cpus) - 1) << 8) | LEVEL_HIGH;
  const ppis = [PPI_TIMER_SECURE, PPI_TIMER_NON_SECURE, PPI_TIMER_VIRTUAL, PPI_TIMER_HYP];
  return fdtNode('timer', {
    compatible: 'arm,armv7-timer',
    'always-on': true,
    interrupts: ppis.flatMap((ppi) => [GIC_PPI, ppi, flags]),
  });
}

function primeCell(name: string, base: number, spi: number, extra: Record<string, FdtValue> = {}): FdtNode {
  return fdtNode(`${name}@${base.toString(16)}`, {
    compatible: [`arm,${name}`, 'arm,primecell'],
    reg: range(base, 0x1000),
    interrupts: [GIC_SPI, spi, LEVEL_HIGH],
    clocks: PHANDLE_CLOCK,
    'clock-names': 'apb_pclk',
    ...extra,
  });
}

function uart(base: number, spi: number, extra: Record<string, FdtValue> = {}): FdtNode {
  return primeCell('pl011', base, spi, {
    clocks: [PHANDLE_CLOCK, PHANDLE_CLOCK],
    'clock-names': ['uartclk', 'apb_pclk'],
    ...extra,
  });
}

function gpio(base: number, spi: number, phandle: number, extra: Record<string, FdtValue> = {}): FdtNode {
  return primeCell('pl061', base, spi, { 'gpio-controller': true, '#gpio-cells': 2, phandle, ...extra });
}

/** Both banks are one flash; but with the Security Extensions the first one is Secure firmware's. */
function flash({ secure }: DeviceTreeOptions): FdtNode[] {
  const first = range(FLASH_BASE, FLASH_BANK_SIZE);
  const second = range(FLASH_BASE + FLASH_BANK_SIZE, FLASH_BANK_SIZE);
  const node = (name: string, base: number, reg: number[], extra: Record<string, FdtValue> = {}) =>
    fdtNode(`${name}@${base.toString(16)}`, { compatible: 'cfi-flash', reg, 'bank-width': 4, ...extra });
  if (!secure) return [node('flash', FLASH_BASE, [...first, ...second])];
  return [
    node('secflash', FLASH_BASE, first, SECURE_ONLY),
    node('flash', FLASH_BASE + FLASH_BANK_SIZE, second),
  ];
}

/** As QEMU's with `secure=on`. */
function secureParts(): FdtNode[] {
  return [
    fdtNode(`secram@${SECURE_RAM_BASE.toString(16)}`, {
      device_type: 'memory',
      reg: range(SECURE_RAM_BASE, SECURE_RAM_SIZE),
      ...SECURE_ONLY,
    }),
    uart(SECURE_UART_BASE, SPI_SECURE_UART, SECURE_ONLY),
    gpio(SECURE_GPIO_BASE, SPI_SECURE_GPIO, PHANDLE_SECURE_GPIO, SECURE_ONLY),
    fdtNode('gpio-poweroff', {
      compatible: 'gpio-poweroff',
      gpios: [PHANDLE_SECURE_GPIO, SECURE_POWER_OFF_PIN, 0],
      ...SECURE_ONLY,
    }),
    fdtNode('gpio-restart', {
      compatible: 'gpio-restart',
      gpios: [PHANDLE_SECURE_GPIO, SECURE_RESET_PIN, 0],
      ...SECURE_ONLY,
    }),
    fdtNode('secure-chosen', { 'stdout-path': SECURE_UART_PATH, ...seeds(constantSeed(SECURE_SEED_START)) }),
  ];
}

function virtioSlot(slot: number): FdtNode {
  const base = VIRTIO_BASE + slot * VIRTIO_SLOT_SIZE;
  return fdtNode(`virtio_mmio@${base.toString(16)}`, {
    compatible: 'virtio,mmio',
    reg: range(base, VIRTIO_SLOT_SIZE),
    interrupts: [GIC_SPI, SPI_VIRTIO + slot, EDGE_RISING],
    'dma-coherent': true,
  });
}

function chosen(options: DeviceTreeOptions): FdtNode {
  const seed = options.seed ?? constantSeed(SEED_START);
  if (seed.length !== SEED_BYTES)
    throw new RangeError(`the seed has ${seed.length} bytes, not ${SEED_BYTES}`);
  const node = fdtNode('chosen', { 'stdout-path': UART_PATH, ...seeds(seed) });
  if (options.bootargs !== undefined) setProperty(node, 'bootargs', options.bootargs);
  if (options.initrd) setInitrd(node, options.initrd);
  if (options.multiboot) setMultiboot(node, options.multiboot);
  return node;
}

function constantSeed(start: number): Uint8Array {
  return Uint8Array.from({ length: SEED_BYTES }, (_, i) => (i * 167 + start) & 0xff);
}

function seeds(seed: Uint8Array): Record<string, FdtValue> {
  return { 'rng-seed': seed.slice(0, RNG_SEED_BYTES), 'kaslr-seed': seed.slice(RNG_SEED_BYTES) };
}

function setInitrd(node: FdtNode, initrd: { start: number; end: number }): void {
  const count = initrd.end < FOUR_GIB ? 1 : 2;
  setProperty(node, 'linux,initrd-start', cells(initrd.start, count));
  setProperty(node, 'linux,initrd-end', cells(initrd.end, count));
}

function setMultiboot(chosen: FdtNode, { modules, xenBootargs, dom0Bootargs }: Multiboot): void {
  if (xenBootargs !== undefined) setProperty(chosen, 'xen,xen-bootargs', xenBootargs);
  if (dom0Bootargs !== undefined) setProperty(chosen, 'xen,dom0-bootargs', dom0Bootargs);
  if (modules.length === 0) return;
  setProperty(chosen, '#address-cells', 2);
  setProperty(chosen, '#size-cells', 2);
  for (const { kind, address, size, bootargs } of modules) {
    const properties: Record<string, FdtValue> = {
      compatible: [`multiboot,${kind}`, 'multiboot,module'],
      reg: range(address, size),
    };
    if (bootargs !== undefined) properties.bootargs = bootargs;
    chosen.children.push(fdtNode(`module@${address.toString(16)}`, properties));
  }
}
