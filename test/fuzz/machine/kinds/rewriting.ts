/** Code that rewrites itself: by every sort of store, by other addresses of the same page, ahead, behind and under its own feet. */
import { Random } from '../../../conformance/random.js';
import { CodeWriter } from '../code-writer.js';
import { type Draft, makeProgram } from '../generate.js';
import type { MachineKind } from '../kind.js';
import { CODE, CODE_BYTES, SORTS } from '../layout.js';
import { codeStep } from './code.js';

/** A32 stores of R0 (and R1) at R8. */
const STORES_A32 = [
  0xe588_0000, 0xe588_0000, 0xe588_0000, 0xe5c8_0000, 0xe1c8_00b0, 0xe1c8_00f0, 0xe888_0003, 0xe888_000f,
  0xe108_2090, 0xe148_2090, 0xe4a8_0000, 0xed88_0a00, 0xed88_0b00, 0xf408_078f, 0xf408_0a8f,
];
const STORES_T32 = [
  0xf8c8_0000, 0xf8c8_0000, 0xf8c8_0000, 0xf888_0000, 0xf8a8_0000, 0xe9c8_0100, 0xe888_0003, 0xe888_000f,
  0xf848_0e00, 0xed88_0a00, 0xed88_0b00, 0xf908_078f, 0xf908_0a8f,
];
/** LDREX, STREX. */
const EXCLUSIVE_A32 = [0xe198_2f9f, 0xe188_3f90];
const EXCLUSIVE_T32 = [0xe858_2f00, 0xe848_0300];
/** ICIMVAU of R8, BPIALL, DSB, ISB: what the architecture asks for. */
const MAINTENANCE_A32 = [0xee07_8f35, 0xee07_8fd5, 0xf57f_f04f, 0xf57f_f06f];
const MAINTENANCE_T32 = [0xee07_8f35, 0xee07_8fd5, 0xf3bf_8f4f, 0xf3bf_8f6f];
/** Pages of SORTS that are the two pages of code, writable where the tables of short descriptors are used. */
const ALIASES = [13, 14, 77, 78, 109, 110];

/** A word of random code, as it lies in memory. */
function newWord(random: Random, thumb: boolean): number {
  const writer = new CodeWriter(new Random(random.word()), thumb);
  if (random.chance(0.2)) writer.branch(random.below(8) - 4, random.below(15));
  else if (random.chance(0.05)) writer.anything();
  else writer.drawn();
  return writer.words[0]!;
}

function rewrite({ random, code, window }: Draft): void {
  const slot = random.below(60);
  // Where the code comes to lie is not known yet: R12 has an address of it.
  if (random.chance(0.7)) {
    code.emit(code.thumb ? 0xf2af_0804 : 0xe24f_8008); // adr r8, here
    const distance = 4 * (slot - Math.min(slot, 20));
    code.emit(code.thumb ? 0xf108_0800 | (distance & 0xff) : 0xe288_8000 | (distance & 0xff)); // add r8, r8, #distance
  } else if (random.chance(0.5)) {
    const page = random.pick(ALIASES);
    code.constant(8, SORTS + 0x1000 * page + 4 * random.below(1024));
  } else code.constant(8, window + CODE + 4 * random.below(CODE_BYTES >>> 2));
  if (random.chance(0.75)) code.constant(0, newWord(random, code.thumb));
  else code.emit(code.thumb ? 0xf858_0c00 | (4 * random.below(16)) : 0xe518_0000 | (4 * random.below(16))); // ldr r0, [r8, #-n]
  if (random.chance(0.1)) code.emit(...(code.thumb ? EXCLUSIVE_T32 : EXCLUSIVE_A32));
  else code.emit(random.pick(code.thumb ? STORES_T32 : STORES_A32));
  if (random.chance(0.3)) code.emit(...(code.thumb ? MAINTENANCE_T32 : MAINTENANCE_A32));
}

function rewritingStep(draft: Draft): void {
  if (draft.random.chance(0.25)) rewrite(draft);
  else codeStep(draft);
}

export const rewriting: MachineKind = {
  about: 'code that rewrites itself',
  floors: { instructions: 200, regions: 1, entered: 2, rewrites: 0.5 },
  make: (seed) =>
    makeProgram(seed, {
      boards: ['plain', 'plain', 'hyp', 'secure', 'large', 'edge'],
      step: rewritingStep,
      slots: [20, 60],
    }),
};
