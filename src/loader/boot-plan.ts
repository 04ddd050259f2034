import { ExitCode, UserError } from '../errors.js';
import { alignUp, type Kernel, type Segment } from './kernel.js';

export type { Kernel, Segment } from './kernel.js';

/**
 * What to put where before the first instruction, and how to enter: R0 = 0, R1 = 0xffffffff, R2 = `dtbAddress`,
 * MMU and caches off, interrupts masked (Linux Documentation/arm/booting.rst).
 */
export interface BootPlan {
  /** What the kernel is: `zImage (xz)`. */
  readonly format: string;
  /** Kernel, initrd and modules, in order of address, not overlapping. */
  readonly segments: readonly Segment[];
  /** First PC, bit 0 clear. */
  readonly entry: number;
  /** The entry point is T32 code. */
  readonly thumb: boolean;
  /** Where the device tree goes; `dtbRoom` bytes are free from there. */
  readonly dtbAddress: number;
  readonly dtbRoom: number;
  /** For `/chosen`: `linux,initrd-start` and the exclusive `linux,initrd-end`. */
  readonly initrd?: { readonly start: number; readonly end: number };
  /** For `/chosen`: where the modules are, in the order given. */
  readonly modules: readonly PlacedModule[];
}

/** A file that a hypervisor finds in memory: what one of its guests boots from (multiboot on Arm). */
export interface BootModule {
  readonly kind: 'kernel' | 'ramdisk';
  /** Where it was read from. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Command line of a kernel. */
  readonly bootargs?: string;
}

export interface PlacedModule extends BootModule {
  readonly address: number;
}

export interface BootOptions {
  readonly ramBase: number;
  /** Bytes of RAM. */
  readonly memory: number;
  readonly initrd?: Uint8Array;
  readonly modules?: readonly BootModule[];
  /** Bytes of the device tree; when it is generated later, the most it may have. */
  readonly dtbRoom?: number;
}

/** Room for a generated device tree, in bytes: what it has beside `/chosen`, and altogether where that is small. */
const generatedDtb = 0x8000;
const defaultDtbRoom = 0x1_0000;

/** The initrd goes here above the start of RAM, or half-way up a smaller RAM: QEMU's choice, clear of any kernel. */
const initrdOffset = 128 << 20;

const page = 4096;
const mebibyte = 1 << 20;

/** Room for a generated device tree with so much in `/chosen`, bytes. */
export function generatedDtbRoom(chosen: number): number {
  return Math.max(defaultDtbRoom, generatedDtb + chosen);
}

interface Layout {
  readonly initrdStart: number;
  readonly dtbAddress: number;
  /** Of each module. */
  readonly modules: readonly number[];
  /** First address past everything. */
  readonly end: number;
}

/**
 * Lays out kernel, initrd, device tree and modules in RAM.
 * @throws UserError 65 when RAM is too small, naming the size that is enough; when a segment lies outside RAM
 */
export function planBoot(kernel: Kernel, options: BootOptions): BootPlan {
  const { ramBase, memory, initrd, modules = [] } = options;
  const dtbRoom = alignUp(options.dtbRoom ?? defaultDtbRoom, page);
  for (const s of kernel.segments) {
    if (s.address < ramBase) {
      throw new UserError(
        ExitCode.data,
        `the kernel wants to be at ${hex(s.address)}, below RAM at ${hex(ramBase)}: link it for RAM`,
      );
    }
  }
  const sizes = {
    kernelEnd: kernel.end,
    initrd: initrd?.length ?? 0,
    dtbRoom,
    modules: modules.map((module) => module.bytes.length),
  };
  const layout = place(ramBase, memory, sizes);
  if (layout.end > ramBase + memory) {
    const needed = neededMemory(ramBase, sizes);
    throw new UserError(
      ExitCode.data,
      needed === undefined
        ? 'kernel, initrd, modules and device tree do not fit the address space of a 32-bit machine'
        : `memory is too small for this kernel${initrd ? ' and initrd' : ''}${modules.length > 0 ? ` and its modules (${modules.map(({ path }) => `'${path}'`).join(', ')})` : ''}: ${memory / mebibyte} MiB given, ${needed} MiB needed (--memory ${needed}M)`,
    );
  }

  const segments = [...kernel.segments];
  if (initrd) segments.push({ address: layout.initrdStart, bytes: initrd });
  const placed = modules.map((module, i) => ({ ...module, address: layout.modules[i] }));
  segments.push(...placed);
  segments.sort((a, b) => a.address - b.address);
  const overlap = findOverlap(segments);
  if (overlap)
    throw new UserError(ExitCode.data, `two parts of the kernel overlap at ${hex(overlap[1].address)}`);
  return {
    format: kernel.format,
    segments,
    entry: kernel.entry,
    thumb: kernel.thumb,
    dtbAddress: layout.dtbAddress,
    dtbRoom,
    ...(initrd && { initrd: { start: layout.initrdStart, end: layout.initrdStart + initrd.length } }),
    modules: placed,
  };
}

/** The first two segments that overlap; `segments` are in order of address. */
export function findOverlap<T extends Segment>(segments: readonly T[]): readonly [T, T] | undefined {
  for (let i = 1; i < segments.length; i++) {
    const before = segments[i - 1];
    if (before.address + before.bytes.length > segments[i].address) return [before, segments[i]];
  }
  return undefined;
}

interface Sizes {
  readonly kernelEnd: number;
  readonly initrd: number;
  readonly dtbRoom: number;
  readonly modules: readonly number[];
}

function place(ramBase: number, memory: number, sizes: Sizes): Layout {
  const wanted = ramBase + Math.min(initrdOffset, Math.floor(memory / 2));
  const initrdStart = alignUp(Math.max(wanted, sizes.kernelEnd), page);
  const dtbAddress = alignUp(initrdStart + sizes.initrd, page);
  const modules: number[] = [];
  let end = dtbAddress + sizes.dtbRoom;
  for (const size of sizes.modules) {
    modules.push(end);
    end = alignUp(end + size, page);
  }
  return { initrdStart, dtbAddress, modules, end };
}

/** The least whole number of MiB that is enough, or undefined. */
function neededMemory(ramBase: number, sizes: Sizes): number | undefined {
  for (let mib = 1; ramBase + mib * mebibyte <= 2 ** 32; mib++) {
    if (place(ramBase, mib * mebibyte, sizes).end <= ramBase + mib * mebibyte) return mib;
  }
  return undefined;
}

const hex = (n: number): string => `0x${n.toString(16)}`;
