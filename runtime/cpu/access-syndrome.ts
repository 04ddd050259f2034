import type { Definition, Instruction } from '../../jit/isa/instruction.js';

/** HSR.ISS of a data abort (ARM DDI 0406C B3.13.6). */
const ISV = 1 << 24;
const SAS_SHIFT = 22;
const SSE = 1 << 21;
const SRT_SHIFT = 16;

/** SAS by the letter of the mnemonic. */
const SIZE: Readonly<Record<string, number>> = { B: 0, H: 1, '': 2 };

/** LDR, LDRB, LDRSH, LDRT, STRHT and the others of one register; not LDRD, LDREX, LDA. */
const SINGLE_REGISTER = /^(?:LDR|STR)(S?)([BH]?)T?(?: \(.*\))?$/;

/** ISV, SAS and SSE of a definition's instructions; 0 for those that never have a syndrome. */
const syndromes = new Map<Definition, number>();
/** What was asked about last: a guest's drivers repeat themselves. */
let lastDefinition: Definition | undefined;
let lastSyndrome = 0;

function syndromeOf(definition: Definition): number {
  if (definition === lastDefinition) return lastSyndrome;
  let syndrome = syndromes.get(definition);
  if (syndrome === undefined) {
    const match = SINGLE_REGISTER.exec(definition.name);
    syndrome = match === null ? 0 : ISV | (SIZE[match[2]!]! << SAS_SHIFT) | (match[1] === 'S' ? SSE : 0);
    syndromes.set(definition, syndrome);
  }
  lastDefinition = definition;
  lastSyndrome = syndrome;
  return syndrome;
}

/** Whether a definition's instructions load or store one register, and no more. */
export function transfersOneRegister(definition: Definition): boolean {
  return syndromeOf(definition) !== 0;
}

/**
 * HSR.ISS[24:16], the instruction syndrome, for a load or store that aborts: ISV, SAS, SSE and SRT. 0 where the architecture
 * gives none: write-back, Rt = 15, and whatever transfers more or less than one register (ARM DDI 0406C B3.13.6).
 */
export function accessSyndrome(instruction: Instruction): number {
  const syndrome = syndromeOf(instruction.definition);
  if (syndrome === 0 || instruction.w !== 0 || instruction.t === 15) return 0;
  return syndrome | (instruction.t << SRT_SHIFT);
}
