import type { Encoding } from '../instruction.js';
import { literal12 } from './address.js';

/**
 * The T32 literal form of a load: Rn = 1111 takes precedence over every other form, whatever bits 11:0 are
 * (ARM DDI 0406C A6.3.7 to A6.3.9). It therefore overlaps the forms with a base register partly, and each of
 * these intersections is a pattern of its own.
 * @param sign bit 24: signed
 * @param opcode bits 22:20: size and L
 * @param t bits 15:12, `tttt` or `1111` for the preload hints
 */
export function literalT32(name: string, sign: '0' | '1', opcode: string, t: string): Encoding[] {
  const pattern = (u: string, low: string): Encoding => ({
    set: 'T32',
    name,
    pattern: `1111 100${sign} ${u}${opcode} 1111 ${t} ${low}`,
    decode: literal12,
  });
  return [
    pattern('1', '............'),
    pattern('0', '............'),
    pattern('0', '1..1 ........'),
    pattern('0', '1100 ........'),
    pattern('0', '1110 ........'),
    pattern('0', '000000 ......'),
  ];
}
