import type { Definition } from '../../jit/isa/instruction.js';
import { transfersOneRegister } from '../cpu/access-syndrome.js';

/** Those besides loads and stores of one register that end in nothing but register writes once they were trapped. */
const SYSTEM = /^(MRC|MCR|MRRC|MCRR|WFI|WFE|SMC)$/;

const known = new Map<Definition, boolean>();

/**
 * Whether an instruction does nothing but write registers after the point at which it aborts or is trapped: it may go on
 * to its end, and have the registers put back. That is several times faster than leaving it by throwing.
 */
export function isAbandonable(definition: Definition): boolean {
  let abandonable = known.get(definition);
  if (abandonable === undefined) {
    abandonable = SYSTEM.test(definition.name) || transfersOneRegister(definition);
    known.set(definition, abandonable);
  }
  return abandonable;
}
