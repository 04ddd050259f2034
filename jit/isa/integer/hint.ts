/** Hints and barriers (ARM DDI 0406C A8.8.42 to A8.8.44, A8.8.53, A8.8.119, A8.8.158, A8.8.424 to A8.8.426). */
import type { Definition, Encoding } from '../instruction.js';

/** The hint with the number that the low bits spell, in eight bits for A32 and T32 and four for T16. */
function encodings(a32: string, t16: string | undefined): Encoding[] {
  const wide: Encoding[] = [
    { set: 'A32', name: 'A1', pattern: `cccc 0011 0010 0000 1111 .... ${a32}` },
    { set: 'T32', name: 'T2', pattern: `1111 0011 1010 1111 1000 0000 ${a32}` },
  ];
  return t16 === undefined ? wide : [...wide, { set: 'T16', name: 'T1', pattern: `1011 1111 ${t16} 0000` }];
}

/** The option in bits 3:0 is not looked at: every barrier is a full one. */
function barrierEncodings(op: string): Encoding[] {
  return [
    { set: 'A32', name: 'A1', pattern: `1111 0101 0111 1111 1111 0000 ${op} ....` },
    { set: 'T32', name: 'T1', pattern: `1111 0011 1011 1111 1000 1111 ${op} ....` },
  ];
}

export const hint: readonly Definition[] = [
  {
    // The unallocated hints execute as NOP too.
    name: 'NOP',
    section: 'A8.8.119',
    class: 'hint',
    encodings: encodings('........', '....'),
    exec: () => {},
  },
  {
    name: 'YIELD',
    section: 'A8.8.426',
    class: 'hint',
    encodings: encodings('0000 0001', '0001'),
    exec: (o) => o.yieldHint(),
  },
  {
    name: 'WFE',
    section: 'A8.8.424',
    class: 'hint',
    encodings: encodings('0000 0010', '0010'),
    exec: (o) => o.wfe(),
  },
  {
    name: 'WFI',
    section: 'A8.8.425',
    class: 'hint',
    encodings: encodings('0000 0011', '0011'),
    exec: (o) => o.wfi(),
  },
  {
    name: 'SEV',
    section: 'A8.8.158',
    class: 'hint',
    encodings: encodings('0000 0100', '0100'),
    exec: (o) => o.sev(),
  },
  {
    name: 'DBG',
    section: 'A8.8.42',
    class: 'hint',
    encodings: encodings('1111 ....', undefined),
    exec: () => {},
  },
  {
    name: 'DMB',
    section: 'A8.8.43',
    class: 'hint',
    encodings: barrierEncodings('0101'),
    exec: (o) => o.dataMemoryBarrier(),
  },
  {
    name: 'DSB',
    section: 'A8.8.44',
    class: 'hint',
    encodings: barrierEncodings('0100'),
    exec: (o) => o.dataSynchronizationBarrier(),
  },
  {
    name: 'ISB',
    section: 'A8.8.53',
    class: 'hint',
    encodings: barrierEncodings('0110'),
    exec: (o) => o.instructionBarrier(),
  },
];
