import { describe, expect, it } from 'vitest';
import { PAGE_BYTES } from '../../jit/abi/tlb.js';
import { Decoder } from '../../jit/isa/decoder.js';
import { DEFINITIONS } from '../../jit/isa/table.js';
import { PageFlow } from '../../jit/translator/page-flow.js';
import { CodeCache } from '../../runtime/interpreter/code-cache.js';
import { cover, emptyCoverage } from '../../runtime/translation/coverage.js';
import { PageBytesReader } from '../../runtime/translation/page-reader.js';

const code = new CodeCache(new Decoder(DEFINITIONS));

/** The flow of a page that begins with these words, of which those at `skipped` were not executed. */
function flowOf(words: readonly number[], skipped: readonly number[] = []): PageFlow {
  const bytes = new Uint8Array(PAGE_BYTES);
  new Uint32Array(bytes.buffer).set(words);
  const executed = emptyCoverage();
  words.forEach((_, index) => {
    if (!skipped.includes(4 * index)) cover(executed, 4 * index, 2);
  });
  return new PageFlow(new PageBytesReader(code, bytes, false, -1, executed));
}

/** The same of Thumb halfwords, all executed. */
function thumbFlowOf(halfwords: readonly number[]): PageFlow {
  const bytes = new Uint8Array(PAGE_BYTES);
  new Uint16Array(bytes.buffer).set(halfwords);
  const executed = emptyCoverage();
  cover(executed, 0, 2 * halfwords.length);
  return new PageFlow(new PageBytesReader(code, bytes, true, -1, executed));
}

const BX_LR = 0xe12fff1e;

describe('a loop in a function', () => {
  const flow = flowOf([
    0xe3a00000, // 00 mov  r0, #0
    0xe3510005, // 04 cmp  r1, #5
    0x0a000000, // 08 beq  0x10
    0xe2800001, // 0c add  r0, r0, #1
    0xe2511001, // 10 subs r1, r1, #1
    0x1afffffa, // 14 bne  0x04
    BX_LR, // 18
    0xe3a00007, // 1c mov  r0, #7
    BX_LR, // 20
  ]);

  it('has blocks that begin where branches go and behind them', () => {
    const starts = Array.from({ length: 9 }, (_, index) => 4 * index).filter((at) => flow.isStart(at));
    expect(starts).toEqual([0x00, 0x04, 0x0c, 0x10, 0x18, 0x1c]);
  });

  it('belongs to the function, wherever it became hot', () => {
    for (const at of [0x00, 0x04, 0x08, 0x0c, 0x10, 0x14, 0x18]) expect(flow.rootOf(at)).toBe(0);
  });

  it('does not run on behind a return', () => {
    expect(flow.rootOf(0x20)).toBe(0x1c);
  });
});

describe('more than one way, or none', () => {
  it('leads to what follows the cases of a switch', () => {
    const flow = flowOf([
      0xe08ff102, // 00 add pc, pc, r2, lsl #2
      0xe3a00001, // 04 mov r0, #1
      0xea000001, // 08 b   0x14
      0xe3a00002, // 0c mov r0, #2
      0xeaffffff, // 10 b   0x14
      BX_LR, // 14
    ]);
    expect(flow.rootOf(0x14)).toBeUndefined();
    expect(flow.rootOf(0x10)).toBe(0x0c);
  });

  it('leads to a loop of which the beginning was not executed', () => {
    const flow = flowOf([0xe3a00000, 0xe2800001, 0xeafffffd], [0]);
    expect(flow.rootOf(4)).toBeUndefined();
  });

  it('is known of what was not executed', () => {
    expect(flowOf([BX_LR], [0]).rootOf(0)).toBeUndefined();
  });
});

it('calls come back, and make nothing of what they call', () => {
  const flow = flowOf([
    0xe92d4000, // 00 push {lr}
    0xeb000000, // 04 bl   0x0c
    0xe8bd8000, // 08 pop  {pc}
    0xe3a00001, // 0c mov  r0, #1
    BX_LR, // 10
  ]);
  expect(flow.rootOf(0x08)).toBe(0x00);
  expect(flow.rootOf(0x10)).toBe(0x0c);
});

it('a return in an IT block may not be taken', () => {
  const flow = thumbFlowOf([
    0x2800, // 0 cmp  r0, #0
    0xbf08, // 2 it   eq
    0x4770, // 4 bxeq lr
    0x3001, // 6 adds r0, #1
    0x4770, // 8 bx   lr
    0x2001, // a movs r0, #1
  ]);
  expect(flow.rootOf(8)).toBe(0);
  expect(flow.rootOf(0xa)).toBe(0xa);
});
