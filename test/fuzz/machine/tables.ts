/**
 * Translation tables that every program has: RAM and devices are mapped to themselves, by short and long descriptors, in Hyp mode and
 * by stage 2; at SORTS there is a page of every sort, most of them data.
 */
import {
  CODE,
  DATA,
  HYP_TABLES,
  LONG_TABLES,
  SHORT_LEVEL1,
  SHORT_LEVEL2,
  SORTS,
  STAGE2_TABLES,
  WINDOW_BYTES,
} from './layout.js';

const MIB = 0x10_0000;
const PAGE = 0x1000;
/** No memory is there on small boards: an external abort. */
const NOWHERE = 0x3000_0000;
/** Megabytes with devices: the GIC, the others, virtio; and Secure RAM. */
const DEVICES = [0x0800_0000, 0x0900_0000, 0x0a00_0000, 0x0e00_0000];

/** MAIR0: Strongly-ordered, Device, Normal write-back, Normal non-cacheable. */
export const MAIR = 0x44ff_0400 | 0;

/** Of a short descriptor of a small page; the last one is executable. */
const SHORT_SORTS = [
  0x07e, // Normal, full access
  0x07f, // not executable
  0x05e, // PL1 only: AP 01
  0x06e, // User read-only: AP 10
  0x25e, // read-only at PL1
  0x27e, // read-only
  0x04e, // no access
  0x000, // not mapped
  0x036, // Device
  0x032, // Strongly-ordered
  0x87e, // not global
  0x47e, // shareable
];

/** Physical page of the sort with this number: data mostly, some code, some nowhere. */
function sortedPage(index: number, window: number): number {
  if (index % 32 === 13) return window + CODE;
  if (index % 32 === 14) return window + CODE + PAGE;
  if (index % 32 === 15) return NOWHERE;
  return window + DATA + PAGE * ((index * 3) % 8);
}

/** Writes all tables. @param words the window @param window its guest physical address */
export function writeTables(words: Uint32Array, window: number): void {
  writeShort(words, window);
  writeLong(words, window, { at: LONG_TABLES, user: 0x40, sorts: true });
  writeLong(words, window, { at: HYP_TABLES, user: 0x40, sorts: true });
  writeStage2(words, window);
}

function writeShort(words: Uint32Array, window: number): void {
  const level1 = SHORT_LEVEL1 >>> 2;
  words[level1] = 0x0c0e; // flash
  for (const device of DEVICES) words[level1 + device / MIB] = (device | 0x0c06) >>> 0;
  words[level1 + window / MIB] = (window | 0x1c0e) >>> 0;
  words[level1 + NOWHERE / MIB] = (NOWHERE | 0x1c0e) >>> 0;
  // A domain of their own.
  words[level1 + SORTS / MIB] = (window + SHORT_LEVEL2) | (3 << 5) | 1;
  for (let index = 0; index < 256; index++) {
    const sort = SHORT_SORTS[index % SHORT_SORTS.length]!;
    words[(SHORT_LEVEL2 >>> 2) + index] = sort === 0 ? 0 : (sortedPage(index, window) | sort) >>> 0;
  }
}

interface LongTables {
  readonly at: number;
  /** AP[1]. */
  readonly user: number;
  readonly sorts: boolean;
}

const ACCESS_FLAG = 0x400;
const NORMAL = 2 << 2;
const DEVICE = 1 << 2;

/** Low words of page descriptors, but for address and type. 0: not mapped. */
const LONG_SORTS = [
  ACCESS_FLAG | NORMAL | 0x40,
  ACCESS_FLAG | NORMAL | 0x40 | 0x300,
  ACCESS_FLAG | NORMAL, // PL1 only
  ACCESS_FLAG | NORMAL | 0xc0, // read-only
  ACCESS_FLAG | NORMAL | 0x80, // read-only at PL1
  0,
  ACCESS_FLAG | DEVICE | 0x40,
  ACCESS_FLAG | 0x40, // Strongly-ordered
  NORMAL | 0x40, // Access flag fault
  ACCESS_FLAG | NORMAL | 0x840, // not global
  ACCESS_FLAG | (3 << 2) | 0x40,
];

function writeLong(words: Uint32Array, window: number, { at, user, sorts }: LongTables): void {
  const level2 = (gigabyte: number) => at + PAGE * (1 + gigabyte);
  const level3 = at + 5 * PAGE;
  const put = (offset: number, low: number, high = 0) => {
    words[offset >>> 2] = low >>> 0;
    words[(offset >>> 2) + 1] = high >>> 0;
  };
  for (let gigabyte = 0; gigabyte < 4; gigabyte++) put(at + 8 * gigabyte, (window + level2(gigabyte)) | 3);
  const block = (address: number, attributes: number) => {
    put(
      level2(address >>> 30) + 8 * ((address >>> 21) & 0x1ff),
      address | ACCESS_FLAG | attributes | user | 1,
    );
  };
  block(0, NORMAL);
  for (const device of DEVICES) block(device, DEVICE);
  block(window, NORMAL | 0x300);
  block(NOWHERE, NORMAL);
  if (!sorts) return;
  put(level2(0) + 8 * (SORTS >>> 21), (window + level3) | 3);
  for (let index = 0; index < 256; index++) {
    const sort = LONG_SORTS[index % LONG_SORTS.length]!;
    // XN and PXN of some.
    const high = index % 7 === 3 ? 1 << 22 : index % 7 === 5 ? 1 << 21 : 0;
    put(level3 + 8 * index, sort === 0 ? 0 : sortedPage(index, window) | sort | 3, high);
  }
}

/** Stage 2: flat, with a page of every sort in the data. */
function writeStage2(words: Uint32Array, window: number): void {
  const at = STAGE2_TABLES;
  const put = (offset: number, low: number) => {
    words[offset >>> 2] = low >>> 0;
  };
  const all = ACCESS_FLAG | (0xf << 2) | (3 << 6);
  for (let gigabyte = 0; gigabyte < 4; gigabyte++)
    put(at + 8 * gigabyte, (window + at + PAGE * (1 + gigabyte)) | 3);
  const level2 = (address: number) => at + PAGE * (1 + (address >>> 30)) + 8 * ((address >>> 21) & 0x1ff);
  for (const address of [0, NOWHERE, ...DEVICES]) put(level2(address), address | all | 1);
  const level3 = at + 5 * PAGE;
  put(level2(window), (window + level3) | 3);
  const sorts = [
    all,
    all,
    all,
    ACCESS_FLAG | (0xf << 2) | (1 << 6),
    all,
    ACCESS_FLAG | (0xf << 2) | (2 << 6),
    all,
    0,
  ];
  for (let index = 0; index < WINDOW_BYTES / PAGE; index++) {
    const isData = index >= DATA / PAGE && index < DATA / PAGE + 8;
    const sort = isData ? sorts[index % 8]! : all;
    if (sort !== 0) put(level3 + 8 * index, (window + PAGE * index) | sort | 3);
  }
}
