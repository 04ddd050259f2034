import { Interrupted, UserError } from '../errors.js';
import type { Benchmark } from './benchmark.js';
import { describeMachine } from './environment.js';
import {
  emptyMeasurements,
  Measurement,
  type Measurements,
  type Plan,
  type Problem,
  type Side,
} from './measure.js';
import { MarkerError, metricsOf } from './metrics.js';
import { ProgressBar } from './progress-bar.js';
import { RESULTS_VERSION, type Results, type WorkloadResult } from './results.js';

export type BenchmarkOptions = Pick<Plan, 'exact' | 'runs' | 'warmup' | 'timeout' | 'ignoreFailure'>;

/** What came of a benchmark. */
export interface Outcome {
  /** A side each. Workloads without a single run are missing. */
  readonly workloads: readonly (readonly WorkloadResult[])[];
  readonly problems: readonly Problem[];
  /** Present when a signal ended it: what had been finished by then is there. */
  readonly interrupted?: Interrupted;
  /** Present when something else did, such as a full disk. */
  readonly failure?: UserError;
}

/**
 * Measures a benchmark on all sides, with a bar on the terminal.
 * @param signal ends it, with what has been measured
 */
export async function runBenchmark(
  benchmark: Benchmark,
  sides: readonly Side[],
  options: BenchmarkOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  const workloadOf = new Map(benchmark.workloads.map((workload) => [workload.id, workload]));
  const plan: Plan = {
    ...options,
    groups: benchmark.groups,
    sides,
    titleOf: (workload) => workloadOf.get(workload)?.title ?? workload,
    withheldFrom: (workload) => workloadOf.get(workload)?.withheld ?? [],
  };
  const into = emptyMeasurements(plan);
  const problems: Problem[] = [];
  const bar = new ProgressBar();
  const say = (problem: Problem) => {
    problems.push(problem);
    bar.clear();
    const side = sides.length > 1 ? ` (${problem.side})` : '';
    process.stderr.write(`hyperthumb: ${plan.titleOf(problem.workload)}${side}: ${problem.text}\n`);
  };
  const events = {
    onStep: (text: string, done: number, total: number) => bar.step(text, done, total),
    onRun: () => {},
    onProblem: say,
  };
  let interrupted: Interrupted | undefined;
  let failure: UserError | undefined;
  try {
    await new Measurement(plan, into, events, signal).run();
  } catch (error) {
    if (error instanceof Interrupted) interrupted = error;
    else if (error instanceof UserError) failure = error;
    else throw error;
  } finally {
    bar.end();
  }
  const workloads = sides.map((side, i) => resultsOf(benchmark, into[i], side, say));
  return { workloads, problems, ...(interrupted && { interrupted }), ...(failure && { failure }) };
}

function resultsOf(
  benchmark: Benchmark,
  measured: Measurements[number],
  side: Side,
  onProblem: (problem: Problem) => void,
): WorkloadResult[] {
  return benchmark.workloads.flatMap(({ id, title, command, markers, packages }) => {
    const runs = measured.get(id);
    if (runs === undefined) return [];
    try {
      const metrics = metricsOf(runs, markers);
      return [{ name: title, command, metrics, ...(packages !== undefined && { packages }) }];
    } catch (error) {
      if (!(error instanceof MarkerError)) throw error;
      onProblem({ workload: id, side: side.title, text: error.message, timedOut: false });
      return [];
    }
  });
}

/** The form in which they are saved. */
export function makeResults(
  benchmark: Benchmark,
  workloads: readonly WorkloadResult[],
  made: Pick<Results, 'date' | 'hyperthumb' | 'commit' | 'dirty'>,
): Results {
  const { configuration, suite, shard } = benchmark;
  return {
    version: RESULTS_VERSION,
    ...made,
    machine: describeMachine(),
    configuration,
    suite,
    ...(shard && { shard }),
    workloads,
  };
}

/** Says the same as `wall-time`, and would only be tested twice. */
const derived = 'instruction-rate';

/** Results as they are compared: without what follows from other metrics. */
export function withoutDerived(results: Results): Results {
  const workloads = results.workloads.map((workload) => ({
    ...workload,
    metrics: workload.metrics.filter(({ name }) => name !== derived),
  }));
  return { ...results, workloads };
}

/** The metrics that both sides have, so that what another emulator cannot tell is not missed. */
export function inCommon(ours: Results, theirs: Results): Results {
  return {
    ...ours,
    workloads: ours.workloads.flatMap((workload) => {
      const other = theirs.workloads.find(({ name }) => name === workload.name);
      if (other === undefined) return [workload];
      const names = new Set(other.metrics.map(({ name, kind }) => `${kind} ${name}`));
      return [
        { ...workload, metrics: workload.metrics.filter(({ name, kind }) => names.has(`${kind} ${name}`)) },
      ];
    }),
  };
}
