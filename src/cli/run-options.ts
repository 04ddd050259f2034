import { type Command, Option } from 'commander';
import { FdtError, MAX_FDT_BYTES, readFdt, writeFdt } from '../../runtime/board/fdt.js';
import type { Deadline } from '../deadline.js';
import { ExitCode, UserError } from '../errors.js';
import { checkOutput, type InputLimit, readInput } from '../files.js';
import { below, defaultCacheFolder } from '../image/cache.js';
import {
  type BootModule,
  type BootPlan,
  findOverlap,
  generatedDtbRoom,
  planBoot,
  type Segment,
} from '../loader/boot-plan.js';
import { decompress } from '../loader/decompress.js';
import { isElf } from '../loader/elf.js';
import { FormatError } from '../loader/format-error.js';
import type { Kernel, UnpackOptions } from '../loader/kernel.js';
import { cachedUnpack, type Unpack } from '../loader/kernel-cache.js';
import { loadKernel } from '../loader/kernel-image.js';
import { unwrapRamdisk } from '../loader/uimage.js';
import { unpackedZImage } from '../loader/unpacked-zimage.js';
import { isZImage, zImageSize } from '../loader/zimage.js';
import {
  defaultJitThreshold,
  flashSize,
  type GivenTree,
  type MachineOptions,
  maxCpus,
  maxJitThreshold,
  maxMemory,
  minMemory,
  ramBase,
  secureRamBase,
  secureRamSize,
  type TraceTopic,
  traceTopics,
} from '../machine-options.js';
import { openCache, warnOfCache } from '../run-caches.js';
import {
  integerParser,
  type LoadRequest,
  listParser,
  type ModuleRequest,
  parseFolder,
  parseLoad,
  parseModule,
  parseOutputFile,
  parseSeconds,
  parseSize,
} from './parse.js';

/** What commander makes of the options that `run` and `boot` share. */
export interface RunFlags {
  readonly kernel?: string;
  readonly initrd?: string;
  readonly append?: string;
  readonly dtb?: string;
  readonly dumpDtb?: string;
  readonly bios?: string;
  readonly load?: readonly LoadRequest[];
  readonly module?: readonly ModuleRequest[];
  readonly xenAppend?: string;
  readonly memory: number;
  readonly smp: number;
  readonly virtualization?: boolean;
  readonly secure?: boolean;
  readonly secureSerial?: string;
  readonly clock: 'host' | 'virtual';
  readonly stats?: boolean;
  readonly trace?: readonly TraceTopic[];
  readonly timeout?: number;
  readonly maxInstructions?: number;
  readonly jit: boolean;
  readonly jitThreshold: number;
  readonly check?: boolean;
  /** Absent: there is no home folder. */
  readonly translationCache?: string | false;
  readonly kernelCache?: string | false;
  readonly fastLoad: boolean;
  readonly reboot: boolean;
}

/** Adds the options that say what to run. */
export function addImageOptions(command: Command): Command {
  return command
    .option('-k, --kernel <file>', 'kernel: zImage, raw Image, uImage or ELF')
    .option(
      '--bios <file>',
      'firmware for flash at address 0; execution starts there, and a kernel is left to it (fw_cfg)',
    );
}

