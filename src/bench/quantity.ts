import type { MetricKind } from './results.js';

const seconds = [
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'µs'],
  [1e-9, 'ns'],
] as const;
const bytes = [
  [2 ** 30, 'GiB'],
  [2 ** 20, 'MiB'],
  [2 ** 10, 'KiB'],
  [1, 'B'],
] as const;
const counts = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
  [1, ''],
] as const;

/** Units of time in seconds. */
const times: Readonly<Record<string, number>> = { s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 };

/**
 * A metric's value for a person: `12.35 ms`, `1.5 MiB`, `25.1 M/s`. Exact ones have all their digits, in groups of three, as one of
 * them may be what has changed.
 * @param unit as in `Metric`
 */
export function formatQuantity(value: number, unit: string, kind: MetricKind = 'timed'): string {
  if (kind === 'exact')
    return `${value.toLocaleString('en-US', { maximumFractionDigits: 20 })} ${unit}`.trimEnd();
  if (unit in times) return scaled(value * times[unit], seconds);
  if (unit === 'B') return scaled(value, bytes);
  if (unit === '' || unit.startsWith('/')) return scaled(value, counts, unit);
  return `${digits(value)} ${unit}`;
}

type Unit = readonly [factor: number, name: string];

/** @param units from large to small; one of them has the factor 1 */
function scaled(value: number, units: readonly Unit[], suffix = ''): string {
  const fits = ([factor]: Unit) => (value === 0 ? factor === 1 : Math.abs(value) >= factor);
  const [factor, name] = units.find(fits) ?? units[units.length - 1];
  return `${digits(value / factor)} ${name}${suffix}`.trimEnd();
}

/** Four digits that count. */
function digits(value: number): string {
  const rounded = Number(value.toPrecision(4));
  return Math.abs(rounded) >= 1e6 ? rounded.toExponential() : String(rounded);
}

/** A ratio as a change: `+3.2%`, `-0.0012%`, and `×4.20` where it is more than twofold. */
export function formatChange(ratio: number): string {
  if (!Number.isFinite(ratio)) return '';
  if (ratio > 2 || ratio < 0.5) return `×${Number(ratio.toPrecision(3))}`;
  const percent = (ratio - 1) * 100;
  if (percent === 0) return '0%';
  const text = Math.abs(percent) >= 0.1 ? percent.toFixed(1) : Number(percent.toPrecision(2));
  return `${percent > 0 ? '+' : ''}${text}%`;
}
