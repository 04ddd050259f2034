import { describe, expect, it } from 'vitest';
import { World } from './coherence/world.js';

const WORLDS = 40;
const STEPS = 3000;

describe.each([
  { format: 'short', long: false },
  { format: 'long', long: true },
])('SoftwareTlb beside walks of $format-descriptor tables', ({ long }) => {
  it('never holds what the tables do not say, after the least maintenance', () => {
    for (let seed = 1; seed <= WORLDS; seed++) {
      const world = new World(long, seed);
      for (let step = 0; step < STEPS; step++) {
        const wrong = world.step();
        if (wrong === undefined) continue;
        expect.fail(`seed ${seed}, step ${step}: ${wrong}\n${world.log.slice(-8).join('\n')}`);
      }
    }
  });
});
