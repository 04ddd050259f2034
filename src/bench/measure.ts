import { type Guest, GuestError, type GuestRun } from './guest/guest.js';
import type { WorkloadRuns } from './metrics.js';

/** One of the emulators that are compared, or the only one. */
export interface Side {
  /** For people. */
  readonly title: string;
  /** A fresh guest for the exact run of one workload; absent: this side has no exact metrics. */
  exact?(workload: string): Guest;
  /** A guest for the timed runs of workloads of one group. */
  timed(workloads: readonly string[]): Guest;
}

export interface Plan {
  /** By unique names without blanks. A group shares a guest in timed runs. */
  readonly groups: readonly WorkloadGroup[];
  /** A workload's name for people. */
  titleOf(workload: string): string;
  /** Packages that were asked for, but not for this workload: when it fails, one of them may be why. */
  withheldFrom(workload: string): readonly string[];
  /** The first is ours. */
  readonly sides: readonly Side[];
  /** Whether there is an exact run. */
  readonly exact: boolean;
  /** Timed runs that count, and those before them that do not. */
  readonly runs: number;
  readonly warmup: number;
  /** Seconds for each boot and each run. */
  readonly timeout: number;
  /** A program that ends with another exit status than 0 is measured all the same. */
  readonly ignoreFailure: boolean;
}

export interface WorkloadGroup {
  readonly workloads: readonly string[];
  /** Each run is a guest of its own, from its start: there is nothing to warm up and nothing to share. */
  readonly whole: boolean;
  /** Instead of the plan's. */
  readonly runs?: number;
  readonly warmup?: number;
}

export interface MeasureEvents {
  /** Something that takes a while begins. @param done steps that are over, of `total` */
  onStep(text: string, done: number, total: number): void;
  onRun(side: Side, workload: string, kind: 'exact' | 'warmup' | 'timed', run: GuestRun): void;
  onProblem(problem: Problem): void;
}

/** A workload that could not be measured. */
export interface Problem {
  readonly workload: string;
  readonly side: string;
  /** A line. */
  readonly text: string;
  /** What the guest did not manage in time may work with more of it. */
  readonly timedOut: boolean;
}

/** What was measured so far, by side and workload. */
export type Measurements = readonly Map<string, MutableRuns>[];

interface MutableRuns extends WorkloadRuns {
  exact?: GuestRun;
  readonly timed: GuestRun[];
}

export function emptyMeasurements(plan: Plan): Measurements {
  return plan.sides.map(() => new Map());
}

/** Runs a plan. */
export class Measurement {
  readonly #plan: Plan;
  readonly #into: Measurements;
  readonly #events: MeasureEvents;
  readonly #signal: AbortSignal;
  readonly #failed = new Set<string>();
  readonly #total: number;
  #done = 0;

  /** @param into filled in as results come: what is there at an interruption is complete */
  constructor(plan: Plan, into: Measurements, events: MeasureEvents, signal: AbortSignal) {
    this.#plan = plan;
    this.#into = into;
    this.#events = events;
    this.#signal = signal;
    this.#total = countSteps(plan);
  }

  /** @throws the signal's reason; UserError for what no guest can be started with */
  async run(): Promise<void> {
    if (this.#plan.exact) {
      for (const { workloads, whole } of this.#plan.groups) {
        for (const workload of workloads) {
          for (const [index, side] of this.#plan.sides.entries()) {
            if (side.exact !== undefined) await this.#exactRun(index, side, workload, whole);
          }
        }
      }
    }
    for (const group of this.#plan.groups) {
      if (this.#runsOf(group) === 0) continue;
      if (group.whole) await this.#wholeRuns(group);
      else await this.#programRuns(group);
    }
  }

  #runsOf(group: WorkloadGroup): number {
    return this.#plan.runs === 0 ? 0 : (group.runs ?? this.#plan.runs);
  }

