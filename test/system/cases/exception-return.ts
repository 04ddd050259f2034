/** SUBS PC, LR and MOVS PC, LR (ARM DDI 0406C B9.3.19, B9.3.20). */
import { Mode, PSR } from '../../../jit/abi/cpu-state.js';
import type { Random } from '../../conformance/random.js';
import { type Image, itState, memoryPsr, modes, newInput } from '../image.js';
import { TARGET } from '../memory-map.js';
import { IN } from '../record.js';
import { exceptionControls } from './table-drawn.js';

type Operands = 'first' | 'second';

/**
 * Opcode in bits 24:21, and which operand the return address is in. The others (ANDS, ADDS, ... with R15 as destination) are
 * exception returns too (B9.3.20), but not in QEMU.
 */
const OPERATIONS: readonly (readonly [name: string, opcode: number, address: Operands])[] = [
  ['subs', 2, 'first'],
  ['movs', 13, 'second'],
];

/** A return address with filler 64 bytes around it. */
function returnAddress(random: Random): number {
  return TARGET + 0x1000 * (1 + random.below(16)) + 0x100 + 4 * random.below(0x100) + random.below(4);
}

export function exceptionReturns(image: Image, random: Random, count: number): void {
  for (let index = 0; index < count; index++) {
    // In Hyp mode they are UNDEFINED (B9.3.20); QEMU executes them.
    const mode = random.pick(modes(image.kind).filter((candidate) => candidate !== Mode.HYP));
    const input = newInput(random, mode);
    const address = returnAddress(random);
    const small = random.below(64);
    const [operation, opcode, where] = random.pick(OPERATIONS);
    input[IN.R + 1] = where === 'second' ? small : address;
    input[IN.R + 2] = where === 'first' ? small : address;
    for (const bank of [IN.FIQ + 5, IN.IRQ, IN.SVC, IN.ABT, IN.UND, IN.USR]) input[bank + 1] = address;
    for (const spsr of [IN.FIQ + 7, IN.IRQ + 2, IN.SVC + 2, IN.ABT + 2, IN.UND + 2]) {
      input[spsr] = memoryPsr(random);
    }
    exceptionControls(input, random);
    const kind = random.below(4);
    let code: number[];
    let name = operation;
    if (kind === 0) {
      name = 'subs pc, lr (T32)';
      code = [0xf3de, 0x8f00 | small];
      input[IN.CPSR] |= PSR.T;
      if (random.chance(0.3)) input[IN.CPSR] |= itState(random, true);
    } else if (kind === 1 && where === 'first') {
      name += ' immediate';
      code = words((0xe211_f000 | (opcode << 21) | small) >>> 0);
    } else code = words((0xe011_f002 | (opcode << 21)) >>> 0);
    image.add({ class: 'exception return', name, code, input });
  }
}

function words(word: number): number[] {
  return [word & 0xffff, word >>> 16];
}
