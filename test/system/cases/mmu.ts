/**
 * Translation with random tables: each case asks for four translations by ATS1C** and then makes one access,
 * data or fetch. The tables map the monitor to itself in every context, so that it goes on under any of them.
 */
import { Mode, PSR } from '../../../jit/abi/cpu-state.js';
import type { Random } from '../../conformance/random.js';
import { mcr, mrrc } from '../assembler.js';
import * as CP15 from '../cp15.js';
import { type Image, modes, newInput } from '../image.js';
import { RAM } from '../memory-map.js';
import { SCTLR_OFF } from '../monitor.js';
import { IN } from '../record.js';
import { longContext } from './mmu-long.js';
import { shortContext } from './mmu-short.js';

/** One set of tables, and the registers that go with it. */
export interface TranslationContext {
  readonly ttbcr: number;
  readonly ttbr0: number;
  readonly ttbr1: number;
  readonly prrr: number;
  readonly nmrr: number;
  /** SCTLR.EE: the tables are big-endian. */
  readonly bigEndian: boolean;
  /** The high vectors are mapped. */
  readonly highVectors: boolean;
  /** A virtual address to try, a multiple of 4096. Accesses to it stay within the target memory. */
  page(random: Random): number;
}

/** Sections of the monitor from RAM on that the tables map to themselves. */
export const MONITOR_FROM = RAM + 0x20_0000;
export const MONITOR_TO = RAM + 0x400_0000;

const SCTLR = {
  M: 1 << 0,
  A: 1 << 1,
  SW: 1 << 10,
  V: 1 << 13,
  WXN: 1 << 19,
  UWXN: 1 << 20,
  EE: 1 << 25,
  TRE: 1 << 28,
  AFE: 1 << 29,
} as const;

/** The accesses, R0 being the address. A32 encodings. */
export const ACCESSES: readonly (readonly [name: string, ...code: number[]])[] = [
  ['ldr', 0xe590_1000],
  ['str', 0xe580_1000],
  ['ldrb', 0xe5d0_1000],
  ['strb', 0xe5c0_1000],
  ['ldrsh', 0xe1d0_10f0],
  ['strh', 0xe1c0_10b0],
  ['ldrt', 0xe4b0_1000],
  ['strt', 0xe4a0_1000],
  ['ldrbt', 0xe4f0_1000],
  ['strbt', 0xe4e0_1000],
  ['ldrht', 0xe0f0_10b0],
  ['strht', 0xe0e0_10b0],
  ['ldrd', 0xe1c0_20d0],
  ['strd', 0xe1c0_20f0],
  ['ldm', 0xe890_007c],
  ['stm', 0xe880_007c],
  ['ldmda', 0xe810_007c],
  ['push', 0xe920_007c],
  ['ldrex', 0xe190_1f9f],
  ['strex', 0xe180_1f92],
  ['ldrex, strex', 0xe190_1f9f, 0xe180_3f92],
  ['ldrexd', 0xe1b0_2f9f],
  ['ldrexb', 0xe1d0_1f9f],
  ['swp', 0xe100_1092],
  ['swpb', 0xe140_1092],
  ['vldr', 0xedd0_0b00],
  ['vstr', 0xedc0_0b00],
  ['vld1', 0xf460_078f],
  ['bx', 0xe12f_ff10],
  ['bx', 0xe12f_ff10],
  ['bx', 0xe12f_ff10],
  ['bx thumb', 0xe280_0001, 0xe12f_ff10],
];

const CONTEXTS = 12;

/** Random short descriptors. */
export function mmuShort(image: Image, random: Random, count: number): void {
  for (let context = 0; context < CONTEXTS; context++) {
    addCases(image, random, 'mmu short', shortContext(image, random), Math.ceil(count / CONTEXTS));
  }
}

/** Random long descriptors. */
export function mmuLong(image: Image, random: Random, count: number): void {
  for (let context = 0; context < CONTEXTS; context++) {
    addCases(image, random, 'mmu long', longContext(image, random, context), Math.ceil(count / CONTEXTS));
  }
}

function addCases(
  image: Image,
  random: Random,
  className: string,
  context: TranslationContext,
  count: number,
): void {
  for (let index = 0; index < count; index++) {
    const mode = random.pick(modes(image.kind).filter((candidate) => candidate !== Mode.HYP));
    const [name, ...access] = random.pick(ACCESSES);
    const input = newInput(random, mode);
    const page = context.page(random);
    const isFetch = name.startsWith('bx');
    input[IN.R] = page + (isFetch ? 4 * random.below(500) : dataOffset(random));
    input[IN.R + 1] = random.word();
    const ats = [CP15.ATS1CPR, CP15.ATS1CPW, CP15.ATS1CUR, CP15.ATS1CUW].flatMap((register, n) => [
      mcr(0, register),
      mrrc(2 + 2 * n, 3 + 2 * n, 0, 7),
    ]);
    input[IN.SCTLR] = SCTLR_OFF | SCTLR.M | SCTLR.SW | sometimes(random, [SCTLR.A, SCTLR.TRE, SCTLR.AFE]);
    // With short descriptors QEMU ignores them (B3.7.2 does not).
    if (context.ttbcr < 0) input[IN.SCTLR] |= sometimes(random, [SCTLR.WXN, SCTLR.UWXN]);
    if (context.highVectors && random.chance(0.1)) input[IN.SCTLR] |= SCTLR.V;
    if (context.bigEndian) input[IN.SCTLR] |= SCTLR.EE;
    if (random.chance(0.15)) input[IN.CPSR] |= PSR.E;
    input[IN.TTBCR] = context.ttbcr;
    input[IN.TTBR0] = context.ttbr0;
    input[IN.TTBR0 + 1] = 0;
    input[IN.TTBR1] = context.ttbr1;
    input[IN.TTBR1 + 1] = 0;
    input[IN.PRRR] = context.prrr;
    input[IN.NMRR] = context.nmrr;
    // QEMU looks at the access flag after the domain, and not at all in a manager domain (B3.19.5 has it first).
    input[IN.DACR] = (input[IN.SCTLR]! & SCTLR.AFE) !== 0 ? 0xd555_5555 : random.word() | (0xc000_0000 | 0);
    input[IN.CONTEXTIDR] = random.word();
    image.add({
      class: className,
      name: `${name} ${(input[IN.R]! >>> 0).toString(16)}`,
      code: [...(mode === Mode.USR ? [] : ats), ...access],
      words: true,
      input,
    });
  }
}

/** Data lies in the upper half of each page of the target; near its end, accesses cross into the next page. */
export function dataOffset(random: Random): number {
  const kind = random.below(6);
  if (kind === 0) return 0x1000 - 1 - random.below(8);
  return 0x800 + 4 * random.below(0x1f0) + (kind === 1 ? random.below(4) : 0);
}

function sometimes(random: Random, bits: readonly number[]): number {
  return bits.reduce((all, bit) => (random.chance(0.3) ? all | bit : all), 0);
}
