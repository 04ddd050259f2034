/** Runs programs of a kind, each on both machines, and collects what differs. */
import type { BoardName } from './boards.js';
import { MACHINE_KINDS, type MachineKindName } from './kinds.js';
import { minimise } from './minimise.js';
import { type Difference, Pair } from './pair.js';
import type { Program } from './program.js';
import { CampaignStatistics, shortfalls } from './statistics.js';

export interface MachineCampaignOptions {
  readonly kind: MachineKindName;
  readonly seed: number;
  readonly count: number;
  /** Called before each program: a watchdog may look whether they go on. */
  readonly onProgram?: (index: number, seed: number) => void;
  /** Called with each failure. */
  readonly onFailure?: (failure: MachineFailure) => void;
}

export interface MachineFailure {
  readonly kind: MachineKindName;
  /** `--seed` of the campaign of this one program. */
  readonly seed: number;
  readonly index: number;
  /** One line. */
  readonly what: string;
  readonly details: readonly string[];
  /** As small as it could be made. */
  readonly program: Program;
}

export interface MachineReport {
  readonly kind: MachineKindName;
  readonly statistics: CampaignStatistics;
  readonly exits: ReadonlyMap<string, number>;
  readonly failures: readonly MachineFailure[];
  readonly shortfalls: readonly string[];
}

/** Seed of a campaign's program: the first one's is the campaign's. */
export function seedOf(seed: number, index: number): number {
  if (index === 0) return seed;
  let hash = Math.imul(seed ^ 0x5bd1_e995, 0x85eb_ca6b) ^ Math.imul(index, 0xc2b2_ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb_352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846c_a68b);
  // What an option takes.
  return ((hash ^ (hash >>> 16)) >>> 0) % 1_000_000_000;
}

/** Pairs of machines, made when they are needed and again after a failure. */
export class Pairs {
  readonly statistics = new CampaignStatistics();
  readonly #pairs = new Map<BoardName, Pair>();
  readonly #exits = new Map<string, number>();

  /** Runs a program on its pair. @returns what differs, or what was thrown */
  run(program: Program): Difference | undefined {
    const { board } = program;
    let pair = this.#pairs.get(board);
    if (pair === undefined) {
      pair = new Pair(board, this.statistics);
      this.#pairs.set(board, pair);
    }
    try {
      const difference = pair.run(program);
      if (difference === undefined) return undefined;
      const listing = pair.listing(program, difference);
      return { ...difference, details: [...difference.details, ...listing] };
    } catch (error) {
      // Whatever state they are in now.
      this.#forget(board, pair);
      const what = `it ends in ${error instanceof Error ? error.stack : String(error)}`;
      const [first, ...details] = what.split('\n');
      return { what: first!, round: 0, slice: 0, details };
    }
  }

  #forget(board: BoardName, pair: Pair): void {
    this.#addExits(pair);
    this.#pairs.delete(board);
  }

  #addExits(pair: Pair): void {
    for (const [cause, count] of pair.exits.sorted) {
      this.#exits.set(cause, (this.#exits.get(cause) ?? 0) + count);
    }
  }

  /** Exits of translated code by cause, of all that ran. Called once. */
  exits(): ReadonlyMap<string, number> {
    for (const pair of this.#pairs.values()) this.#addExits(pair);
    return this.#exits;
  }
}

export function runMachineCampaign(options: MachineCampaignOptions): MachineReport {
  const { kind, count } = options;
  const { make, floors } = MACHINE_KINDS[kind];
  const pairs = new Pairs();
  const failures: MachineFailure[] = [];
  for (let index = 0; index < count; index++) {
    const seed = seedOf(options.seed, index);
    options.onProgram?.(index, seed);
    const program = make(seed);
    const difference = pairs.run(program);
    if (difference === undefined) continue;
    const failure = { kind, seed, index, ...explain(program, difference) };
    failures.push(failure);
    options.onFailure?.(failure);
  }
  const { statistics } = pairs;
  return { kind, statistics, exits: pairs.exits(), failures, shortfalls: shortfalls(statistics, floors) };
}

/** The failure once more, in machines of its own and with as few instructions as show it. */
function explain(
  program: Program,
  difference: Difference,
): Pick<MachineFailure, 'what' | 'details' | 'program'> {
  const pairs = new Pairs();
  const again = pairs.run(program);
  if (again === undefined) {
    const what = `${difference.what} (after other programs only)`;
    return { what, details: difference.details, program };
  }
  const smaller = minimise(program, again, (each) => pairs.run(each));
  const { what, round, slice, details } = smaller.difference;
  return { what: `${what} in round ${round}, slice ${slice}`, details, program: smaller.program };
}
