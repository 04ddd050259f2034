/** MRS, MSR, CPS and SETEND (ARM DDI 0406C A8.8.109 to A8.8.112, A8.8.157, B9.3.1, B9.3.2, B9.3.8 to B9.3.12). */
import type { DecodeOutcome, Definition, Instruction } from '../instruction.js';
import type { I32, Ops } from '../ops.js';
import { setBase } from './address.js';

/** ARMExpandImm() (ARM DDI 0406C A5.2.4). */
function expandImmediate(f: Instruction): DecodeOutcome {
  const rotation = (f.i >>> 8) * 2;
  const value = f.i & 0xff;
  f.i = (value >>> rotation) | (value << -rotation);
  return undefined;
}

/** SYSm<4>, `e`, goes above the other four bits, `i`. R15 as the register is UNDEFINED, as in QEMU. */
function bankedRegister(general: 'd' | 'n'): (f: Instruction) => DecodeOutcome {
  return (f) => {
    f.i |= f.e << 4;
    return f[general] === 15 ? 'UNDEFINED' : undefined;
  };
}

/** Flags only: the mask of two bits in `x` is nzcvq, g. */
function writeFlags(o: Ops, f: Instruction, value: I32): void {
  o.writeAPSR(value, (f.x & 2) !== 0, (f.x & 1) !== 0);
}

/** `p` is R (SPSR), `x` the byte mask. */
function writeStatus(o: Ops, f: Instruction, value: I32): void {
  if (f.p === 0) o.sys.writeCPSR(value, f.x);
  else if (o.privileged) o.sys.writeSPSR(value, f.x);
  else o.undefinedInstruction();
}

/** `i` AIF, `x` imod, `w` M, `m` mode become: `i` PSR bits to change, `x` their new values, `m` mode or 0. */
function changeState(f: Instruction): DecodeOutcome {
  const imod = f.x;
  f.i = imod & 2 ? f.i << 6 : 0;
  f.x = imod & 1 ? f.i : 0;
  if (f.w === 0) f.m = 0;
  return undefined;
}

/** Rd = 15 is UNPREDICTABLE; QEMU branches. */
const setDestination = setBase;

export const status: readonly Definition[] = [
  {
    name: 'MRS',
    section: 'B9.3.8',
    class: 'status',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0001 0000 1111 dddd 0000 0000 0000' },
      { set: 'T32', name: 'T1', pattern: '1111 0011 1110 1111 1000 dddd 0000 0000' },
    ],
    exec: (o, f) => setDestination(o, f.d, o.readCPSR()),
  },
  {
    name: 'MRS (SPSR)',
    section: 'B9.3.8',
    class: 'status',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0001 0100 1111 dddd 0000 0000 0000' },
      { set: 'T32', name: 'T1', pattern: '1111 0011 1111 1111 1000 dddd 0000 0000' },
    ],
    exec: (o, f) => {
      if (o.privileged) setDestination(o, f.d, o.sys.readSPSR());
      else o.undefinedInstruction();
    },
  },
  {
    name: 'MRS (Banked register)',
    section: 'B9.3.9',
    class: 'status',
    encodings: [
      {
        set: 'A32',
        name: 'A1',
        pattern: 'cccc 0001 0p00 iiii dddd 001e 0000 0000',
        decode: bankedRegister('d'),
      },
      {
        set: 'T32',
        name: 'T1',
        pattern: '1111 0011 111p iiii 1000 dddd 001e 0000',
        decode: bankedRegister('d'),
      },
    ],
    exec: (o, f) => o.setReg(f.d, o.sys.readBanked(f.p, f.i)),
  },
  {
    name: 'MSR (Banked register)',
    section: 'B9.3.10',
    class: 'status',
    encodings: [
      {
        set: 'A32',
        name: 'A1',
        pattern: 'cccc 0001 0p10 iiii 1111 001e 0000 nnnn',
        decode: bankedRegister('n'),
      },
      {
        set: 'T32',
        name: 'T1',
        pattern: '1111 0011 100p nnnn 1000 iiii 001e 0000',
        decode: bankedRegister('n'),
      },
    ],
    exec: (o, f) => o.sys.writeBanked(f.p, f.i, o.reg(f.n)),
  },
  {
    name: 'MSR (immediate, flags)',
    section: 'A8.8.111',
    class: 'status',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0011 0010 xx00 1111 iiii iiiiiiii', decode: expandImmediate },
    ],
    exec: (o, f) => writeFlags(o, f, o.imm(f.i)),
  },
  {
    name: 'MSR (register, flags)',
    section: 'A8.8.112',
    class: 'status',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0001 0010 xx00 1111 0000 0000 nnnn' },
      { set: 'T32', name: 'T1', pattern: '1111 0011 1000 nnnn 1000 xx00 0000 0000' },
    ],
    exec: (o, f) => writeFlags(o, f, o.reg(f.n)),
  },
  {
    name: 'MSR (immediate)',
    section: 'B9.3.11',
    class: 'status',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0011 0p10 xxxx 1111 iiii iiiiiiii', decode: expandImmediate },
    ],
    exec: (o, f) => writeStatus(o, f, o.imm(f.i)),
  },
  {
    name: 'MSR (register)',
    section: 'B9.3.12',
    class: 'status',
    encodings: [
      { set: 'A32', name: 'A1', pattern: 'cccc 0001 0p10 xxxx 1111 0000 0000 nnnn' },
      { set: 'T32', name: 'T1', pattern: '1111 0011 100p nnnn 1000 xxxx 0000 0000' },
    ],
    exec: (o, f) => writeStatus(o, f, o.reg(f.n)),
  },
  {
    name: 'CPS',
    section: 'B9.3.2',
    class: 'status',
    encodings: [
      { set: 'A32', name: 'A1', pattern: '1111 0001 0000 xx w 0 0000000 iii 0 mmmmm', decode: changeState },
      {
        set: 'T16',
        name: 'T1',
        pattern: '1011 0110 011 x 0 iii',
        decode: (f) => {
          f.x |= 2;
          return changeState(f);
        },
      },
      { set: 'T32', name: 'T2', pattern: '1111 0011 1010 1111 1000 0 xx w iii mmmmm', decode: changeState },
    ],
    exec: (o, f) => {
      if (o.privileged) o.sys.changeProcessorState(f.i, f.x, f.m);
    },
  },
  {
    name: 'SETEND',
    section: 'A8.8.157',
    class: 'status',
    encodings: [
      { set: 'A32', name: 'A1', pattern: '1111 0001 0000 0001 0000 00 e 0 0000 0000' },
      { set: 'T16', name: 'T1', pattern: '1011 0110 0101 e 000' },
    ],
    interpretOnly: true,
    exec: (o, f) => o.setEndian(f.e !== 0),
  },
];
