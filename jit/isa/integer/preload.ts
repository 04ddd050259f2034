/** PLD, PLDW, PLI and the unallocated memory hints: all do nothing (ARM DDI 0406C A8.8.126 to A8.8.130). */
import type { Definition, Encoding } from '../instruction.js';
import { literalT32 } from './literal.js';

/** The T32 forms with a base register: Rt = 1111 of the loads. `sign` is bit 24, `w` bit 21. */
function baseFormsT32(sign: '0' | '1', w: '0' | '1', names: readonly [string, string, string]): Encoding[] {
  const head = (u: string) => `1111 100${sign} ${u}0${w}1 .... 1111`;
  return [
    { set: 'T32', name: names[0], pattern: `${head('1')} ............` },
    { set: 'T32', name: names[1], pattern: `${head('0')} 1100 ........` },
    { set: 'T32', name: names[2], pattern: `${head('0')} 000000 ......` },
  ];
}

export const preload: readonly Definition[] = [
  {
    name: 'PLD',
    section: 'A8.8.126',
    class: 'hint',
    encodings: [
      { set: 'A32', name: 'A1 (immediate)', pattern: '1111 0101 .101 .... 1111 ............' },
      { set: 'A32', name: 'A1 (register)', pattern: '1111 0111 .101 .... 1111 ....... 0 ....' },
      ...baseFormsT32('0', '0', ['T1 (immediate)', 'T2 (immediate)', 'T1 (register)']),
      ...literalT32('T1 (literal)', '0', '001', '1111'),
      ...literalT32('T1 (literal)', '0', '011', '1111'),
    ],
    exec: () => {},
  },
  {
    name: 'PLDW',
    section: 'A8.8.126',
    class: 'hint',
    encodings: [
      { set: 'A32', name: 'A1 (immediate)', pattern: '1111 0101 .001 .... 1111 ............' },
      { set: 'A32', name: 'A1 (register)', pattern: '1111 0111 .001 .... 1111 ....... 0 ....' },
      ...baseFormsT32('0', '1', ['T1 (immediate)', 'T2 (immediate)', 'T1 (register)']),
    ],
    exec: () => {},
  },
  {
    name: 'PLI',
    section: 'A8.8.129',
    class: 'hint',
    encodings: [
      { set: 'A32', name: 'A1 (immediate, literal)', pattern: '1111 0100 .101 .... 1111 ............' },
      { set: 'A32', name: 'A1 (register)', pattern: '1111 0110 .101 .... 1111 ....... 0 ....' },
      ...baseFormsT32('1', '0', ['T1 (immediate)', 'T2 (immediate)', 'T1 (register)']),
      ...literalT32('T3 (literal)', '1', '001', '1111'),
    ],
    exec: () => {},
  },
  {
    name: 'Unallocated memory hint',
    section: 'A5.7.1',
    class: 'hint',
    encodings: [
      { set: 'A32', name: 'A1', pattern: '1111 0100 .001 .... .... ............' },
      { set: 'A32', name: 'A1', pattern: '1111 0110 .001 .... .... ....... 0 ....' },
      ...baseFormsT32('1', '1', ['T1', 'T1', 'T1']),
      ...literalT32('T1', '1', '011', '1111'),
    ],
    exec: () => {},
  },
];
