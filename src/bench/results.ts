/**
 * What a benchmark has found: the form of `--save` files, of a line of history, and of what is compared, merged and reported.
 * All of it is plain JSON.
 */
export const RESULTS_VERSION = 1;

/** Exact: the same on every machine with `--clock virtual`, one sample. Timed: a sample a run, in the order of the runs. */
export type MetricKind = 'exact' | 'timed';

export interface Metric {
  /** As `wall-time`, `instructions`, or a marker's name. */
  readonly name: string;
  /** `s`, `ns`, `B`, or empty for a count. */
  readonly unit: string;
  readonly kind: MetricKind;
  /** Which direction is an improvement. */
  readonly better: 'lower' | 'higher';
  readonly samples: readonly number[];
}

export interface WorkloadResult {
  /** Unique in a file. */
  readonly name: string;
  /** The guest's command line. */
  readonly command: readonly string[];
  readonly metrics: readonly Metric[];
  /** SHA-256 of the names and checksums of Debian's packages in its guest, shortened; absent without any. */
  readonly packages?: string;
  /** Where it ran, when that is not the file's machine: only in a merge of several machines. */
  readonly machine?: MachineDescription;
}

/** Where it ran. Timed metrics of different machines are not compared. */
export interface MachineDescription {
  readonly cpu: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  readonly os: string;
  readonly node: string;
}

export interface Results {
  readonly version: typeof RESULTS_VERSION;
  /** ISO 8601, UTC, when the run began. */
  readonly date: string;
  readonly hyperthumb: string;
  /** Of the repository that the run was made in, or null where there is none. */
  readonly commit: string | null;
  /** Whether the work tree had changes. */
  readonly dirty: boolean;
  readonly machine: MachineDescription;
  /** What decides the exact metrics beside the workload: clock, memory, kernel and initrd checksums, ... */
  readonly configuration: Readonly<Record<string, string | number | boolean>>;
  /** The suite's name, where there is one. */
  readonly suite: string | null;
  /** Present when only a part of a suite was run; `all` names every workload of the suite, in order. */
  readonly shard?: { readonly index: number; readonly count: number; readonly all: readonly string[] };
  readonly workloads: readonly WorkloadResult[];
}
