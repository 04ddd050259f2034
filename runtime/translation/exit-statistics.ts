import type { Instruction } from '../../jit/isa/instruction.js';
import { BLOCK_INSTRUCTIONS } from '../../jit/translator/region.js';

/** Why translated code came back to the interpreter, for `--stats`: counts by what came next. */
export class ExitStatistics {
  readonly #counts = new Map<string, number>();

  /**
   * @param next what the interpreter finds there; undefined: never executed
   * @param isRegion whether that is another region, which the TLB or the jump cache did not know
   * @param left instructions of the slice that are left
   */
  count(next: Instruction | undefined, isRegion: boolean, left: number): void {
    const cause = causeOf(next, isRegion, left);
    this.#counts.set(cause, (this.#counts.get(cause) ?? 0) + 1);
  }

  /** Causes with their counts, the most frequent first. */
  get sorted(): [cause: string, count: number][] {
    return [...this.#counts].sort(([, a], [, b]) => b - a);
  }
}

function causeOf(next: Instruction | undefined, isRegion: boolean, left: number): string {
  // With fewer left, a region may stop because they do not cover its next block.
  if (left <= BLOCK_INSTRUCTIONS) return 'end of slice';
  if (isRegion) return 'to a region not in TLB or jump cache';
  return next === undefined ? 'to new code' : `before ${next.definition.name}`;
}
