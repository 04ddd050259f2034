/** Random and near-valid translation tables of both formats and both stages, changed while they are in use. */
import { Mode } from '../../../../jit/abi/cpu-state.js';
import type { Random } from '../../../conformance/random.js';
import { mcr, mrc, mrrc } from '../../../system/assembler.js';
import { ACCESSES } from '../../../system/cases/mmu.js';
import * as CP15 from '../../../system/cp15.js';
import { type Draft, makeProgram } from '../generate.js';
import type { MachineKind } from '../kind.js';
import { DATA, FREE, HYP_TABLES, LONG_TABLES, SHORT_LEVEL1, STAGE2_TABLES } from '../layout.js';
import type { Program } from '../program.js';
import { codeStep } from './code.js';

const PAGE = 0x1000;
const NOWHERE = 0x3000_0000;
/** Megabytes whose mapping is random, all below those of devices and RAM, and some above. */
const MEGABYTES = [
  0x000, 0x001, 0x002, 0x003, 0x010, 0x011, 0x01f, 0x020, 0x100, 0x1ff, 0x200, 0x3ff, 0x800, 0xa00, 0xbff,
  0xc01,
];
const LEVEL1 = FREE;
/** Level 2 of short descriptors: tables of 1 KiB. */
const LEVEL2 = FREE + 0x4000;
const LEVEL2_TABLES = 4;
/** Level 3 of long descriptors. */
const LEVEL3 = FREE + 0x8000;
const LEVEL3_TABLES = 2;

const TLB_OPERATIONS = [
  { opc1: 0, crn: 8, crm: 7, opc2: 0 },
  { opc1: 0, crn: 8, crm: 7, opc2: 1 },
  { opc1: 0, crn: 8, crm: 7, opc2: 2 },
  { opc1: 0, crn: 8, crm: 7, opc2: 3 },
  { opc1: 0, crn: 8, crm: 3, opc2: 0 },
  { opc1: 0, crn: 8, crm: 3, opc2: 1 },
  { opc1: 0, crn: 8, crm: 3, opc2: 3 },
  { opc1: 4, crn: 8, crm: 7, opc2: 0 },
  { opc1: 4, crn: 8, crm: 7, opc2: 1 },
  { opc1: 4, crn: 8, crm: 7, opc2: 4 },
] as const;
const TRANSLATIONS = [
  ...[CP15.ATS1CPR, CP15.ATS1CPW, CP15.ATS1CUR, CP15.ATS1CUW],
  ...[CP15.ATS12NSOPR, CP15.ATS12NSOUW, CP15.ATS1HR, CP15.ATS1HW],
];
/** DSB, ISB. */
const BARRIERS_A32 = [0xf57f_f04f, 0xf57f_f06f];
const BARRIERS_T32 = [0xf3bf_8f4f, 0xf3bf_8f6f];

function page(random: Random, window: number): number {
  return random.chance(0.1) ? NOWHERE : window + DATA + PAGE * random.below(8);
}

function shortEntry(random: Random, window: number): number {
  const domain = random.below(4) << 5;
  switch (random.below(8)) {
    case 0:
      return random.word() & ~3;
    case 1:
    case 2:
    case 3:
    case 4:
      return (window + LEVEL2 + 0x400 * random.below(LEVEL2_TABLES)) | domain | (random.word() & 0xc) | 1;
    case 5:
      return (window & 0xff00_0000) | (random.word() & 0x3fc1c) | 0x4_0002;
    case 6:
      return random.word();
    default:
      return window | domain | (random.word() & 0x3_fc1c) | 2;
  }
}

function shortPage(random: Random, window: number): number {
  const attributes = random.word() & 0xffc;
  switch (random.below(8)) {
    case 0:
      return random.word() & ~3;
    case 1:
      return (window & 0xffff_0000) | (random.word() & 0xf000) | (attributes & ~0x1c0) | 1;
    case 2:
      return random.word();
    case 3:
      return page(random, window) | attributes | 2 | random.below(2);
    default:
      // Full access, or read-only.
      return page(random, window) | 0x3e | (random.word() & 0xa41);
  }
}

/** The low word of a long descriptor: of a page (level 3), or of a block or table. */
function longEntry(random: Random, window: number, level3: boolean): number {
  const flag = random.chance(0.85) ? 0x400 : 0;
  const attributes = (random.chance(0.5) ? random.word() & 0xbfc : (2 << 2) | 0x40) | flag;
  if (random.chance(0.1)) return random.word() & ~1;
  if (level3) return page(random, window) | attributes | (random.chance(0.95) ? 3 : 1);
  if (random.chance(0.6))
    return (window + LEVEL3 + PAGE * random.below(LEVEL3_TABLES)) | (random.word() & 0x7c) | 3;
  return (random.chance(0.9) ? window & 0xffe0_0000 : NOWHERE) | attributes | 1;
}

function longHigh(random: Random, table: boolean): number {
  if (random.chance(0.7)) return 0;
  if (random.chance(0.1)) return random.word();
  return random.word() & (table ? 0x7800_0000 : 0x0070_0000);
}

