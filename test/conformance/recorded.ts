/**
 * Cases with the outcome that `qemu-arm` gave them, as text, so that they can be checked where there is no QEMU.
 *
 * `# class` lines divide the file. A case is `set address code input moved outcome`: code as hexadecimal
 * halfwords in order of address without the traps behind it, the seed of its input, `-` or `register:value` of the moved base register, and the
 * digest of the outcome.
 */
import type { InstructionClass, InstructionSet } from '../../jit/isa/instruction.js';
import { withoutTraps, withTraps } from './code-image.js';
import { hex } from './compare.js';
import { makeInput } from './input.js';
import type { ConformanceMachine } from './machine.js';
import { CODE, SLOT_BYTES } from './memory-map.js';
import type { Outcome, TestCase } from './test-case.js';

/** One line of the file. */
export interface RecordedCase {
  readonly kind: InstructionClass;
  readonly line: string;
  readonly set: InstructionSet;
  readonly address: number;
  readonly code: readonly number[];
  readonly inputSeed: number;
  readonly movedRegister: number;
  readonly movedValue: number;
  readonly digest: string;
}

/** FNV-1a over all words of an outcome. */
export function digest(outcome: Outcome): string {
  let hash = 0x811c_9dc5;
  const add = (word: number) => {
    for (let shift = 0; shift < 32; shift += 8)
      hash = Math.imul(hash ^ ((word >>> shift) & 0xff), 0x0100_0193);
  };
  add(outcome.signal);
  add(outcome.faultAddress);
  outcome.registers.forEach(add);
  add(outcome.cpsr);
  add(outcome.fpscr);
  outcome.vectors.forEach(add);
  outcome.window.forEach(add);
  return hex(hash);
}

export function formatCase(testCase: TestCase, outcome: Outcome): string {
  const { set, address, code, inputSeed, movedRegister, input } = testCase;
  const moved = movedRegister < 0 ? '-' : `${movedRegister}:${hex(input.registers[movedRegister]!)}`;
  const halves = withoutTraps(code)
    .map((half) => hex(half, 4))
    .join('');
  return [set, hex(address), halves, hex(inputSeed), moved, digest(outcome)].join(' ');
}

export function parseRecorded(text: string): RecordedCase[] {
  const cases: RecordedCase[] = [];
  let kind: InstructionClass = 'system';
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) kind = line.slice(2) as InstructionClass;
    else if (line !== '') cases.push(parseCase(line, kind));
  }
  return cases;
}

function parseCase(line: string, kind: InstructionClass): RecordedCase {
  const [set, address, code, seed, moved, outcome] = line.split(' ') as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const [register, value] = moved.split(':');
  return {
    kind,
    line,
    set: set as InstructionSet,
    address: Number.parseInt(address, 16),
    code: withTraps(
      set as InstructionSet,
      code.match(/.{4}/g)!.map((half) => Number.parseInt(half, 16)),
    ),
    inputSeed: Number.parseInt(seed, 16),
    movedRegister: value === undefined ? -1 : Number(register),
    movedValue: value === undefined ? 0 : Number.parseInt(value, 16),
    digest: outcome,
  };
}

/** Runs a case by itself: nothing but filler around it, zeros around the window. */
export function replay(machine: ConformanceMachine, recorded: RecordedCase): Outcome | undefined {
  const { address, code } = recorded;
  const input = makeInput(recorded.kind, recorded.inputSeed);
  if (recorded.movedRegister >= 0) input.registers[recorded.movedRegister] = recorded.movedValue;
  const slot = CODE + (address - CODE - ((address - CODE) % SLOT_BYTES));
  machine.clearWindow();
  machine.place(slot, SLOT_BYTES, address, code);
  machine.translate([recorded]);
  const outcome = machine.run({ set: recorded.set, address, input });
  machine.place(slot, SLOT_BYTES, address, []);
  return outcome;
}
