import type { Instruction, InstructionSet } from '../../jit/isa/instruction.js';

/** Bits of LDREX by size of the access in bytes. */
const LDREX_A32: Record<number, number> = { 1: 0xe1d0_0f9f, 2: 0xe1f0_0f9f, 4: 0xe190_0f9f, 8: 0xe1b0_0f9f };
const LDREX_T32: Record<number, number> = { 1: 0xe8d0_0f4f, 2: 0xe8d0_0f5f, 4: 0xe850_0f00, 8: 0xe8d0_007f };
const SIZES: Record<string, number> = { STREX: 4, STREXB: 1, STREXH: 2, STREXD: 8 };

/**
 * A load-exclusive that lets the given store-exclusive succeed, into registers that the store does not use.
 * Undefined for other instructions.
 */
export function exclusivePrefix(
  set: InstructionSet,
  raw: number,
  instruction: Instruction,
): number | undefined {
  const size = SIZES[instruction.definition.name];
  if (size === undefined) return undefined;
  const n = (raw >>> 16) & 15;
  const used = [n, raw & 15, (raw & 15) + 1, (raw >>> 8) & 15, (raw >>> 12) & 15];
  const pair = [0, 2, 4, 6, 8, 10].find(
    (register) => !used.includes(register) && !used.includes(register + 1),
  );
  if (pair === undefined || n === 15) return undefined;
  if (set === 'A32') return LDREX_A32[size]! | (n << 16) | (pair << 12);
  const second = size === 8 ? (pair + 1) << 8 : 0;
  const offset = size === 4 ? raw & 0xff : 0;
  return LDREX_T32[size]! | (n << 16) | (pair << 12) | second | offset;
}
