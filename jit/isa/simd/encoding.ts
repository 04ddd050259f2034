/**
 * Encodings of Advanced SIMD instructions. They are written as in A32; the T32 encoding is always the same
 * bits behind another prefix (ARM DDI 0406C A7.4, A7.7).
 *
 * Pattern letters: d, m register numbers with their D and M bit in front; n a register number and y its N bit;
 * q the Q bit; u the U bit; ee the element size, for which each size that is allowed gets a pattern of its
 * own; likewise L and I (imm6) of a shift. After decoding
 *
 * - d, n, m are numbers of D registers, with q, x, z the widths in bytes of what lies there;
 * - e is the element size in bits;
 * - i is an immediate, of shifts the amount; k the high word of a 64-bit one.
 */
import type { DecodeOutcome, Encoding, Instruction } from '../instruction.js';

/** Width of an operand: 8 or 16 bytes, or as the Q bit says. */
export type Width = 8 | 16 | 'q';

export type Decode = (f: Instruction) => DecodeOutcome;

/** `A1` and `T1`, or the like, from an A32 pattern. */
export function bothSets(pattern: string, number: number, decode: Decode): Encoding[] {
  const a32 = pattern.replace(/\s/g, '');
  return [
    { set: 'A32', name: `A${number}`, pattern: a32, decode },
    { set: 'T32', name: `T${number}`, pattern: t32Pattern(a32), decode },
  ];
}

function t32Pattern(a32: string): string {
  if (a32.startsWith('1111001')) return `111${a32[7]}1111${a32.slice(8)}`;
  if (a32.startsWith('11110100')) return `11111001${a32.slice(8)}`;
  return `1110${a32.slice(4)}`;
}

/** Puts the operands' widths into f; UNDEFINED when a quadword begins with an odd register. */
export function operands(d: Width, n: Width, m: Width): Decode {
  return (f) => {
    const quad = f.q !== 0 ? 16 : 8;
    f.n |= f.y << 4;
    f.q = d === 'q' ? quad : d;
    f.x = n === 'q' ? quad : n;
    f.z = m === 'q' ? quad : m;
    if ((f.q === 16 && f.d & 1) || (f.x === 16 && f.n & 1) || (f.z === 16 && f.m & 1)) return 'UNDEFINED';
  };
}

/** All operands as wide as the Q bit says. */
export const SAME = operands('q', 'q', 'q');
/** All operands are doublewords. */
export const DOUBLEWORDS = operands(8, 8, 8);
export const LONG = operands(16, 8, 8);
export const WIDE = operands(16, 16, 8);
export const NARROW = operands(8, 16, 16);

/** As `operands`, m being a scalar: m becomes the number of its register, i its index there. */
export function withScalar(d: Width, n: Width): Decode {
  const registers = operands(d, n, 8);
  return (f) => {
    if (f.e === 16) {
      f.i = f.m >> 3;
      f.m &= 7;
    } else {
      f.i = f.m >> 4;
      f.m &= 15;
    }
    return registers(f);
  };
}

/** One pattern for each element size, in place of the letters `ee`. Without `ee` the size is `sizes[0]`. */
export function sized(pattern: string, sizes: readonly number[], decode: Decode, number = 1): Encoding[] {
  return sizes.flatMap((esize) => {
    const bits = (31 - Math.clz32(esize >> 3)).toString(2).padStart(2, '0');
    return bothSets(pattern.replace('ee', bits), number, (f) => {
      f.e = esize;
      return decode(f);
    });
  });
}

/** imm6 by element size, and with L in front of it for 64 bits. */
const SHIFT_IMMEDIATE: Readonly<Record<number, string>> = {
  8: '001iii',
  16: '01iiii',
  32: '1iiiii',
  64: 'iiiiii',
};

/**
 * One pattern for each element size of an instruction that shifts by an immediate: in place of `I` stands
 * imm6, and in place of `L` (when the pattern has it) L.
 * @param right whether imm6 counts down from the element size
 */
export function shifted(
  pattern: string,
  sizes: readonly number[],
  right: boolean,
  decode: Decode,
  number = 1,
): Encoding[] {
  return sizes.flatMap((esize) => {
    const bits = pattern.replace('I', SHIFT_IMMEDIATE[esize]).replace('L', esize === 64 ? '1' : '0');
    return bothSets(bits, number, (f) => {
      f.e = esize;
      if (right) f.i = esize - f.i;
      return decode(f);
    });
  });
}
