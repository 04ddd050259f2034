import { expect, test } from 'vitest';
import { PackageIndex } from '../../../src/image/packages.js';

const stanza = (name: string, fields = '') =>
  `Package: ${name}\nVersion: 1\n${fields}Filename: pool/${name}.deb\nSize: 1\nSHA256: ${'0'.repeat(64)}\n\n`;

const index = new PackageIndex(
  stanza('tool', 'Pre-Depends: libc (>= 2.1)\nDepends: shell | other, mail-agent, lib+x:any (<< 3)\n') +
    stanza('libc', 'Depends: gcc-base\n') +
    stanza('gcc-base', 'Depends: libc\n') +
    stanza('other') +
    stanza('postbox', 'Provides: letters, mail-agent (= 1)\nDepends: libc\n') +
    stanza('mail-agent-extra') +
    stanza('lib+x') +
    stanza('broken', 'Depends: nowhere\n'),
  'mirror',
);

const names = (...args: Parameters<PackageIndex['closure']>) =>
  index.closure(...args).map(({ name }) => name);

test('a closure has what is needed, once: alternatives, provided names, circles', () => {
  expect(names(['tool'])).toEqual(['gcc-base', 'lib+x', 'libc', 'other', 'postbox', 'tool']);
  expect(names(['tool', 'libc'])).toEqual(names(['tool']));
});

test('what is there already is not followed', () => {
  expect(names(['tool'], new Set(['libc', 'shell', 'mail-agent']))).toEqual(['lib+x', 'tool']);
});

test('a package that needs what does not exist is an error that names it', () => {
  expect(() => names(['broken'])).toThrow(/no package nowhere for armhf/);
});
