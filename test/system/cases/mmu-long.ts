/** Random Long-descriptor translation tables (ARM DDI 0406C B3.6). */
import type { Random } from '../../conformance/random.js';
import type { Image } from '../image.js';
import { HIGH_VECTORS, HIGH_VECTORS_VA, TARGET } from '../memory-map.js';
import { MONITOR_FROM, MONITOR_TO, type TranslationContext } from './mmu.js';

const BLOCK = 0x20_0000;
const LEVEL_BYTES = 0x1000;
const ENTRIES = 512;
const NOWHERE = 0x5000_0000;
const EAE = 0x8000_0000;
/** Splits of the address space: T0SZ, T1SZ. The monitor, at 0x4020_0000, is always in one of the two. */
const SPLITS = [
  [0, 0],
  [0, 1],
  [0, 2],
  [0, 3],
  [0, 7],
  [1, 0],
  [2, 0],
  [3, 0],
  [1, 1],
  [1, 2],
  [1, 4],
  [6, 0],
] as const;
/** AF and AP of the monitor's code (read-only at both levels) and of its data (PL1 only). */
const CODE_ATTRIBUTES = 0x4c0;
const DATA_ATTRIBUTES = 0x400;
/** Of its data where Hyp mode's tables map it: AP[1] is SBO there. */
const HYP_DATA_ATTRIBUTES = 0x440;

interface Level {
  readonly address: number;
  readonly words: Uint32Array;
}

/** MAIR bytes: device, strongly-ordered, normal of all kinds. */
const MAIR = [0x00, 0x04, 0x44, 0xff, 0xbb, 0x4f, 0xee, 0xaa];

/** Tables of both base registers of the PL1&0 regime. */
export function longContext(image: Image, random: Random, number: number): TranslationContext {
  const [t0sz, t1sz] = SPLITS[number % SPLITS.length]!;
  return makeContext(image, random, t0sz, t1sz, DATA_ATTRIBUTES);
}

/** Tables of HTTBR, which alone counts, for 4 GiB or the lower two. */
export function hypContext(image: Image, random: Random, number: number): TranslationContext {
  return makeContext(image, random, number % 2, 0, HYP_DATA_ATTRIBUTES);
}

function makeContext(
  image: Image,
  random: Random,
  t0sz: number,
  t1sz: number,
  dataAttributes: number,
): TranslationContext {
  const level3 = Array.from({ length: 4 }, () => pages(image, random));
  const blocks = Array.from({ length: 3 }, () => level2(image, random, level3));
  const monitor = level2(image, random, level3);
  for (let pa = MONITOR_FROM; pa < MONITOR_TO; pa += BLOCK) {
    const isCode = pa === MONITOR_FROM || (pa >= 0x4080_0000 && pa < 0x4100_0000);
    setEntry(monitor, (pa - 0x4000_0000) / BLOCK, pa | (isCode ? CODE_ATTRIBUTES : dataAttributes) | 1, 0);
  }
  const high = image.allocateTable(LEVEL_BYTES, LEVEL_BYTES);
  setEntry(high, (HIGH_VECTORS_VA >>> 12) & 0x1ff, (HIGH_VECTORS + 0xf_0000) | CODE_ATTRIBUTES | 3, 0);
  setEntry(blocks[2]!, ENTRIES - 1, high.address | 3, 0);

  const tables = [table(0, t0sz), table(1, t1sz)] as const;
  const mair = () =>
    random.pick(MAIR) | (random.pick(MAIR) << 8) | (random.pick(MAIR) << 16) | (random.pick(MAIR) << 24);
  const disable = random.chance(0.1) ? (t0sz >= 2 ? 1 << 7 : 1 << 23) : 0;
  const bigEndian = random.chance(0.15);
  const all = [...level3, ...blocks, monitor, high, ...tables];
  if (bigEndian) for (const { words } of all) reverse(words);
  return {
    ttbcr: EAE | (t1sz << 16) | t0sz | disable | (random.word() & 0x3f00_3f00) | 0,
    ttbr0: tables[0].address,
    ttbr1: tables[1].address,
    prrr: mair(),
    nmrr: mair(),
    bigEndian,
    highVectors: (disable & (1 << 23)) === 0,
    page: (addresses) => {
      for (;;) {
        // VA[20] = 0: of what a 2 MiB block maps, only the lower half is the target.
        let va = (addresses.word() & 0xffef_f000) >>> 0;
        // A 1 GiB block maps the target at its fifth MiB.
        if (addresses.chance(0.15)) va = ((va & 0xc00f_f000) | 0x0040_0000) >>> 0;
        if (va >= MONITOR_FROM - BLOCK && va < MONITOR_TO) continue;
        if (va >= 0xffc0_0000 || (va & 0xf_f000) === 0xf_f000) continue;
        return va;
      }
    },
  };

  /** The first table of TTBR`which`, whose region is 2^(32 - tsz) bytes. */
  function table(which: 0 | 1, tsz: number): Level {
    // Quarters of the address space, as far as this register translates them.
    const quarters = [blocks[0]!, monitor, blocks[1]!, blocks[2]!];
    if (tsz >= 2) {
      // The region lies in one quarter: the walk begins at level 2.
      const size = ENTRIES >> (tsz - 2);
      const source = which === 0 ? blocks[0]! : blocks[2]!;
      const from = which === 0 ? 0 : ENTRIES - size;
      const level = image.allocateTable(Math.max(8 * size, 64), Math.max(8 * size, 64));
      level.words.set(source.words.subarray(2 * from, 2 * (from + size)));
      return level;
    }
    const count = tsz === 0 ? 4 : 2;
    const level = image.allocateTable(64, 64);
    for (let index = 0; index < count; index++) {
      const quarter = tsz === 1 && which === 1 ? index + 2 : index;
      const descriptor = quarters[quarter]!;
      const holdsVectors = quarter === 3;
      if (quarter === 1 || holdsVectors) setEntry(level, index, descriptor.address | 3, 0);
      else if (random.chance(0.25)) {
        setEntry(level, index, (0x4000_0000 | (random.word() & 0xffc) | 1) >>> 0, random.word() & 0x60_0000);
      } else if (random.chance(0.1)) setEntry(level, index, random.word() & ~1, random.word());
      else setEntry(level, index, descriptor.address | 3, random.word() & 0x7800_0000 & tableMask(random));
    }
    return level;
  }
}

