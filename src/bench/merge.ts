import { ExitCode, UserError } from '../errors.js';
import { configurationDifference, machineDifference } from './compare.js';
import type { Results, WorkloadResult } from './results.js';

export interface NamedResults {
  /** The file's, for messages. */
  readonly path: string;
  readonly results: Results;
}

export interface MergeOptions {
  /** Allow parts from different machines; each workload then names its own. */
  readonly allowMixed?: boolean;
}

/**
 * Puts the parts of a suite together in the suite's order. All must be of one hyperthumb, commit, configuration and suite, each
 * shard there once and with all of its workloads.
 * @throws UserError 65, which names the files at odds
 */
export function mergeResults(
  parts: readonly NamedResults[],
  { allowMixed = false }: MergeOptions = {},
): Results {
  const [first, ...others] = parts;
  if (!first) throw new UserError(ExitCode.usage, 'nothing to merge: name the files');
  for (const other of others) checkAlike(first, other, allowMixed);
  checkShards(parts);
  const workloads = new Map<string, { readonly path: string; readonly workload: WorkloadResult }>();
  for (const { path, results } of parts) {
    const moved = machineDifference(first.results.machine, results.machine) !== undefined;
    for (const workload of results.workloads) {
      const earlier = workloads.get(workload.name);
      if (earlier) refuse(`the workload '${workload.name}' is in both '${earlier.path}' and '${path}'`);
      const machine = workload.machine ?? (moved ? results.machine : undefined);
      workloads.set(workload.name, { path, workload: machine ? { ...workload, machine } : workload });
    }
  }
  const all = first.results.shard?.all ?? [...workloads.keys()];
  const absent = all.filter((name) => !workloads.has(name));
  if (absent.length > 0) {
    refuse(`no file has ${absent.map((name) => `'${name}'`).join(', ')} of the suite: not run, or cut short`);
  }
  const strange = [...workloads].find(([name]) => !all.includes(name));
  if (strange) refuse(`the workload '${strange[0]}' in '${strange[1].path}' is not in the suite's list`);

  const { shard: _, ...rest } = first.results;
  const dates = parts.map(({ results }) => results.date).sort();
  return { ...rest, date: dates[0], workloads: all.map((name) => workloads.get(name)!.workload) };
}

function checkAlike(first: NamedResults, other: NamedResults, allowMixed: boolean): void {
  const [a, b] = [first.results, other.results];
  const both = `'${first.path}' and '${other.path}'`;
  const differ = (what: string, from: unknown, to: unknown) =>
    refuse(`${both} differ in ${what}: ${from ?? 'none'} and ${to ?? 'none'}`);
  if (a.suite !== b.suite) differ('suite', a.suite, b.suite);
  if (a.commit !== b.commit) differ('commit', a.commit, b.commit);
  if (a.dirty !== b.dirty) refuse(`of ${both} one was run with uncommitted changes, the other without`);
  if (a.hyperthumb !== b.hyperthumb) differ('version of hyperthumb', a.hyperthumb, b.hyperthumb);
  const configuration = configurationDifference(a.configuration, b.configuration);
  if (configuration)
    refuse(`${both} differ in configuration: ${configuration.replaceAll(', now ', ' and ')}`);
  const machine = machineDifference(a.machine, b.machine);
  if (machine && !allowMixed) {
    refuse(
      `${both} were run on different machines (${machine.replace(', now ', ' and ')}); --allow-mixed merges them all the same`,
    );
  }
}

function checkShards(parts: readonly NamedResults[]): void {
  const [first] = parts;
  const whole = parts.find(({ results }) => !results.shard);
  const part = parts.find(({ results }) => results.shard);
  if (whole && part) refuse(`'${part.path}' is a shard, '${whole.path}' is none`);
  if (!first.results.shard) return;

  const { count, all } = first.results.shard;
  const files = new Map<number, string>();
  for (const { path, results } of parts) {
    const shard = results.shard!;
    const earlier = files.get(shard.index);
    if (shard.count !== count) {
      refuse(`'${first.path}' is one of ${count} shards, '${path}' one of ${shard.count}`);
    }
    if (shard.all.join('\0') !== all.join('\0')) {
      refuse(`'${first.path}' and '${path}' are of suites with different workloads`);
    }
    if (earlier) refuse(`shard ${shard.index}/${count} is there twice: '${earlier}' and '${path}'`);
    files.set(shard.index, path);
  }
  const absent = Array.from({ length: count }, (_, i) => i + 1).filter((index) => !files.has(index));
  if (absent.length > 0) {
    refuse(
      `of ${count} shards ${absent.join(', ')} ${absent.length === 1 ? 'is' : 'are'} missing: there are ${[...files.keys()].sort((a, b) => a - b).join(', ')}`,
    );
  }
}

function refuse(message: string): never {
  throw new UserError(ExitCode.data, `cannot merge: ${message}`);
}
