import type { DecodeOutcome, Definition, Instruction } from '../instruction.js';
import type { I32, Ops } from '../ops.js';
import { encodings, single } from './encoding.js';

/** VLDR, VSTR: `i` becomes the signed offset in bytes; `z` is 1 for a double. */
function decodeOne(f: Instruction): undefined {
  if (!f.z) f.d = single(f.d);
  f.i = f.u ? f.i << 2 : -(f.i << 2);
}

/**
 * VLDM, VSTM: `l` becomes the number of registers, `i` the size of the block in bytes. An odd imm8 with doubles is
 * FLDMX or FSTMX: the base register moves by one word more than is transferred.
 */
function decodeMultiple(f: Instruction): DecodeOutcome {
  const words = f.i;
  if (!f.z) f.d = single(f.d);
  f.l = f.z ? words >> 1 : words;
  f.i = words << 2;
  // UNPREDICTABLE: no registers, too many, past the last one, or write-back to PC.
  if (f.l === 0 || f.d + f.l > 32 || (f.z && f.l > 16) || (f.w && f.n === 15)) return 'UNDEFINED';
  return undefined;
}

/** The base register; from Thumb code R15 is word-aligned (for stores and VLDM too, where it is UNPREDICTABLE). */
function base(o: Ops, n: number, offset: number): I32 {
  return n === 15 ? o.pcRelative(offset) : o.add(o.reg(n), o.imm(offset));
}

function loadMultiple(o: Ops, f: Instruction): void {
  const v = o.vfp;
  v.checkEnabled();
  const start = base(o, f.n, f.u ? 0 : -f.i);
  for (let index = 0; index < f.l; index++) {
    if (f.z) {
      v.setD(f.d + index, v.loadD(o.add(start, o.imm(8 * index))));
    } else {
      v.setS(f.d + index, o.load32Aligned(o.add(start, o.imm(4 * index))));
    }
  }
  if (f.w) o.setReg(f.n, f.u ? o.add(start, o.imm(f.i)) : start);
}

function storeMultiple(o: Ops, f: Instruction): void {
  const v = o.vfp;
  v.checkEnabled();
  const start = base(o, f.n, f.u ? 0 : -f.i);
  for (let index = 0; index < f.l; index++) {
    if (f.z) {
      v.storeD(o.add(start, o.imm(8 * index)), v.getD(f.d + index));
    } else {
      o.store32Aligned(o.add(start, o.imm(4 * index)), v.getS(f.d + index));
    }
  }
  if (f.w) o.setReg(f.n, f.u ? o.add(start, o.imm(f.i)) : start);
}

/** P and U as fields of a pattern are fixed bits there, so decode sets what they mean. */
function increment(f: Instruction): DecodeOutcome {
  f.u = 1;
  return decodeMultiple(f);
}

function decrement(f: Instruction): DecodeOutcome {
  f.w = 1;
  return decodeMultiple(f);
}

/** VLDR, VSTR, VLDM, VSTM, and VPUSH and VPOP, which are VSTMDB and VLDMIA of SP (ARM DDI 0406C A7.6). */
export const vfpLoadStore: readonly Definition[] = [
  {
    name: 'VLDR',
    section: 'A8.8.333',
    class: 'vfp-load-store',
    encodings: encodings('1101 ud01 nnnn dddd 101z iiii iiii', decodeOne),
    exec(o, f) {
      const v = o.vfp;
      v.checkEnabled();
      const address = base(o, f.n, f.i);
      if (f.z) {
        v.setD(f.d, v.loadD(address));
      } else {
        v.setS(f.d, o.load32Aligned(address));
      }
    },
  },
  {
    name: 'VSTR',
    section: 'A8.8.413',
    class: 'vfp-load-store',
    encodings: encodings('1101 ud00 nnnn dddd 101z iiii iiii', decodeOne),
    exec(o, f) {
      const v = o.vfp;
      v.checkEnabled();
      const address = base(o, f.n, f.i);
      if (f.z) {
        v.storeD(address, v.getD(f.d));
      } else {
        o.store32Aligned(address, v.getS(f.d));
      }
    },
  },
  {
    name: 'VLDM',
    section: 'A8.8.332',
    class: 'vfp-load-store',
    encodings: [
      ...encodings('1100 1dw1 nnnn dddd 101z iiii iiii', increment),
      ...encodings('1101 0d11 nnnn dddd 101z iiii iiii', decrement, 'A1 (DB)', 'T1 (DB)'),
    ],
    exec: loadMultiple,
  },
  {
    name: 'VSTM',
    section: 'A8.8.412',
    class: 'vfp-load-store',
    encodings: [
      ...encodings('1100 1dw0 nnnn dddd 101z iiii iiii', increment),
      ...encodings('1101 0d10 nnnn dddd 101z iiii iiii', decrement, 'A1 (DB)', 'T1 (DB)'),
    ],
    exec: storeMultiple,
  },
];
