import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CASE_WORDS, INSTRUCTIONS, makeCase, OUTCOME_WORDS, Random, Subject } from './cases.js';
import { CASES, formatOutcome, SEED, VECTORS } from './vectors.js';

/** Outcomes of qemu-arm 7.2 for the same cases (see generate.ts). */
const sections = readFileSync(VECTORS, 'utf8')
  .split(/^# .*\n/m)
  .slice(1)
  .map((section) => section.trim().split('\n'));

describe('floating-point results and flags are those of qemu-arm', () => {
  const random = new Random(SEED);
  const cases = new Int32Array(CASE_WORDS * CASES * INSTRUCTIONS.length);
  INSTRUCTIONS.forEach((_, index) => {
    for (let n = 0; n < CASES; n++) makeCase(random, index, cases, (index * CASES + n) * CASE_WORDS);
  });
  const subject = new Subject();

  it('has outcomes for all cases', () => {
    expect(sections.map((lines) => lines.length)).toEqual(INSTRUCTIONS.map(() => CASES));
  });

  it.each(INSTRUCTIONS.map(([text], index) => ({ text, index })))('$text', ({ index }) => {
    const outcome = new Int32Array(OUTCOME_WORDS);
    for (let n = 0; n < CASES; n++) {
      const at = (index * CASES + n) * CASE_WORDS;
      subject.run(cases, at, outcome, 0);
      const before = Array.from(cases.subarray(at + 1, at + CASE_WORDS), (word) => (word >>> 0).toString(16));
      expect(formatOutcome(outcome, 0), `FPSCR, S0–S5 before: ${before.join(' ')}`).toBe(sections[index][n]);
      expect(outcome.slice(3), 'S2 to S5 are not written').toEqual(cases.slice(at + 4, at + CASE_WORDS));
    }
  });
});
