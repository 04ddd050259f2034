/** ENTERX and LEAVEX (ARM DDI 0406C A9.3.1). */
import type { Definition } from '../instruction.js';

export const thumbEE: readonly Definition[] = [
  {
    name: 'ENTERX',
    section: 'A9.3.1',
    class: 'system',
    encodings: [{ set: 'T32', name: 'T1', pattern: '1111 0011 1011 1111 1000 1111 0001 1111' }],
    interpretOnly: true,
    exec: (o) => o.sys.setThumbEE(true),
  },
  {
    name: 'LEAVEX',
    section: 'A9.3.1',
    class: 'system',
    encodings: [{ set: 'T32', name: 'T1', pattern: '1111 0011 1011 1111 1000 1111 0000 1111' }],
    interpretOnly: true,
    exec: (o) => o.sys.setThumbEE(false),
  },
];
