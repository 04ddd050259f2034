/** The form of a suite's file (JSON Schema draft 7), for YAML as for JSON. `description`s are shown with errors. */

const text = { type: 'string', minLength: 1 } as const;
const path = { type: 'string', minLength: 1, description: 'a path, relative to the suite' } as const;
const count = { type: 'integer', minimum: 1, maximum: 10_000, description: 'a whole number from 1' } as const;
const countOrNone = { ...count, minimum: 0, description: 'a whole number from 0' } as const;

const guest = {
  type: 'object',
  description: 'a machine: kernel, flavour, initrd, append, packages, sysroot, files, memory, smp, …',
  additionalProperties: false,
  properties: {
    kernel: path,
    flavour: { enum: ['armmp', 'armmp-lpae'] },
    initrd: path,
    append: { type: 'string' },
    packages: { type: 'array', items: text, description: 'a list of Debian packages' },
    sysroot: path,
    files: {
      type: 'object',
      additionalProperties: path,
      description: 'paths in the guest with the paths of files here',
    },
    memory: {
      type: 'string',
      pattern: '^\\d+[KMG]$',
      description: 'a size such as 256M or 1G',
    },
    smp: { type: 'integer', minimum: 1, maximum: 8, description: 'a number of CPUs from 1 to 8' },
    virtualization: { type: 'boolean' },
    secure: { type: 'boolean' },
  },
} as const;

const boot = {
  type: 'object',
  description: 'what is booted: kernel, load, initrd, append, start, end',
  additionalProperties: false,
  properties: {
    kernel: path,
    load: {
      type: 'array',
      minItems: 1,
      items: { type: 'string', pattern: '^.+@(0x[0-9a-fA-F]{1,8}|\\d{1,10})$', description: 'FILE@ADDRESS' },
      description: 'a list of FILE@ADDRESS',
    },
    initrd: path,
    append: { type: 'string' },
    start: text,
    end: text,
  },
} as const;

const marker = {
  type: 'object',
  description: 'a marker: name, kind (exact or timed), better (lower or higher)',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', pattern: '^\\S+$', description: 'a name without blanks' },
    kind: { enum: ['exact', 'timed'] },
    better: { enum: ['lower', 'higher'] },
  },
} as const;

const workload = {
  type: 'object',
  description: 'a workload: name, guest, run or boot, runs, warmup, markers',
  required: ['name'],
  oneOf: [{ required: ['run'] }, { required: ['boot'] }],
  additionalProperties: false,
  properties: {
    name: text,
    guest: text,
    run: {
      description: 'a line for the shell, or a list of a program and its arguments',
      anyOf: [text, { type: 'array', minItems: 1, items: { type: 'string' } }],
    },
    boot,
    runs: count,
    warmup: countOrNone,
    markers: { type: 'array', items: marker, description: 'a list of markers' },
  },
} as const;

export const suiteSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'A suite of hyperthumb bench',
  type: 'object',
  description: 'a suite: suite, runs, warmup, guests, workloads',
  required: ['suite', 'guests', 'workloads'],
  additionalProperties: false,
  properties: {
    suite: { ...text, description: 'the name of the suite' },
    runs: count,
    warmup: countOrNone,
    guests: {
      type: 'object',
      minProperties: 1,
      additionalProperties: guest,
      description: 'guests by name, at least one',
    },
    workloads: {
      type: 'array',
      minItems: 1,
      items: workload,
      description: 'a list of workloads, at least one',
    },
  },
} as const;
