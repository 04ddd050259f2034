/**
 * Random stage 2 tables (ARM DDI 0406C B3.6.5), below stage 1 tables of both formats and below none: accesses from Non-secure
 * modes, and ATS12NSO** from Hyp mode. What maps the monitor, and the tables of stage 1, stays as it is.
 */
import { Mode } from '../../../jit/abi/cpu-state.js';
import { HCR } from '../../../jit/abi/registers.js';
import type { Random } from '../../conformance/random.js';
import { mcr, mrrc } from '../assembler.js';
import * as CP15 from '../cp15.js';
import { type Image, newInput } from '../image.js';
import { RAM, TARGET, TARGET_BYTES } from '../memory-map.js';
import { SCTLR_OFF } from '../monitor.js';
import { IN } from '../record.js';
import { ACCESSES, dataOffset, MONITOR_FROM, MONITOR_TO, type TranslationContext } from './mmu.js';
import { longContext } from './mmu-long.js';
import { shortContext } from './mmu-short.js';

const BLOCK = 0x20_0000;
const PAGE = 0x1000;
const ENTRIES = 512;
const NOWHERE = 0x5000_0000;
const SCTLR_M = 1;
/** SWP is not UNDEFINED. */
const SCTLR_SW = 1 << 10;
/** Normal memory, write-back, Inner Shareable, AF, read and write. */
const MONITOR_ATTRIBUTES = 0x7fc;

/** Starts of the walk: SL0 and T0SZ. The monitor is below 2^31. */
const SHAPES = [
  { sl0: 1, t0sz: 0 },
  { sl0: 1, t0sz: 1 },
  { sl0: 1, t0sz: -2 },
  { sl0: 1, t0sz: -8 },
  { sl0: 0, t0sz: 1 },
  { sl0: 0, t0sz: 0 },
  { sl0: 0, t0sz: -2 },
] as const;

interface Stage2 {
  readonly vtcr: number;
  readonly vttbr: number;
}

/** Accesses of one register each, with different registers and addressing modes: what HSR.ISS tells. */
export const SINGLE: readonly (readonly [name: string, ...code: number[]])[] = [
  ['ldr r7', 0xe590_7000],
  ['ldr lr, reg', 0xe790_e008],
  ['str sp', 0xe580_d000],
  ['strb r12', 0xe5c0_c000],
  ['ldrsb r3', 0xe1d0_30d0],
  ['ldrh r4', 0xe1d0_40b0],
  ['strh r5', 0xe1c0_50b0],
  ['ldr r7 post', 0xe490_7004],
  ['str r7 pre', 0xe5a0_7000],
];

/** Addresses of stage 1 that is off: where the target is, near it, and everywhere. */
function flatPage(random: Random): number {
  for (;;) {
    const page = random.chance(0.6)
      ? TARGET + PAGE * random.below(TARGET_BYTES / PAGE)
      : (random.word() & 0xffef_f000) >>> 0;
    const inMonitor = page >= MONITOR_FROM && page < MONITOR_TO;
    if (!inMonitor || (page >= TARGET && page < TARGET + TARGET_BYTES)) return page;
  }
}

export function mmuStage2(image: Image, random: Random, count: number): void {
  if (!image.kind.virtualization) return;
  const share = Math.ceil(count / (2 * SHAPES.length));
  SHAPES.forEach((shape, number) => {
    const stage2 = stage2Tables(image, random, shape.sl0, shape.t0sz);
    const context = number % 2 === 0 ? longContext(image, random, number) : shortContext(image, random);
    for (let index = 0; index < share; index++) {
      addCase(image, random, stage2, undefined);
      addCase(image, random, stage2, context);
    }
  });
}

function addCase(
  image: Image,
  random: Random,
  stage2: Stage2,
  context: TranslationContext | undefined,
): void {
  const mode = random.pick([Mode.USR, Mode.SVC, Mode.SYS, Mode.IRQ, Mode.HYP]);
  const input = newInput(random, mode);
  const [name, ...access] = random.pick(random.chance(0.5) ? ACCESSES : SINGLE);
  const page = context?.page(random) ?? flatPage(random);
  // A store that crosses into a page where it aborts may have been done in part: later cases would see that.
  const aligned = /^(bx|st|push|vst|swp)/.test(name);
  const offset = aligned ? (name.startsWith('bx') ? 0 : 0x800) + 4 * random.below(480) : dataOffset(random);
  input[IN.R] = page + offset;
  input[IN.R + 1] = random.word();
  input[IN.R + 8] = 0;
  input[IN.SCTLR] = SCTLR_OFF | SCTLR_SW | (context === undefined ? 0 : SCTLR_M);
  if (context !== undefined) {
    if (context.bigEndian) input[IN.SCTLR] |= 1 << 25;
    input[IN.TTBCR] = context.ttbcr;
    input[IN.TTBR0] = context.ttbr0;
    input[IN.TTBR0 + 1] = 0;
    input[IN.TTBR1] = context.ttbr1;
    input[IN.TTBR1 + 1] = 0;
    input[IN.PRRR] = context.prrr;
    input[IN.NMRR] = context.nmrr;
    input[IN.DACR] = 0xd555_5555;
  } else {
    input[IN.TTBCR] = 0;
  }
  input[IN.HCR] = HCR.VM | (context === undefined && random.chance(0.5) ? HCR.DC : 0);
  input[IN.VTCR] = stage2.vtcr;
  input[IN.VTTBR] = stage2.vttbr;
  input[IN.VTTBR + 1] = random.below(256) << 16;
  const translations = [CP15.ATS12NSOPR, CP15.ATS12NSOPW, CP15.ATS12NSOUR, CP15.ATS12NSOUW].flatMap(
    (register, n) => [mcr(0, register), mrrc(2 + 2 * n, 3 + 2 * n, 0, 7)],
  );
  image.add({
    class: 'mmu stage 2',
    name: `${mode === Mode.HYP ? 'ats12nso' : name} ${(input[IN.R]! >>> 0).toString(16)}`,
    code: mode === Mode.HYP ? translations : access,
    words: true,
    input,
  });
}

