/** Random code: every encoding of the table, in every mode, in loops. */
import type { Draft } from '../generate.js';
import { makeProgram } from '../generate.js';
import type { MachineKind } from '../kind.js';
import { dataAddress } from '../start.js';

/** Instructions that one expects in a program, at random, with branches that mostly stay in it. */
export function codeStep({ random, code, window }: Draft): void {
  const here = code.words.length;
  const kind = random.below(100);
  if (kind < 8) code.branch(Math.max(0, here - 6 + random.below(14)), random.below(15), random.chance(0.2));
  else if (kind < 11 && code.thumb)
    code.compareAndBranch(here + 1 + random.below(8), random.below(8), random.chance(0.5));
  else if (kind < 16 && code.thumb) code.itBlock();
  else if (kind < 22) code.constant(random.pick([8, 9, 10, 11, 0, 1, 2, 3]), dataAddress(random, window));
  else if (kind < 23) code.anything();
  else code.drawn();
}

export const code: MachineKind = {
  about: 'random code in both instruction sets and all modes',
  floors: { instructions: 300, regions: 1, entered: 3, faults: 5, definitions: 300 },
  make: (seed) =>
    makeProgram(seed, {
      boards: ['plain', 'plain', 'hyp', 'hyp', 'secure', 'secure-hyp', 'large', 'large-hyp', 'edge'],
      step: codeStep,
    }),
};