/** Adds the options that say how to run it. */
export function addRunOptions(command: Command): Command {
  return command
    .option('-i, --initrd <file>', 'initial ramdisk')
    .option('-a, --append <text>', 'kernel command line')
    .option(
      '--dtb <file>',
      'device tree blob instead of the generated one, or of one that the kernel file brings along',
    )
    .option('--dump-dtb <file>', 'write the device tree there and stop', parseOutputFile)
    .option('--load <file@address>', 'put a file into RAM or flash as it is (repeatable)', parseLoad)
    .option(
      '--module <kind=file>',
      'what a hypervisor boots: kernel=FILE[,bootargs=TEXT] or ramdisk=FILE (repeatable)',
      parseModule,
    )
    .option('--xen-append <text>', "Xen's command line; --append is then dom0's")
    .addOption(
      new Option('-m, --memory <size>', 'RAM, with suffix K, M or G')
        .argParser(parseSize)
        .default(512 * 2 ** 20, '512M'),
    )
    .addOption(
      new Option('--smp <n>', `number of CPUs, 1 to ${maxCpus}`)
        .argParser(integerParser(1, maxCpus))
        .default(1),
    )
    .option('--virtualization', 'start the CPUs in Hyp mode')
    .option('--secure', 'start the CPUs in Secure state, with Monitor mode')
    .option(
      '--secure-serial <file>',
      'what the second serial port, for Secure state, sends; lost without this (needs --secure)',
    )
    .addOption(
      new Option('--clock <kind>', 'real time, or time that counts instructions (repeatable runs)')
        .choices(['host', 'virtual'])
        .default('host'),
    )
    .option('--stats', 'print figures about the run at its end, on standard error')
    .option(
      '--trace <list>',
      `trace to standard error: ${traceTopics.join(', ')}, with commas between`,
      listParser(traceTopics),
    )
    .option(
      '--timeout <seconds>',
      'end with exit code 75 after so much real time, fetching and loading included',
      parseSeconds,
    )
    .option(
      '--max-instructions <n>',
      'end with exit code 75 after so many instructions',
      integerParser(1, Number.MAX_SAFE_INTEGER),
    )
    .option('--no-jit', 'interpret everything, translate nothing to WebAssembly')
    .option(
      '--check',
      'repeat all translated code in the interpreter, and end with exit code 70 where they differ',
    )
    .addOption(
      new Option('--jit-threshold <n>', 'branches to an address before its code is translated')
        .argParser(integerParser(1, maxJitThreshold))
        .default(defaultJitThreshold),
    )
    .option(
      '--translation-cache <folder>',
      'where translations are kept from one run to the next',
      parseFolder,
      below(defaultCacheFolder(), 'translations'),
    )
    .option('--no-translation-cache', 'keep no translations, use none')
    .option(
      '--kernel-cache <folder>',
      'where unpacked kernels are kept from one run to the next',
      parseFolder,
      below(defaultCacheFolder(), 'kernels'),
    )
    .option('--no-kernel-cache', 'keep no unpacked kernels, use none')
    .option('--no-fast-load', 'let the guest unpack its compressed kernel itself')
    .option('--no-reboot', 'end when the guest resets the machine');
}

/**
 * Checks the flags against each other, reads every file, and lays out memory.
 * @param deadline counts from the start of the command; without one reading takes the time that it takes
 * @throws UserError
 */
export async function readMachineOptions(flags: RunFlags, deadline?: Deadline): Promise<MachineOptions> {
  checkMemory(flags.memory);
  checkCombination(flags);
  if (flags.dumpDtb !== undefined) checkOutput(flags.dumpDtb, 'device tree');
  if (flags.secureSerial !== undefined) checkOutput(flags.secureSerial, 'serial output');

  const files = new InputFiles(flags, deadline);
  const { kernelBytes, bios, loads } = files;
  const direct = kernelBytes !== undefined && bios === undefined;
  const modules = direct ? await files.modules() : [];
  const kernel = direct ? await files.kernel() : undefined;
  const initrd = files.initrd ?? kernel?.initrd;
  const dtb = files.dtb ?? files.dtbOf(kernel);
  const boot = kernel && planKernel(flags, kernel, initrd, dtb, modules);
  checkOverlaps(boot, bios, loads);

  return {
    memory: flags.memory,
    smp: flags.smp,
    virtualization: flags.virtualization ?? false,
    secure: flags.secure ?? false,
    ...(flags.secureSerial !== undefined && { secureSerial: flags.secureSerial }),
    clock: flags.clock,
    ...(boot && { boot }),
    commandLine: flags.append ?? '',
    ...(flags.xenAppend !== undefined && { xenCommandLine: flags.xenAppend }),
    ...(dtb && { dtb }),
    ...(flags.dumpDtb !== undefined && { dumpDtb: flags.dumpDtb }),
    ...(bios && { bios }),
    ...(bios && kernelBytes && { firmwareFiles: { kernel: kernelBytes, ...(initrd && { initrd }) } }),
    loads,
    entry: bios ? 0 : (boot?.entry ?? loads[0]?.address ?? ramBase),
    thumb: boot?.thumb ?? false,
    stats: flags.stats ?? false,
    trace: new Set(flags.trace),
    ...(flags.timeout !== undefined && { timeoutSeconds: flags.timeout }),
    ...(flags.maxInstructions !== undefined && { maxInstructions: flags.maxInstructions }),
    ...translationOptions(flags),
    check: flags.check ?? false,
    reboot: flags.reboot,
  };
}

