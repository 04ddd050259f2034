import { join } from 'node:path';
import type { Command } from 'commander';
import { buildCommit } from '../bench/against/commit.js';
import type { Benchmark } from '../bench/benchmark.js';
import { checkOutputs } from '../bench/check-outputs.js';
import { type Comparison, compareResults, exitCodeOf } from '../bench/compare.js';
import { comparePaired } from '../bench/compare-paired.js';
import { describeCommit } from '../bench/environment.js';
import { formatComparison } from '../bench/format-comparison.js';
import { parseOutput, writeOutput } from '../bench/formats/output.js';
import { appendHistory } from '../bench/history.js';
import type { Problem, Side } from '../bench/measure.js';
import { shortHash } from '../bench/packing/pack.js';
import { commandOf } from '../bench/packing/shell-words.js';
import { programsBenchmark } from '../bench/programs-benchmark.js';
import type { Results } from '../bench/results.js';
import { inCommon, makeResults, type Outcome, runBenchmark, withoutDerived } from '../bench/run-benchmark.js';
import { parseShard } from '../bench/shards.js';
import { readSuite } from '../bench/suite/read-suite.js';
import { suiteBenchmark } from '../bench/suite/suite-benchmark.js';
import { formatResults, formatSides } from '../bench/table.js';
import { readResults, writeResults } from '../bench/validate-results.js';
import { ExitCode, Interrupted, UserError } from '../errors.js';
import { readInput } from '../files.js';
import { Cache } from '../image/cache.js';
import type { Flavour } from '../image/flavours.js';
import { Progress } from '../image/progress.js';
import { onEndingSignal } from '../signals.js';
import { version } from '../version.js';
import type { BenchFlags } from './bench-options.js';
import { debianImage } from './boot.js';

/** Carries `bench` out. @returns the exit code @throws UserError */
export async function runBench(words: readonly string[], flags: BenchFlags, self: Command): Promise<number> {
  const given = (option: string) => self.getOptionValueSource(option) === 'cli';
  check(words, flags, given);
  const outputs = flags.output.map(parseOutput);
  const baseline = flags.compare === undefined ? undefined : readResults(flags.compare);
  checkOutputs([
    ...(flags.save === undefined ? [] : [{ path: flags.save, option: '--save' }]),
    ...(flags.history === undefined ? [] : [{ path: flags.history, option: '--history', appended: true }]),
    ...outputs.map(({ path }) => ({ path, option: '--output' })),
  ]);
  const made = { date: new Date().toISOString(), hyperthumb: version(), ...describeCommit() };
  const benchmark = await prepare(words, flags, given);
  const abort = new AbortController();
  const ignoreSignals = onEndingSignal((signal) => abort.abort(new Interrupted(signal)));
  try {
    const other = flags.against === undefined ? undefined : await otherSide(flags, benchmark, abort.signal);
    const sides = [benchmark.side('hyperthumb'), ...(other ? [other.side] : [])];
    const outcome = await runBenchmark(
      benchmark,
      sides,
      {
        exact: flags.clock !== 'host',
        runs: flags.clock === 'virtual' ? 0 : flags.runs,
        warmup: flags.warmup,
        timeout: flags.timeout,
        ignoreFailure: flags.ignoreFailure,
      },
      abort.signal,
    );
    const results = makeResults(benchmark, outcome.workloads[0], made);
    const theirs = other && makeResults(benchmark, outcome.workloads[1], { ...made, ...other.made });
    const comparison =
      outcome.interrupted === undefined && outcome.failure === undefined
        ? compare(results, baseline, theirs, flags.tolerance)
        : undefined;
    const otherTitle = other?.side.title;
    report(
      benchmark,
      results,
      outcome,
      { ...(comparison && { comparison }), ...(otherTitle !== undefined && { otherTitle }) },
      flags,
      outputs,
    );
    if (outcome.failure !== undefined) throw outcome.failure;
    return exitCode(outcome, comparison);
  } finally {
    ignoreSignals();
    benchmark.close();
  }
}

/** With what was saved, or with the other side. */
function compare(
  results: Results,
  baseline: Results | undefined,
  theirs: Results | undefined,
  tolerances: Readonly<Record<string, number>>,
): Comparison | undefined {
  const ours = withoutDerived(results);
  if (baseline !== undefined) return compareResults(withoutDerived(baseline), ours, { tolerances });
  if (theirs === undefined) return undefined;
  const others = withoutDerived(theirs);
  return comparePaired(inCommon(ours, others), others, { tolerances });
}

/** Prints and writes what there is. */
function report(
  benchmark: Benchmark,
  results: Results,
  outcome: Outcome,
  { comparison, otherTitle }: { readonly comparison?: Comparison; readonly otherTitle?: string },
  flags: BenchFlags,
  outputs: readonly ReturnType<typeof parseOutput>[],
): void {
  process.stdout.write(formatResults(results));
  if (comparison !== undefined) {
    if (otherTitle !== undefined) process.stdout.write(`\n${formatSides(comparison, otherTitle)}`);
    process.stdout.write(`\n${formatComparison(comparison)}`);
  }
  // Earlier results are worth more than none, unless there was nothing to do: an empty shard.
  if (results.workloads.length === 0 && benchmark.workloads.length > 0) return;
  if (flags.save !== undefined) writeResults(flags.save, results);
  // A history is of whole runs: half a run would be a dent in its curves.
  const whole = !outcome.interrupted && !outcome.failure && outcome.problems.length === 0;
  if (flags.history !== undefined && whole) appendHistory(flags.history, results);
  for (const { format, path } of outputs) writeOutput(format, path, results, comparison);
}

