import { type CompareOptions, type Comparison, compareWith, minimumEffect } from './compare.js';
import type { Results } from './results.js';
import { pairedRatio } from './statistics.js';

/**
 * Compares two sides that were measured alternating in one run (`--against`): timed samples of the same index are pairs, made
 * within moments of each other on one machine. `theirs` is the baseline; configurations may differ where timed metrics are
 * concerned, as another emulator has other settings.
 */
export function comparePaired(ours: Results, theirs: Results, options: CompareOptions = {}): Comparison {
  return compareWith(theirs, ours, options, {
    effect: minimumEffect.paired,
    leastSamples: 6,
    remedy: 'more runs',
    acrossConfigurations: true,
    ratio: pairedRatio,
    obstacle: () => undefined,
  });
}
