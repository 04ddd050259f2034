/** Makes semantic functions of Advanced SIMD data processing from what they do with their operands. */
import type { Instruction, Semantics } from '../instruction.js';
import type { I32, Q128 } from '../ops.js';
import type { SimdOps } from './ops.js';

export type Simd = SimdOps<I32, Q128>;

/** d = op(n, m) */
export function fromNM(op: (v: Simd, n: Q128, m: Q128, f: Instruction) => Q128): Semantics {
  return (o, f) => {
    const v = o.simd;
    v.checkEnabled();
    v.set(f.d, f.q, op(v, v.get(f.n, f.x), v.get(f.m, f.z), f));
  };
}

/** d = op(d, n, m) */
export function fromDNM(op: (v: Simd, d: Q128, n: Q128, m: Q128, f: Instruction) => Q128): Semantics {
  return (o, f) => {
    const v = o.simd;
    v.checkEnabled();
    v.set(f.d, f.q, op(v, v.get(f.d, f.q), v.get(f.n, f.x), v.get(f.m, f.z), f));
  };
}

/** d = op(m) */
export function fromM(op: (v: Simd, m: Q128, f: Instruction) => Q128): Semantics {
  return (o, f) => {
    const v = o.simd;
    v.checkEnabled();
    v.set(f.d, f.q, op(v, v.get(f.m, f.z), f));
  };
}

/** d = op(d, m) */
export function fromDM(op: (v: Simd, d: Q128, m: Q128, f: Instruction) => Q128): Semantics {
  return (o, f) => {
    const v = o.simd;
    v.checkEnabled();
    v.set(f.d, f.q, op(v, v.get(f.d, f.q), v.get(f.m, f.z), f));
  };
}
