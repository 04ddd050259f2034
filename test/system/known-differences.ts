import type { SystemCase } from './image.js';

/** Why a difference is expected. Listed in docs/conformance.md. */
export interface KnownDifference {
  readonly reason: string;
  /** Section of ARM DDI 0406C that is on our side. */
  readonly section: string;
  /** `line` is one difference: the name of the word, and both values. */
  matches(testCase: SystemCase, line: string): boolean;
}

/** The two values of a line. */
function valuesOf(line: string): [number, number] {
  const [, ours, theirs] = /ours ([0-9a-f]+), qemu ([0-9a-f]+)/.exec(line)!;
  return [Number.parseInt(ours!, 16), Number.parseInt(theirs!, 16)];
}

const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    reason: 'CPSR[23:20] and SPSR[23:20] are reserved in ARMv7; QEMU keeps some (bit 20 is IL in ARMv8)',
    section: 'B1.3.3',
    matches: (_, line) => {
      const [ours, theirs] = valuesOf(line);
      return /^(CPSR|SPSR|spsr_)/.test(line) && ((ours ^ theirs) & ~0x00f0_0000) === 0;
    },
  },
  {
    reason: 'BKPT in Hyp mode: HSR.IL is not valid for a Prefetch Abort, HIFAR is UNKNOWN',
    section: 'B3.13.6',
    matches: ({ name }, line) => {
      const [ours, theirs] = valuesOf(line);
      if (!name.startsWith('BKPT')) return false;
      return line.startsWith('HIFAR') || (line.startsWith('HSR') && (ours ^ theirs) === 1 << 25);
    },
  },
  {
    reason: 'SMC that is UNDEFINED, at the end of an IT block: QEMU loses ITSTATE in SPSR_und',
    section: 'B1.9.6',
    matches: ({ name }, line) => {
      const [ours, theirs] = valuesOf(line);
      const it = ours ^ theirs;
      return name.startsWith('SMC T32') && /^(SPSR|spsr_und)/.test(line) && (it & ~0x0600_fc00) === 0;
    },
  },
];

/** The reason for which a difference is expected. */
export function knownDifference(testCase: SystemCase, line: string): KnownDifference | undefined {
  return KNOWN_DIFFERENCES.find((known) => known.matches(testCase, line));
}
