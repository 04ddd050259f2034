/**
 * Every fault of stage 2 at every level (ARM DDI 0406C B3.12.3, table B3-24): of fetches, of accesses with and without an instruction
 * syndrome in A32 and Thumb, and of the walks of stage 1. Each case has an address whose descriptor at one level is wrong.
 */
import { Mode, PSR } from '../../../jit/abi/cpu-state.js';
import { HCR } from '../../../jit/abi/registers.js';
import type { Random } from '../../conformance/random.js';
import { type Image, newInput } from '../image.js';
import { RAM, TARGET } from '../memory-map.js';
import { SCTLR_OFF } from '../monitor.js';
import { IN } from '../record.js';
import { ACCESSES } from './mmu.js';
import { SINGLE } from './mmu-stage2.js';

export type Level = 1 | 2 | 3;

const PAGE = 0x1000;
const NOWHERE = 0x5000_0000;
/** 4 GiB of intermediate physical addresses, from level 1 on. */
const VTCR = 0x8000_0040 | 0;
const SCTLR_M = 1 << 0;
const SCTLR_SW = 1 << 10;
const TTBCR_EAE = 0x8000_0000 | 0;
const AF = 1 << 10;
const SH = 3 << 8;
const NORMAL = 0xf << 2;
const DEVICE = 0x1 << 2;
const HAP = { NONE: 0, READ: 1 << 6, WRITE: 2 << 6, ALL: 3 << 6 } as const;
/** XN, of the upper word. */
const XN = 1 << 22;
const GOOD = NORMAL | HAP.ALL | SH | AF;

/** The intermediate physical address that is mapped wrongly; a block of level 1 would lead it to TARGET. */
const WRONG = 0x8000_0000 + (TARGET - RAM);
const WRONG_GIGABYTE = 2;
/** The virtual address whose stage 1 table is at {@link WRONG}. */
const BEHIND_WRONG_TABLE = 0x8000_1800;

interface Descriptor {
  readonly low: number;
  readonly high?: number;
}

interface Fault {
  readonly name: string;
  readonly levels: readonly Level[];
  /** Of the block or page at the level. */
  readonly descriptor: (type: number) => Descriptor;
  /** Also of the walk of stage 1, with these bits of HCR. */
  readonly ofWalks?: number;
}

const ALL_LEVELS: readonly Level[] = [1, 2, 3];

const mapped = (attributes: number, high?: number) => (type: number) => ({
  low: TARGET | attributes | type,
  ...(high !== undefined && { high }),
});

const FAULTS: readonly Fault[] = [
  { name: 'invalid', levels: ALL_LEVELS, descriptor: () => ({ low: TARGET | GOOD }), ofWalks: 0 },
  { name: 'reserved', levels: [3], descriptor: () => ({ low: TARGET | GOOD | 1 }), ofWalks: 0 },
  { name: 'access flag', levels: ALL_LEVELS, descriptor: mapped(GOOD & ~AF), ofWalks: 0 },
  { name: 'no access', levels: ALL_LEVELS, descriptor: mapped((GOOD & ~HAP.ALL) | HAP.NONE), ofWalks: 0 },
  { name: 'read-only', levels: ALL_LEVELS, descriptor: mapped((GOOD & ~HAP.ALL) | HAP.READ) },
  { name: 'write-only', levels: ALL_LEVELS, descriptor: mapped((GOOD & ~HAP.ALL) | HAP.WRITE), ofWalks: 0 },
  { name: 'execute-never', levels: ALL_LEVELS, descriptor: mapped(GOOD, XN) },
  // The table that has the descriptor is not in memory.
  { name: 'no memory', levels: [2, 3], descriptor: () => ({ low: NOWHERE }), ofWalks: 0 },
  {
    name: 'device',
    levels: ALL_LEVELS,
    descriptor: mapped((GOOD & ~NORMAL & ~SH) | DEVICE),
    ofWalks: HCR.PTW,
  },
];

/** Thumb: halfwords. */
const THUMB: readonly (readonly [name: string, ...code: number[]])[] = [
  ['thumb ldr r1', 0x6801],
  ['thumb ldr r7, reg', 0x5807],
  ['thumb strh r6', 0x8006],
  ['thumb ldrb r2', 0x7802],
  ['thumb stm', 0xc030],
  ['thumb ldr.w lr', 0xf8d0, 0xe000],
  ['thumb strb.w r9', 0xf880, 0x9000],
  ['thumb ldrsh.w r10', 0xf9b0, 0xa000],
  ['thumb ldr.w r11 post', 0xf850, 0xbb04],
  ['thumb ldrd', 0xe9d0, 0x2300],
];