/** Hierarchical attributes are rare, or nothing would ever be permitted. */
function tableMask(random: Random): number {
  return random.chance(0.4) ? -1 : 0;
}

function setEntry(level: Level, index: number, low: number, high: number): void {
  level.words[2 * index] = low >>> 0;
  level.words[2 * index + 1] = high >>> 0;
}

/** Attribute bits of a block or page: the access flag is mostly set. */
function attributes(random: Random): { low: number; high: number } {
  const accessFlag = random.chance(0.85) ? 0x400 : 0;
  return {
    low: (random.word() & 0xbfc) | accessFlag,
    high: random.chance(0.4) ? random.word() & 0x60_0000 : 0,
  };
}

function level2(image: Image, random: Random, level3: readonly Level[]): Level {
  const level = image.allocateTable(LEVEL_BYTES, LEVEL_BYTES);
  for (let index = 0; index < ENTRIES; index++) {
    const { low, high } = attributes(random);
    switch (random.below(8)) {
      case 0:
        setEntry(level, index, random.word() & ~1, random.word());
        break;
      case 1:
      case 2:
      case 3:
        setEntry(
          level,
          index,
          random.pick(level3).address | (random.word() & 0xffc & 0x7c) | 3,
          random.word() & 0x7800_0000 & tableMask(random),
        );
        break;
      case 4:
        // PA[36:32]: further up is QEMU's PCI Express.
        setEntry(level, index, (NOWHERE | low | 1) >>> 0, high | (random.chance(0.3) ? random.below(32) : 0));
        break;
      default:
        setEntry(level, index, (TARGET | low | 1) >>> 0, high);
    }
  }
  return level;
}

function pages(image: Image, random: Random): Level {
  const level = image.allocateTable(LEVEL_BYTES, LEVEL_BYTES);
  for (let index = 0; index < ENTRIES; index++) {
    const { low, high } = attributes(random);
    const kind = random.below(10);
    const base = kind === 1 ? NOWHERE : TARGET + 0x1000 * random.below(255);
    // 0b01 is reserved at level 3: a Translation fault.
    const type = kind === 0 ? random.below(3) : 3;
    setEntry(level, index, (base | low | type) >>> 0, high);
  }
  return level;
}

function reverse(words: Uint32Array): void {
  // A descriptor is a doubleword: its words change places too.
  for (let index = 0; index < words.length; index += 2) {
    const low = words[index]!;
    words[index] = swap(words[index + 1]!);
    words[index + 1] = swap(low);
  }
}

function swap(word: number): number {
  return ((word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff_0000) | (word << 24)) >>> 0;
}
