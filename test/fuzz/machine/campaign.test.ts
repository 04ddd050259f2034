import { describe, expect, it } from 'vitest';
import { runMachineCampaign, seedOf } from './campaign.js';
import { MACHINE_KIND_NAMES, MACHINE_KINDS } from './kinds.js';
import { minimise } from './minimise.js';
import { Pair } from './pair.js';
import { formatProgram, parseProgram } from './program.js';
import { CampaignStatistics } from './statistics.js';

/** Of each kind: all kinds together take less than a minute. */
const PROGRAMS = 250;
const SEED = 16;

const faults = new Map<string, number>();
const exceptions = new Map<string, number>();
const add = (to: Map<string, number>, from: ReadonlyMap<string, number>) => {
  for (const [name, count] of from) to.set(name, (to.get(name) ?? 0) + count);
};

describe.each(MACHINE_KIND_NAMES)('%s', (kind) => {
  it('is the same translated, and looks at enough', () => {
    const { statistics, failures, shortfalls } = runMachineCampaign({ kind, seed: SEED, count: PROGRAMS });
    expect(failures.map(({ seed, what, details }) => [`--seed ${seed}`, what, ...details])).toEqual([]);
    expect(shortfalls).toEqual([]);
    expect(statistics.translated).toBeGreaterThan(0.2 * statistics.instructions);
    expect(statistics.faults.size).toBeGreaterThanOrEqual(3);
    expect(statistics.exceptions.size).toBeGreaterThanOrEqual(8);
    add(faults, statistics.faults);
    add(exceptions, statistics.exceptions);
  });

  it('has programs that can be kept as text', () => {
    const text = formatProgram(MACHINE_KINDS[kind].make(SEED), 'a remark');
    expect(formatProgram(parseProgram(text), 'a remark')).toBe(text);
  });
});

describe('all kinds together', () => {
  it.each([
    ['ALIGNMENT', 500],
    ['TRANSLATION', 5000],
    ['ACCESS_FLAG', 20],
    ['DOMAIN', 20],
    ['PERMISSION', 500],
    ['EXTERNAL', 500],
    ['EXTERNAL_ON_WALK', 1],
    ['TRANSLATION (stage 2)', 50],
    ['PERMISSION (stage 2)', 10],
  ])('have %s faults', (name, least) => {
    expect(faults.get(name)).toBeGreaterThanOrEqual(least);
  });

  it.each([
    ['undefined', 2000],
    ['call', 100],
    ['prefetch abort', 1000],
    ['data abort', 2000],
    ['IRQ', 200],
    ['FIQ', 100],
    ['Hyp: Hyp trap', 200],
    ['Hyp: data abort', 100],
    ['Hyp: IRQ', 5],
    ['Monitor: call', 10],
  ])('have exceptions to the vector %s', (name, least) => {
    expect(exceptions.get(name)).toBeGreaterThanOrEqual(least);
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
