import { textTable } from '../../src/bench/text-table.js';
import { median } from '../peers/statistics.js';
import { type Boot, milestones } from './boot.js';

/** What is compared: a name, and its boots round by round. */
export interface Contestant {
  readonly name: string;
  readonly boots: readonly Boot[];
}

const toInit = ({ seconds }: Boot): number => seconds.at(-1) ?? Number.NaN;

/** Time to dom0's init of the first over that of another, round by round: below 1 the first is faster. */
export function initRatios(ours: Contestant, theirs: Contestant): number[] {
  const rounds = Math.min(ours.boots.length, theirs.boots.length);
  return Array.from({ length: rounds }, (_, i) => toInit(ours.boots[i]) / toInit(theirs.boots[i]));
}

const text = (value: number, digits: number): string => (Number.isNaN(value) ? '-' : value.toFixed(digits));

/** Lines of text: medians of the times to each milestone, then the first contestant's ratios to each other one. */
export function formatReport(contestants: readonly Contestant[]): string[] {
  const [ours, ...others] = contestants;
  const columns = [{ title: 'seconds to' }, ...contestants.map(({ name }) => ({ title: name }))];
  const rows = milestones.map(({ name }, i) => [
    name,
    ...contestants.map(({ boots }) => text(median(boots.map(({ seconds }) => seconds[i])), 1)),
  ]);
  const cpu = contestants.map(({ boots }) => boots.map(({ cpuSeconds }) => cpuSeconds ?? Number.NaN));
  rows.push(['processor time', ...cpu.map((values) => text(median(values), 1))]);
  const right = columns.map((column, i) => (i === 0 ? column : { ...column, align: 'right' as const }));
  const lines = textTable(right, rows);
  for (const other of others) {
    const ratios = initRatios(ours, other);
    if (ratios.length === 0) continue;
    lines.push(
      `to ${other.name}: ${ratios.map((ratio) => text(ratio, 2)).join(' ')}, median ${text(median(ratios), 2)}`,
    );
  }
  return lines;
}
