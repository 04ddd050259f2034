import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { ExitCode, UserError } from '../errors.js';
import { readInput, textLimit } from '../files.js';
import { RESULTS_VERSION, type Results } from './results.js';
import { resultsSchema } from './results-schema.js';
import { writeAtomically } from './write-atomically.js';

let compiled: ValidateFunction<Results> | undefined;

/** The first thing that is wrong with `value` as `Results`, in words; undefined when nothing is. */
export function problemOf(value: unknown): string | undefined {
  const version = (value as Partial<Results> | null)?.version;
  if (typeof version === 'number' && version !== RESULTS_VERSION) {
    return `it has version ${version} of the form, this hyperthumb reads ${RESULTS_VERSION}`;
  }
  compiled ??= new Ajv({ allowUnionTypes: true }).compile<Results>(resultsSchema);
  if (!compiled(value)) return inWords(compiled.errors![0]);

  const workloads = duplicate(value.workloads.map(({ name }) => name));
  if (workloads !== undefined) return `the workload '${workloads}' is there twice`;
  for (const { name, metrics } of value.workloads) {
    const twice = duplicate(metrics.map((metric) => metric.name));
    if (twice !== undefined) return `the metric '${twice}' of '${name}' is there twice`;
    const samples = metrics.find(({ kind, samples }) => kind === 'exact' && samples.length !== 1);
    if (samples) {
      return `the exact metric '${samples.name}' of '${name}' has ${samples.samples.length} samples, not one`;
    }
  }
  const { shard } = value;
  if (shard && shard.index > shard.count) return `it is shard ${shard.index} of only ${shard.count}`;
  return undefined;
}

/**
 * Reads a `--save` file.
 * @throws UserError 65 when it holds anything but results, 66 or 77 when it cannot be read
 */
export function readResults(path: string): Results {
  const text = new TextDecoder().decode(readInput(path, 'results', textLimit));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const cut = /end of JSON|Unterminated/.test((error as Error).message);
    const why = cut ? 'it ends too early' : 'it is not JSON';
    throw new UserError(ExitCode.data, `results '${path}' cannot be used: ${why}`, { cause: error });
  }
  const problem = problemOf(value);
  if (problem) throw new UserError(ExitCode.data, `results '${path}' cannot be used: ${problem}`);
  return value as Results;
}

/** Writes a `--save` file, whole or not at all: an earlier one is kept when writing fails. @throws UserError 73, 74 or 77 */
export function writeResults(path: string, results: Results): void {
  writeAtomically(path, `${JSON.stringify(results, null, 2)}\n`);
}

function duplicate(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}

function inWords({ instancePath, keyword, message, params }: ErrorObject): string {
  const where = instancePath.slice(1).replaceAll('/', '.');
  if (keyword === 'required') {
    return `${where === '' ? 'it' : `'${where}'`} has no '${params.missingProperty}'`;
  }
  const allowed = keyword === 'enum' ? `: ${params.allowedValues.join(', ')}` : '';
  return `${where === '' ? 'it' : `'${where}'`} ${message}${allowed}`;
}
