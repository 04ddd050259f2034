import { expect, test } from 'vitest';
import { formatChange, formatQuantity } from '../../../src/bench/quantity.js';

test.each([
  [1.23456, 's', '1.235 s'],
  [0.0123456, 's', '12.35 ms'],
  [0.0000005, 's', '500 ns'],
  [1e-12, 's', '0.001 ns'],
  [90, 's', '90 s'],
  [0, 's', '0 s'],
  [1500, 'ms', '1.5 s'],
  [2_000_000, 'ns', '2 ms'],
  [1.5 * 2 ** 20, 'B', '1.5 MiB'],
  [12, 'B', '12 B'],
  [0, 'B', '0 B'],
  [25_123_456, '/s', '25.12 M/s'],
  [12.5, '', '12.5'],
  [1234567, '', '1.235 M'],
  [0.25, '', '0.25'],
  [1500, 'frames', '1500 frames'],
  [-0.002, 's', '-2 ms'],
])('%d %s: %s', (value, unit, text) => {
  expect(formatQuantity(value, unit)).toBe(text);
});

test('exact values have all digits', () => {
  expect(formatQuantity(123_456_789_012, '', 'exact')).toBe('123,456,789,012');
  expect(formatQuantity(1048577, 'B', 'exact')).toBe('1,048,577 B');
  expect(formatQuantity(0.1 + 0.2, 'x', 'exact')).toBe('0.30000000000000004 x');
});

test.each([
  [1, '0%'],
  [1.032, '+3.2%'],
  [0.9, '-10.0%'],
  [1.001, '+0.1%'],
  [1 + 1e-8, '+0.000001%'],
  [2.5, '×2.5'],
  [0.25, '×0.25'],
  [Number.POSITIVE_INFINITY, ''],
])('ratio %d: %s', (ratio, text) => {
  expect(formatChange(ratio)).toBe(text);
});
