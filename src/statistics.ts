import type { Machine } from '../runtime/machine.js';

/** Causes of exits from translated code that are listed. */
const MOST_CAUSES = 12;

/** Writes `--stats` to standard error. @param seconds wall-clock time of the run */
export function printStatistics(machine: Machine, seconds: number): void {
  const { board, retired } = machine;
  const row = (name: string, value: string) => process.stderr.write(`${name.padEnd(44)} ${value}\n`);
  row('instructions', retired.toLocaleString('en'));
  row('seconds', seconds.toFixed(2));
  row('million instructions/second', (retired / seconds / 1e6).toFixed(1));
  row('decoded encodings', board.code.size.toLocaleString('en'));
  for (const [name, value] of Object.entries(board.translations?.statistics ?? {})) {
    row(`translation ${name}`, Math.round(value).toLocaleString('en'));
  }
  if (board.translations?.failure !== undefined) row('translation off', board.translations.failure);
  for (const { index, retired: count, tlb, interpreter } of board.vcpus) {
    row(`cpu${index} instructions`, count.toLocaleString('en'));
    row(`cpu${index} translated`, interpreter.translated.toLocaleString('en'));
    if (interpreter.check !== undefined) {
      row(`cpu${index} checked regions`, interpreter.check.regions.toLocaleString('en'));
      row(`cpu${index} checked instructions`, interpreter.check.instructions.toLocaleString('en'));
    }
    for (const [cause, count] of interpreter.exits?.sorted.slice(0, MOST_CAUSES) ?? []) {
      row(`cpu${index} exit ${cause}`, count.toLocaleString('en'));
    }
    for (const [name, value] of Object.entries(tlb.statistics)) {
      if (typeof value === 'number') row(`cpu${index} mmu ${name}`, value.toLocaleString('en'));
    }
  }
}
