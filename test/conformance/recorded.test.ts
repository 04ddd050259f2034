import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Decoder } from '../../jit/isa/decoder.js';
import { DEFINITIONS } from '../../jit/isa/table.js';
import { ConformanceMachine } from './machine.js';
import { digest, parseRecorded, type RecordedCase, replay } from './recorded.js';

const recorded = parseRecorded(readFileSync(new URL('./recorded.txt', import.meta.url), 'utf8'));
const decoder = new Decoder(DEFINITIONS);

function comesOut(machine: ConformanceMachine, testCase: RecordedCase): boolean {
  const outcome = replay(machine, testCase);
  return outcome !== undefined && digest(outcome) === testCase.digest;
}

describe.each([
  ['interpreted', false],
  ['translated', true],
])('recorded outcomes of qemu-arm, %s', (_, translate) => {
  const machine = new ConformanceMachine(decoder, translate);
  machine.clear();

  it.each([...new Set(recorded.map(({ kind }) => kind))])('%s', (kind) => {
    const cases = recorded.filter((testCase) => testCase.kind === kind);
    expect(cases.length).toBeGreaterThan(0);
    expect(cases.filter((testCase) => !comesOut(machine, testCase)).map(({ line }) => line)).toEqual([]);
  });

  it('tells a wrong outcome', () => {
    const [first] = recorded;
    expect(comesOut(machine, { ...first!, inputSeed: first!.inputSeed + 1 })).toBe(false);
  });

  it('went the way it should', () => {
    if (translate) expect(machine.translated).toBeGreaterThan(recorded.length / 4);
    else expect(machine.translated).toBe(0);
  });
});
