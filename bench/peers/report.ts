import type { Group } from './programs/program.js';
import { geometricMean, median } from './statistics.js';

/** One run of one program in one emulator. */
export interface Run {
  /** Host's seconds. */
  readonly seconds: number;
  /** Seconds of processor time that the emulator used, all threads together; absent where the host does not tell. */
  readonly cpuSeconds?: number;
}

/** One round of one program; a run that failed is absent. */
export interface Round {
  readonly hyperthumb?: Run;
  readonly qemu?: Run;
}

/** All rounds of one program. */
export interface Comparison {
  readonly name: string;
  readonly group: Group;
  readonly rounds: Round[];
  /** What went wrong, a line each. */
  readonly problems: string[];
}

/** QEMU's time over hyperthumb's, of the rounds that have both: above 1 hyperthumb is faster. */
export function speedRatios({ rounds }: Comparison): number[] {
  return rounds.flatMap(({ hyperthumb, qemu }) =>
    hyperthumb && qemu ? [qemu.seconds / hyperthumb.seconds] : [],
  );
}

/** The same for processor time: what is left of the comparison on a host that has other work. */
export function cpuRatios({ rounds }: Comparison): number[] {
  return rounds.flatMap(({ hyperthumb, qemu }) =>
    hyperthumb?.cpuSeconds && qemu?.cpuSeconds ? [qemu.cpuSeconds / hyperthumb.cpuSeconds] : [],
  );
}

const headings: Readonly<Record<Group, string>> = {
  cpu: 'CPU-bound',
  system: 'System-bound',
  boot: 'Boot',
};

const columns = [20, 12, 10, 8, 16, 11] as const;
const row = (cells: readonly string[]): string =>
  cells
    .map((cell, i) => (i === 0 ? cell.padEnd(columns[0]) : cell.padStart(columns[i])))
    .join('')
    .trimEnd();

const seconds = (runs: readonly (Run | undefined)[]): string => {
  const values = runs.flatMap((run) => run?.seconds ?? []);
  return values.length === 0 ? '-' : `${median(values).toFixed(2)} s`;
};
const factor = (value: number): string => (Number.isNaN(value) ? '-' : value.toFixed(2));

/**
 * The comparison as lines of text: medians of the seconds, and of the rounds' ratios with the smallest and the largest, then
 * the median ratio of processor times; a geometric mean a group; then what went wrong.
 */
export function formatReport(comparisons: readonly Comparison[]): string[] {
  const lines: string[] = [];
  for (const group of Object.keys(headings) as Group[]) {
    const members = comparisons.filter((item) => item.group === group && item.rounds.length > 0);
    if (members.length === 0) continue;
    lines.push('', row([headings[group], 'hyperthumb', 'QEMU', 'ratio', 'min to max', 'CPU ratio']));
    for (const item of members) {
      const ratios = speedRatios(item);
      const spread =
        ratios.length < 2 ? '' : `${factor(Math.min(...ratios))} to ${factor(Math.max(...ratios))}`;
      lines.push(
        row([
          item.name,
          seconds(item.rounds.map((round) => round.hyperthumb)),
          seconds(item.rounds.map((round) => round.qemu)),
          factor(median(ratios)),
          spread,
          factor(median(cpuRatios(item))),
        ]),
      );
    }
    if (members.length > 1) {
      const mean = (of: (item: Comparison) => number[]) =>
        factor(
          geometricMean(members.map((item) => median(of(item))).filter((value) => !Number.isNaN(value))),
        );
      lines.push(row(['geometric mean', '', '', mean(speedRatios), '', mean(cpuRatios)]));
    }
  }
  const problems = comparisons.flatMap((item) => item.problems.map((text) => `${item.name}: ${text}`));
  if (problems.length > 0) lines.push('', 'Problems', ...problems);
  return lines;
}
