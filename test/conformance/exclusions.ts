import type { Definition, InstructionSet } from '../../jit/isa/instruction.js';
import { type Outcome, Signal, type TestCase } from './test-case.js';

/** Why cases of a definition are not drawn, or why a difference is not counted. Listed in docs/conformance.md. */
export interface Exclusion {
  readonly reason: string;
  /** Section of ARM DDI 0406C that is on our side, where the two differ. */
  readonly section?: string;
}

interface DefinitionExclusion extends Exclusion {
  matches(definition: Definition): boolean;
}

interface EncodingExclusion extends Exclusion {
  matches(set: InstructionSet, raw: number): boolean;
}

interface KnownDifference extends Exclusion {
  matches(testCase: TestCase, ours: Outcome, theirs: Outcome): boolean;
}

const NOT_IN_USER_MODE: readonly DefinitionExclusion[] = [
  {
    reason: 'a system call: qemu-arm carries it out on the host',
    matches: ({ name }) => name === 'SVC',
  },
  {
    reason: 'qemu-arm raises SIGILL or waits in place of sleeping',
    matches: ({ name }) => name === 'WFI' || name === 'WFE',
  },
  {
    reason: 'QEMU has no ThumbEE',
    section: 'A9.3.1',
    matches: ({ name }) => name === 'ENTERX' || name === 'LEAVEX',
  },
  {
    reason: 'QEMU has no LDC and STC of the debug channel',
    section: 'C11.7',
    matches: ({ name }) => name === 'LDC (DBGDTRTXint)' || name === 'STC (DBGDTRRXint)',
  },
];

const ENCODINGS: readonly EncodingExclusion[] = [
  {
    reason: 'semihosting: qemu-arm carries it out on the host',
    matches: (set, raw) =>
      set === 'T16' ? raw === 0xbeab || raw === 0xbabc : set === 'A32' && (raw & 0x0fff_ffff) === 0x010f_0070,
  },
  {
    reason: "Linux's breakpoints: qemu-arm gives SIGTRAP for these UDF encodings",
    matches: (set, raw) =>
      set === 'T16'
        ? raw === 0xde01
        : (raw & (set === 'A32' ? 0x0fff_ffff : -1)) === (set === 'A32' ? 0x07f0_01f0 : 0xf7f0_a000 | 0),
  },
  {
    reason: "coprocessors 1 and 2 in A32: qemu-arm emulates Linux's emulation of the FPA",
    matches: (set, raw) =>
      set === 'A32' && (raw & 0x0c00_0000) === 0x0c00_0000 && [1, 2].includes((raw >>> 8) & 15),
  },
  {
    reason:
      'loads and stores of coprocessor 9: QEMU has half-precision VLDR and VSTR of Armv8.2 on every CPU',
    section: 'A7.6',
    matches: (set, raw) => set !== 'T16' && (raw & 0x0f20_0f00) === 0x0d00_0900,
  },
  {
    reason: "Linux's breakpoint encodings: a debugger's SIGTRAP in place of SIGILL",
    matches: (set, raw) =>
      (set === 'A32' && raw === (0xe7f0_01f0 | 0)) ||
      (set === 'T16' && raw === 0xde01) ||
      (set === 'T32' && raw === (0xf7f0_a000 | 0)),
  },
  {
    reason:
      'register lists that end beyond D31 (UNPREDICTABLE): QEMU accesses what lies behind its register file',
    matches: (set, raw) => set !== 'T16' && isMultipleStructures(set, raw) && structureEnd(raw) > 32,
  },
];

/** VLDn and VSTn (multiple n-element structures). */
function isMultipleStructures(set: InstructionSet, raw: number): boolean {
  return (raw & 0xff90_0000) === ((set === 'A32' ? 0xf400_0000 : 0xf900_0000) | 0);
}

/** D registers from the first to the last of a list, by bits 11:8. */
const STRUCTURE_SPAN = [4, 7, 4, 4, 3, 5, 3, 1, 2, 3, 2];

function structureEnd(raw: number): number {
  const first = ((raw >>> 12) & 15) | ((raw >>> 18) & 16);
  return first + (STRUCTURE_SPAN[(raw >>> 8) & 15] ?? 0);
}

const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    reason: 'QEMU has no ThumbEE; Cortex-A15 does (ID_PFR0.State3)',
    section: 'A9',
    matches: ({ entry }) => entry?.definition.name === 'ENTERX' || entry?.definition.name === 'LEAVEX',
  },
  {
    reason: 'qemu-arm checks the alignment @256 of element loads and stores as if it were @128',
    section: 'A3.2.1',
    matches: ({ entry, raw }, ours, theirs) =>
      entry?.definition.class === 'simd-load-store' &&
      (raw & 0x30) === 0x30 &&
      ours.signal === Signal.SIGBUS &&
      theirs.signal !== Signal.SIGBUS &&
      (ours.faultAddress & 31) === 16,
  },
  {
    reason: 'qemu-arm lets User mode read MPIDR',
    section: 'B4.1.106',
    matches: ({ set, raw }) => set !== 'T16' && (raw & 0x0fff_0fff) === 0x0e10_0fb0,
  },
  {
    reason: 'QEMU does not let User mode use DBGDTRRXint and DBGDTRTXint',
    section: 'C11',
    matches: ({ set, raw }) => set !== 'T16' && (raw & 0x0fef_0fff) === 0x0e00_0e15,
  },
];

/** The reason for which no cases of a definition are run under `qemu-arm`. */
export function definitionExclusion(definition: Definition): Exclusion | undefined {
  return NOT_IN_USER_MODE.find((exclusion) => exclusion.matches(definition));
}

/** Whether this encoding must not be run under `qemu-arm`. */
export function encodingExcluded(set: InstructionSet, raw: number): boolean {
  return ENCODINGS.some((exclusion) => exclusion.matches(set, raw));
}

/** The reason for which a difference is expected. */
export function knownDifference(testCase: TestCase, ours: Outcome, theirs: Outcome): Exclusion | undefined {
  return KNOWN_DIFFERENCES.find((known) => known.matches(testCase, ours, theirs));
}
