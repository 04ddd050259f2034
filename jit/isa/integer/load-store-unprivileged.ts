/**
 * Loads and stores with User mode's permissions (ARM DDI 0406C A4.6.3). A32 forms are post-indexed, T32 forms
 * have a plain offset. `x` is 1 where the offset is a register.
 */
import type { DecodeOutcome, Definition, Encoding, Instruction } from '../instruction.js';
import type { I32, Ops } from '../ops.js';
import {
  immediateAddress,
  indexedImmediate,
  indexedRegister,
  offsetPositive,
  setLoaded,
  storeT32,
  writeBackImmediate,
  writeBackRegister,
} from './address.js';

function postIndexedRegister(f: Instruction): DecodeOutcome {
  f.x = 1;
  return indexedRegister(f);
}

/** Word and byte: A1 immediate, A2 register, T1. `byte` is bit 22, `load` bit 20. */
function wordAndByte(byte: '0' | '1', load: '0' | '1', size: string): Encoding[] {
  return [
    {
      set: 'A32',
      name: 'A1',
      pattern: `cccc 0100 u${byte}1${load} nnnn tttt iiiiiiiiiiii`,
      decode: indexedImmediate,
    },
    {
      set: 'A32',
      name: 'A2',
      pattern: `cccc 0110 u${byte}1${load} nnnn tttt kkkkk hh 0 mmmm`,
      decode: postIndexedRegister,
    },
    thumb('0', size, load),
  ];
}

/** Halfword and signed byte: A1 immediate, A2 register, T1. `op` is bits 7:4. */
function extra(op: string, load: '0' | '1', sign: '0' | '1', size: string): Encoding[] {
  return [
    {
      set: 'A32',
      name: 'A1',
      pattern: `cccc 0000 u11${load} nnnn tttt iiii ${op} iiii`,
      decode: indexedImmediate,
    },
    {
      set: 'A32',
      name: 'A2',
      pattern: `cccc 0000 u01${load} nnnn tttt 0000 ${op} mmmm`,
      decode: postIndexedRegister,
    },
    thumb(sign, size, load),
  ];
}

function thumb(sign: '0' | '1', size: string, load: '0' | '1'): Encoding {
  return {
    set: 'T32',
    name: 'T1',
    pattern: `1111 100${sign} 0${size}${load} nnnn tttt 1110 iiiiiiii`,
    decode: load === '0' ? storeT32(offsetPositive) : offsetPositive,
  };
}

function load(o: Ops, f: Instruction, size: number, signed: boolean): void {
  setAfterWriteBack(o, f, o.loadUnprivileged(immediateAddress(o, f), size, signed));
}

function setAfterWriteBack(o: Ops, f: Instruction, value: I32): void {
  writeBack(o, f);
  setLoaded(o, f.t, value);
}

function writeBack(o: Ops, f: Instruction): void {
  if (f.w === 0) return;
  if (f.x !== 0) writeBackRegister(o, f);
  else writeBackImmediate(o, f);
}

function store(o: Ops, f: Instruction, size: number): void {
  o.storeUnprivileged(immediateAddress(o, f), size, o.reg(f.t));
  writeBack(o, f);
}

export const loadStoreUnprivileged: readonly Definition[] = [
  {
    name: 'LDRT',
    section: 'A8.8.92',
    class: 'load-store',
    encodings: wordAndByte('0', '1', '10'),
    exec: (o, f) => load(o, f, 4, false),
  },
  {
    name: 'LDRBT',
    section: 'A8.8.71',
    class: 'load-store',
    encodings: wordAndByte('1', '1', '00'),
    exec: (o, f) => load(o, f, 1, false),
  },
  {
    name: 'LDRHT',
    section: 'A8.8.83',
    class: 'load-store',
    encodings: extra('1011', '1', '0', '01'),
    exec: (o, f) => load(o, f, 2, false),
  },
  {
    name: 'LDRSBT',
    section: 'A8.8.87',
    class: 'load-store',
    encodings: extra('1101', '1', '1', '00'),
    exec: (o, f) => load(o, f, 1, true),
  },
  {
    name: 'LDRSHT',
    section: 'A8.8.91',
    class: 'load-store',
    encodings: extra('1111', '1', '1', '01'),
    exec: (o, f) => load(o, f, 2, true),
  },
  {
    name: 'STRT',
    section: 'A8.8.220',
    class: 'load-store',
    encodings: wordAndByte('0', '0', '10'),
    exec: (o, f) => store(o, f, 4),
  },
  {
    name: 'STRBT',
    section: 'A8.8.209',
    class: 'load-store',
    encodings: wordAndByte('1', '0', '00'),
    exec: (o, f) => store(o, f, 1),
  },
  {
    name: 'STRHT',
    section: 'A8.8.219',
    class: 'load-store',
    encodings: extra('1011', '0', '0', '01'),
    exec: (o, f) => store(o, f, 2),
  },
];
