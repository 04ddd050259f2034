import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunFlags } from '../cli/run-options.js';
import { writeError } from '../errors.js';
import type { GuestDescription } from './guest/messages.js';
import type { QemuMachine } from './guest/qemu-guest.js';
import { initPath } from './packing/guest-archive.js';
import { buildInitrd, type Packed, type PackedProgram } from './packing/pack.js';

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

/** Name in the guest of the only program of an exact run. */
const soleProgram = 'program';

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

  /** A guest for the exact run of one program: nothing in it tells of others, nor which of them it is. @throws UserError as `describe` */
  describeExact(workload: string): GuestDescription {
    const program = this.#packed.programs.find(({ name }) => name === workload)!;
    const { archive } = program;
    const initrd = this.#initrd([{ ...program, name: soleProgram }], archive, `exact ${workload}`);
    return { flags: this.#flags(initrd, 'virtual'), exact: true, program: soleProgram };
  }

  /** A guest for timed runs. @param workloads the programs that it has to have. @throws UserError when there is no room for its files */
  describe(workloads: readonly string[]): GuestDescription {
    return { flags: this.#flags(this.#sharedInitrd(workloads), 'host'), exact: false };
  }

  /** The same machine for QEMU. */
  describeForQemu(workloads: readonly string[]): QemuMachine {
    const { kernel, memory, smp } = this.#machine;
    return { kernel, memory, smp, initrd: this.#sharedInitrd(workloads), append: this.#commandLine };
  }

  #flags(initrd: string, clock: RunFlags['clock']): RunFlags {
    const { kernel, memory, smp, jitThreshold, virtualization } = this.#machine;
    return {
      ...commonFlags,
      kernel,
      initrd,
      append: this.#commandLine,
      memory,
      smp,
      virtualization,
      jitThreshold,
      clock,
    };
  }

  get #commandLine(): string {
    return `${kernelOptions} ${this.#machine.append}`.trim();
  }

  #sharedInitrd(workloads: readonly string[]): string {
    const { programs, archive } = this.#packed;
    const some = programs.filter(({ name }) => workloads.includes(name));
    return this.#initrd(some, archive, some.map(({ name }) => name).join());
  }

  /** @param key tells it from others */
  #initrd(programs: readonly PackedProgram[], archive: string | undefined, key: string): string {
    const known = this.#initrds.get(key);
    if (known !== undefined) return known;
    const path = join(this.#folder, `initramfs-${this.#initrds.size}.cpio`);
    try {
      writeFileSync(path, buildInitrd(programs, this.#packed.files, archive, this.#machine.initrd));
    } catch (error) {
      throw writeError(path, error);
    }
    this.#initrds.set(key, path);
    return path;
  }
}
