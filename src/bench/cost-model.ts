import type { Counters } from './counters.js';

/** What each event costs more than its instructions do, in cycles. */
export const costs = {
  instruction: 1,
  /** A translation table walk: two or three dependent loads, from the second-level cache as a rule. */
  tableWalk: 25,
  /** An exception entry: the pipeline is refilled from the vector, and again at the return. */
  exception: 40,
  /** An access to a device's registers, which nothing caches. */
  deviceAccess: 60,
} as const;

/**
 * Cycles by a simple model: every instruction takes one, and a few events take more. It orders programs by what they ask of a machine;
 * it knows no caches, no pipeline and no branch predictor, so that it is no forecast for a real Cortex-A15.
 */
export function modelCycles(counters: Counters): number {
  return (
    costs.instruction * counters.instructions +
    costs.tableWalk * counters.tableWalks +
    costs.exception * exceptions(counters) +
    costs.deviceAccess * counters.deviceAccesses
  );
}

function exceptions(counters: Counters): number {
  return (
    counters.systemCalls +
    counters.dataAborts +
    counters.prefetchAborts +
    counters.undefinedInstructions +
    counters.interrupts +
    counters.higherExceptions
  );
}