/** Tables for the first 2^(32 - t0sz) bytes. */
function stage2Tables(image: Image, random: Random, sl0: number, t0sz: number): Stage2 {
  const target = targetPages(image, random);
  const others = Array.from({ length: 2 }, () => randomBlocks(image, random, target));
  const monitor = randomBlocks(image, random, target);
  for (let pa = MONITOR_FROM; pa < MONITOR_TO; pa += BLOCK) {
    setEntry(monitor, (pa - RAM) / BLOCK, (pa | MONITOR_ATTRIBUTES | 1) >>> 0, 0);
  }
  setEntry(monitor, (TARGET - RAM) / BLOCK, target.address | 3, 0);
  const vtcr = 0x8000_0000 | (sl0 << 6) | (t0sz & 0x1f) | 0;
  const gigabytes = 2 ** (2 - t0sz);
  if (sl0 === 0) {
    // Tables of level 2 side by side.
    const size = PAGE * gigabytes;
    const first = image.allocateTable(size, size);
    for (let gigabyte = 0; gigabyte < gigabytes; gigabyte++) {
      const source = gigabyte === 1 ? monitor : random.pick(others);
      first.words.set(source.words, (gigabyte * PAGE) / 4);
    }
    return { vtcr, vttbr: first.address };
  }
  const size = Math.max(8 * gigabytes, 64);
  const first = image.allocateTable(size, size);
  for (let gigabyte = 0; gigabyte < gigabytes; gigabyte++) {
    const kind = gigabyte === 1 ? -1 : random.below(5);
    const { low, high } = attributes(random);
    if (kind === -1) setEntry(first, gigabyte, monitor.address | 3, 0);
    else if (kind === 0) setEntry(first, gigabyte, (RAM | low | 1) >>> 0, high);
    else if (kind === 1) setEntry(first, gigabyte, (random.word() & ~1) >>> 0, random.word());
    else setEntry(first, gigabyte, random.pick(others).address | 3, 0);
  }
  return { vtcr, vttbr: first.address };
}

type Level = ReturnType<Image['allocateTable']>;

function setEntry({ words }: Level, index: number, low: number, high: number): void {
  words[2 * index] = low >>> 0;
  words[2 * index + 1] = high >>> 0;
}

/** MemAttr, HAP, SH, mostly AF; sometimes XN. */
function attributes(random: Random): { low: number; high: number } {
  const readWrite = random.chance(0.6) ? 3 << 6 : random.word() & (3 << 6);
  const memory = random.chance(0.8) ? 15 << 2 : random.pick([0, 1, 5, 10, 15]) << 2;
  const flags = (random.word() & (3 << 8)) | (random.chance(0.9) ? 1 << 10 : 0);
  return { low: readWrite | memory | flags, high: random.chance(0.2) ? 1 << 22 : 0 };
}

/** Level 2: blocks and tables that lead to the target, and entries that lead nowhere. */
function randomBlocks(image: Image, random: Random, pages: Level): Level {
  const level = image.allocateTable(PAGE, PAGE);
  for (let index = 0; index < ENTRIES; index++) {
    const { low, high } = attributes(random);
    const kind = random.below(8);
    if (kind === 0) setEntry(level, index, (random.word() & ~1) >>> 0, random.word());
    else if (kind < 4) setEntry(level, index, pages.address | 3, 0);
    else if (kind === 4) setEntry(level, index, (NOWHERE | low | 1) >>> 0, high);
    else setEntry(level, index, (TARGET | low | 1) >>> 0, high);
  }
  return level;
}

/** Level 3: pages of the target, in no order; what lies behind it, the tables of stage 1, is mapped to itself. */
function targetPages(image: Image, random: Random): Level {
  const level = image.allocateTable(PAGE, PAGE);
  for (let index = 0; index < ENTRIES; index++) {
    if (index >= TARGET_BYTES / PAGE) {
      setEntry(level, index, ((TARGET + PAGE * index) | MONITOR_ATTRIBUTES | 3) >>> 0, 0);
      continue;
    }
    const { low, high } = attributes(random);
    const kind = random.below(10);
    const base = kind === 1 ? NOWHERE : TARGET + PAGE * random.below(TARGET_BYTES / PAGE - 1);
    setEntry(level, index, (base | low | (kind === 0 ? random.below(3) : 3)) >>> 0, high);
  }
  return level;
}
