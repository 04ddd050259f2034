/** Loads and stores of one byte, halfword or word (ARM DDI 0406C A8.8, B9.3.7). */
import type { Definition, Encoding } from '../instruction.js';
import {
  immediateAddress,
  indexedImmediate,
  indexedRegister,
  indexedT32,
  literal8,
  literal12,
  offsetHalfwords,
  offsetNegative,
  offsetPositive,
  offsetRegister,
  offsetWords,
  offsetWordsFromSP,
  registerAddress,
  setLoaded,
  storeT32,
  writeBackImmediate,
  writeBackRegister,
} from './address.js';
import { literalT32 } from './literal.js';

/** The T32 encodings with an immediate: 12 bits up, 8 bits down, 8 bits with write-back. */
function immediateT32(
  sign: string,
  size: string,
  load: '0' | '1',
  names: readonly [string, string],
): Encoding[] {
  const guard = load === '0' ? storeT32 : (decode: NonNullable<Encoding['decode']>) => decode;
  const opcode = `${size}${load}`;
  return [
    {
      set: 'T32',
      name: names[0],
      pattern: `1111 100${sign} 1${opcode} nnnn tttt iiiiiiiiiiii`,
      decode: guard(offsetPositive),
    },
    {
      set: 'T32',
      name: names[1],
      pattern: `1111 100${sign} 0${opcode} nnnn tttt 1100 iiiiiiii`,
      decode: guard(offsetNegative),
    },
    {
      set: 'T32',
      name: names[1],
      pattern: `1111 100${sign} 0${opcode} nnnn tttt 1pu1 iiiiiiii`,
      decode: guard(indexedT32),
    },
  ];
}

