import type { MarkerDescription } from '../metrics.js';

/** A suite as its file has it, checked, with every path absolute. See docs/benchmarking.md for the form. */
export interface Suite {
  readonly suite: string;
  /** Timed runs of each workload; absent: what the command line says. */
  readonly runs?: number;
  readonly warmup?: number;
  readonly guests: Readonly<Record<string, SuiteGuest>>;
  readonly workloads: readonly SuiteWorkload[];
}

/** A machine, and what is on it. */
export interface SuiteGuest {
  /** Path; absent: Debian's. */
  readonly kernel?: string;
  readonly flavour?: 'armmp' | 'armmp-lpae';
  readonly initrd?: string;
  readonly append?: string;
  readonly packages?: readonly string[];
  readonly sysroot?: string;
  /** Path on the host by path in the guest. */
  readonly files?: Readonly<Record<string, string>>;
  /** As `--memory`. */
  readonly memory?: string;
  readonly smp?: number;
  readonly virtualization?: boolean;
  readonly secure?: boolean;
}

/** Either a program that is run in a Linux guest, or a guest that is measured as a whole. */
export interface SuiteWorkload {
  readonly name: string;
  /** Name of the guest; the first one when absent. */
  readonly guest?: string;
  /** A line for the shell, or a program with its arguments. */
  readonly run?: string | readonly string[];
  /** `run` as the file has it, for people and for comparison: a path in it does not tell where the suite lies. */
  readonly written?: readonly string[];
  readonly boot?: SuiteBoot;
  readonly runs?: number;
  readonly warmup?: number;
  readonly markers?: readonly MarkerDescription[];
}

/** What is booted in place of the guest's own kernel, and from where to where it is measured. */
export interface SuiteBoot {
  readonly kernel?: string;
  /** `FILE@ADDRESS`, as `--load`. */
  readonly load?: readonly string[];
  readonly initrd?: string;
  readonly append?: string;
  /** Texts on the serial port; absent: from reset, to power-off. */
  readonly start?: string;
  readonly end?: string;
}
