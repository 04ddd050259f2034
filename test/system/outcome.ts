import type { SystemCase } from './image.js';
import { OUTPUT } from './memory-map.js';
import { OUTPUT_WORDS } from './record.js';

/** What memory says after a run. */
export interface Outcome {
  /** The output record. */
  readonly record: Int32Array;
  /** Results of a sweep. */
  readonly results: Int32Array;
}

/** Reads `count` words of guest memory. */
export type ReadWords = (address: number, count: number) => Int32Array;

export function readOutcomes(cases: readonly SystemCase[], read: ReadWords): Outcome[] {
  return cases.map(({ sweep }, index) => ({
    record: read(OUTPUT + 4 * OUTPUT_WORDS * index, OUTPUT_WORDS),
    results: sweep === undefined ? new Int32Array() : read(sweep.address, sweep.labels.length),
  }));
}