export const loadStore: readonly Definition[] = [
  {
    name: 'LDR (immediate)',
    section: 'A8.8.62',
    class: 'load-store',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 010p u0w1 nnnn tttt iiiiiiiiiiii', decode: indexedImmediate },
      { set: 'T16', name: 'T1', pattern: '01101 iiiii nnn ttt', decode: offsetWords },
      { set: 'T16', name: 'T2', pattern: '10011 ttt iiiiiiii', decode: offsetWordsFromSP },
      ...immediateT32('0', '10', '1', ['T3', 'T4']),
    ],
    exec: (o, f) => {
      const value = o.load32(immediateAddress(o, f));
      if (f.w !== 0) writeBackImmediate(o, f);
      setLoaded(o, f.t, value);
    },
  },
  {
    name: 'LDR (literal)',
    section: 'A8.8.64',
    class: 'load-store',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0101 .001 1111 tttt ............', decode: literal12 },
      { set: 'T16', name: 'T1', pattern: '01001 ttt iiiiiiii', decode: offsetWords },
      ...literalT32('T2', '0', '101', 'tttt'),
    ],
    exec: (o, f) => setLoaded(o, f.t, o.load32(o.pcRelative(f.i))),
  },
  {
    name: 'LDR (register)',
    section: 'A8.8.65',
    class: 'load-store',
    encodings: [
      {
        set: 'A32',
        name: 'A1',
        pattern: 'cccc 011p u0w1 nnnn tttt kkkkk hh 0 mmmm',
        decode: indexedRegister,
      },
      { set: 'T16', name: 'T1', pattern: '0101100 mmm nnn ttt', decode: offsetRegister },
      { set: 'T32', name: 'T2', pattern: '1111 1000 0101 nnnn tttt 000000 kk mmmm', decode: offsetRegister },
    ],
    exec: (o, f) => {
      const value = o.load32(registerAddress(o, f));
      if (f.w !== 0) writeBackRegister(o, f);
      setLoaded(o, f.t, value);
    },
  },
  {
    name: 'LDRB (immediate)',
    section: 'A8.8.67',
    class: 'load-store',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 010p u1w1 nnnn tttt iiiiiiiiiiii', decode: indexedImmediate },
      { set: 'T16', name: 'T1', pattern: '01111 iiiii nnn ttt', decode: offsetPositive },
      ...immediateT32('0', '00', '1', ['T2', 'T3']),
    ],
    exec: (o, f) => {
      const value = o.load8U(immediateAddress(o, f));
      if (f.w !== 0) writeBackImmediate(o, f);
      setLoaded(o, f.t, value);
    },
  },
  {
    name: 'LDRB (literal)',
    section: 'A8.8.69',
    class: 'load-store',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0101 .101 1111 tttt ............', decode: literal12 },
      ...literalT32('T1', '0', '001', 'tttt'),
    ],
    exec: (o, f) => setLoaded(o, f.t, o.load8U(o.pcRelative(f.i))),
  },
  {
    name: 'LDRB (register)',
    section: 'A8.8.70',
    class: 'load-store',
    encodings: [
      {
        set: 'A32',
        name: 'A1',
        pattern: 'cccc 011p u1w1 nnnn tttt kkkkk hh 0 mmmm',
        decode: indexedRegister,
      },
      { set: 'T16', name: 'T1', pattern: '0101110 mmm nnn ttt', decode: offsetRegister },
      { set: 'T32', name: 'T2', pattern: '1111 1000 0001 nnnn tttt 000000 kk mmmm', decode: offsetRegister },
    ],
    exec: (o, f) => {
      const value = o.load8U(registerAddress(o, f));
      if (f.w !== 0) writeBackRegister(o, f);
      setLoaded(o, f.t, value);
    },
  },
  {
    name: 'LDRH (immediate)',
    section: 'A8.8.79',
    class: 'load-store',
    encodings: [
      {
        set: 'A32',
        name: 'A1',
        pattern: 'cccc 000p u1w1 nnnn tttt iiii 1011 iiii',
        decode: indexedImmediate,
      },
      { set: 'T16', name: 'T1', pattern: '10001 iiiii nnn ttt', decode: offsetHalfwords },
      ...immediateT32('0', '01', '1', ['T2', 'T3']),
    ],
    exec: (o, f) => {
      const value = o.load16U(immediateAddress(o, f));
      if (f.w !== 0) writeBackImmediate(o, f);
      setLoaded(o, f.t, value);
    },
  },
  {
    name: 'LDRH (literal)',
    section: 'A8.8.81',
    class: 'load-store',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0001 u101 1111 tttt iiii 1011 iiii', decode: literal8 },
      ...literalT32('T1', '0', '011', 'tttt'),
    ],
    exec: (o, f) => setLoaded(o, f.t, o.load16U(o.pcRelative(f.i))),
  },
  {
    name: 'LDRH (register)',
    section: 'A8.8.82',
    class: 'load-store',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 000p u0w1 nnnn tttt 0000 1011 mmmm', decode: indexedRegister },
      { set: 'T16', name: 'T1', pattern: '0101101 mmm nnn ttt', decode: offsetRegister },
      { set: 'T32', name: 'T2', pattern: '1111 1000 0011 nnnn tttt 000000 kk mmmm', decode: offsetRegister },
    ],
    exec: (o, f) => {
      const value = o.load16U(registerAddress(o, f));
      if (f.w !== 0) writeBackRegister(o, f);
      setLoaded(o, f.t, value);
    },
  },
  {
    name: 'LDRSB (immediate)',
    section: 'A8.8.84',
    class: 'load-store',
    encodings: [
      {
        set: 'A32',
        name: 'A1',
        pattern: 'cccc 000p u1w1 nnnn tttt iiii 1101 iiii',
        decode: indexedImmediate,
      },
      ...immediateT32('1', '00', '1', ['T1', 'T2']),
    ],
    exec: (o, f) => {
      const value = o.load8S(immediateAddress(o, f));
      if (f.w !== 0) writeBackImmediate(o, f);
      setLoaded(o, f.t, value);
    },
  },
  {
    name: 'LDRSB (literal)',
    section: 'A8.8.85',
    class: 'load-store',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0001 u101 1111 tttt iiii 1101 iiii', decode: literal8 },
      ...literalT32('T1', '1', '001', 'tttt'),
    ],
    exec: (o, f) => setLoaded(o, f.t, o.load8S(o.pcRelative(f.i))),
  },
  {
    name: 'LDRSB (register)',
    section: 'A8.8.86',
    class: 'load-store',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 000p u0w1 nnnn tttt 0000 1101 mmmm', decode: indexedRegister },
      { set: 'T16', name: 'T1', pattern: '0101011 mmm nnn ttt', decode: offsetRegister },
      { set: 'T32', name: 'T2', pattern: '1111 1001 0001 nnnn tttt 000000 kk mmmm', decode: offsetRegister },
    ],
    exec: (o, f) => {
      const value = o.load8S(registerAddress(o, f));
      if (f.w !== 0) writeBackRegister(o, f);
      setLoaded(o, f.t, value);
    },
  },
  {
    name: 'LDRSH (immediate)',
    section: 'A8.8.88',
    class: 'load-store',
    encodings: [
      {
        set: 'A32',
        name: 'A1',
        pattern: 'cccc 000p u1w1 nnnn tttt iiii 1111 iiii',
        decode: indexedImmediate,
      },
      ...immediateT32('1', '01', '1', ['T1', 'T2']),
    ],
    exec: (o, f) => {
      const value = o.load16S(immediateAddress(o, f));
      if (f.w !== 0) writeBackImmediate(o, f);
      setLoaded(o, f.t, value);
    },
  },
  {
    name: 'LDRSH (literal)',
    section: 'A8.8.89',
    class: 'load-store',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0001 u101 1111 tttt iiii 1111 iiii', decode: literal8 },
      ...literalT32('T1', '1', '011', 'tttt'),
    ],
    exec: (o, f) => setLoaded(o, f.t, o.load16S(o.pcRelative(f.i))),
  },
  {
    name: 'LDRSH (register)',
    section: 'A8.8.90',
    class: 'load-store',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 000p u0w1 nnnn tttt 0000 1111 mmmm', decode: indexedRegister },
      { set: 'T16', name: 'T1', pattern: '0101111 mmm nnn ttt', decode: offsetRegister },
      { set: 'T32', name: 'T2', pattern: '1111 1001 0011 nnnn tttt 000000 kk mmmm', decode: offsetRegister },
    ],
    exec: (o, f) => {
      const value = o.load16S(registerAddress(o, f));
      if (f.w !== 0) writeBackRegister(o, f);
      setLoaded(o, f.t, value);
    },
  },
  {
    name: 'STR (immediate)',
    section: 'A8.8.203',
    class: 'load-store',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 010p u0w0 nnnn tttt iiiiiiiiiiii', decode: indexedImmediate },
      { set: 'T16', name: 'T1', pattern: '01100 iiiii nnn ttt', decode: offsetWords },
      { set: 'T16', name: 'T2', pattern: '10010 ttt iiiiiiii', decode: offsetWordsFromSP },
      ...immediateT32('0', '10', '0', ['T3', 'T4']),
    ],
    exec: (o, f) => {
      o.store32(immediateAddress(o, f), o.reg(f.t));
      if (f.w !== 0) writeBackImmediate(o, f);
    },
  },
  {
    name: 'STR (register)',
    section: 'A8.8.205',
    class: 'load-store',
    encodings: [
      {
        set: 'A32',
        name: 'A1',
        pattern: 'cccc 011p u0w0 nnnn tttt kkkkk hh 0 mmmm',
        decode: indexedRegister,
      },
      { set: 'T16', name: 'T1', pattern: '0101000 mmm nnn ttt', decode: offsetRegister },
      {
        set: 'T32',
        name: 'T2',
        pattern: '1111 1000 0100 nnnn tttt 000000 kk mmmm',
        decode: storeT32(offsetRegister),
      },
    ],
    exec: (o, f) => {
      o.store32(registerAddress(o, f), o.reg(f.t));
      if (f.w !== 0) writeBackRegister(o, f);
    },
  },
  {
    name: 'STRB (immediate)',
    section: 'A8.8.206',
    class: 'load-store',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 010p u1w0 nnnn tttt iiiiiiiiiiii', decode: indexedImmediate },
      { set: 'T16', name: 'T1', pattern: '01110 iiiii nnn ttt', decode: offsetPositive },
      ...immediateT32('0', '00', '0', ['T2', 'T3']),
    ],
    exec: (o, f) => {
      o.store8(immediateAddress(o, f), o.reg(f.t));
      if (f.w !== 0) writeBackImmediate(o, f);
    },
  },
  {
    name: 'STRB (register)',
    section: 'A8.8.208',
    class: 'load-store',
    encodings: [
      {
        set: 'A32',
        name: 'A1',
        pattern: 'cccc 011p u1w0 nnnn tttt kkkkk hh 0 mmmm',
        decode: indexedRegister,
      },
      { set: 'T16', name: 'T1', pattern: '0101010 mmm nnn ttt', decode: offsetRegister },
      {
        set: 'T32',
        name: 'T2',
        pattern: '1111 1000 0000 nnnn tttt 000000 kk mmmm',
        decode: storeT32(offsetRegister),
      },
    ],
    exec: (o, f) => {
      o.store8(registerAddress(o, f), o.reg(f.t));
      if (f.w !== 0) writeBackRegister(o, f);
    },
  },
  {
    name: 'STRH (immediate)',
    section: 'A8.8.216',
    class: 'load-store',
    encodings: [
      {
        set: 'A32',
        name: 'A1',
        pattern: 'cccc 000p u1w0 nnnn tttt iiii 1011 iiii',
        decode: indexedImmediate,
      },
      { set: 'T16', name: 'T1', pattern: '10000 iiiii nnn ttt', decode: offsetHalfwords },
      ...immediateT32('0', '01', '0', ['T2', 'T3']),
    ],
    exec: (o, f) => {
      o.store16(immediateAddress(o, f), o.reg(f.t));
      if (f.w !== 0) writeBackImmediate(o, f);
    },
  },
  {
    name: 'STRH (register)',
    section: 'A8.8.218',
    class: 'load-store',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 000p u0w0 nnnn tttt 0000 1011 mmmm', decode: indexedRegister },
      { set: 'T16', name: 'T1', pattern: '0101001 mmm nnn ttt', decode: offsetRegister },
      {
        set: 'T32',
        name: 'T2',
        pattern: '1111 1000 0010 nnnn tttt 000000 kk mmmm',
        decode: storeT32(offsetRegister),
      },
    ],
    exec: (o, f) => {
      o.store16(registerAddress(o, f), o.reg(f.t));
      if (f.w !== 0) writeBackRegister(o, f);
    },
  },
];
