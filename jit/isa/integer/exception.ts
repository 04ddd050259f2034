/** Instructions that take an exception, and ERET (ARM DDI 0406C A8.8.24, A8.8.228, A8.8.247, B9.3.3, B9.3.4, B9.3.14). */
import type { Definition } from '../instruction.js';

export const exception: readonly Definition[] = [
  {
    name: 'SVC',
    section: 'A8.8.228',
    class: 'system',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 1111 iiiiiiiiiiiiiiiiiiiiiiii' },
      { set: 'T16', name: 'T1', pattern: '1101 1111 iiiiiiii' },
    ],
    exec: (o, f) => o.svc(f.i),
  },
  {
    name: 'BKPT',
    section: 'A8.8.24',
    class: 'system',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0001 0010 iiiiiiiiiiii 0111 iiii' },
      {
        set: 'T16',
        name: 'T1',
        pattern: '1011 1110 iiiiiiii',
        decode: (f) => {
          // Unconditional, in an IT block too.
          f.c = 15;
          return undefined;
        },
      },
    ],
    interpretOnly: true,
    exec: (o, f) => o.bkpt(f.i),
  },
  {
    name: 'HVC',
    section: 'B9.3.4',
    class: 'system',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0001 0100 iiiiiiiiiiii 0111 iiii' },
      { set: 'T32', name: 'T1', pattern: '1111 0111 1110 iiii 1000 iiiiiiiiiiii' },
    ],
    exec: (o, f) => {
      if (o.privileged) o.sys.hvc(f.i);
      else o.undefinedInstruction();
    },
  },
  {
    name: 'SMC',
    section: 'B9.3.14',
    class: 'system',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0001 0110 0000 0000 0000 0111 iiii' },
      { set: 'T32', name: 'T1', pattern: '1111 0111 1111 iiii 1000 0000 0000 0000' },
    ],
    interpretOnly: true,
    exec: (o, f) => {
      if (o.privileged) o.sys.smc(f.i);
      else o.undefinedInstruction();
    },
  },
  {
    name: 'ERET',
    section: 'B9.3.3',
    class: 'system',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0001 0110 0000 0000 0000 0110 1110' },
      { set: 'T32', name: 'T1', pattern: '1111 0011 1101 1110 1000 1111 0000 0000' },
    ],
    exec: (o) => {
      if (o.privileged) o.sys.eret();
      else o.undefinedInstruction();
    },
  },
  {
    name: 'UDF',
    section: 'A8.8.247',
    class: 'system',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0111 1111 iiiiiiiiiiii 1111 iiii' },
      { set: 'T16', name: 'T1', pattern: '1101 1110 iiiiiiii' },
      { set: 'T32', name: 'T2', pattern: '1111 0111 1111 iiii 1010 iiiiiiiiiiii' },
    ],
    interpretOnly: true,
    exec: (o) => o.undefinedInstruction(),
  },
];
