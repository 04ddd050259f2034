import { describe, expect, test } from 'vitest';
import { LargeMappings } from '../../runtime/mmu/large-mappings.js';

const sizes = (large: LargeMappings, ...addresses: number[]) => addresses.map((va) => large.sizeAt(va));

function pages(large: LargeMappings, mib: number): number[] {
  const found: number[] = [];
  large.forEachPage(mib, (page) => found.push(page >>> 0));
  return found;
}

test('the largest mapping seen counts, for every address in it', () => {
  const large = new LargeMappings();
  large.note(0x4030_1234, 21);
  large.note(0x4020_0000, 16);
  expect(sizes(large, 0x401f_ffff, 0x4020_0000, 0x403f_ffff, 0x4040_0000)).toEqual([0, 21, 21, 0]);
  large.note(0x4000_0000, 30);
  expect(sizes(large, 0x4000_0000, 0x7fff_ffff, 0x8000_0000)).toEqual([30, 30, 0]);
});

test('what was dropped is forgotten, until it is seen again', () => {
  const large = new LargeMappings();
  large.note(0xffe0_0000, 21);
  large.note(0xffc0_0000, 21);
  large.forget(0xffe, 2);
  expect(sizes(large, 0xffe0_0000, 0xfff0_0000, 0xffd0_0000)).toEqual([0, 0, 21]);
  expect([0xffe, 0xffc].map((mib) => pages(large, mib))).toEqual([[], [0xffc0_0000]]);
  large.note(0xfff0_0000, 21);
  expect(large.sizeAt(0xffe0_0000)).toBe(21);
});

describe('pieces', () => {
  test('are those looked up, each once', () => {
    const large = new LargeMappings();
    for (const va of [0xd010_0123, 0xd010_1000, 0xd010_0fff, 0xd020_0000]) large.note(va, 21);
    expect(pages(large, 0xd01)).toEqual([0xd010_0000, 0xd010_1000]);
    expect(pages(large, 0xd02)).toEqual([0xd020_0000]);
    expect(pages(large, 0xd00)).toEqual([]);
  });

  test('may be groups of 64 KiB', () => {
    const large = new LargeMappings();
    large.note(0xd012_3456, 21);
    large.noteGroup(0xd012_3456);
    expect(pages(large, 0xd01).slice(0, 3)).toEqual([0xd012_3000, 0xd012_0000, 0xd012_1000]);
    expect(pages(large, 0xd01)).toHaveLength(17);
  });

  test('may be too many', () => {
    const large = new LargeMappings();
    for (let page = 0; page < 16; page++) large.note(0x1000_0000 + 4096 * page, 20);
    expect(pages(large, 0x100)).toHaveLength(16);
    for (let page = 16; page < 300; page++) large.note(0x1000_0000 + 4096 * (page & 0xff), 20);
    expect(pages(large, 0x100)).toHaveLength(256);
    expect(pages(large, 0x100)[255]).toBe(0x100f_f000);
  });
});
