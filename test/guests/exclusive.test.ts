/** Store-exclusive after another CPU has stored (ARM DDI 0406C A3.4.2), whatever it stored and by what instruction. */
import { describe, expect, it } from 'vitest';
import { VirtBoard } from '../../runtime/board/virt.js';
import { Machine } from '../../runtime/machine.js';
import { BINARY } from './exclusive/binary.js';
import { assembleExclusive, START } from './exclusive/build.js';
import { assemblerAvailable } from './hypervisor/build.js';

const COUNTS = 0x4031_0200;
const TRIALS = 50;
/** What CPU 1 does, and whether that clears the monitor of CPU 0. */
const KINDS = [
  ['nothing', false],
  ['STR of the same value', true],
  ['STR of another value and of the old one', true],
  ['STRB of the same value', true],
  ['STM', true],
  ['VST1', true],
  ['LDREX and STREX of the same value', true],
  ['LDREX and CLREX', false],
  ['STR to another granule of the page', false],
] as const;

/** @returns how many store-exclusives failed, by kind */
async function runExclusive(options: { threshold?: number; check?: boolean }): Promise<number[]> {
  const { threshold, check } = options;
  const board = new VirtBoard({
    memoryBytes: 4 << 20,
    features: { security: false, virtualization: false, cpus: 2 },
    clock: 'virtual',
    translationMode: 'synchronous',
    ...(threshold !== undefined && { translationThreshold: threshold }),
    ...(check && { check }),
    transmit: () => {},
  });
  const machine = new Machine(board);
  board.load(START, Buffer.from(BINARY, 'base64'));
  board.reset(START, false);
  expect(await machine.run({ maxInstructions: 50_000_000 })).toBe('off');
  if (threshold !== undefined && !check) expect(board.translations!.statistics.regions).toBeGreaterThan(5);
  return [...new Uint32Array(board.memory.buffer, board.bus.linearOffset(COUNTS), KINDS.length)];
}

describe('Store-exclusive', () => {
  const wanted = KINDS.map(([, clears]) => (clears ? TRIALS : 0));

  it.each([
    ['interpreted', {}],
    ['translated', { threshold: 1 }],
    ['translated after 20 branches', { threshold: 20 }],
    ['checked', { threshold: 1, check: true }],
  ])('fails when another CPU has stored to the granule, and only then: %s', async (_, options) => {
    const failed = await runExclusive(options);
    const named = (counts: readonly number[]) => KINDS.map(([name], kind) => `${name}: ${counts[kind]}`);
    expect(named(failed)).toEqual(named(wanted));
  });

  it.skipIf(!assemblerAvailable())('the binary is that of the source', () => {
    expect(assembleExclusive().toString('base64')).toBe(BINARY);
  });
});