function exitCode({ problems, interrupted }: Outcome, comparison: Comparison | undefined): number {
  if (interrupted !== undefined) return interrupted.exitCode;
  if (problems.some(({ timedOut }: Problem) => timedOut)) return ExitCode.temporary;
  if (problems.length > 0) return ExitCode.data;
  return comparison === undefined ? ExitCode.ok : exitCodeOf(comparison);
}

/** @throws UserError 64 for options that do not go together */
function check(words: readonly string[], flags: BenchFlags, given: (option: string) => boolean): void {
  const wrong = (message: string) =>
    new UserError(ExitCode.usage, `${message}; see 'hyperthumb bench --help'`);
  if (words.length === 0 && flags.suite === undefined) throw wrong('give a program, or --suite FILE');
  if (flags.suite !== undefined) {
    const machine = (['package', 'sysroot', 'file', 'kernel', 'initrd', 'append', 'name'] as const).find(
      (option) => given(option),
    );
    if (machine !== undefined) throw wrong(`--${machine} is for programs: a suite says it itself`);
  }
  if (words.length > 0 && flags.suite !== undefined) throw wrong('give programs or --suite FILE, not both');
  if (flags.shard !== undefined) {
    if (flags.suite === undefined) throw wrong('--shard needs --suite FILE');
    parseShard(flags.shard);
  }
  if (flags.compare !== undefined && flags.against !== undefined) {
    throw wrong('give --compare or --against, not both');
  }
  if (flags.against === 'qemu' && flags.clock === 'virtual') {
    throw wrong('--against qemu compares times: leave out --clock virtual');
  }
}

/** The programs named on the command line: several, or one with arguments after `--`. */
function commands(words: readonly string[]): (readonly string[] | string)[] {
  const separator = process.argv.indexOf('--');
  if (separator < 0) return words.map(commandOf);
  const first = words.length - (process.argv.length - separator - 1);
  if (first === 1) return [words];
  throw new UserError(
    ExitCode.usage,
    `give one program before --, not ${first}: quote commands to compare them`,
  );
}

async function prepare(
  words: readonly string[],
  flags: BenchFlags,
  given: (option: string) => boolean,
): Promise<Benchmark> {
  const progress = new Progress();
  const cache = new Cache(flags.cache);
  const { memory, smp, jitThreshold, append, mirror, release, sysroot, checkSignature, refresh } = flags;
  const origin = {
    cache,
    ...(mirror !== undefined && { mirror }),
    ...(release !== undefined && { suite: release }),
    checkSignature,
    refresh,
  };
  if (flags.suite !== undefined) {
    const surroundings = {
      pack: origin,
      debianKernel: (flavour: Flavour) => debianKernel({ ...flags, flavour }),
      jitThreshold,
      memory,
      ...(flags.shard !== undefined && { shard: parseShard(flags.shard) }),
      runsGiven: given('runs'),
      warmupGiven: given('warmup'),
    };
    return suiteBenchmark(readSuite(flags.suite), surroundings, progress);
  }
  const kernel = flags.kernel ?? (await debianKernel(flags));
  const initrd = flags.initrd === undefined ? undefined : readInput(flags.initrd, 'initrd');
  return programsBenchmark(
    {
      commands: commands(words),
      names: flags.name,
      pack: {
        ...origin,
        packages: flags.package,
        files: flags.file,
        ownRoot: initrd !== undefined,
        ...(sysroot !== undefined && { sysroot }),
      },
      machine: {
        kernel,
        append,
        ...(initrd && { initrd }),
        memory,
        smp,
        jitThreshold,
        virtualization: false,
      },
      configuration: {
        kernel: shortHash(readInput(kernel, 'kernel')),
        ...(initrd && { initrd: shortHash(initrd) }),
        ...(append !== '' && { append }),
        memory,
        smp,
        jitThreshold,
      },
    },
    progress,
  );
}

/** Debian's kernel, fetched first if it is not in the cache. */
async function debianKernel({
  flavour,
  release,
  mirror,
  cache,
  checkSignature,
}: BenchFlags): Promise<string> {
  const image = await debianImage({
    flavour,
    cache,
    checkSignature,
    ...(release !== undefined && { suite: release }),
    ...(mirror !== undefined && { mirror }),
  });
  return join(image.folder, image.kernel);
}

interface OtherSide {
  readonly side: Side;
  readonly made: Pick<Results, 'hyperthumb' | 'commit' | 'dirty'>;
}

/** What `--against` names. @throws UserError */
async function otherSide(flags: BenchFlags, benchmark: Benchmark, signal: AbortSignal): Promise<OtherSide> {
  if (flags.against === 'qemu') {
    const side = benchmark.qemuSide();
    return { side, made: { hyperthumb: side.title, commit: null, dirty: false } };
  }
  const built = await buildCommit(flags.against!, new Cache(flags.cache), new Progress(), signal);
  return {
    side: benchmark.side(`commit ${built.commit.slice(0, 12)}`, built.server),
    made: { hyperthumb: built.version, commit: built.commit, dirty: false },
  };
}