function checkMemory(memory: number): void {
  if (memory < minMemory || memory > maxMemory || memory % 4096 !== 0) {
    throw new UserError(
      ExitCode.usage,
      `--memory must be from ${minMemory / 2 ** 20}M to ${maxMemory / 2 ** 20}M and a multiple of 4K, not ${memory} bytes`,
    );
  }
}

function checkCombination(flags: RunFlags): void {
  const something = flags.kernel ?? flags.bios ?? flags.load?.[0];
  if (something === undefined && flags.dumpDtb === undefined) {
    throw new UserError(
      ExitCode.usage,
      'nothing to run: give --kernel FILE, --bios FILE or --load FILE@ADDRESS',
    );
  }
  if (flags.secureSerial !== undefined && !flags.secure) {
    throw new UserError(ExitCode.usage, '--secure-serial needs --secure: the port is for Secure state only');
  }
  if (flags.initrd !== undefined && flags.kernel === undefined) {
    throw new UserError(ExitCode.usage, '--initrd needs --kernel: a firmware loads its own');
  }
  if (flags.module !== undefined) checkHypervisor('--module', flags);
  if (flags.xenAppend !== undefined) checkHypervisor('--xen-append', flags);
}

/** @param option what only a hypervisor has a use for */
function checkHypervisor(option: string, flags: RunFlags): void {
  if (flags.kernel === undefined || flags.bios !== undefined) {
    throw new UserError(
      ExitCode.usage,
      `${option} needs --kernel HYPERVISOR without --bios: a firmware loads its own`,
    );
  }
  if (!flags.virtualization && flags.dumpDtb === undefined) {
    throw new UserError(ExitCode.usage, `${option} is for a hypervisor: give --virtualization as well`);
  }
}

function planKernel(
  flags: RunFlags,
  kernel: Kernel,
  initrd: Uint8Array | undefined,
  dtb: GivenTree | undefined,
  modules: readonly BootModule[],
): BootPlan {
  return planBoot(kernel, {
    ramBase,
    memory: flags.memory,
    ...(initrd && { initrd }),
    modules,
    // The memory and `/chosen` are written into a device tree given by the user, so it may grow.
    dtbRoom:
      dtb === undefined
        ? generatedDtbRoom(chosenBytes(flags, modules))
        : dtb.bytes.length + 0x1000 + chosenBytes(flags, modules),
  });
}

/** At most how many bytes of a device tree the command lines and modules take. */
function chosenBytes(flags: RunFlags, modules: readonly BootModule[]): number {
  const texts = [flags.append, flags.xenAppend, ...modules.map(({ bootargs }) => bootargs)];
  // UTF-8 has at most three bytes for each unit of a string.
  return texts.reduce((sum, text) => sum + 3 * (text?.length ?? 0), 256 * modules.length);
}

/** Puts the file's name before a `FormatError`. */
function named(error: unknown, what: string): unknown {
  return error instanceof FormatError
    ? new UserError(ExitCode.data, `cannot use ${what}: ${error.message}`, { cause: error })
    : error;
}

