import type { SystemCase } from './image.js';

/** Why a difference is expected. Listed in docs/conformance.md. */
export interface KnownDifference {
  readonly reason: string;
  /** Section of ARM DDI 0406C that is on our side. */
  readonly section: string;
  /** `line` is one difference: the name of the word, and both values. */
  matches(testCase: SystemCase, line: string): boolean;
}

const KNOWN_DIFFERENCES: readonly KnownDifference[] = [];

/** The reason for which a difference is expected. */
export function knownDifference(testCase: SystemCase, line: string): KnownDifference | undefined {
  return KNOWN_DIFFERENCES.find((known) => known.matches(testCase, line));
}
