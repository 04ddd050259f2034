/**
 * MCR, MRC, MCRR and MRRC to coprocessors 14 and 15 (ARM DDI 0406C A8.8.98, A8.8.99, A8.8.107, A8.8.108).
 * Coprocessors 10 and 11 are VFP and Advanced SIMD; there is no other, so the rest of the space (CDP, LDC,
 * STC, the `2` forms) is UNDEFINED. `a` opc1, `n` CRn, `m` CRm, `k` opc2, `e` the coprocessor less 14.
 */
import type { Definition } from '../instruction.js';
import { setBase } from './address.js';

const CP14 = 14;

export const coprocessor: readonly Definition[] = [
  {
    name: 'MCR',
    section: 'A8.8.98',
    class: 'coprocessor',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 1110 aaa0 nnnn tttt 111e kkk1 mmmm' },
      { set: 'T32', name: 'T1', pattern: '1110 1110 aaa0 nnnn tttt 111e kkk1 mmmm' },
    ],
    exec: (o, f) => o.sys.writeCoprocessor(CP14 + f.e, f.a, f.n, f.m, f.k, o.reg(f.t), f.t),
  },
  {
    name: 'MRC',
    section: 'A8.8.107',
    class: 'coprocessor',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 1110 aaa1 nnnn tttt 111e kkk1 mmmm' },
      { set: 'T32', name: 'T1', pattern: '1110 1110 aaa1 nnnn tttt 111e kkk1 mmmm' },
    ],
    exec: (o, f) => {
      const value = o.sys.readCoprocessor(CP14 + f.e, f.a, f.n, f.m, f.k, f.t);
      if (f.t === 15) o.writeNZCV(value);
      else o.setReg(f.t, value);
    },
  },
  {
    name: 'MCRR',
    section: 'A8.8.99',
    class: 'coprocessor',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 1100 0100 bbbb tttt 111e aaaa mmmm' },
      { set: 'T32', name: 'T1', pattern: '1110 1100 0100 bbbb tttt 111e aaaa mmmm' },
    ],
    exec: (o, f) => o.sys.writeCoprocessor64(CP14 + f.e, f.a, f.m, o.reg(f.t), o.reg(f.b), f.t, f.b),
  },
  {
    name: 'MRRC',
    section: 'A8.8.108',
    class: 'coprocessor',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 1100 0101 bbbb tttt 111e aaaa mmmm' },
      { set: 'T32', name: 'T1', pattern: '1110 1100 0101 bbbb tttt 111e aaaa mmmm' },
    ],
    interpretOnly: true,
    exec: (o, f) => {
      const low = o.sys.readCoprocessor64(CP14 + f.e, f.a, f.m, f.t, f.b);
      const high = o.sys.readCoprocessor64High();
      // R15 is UNPREDICTABLE; QEMU branches.
      setBase(o, f.t, low);
      setBase(o, f.b, high);
    },
  },
];
