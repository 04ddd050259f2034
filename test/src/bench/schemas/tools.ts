/** JSON Schemas of what other tools read. */

/** github-action-benchmark's `customSmallerIsBetter`: its README, and `BenchmarkResult` of its src/extract.ts. */
export const githubSchema = {
  type: 'array',
  items: {
    type: 'object',
    required: ['name', 'unit', 'value'],
    properties: {
      name: { type: 'string' },
      unit: { type: 'string' },
      value: { type: 'number' },
      range: { type: 'string' },
      extra: { type: 'string' },
    },
    additionalProperties: false,
  },
};

/** Bencher Metric Format, with the lengths of names that Bencher's reference gives beside its schema. */
export const bencherSchema = {
  type: 'object',
  minProperties: 1,
  propertyNames: { minLength: 1, maxLength: 1024 },
  additionalProperties: {
    type: 'object',
    minProperties: 1,
    propertyNames: { minLength: 1, maxLength: 64 },
    additionalProperties: {
      type: 'object',
      required: ['value'],
      properties: {
        value: { type: 'number' },
        lower_value: { type: 'number' },
        upper_value: { type: 'number' },
      },
      additionalProperties: false,
    },
  },
};
