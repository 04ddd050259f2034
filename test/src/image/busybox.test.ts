import { expect, test } from 'vitest';
import { busyboxApplets } from '../../../src/image/busybox.js';

const program = (text: string) => Buffer.from(text, 'latin1');

test.each([
  ['after a NUL, as in 1.35', 'code\0[\0[[\0acpid\0sh\0\0data'],
  ['after something else, as in 1.37', 'code\xae [\0[[\0acpid\0sh\0\0data'],
  ['after something alike', '[\0[[\0]]\0\0code[\0[[\0acpid\0sh\0\0data'],
])('the table of applets %s', (_, text) => {
  expect(busyboxApplets(program(text))).toEqual(['[', '[[', 'acpid', 'sh']);
});

test.each(['', 'code', 'code\0[\0[[\0acpid\0sh', 'code\0[\0[[\0acpid\0\0'])('no table: %j', (text) => {
  expect(() => busyboxApplets(program(text))).toThrow(/no table of applets/);
});
