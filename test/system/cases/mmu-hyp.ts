/**
 * Stage 1 of Hyp mode (ARM DDI 0406C B3.6, HTTBR): random tables, ATS1HR and ATS1HW, then a load, store or fetch in Hyp mode. The
 * tables map the monitor to itself.
 */
import { Mode, PSR } from '../../../jit/abi/cpu-state.js';
import type { Random } from '../../conformance/random.js';
import { mcr, mrrc } from '../assembler.js';
import * as CP15 from '../cp15.js';
import { type Image, newInput } from '../image.js';
import { HSCTLR_OFF } from '../monitor.js';
import { IN } from '../record.js';
import { ACCESSES, dataOffset, type TranslationContext } from './mmu.js';
import { hypContext } from './mmu-long.js';

const CONTEXTS = 12;
const HSCTLR = { M: 1 << 0, A: 1 << 1, WXN: 1 << 19, EE: 1 << 25 } as const;
/** HTCR[31] and [23] are RAO. */
const HTCR_FIXED = 0x8080_0000;
const HTCR_CACHEABILITY = 0x3f00;
const T0SZ = 7;

/** Those that Hyp mode has: LDRT and its like are UNPREDICTABLE there, and SCTLR.SW is not its own. */
const HYP_ACCESSES = ACCESSES.filter(([name]) => !/^(ldr|str)[bh]?t$|^swp/.test(name));

export function mmuHyp(image: Image, random: Random, count: number): void {
  if (!image.kind.virtualization) return;
  for (let number = 0; number < CONTEXTS; number++) {
    const context = hypContext(image, random, number);
    for (let index = 0; index < Math.ceil(count / CONTEXTS); index++) addCase(image, random, context);
  }
}

function addCase(image: Image, random: Random, context: TranslationContext): void {
  const input = newInput(random, Mode.HYP);
  const [name, ...access] = random.pick(HYP_ACCESSES);
  input[IN.R] = context.page(random) + (name.startsWith('bx') ? 4 * random.below(500) : dataOffset(random));
  input[IN.R + 1] = random.word();
  if (random.chance(0.15)) input[IN.CPSR] |= PSR.E;
  input[IN.HSCTLR] = HSCTLR_OFF | HSCTLR.M;
  if (random.chance(0.3)) input[IN.HSCTLR] |= HSCTLR.A;
  if (random.chance(0.3)) input[IN.HSCTLR] |= HSCTLR.WXN;
  if (context.bigEndian) input[IN.HSCTLR] |= HSCTLR.EE;
  input[IN.HTCR] = (context.ttbcr & T0SZ) | HTCR_FIXED | (random.word() & HTCR_CACHEABILITY);
  input[IN.HTTBR] = context.ttbr0;
  input[IN.HMAIR0] = context.prrr;
  input[IN.HMAIR1] = context.nmrr;
  const translations = [CP15.ATS1HR, CP15.ATS1HW].flatMap((register, n) => [
    mcr(0, register),
    mrrc(2 + 2 * n, 3 + 2 * n, 0, 7),
  ]);
  image.add({
    class: 'mmu hyp',
    name: `${name} ${(input[IN.R]! >>> 0).toString(16)}`,
    code: [...translations, ...access],
    words: true,
    input,
  });
}
