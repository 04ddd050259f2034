import type { Random } from '../../conformance/random.js';

const ODD = [
  null,
  true,
  0,
  -1,
  1e300,
  1.5,
  2 ** 53,
  '',
  'x',
  '\u0000',
  '€'.repeat(300),
  'a\nb',
  [],
  {},
  [[]],
  { __proto__x: 1 },
  '../../x',
  '<b>&',
];

type Container = Record<string, unknown>;

/** A document of which a value is replaced, left out, or said twice. */
export function mutateJson(document: unknown, random: Random): unknown {
  const copy: unknown = structuredClone(document);
  const containers: Container[] = [];
  const visit = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    containers.push(value as Container);
    Object.values(value).forEach(visit);
  };
  visit(copy);
  const container = random.pick(containers);
  const keys = Object.keys(container);
  const key = keys.length === 0 ? 'x' : random.pick(keys);
  switch (random.below(5)) {
    case 0:
      delete container[key];
      break;
    case 1:
      container[`${key}2`] = container[key];
      break;
    case 2:
      if (Array.isArray(container)) container.push(container[0]);
      else container[key] = [container[key]];
      break;
    default:
      container[key] = random.pick(ODD);
  }
  return copy;
}
