import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunFlags } from '../cli/run-options.js';
import { writeError } from '../errors.js';
import type { GuestDescription } from './guest/messages.js';
import type { QemuMachine } from './guest/qemu-guest.js';
import { initPath } from './packing/guest-archive.js';
import { buildInitrd, type Packed } from './packing/pack.js';

/** The machine that programs run on. */
export interface LinuxMachine {
  /** Path of the kernel. */
  readonly kernel: string;
  /** Kernel command line, without what our init needs. */
  readonly append: string;
  /** The user's own initramfs. */
  readonly initrd?: Uint8Array;
  /** Bytes of RAM. */
  readonly memory: number;
  readonly smp: number;
  readonly jitThreshold: number;
  readonly virtualization: boolean;
}

/**
 * What the kernel is told beside the user's: our init, and to leave out what costs a guest under test seconds at each boot and serves nobody
 * (crypto self-tests, the audit and security modules).
 */
const kernelOptions = `console=ttyAMA0 rdinit=${initPath} quiet cryptomgr.notests audit=0 apparmor=0 selinux=0 panic=-1`;

/** Options of a machine that are the same for all benchmarks. */
export const commonFlags = {
  secure: false,
  jit: true,
  translationCache: false,
  kernelCache: false,
  fastLoad: true,
  reboot: false,
} as const;

/** @throws UserError 73, 74 or 77 */
function temporaryFolder(): string {
  const path = join(tmpdir(), 'hyperthumb-bench-');
  try {
    return mkdtempSync(path);
  } catch (error) {
    throw writeError(path, error);
  }
}

/** Writes the initramfs of guests to a folder that goes with {@link close}. */
export class LinuxGuests {
  readonly #machine: LinuxMachine;
  readonly #packed: Packed;
  readonly #folder = temporaryFolder();
  readonly #initrds = new Map<string, string>();

  constructor(machine: LinuxMachine, packed: Packed) {
    this.#machine = machine;
    this.#packed = packed;
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** @param workloads the programs that it has to have; their names only. @throws UserError when there is no room for its files */
  describe(workloads: readonly string[], exact: boolean): GuestDescription {
    const { kernel, memory, smp, jitThreshold, virtualization } = this.#machine;
    const flags: RunFlags = {
      ...commonFlags,
      kernel,
      initrd: this.#initrd(workloads),
      append: this.#commandLine,
      memory,
      smp,
      virtualization,
      jitThreshold,
      clock: exact ? 'virtual' : 'host',
    };
    return { flags, exact };
  }

  /** The same machine for QEMU. */
  describeForQemu(workloads: readonly string[]): QemuMachine {
    const { kernel, memory, smp } = this.#machine;
    return { kernel, memory, smp, initrd: this.#initrd(workloads), append: this.#commandLine };
  }

  get #commandLine(): string {
    return `${kernelOptions} ${this.#machine.append}`.trim();
  }

  #initrd(workloads: readonly string[]): string {
    const key = [...workloads].sort().join();
    const known = this.#initrds.get(key);
    if (known !== undefined) return known;
    const path = join(this.#folder, `initramfs-${this.#initrds.size}.cpio`);
    try {
      writeFileSync(path, buildInitrd(this.#packed, new Set(workloads), this.#machine.initrd));
    } catch (error) {
      throw writeError(path, error);
    }
    this.#initrds.set(key, path);
    return path;
  }
}
