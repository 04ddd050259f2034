import type { Side, WorkloadGroup } from './measure.js';
import type { MarkerDescription } from './metrics.js';
import type { Results } from './results.js';

/** Something to measure. */
export interface BenchmarkWorkload {
  /** Unique, without blanks: the guest knows it by this name. */
  readonly id: string;
  /** Unique, for people. */
  readonly title: string;
  readonly command: readonly string[];
  readonly markers: readonly MarkerDescription[];
  /** SHA-256 of the names and checksums of Debian's packages in its guest, shortened; absent without any. */
  readonly packages?: string;
  /** Packages that were asked for, but not for it. */
  readonly withheld?: readonly string[];
}

/** Everything that is there to be measured: packed, fetched, checked. */
export interface Benchmark {
  readonly workloads: readonly BenchmarkWorkload[];
  readonly groups: readonly WorkloadGroup[];
  readonly configuration: Results['configuration'];
  readonly suite: string | null;
  readonly shard?: Results['shard'];
  /** @param server path of another build's guest server; absent: this build's */
  side(title: string, server?: string): Side;
  /** The same in QEMU. @throws UserError 64 for what QEMU's side cannot run */
  qemuSide(): Side;
  /** Removes its temporary files. */
  close(): void;
}
