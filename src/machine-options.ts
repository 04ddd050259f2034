import type { CacheLocation } from '../runtime/cache-file.js';
import type { BootPlan, Segment } from './loader/boot-plan.js';

/** Where RAM starts (design §6, QEMU's `virt`). */
export const ramBase = 0x4000_0000;

/** The flash window at the bottom of the address map, in bytes; `--bios` goes to its start. */
export const flashSize = 0x0800_0000;

/** Least and most RAM in bytes; the most is what lies between `ramBase` and 4 GiB. */
export const minMemory = 1 << 20;
export const maxMemory = 2 ** 32 - ramBase;

/** RAM in the Secure address space, there with `--secure`. */
export const secureRamBase = 0x0e00_0000;
export const secureRamSize = 0x0100_0000;

export const maxCpus = 8;

/** Branches to an address before its code is translated: the default, and the most that the counters count. */
export const defaultJitThreshold = 300;
export const maxJitThreshold = 65_000;

/** What `--trace` can show. */
export const traceTopics = ['asm', 'int', 'mmu', 'dev'] as const;
export type TraceTopic = (typeof traceTopics)[number];

/** A device tree blob, and what it is to the user, for messages. */
export interface GivenTree {
  readonly bytes: Uint8Array;
  readonly name: string;
}

/**
 * What `hyperthumb run` was asked for: parsed, checked, every file already read.
 * Addresses are guest physical, sizes are in bytes.
 */
export interface MachineOptions {
  /** RAM in bytes, a multiple of 4096, from `minMemory` to `maxMemory`. */
  readonly memory: number;
  /** Number of vCPUs, 1 to 8. */
  readonly smp: number;
  /** CPUs start in Hyp mode. */
  readonly virtualization: boolean;
  /** CPUs start in Secure SVC; Monitor mode is there. */
  readonly secure: boolean;
  /** `--secure-serial`: the file that takes the output of the Secure serial port; absent: it is lost. */
  readonly secureSerial?: string;
  /** `host`: real time. `virtual`: time is the count of instructions. */
  readonly clock: 'host' | 'virtual';
  /**
   * Kernel (and initrd) with their places, the entry point and where the device tree goes; absent without `--kernel`, and
   * with `bios`.
   */
  readonly boot?: BootPlan;
  /** `bootargs` of the device tree; with `xenCommandLine`, `xen,dom0-bootargs`. Empty for none. */
  readonly commandLine: string;
  /** `--xen-append`: `xen,xen-bootargs` of the device tree. */
  readonly xenCommandLine?: string;
  /** `--dtb`, or what the kernel file brings along: handed over in place of the generated one, with memory and `/chosen` filled in. */
  readonly dtb?: GivenTree;
  /** `--dump-dtb`: write the device tree here and end with code 0, running nothing. */
  readonly dumpDtb?: string;
  /** `--bios`: firmware for flash at address 0, at most `flashSize`; execution starts at 0. */
  readonly bios?: Uint8Array;
  /** `--kernel` and `--initrd` beside `--bios`: the firmware finds them in fw_cfg, as they are. */
  readonly firmwareFiles?: { readonly kernel: Uint8Array; readonly initrd?: Uint8Array };
  /** `--load`: raw bytes, inside RAM or flash, not overlapping each other or `boot`. */
  readonly loads: readonly Segment[];
  /**
   * First PC, bit 0 clear: the kernel's when there is one, 0 with `bios`, else the first `--load` address.
   */
  readonly entry: number;
  /** The entry point is T32 code. */
  readonly thumb: boolean;
  readonly stats: boolean;
  readonly trace: ReadonlySet<TraceTopic>;
  /** End with exit code 75 after so many seconds of real time. */
  readonly timeoutSeconds?: number;
  /** End with exit code 75 after so many instructions retired (all vCPUs together). */
  readonly maxInstructions?: number;
  /** Branches to an address before its code is translated to WebAssembly; absent: everything is interpreted. */
  readonly jitThreshold?: number;
  /** `synchronous`: translated code is there at once and the guest waits for it, so that no thread's timing decides what is translated. */
  readonly translationMode?: 'worker' | 'synchronous';
  /** Where translations outlive the run; absent: they do not. */
  readonly translationCache?: CacheLocation;
  /** Every execution of translated code is repeated by the interpreter; the run ends with code 70 when they differ. */
  readonly check: boolean;
  /** On a PSCI reset: start again (true) or end with exit code 0 (false, `--no-reboot`). */
  readonly reboot: boolean;
}
