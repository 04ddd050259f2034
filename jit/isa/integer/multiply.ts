/** Multiply instructions (ARM DDI 0406C A4.4.3). Ra is field `a`; of a long result RdHi is `d` and RdLo is `b`. */
import type { Definition, Encoding, Instruction, Semantics } from '../instruction.js';
import type { I32, Ops } from '../ops.js';
import { setFlagsOutsideIT, writeRegister } from './operand.js';

function define(name: string, section: string, encodings: readonly Encoding[], exec: Semantics): Definition {
  return { name, section, class: 'multiply', encodings, exec };
}

/** @param fields bits 27:20. @param a bits 15:12. @param op bits 7:4 */
function a32(fields: string, op: string, a = 'aaaa'): Encoding {
  return { set: 'A32', name: 'A1', pattern: `cccc ${fields} dddd ${a} mmmm ${op} nnnn` };
}

/** @param fields bits 22:20. @param op bits 7:4 */
function t32(fields: string, op: string, a = 'aaaa', name = 'T1'): Encoding {
  return { set: 'T32', name, pattern: `111110110 ${fields} nnnn ${a} dddd ${op} mmmm` };
}

/** Long multiplies: `b` is RdLo, `d` RdHi. */
function a32Long(fields: string, op: string): Encoding {
  return { set: 'A32', name: 'A1', pattern: `cccc ${fields} dddd bbbb mmmm ${op} nnnn` };
}

function t32Long(fields: string, op: string): Encoding {
  return { set: 'T32', name: 'T1', pattern: `111110111 ${fields} nnnn bbbb dddd ${op} mmmm` };
}

function writeLong(o: Ops, f: Instruction, low: I32, high: I32): void {
  if (f.s !== 0) o.setNZ64(low, high);
  writeRegister(o, f.b, low);
  writeRegister(o, f.d, high);
}

/** RdHi:RdLo += high:low. */
function accumulateLong(o: Ops, f: Instruction, low: I32, high: I32): void {
  const sum = o.add(o.reg(f.b), low);
  writeLong(o, f, sum, o.add(o.add(o.reg(f.d), high), o.ltU(sum, low)));
}

/** The sign of a value in every bit. */
function signOf(o: Ops, value: I32): I32 {
  return o.shrS(value, o.imm(31));
}

const ordinary: readonly Definition[] = [
  define(
    'MUL',
    'A8.8.114',
    [
      { set: 'A32', name: 'A1', pattern: 'cccc 0000000 s dddd 0000 mmmm 1001 nnnn' },
      {
        set: 'T16',
        name: 'T1',
        pattern: '010000 1101 nnn ddd',
        decode: (f, context) => {
          f.m = f.d;
          return setFlagsOutsideIT(f, context);
        },
      },
      t32('000', '0000', '1111', 'T2'),
    ],
    (o, f) => {
      const result = o.mul(o.reg(f.n), o.reg(f.m));
      if (f.s !== 0) o.setNZ(result);
      writeRegister(o, f.d, result);
    },
  ),
  define(
    'MLA',
    'A8.8.100',
    [{ set: 'A32', name: 'A1', pattern: 'cccc 0000001 s dddd aaaa mmmm 1001 nnnn' }, t32('000', '0000')],
    (o, f) => {
      const result = o.add(o.mul(o.reg(f.n), o.reg(f.m)), o.reg(f.a));
      if (f.s !== 0) o.setNZ(result);
      writeRegister(o, f.d, result);
    },
  ),
  define('MLS', 'A8.8.101', [a32('00000110', '1001'), t32('000', '0001')], (o, f) =>
    writeRegister(o, f.d, o.sub(o.reg(f.a), o.mul(o.reg(f.n), o.reg(f.m)))),
  ),
  define('UMULL', 'A8.8.257', [a32Long('0000100 s', '1001'), t32Long('010', '0000')], (o, f) => {
    const n = o.reg(f.n);
    const m = o.reg(f.m);
    writeLong(o, f, o.mul(n, m), o.mulHighU(n, m));
  }),
  define('UMLAL', 'A8.8.256', [a32Long('0000101 s', '1001'), t32Long('110', '0000')], (o, f) => {
    const n = o.reg(f.n);
    const m = o.reg(f.m);
    accumulateLong(o, f, o.mul(n, m), o.mulHighU(n, m));
  }),
  define('SMULL', 'A8.8.189', [a32Long('0000110 s', '1001'), t32Long('000', '0000')], (o, f) => {
    const n = o.reg(f.n);
    const m = o.reg(f.m);
    writeLong(o, f, o.mul(n, m), o.mulHighS(n, m));
  }),
  define('SMLAL', 'A8.8.178', [a32Long('0000111 s', '1001'), t32Long('100', '0000')], (o, f) => {
    const n = o.reg(f.n);
    const m = o.reg(f.m);
    accumulateLong(o, f, o.mul(n, m), o.mulHighS(n, m));
  }),
  define('UMAAL', 'A8.8.255', [a32Long('00000100', '1001'), t32Long('110', '0110')], (o, f) => {
    const n = o.reg(f.n);
    const m = o.reg(f.m);
    const addend = o.reg(f.d);
    const first = o.add(o.mul(n, m), addend);
    const low = o.add(first, o.reg(f.b));
    const carries = o.add(o.ltU(first, addend), o.ltU(low, first));
    writeLong(o, f, low, o.add(o.mulHighU(n, m), carries));
  }),
];

