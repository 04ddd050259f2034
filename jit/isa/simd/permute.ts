/** Rearrangements of elements: VEXT, VTBL, VDUP, VREV, VTRN, VUZP, VZIP (ARM DDI 0406C A7.4). */
import type { Definition, Instruction, Semantics } from '../instruction.js';
import { bothSets, DOUBLEWORDS, operands, SAME, sized } from './encoding.js';
import { fromM, fromNM } from './semantics.js';
import {
  duplicate,
  EVEN,
  extract,
  ODD,
  REVERSE16,
  REVERSE32,
  REVERSE64,
  TRANSPOSE_HIGH,
  TRANSPOSE_LOW,
  ZIP_HIGH,
  ZIP_LOW,
} from './shuffles.js';

const DUPLICATE = operands('q', 8, 8);

const reverse = (b: string, sizes: readonly number[]) =>
  sized(`111100111d11 ee00 dddd 000${b[0]} ${b[1]}qm0 mmmm`, sizes, SAME);
/** Of a doubleword's two words VUZP and VZIP make what VTRN does, and are UNDEFINED. */
const twoResults = (b: string, q: 'q' | 0 | 1, sizes: readonly number[]) =>
  sized(`111100111d11 ee10 dddd 000${b[0]} ${b[1]}${q}m0 mmmm`, sizes, (f) => {
    if (q !== 'q') f.q = q;
    return SAME(f);
  });

/** Both registers change: d gets one rearrangement of d and m, m the other. QEMU writes d last (d = m is UNPREDICTABLE). */
function exchange(low: typeof ZIP_LOW, high: typeof ZIP_LOW): Semantics {
  return (o, f) => {
    const v = o.simd;
    v.checkEnabled();
    const d = v.get(f.d, f.q);
    const m = v.get(f.m, f.q);
    const toD = v.shuffle(d, m, f.q, low.get(f.e, f.q));
    const toM = v.shuffle(d, m, f.q, high.get(f.e, f.q));
    v.set(f.m, f.q, toM);
    v.set(f.d, f.q, toD);
  };
}

const transpose = exchange(TRANSPOSE_LOW, TRANSPOSE_HIGH);

function extractPosition(f: Instruction) {
  if (f.q === 0 && f.i > 7) return 'UNDEFINED';
  return SAME(f);
}

export const permute: readonly Definition[] = [
  {
    name: 'VEXT',
    section: 'A8.8.316',
    class: 'simd',
    encodings: sized('111100101d11 nnnn dddd iiii yqm0 mmmm', [8], extractPosition),
    exec: fromNM((v, n, m, f) => v.shuffle(n, m, f.q, extract(f.i, f.q))),
  },
  {
    name: 'VTBL, VTBX',
    section: 'A8.8.419',
    class: 'simd',
    encodings: sized('111100111d11 nnnn dddd 10ll yxm0 mmmm', [8], (f) => {
      // Bit 6 is op, not Q.
      f.p = f.x;
      DOUBLEWORDS(f);
      f.k = 8 * (f.l + 1);
      // UNPREDICTABLE; QEMU makes it UNDEFINED.
      if (f.n + f.l > 31) return 'UNDEFINED';
    }),
    exec: (o, f) => {
      const v = o.simd;
      v.checkEnabled();
      const low = v.get(f.n, f.k === 8 ? 8 : 16);
      const high = f.k > 16 ? v.get(f.n + 2, f.k === 24 ? 8 : 16) : low;
      const fallback = f.p ? v.get(f.d, 8) : v.constant(0, 0, 8);
      v.set(f.d, 8, v.tableLookup(low, high, f.k, v.get(f.m, 8), fallback));
    },
  },
  {
    name: 'VDUP (scalar)',
    section: 'A8.8.313',
    class: 'simd',
    encodings: [
      { esize: 8, imm4: 'iii1' },
      { esize: 16, imm4: 'ii10' },
      { esize: 32, imm4: 'i100' },
    ].flatMap(({ esize, imm4 }) =>
      bothSets(`111100111d11 ${imm4} dddd 1100 0qm0 mmmm`, 1, (f) => {
        f.e = esize;
        return DUPLICATE(f);
      }),
    ),
    exec: fromM((v, m, f) => v.shuffle(m, m, 8, duplicate(f.i, f.e, f.q))),
  },
  {
    name: 'VREV64',
    section: 'A8.8.386',
    class: 'simd',
    encodings: reverse('00', [8, 16, 32]),
    exec: fromM((v, m, f) => v.shuffle(m, m, f.q, REVERSE64.get(f.e, f.q))),
  },
  {
    name: 'VREV32',
    section: 'A8.8.386',
    class: 'simd',
    encodings: reverse('01', [8, 16]),
    exec: fromM((v, m, f) => v.shuffle(m, m, f.q, REVERSE32.get(f.e, f.q))),
  },
  {
    name: 'VREV16',
    section: 'A8.8.386',
    class: 'simd',
    encodings: reverse('10', [8]),
    exec: fromM((v, m, f) => v.shuffle(m, m, f.q, REVERSE16.get(f.e, f.q))),
  },
  {
    name: 'VTRN',
    section: 'A8.8.420',
    class: 'simd',
    encodings: twoResults('01', 'q', [8, 16, 32]),
    exec: (o, f) => {
      if (f.d !== f.m || f.e !== 32) return transpose(o, f);
      // UNPREDICTABLE; QEMU swaps the words.
      const v = o.simd;
      v.checkEnabled();
      const m = v.get(f.m, f.q);
      v.set(f.d, f.q, v.shuffle(m, m, f.q, REVERSE64.get(32, f.q)));
    },
  },
  {
    name: 'VUZP',
    section: 'A8.8.422',
    class: 'simd',
    encodings: [...twoResults('10', 0, [8, 16]), ...twoResults('10', 1, [8, 16, 32])],
    exec: exchange(EVEN, ODD),
  },
  {
    name: 'VZIP',
    section: 'A8.8.423',
    class: 'simd',
    encodings: [...twoResults('11', 0, [8, 16]), ...twoResults('11', 1, [8, 16, 32])],
    exec: exchange(ZIP_LOW, ZIP_HIGH),
  },
];
