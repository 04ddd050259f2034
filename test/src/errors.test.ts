import { expect, it } from 'vitest';
import { oneLine } from '../../src/errors.js';

it.each([
  ["cannot use 'a': it is damaged", "cannot use 'a': it is damaged"],
  ['two\n  lines\r\n', 'two lines '],
  ['node vir\x1b]0;title\x07 \x9b31m\0', 'node vir\\x1b]0;title\\x07 \\x9b31m\\x00'],
  ['Größe 4 €', 'Größe 4 €'],
])('%j is one line for a terminal', (text, line) => {
  expect(oneLine(text)).toBe(line);
});