export function stage2Faults(image: Image, random: Random): void {
  if (!image.kind.virtualization) return;
  for (const { name, levels, descriptor, ofWalks } of FAULTS) {
    for (const level of levels) {
      const vttbr =
        name === 'no memory'
          ? tablesTo(image, (level - 1) as Level, () => ({ low: NOWHERE | 3 }))
          : tablesTo(image, level, descriptor);
      const title = `${name}, level ${level}`;
      // Twice in the list: only the first of a name counts.
      const accesses = new Map([...ACCESSES, ...SINGLE].map((access) => [access[0], access]));
      for (const [access, ...code] of accesses.values()) addCase(`${access}: ${title}`, vttbr, code, true);
      for (const [access, ...code] of THUMB) addCase(`${access}: ${title}`, vttbr, code, false);
      if (ofWalks === undefined) continue;
      const ttbr0 = stage1Tables(image);
      for (const [access, ...code] of WALKED) {
        addCase(`${access} behind a table: ${title}`, vttbr, code, true, { ttbr0, hcr: ofWalks });
      }
    }
  }
  // The first table itself: no fetch gets through.
  addCase('fetch: no memory, level 1', NOWHERE, [0xe1a0_0000], true);

  function addCase(
    name: string,
    vttbr: number,
    code: readonly number[],
    words: boolean,
    stage1?: { readonly ttbr0: number; readonly hcr: number },
  ): void {
    const input = newInput(random, Mode.SVC);
    if (!words) input[IN.CPSR] |= PSR.T;
    const isFetch = name.startsWith('bx');
    input[IN.R] = stage1 === undefined ? WRONG + (isFetch ? 0 : 0x800) : BEHIND_WRONG_TABLE;
    input[IN.R + 1] = random.word();
    input[IN.R + 8] = 0;
    input[IN.HCR] = HCR.VM | (stage1?.hcr ?? 0);
    input[IN.VTCR] = VTCR;
    input[IN.VTTBR] = vttbr;
    input[IN.VTTBR + 1] = random.below(256) << 16;
    input[IN.SCTLR] = SCTLR_OFF | SCTLR_SW | (stage1 === undefined ? 0 : SCTLR_M);
    input[IN.TTBCR] = 0;
    if (stage1 !== undefined) {
      input[IN.TTBCR] = TTBCR_EAE;
      input[IN.TTBR0] = stage1.ttbr0;
      input[IN.TTBR0 + 1] = 0;
      // Attribute 0: Normal, write-back.
      input[IN.PRRR] = 0xff;
    }
    image.add({ class: 'stage 2 faults', name, code, words, input });
  }
}

/** Accesses whose address is behind a wrong table of stage 1. */
const WALKED: readonly (readonly [name: string, ...code: number[]])[] = [
  ['ldr', 0xe590_1000],
  ['str', 0xe580_1000],
  ['stm', 0xe880_007c],
  ['bx', 0xe12f_ff10],
];

/** Tables that map the monitor to itself, and {@link WRONG} by `descriptor` at `level`. @returns the first one's address */
function tablesTo(image: Image, level: Level, descriptor: (type: number) => Descriptor): number {
  const first = image.allocateTable(64, 64);
  setEntry(first, 1, { low: RAM | GOOD | 1 });
  let table = first;
  let index = WRONG_GIGABYTE;
  for (let below = 2; below <= level; below++) {
    const next = image.allocateTable(PAGE, PAGE);
    setEntry(table, index, { low: next.address | 3 });
    table = next;
    index = below === 2 ? (WRONG >>> 21) & 511 : (WRONG >>> 12) & 511;
  }
  // A block of a gigabyte begins at the start of RAM, not at TARGET.
  const { low, high } = descriptor(level === 3 ? 3 : 1);
  setEntry(table, index, {
    low: level === 1 ? low & ~(TARGET - RAM) : low,
    ...(high !== undefined && { high }),
  });
  return first.address;
}

/** Stage 1 that maps the monitor to itself, and has its table of level 2 for {@link BEHIND_WRONG_TABLE} at {@link WRONG}. */
function stage1Tables(image: Image): number {
  const first = image.allocateTable(64, 64);
  setEntry(first, 1, { low: RAM | SH | AF | 1 });
  setEntry(first, WRONG_GIGABYTE, { low: WRONG | 3 });
  return first.address;
}

function setEntry({ words }: { words: Uint32Array }, index: number, { low, high = 0 }: Descriptor): void {
  words[2 * index] = low >>> 0;
  words[2 * index + 1] = high >>> 0;
}
