import type { InstructionClass } from '../../jit/isa/instruction.js';
import { WINDOW, WINDOW_WORDS } from './memory-map.js';
import { Random } from './random.js';
import type { Input } from './test-case.js';
import { doubleword, fpscr, integer } from './values.js';

/** The state that a case of this class starts from: a pure function of the seed. */
export function makeInput(kind: InstructionClass | undefined, seed: number): Input {
  const random = new Random(seed);
  const registers = Int32Array.from({ length: 15 }, () => integer(random));
  registers[13] = windowAddress(random);
  const vectors = new Int32Array(64);
  const usesVectors = kind !== undefined && /vfp|simd/.test(kind);
  for (let index = 0; index < 64; index += 2) {
    if (usesVectors) vectors.set(doubleword(random), index);
    else vectors[index] = index;
  }
  return {
    registers,
    flags: random.word() & (0xf80f_0000 | 0),
    fpscr: usesVectors ? fpscr(random) : 0,
    vectors,
    window: Int32Array.from({ length: WINDOW_WORDS }, () => random.word()),
  };
}

/** An address in the middle of the window, mostly aligned. */
export function windowAddress(random: Random): number {
  const address = WINDOW + 128 + random.below(256);
  const kind = random.below(10);
  if (kind < 5) return address & ~15;
  if (kind < 7) return address & ~7;
  return kind < 9 ? address & ~3 : address;
}
