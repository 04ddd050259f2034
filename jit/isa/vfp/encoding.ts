import type { Encoding, Instruction } from '../instruction.js';

/**
 * The A32 and T32 encodings of a VFP instruction, which differ only in the condition field: 1110 in T32.
 * @param pattern bits 27:0
 */
export function encodings(
  pattern: string,
  decode?: Encoding['decode'],
  a32 = 'A1',
  t32 = 'T1',
): readonly Encoding[] {
  return [
    { set: 'A32', name: a32, pattern: `cccc ${pattern}`, decode },
    { set: 'T32', name: t32, pattern: `1110 ${pattern}`, decode },
  ];
}

/*
 * In patterns, `d` is D:Vd, `m` is M:Vm and `n` is Vn:N: five bits in the order in which they stand. These give the
 * register numbers: D:Vd is that of a double, and Vd:D of a single (ARM DDI 0406C A7.3).
 */

/** D:Vd or M:Vm to the number of the single. */
export function single(field: number): number {
  return ((field & 15) << 1) | (field >> 4);
}

/** Vn:N to the number of the double. */
export function doubleN(field: number): number {
  return ((field & 1) << 4) | (field >> 1);
}

/** Operands of one precision: `z` is sz, 1 for doubles. */
export function decodeOperands(f: Instruction): undefined {
  if (f.z) {
    f.n = doubleN(f.n);
  } else {
    f.d = single(f.d);
    f.m = single(f.m);
  }
}
