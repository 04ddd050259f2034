import { expect, test } from 'vitest';
import {
  integerParser,
  listParser,
  parseAddress,
  parseFolder,
  parseLoad,
  parseModule,
  parseSeconds,
  parseSize,
} from '../../../src/cli/parse.js';

test.each([
  ['512M', 512 * 2 ** 20],
  ['1G', 2 ** 30],
  ['1.5g', 1.5 * 2 ** 30],
  ['65536K', 2 ** 26],
  ['64', 2 ** 26],
  ['64MiB', 2 ** 26],
])('size %s', (text, bytes) => expect(parseSize(text)).toBe(bytes));

test.each(['', 'M', '-1M', '1T', '0x10M', '1.00001K'])('no size: %s', (text) =>
  expect(() => parseSize(text)).toThrow(),
);

test('addresses', () => {
  expect(parseAddress('0x40010000')).toBe(0x40010000);
  expect(parseAddress('0xFFFFFFFF')).toBe(0xffffffff);
  expect(parseAddress('4096')).toBe(4096);
  for (const text of ['', '40g', '0x100000000', '4294967296', '-1'])
    expect(() => parseAddress(text)).toThrow();
});

test('folders', () => {
  expect(parseFolder('a b/')).toBe('a b/');
  expect(() => parseFolder('')).toThrow(/name of a folder/);
});

test('whole numbers', () => {
  const parse = integerParser(1, 8);
  expect(parse('8')).toBe(8);
  for (const text of ['0', '9', '1.5', 'x', '']) expect(() => parse(text)).toThrow(/from 1 to 8/);
});

test('seconds', () => {
  expect(parseSeconds('1.5')).toBe(1.5);
  for (const text of ['0', '-1', '1e3', 'x']) expect(() => parseSeconds(text)).toThrow();
});

test('lists add up', () => {
  const parse = listParser(['asm', 'int', 'mmu'] as const);
  expect(parse('mmu', parse('asm,int'))).toEqual(['asm', 'int', 'mmu']);
  expect(() => parse('asm,foo')).toThrow(/asm, int, mmu/);
});

test('files to load', () => {
  expect(parseLoad('a@b.bin@0x100', [{ path: 'x', address: 1 }])).toEqual([
    { path: 'x', address: 1 },
    { path: 'a@b.bin', address: 0x100 },
  ]);
  for (const text of ['a.bin', '@0x100', 'a@', 'a@zz']) expect(() => parseLoad(text)).toThrow();
});

test('modules', () => {
  const first = parseModule('kernel=a,b.img,bootargs=console=hvc0 a=b,c');
  expect(parseModule('ramdisk=i=1.gz', first)).toEqual([
    { kind: 'kernel', path: 'a,b.img', bootargs: 'console=hvc0 a=b,c' },
    { kind: 'ramdisk', path: 'i=1.gz' },
  ]);
  expect(parseModule('kernel=a')).toEqual([{ kind: 'kernel', path: 'a' }]);
  expect(parseModule('kernel=a,bootargs=')).toEqual([{ kind: 'kernel', path: 'a', bootargs: '' }]);
  for (const text of ['a.img', 'kernel=', 'initrd=a', '=a']) {
    expect(() => parseModule(text)).toThrow(/kernel=FILE.*ramdisk=FILE/);
  }
  expect(() => parseModule('ramdisk=a,bootargs=b')).toThrow(/Only a kernel has bootargs/);
});
