/** Integer divide (ARM DDI 0406C A4.4.8): both instruction sets have it on Cortex-A15. */
import type { Definition } from '../instruction.js';
import { writeRegister } from './operand.js';

export const divide: readonly Definition[] = [
  {
    name: 'SDIV',
    section: 'A8.8.165',
    class: 'divide',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 01110001 dddd 1111 mmmm 0001 nnnn' },
      { set: 'T32', name: 'T1', pattern: '111110111 001 nnnn 1111 dddd 1111 mmmm' },
    ],
    exec: (o, f) => writeRegister(o, f.d, o.divS(o.reg(f.n), o.reg(f.m))),
  },
  {
    name: 'UDIV',
    section: 'A8.8.248',
    class: 'divide',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 01110011 dddd 1111 mmmm 0001 nnnn' },
      { set: 'T32', name: 'T1', pattern: '111110111 011 nnnn 1111 dddd 1111 mmmm' },
    ],
    exec: (o, f) => writeRegister(o, f.d, o.divU(o.reg(f.n), o.reg(f.m))),
  },
];
