import type binaryen from 'binaryen';
import { CPU, FpEnabled } from '../abi/cpu-state.js';
import { FPSCR } from '../isa/vfp/fpscr.js';
import type { EmissionTarget } from './emission-target.js';
import { Local } from './locals.js';
import { Type, type Value } from './value.js';

type Expression = binaryen.ExpressionRef;

/** What has been checked on the way to the current instruction. */
const Fact = { VFP_ENABLED: 1, SIMD_ENABLED: 2, ORDINARY_MODE: 4 } as const;

/** FPSCR bits that must be clear for plain WebAssembly arithmetic: round to nearest, no flushing, no short vectors. */
const SPECIAL_MODE = FPSCR.LEN | FPSCR.STRIDE | FPSCR.RMODE | FPSCR.FZ;

/** A part of the vCPU's state whose content is in a local. */
interface Known {
  readonly offset: number;
  readonly bytes: number;
  readonly value: Value;
}

/**
 * The vCPU's state that stays in linear memory while a region runs: floating-point registers, FPSCR, the exclusive monitor.
 * Stores are held back until the instruction is complete; what was loaded or stored is remembered within a block.
 */
export class StateEmitter {
  readonly #target: EmissionTarget;
  readonly #m: binaryen.Module;
  #known: Known[] = [];
  #facts = 0;
  #deferred: Expression[] = [];
  /** In an instruction that may be skipped: what was known before it. */
  #before: { known: Known[]; facts: number } | undefined;
  #written: { offset: number; bytes: number }[] = [];

  constructor(target: EmissionTarget) {
    this.#target = target;
    this.#m = target.module;
  }

  beginBlock(): void {
    this.#known = [];
    this.#facts = 0;
  }

  begin(conditional: boolean): void {
    this.#deferred = [];
    this.#written = [];
    this.#before = conditional ? { known: this.#known.slice(), facts: this.#facts } : undefined;
  }

