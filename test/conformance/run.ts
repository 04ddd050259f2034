import { Decoder, type TableEntry } from '../../jit/isa/decoder.js';
import type { InstructionClass, InstructionSet } from '../../jit/isa/instruction.js';
import { DEFINITIONS } from '../../jit/isa/table.js';
import { codeImage, translatableCount } from './code-image.js';
import { describeCase, describeVectors, differences } from './compare.js';
import { definitionExclusion, knownDifference } from './exclusions.js';
import { Generator } from './generator.js';
import { ConformanceMachine } from './machine.js';
import { findCrashes, OracleCrash, runOracle } from './oracle.js';
import { Random } from './random.js';
import { formatCase } from './recorded.js';
import type { Outcome, TestCase } from './test-case.js';

export interface RunOptions {
  /** Cases of each pattern. */
  readonly count: number;
  readonly seed: number;
  /** A row of the table; all when undefined. */
  readonly class?: string;
  /** Part of a definition's name, in either case of letters. */
  readonly filter?: string;
  readonly set?: InstructionSet;
  /** The `index`-th of `of` equal parts of the patterns, from 1. */
  readonly shard?: { readonly index: number; readonly of: number };
  /** Through the translator instead of the interpreter. */
  readonly translate?: boolean;
}

export type RowName = InstructionClass | 'unallocated';

/** A row of the printed table. */
export interface Row {
  patterns: number;
  cases: number;
  agreed: number;
  differing: number;
  /** Known differences, and cases of patterns that user mode cannot run. */
  excluded: number;
  /** Cases that could not be made safe to run: counted neither way. */
  missing: number;
  /** Cases whose instruction translated code has retired; the interpreter ran the others. */
  translated: number;
}

export interface Share {
  cases: number;
  translated: number;
}

export interface Report {
  readonly rows: ReadonlyMap<RowName, Row>;
  /** One text per differing case. */
  readonly failures: readonly string[];
  /** Cases on which `qemu-arm` crashed; counted as excluded. */
  readonly crashes: readonly string[];
  /** How many cases of each pattern (class, name, encoding) translated code has retired. */
  readonly shares: ReadonlyMap<string, Share>;
  /** The cases that agree, as lines of a recording. */
  readonly recording: string;
}

const SETS: readonly InstructionSet[] = ['A32', 'T16', 'T32'];
/** Random words outside of all patterns are tried this many times as often as one pattern. */
const UNALLOCATED_FACTOR = 20;

/** Draws cases, runs them on both sides and compares. */
export async function runConformance(options: RunOptions): Promise<Report> {
  const run = new Run(options);
  await run.all();
  const { rows, failures, crashes, shares, recording } = run;
  return { rows, failures, crashes, shares, recording };
}

/** What our machine made of a case. */
interface OurOutcome {
  readonly outcome: Outcome | undefined;
  /** Its instruction was retired by translated code. */
  readonly translated: boolean;
}

/** Runs a batch in our machine, all of its code in memory, as the oracle does. */
function runOurs(machine: ConformanceMachine, cases: readonly TestCase[]): OurOutcome[] {
  machine.load(codeImage(cases));
  machine.translate(cases);
  return cases.map((testCase) => {
    const before = machine.translated;
    const outcome = machine.run(testCase);
    return { outcome, translated: machine.translated - before >= translatableCount(testCase) };
  });
}

class Run {
  readonly rows = new Map<RowName, Row>();
  readonly failures: string[] = [];
  readonly crashes: string[] = [];
  readonly shares = new Map<string, Share>();
  readonly #recorded = new Map<InstructionClass, string[]>();
  readonly #options: RunOptions;
  readonly #decoder = new Decoder(DEFINITIONS);
  readonly #machine: ConformanceMachine;
  readonly #generator: Generator;
  #pending: Promise<void> = Promise.resolve();

  constructor(options: RunOptions) {
    this.#options = options;
    this.#machine = new ConformanceMachine(this.#decoder, options.translate);
    this.#generator = new Generator(
      this.#decoder,
      new ConformanceMachine(this.#decoder),
      new Random(options.seed),
    );
  }

