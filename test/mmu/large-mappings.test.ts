import { expect, test } from 'vitest';
import { LargeMappings } from '../../runtime/mmu/large-mappings.js';

test('the largest mapping seen counts, for every address in it', () => {
  const large = new LargeMappings();
  large.note(0x4030_1234, 21);
  large.note(0x4020_0000, 16);
  expect([0x401f_ffff, 0x4020_0000, 0x403f_ffff, 0x4040_0000].map((va) => large.sizeAt(va))).toEqual([
    0, 21, 21, 0,
  ]);
  large.note(0x4000_0000, 30);
  expect([0x4000_0000, 0x7fff_ffff, 0x8000_0000].map((va) => large.sizeAt(va))).toEqual([30, 30, 0]);
});

test('what was dropped is forgotten as a whole, until it is seen again', () => {
  const large = new LargeMappings();
  large.note(0xffe0_0000, 21);
  large.note(0xffc0_0000, 21);
  large.forget(0xfff0_1000, 21);
  expect([0xffe0_0000, 0xfff0_0000, 0xffd0_0000].map((va) => large.sizeAt(va))).toEqual([0, 0, 21]);
  large.note(0xfff0_0000, 21);
  expect(large.sizeAt(0xffe0_0000)).toBe(21);
});

test('large pages stay noted: there may be others in the same MiB', () => {
  const large = new LargeMappings();
  large.note(0x1000_0000, 16);
  large.note(0x1001_0000, 16);
  large.forget(0x1000_0000, 16);
  expect(large.sizeAt(0x1001_0000)).toBe(16);
});
