/** The change of mode by translated code: what runtime/cpu/modes.ts and CpuState do, for modes other than FIQ and Monitor mode. */
import type binaryen from 'binaryen';
import { Bank, CPU, Mode, PSR } from '../abi/cpu-state.js';
import { MODE_ENTRIES, MODE_ENTRY_BYTES, MODE_WORDS, modeEntryOffset } from '../abi/modes.js';
import { Local } from './locals.js';
import { Type } from './value.js';

type Expression = binaryen.ExpressionRef;

const SP = 13;
const LR = 14;
/** Locals: the new CPSR; the places of the words in a bank, less their field's offset; the mode's entry, less CPU.MODES. */
const CPSR = Local.REGISTER;
const OLD_BANK = Local.REGISTER + 1;
const NEW_BANK = Local.REGISTER + 2;
const OLD_LR = Local.REGISTER + 3;
const NEW_LR = Local.REGISTER + 4;
const ENTRY = Local.REGISTER + 5;

/** Makes NEXT_CPSR the CPSR, and the address in Local.TARGET an interworking one. */
export function changeMode(module: binaryen.Module): Expression[] {
  const { i32, local } = module;
  const get = (index: number) => local.get(index, Type.I32);
  const cpu = () => get(Local.CPU);
  const load = (offset: number) => i32.load(offset, 4, cpu());
  const store = (offset: number, value: Expression) => i32.store(offset, 4, cpu(), value);
  const bits = (shift: number, mask: number) =>
    i32.and(i32.shr_u(get(CPSR), i32.const(shift)), i32.const(mask));
  const mode = (cpsr: Expression) => i32.and(cpsr, i32.const(PSR.M));
  const bank = (offset: Expression) => i32.add(cpu(), offset);
  /** Hyp mode has User mode's LR. */
  const bankOfLR = (cpsr: Expression, other: Expression) =>
    module.select(i32.eq(mode(cpsr), i32.const(Mode.HYP)), i32.add(cpu(), i32.const(4 * Bank.USR)), other);
  const index = i32.and(get(CPSR), i32.const(MODE_ENTRIES - 1));
  const register = (n: number) => CPU.R + 4 * n;
  const inEntry = (name: (typeof MODE_WORDS)[number]) =>
    i32.load(CPU.MODES + modeEntryOffset(name), 4, get(ENTRY));

  const banks = [
    local.set(OLD_BANK, bank(load(CPU.BANK_OFFSET))),
    local.set(OLD_LR, bankOfLR(load(CPU.CPSR), get(OLD_BANK))),
    local.set(ENTRY, i32.add(cpu(), i32.mul(index, i32.const(MODE_ENTRY_BYTES)))),
    local.set(NEW_BANK, bank(inEntry('BANK_OFFSET'))),
    local.set(NEW_LR, bankOfLR(get(CPSR), get(NEW_BANK))),
    i32.store(CPU.BANKED_SP, 4, get(OLD_BANK), load(register(SP))),
    store(register(SP), i32.load(CPU.BANKED_SP, 4, get(NEW_BANK))),
    i32.store(CPU.BANKED_LR, 4, get(OLD_LR), load(register(LR))),
    store(register(LR), i32.load(CPU.BANKED_LR, 4, get(NEW_LR))),
    ...MODE_WORDS.map((name) => store(CPU[name], inEntry(name))),
    store(CPU.MODE_CHANGED, i32.const(1)),
  ];
  const thumb = () => bits(Math.log2(PSR.T), 1);
  // Bit 0 of a Thumb address, bits 1:0 of an A32 address.
  const unused = i32.sub(i32.const(3), i32.shl(thumb(), i32.const(1)));
  return [
    local.set(CPSR, load(CPU.NEXT_CPSR)),
    module.if(
      i32.and(i32.xor(get(CPSR), load(CPU.CPSR)), i32.const(PSR.M | PSR.E)),
      module.block(null, banks),
    ),
    store(CPU.NF, get(CPSR)),
    store(CPU.ZF, i32.and(i32.xor(get(CPSR), i32.const(-1)), i32.const(PSR.Z))),
    store(CPU.CF, bits(29, 1)),
    store(CPU.VF, i32.shl(get(CPSR), i32.const(3))),
    store(CPU.QF, bits(27, 1)),
    store(CPU.GE, bits(PSR.GE_SHIFT, 15)),
    store(CPU.CPSR, i32.and(get(CPSR), i32.const(PSR.A | PSR.I | PSR.F | PSR.T | PSR.M))),
    local.set(Local.TARGET, i32.or(i32.and(get(Local.TARGET), i32.xor(unused, i32.const(-1))), thumb())),
  ];
}
