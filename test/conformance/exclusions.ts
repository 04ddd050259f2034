import type { Definition } from '../../jit/isa/instruction.js';
import type { Outcome, TestCase } from './test-case.js';

/** Why cases of a definition are not drawn, or why a difference is not counted. Listed in docs/conformance.md. */
export interface Exclusion {
  readonly reason: string;
  /** Section of ARM DDI 0406C that is on our side, where the two differ. */
  readonly section?: string;
}

interface DefinitionExclusion extends Exclusion {
  matches(definition: Definition): boolean;
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
    reason: 'system registers: compared on bare metal',
    matches: (definition) => definition.class === 'coprocessor',
  },
];

const KNOWN_DIFFERENCES: readonly KnownDifference[] = [];

/** The reason for which no cases of a definition are run under `qemu-arm`. */
export function definitionExclusion(definition: Definition): Exclusion | undefined {
  return NOT_IN_USER_MODE.find((exclusion) => exclusion.matches(definition));
}

/** The reason for which a difference is expected. */
export function knownDifference(testCase: TestCase, ours: Outcome, theirs: Outcome): Exclusion | undefined {
  return KNOWN_DIFFERENCES.find((known) => known.matches(testCase, ours, theirs));
}
