import type { MachineDescription, Metric, Results, WorkloadResult } from './results.js';
import { RESULTS_VERSION } from './results.js';

const text = { type: 'string' } as const;
const name = { type: 'string', minLength: 1 } as const;

/** `satisfies` this, and a member that the type has and the schema lacks, or the reverse, does not compile. */
type Members<T> = Record<keyof T, object>;

const metric = {
  type: 'object',
  required: ['name', 'unit', 'kind', 'better', 'samples'],
  properties: {
    name,
    unit: text,
    kind: { enum: ['exact', 'timed'] },
    better: { enum: ['lower', 'higher'] },
    samples: { type: 'array', items: { type: 'number' } },
  } satisfies Members<Metric>,
};

const machine = {
  type: 'object',
  required: ['cpu', 'cores', 'memory', 'os', 'node'],
  properties: {
    cpu: text,
    cores: { type: 'integer', minimum: 1 },
    memory: { type: 'number', minimum: 0 },
    os: text,
    node: text,
  } satisfies Members<MachineDescription>,
};

const workload = {
  type: 'object',
  required: ['name', 'command', 'metrics'],
  properties: {
    name,
    command: { type: 'array', items: text },
    metrics: { type: 'array', items: metric },
    packages: text,
    machine,
  } satisfies Members<WorkloadResult>,
};

/**
 * JSON Schema (draft 7) of `Results`. Members that it does not know are allowed, so that files of a later minor version can be
 * read. What a schema cannot say (unique names, one sample of an exact metric) is in `validate-results.ts`.
 */
export const resultsSchema = {
  type: 'object',
  required: [
    'version',
    'date',
    'hyperthumb',
    'commit',
    'dirty',
    'machine',
    'configuration',
    'suite',
    'workloads',
  ],
  properties: {
    version: { const: RESULTS_VERSION },
    date: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z$' },
    hyperthumb: text,
    commit: { type: ['string', 'null'] },
    dirty: { type: 'boolean' },
    machine,
    configuration: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } },
    suite: { type: ['string', 'null'] },
    shard: {
      type: 'object',
      required: ['index', 'count', 'all'],
      properties: {
        index: { type: 'integer', minimum: 1 },
        count: { type: 'integer', minimum: 1 },
        all: { type: 'array', items: name },
      },
    },
    workloads: { type: 'array', items: workload },
  } satisfies Members<Results>,
};
