import type { Program } from './program.js';
import type { Floors } from './statistics.js';

/** A kind of random programs. */
export interface MachineKind {
  /** What is in them, for `--help`. */
  readonly about: string;
  readonly floors: Floors;
  /** The program of a seed. */
  readonly make: (seed: number) => Program;
}
