/**
 * SUBS PC, LR and related instructions (ARM DDI 0406C B9.3.19, B9.3.20): S of 1 and Rd of 15 return from an
 * exception.
 */
import type { Definition, Encoding, Instruction, Semantics } from '../instruction.js';
import type { I32, Ops } from '../ops.js';
import { arithmetic } from './arithmetic.js';
import {
  a32Immediate,
  a32Move,
  a32Register,
  a32ShiftedRegister,
  type Shape,
  shift,
  t32Immediate,
  t32Move,
} from './data-processing-encodings.js';
import { logical } from './logical.js';
import { moves } from './move.js';
import { registerShiftedRegister, shiftedRegister } from './operand.js';

/** The A32 operations that have a destination, by opcode. */
const Operation = {
  AND: 0,
  EOR: 1,
  SUB: 2,
  RSB: 3,
  ADD: 4,
  ADC: 5,
  SBC: 6,
  RSC: 7,
  ORR: 12,
  MOV: 13,
  BIC: 14,
  MVN: 15,
} as const;

const OPERATION_NAMES = Object.keys(Operation) as (keyof typeof Operation)[];

function operationResult(o: Ops, operation: number, a: I32, b: I32): I32 {
  switch (operation) {
    case Operation.AND:
      return o.and(a, b);
    case Operation.EOR:
      return o.xor(a, b);
    case Operation.SUB:
      return o.sub(a, b);
    case Operation.RSB:
      return o.sub(b, a);
    case Operation.ADD:
      return o.add(a, b);
    case Operation.ADC:
      return o.add(o.add(a, b), o.carry());
    case Operation.SBC:
      return o.add(o.add(a, o.not(b)), o.carry());
    case Operation.RSC:
      return o.add(o.add(b, o.not(a)), o.carry());
    case Operation.ORR:
      return o.or(a, b);
    case Operation.MOV:
      return b;
    case Operation.BIC:
      return o.and(a, o.not(b));
    default:
      return o.not(b);
  }
}

const RETURN: Shape = { s: '1', d: '1111' };

/** The encodings of one operation with S of 1 and Rd of 15: immediate first, then register. */
function returnEncodings(name: keyof typeof Operation): { immediate: Encoding[]; register: Encoding[] } {
  const opcode = Operation[name].toString(2).padStart(4, '0');
  if (name !== 'MOV') {
    const shape = name === 'MVN' ? { ...RETURN, n: '0000' } : RETURN;
    return { immediate: [a32Immediate(opcode, shape)], register: [a32Register(opcode, shape)] };
  }
  return {
    immediate: [
      a32Immediate(opcode, { ...RETURN, n: '0000' }),
      t32Immediate('T2', '0010', { ...RETURN, n: '1111' }),
    ],
    register: [
      a32Move('00000', '00', RETURN),
      { ...a32Move('kkkkk', '00', RETURN), decode: shift(0) },
      { ...a32Move('kkkkk', '01', RETURN), decode: shift(1) },
      { ...a32Move('kkkkk', '10', RETURN), decode: shift(2) },
      { ...a32Move('kkkkk', '11', RETURN), decode: shift(3) },
      { ...a32Move('00000', '11', RETURN), decode: shift(3) },
      t32Move('T3', '00000', '00', RETURN),
      { ...t32Move('T3', 'kkkkk', '00', RETURN), decode: shift(0) },
      { ...t32Move('T3', 'kkkkk', '01', RETURN), decode: shift(1) },
      { ...t32Move('T3', 'kkkkk', '10', RETURN), decode: shift(2) },
      { ...t32Move('T3', 'kkkkk', '11', RETURN), decode: shift(3) },
      { ...t32Move('T3', '00000', '11', RETURN), decode: shift(3) },
    ],
  };
}

/**
 * In User mode these are UNPREDICTABLE. QEMU makes SUBS and MOVS UNDEFINED there (`exceptionReturnSPSR` does),
 * and lets the others set the flags and branch.
 */
function exceptionReturn(
  operation: number,
  plain: Semantics,
  operand: (o: Ops, f: Instruction) => I32,
): Semantics {
  return (o, f) => {
    if (o.privileged || operation === Operation.SUB || operation === Operation.MOV) {
      o.sys.exceptionReturnSPSR(operationResult(o, operation, o.reg(f.n), operand(o, f)));
    } else {
      plain(o, f);
    }
  };
}

function returns(
  form: string,
  encodings: (name: keyof typeof Operation) => readonly Encoding[],
  operand: (o: Ops, f: Instruction) => I32,
): readonly Definition[] {
  return OPERATION_NAMES.map((name) => {
    const plain = [...logical, ...arithmetic, ...moves].find(
      (definition) => definition.name === `${name} (${form})`,
    );
    return {
      name: `${name}S PC (${form})`,
      section: 'B9.3.20',
      class: 'data-processing',
      encodings: encodings(name).map((encoding) => ({
        ...encoding,
        decode: (f, context) => {
          f.s = 1;
          f.d = 15;
          return encoding.decode?.(f, context);
        },
      })),
      exec: exceptionReturn(Operation[name], plain!.exec, operand),
    };
  });
}

export const subsPC: readonly Definition[] = [
  ...returns(
    'immediate',
    (name) => returnEncodings(name).immediate,
    (o, f) => o.imm(f.i),
  ),
  ...returns('register', (name) => returnEncodings(name).register, shiftedRegister),
  {
    name: 'SUBS PC, LR',
    section: 'B9.3.19',
    class: 'data-processing',
    encodings: [{ set: 'T32', name: 'T1', pattern: '11110 0 1 1110 1 1110 10 0 0 1111 iiiiiiii' }],
    exec: (o, f) => o.sys.exceptionReturnSPSR(o.sub(o.reg(14), o.imm(f.i))),
  },
  // A register-specified shift with Rd of 15 is UNPREDICTABLE; QEMU returns from the exception here as well.
  {
    name: 'SUBS, MOVS PC (register-shifted register)',
    section: 'A8.8.224',
    class: 'data-processing',
    interpretOnly: true,
    encodings: [
      a32ShiftedRegister('0010', RETURN),
      ...['00', '01', '10', '11'].flatMap((type): Encoding[] => [
        {
          set: 'A32',
          name: 'A1',
          pattern: `cccc 000 1101 1 0000 1111 aaaa 0 ${type} 1 mmmm`,
          decode: (f) => {
            f.h = Number.parseInt(type, 2);
            f.e = 1;
          },
        },
        {
          set: 'T32',
          name: 'T2',
          pattern: `11111010 0 ${type} 1 mmmm 1111 1111 0000 aaaa`,
          decode: (f) => {
            f.h = Number.parseInt(type, 2);
            f.e = 1;
          },
        },
      ]),
    ],
    exec: (o, f) => {
      const operand = registerShiftedRegister(o, f);
      o.sys.exceptionReturnSPSR(f.e !== 0 ? operand : o.sub(o.reg(f.n), operand));
    },
  },
];
