/** Random Short-descriptor translation tables (ARM DDI 0406C B3.5). */
import type { Random } from '../../conformance/random.js';
import type { Image } from '../image.js';
import { HIGH_VECTORS, HIGH_VECTORS_VA, TARGET } from '../memory-map.js';
import { MONITOR_FROM, MONITOR_TO, type TranslationContext } from './mmu.js';

const SECTION = 0x10_0000;
const LEVEL1_BYTES = 0x4000;
const LEVEL2_BYTES = 0x400;
/** Manager domain of the monitor: its accesses are not checked. */
const MONITOR_DOMAIN = 15;
/** No memory is there: an external abort. */
const NOWHERE = 0x5000_0000;
const LEVEL2_TABLES = 14;

export function shortContext(image: Image, random: Random): TranslationContext {
  const pageTables = Array.from({ length: LEVEL2_TABLES }, () => level2(image, random));
  const high = image.allocateTable(LEVEL2_BYTES, LEVEL2_BYTES);
  // A small page with full access.
  high.words[(HIGH_VECTORS_VA >>> 12) & 0xff] = (HIGH_VECTORS + 0xf_0000) | 0x7e;
  const n = random.chance(0.4) ? 0 : random.below(8);
  const table = () => {
    const { address, words } = image.allocateTable(LEVEL1_BYTES, LEVEL1_BYTES);
    for (let index = 0; index < 4096; index++) words[index] = level1Entry(index, pageTables, random);
    for (let pa = MONITOR_FROM; pa < MONITOR_TO; pa += SECTION) words[pa / SECTION] = monitorSection(pa);
    words[4095] = high.address | (MONITOR_DOMAIN << 5) | 1;
    return { address, words };
  };
  const tables = n === 0 ? [table()] : [table(), table()];
  const bigEndian = random.chance(0.15);
  if (bigEndian) {
    for (const { words } of [...tables, high]) reverse(words);
    for (const { words } of pageTables) reverse(words);
  }
  // PD0 and PD1 forbid walks through the table that the monitor does not need.
  const disable = random.chance(0.2) ? (n <= 1 ? 1 << 5 : 1 << 4) : 0;
  return {
    ttbcr: n | (n === 0 ? 0 : disable),
    ttbr0: tables[0]!.address | (random.word() & 0x2a),
    ttbr1: (tables[1] ?? tables[0]!).address | (random.word() & 0x2a),
    prrr: random.word(),
    nmrr: random.word(),
    bigEndian,
    highVectors: n === 0 || (disable & (1 << 5)) === 0,
    page: (pages) => {
      for (;;) {
        const va = (pages.word() & 0xffff_f000) >>> 0;
        if (va >= MONITOR_FROM - 2 * SECTION && va < MONITOR_TO) continue;
        // The next page is tried as well: not the high vectors.
        if (va >= 0xffe0_0000) continue;
        return va;
      }
    },
  };
}

function monitorSection(pa: number): number {
  // Normal memory, AP = 0b11.
  return pa | 0x1c0e | (MONITOR_DOMAIN << 5);
}

function level1Entry(
  index: number,
  pageTables: readonly { readonly address: number }[],
  random: Random,
): number {
  const domain = random.below(15) << 5;
  const attributes = random.word() & 0x0003_fc1c;
  switch (random.below(10)) {
    case 0:
      return (random.word() & ~3) >>> 0;
    case 1:
    case 2:
    case 3:
    case 4:
      return (random.pick(pageTables).address | domain | (random.word() & 0x0c) | 1) >>> 0;
    case 5: {
      // A supersection: VA[23:20] chooses the megabyte.
      const base = index % 16 === (TARGET >>> 20) % 16 ? TARGET & 0xff00_0000 : NOWHERE;
      // PA[36:32]: further up is QEMU's PCI Express.
      const high = random.chance(0.1) ? (random.below(16) << 20) | (random.below(2) << 5) : 0;
      return (base | high | attributes | 0x0004_0002 | random.below(2)) >>> 0;
    }
    case 6:
      return (NOWHERE | domain | attributes | 2) >>> 0;
    default:
      return (TARGET | domain | attributes | 2 | random.below(2)) >>> 0;
  }
}

function level2(image: Image, random: Random): { address: number; words: Uint32Array } {
  const table = image.allocateTable(LEVEL2_BYTES, LEVEL2_BYTES);
  for (let index = 0; index < 256; index++) {
    const attributes = random.word() & 0x0ffc;
    const page = TARGET + 0x1000 * random.below(255);
    switch (random.below(8)) {
      case 0:
        table.words[index] = (random.word() & ~3) >>> 0;
        break;
      case 1:
      case 2:
        // A large page, not repeated: each entry is looked at by itself.
        table.words[index] = (page & ~0xffff) | (random.word() & 0xf000) | (attributes & ~0x1c0) | 1;
        break;
      case 3:
        table.words[index] = (NOWHERE | attributes | 2) >>> 0;
        break;
      default:
        table.words[index] = page | attributes | 2 | random.below(2);
    }
  }
  return table;
}

function reverse(words: Uint32Array): void {
  words.forEach((word, index) => {
    words[index] = ((word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff_0000) | (word << 24)) >>> 0;
  });
}
