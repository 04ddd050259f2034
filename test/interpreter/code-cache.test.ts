import { beforeEach, describe, expect, it } from 'vitest';
import { Decoder } from '../../jit/isa/decoder.js';
import { DEFINITIONS } from '../../jit/isa/table.js';
import { CodeCache } from '../../runtime/interpreter/code-cache.js';
import { emptyCoverage } from '../../runtime/translation/coverage.js';

const PAGE = 0x5000;
const NOP = 0xe320f000 | 0;
const decoder = new Decoder(DEFINITIONS);

let code: CodeCache;

/** Executes code at an offset, and overwrites it. @returns whether the page survived that */
function rewrite(offset = 8): boolean {
  code.page(PAGE).a32[offset >> 2] = code.a32(NOP);
  const survived = code.survives(PAGE, offset, 4);
  if (!survived) code.drop(PAGE);
  return survived;
}

/** Rewrites code until the page is one that is rewritten all the time. */
function rewriteOften(): void {
  let rounds = 0;
  while (!rewrite()) if (++rounds > 1000) throw new Error('the page never survives');
  expect(rounds).toBeGreaterThan(10);
}

beforeEach(() => {
  code = new CodeCache(decoder);
});

describe('CodeCache', () => {
  it('keeps no more encodings than it has to, and what pages have stays theirs', () => {
    const slots = code.page(PAGE).a32;
    slots[0] = code.a32(NOP);
    expect(code.a32(NOP)).toBe(slots[0]);
    // MOV and MVN of all immediates to all registers, under each condition, with and without flags.
    for (const base of [0x03a00000, 0x03b00000, 0x03e00000, 0x03f00000]) {
      for (let n = 0; n < 0xf_0000; n += 7) code.a32(base | ((n & 0xf_0000) << 12) | (n & 0xffff) | 0);
    }
    expect(code.size).toBeLessThanOrEqual(1 << 18);
    expect(slots[0]?.raw).toBe(NOP);
    expect(code.a32(NOP)).not.toBe(slots[0]);
  });
});

describe('CodeCache.survives', () => {
  it('is told of nothing that stands where no code was executed', () => {
    code.page(PAGE).a32[2] = code.a32(NOP);
    expect(code.survives(PAGE, 4, 4)).toBe(true);
    expect(code.survives(PAGE, 12, 4)).toBe(true);
    expect(code.survives(PAGE, 10, 1)).toBe(false);
    expect(code.survives(0x9000, 0, 4)).toBe(false);
  });

  it('has a page dropped at first, and only what was hit forgotten in the end', () => {
    rewriteOften();
    const page = code.page(PAGE);
    expect(page.rewritten).toBe(true);
    page.a32[4] = code.a32(NOP);
    page.thumb[9] = code.thumb(0xbf00, false);
    page.thumb[12] = code.thumb(0xbf00, false);
    expect(rewrite(8)).toBe(true);
    expect([page.a32[2], page.thumb[9]?.raw, page.a32[4]?.raw]).toEqual([undefined, 0xbf00, NOP]);
    // The halfword before may be the first of a 32-bit instruction.
    expect(code.survives(PAGE, 20, 4)).toBe(true);
    expect([page.thumb[9], page.a32[4]?.raw, page.thumb[12]?.raw]).toEqual([undefined, NOP, 0xbf00]);
  });

  it('does not ask for translations of such a page', () => {
    let entered = 0;
    code.onNewPage = () => entered++;
    rewriteOften();
    const before = entered;
    code.drop(PAGE);
    expect(code.page(PAGE).rewritten).toBe(true);
    expect(entered).toBe(before);
  });

  it('drops it once there is translated code, or much is overwritten at once', () => {
    rewriteOften();
    const page = code.page(PAGE);
    page.a32[2] = code.a32(NOP);
    expect(code.survives(PAGE, 0, 4096)).toBe(false);
    const coverage = emptyCoverage();
    coverage.fill(-1);
    page.addTranslated(coverage, false);
    expect(code.survives(PAGE, 0, 4)).toBe(false);
  });

  it('takes it for data when many stores in a row hit no code, and begins anew', () => {
    rewriteOften();
    code.page(PAGE).a32[2] = code.a32(NOP);
    let stores = 0;
    while (code.survives(PAGE, 0x800, 4)) stores++;
    expect(stores).toBeGreaterThan(100);
    code.drop(PAGE);
    expect(code.page(PAGE).rewritten).toBe(false);
  });

  it('does not count a page that is full of code', () => {
    for (let round = 0; round < 200; round++) {
      const { a32 } = code.page(PAGE);
      for (let index = 0; index < 100; index++) a32[index] = code.a32(NOP);
      expect(rewrite()).toBe(false);
    }
    expect(code.page(PAGE).rewritten).toBe(false);
  });
});