/** The files that the flags name. */
class InputFiles {
  readonly #flags: RunFlags;
  readonly #unpack: UnpackOptions;
  readonly #inRam: InputLimit;
  readonly kernelBytes: Uint8Array | undefined;
  readonly initrd: Uint8Array | undefined;
  readonly dtb: GivenTree | undefined;
  readonly bios: Uint8Array | undefined;
  readonly loads: readonly NamedSegment[];

  /** Reads those that need no unpacking. */
  constructor(flags: RunFlags, deadline: Deadline | undefined) {
    const { memory, kernel, kernelCache } = flags;
    const checkTime = deadline && { checkTime: deadline.check };
    this.#flags = flags;
    this.#unpack = {
      ...(kernelCache !== false && { unpack: unpackWith(kernelCache) }),
      ...checkTime,
    };
    const maxBytes = Math.max(memory, leastLimit);
    this.#inRam = {
      maxBytes,
      room: `${maxBytes / 2 ** 20} MiB, and so does not fit the guest's memory (--memory)`,
      ...checkTime,
    };
    // An ELF file may have its debugging information in it.
    const ofKernel = { ...this.#inRam, except: isElf };
    this.kernelBytes = kernel === undefined ? undefined : readInput(kernel, 'kernel', ofKernel);
    this.initrd = flags.initrd === undefined ? undefined : this.#readInitrd(flags.initrd);
    this.dtb = flags.dtb === undefined ? undefined : readDeviceTree(flags.dtb, checkTime);
    this.bios =
      flags.bios === undefined
        ? undefined
        : readInput(flags.bios, 'firmware', { ...flashLimit, ...checkTime });
    this.loads = (flags.load ?? []).map((request) => this.#readLoad(request));
  }

  /** The kernel, unpacked. @throws UserError 65 */
  async kernel(): Promise<Kernel> {
    const { memory, fastLoad, kernel } = this.#flags;
    try {
      return await loadKernel(this.kernelBytes!, { ramBase, memory, fast: fastLoad, ...this.#unpack });
    } catch (error) {
      throw named(error, `kernel '${kernel}'`);
    }
  }

  /** The device tree that a kernel file brings along. @throws UserError 65 */
  dtbOf(kernel: Kernel | undefined): GivenTree | undefined {
    if (kernel?.deviceTree === undefined) return undefined;
    return soundTree(kernel.deviceTree, `the device tree in kernel '${this.#flags.kernel}'`);
  }

  modules(): Promise<BootModule[]> {
    return Promise.all((this.#flags.module ?? []).map((request) => this.#readModule(request)));
  }

  /** A module is handed over as it is, except that a compressed kernel is spared its decompressor. @throws UserError 65 for one that is cut */
  async #readModule({ kind, path, bootargs }: ModuleRequest): Promise<BootModule> {
    const { memory, fastLoad } = this.#flags;
    const file = readInput(path, `module ${kind}`, this.#inRam);
    try {
      if (kind === 'kernel' && isZImage(file)) zImageSize(file);
    } catch (error) {
      throw named(error, `module kernel '${path}'`);
    }
    const bytes =
      kind === 'kernel' && fastLoad ? await unpackedZImage(file, { memory, ...this.#unpack }) : file;
    return { kind, path, bytes, ...(bootargs !== undefined && { bootargs }) };
  }

  #readInitrd(path: string): Uint8Array {
    try {
      return unwrapRamdisk(readInput(path, 'initrd', this.#inRam));
    } catch (error) {
      throw named(error, `initrd '${path}'`);
    }
  }

  #readLoad({ path, address }: LoadRequest): NamedSegment {
    const { memory, secure } = this.#flags;
    const bytes = readInput(
      path,
      'file',
      address < flashSize ? { ...this.#inRam, ...flashLimit } : this.#inRam,
    );
    const end = address + bytes.length;
    const inRam = address >= ramBase && end <= ramBase + memory;
    const inFlash = end <= flashSize;
    const secureRamEnd = secureRamBase + secureRamSize;
    const inSecureRam = address >= secureRamBase && end <= secureRamEnd;
    if (!inRam && !inFlash && !(secure && inSecureRam)) {
      const room = [
        `RAM (${hex(ramBase)} to ${hex(ramBase + memory)})`,
        `flash (0 to ${hex(flashSize)})`,
        ...(secure ? [`Secure RAM (${hex(secureRamBase)} to ${hex(secureRamEnd)})`] : []),
      ];
      const hint = inSecureRam ? '; Secure RAM is there with --secure' : '';
      throw new UserError(
        ExitCode.usage,
        `--load: '${path}' from ${hex(address)} to ${hex(end)} lies outside ${andList(room)}${hint}`,
      );
    }
    return { address, bytes, name: `'${path}'` };
  }
}

/** A smaller RAM than this is no limit for a file: what is too large for it is told of with the size that it needs. */
const leastLimit = 64 << 20;
const flashLimit: InputLimit = { maxBytes: flashSize, room: `the ${flashSize / 2 ** 20} MiB of flash` };
const dtbLimit: InputLimit = {
  maxBytes: MAX_FDT_BYTES,
  room: `${MAX_FDT_BYTES / 2 ** 20} MiB, the most that a device tree has`,
};

function readDeviceTree(path: string, checkTime: Pick<InputLimit, 'checkTime'> | undefined): GivenTree {
  return soundTree(readInput(path, 'device tree', { ...dtbLimit, ...checkTime }), `device tree '${path}'`);
}

/** The tree as it is written here, which says how large it is. @throws UserError 65 */
function soundTree(bytes: Uint8Array, name: string): GivenTree {
  try {
    return { bytes: writeFdt(readFdt(bytes)), name };
  } catch (error) {
    if (!(error instanceof FdtError)) throw error;
    throw new UserError(ExitCode.data, `cannot use ${name}: ${error.message}`, { cause: error });
  }
}

function translationOptions(flags: RunFlags): Pick<MachineOptions, 'jitThreshold' | 'translationCache'> {
  if (!flags.jit || flags.trace?.includes('asm')) return {};
  const { jitThreshold, translationCache: folder } = flags;
  const translationCache = folder === false ? undefined : openCache(folder, 'translation-cache');
  return { jitThreshold, ...(translationCache && { translationCache }) };
}

/** Unpacking by way of the cache in `folder`. */
function unpackWith(folder: string | undefined): Unpack {
  return (packed, compression, limits) => {
    // Not before there is something to unpack: a bad kernel leaves no key behind.
    const cache = openCache(folder, 'kernel-cache');
    return (cache === undefined ? decompress : cachedUnpack(cache, warnOfCache))(packed, compression, limits);
  };
}

/** A segment, and what the user calls it. */
interface NamedSegment extends Segment {
  readonly name: string;
}

function checkOverlaps(
  boot: BootPlan | undefined,
  bios: Uint8Array | undefined,
  loads: readonly NamedSegment[],
): void {
  const all = [...loads];
  for (const segment of boot?.segments ?? []) all.push({ ...segment, name: 'kernel, initrd or module' });
  if (boot) all.push({ address: boot.dtbAddress, bytes: new Uint8Array(boot.dtbRoom), name: 'device tree' });
  if (bios) all.push({ address: 0, bytes: bios, name: 'firmware' });
  all.sort((a, b) => a.address - b.address);
  const overlap = findOverlap(all);
  if (overlap === undefined) return;
  const [before, behind] = overlap;
  throw new UserError(
    ExitCode.usage,
    `--load: ${before.name} and ${behind.name} overlap at ${hex(behind.address)}: choose another address`,
  );
}

/** `a and b`, `a, b and c`. */
const andList = (items: readonly string[]): string =>
  `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;

const hex = (n: number): string => `0x${n.toString(16)}`;