  async #exactRun(index: number, side: Side, workload: string, whole: boolean): Promise<void> {
    if (this.#failed.has(workload)) return;
    const guest = side.exact!(workload);
    try {
      if (!whole) this.#step(`${this.#name(side, workload)}: boot for the exact run`);
      await guest.boot(this.#plan.timeout, this.#signal);
      this.#step(`${this.#name(side, workload)}: exact run`);
      const run = await guest.run(workload, this.#plan.timeout, this.#signal);
      this.#take(index, workload, 'exact', run);
    } catch (error) {
      this.#problem(side, workload, error);
    } finally {
      await guest.close();
    }
  }

  async #wholeRuns(group: WorkloadGroup): Promise<void> {
    for (let round = 0; round < this.#runsOf(group); round++) {
      for (const workload of group.workloads) {
        for (const { index, side } of this.#inTurn(round)) {
          if (this.#failed.has(workload)) continue;
          this.#step(`${this.#name(side, workload)}: run ${round + 1} of ${this.#runsOf(group)}`);
          const guest = side.timed([workload]);
          try {
            await guest.boot(this.#plan.timeout, this.#signal);
            this.#take(index, workload, 'timed', await guest.run(workload, this.#plan.timeout, this.#signal));
          } catch (error) {
            this.#problem(side, workload, error);
          } finally {
            await guest.close();
          }
        }
      }
    }
  }

  /** All sides stand booted side by side and take each workload in turn, so that what disturbs the host disturbs all. */
  async #programRuns(group: WorkloadGroup): Promise<void> {
    const { sides } = this.#plan;
    const guests: (Guest | undefined)[] = sides.map(() => undefined);
    const warmup = group.warmup ?? this.#plan.warmup;
    const rounds = warmup + this.#runsOf(group);
    try {
      for (let round = 0; round < rounds; round++) {
        for (const workload of group.workloads) {
          for (const { index, side } of this.#inTurn(round)) {
            if (this.#failed.has(workload)) continue;
            guests[index] ??= await this.#bootFor(side, group, workload);
            const guest = guests[index];
            if (guest === undefined) continue;
            const number =
              round < warmup
                ? `warm-up ${round + 1} of ${warmup}`
                : `run ${round - warmup + 1} of ${rounds - warmup}`;
            this.#step(`${this.#name(side, workload)}: ${number}`);
            try {
              const run = await guest.run(workload, this.#plan.timeout, this.#signal);
              this.#take(index, workload, round < warmup ? 'warmup' : 'timed', run);
            } catch (error) {
              this.#problem(side, workload, error);
              guests[index] = undefined;
              await guest.close();
            }
          }
        }
      }
    } finally {
      await Promise.all(guests.map((guest) => guest?.close()));
    }
  }

  async #bootFor(side: Side, group: WorkloadGroup, workload: string): Promise<Guest | undefined> {
    this.#step(`${sideName(this.#plan, side)}boot for the timed runs`);
    const guest = side.timed(group.workloads);
    try {
      await guest.boot(this.#plan.timeout, this.#signal);
      return guest;
    } catch (error) {
      await guest.close();
      this.#problem(side, workload, error);
      return undefined;
    }
  }

  /** Who is first changes from round to round. */
  #inTurn(round: number): { index: number; side: Side }[] {
    const sides = this.#plan.sides.map((side, index) => ({ index, side }));
    return round % 2 === 0 ? sides : sides.reverse();
  }

  #take(index: number, workload: string, kind: 'exact' | 'warmup' | 'timed', run: GuestRun): void {
    const side = this.#plan.sides[index];
    if (run.status !== 0 && !this.#plan.ignoreFailure) {
      const said = run.output.filter((line) => line.trim() !== '').slice(-3);
      const withheld = this.#plan.withheldFrom(workload);
      const text =
        `it ended with exit status ${run.status}${said.length > 0 ? `: ${said.join(' / ')}` : ' and printed nothing'}` +
        (withheld.length > 0
          ? `; it names nothing of ${withheld.join(', ')}, so its guest has it not: name it, be it in a comment`
          : '');
      this.#record({ workload, side: side.title, text, timedOut: false });
      return;
    }
    if (kind !== 'warmup') {
      const runs = this.#into[index].get(workload) ?? { timed: [] };
      this.#into[index].set(workload, runs);
      if (kind === 'exact') runs.exact = run;
      else runs.timed.push(run);
    }
    this.#events.onRun(side, workload, kind, run);
  }

  #problem(side: Side, workload: string, error: unknown): void {
    if (!(error instanceof GuestError)) throw error;
    this.#record({ workload, side: side.title, text: error.message, timedOut: error.timedOut });
  }

  /** One failure is enough: the workload is left alone from then on. */
  #record(problem: Problem): void {
    this.#failed.add(problem.workload);
    this.#events.onProblem(problem);
  }

  #step(text: string): void {
    this.#events.onStep(text, this.#done++, this.#total);
  }

  #name(side: Side, workload: string): string {
    return `${sideName(this.#plan, side)}${this.#plan.titleOf(workload)}`;
  }
}

const sideName = (plan: Plan, side: Side): string => (plan.sides.length > 1 ? `${side.title}: ` : '');

function countSteps({ groups, sides, exact, runs, warmup }: Plan): number {
  const exactSides = exact ? sides.filter((side) => side.exact !== undefined).length : 0;
  return groups.reduce((sum, group) => {
    const count = group.workloads.length;
    const ownRuns = runs === 0 ? 0 : (group.runs ?? runs);
    if (group.whole) return sum + count * (exactSides + ownRuns * sides.length);
    const ownWarmup = runs === 0 ? 0 : (group.warmup ?? warmup);
    const boots = ownRuns > 0 ? sides.length : 0;
    return sum + count * (2 * exactSides + (ownRuns + ownWarmup) * sides.length) + boots;
  }, 0);
}
