import { describe, expect, it } from 'vitest';
import { type GuestOutcome, runGuest, unexpectedMode } from './guest.js';
import { BINARIES } from './guests/binaries.js';
import { assemble, assemblerAvailable, GUESTS } from './guests/build.js';

/** What has to be the same however a guest is run. */
function comparable({ instructions, course, memory, results }: GuestOutcome) {
  return { instructions, course, memory, results };
}

describe('guests', () => {
  it.skipIf(!assemblerAvailable()).each(GUESTS)('%s: the binary is that of the source', (guest) => {
    expect(assemble(guest).toString('base64')).toBe(BINARIES[guest]);
  });
});

describe.each([
  // Most of this one's code never lives long enough to be translated.
  ['self-modifying', 0.05],
  ['remapping', 0.6],
  ['faults', 0.3],
  ['crossing', 0.5],
  ['alignment', 0.4],
  ['modes', 0.5],
] as const)('%s', (guest, share) => {
  const interpreted = runGuest(guest, { slice: 1000 });

  it('comes to its own end', () => {
    expect(unexpectedMode(interpreted)).toBe(0);
    expect(interpreted.results[0]).not.toBe(0);
    expect(interpreted.translated).toBe(0);
  });

  it.each([1, 20])('does the same translated, after %i branches', (threshold) => {
    const translated = runGuest(guest, { slice: 1000, threshold });
    expect(comparable(translated)).toEqual(comparable(interpreted));
    if (threshold === 1) expect(translated.translated).toBeGreaterThan(share * translated.instructions);
  });

  it('passes the check', () => {
    const checked = runGuest(guest, { slice: 1000, threshold: 2, check: true });
    expect(comparable(checked)).toEqual(comparable(interpreted));
  });

  it('does the same at the top of 3 GiB of RAM, interpreted, translated and checked', () => {
    const ways = [{}, { threshold: 1 }, { threshold: 2, check: true }];
    const [alone, ...others] = ways.map((way) => runGuest(guest, { slice: 1000, top: true, ...way }));
    expect(alone!.results).toEqual(interpreted.results);
    for (const other of others) expect(comparable(other)).toEqual(comparable(alone!));
    expect(others[0]!.translated).toBeGreaterThan(share * others[0]!.instructions);
  });

  it.each([7, 64])('does the same in slices of %i instructions', (slice) => {
    const translated = runGuest(guest, { slice, threshold: 2 });
    expect(comparable(translated)).toEqual(comparable(runGuest(guest, { slice })));
    expect(translated.instructions).toBe(interpreted.instructions);
  });
});

describe('self-modifying', () => {
  it('has had regions that were thrown away', () => {
    expect(runGuest('self-modifying', { slice: 1000, threshold: 1 }).dropped).toBeGreaterThan(20);
  });
});

describe('faults', () => {
  it('has had faults', () => {
    expect(runGuest('faults', { slice: 1000, threshold: 2 }).results[1]).toBeGreaterThan(200);
  });
});

describe('alignment', () => {
  it('has had faults, and as many instructions without them', () => {
    const { results } = runGuest('alignment', { slice: 1000, threshold: 2 });
    expect(results[1]).toBeGreaterThan(3000);
  });
});

describe('modes', () => {
  it('has had all rounds', () => {
    expect(runGuest('modes', { slice: 1000, threshold: 2 }).results[1]).toBe(24);
  });
});

describe.each(['interrupted', 'system'] as const)('%s', (guest) => {
  // The handler takes 14 instructions: with a slice of 14 + n, every n-th boundary is an interrupt, and over the
  // slices each boundary of each loop is one.
  const slices = [15, 16, 17, 23, 37, 71, 1009];

  it.each(slices)('every %i instructions', (slice) => {
    const interpreted = runGuest(guest, { slice, interrupts: true });
    const translated = runGuest(guest, { slice, interrupts: true, threshold: 1 });
    expect(unexpectedMode(interpreted)).toBe(0);
    expect(interpreted.results[1]).toBeGreaterThan(10);
    expect(comparable(translated)).toEqual(comparable(interpreted));
    if (slice > 50) expect(translated.translated).toBeGreaterThan(0.3 * translated.instructions);
  });

  it('passes the check', () => {
    const options = { slice: 97, interrupts: true };
    const checked = runGuest(guest, { ...options, threshold: 1, check: true });
    expect(comparable(checked)).toEqual(comparable(runGuest(guest, options)));
  });

  it('computes the same whether it is interrupted or not', () => {
    const [checksum] = runGuest(guest, { slice: 1000, threshold: 1 }).results;
    expect(runGuest(guest, { slice: 41, interrupts: true, threshold: 1 }).results[0]).toBe(checksum);
  });
});
