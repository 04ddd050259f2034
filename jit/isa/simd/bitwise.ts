/** Bitwise instructions, and those with a modified immediate (ARM DDI 0406C A7.4.1, A7.4.6). */
import type { Definition, Instruction, Semantics } from '../instruction.js';
import type { I32 } from '../ops.js';
import { bothSets, SAME, sized } from './encoding.js';
import { fromDM, fromDNM, fromM, fromNM } from './semantics.js';

const logical = (u: number, size: string) =>
  sized(`1111001${u}0d${size} nnnn dddd 0001 yqm1 mmmm`, [8], SAME);

/** AdvSIMDExpandImm() (A7.4.6): i and k become the low and high word. */
function expandImmediate(f: Instruction): void {
  const imm8 = f.i;
  const cmode = (f.raw >>> 8) & 15;
  const op = (f.raw >>> 5) & 1;
  if (cmode < 8) f.i = imm8 << (4 * (cmode & 6));
  else if (cmode < 12) f.i = (imm8 << (4 * (cmode & 2))) * 0x10001;
  else if (cmode === 12) f.i = (imm8 << 8) | 0xff;
  else if (cmode === 13) f.i = (imm8 << 16) | 0xffff;
  else if (cmode === 15) {
    const exponent = imm8 & 0x40 ? 0x3e00_0000 : 0x4000_0000;
    f.i = ((imm8 & 0x80) << 24) | exponent | ((imm8 & 0x3f) << 19);
  } else if (op === 0) f.i = Math.imul(imm8, 0x0101_0101);
  else {
    f.i = bitsToBytes(imm8 & 15);
    f.k = bitsToBytes(imm8 >> 4);
    return;
  }
  f.i |= 0;
  f.k = f.i;
}

function bitsToBytes(bits: number): number {
  let word = 0;
  for (let n = 0; n < 4; n++) if (bits & (1 << n)) word |= 0xff << (8 * n);
  return word;
}

/** One pattern for each of the `cmode` patterns. */
function immediate(cmodes: readonly string[], op: number, number: number) {
  return cmodes.flatMap((cmode) =>
    bothSets(`1111001i1d 000iii dddd ${cmode} 0q${op}1 iiii`, number, (f) => {
      expandImmediate(f);
      return SAME(f);
    }),
  );
}

const setToImmediate: Semantics = (o, f) => {
  o.simd.checkEnabled();
  o.simd.set(f.d, f.q, o.simd.constant(f.i, f.k, f.q));
};

export const bitwise: readonly Definition[] = [
  {
    name: 'VAND (register)',
    section: 'A8.8.287',
    class: 'simd',
    encodings: logical(0, '00'),
    exec: fromNM((v, n, m, f) => v.and(n, m, f.q)),
  },
  {
    name: 'VBIC (register)',
    section: 'A8.8.289',
    class: 'simd',
    encodings: logical(0, '01'),
    exec: fromNM((v, n, m, f) => v.andNot(n, m, f.q)),
  },
  {
    // With n = m this is VMOV (register), A8.8.340.
    name: 'VORR (register)',
    section: 'A8.8.360',
    class: 'simd',
    encodings: logical(0, '10'),
    exec: fromNM((v, n, m, f) => v.or(n, m, f.q)),
  },
  {
    name: 'VORN (register)',
    section: 'A8.8.358',
    class: 'simd',
    encodings: logical(0, '11'),
    exec: fromNM((v, n, m, f) => v.or(n, v.not(m, f.q), f.q)),
  },
  {
    name: 'VEOR',
    section: 'A8.8.315',
    class: 'simd',
    encodings: logical(1, '00'),
    exec: fromNM((v, n, m, f) => v.xor(n, m, f.q)),
  },
  {
    name: 'VBSL',
    section: 'A8.8.290',
    class: 'simd',
    encodings: logical(1, '01'),
    exec: fromDNM((v, d, n, m, f) => v.bitSelect(d, n, m, f.q)),
  },
  {
    name: 'VBIT',
    section: 'A8.8.290',
    class: 'simd',
    encodings: logical(1, '10'),
    exec: fromDNM((v, d, n, m, f) => v.bitSelect(m, n, d, f.q)),
  },
  {
    name: 'VBIF',
    section: 'A8.8.290',
    class: 'simd',
    encodings: logical(1, '11'),
    exec: fromDNM((v, d, n, m, f) => v.bitSelect(m, d, n, f.q)),
  },
  {
    name: 'VMVN (register)',
    section: 'A8.8.354',
    class: 'simd',
    encodings: sized('111100111d11 ee00 dddd 0101 1qm0 mmmm', [8], SAME),
    exec: fromM((v, m, f) => v.not(m, f.q)),
  },
  {
    name: 'VSWP',
    section: 'A8.8.418',
    class: 'simd',
    encodings: sized('111100111d11 ee10 dddd 0000 0qm0 mmmm', [8], SAME),
    exec: (o, f) => {
      const v = o.simd;
      v.checkEnabled();
      const m = v.get(f.m, f.q);
      // A copy, as d is about to be overwritten.
      const d = v.or(v.get(f.d, f.q), v.constant(0, 0, f.q), f.q);
      v.set(f.d, f.q, m);
      v.set(f.m, f.q, d);
    },
  },
  {
    name: 'VMOV (immediate)',
    section: 'A8.8.339',
    class: 'simd',
    encodings: [...immediate(['0kk0', '10k0', '110k', '111k'], 0, 1), ...immediate(['1110'], 1, 1)],
    exec: setToImmediate,
  },
  {
    name: 'VMVN (immediate)',
    section: 'A8.8.353',
    class: 'simd',
    encodings: immediate(['0kk0', '10k0', '110k'], 1, 1),
    exec: (o, f) => {
      o.simd.checkEnabled();
      o.simd.set(f.d, f.q, o.simd.constant(~f.i, ~f.k, f.q));
    },
  },
  {
    name: 'VORR (immediate)',
    section: 'A8.8.359',
    class: 'simd',
    encodings: immediate(['0kk1', '10k1'], 0, 1),
    exec: fromDM((v, d, _, f) => v.or(d, v.constant(f.i, f.k, f.q), f.q)),
  },
  {
    name: 'VBIC (immediate)',
    section: 'A8.8.288',
    class: 'simd',
    encodings: immediate(['0kk1', '10k1'], 1, 1),
    exec: fromDM((v, d, _, f) => v.andNot(d, v.constant(f.i, f.k, f.q), f.q)),
  },
  {
    name: 'VDUP (ARM core register)',
    section: 'A8.8.314',
    class: 'simd',
    encodings: duplicateEncodings(),
    exec: (o, f) => {
      o.simd.checkEnabled();
      const value: I32 = o.reg(f.t);
      o.simd.set(f.d, f.q, o.simd.splat(value, f.e, f.q));
    },
  },
];

/** B:E is the element size: 00 word, 01 halfword, 10 byte. The register's D bit is the pattern's bit 7. */
function duplicateEncodings() {
  return [
    { bits: '00', esize: 32 },
    { bits: '01', esize: 16 },
    { bits: '10', esize: 8 },
  ].flatMap(({ bits, esize }) =>
    bothSets(`cccc 1110 1${bits[0]}q0 nnnn tttt 1011 y0${bits[1]}1 0000`, 1, (f) => {
      f.e = esize;
      f.n |= f.y << 4;
      f.d = f.n;
      f.n = 0;
      f.y = 0;
      return SAME(f);
    }),
  );
}