/** Rn<15:0> or Rn<31:16> as a signed number, as field `x` (N or the like) says. */
function half(o: Ops, value: I32, top: number): I32 {
  return top !== 0 ? o.shrS(value, o.imm(16)) : o.extendS16(value);
}

/** product + addend, Q when that overflows. */
function addSettingQ(o: Ops, product: I32, addend: I32): I32 {
  const sum = o.add(product, addend);
  o.orQ(o.shrU(o.and(o.xor(product, sum), o.xor(addend, sum)), o.imm(31)));
  return sum;
}

/** `x` is N (half of Rn), `y` is M (half of Rm). */
const halfword: readonly Definition[] = [
  define('SMLA<x><y>', 'A8.8.176', [a32('00010000', '1yx0'), t32('001', '00xy')], (o, f) => {
    const product = o.mul(half(o, o.reg(f.n), f.x), half(o, o.reg(f.m), f.y));
    writeRegister(o, f.d, addSettingQ(o, product, o.reg(f.a)));
  }),
  define('SMUL<x><y>', 'A8.8.188', [a32('00010110', '1yx0', '0000'), t32('001', '00xy', '1111')], (o, f) =>
    writeRegister(o, f.d, o.mul(half(o, o.reg(f.n), f.x), half(o, o.reg(f.m), f.y))),
  ),
  define('SMLAW<y>', 'A8.8.181', [a32('00010010', '1y00'), t32('011', '000y')], (o, f) =>
    writeRegister(o, f.d, addSettingQ(o, wordByHalf(o, f), o.reg(f.a))),
  ),
  define('SMULW<y>', 'A8.8.190', [a32('00010010', '1y10', '0000'), t32('011', '000y', '1111')], (o, f) =>
    writeRegister(o, f.d, wordByHalf(o, f)),
  ),
  define('SMLAL<x><y>', 'A8.8.179', [a32Long('00010100', '1yx0'), t32Long('100', '10xy')], (o, f) => {
    const product = o.mul(half(o, o.reg(f.n), f.x), half(o, o.reg(f.m), f.y));
    accumulateLong(o, f, product, signOf(o, product));
  }),
];

/** Bits 47:16 of Rn times a half of Rm. */
function wordByHalf(o: Ops, f: Instruction): I32 {
  const m = o.reg(f.m);
  const shifted = f.y !== 0 ? o.and(m, o.imm(0xffff_0000 | 0)) : o.shl(m, o.imm(16));
  return o.mulHighS(o.reg(f.n), shifted);
}