/** The fixed tables, with random entries for some addresses. */
function writeRandomTables({ random, words, window }: Draft): void {
  const copy = (to: number, from: number, bytes: number) =>
    words.copyWithin(to >>> 2, from >>> 2, (from + bytes) >>> 2);
  copy(LEVEL1, SHORT_LEVEL1, 0x4000);
  for (const megabyte of MEGABYTES) words[(LEVEL1 >>> 2) + megabyte] = shortEntry(random, window);
  for (let table = 0; table < LEVEL2_TABLES; table++) {
    for (let entry = 0; entry < 16; entry++) {
      words[((LEVEL2 + 0x400 * table) >>> 2) + entry] = shortPage(random, window);
    }
  }
  const put = (offset: number, level3: boolean) => {
    const low = longEntry(random, window, level3);
    words[offset >>> 2] = low;
    words[(offset >>> 2) + 1] = longHigh(random, !level3 && (low & 2) !== 0);
  };
  for (const tables of [LONG_TABLES, HYP_TABLES]) {
    for (const megabyte of MEGABYTES)
      put(tables + PAGE * (1 + (megabyte >>> 10)) + 8 * ((megabyte >>> 1) & 0x1ff), false);
  }
  for (let table = 0; table < LEVEL3_TABLES; table++) {
    for (let entry = 0; entry < 16; entry++) put(LEVEL3 + PAGE * table + 8 * entry, true);
  }
  // Stage 2 of the data, and of the tables themselves.
  for (let index = DATA / PAGE; index < DATA / PAGE + 8; index++) {
    const at = (STAGE2_TABLES + 5 * PAGE + 8 * index) >>> 2;
    if (random.chance(0.4)) words[at] = (window + PAGE * index) | (random.word() & 0x7fc) | 0x403;
    else if (random.chance(0.1)) words[at] = random.word();
  }
}

function randomAddress(random: Random): number {
  const address = random.pick(MEGABYTES) * 0x10_0000 + PAGE * random.below(16);
  const kind = random.below(6);
  return (address + (kind === 0 ? PAGE - 1 - random.below(8) : 4 * random.below(1024))) >>> 0;
}

/** R0 is the address of each; A32 and, where there is the same in Thumb, that. */
function access({ random, code }: Draft): void {
  const address = randomAddress(random);
  if (code.thumb || random.chance(0.4)) {
    code.constant(8, address);
    code.drawn(
      random.pick([
        'load-store',
        'load-store',
        'block-transfer',
        'exclusive',
        'vfp-load-store',
        'simd-load-store',
      ]),
    );
    return;
  }
  const [name, ...words] = random.pick(ACCESSES);
  code.constant(0, address);
  // What it fetches there is the data.
  if (!name.startsWith('bx') || random.chance(0.3)) code.emit(...words);
}

/** Changes an entry of the tables that are in use, and mostly tells the TLB. */
function change({ random, code, window }: Draft): void {
  const kind = random.below(4);
  const where =
    kind === 0
      ? LEVEL1 + 4 * random.pick(MEGABYTES)
      : kind === 1
        ? LEVEL2 + 0x400 * random.below(LEVEL2_TABLES) + 4 * random.below(16)
        : kind === 2
          ? LEVEL3 + PAGE * random.below(LEVEL3_TABLES) + 8 * random.below(16)
          : STAGE2_TABLES + 5 * PAGE + DATA / 512 + 8 * random.below(8);
  const value =
    kind === 0
      ? shortEntry(random, window)
      : kind === 1
        ? shortPage(random, window)
        : longEntry(random, window, true);
  code.constant(8, window + where);
  code.constant(0, value);
  code.emit(code.thumb ? 0xf8c8_0000 : 0xe588_0000);
  // Without it, what the TLB holds is either way.
  code.emit(code.thumb ? 0xf3bf_8f4f : 0xf57f_f04f);
  code.emit(mcr(0, TLB_OPERATIONS[0]));
  if (random.chance(0.5)) code.emit(mcr(0, TLB_OPERATIONS[9]));
  code.emit(...(code.thumb ? BARRIERS_T32 : BARRIERS_A32));
}

function tablesStep(draft: Draft): void {
  const { random, code } = draft;
  const kind = random.below(20);
  if (kind < 9) access(draft);
  else if (kind < 12) {
    code.constant(0, randomAddress(random));
    code.emit(
      mcr(0, random.pick(TRANSLATIONS)),
      random.chance(0.5) ? mrrc(2, 3, 0, 7) : mrc(2, { opc1: 0, crn: 7, crm: 4, opc2: 0 }),
    );
  } else if (kind < 14) change(draft);
  else if (kind < 15) {
    code.constant(0, randomAddress(random) | random.below(4));
    code.emit(mcr(0, random.pick(TLB_OPERATIONS)));
    code.emit(...(code.thumb ? BARRIERS_T32 : BARRIERS_A32));
  } else if (kind < 16) {
    // The ASID, or domains.
    code.constant(0, random.chance(0.5) ? random.below(4) : (random.word() & ~3) | 1);
    code.emit(mcr(0, random.chance(0.5) ? CP15.CONTEXTIDR : CP15.DACR));
  } else codeStep(draft);
}

function make(seed: number): Program {
  return makeProgram(seed, {
    boards: ['plain', 'plain', 'hyp', 'hyp', 'secure', 'secure-hyp'],
    modes: [Mode.SVC, Mode.SVC, Mode.USR, Mode.SYS, Mode.ABT, Mode.HYP],
    mmu: 1,
    shortTable: LEVEL1,
    step: tablesStep,
    finish: writeRandomTables,
  });
}

export const tables: MachineKind = {
  about: 'random translation tables of both formats and stages',
  floors: { instructions: 200, regions: 1, entered: 2, faults: 3 },
  make,
};
