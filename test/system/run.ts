import { Mode } from '../../jit/abi/cpu-state.js';
import { Random } from '../conformance/random.js';
import { exceptionReturns } from './cases/exception-return.js';
import { interrupts } from './cases/interrupts.js';
import { mmuLong, mmuShort } from './cases/mmu.js';
import { mmuHyp } from './cases/mmu-hyp.js';
import { mmuStage2 } from './cases/mmu-stage2.js';
import { registerReads, registerWrites, vfpRegisters } from './cases/registers.js';
import { stage2Faults } from './cases/stage2-faults.js';
import { tableDrawn } from './cases/table-drawn.js';
import { trapBits } from './cases/trap-bits.js';
import { hypTraps } from './cases/traps.js';
import { type BoardKind, Image, type SystemCase } from './image.js';
import { knownDifference } from './known-differences.js';
import { runMachine } from './machine.js';
import { runOracle } from './oracle.js';
import type { Outcome } from './outcome.js';
import { IN, OUT, OUTPUT_NAMES } from './record.js';

export interface RunOptions {
  /** Scales the number of cases: 100 is a full run. */
  readonly percent: number;
  readonly seed: number;
  /** A group of cases, of {@link GROUPS}; all when undefined. */
  readonly group?: string;
  /** Only one kind of board; both when undefined. */
  readonly virtualization?: boolean;
  /** Through the translator: each case is run a second time, in both machines. */
  readonly translate?: boolean;
}

/** A row of the printed table. */
export interface Row {
  cases: number;
  agreed: number;
  differing: number;
  known: number;
}

export interface Report {
  readonly rows: ReadonlyMap<string, Row>;
  /** One text per differing case. */
  readonly failures: readonly string[];
  /** Share of our machine's instructions, the monitor's included, that translated code has retired. */
  readonly translated: number;
}

/** Adds a group's cases to an image. `share` is 1 for a full run. */
type Group = (image: Image, random: Random, share: number) => void;

/** The groups of cases; each fills one image a board. */
export const GROUPS: Readonly<Record<string, Group>> = {
  instructions: (image, random, share) => tableDrawn(image, random, Math.ceil(150 * share)),
  'register-reads': (image) => registerReads(image),
  'register-writes-user': (image, random) => registerWrites(image, random, Mode.USR),
  'register-writes-svc': (image, random) => registerWrites(image, random, Mode.SVC),
  'register-writes-hyp': (image, random) => registerWrites(image, random, Mode.HYP),
  'mmu-short': (image, random, share) => mmuShort(image, random, Math.ceil(4000 * share)),
  'mmu-long': (image, random, share) => mmuLong(image, random, Math.ceil(4000 * share)),
  'mmu-hyp': (image, random, share) => mmuHyp(image, random, Math.ceil(4000 * share)),
  'mmu-stage2': (image, random, share) => mmuStage2(image, random, Math.ceil(6000 * share)),
  'stage2-faults': (image, random) => stage2Faults(image, random),
  returns: (image, random, share) => exceptionReturns(image, random, Math.ceil(3000 * share)),
  interrupts: (image, random, share) => interrupts(image, random, Math.ceil(1000 * share)),
  traps: (image, random, share) => hypTraps(image, random, Math.ceil(6000 * share)),
  'trap-bits': (image, random, share) => trapBits(image, random, share),
  'vfp-registers': (image, random) => vfpRegisters(image, random),
};

/** Runs every group on both sides and compares. */
export async function runSystemConformance(options: RunOptions): Promise<Report> {
  const rows = new Map<string, Row>();
  const failures: string[] = [];
  let instructions = 0;
  let translated = 0;
  for (const virtualization of [false, true]) {
    if (options.virtualization !== undefined && options.virtualization !== virtualization) continue;
    for (const [name, group] of Object.entries(GROUPS)) {
      if (options.group !== undefined && options.group !== name) continue;
      const image = new Image({ virtualization }, options.translate ? 2 : 1);
      group(image, new Random(options.seed), options.percent / 100);
      if (image.cases.length === 0) continue;
      const theirs = runOracle(image);
      theirs.catch(() => {});
      const ours = await runMachine(image, options.translate);
      const oracle = await theirs;
      instructions += ours.retired;
      translated += ours.translated;
      image.cases.forEach((testCase, index) => {
        judge(image.kind, testCase, ours.outcomes[index]!, oracle[index]!, rows, failures);
      });
    }
  }
  return { rows, failures, translated: translated / instructions };
}

function judge(
  kind: BoardKind,
  testCase: SystemCase,
  ours: Outcome,
  theirs: Outcome,
  rows: Map<string, Row>,
  failures: string[],
): void {
  const name = `${testCase.class}${kind.virtualization ? ' (hyp)' : ''}`;
  let row = rows.get(name);
  if (row === undefined) {
    row = { cases: 0, agreed: 0, differing: 0, known: 0 };
    rows.set(name, row);
  }
  const { sweep } = testCase;
  const judgeOne = (lines: readonly string[]) => {
    row.cases++;
    if (lines.length === 0) row.agreed++;
    else if (lines.every((line) => knownDifference(testCase, line, ours) !== undefined)) row.known++;
    else {
      row.differing++;
      failures.push([describeCase(name, testCase, theirs), ...lines].join('\n    '));
    }
  };
  const state = compare(ours.record, theirs.record, (word) => OUTPUT_NAMES[word]!);
  if (sweep === undefined) {
    judgeOne(state);
    return;
  }
  if (state.length > 0) judgeOne(state);
  sweep.labels.forEach((label, index) => {
    judgeOne(compare(ours.results.subarray(index, index + 1), theirs.results.subarray(index), () => label));
  });
}

function compare(ours: Int32Array, theirs: Int32Array, name: (word: number) => string): string[] {
  const lines: string[] = [];
  ours.forEach((our, word) => {
    if (our !== theirs[word]) lines.push(`${name(word)}: ours ${hex(our)}, qemu ${hex(theirs[word]!)}`);
  });
  return lines;
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}

function describeCase(
  row: string,
  { name, address, code, input, sweep }: SystemCase,
  theirs: Outcome,
): string {
  if (sweep !== undefined) return `${row}: ${name} at ${hex(address)}`;
  const halves = code.slice(0, 10).map((half) => half.toString(16).padStart(4, '0'));
  const vector = theirs.record[OUT.VECTOR]!;
  return [
    `${row}: ${name} at ${hex(address)}: ${halves.join(' ')}`,
    `  cpsr ${hex(input[IN.CPSR]!)} sctlr ${hex(input[IN.SCTLR]!)} ttbcr ${hex(input[IN.TTBCR]!)} hcr ${hex(input[IN.HCR]!)}; qemu: vector ${vector & 7} of table ${vector >> 3}`,
  ].join('\n');
}