/** The two products of a dual multiply; `x` is M: the halves of Rm are swapped. */
function firstProduct(o: Ops, f: Instruction): I32 {
  return o.mul(half(o, o.reg(f.n), 0), half(o, o.reg(f.m), f.x));
}

function secondProduct(o: Ops, f: Instruction): I32 {
  return o.mul(half(o, o.reg(f.n), 1), half(o, o.reg(f.m), 1 - f.x));
}

/** high:low + sign-extended value; `low` is already the low half of the sum. */
function highOfSum(o: Ops, low: I32, high: I32, value: I32): I32 {
  return o.add(o.add(high, signOf(o, value)), o.ltU(low, value));
}

const dual: readonly Definition[] = [
  // Ra of 15 is SMUAD, SMUSD: nothing is added.
  define('SMLAD', 'A8.8.177', [a32('01110000', '00x1'), t32('010', '000x')], (o, f) => {
    const first = firstProduct(o, f);
    const second = secondProduct(o, f);
    let low = o.add(first, second);
    let high = highOfSum(o, low, signOf(o, first), second);
    if (f.a !== 15) {
      const addend = o.reg(f.a);
      low = o.add(low, addend);
      high = highOfSum(o, low, high, addend);
    }
    o.orQ(o.ne(high, signOf(o, low)));
    writeRegister(o, f.d, low);
  }),
  define('SMLSD', 'A8.8.182', [a32('01110000', '01x1'), t32('100', '000x')], (o, f) => {
    const difference = o.sub(firstProduct(o, f), secondProduct(o, f));
    writeRegister(o, f.d, f.a === 15 ? difference : addSettingQ(o, difference, o.reg(f.a)));
  }),
  define('SMLALD', 'A8.8.180', [a32Long('01110100', '00x1'), t32Long('100', '110x')], (o, f) => {
    const first = firstProduct(o, f);
    const second = secondProduct(o, f);
    const low = o.add(first, second);
    accumulateLong(o, f, low, highOfSum(o, low, signOf(o, first), second));
  }),
  define('SMLSLD', 'A8.8.183', [a32Long('01110100', '01x1'), t32Long('101', '110x')], (o, f) => {
    const difference = o.sub(firstProduct(o, f), secondProduct(o, f));
    accumulateLong(o, f, difference, signOf(o, difference));
  }),
];

/** `x` is R: round by adding 0x80000000 before the low half is dropped. Ra of 15 is SMMUL. */
const mostSignificant: readonly Definition[] = [
  define('SMMLA', 'A8.8.184', [a32('01110101', '00x1'), t32('101', '000x')], (o, f) => {
    const n = o.reg(f.n);
    const m = o.reg(f.m);
    let result = o.mulHighS(n, m);
    if (f.a !== 15) result = o.add(result, o.reg(f.a));
    if (f.x !== 0) result = o.add(result, o.shrU(o.mul(n, m), o.imm(31)));
    writeRegister(o, f.d, result);
  }),
  define('SMMLS', 'A8.8.185', [a32('01110101', '11x1'), t32('110', '000x')], (o, f) => {
    const n = o.reg(f.n);
    const m = o.reg(f.m);
    const low = o.mul(n, m);
    let result = o.mulHighS(n, m);
    let dropped = low;
    // Ra of 15 is UNPREDICTABLE: QEMU takes it as SMMUL.
    if (f.a !== 15) {
      result = o.sub(o.sub(o.reg(f.a), result), o.ne(low, o.imm(0)));
      dropped = o.sub(o.imm(0), low);
    }
    if (f.x !== 0) result = o.add(result, o.shrU(dropped, o.imm(31)));
    writeRegister(o, f.d, result);
  }),
];

export const multiply: readonly Definition[] = [...ordinary, ...halfword, ...dual, ...mostSignificant];
