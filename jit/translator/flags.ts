import type binaryen from 'binaryen';
import { Local } from './locals.js';
import { Type, type Value } from './value.js';

type Expression = binaryen.ExpressionRef;

/** How one flag is known: in its local (undefined), or as an expression that can be built again and again. */
type Lazy = (() => Expression) | undefined;

/** Which of the flags' locals a region needs at all. What is written is needed: not all ways through the region may write it. */
export interface FlagUse {
  readonly read: Set<number>;
  readonly written: Set<number>;
}

/**
 * N, Z, C and V while a block is being built (design §5). They are remembered as the operands of what last
 * set them, so that a comparison and the condition that reads it become one WebAssembly comparison, and
 * flags that nobody reads cost nothing. {@link spill} puts them into their locals.
 */
export class Flags {
  readonly #module: binaryen.Module;
  readonly #use: FlagUse;
  readonly #get: (value: Value) => Expression;
  /** A word with N in bit 31; a word that is zero when Z is set. */
  #n: Value | undefined;
  #z: Value | undefined;
  /** C as 0 or 1; a word with V in bit 31. */
  #c: Lazy;
  #v: Lazy;
  /** Operands of the subtraction that set all four. */
  #compared: { readonly a: Value; readonly b: Value } | undefined;

  constructor(module: binaryen.Module, use: FlagUse, get: (value: Value) => Expression) {
    this.#module = module;
    this.#use = use;
    this.#get = get;
  }

  /** A copy, to come back to when an instruction turns out not to be translatable. */
  clone(): Flags {
    const copy = new Flags(this.#module, this.#use, this.#get);
    copy.#n = this.#n;
    copy.#z = this.#z;
    copy.#c = this.#c;
    copy.#v = this.#v;
    copy.#compared = this.#compared;
    return copy;
  }

  /** Whether nothing was set since `other` was cloned from this. */
  sameAs(other: Flags): boolean {
    return this.#n === other.#n && this.#z === other.#z && this.#c === other.#c && this.#v === other.#v;
  }

  setSubtraction(a: Value, b: Value, result: Value): void {
    const { i32 } = this.#module;
    const get = this.#get;
    this.#n = result;
    this.#z = result;
    this.#c = () => i32.ge_u(get(a), get(b));
    this.#v = () => i32.and(i32.xor(get(a), get(b)), i32.xor(get(a), get(result)));
    this.#compared = { a, b };
  }

  setAddition(a: Value, b: Value, result: Value): void {
    const { i32 } = this.#module;
    const get = this.#get;
    this.#n = result;
    this.#z = result;
    this.#c = () => i32.lt_u(get(result), get(a));
    this.#v = () => i32.and(i32.xor(get(a), get(result)), i32.xor(get(b), get(result)));
    this.#compared = undefined;
  }

  /** a + b + carry: `carryOut` is computed already. */
  setAdditionWithCarry(a: Value, b: Value, result: Value, carryOut: Value): void {
    this.setAddition(a, b, result);
    this.#c = () => this.#get(carryOut);
  }

  setNZ(negative: Value, zero: Value): void {
    this.#n = negative;
    this.#z = zero;
    this.#compared = undefined;
  }

  setC(bit: Value): void {
    this.#c = () => this.#get(bit);
    this.#compared = undefined;
  }

  setV(bit: Value): void {
    this.#v = () => this.#module.i32.shl(this.#get(bit), this.#module.i32.const(31));
    this.#compared = undefined;
  }

  /** Statements that put what is not there yet into the flags' locals; the flags stay as they are known. */
  spilled(): Expression[] {
    const { local } = this.#module;
    const statements: Expression[] = [];
    const set = (index: number, value: Expression) => {
      this.#use.read.add(index);
      this.#use.written.add(index);
      statements.push(local.set(index, value));
    };
    // C and V first: their operands may be what N and Z hold now.
    if (this.#c) set(Local.CF, this.#c());
    if (this.#v) set(Local.VF, this.#v());
    if (this.#n) set(Local.NF, this.#get(this.#n));
    if (this.#z) set(Local.ZF, this.#get(this.#z));
    return statements;
  }

  /** As {@link spilled}, and from now on the flags are in their locals. */
  spill(): Expression[] {
    const statements = this.spilled();
    this.#n = undefined;
    this.#z = undefined;
    this.#c = undefined;
    this.#v = undefined;
    this.#compared = undefined;
    return statements;
  }

  carry(): Expression {
    return this.#c ? this.#c() : this.#local(Local.CF);
  }

  #local(index: number): Expression {
    this.#use.read.add(index);
    return this.#module.local.get(index, Type.I32);
  }

  #nWord(): Expression {
    return this.#n ? this.#get(this.#n) : this.#local(Local.NF);
  }

  #zWord(): Expression {
    return this.#z ? this.#get(this.#z) : this.#local(Local.ZF);
  }

  #vWord(): Expression {
    return this.#v ? this.#v() : this.#local(Local.VF);
  }

  /** Whether a condition holds, as 0 or 1. @param condition 0 (EQ) to 13 (LE) */
  condition(condition: number): Expression {
    const { i32 } = this.#module;
    const get = this.#get;
    const zero = () => i32.const(0);
    if (this.#compared) {
      const { a, b } = this.#compared;
      switch (condition) {
        case 0:
          return i32.eq(get(a), get(b));
        case 1:
          return i32.ne(get(a), get(b));
        case 2:
          return i32.ge_u(get(a), get(b));
        case 3:
          return i32.lt_u(get(a), get(b));
        case 8:
          return i32.gt_u(get(a), get(b));
        case 9:
          return i32.le_u(get(a), get(b));
        case 10:
          return i32.ge_s(get(a), get(b));
        case 11:
          return i32.lt_s(get(a), get(b));
        case 12:
          return i32.gt_s(get(a), get(b));
        case 13:
          return i32.le_s(get(a), get(b));
      }
    }
    switch (condition) {
      case 0:
        return i32.eqz(this.#zWord());
      case 1:
        return i32.ne(this.#zWord(), zero());
      case 2:
        return i32.ne(this.carry(), zero());
      case 3:
        return i32.eqz(this.carry());
      case 4:
        return i32.lt_s(this.#nWord(), zero());
      case 5:
        return i32.ge_s(this.#nWord(), zero());
      case 6:
        return i32.lt_s(this.#vWord(), zero());
      case 7:
        return i32.ge_s(this.#vWord(), zero());
      case 8:
        return i32.and(i32.ne(this.carry(), zero()), i32.ne(this.#zWord(), zero()));
      case 9:
        return i32.or(i32.eqz(this.carry()), i32.eqz(this.#zWord()));
      case 10:
        return i32.ge_s(i32.xor(this.#nWord(), this.#vWord()), zero());
      case 11:
        return i32.lt_s(i32.xor(this.#nWord(), this.#vWord()), zero());
      case 12:
        return i32.and(
          i32.ne(this.#zWord(), zero()),
          i32.ge_s(i32.xor(this.#nWord(), this.#vWord()), zero()),
        );
      default:
        return i32.or(i32.eqz(this.#zWord()), i32.lt_s(i32.xor(this.#nWord(), this.#vWord()), zero()));
    }
  }
}
