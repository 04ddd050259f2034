import { expect, test } from 'vitest';
import { holm, median, pairedRatio, quartiles, unpairedRatio } from '../../../src/bench/statistics.js';
import { normal, randomNumbers } from './samples.js';

const noisy = (seed: number, count: number, centre: number): number[] => {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () => centre * Math.exp(0.1 * normal(random)));
};

test('medians and quartiles', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 30])).toBe(3);
  expect(quartiles([1, 2, 3, 4, 5])).toEqual([2, 4]);
});

test('the same samples always give the same estimate', () => {
  const [a, b] = [noisy(1, 12, 1), noisy(2, 12, 1.2)];
  expect(pairedRatio(a, b, 0.03)).toEqual(pairedRatio(a, b, 0.03));
  expect(unpairedRatio(a, b, 0.03)).toEqual(unpairedRatio(a, b, 0.03));
});

test('samples without noise give their ratio', () => {
  const twice = [2, 4, 6, 8, 10, 12];
  const { ratio, low, high } = pairedRatio([1, 2, 3, 4, 5, 6], twice, 0.03);
  for (const value of [ratio, low, high]) expect(value).toBeCloseTo(2, 12);
  expect(unpairedRatio([1, 1, 1, 1, 1], [2, 2, 2, 2, 2], 0.1)).toMatchObject({ ratio: 2, low: 2, high: 2 });
});

test('what disturbs both halves of a pair cancels', () => {
  const host = [1, 1.1, 3, 0.9, 1.3, 2.2, 1, 1.6];
  const slower = host.map((sample) => 1.2 * sample);
  const paired = pairedRatio(host, slower, 0.03);
  expect(paired.high - paired.low).toBeLessThan(1e-9);
  const unpaired = unpairedRatio(host, slower, 0.03);
  expect(unpaired.low).toBeLessThan(1);
  expect(unpaired.high).toBeGreaterThan(1.5);
});

/** How many of the intervals hold the true ratio, and how wide they are (logarithm). */
function coverage(ratio: typeof pairedRatio) {
  const trials = 200;
  const widths: number[] = [];
  let held = 0;
  for (let seed = 0; seed < trials; seed++) {
    const { low, high } = ratio(noisy(2 * seed, 15, 1), noisy(2 * seed + 1, 15, 1.2), 0);
    if (low <= 1.2 && 1.2 <= high) held++;
    widths.push(Math.log(high / low));
  }
  return { held: held / trials, width: median(widths) };
}

test('some 95% of the intervals of pairs hold the true ratio, without being wide', () => {
  const { held, width } = coverage(pairedRatio);
  expect(held).toBeGreaterThanOrEqual(0.93);
  // Of the medians of 15 samples with 14% of noise each: 0.18.
  expect(width).toBeLessThan(0.3);
});

test('an interval without pairs is that of single runs', () => {
  const { held, width } = coverage(unpairedRatio);
  expect(held).toBe(1);
  // Of the difference of two normal deviates of 10%: 2 * 1.96 * 0.14.
  expect(width).toBeGreaterThan(0.4);
  expect(width).toBeLessThan(0.7);
});

test('an interval is wider where neighbours resemble one another', () => {
  const samples = noisy(5, 20, 1);
  const ones = samples.map(() => 1);
  const width = (values: readonly number[]) => {
    const { low, high } = pairedRatio(ones, values, 0);
    return Math.log(high / low);
  };
  expect(width(samples.toSorted((a, b) => a - b))).toBeGreaterThan(2 * width(samples));
});

test('few samples cannot be more certain than their most extreme order', () => {
  expect(pairedRatio([1, 1, 1, 1], [2, 2, 2, 2], 0).chanceAbove).toBe(1 / 8);
  expect(unpairedRatio([1, 1, 1], [2, 2, 2], 0).chanceAbove).toBeCloseTo(2 / 20, 12);
  expect(pairedRatio(Array(20).fill(1), Array(20).fill(2), 0).chanceAbove).toBeLessThan(0.001);
});

test("Holm's step-down", () => {
  expect(holm([0.01, 0.04, 0.03, 0.005], 0.05)).toEqual([true, false, false, true]);
  expect(holm([0.02, 0.04], 0.05)).toEqual([true, true]);
  expect(holm([0.03, 0.04], 0.05)).toEqual([false, false]);
  expect(holm([], 0.05)).toEqual([]);
});
