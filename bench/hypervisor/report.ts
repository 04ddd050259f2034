import { median } from '../peers/statistics.js';
import { type BenchmarkName, benchmarks, nanoseconds, type Report } from './benchmarks.js';

/** What one run of an emulator has reported. */
export type Round = readonly Report[];

export interface Rounds {
  readonly hyperthumb: readonly Round[];
  /** Empty when QEMU is not installed. */
  readonly qemu: readonly Round[];
  /** Guest instructions a repetition, from a run whose time is instructions. */
  readonly instructions: ReadonlyMap<string, number>;
}

const columns = [18, 14, 14, 12, 8, 16, 11] as const;
const row = (cells: readonly string[]): string =>
  cells
    .map((cell, i) => (i === 0 ? cell.padEnd(columns[0]) : cell.padStart(columns[i])))
    .join('')
    .trimEnd();

const factor = (value: number): string => (Number.isNaN(value) ? '-' : value.toFixed(2));

const nsText = (value: number): string =>
  Number.isNaN(value) ? '-' : `${value.toFixed(value < 100 ? 1 : 0)} ns`;

type Time = (report: Report) => number;
const cpuTime: Time = ({ cpuNanoseconds }) => cpuNanoseconds ?? Number.NaN;

/** Nanoseconds a repetition in one round: the median when the guest measured several times. */
function ofRound(round: Round, name: BenchmarkName, time: Time = nanoseconds): number {
  return median(round.filter((report) => report.name === name).map(time));
}

/** QEMU's time over hyperthumb's, round by round: above 1 hyperthumb is faster. */
export function ratios(
  { hyperthumb, qemu }: Rounds,
  name: BenchmarkName,
  time: Time = nanoseconds,
): number[] {
  return hyperthumb.flatMap((round, index) => {
    const theirs = qemu[index];
    const ratio =
      theirs === undefined ? Number.NaN : ofRound(theirs, name, time) / ofRound(round, name, time);
    return Number.isNaN(ratio) ? [] : [ratio];
  });
}

/** Time of the computation under stage 2 over that without, each pair of neighbouring measurements. */
export function stage2Costs(rounds: readonly Round[], time: Time = nanoseconds): number[] {
  return rounds.flatMap((round) => {
    const times = (wanted: BenchmarkName) => round.filter(({ name }) => name === wanted).map(time);
    const alone = times('compute-alone');
    return times('compute').flatMap((time, index) => (index < alone.length ? [time / alone[index]!] : []));
  });
}

/** The same for processor time: what is left of the comparison on a host that has other work. */
export const cpuRatios = (rounds: Rounds, name: BenchmarkName): number[] => ratios(rounds, name, cpuTime);

/**
 * As lines of text: medians of the rounds' times, and of their ratios with the smallest and the largest; then the median ratio
 * of processor times.
 */
export function formatReport(rounds: Rounds): string[] {
  const lines = [row(['', 'instructions', 'hyperthumb', 'QEMU', 'ratio', 'min to max', 'CPU ratio'])];
  for (const { name } of benchmarks) {
    const ours = median(rounds.hyperthumb.map((round) => ofRound(round, name)).filter(isNumber));
    const theirs = median(rounds.qemu.map((round) => ofRound(round, name)).filter(isNumber));
    if (Number.isNaN(ours) && Number.isNaN(theirs)) continue;
    const each = ratios(rounds, name);
    const spread = each.length < 2 ? '' : `${factor(Math.min(...each))} to ${factor(Math.max(...each))}`;
    const count = rounds.instructions.get(name);
    lines.push(
      row([
        name,
        count === undefined ? '-' : count.toFixed(1),
        nsText(ours),
        nsText(theirs),
        factor(median(each)),
        spread,
        factor(median(cpuRatios(rounds, name))),
      ]),
    );
  }
  const cost = (title: string, of: readonly Round[]) => {
    const costs = stage2Costs(of);
    if (costs.length === 0) return;
    const [low, high] = [Math.min(...costs), Math.max(...costs)].map(percent);
    const cpu = median(stage2Costs(of, cpuTime));
    const ofCpu = Number.isNaN(cpu) ? '' : `, ${percent(cpu)} of processor time`;
    lines.push(
      `${title}: stage 2 adds ${percent(median(costs))} to the computation (${low} to ${high})${ofCpu}`,
    );
  };
  cost('hyperthumb', rounds.hyperthumb);
  cost('QEMU', rounds.qemu);
  return lines;
}

const isNumber = (value: number): boolean => !Number.isNaN(value);
const percent = (ratio: number): string => `${((ratio - 1) * 100).toFixed(1)}%`;