  /** Builds the stores. */
  finish(): void {
    for (const statement of this.#deferred) this.#target.push(statement);
    this.#deferred = [];
    if (this.#before === undefined) return;
    const written = this.#written;
    this.#known = this.#before.known.filter((known) => !written.some((range) => overlap(known, range)));
    const modeWritten = written.some(({ offset }) => offset === CPU.FPSCR);
    this.#facts = this.#before.facts & (modeWritten ? ~Fact.ORDINARY_MODE : -1);
  }

  // Expressions

  define(type: number, expression: Expression): Value {
    return this.#target.define(expression, type);
  }

  leaveIf(condition: Expression): void {
    this.#target.push(this.#m.if(condition, this.#target.leaveBefore()));
  }

  #cpu(): Expression {
    return this.#m.local.get(Local.CPU, Type.I32);
  }

  // Words that are not remembered

  /** A store to be carried out when the instruction is complete. */
  defer(store: Expression): void {
    this.#deferred.push(store);
  }

  /** Stores an integer when the instruction is complete. */
  store(offset: number, value: Value): void {
    this.#deferred.push(this.#m.i32.store(offset, 4, this.#cpu(), getI32(this.#m, value)));
  }

  // Registers

  /** A single, or another word. */
  word(offset: number): Value {
    return (
      this.#find(offset, 4, isWord) ??
      this.#load(offset, 4, this.#m.f32.load(offset, 4, this.#cpu()), Type.F32)
    );
  }

  setWord(offset: number, value: Value): void {
    const { i32, f32 } = this.#m;
    const kept = this.#kept(value);
    const store =
      kept.type === Type.F32
        ? f32.store(offset, 4, this.#cpu(), getF32(this.#m, kept))
        : i32.store(offset, 4, this.#cpu(), getI32(this.#m, kept));
    this.#write(offset, 4, kept, store);
  }

  double(offset: number): Value {
    return (
      this.#find(offset, 8, isDouble) ??
      this.#load(offset, 8, this.#m.f64.load(offset, 8, this.#cpu()), Type.F64)
    );
  }

  setDouble(offset: number, value: Value): void {
    const { i64, f64 } = this.#m;
    const store =
      value.type === Type.F64
        ? f64.store(offset, 8, this.#cpu(), getF64(this.#m, value))
        : i64.store(offset, 8, this.#cpu(), getI64(this.#m, value));
    this.#write(offset, 8, value, store);
  }

  /** A vector of 8 bytes, whose upper half is undefined, or of 16. */
  vector(offset: number, bytes: number): Value {
    const { v128 } = this.#m;
    const found = this.#find(offset, bytes, isVector);
    if (found) return found;
    if (bytes === 8) {
      const pair = offset % 16 === 8 ? this.#find(offset - 8, 16, isVector) : undefined;
      const value = pair
        ? this.define(Type.V128, this.#shuffle(pair, pair, UPPER))
        : this.define(Type.V128, v128.load64_zero(offset, 8, this.#cpu()));
      return this.#remember(offset, 8, value);
    }
    const low = this.#find(offset, 8, isVector);
    const high = this.#find(offset + 8, 8, isVector);
    // A load of what two stores have left would have to wait for both to arrive in memory.
    if (low && high) {
      return this.#remember(offset, 16, this.define(Type.V128, this.#shuffle(low, high, LOWER_OF_BOTH)));
    }
    return this.#load(offset, 16, v128.load(offset, 8, this.#cpu()), Type.V128);
  }

  setVector(offset: number, bytes: number, value: Value): void {
    const { v128 } = this.#m;
    const get = this.#m.local.get(value.local, Type.V128);
    const store =
      bytes === 8
        ? v128.store64_lane(offset, 8, 0, this.#cpu(), get)
        : v128.store(offset, 8, this.#cpu(), get);
    this.#write(offset, bytes, value, store);
  }

  /** An element of a register, extended to 32 bits. @param bytes 1, 2 or 4 */
  element(offset: number, bytes: number, signed: boolean): Value {
    const { i32 } = this.#m;
    if (bytes === 4) return this.word(offset);
    const load = bytes === 1 ? (signed ? i32.load8_s : i32.load8_u) : signed ? i32.load16_s : i32.load16_u;
    return this.define(Type.I32, load(offset, bytes, this.#cpu()));
  }

  setElement(offset: number, bytes: number, value: Value): void {
    const { i32 } = this.#m;
    if (bytes === 4) {
      this.setWord(offset, value);
      return;
    }
    const store = bytes === 1 ? i32.store8 : i32.store16;
    this.#deferred.push(store(offset, bytes, this.#cpu(), getI32(this.#m, value)));
    this.#forget(offset, bytes);
  }

  // FPSCR

  checkVfpEnabled(): void {
    this.#checkEnabled(Fact.VFP_ENABLED, FpEnabled.VFP);
  }

  checkSimdEnabled(): void {
    this.#checkEnabled(Fact.SIMD_ENABLED, FpEnabled.SIMD);
  }

  #checkEnabled(fact: number, bit: number): void {
    const { i32 } = this.#m;
    if ((this.#facts & fact) !== 0) return;
    const enabled = i32.and(i32.load(CPU.FP_ENABLED, 4, this.#cpu()), i32.const(bit));
    this.leaveIf(i32.eqz(enabled));
    this.#facts |= fact;
  }

  /** Leaves the region unless FPSCR asks for what WebAssembly's arithmetic does. */
  checkOrdinaryMode(): void {
    const { i32 } = this.#m;
    if ((this.#facts & Fact.ORDINARY_MODE) !== 0) return;
    this.leaveIf(i32.and(getI32(this.#m, this.fpscr()), i32.const(SPECIAL_MODE)));
    this.#facts |= Fact.ORDINARY_MODE;
  }

  fpscr(): Value {
    return (
      this.#find(CPU.FPSCR, 4, isWord) ??
      this.#load(CPU.FPSCR, 4, this.#m.i32.load(CPU.FPSCR, 4, this.#cpu()), Type.I32)
    );
  }

  /** @param modeChanged whether bits that control arithmetic may have changed */
  setFpscr(value: Value, modeChanged: boolean): void {
    this.setWord(CPU.FPSCR, value);
    if (modeChanged) this.#facts &= ~Fact.ORDINARY_MODE;
  }

  /** Whether inexact results need a flag that is not set yet, as a condition. */
  inexactClear(): Expression {
    const { i32 } = this.#m;
    return i32.eqz(i32.and(getI32(this.#m, this.fpscr()), i32.const(FPSCR.IXC)));
  }

  // What is known

  #find(offset: number, bytes: number, kind: (value: Value) => boolean): Value | undefined {
    return this.#known.find((known) => known.offset === offset && known.bytes >= bytes && kind(known.value))
      ?.value;
  }

  #load(offset: number, bytes: number, load: Expression, type: number): Value {
    return this.#remember(offset, bytes, this.define(type, load));
  }

  #remember(offset: number, bytes: number, value: Value): Value {
    this.#known.push({ offset, bytes, value });
    return value;
  }

  #write(offset: number, bytes: number, value: Value, store: Expression): void {
    this.#deferred.push(store);
    this.#forget(offset, bytes);
    this.#remember(offset, bytes, value);
  }

  #forget(offset: number, bytes: number): void {
    const range = { offset, bytes };
    this.#written.push(range);
    this.#known = this.#known.filter((known) => !overlap(known, range));
  }

  /** A value that stays when the guest register it came from is written. */
  #kept(value: Value): Value {
    if (value.isConstant || value.local >= Local.TEMPORARY) return value;
    return this.define(Type.I32, getI32(this.#m, value));
  }

  #shuffle(a: Value, b: Value, lanes: readonly number[]): Expression {
    const get = (value: Value) => this.#m.local.get(value.local, Type.V128);
    return this.#m.i8x16.shuffle(get(a), get(b), lanes);
  }
}

const UPPER = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
const LOWER_OF_BOTH = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

const isWord = (value: Value) => value.type === Type.I32 || value.type === Type.F32;
const isDouble = (value: Value) => value.type === Type.I64 || value.type === Type.F64;
const isVector = (value: Value) => value.type === Type.V128;

function overlap(a: { offset: number; bytes: number }, b: { offset: number; bytes: number }): boolean {
  return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}

// A value as an expression of another type of the same width.

export function getI32(m: binaryen.Module, value: Value): Expression {
  if (value.isConstant) return m.i32.const(value.constant);
  const get = m.local.get(value.local, value.type);
  return value.type === Type.F32 ? m.i32.reinterpret(get) : get;
}

export function getF32(m: binaryen.Module, value: Value): Expression {
  if (value.type === Type.F32) return m.local.get(value.local, Type.F32);
  return m.f32.reinterpret(getI32(m, value));
}

export function getI64(m: binaryen.Module, value: Value): Expression {
  const get = m.local.get(value.local, value.type);
  return value.type === Type.F64 ? m.i64.reinterpret(get) : get;
}

export function getF64(m: binaryen.Module, value: Value): Expression {
  const get = m.local.get(value.local, value.type);
  return value.type === Type.I64 ? m.f64.reinterpret(get) : get;
}
