import { describe, expect, it } from 'vitest';
import { runMachineCampaign, seedOf } from './campaign.js';
import { MACHINE_KIND_NAMES, MACHINE_KINDS } from './kinds.js';
import { minimise } from './minimise.js';
import { Pair } from './pair.js';
import { formatProgram, parseProgram } from './program.js';
import { CampaignStatistics } from './statistics.js';

/** Of each kind: all kinds together take some 20 seconds. */
const PROGRAMS = 120;
const SEED = 16;

describe.each(MACHINE_KIND_NAMES)('%s', (kind) => {
  it('is the same translated, and looks at enough', () => {
    const { statistics, failures, shortfalls } = runMachineCampaign({ kind, seed: SEED, count: PROGRAMS });
    expect(failures.map(({ seed, what, details }) => [`--seed ${seed}`, what, ...details])).toEqual([]);
    expect(shortfalls).toEqual([]);
    expect(statistics.translated).toBeGreaterThan(0.2 * statistics.instructions);
    expect(statistics.faults.size).toBeGreaterThanOrEqual(3);
    expect(statistics.exceptions.size).toBeGreaterThanOrEqual(8);
  });

  it('has programs that can be kept as text', () => {
    const text = formatProgram(MACHINE_KINDS[kind].make(SEED), 'a remark');
    expect(formatProgram(parseProgram(text), 'a remark')).toBe(text);
  });
});

describe('a translator that is wrong', () => {
  it('is found where it does not notice that code has changed, and the program made smaller', () => {
    const pairs = () =>
      new Pair('plain', new CampaignStatistics(), ({ board }) => {
        board.codePages.owner = { onCodeWrite: () => true };
      });
    const pair = pairs();
    for (let index = 0; index < 200; index++) {
      const program = MACHINE_KINDS.rewriting.make(seedOf(SEED, index));
      if (program.board !== 'plain') continue;
      const difference = pair.run(program);
      if (difference === undefined) continue;
      const smaller = minimise(program, difference, (each) => pairs().run(each));
      expect(smaller.difference.what).toMatch(/differ|not the same/);
      expect(smaller.program.rounds).toBe(difference.round + 1);
      return;
    }
    expect.fail('it was not found');
  });
});

describe('a campaign', () => {
  it('of no program fails', () => {
    expect(runMachineCampaign({ kind: 'code', seed: 1, count: 0 }).shortfalls).not.toEqual([]);
  });

  it('begins with the program of its seed', () => {
    expect(seedOf(1234, 0)).toBe(1234);
    expect(seedOf(1234, 1)).not.toBe(seedOf(1235, 1));
  });
});
