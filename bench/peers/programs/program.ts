/** What a program mostly asks of an emulator. */
export const groups = ['cpu', 'system', 'boot'] as const;
export type Group = (typeof groups)[number];

/** A workload of a fixed amount, run by the guest's shell. */
export interface Program {
  /** Without spaces: the name of a file in the guest. */
  readonly name: string;
  readonly group: Group;
  /** Lines for BusyBox's shell, in an empty folder; what they print is compared between the emulators. */
  readonly script: string;
  /** Debian packages that have to be there. */
  readonly packages?: readonly string[];
  /** Set when what it prints differs from run to run (it prints times, say). */
  readonly outputVaries?: boolean;
}
