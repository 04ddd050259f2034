import { describe, expect, it } from 'vitest';
import { Decoder, type TableEntry, UNDEFINED } from '../../jit/isa/decoder.js';
import type { InstructionSet } from '../../jit/isa/instruction.js';
import { DEFINITIONS } from '../../jit/isa/table.js';
import { FPSCR } from '../../jit/isa/vfp/fpscr.js';
import { differences, hex } from '../conformance/compare.js';
import { randomEncoding } from '../conformance/encodings.js';
import { makeInput, windowAddress } from '../conformance/input.js';
import { ConformanceMachine } from '../conformance/machine.js';
import { CODE, CODE_MARGIN, SLOT_BYTES } from '../conformance/memory-map.js';
import { Random } from '../conformance/random.js';
import type { TestCase } from '../conformance/test-case.js';

const SEQUENCES = 150;
const LENGTH = 12;
const CLASSES = ['vfp', 'simd', 'vfp-load-store', 'simd-load-store', 'exclusive'];
const IT = 0xbf08;

const decoder = new Decoder(DEFINITIONS);

/** Singles and doubles that make ordinary results likely. */
const SMALL = [0, 0x3f80_0000, 0x4000_0000, 0x40a0_0000, 0xc2c8_0000, 0x3fe0_0000, 0x4014_0000];

interface Sequence extends Pick<TestCase, 'set' | 'address' | 'code' | 'input'> {
  readonly names: readonly string[];
}

function entriesOf(set: InstructionSet): Map<string, TableEntry[]> {
  const byClass = new Map<string, TableEntry[]>();
  for (const entry of decoder.entries) {
    const { class: kind, interpretOnly } = entry.definition;
    if (entry.encoding.set !== set || interpretOnly || !CLASSES.includes(kind)) continue;
    byClass.set(kind, [...(byClass.get(kind) ?? []), entry]);
  }
  return byClass;
}

const ENTRIES = { A32: entriesOf('A32'), T32: entriesOf('T32') };

function makeSequence(random: Random, set: 'A32' | 'T32', address: number): Sequence {
  const code: number[] = [];
  const names: string[] = [];
  const slotHalves = SLOT_BYTES / 2 - 4;
  while (names.length < LENGTH && code.length + 3 <= slotHalves) {
    const entry = random.pick(ENTRIES[set].get(random.pick(CLASSES))!);
    const raw = randomEncoding(entry, random);
    if (decoder.find(set, raw) !== entry) continue;
    const conditional = set === 'T32' && random.chance(0.15);
    const instruction = set === 'A32' ? decoder.decodeA32(raw) : decoder.decodeThumb(raw, 4, conditional);
    if (instruction.definition === UNDEFINED) continue;
    // The base of a load or store: R0–R7, which nothing writes but write-back by small amounts.
    const { class: kind } = instruction.definition;
    if (kind !== 'simd' && kind !== 'vfp' && instruction.n > 7) continue;
    if (kind === 'simd-load-store' && instruction.m < 13) continue;
    if (kind === 'exclusive' && (instruction.t < 8 || instruction.d < 8)) continue;
    if (
      kind === 'vfp' &&
      /core register/.test(instruction.definition.name) &&
      (instruction.t < 8 || instruction.b < 8)
    ) {
      continue;
    }
    if (conditional) code.push(IT | (random.below(14) << 4));
    if (set === 'A32') code.push(raw & 0xffff, raw >>> 16);
    else code.push(raw >>> 16, raw & 0xffff);
    names.push(`${hex(raw)} ${instruction.definition.name}`);
  }
  const trap = set === 'A32' ? [0xdef0, 0xe7ff] : [0xdef0];
  code.push(...trap);
  const input = makeInput('vfp', random.word());
  for (let n = 0; n < 8; n++) input.registers[n] = windowAddress(random) & ~15;
  if (random.chance(0.8))
    input.fpscr = (input.fpscr & ~(FPSCR.RMODE | FPSCR.LEN | FPSCR.STRIDE | FPSCR.FZ)) | FPSCR.IXC;
  if (random.chance(0.6)) input.vectors.set(Array.from(input.vectors, () => random.pick(SMALL)));
  return { set, address, code, input, names };
}

describe('sequences of vector instructions', () => {
  it.each([
    ['A32', 1],
    ['T32', 2],
  ] as const)('run the same translated and interpreted: %s', (set, seed) => {
    const random = new Random(seed);
    const interpreting = new ConformanceMachine(decoder);
    const translating = new ConformanceMachine(decoder, true);
    interpreting.clear();
    translating.clear();
    const sequences = Array.from({ length: SEQUENCES }, (_, index) => {
      const sequence = makeSequence(random, set, CODE + CODE_MARGIN + index * SLOT_BYTES);
      for (const machine of [interpreting, translating]) {
        machine.place(sequence.address, SLOT_BYTES, sequence.address, sequence.code);
      }
      return sequence;
    });
    translating.translate(sequences);
    for (const sequence of sequences) {
      const expected = interpreting.run(sequence)!;
      expect(expected, sequence.names.join('\n')).toBeDefined();
      const lines = differences(translating.run(sequence), expected);
      expect(lines, [...sequence.names, hex(sequence.input.fpscr)].join('\n')).toEqual([]);
    }
    expect(translating.translated).toBeGreaterThan(SEQUENCES);
  });
});

/** VMOV S0, R8; MOV R8, #1; VMOV R9, S0; UDF */
const OVERWRITTEN_SOURCE = [0x8a10, 0xee00, 0x8001, 0xe3a0, 0x9a10, 0xee10, 0xdef0, 0xe7ff];

describe('a register moved to a single', () => {
  it('stays there when the register changes', () => {
    const machine = new ConformanceMachine(decoder, true);
    const address = CODE + CODE_MARGIN;
    const input = makeInput('vfp', 1);
    input.registers[8] = 0x1234_5678;
    machine.clear();
    machine.place(address, SLOT_BYTES, address, OVERWRITTEN_SOURCE);
    machine.translate([{ set: 'A32', address, code: OVERWRITTEN_SOURCE }]);
    const outcome = machine.run({ set: 'A32', address, input })!;
    expect([outcome.registers[8], outcome.registers[9]]).toEqual([1, 0x1234_5678]);
    expect(machine.translated).toBe(3);
  });
});