  async all(): Promise<void> {
    const { count } = this.#options;
    for (const entry of this.#selected()) {
      const row = this.#row(entry.definition.class);
      row.patterns++;
      if (definitionExclusion(entry.definition) !== undefined) {
        row.excluded += count;
        continue;
      }
      for (let index = 0; index < count; index++) {
        if (!this.#generator.add(entry)) {
          // Safe cases are rare in this pattern, or there are none: the rest would be as slow to find.
          row.missing += count - index;
          break;
        }
        if (this.#generator.full) await this.#runBatch();
      }
    }
    if (this.#includesUnallocated()) await this.#unallocated();
    if (!this.#generator.empty) await this.#runBatch();
    await this.#pending;
  }

  #selected(): readonly TableEntry[] {
    const { class: className, filter, set, shard } = this.#options;
    return this.#decoder.entries
      .filter(({ definition, encoding }) => {
        if (className !== undefined && definition.class !== className) return false;
        if (set !== undefined && encoding.set !== set) return false;
        return filter === undefined || definition.name.toLowerCase().includes(filter.toLowerCase());
      })
      .filter((_, index) => shard === undefined || index % shard.of === shard.index - 1);
  }

  #includesUnallocated(): boolean {
    const { class: className, filter, shard } = this.#options;
    if (filter !== undefined || (shard !== undefined && shard.index !== 1)) return false;
    return className === undefined || className === 'unallocated';
  }

  async #unallocated(): Promise<void> {
    const row = this.#row('unallocated');
    for (const set of SETS) {
      if (this.#options.set !== undefined && this.#options.set !== set) continue;
      for (let index = 0; index < this.#options.count * UNALLOCATED_FACTOR; index++) {
        if (!this.#generator.addUnallocated(set)) row.missing++;
        if (this.#generator.full) await this.#runBatch();
      }
    }
  }

  /** Runs a batch on both sides, the oracle while the next batch is being made. */
  async #runBatch(): Promise<void> {
    const cases = this.#generator.take();
    await this.#pending;
    this.#pending = this.#compare(cases);
    this.#pending.catch(() => {});
  }

  async #compare(cases: readonly TestCase[]): Promise<void> {
    try {
      const ours = runOurs(this.#machine, cases);
      const theirs = await runOracle(cases);
      cases.forEach((testCase, index) => {
        this.#judge(testCase, ours[index]!, theirs[index]!);
      });
    } catch (error) {
      if (!(error instanceof OracleCrash)) throw error;
      const crashes = new Set(await findCrashes(cases));
      for (const testCase of crashes) {
        this.crashes.push(describeCase(testCase));
        this.#row(testCase.entry?.definition.class ?? 'unallocated').excluded++;
      }
      await this.#compare(cases.filter((testCase) => !crashes.has(testCase)));
    }
  }

  #judge(testCase: TestCase, { outcome: ours, translated }: OurOutcome, theirs: Outcome): void {
    const row = this.#row(testCase.entry?.definition.class ?? 'unallocated');
    row.cases++;
    if (translated) row.translated++;
    this.#count(testCase, translated);
    const lines = differences(ours, theirs);
    if (lines.length === 0) {
      row.agreed++;
      this.#record(testCase, theirs);
    } else if (ours !== undefined && knownDifference(testCase, ours, theirs) !== undefined) row.excluded++;
    else {
      row.differing++;
      const vectors = testCase.entry?.definition.class.match(/vfp|simd/) ? [describeVectors(testCase)] : [];
      this.failures.push(
        [describeCase(testCase), ...vectors, ...lines.map((line) => `    ${line}`)].join('\n'),
      );
    }
  }

  #count({ entry }: TestCase, translated: boolean): void {
    if (entry === undefined) return;
    const name = `${entry.definition.class} ${entry.definition.name} ${entry.encoding.name}`;
    let share = this.shares.get(name);
    if (share === undefined) {
      share = { cases: 0, translated: 0 };
      this.shares.set(name, share);
    }
    share.cases++;
    if (translated) share.translated++;
  }

  #record(testCase: TestCase, theirs: Outcome): void {
    const kind = testCase.entry?.definition.class;
    if (kind === undefined) return;
    const lines = this.#recorded.get(kind);
    if (lines) lines.push(formatCase(testCase, theirs));
    else this.#recorded.set(kind, [formatCase(testCase, theirs)]);
  }

  get recording(): string {
    return [...this.#recorded].map(([kind, lines]) => `# ${kind}\n${lines.join('\n')}\n`).join('');
  }

  #row(name: RowName): Row {
    let row = this.rows.get(name);
    if (row === undefined) {
      row = { patterns: 0, cases: 0, agreed: 0, differing: 0, excluded: 0, missing: 0, translated: 0 };
      this.rows.set(name, row);
    }
    return row;
  }
}
