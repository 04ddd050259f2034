import type binaryen from 'binaryen';
import { CPU } from '../abi/cpu-state.js';
import { FPSCR } from '../isa/vfp/fpscr.js';
import type { VfpOps } from '../isa/vfp/ops.js';
import type { EmissionTarget } from './emission-target.js';
import type { MemoryEmitter } from './memory-emitter.js';
import { getF32, getF64, getI32, getI64, type StateEmitter } from './state-emitter.js';
import { NotTranslatable, Type, Value } from './value.js';

type Expression = binaryen.ExpressionRef;
/** Builds the same expression each time: expressions are used once. */
type Builder = () => Expression;

/** Position and mask of the exponent in a single and, counted in the high word, in a double. */
const SINGLE = { position: 23, mask: 0xff };
const DOUBLE = { position: 20, mask: 0x7ff };

/**
 * Builds WebAssembly from VFP operations (design §5). Arithmetic is WebAssembly's own, where FPSCR rounds to nearest
 * without flushing to zero; the region is left before an instruction whose result is not an ordinary number or an exact zero,
 * or that would have to set the inexact flag.
 */
export class VfpEmitter implements VfpOps<Value, Value> {
  readonly #target: EmissionTarget;
  readonly #m: binaryen.Module;
  readonly #memory: MemoryEmitter;
  readonly #state: StateEmitter;
  /** FPSCR as the last comparison has left it, with that comparison's outcome. */
  #compared: { fpscr: Value; less: Value; equal: Value } | undefined;

  constructor(target: EmissionTarget, memory: MemoryEmitter, state: StateEmitter) {
    this.#target = target;
    this.#m = target.module;
    this.#memory = memory;
    this.#state = state;
  }

  checkEnabled(): void {
    this.#state.checkVfpEnabled();
  }

  checkArithmeticEnabled(): void {
    this.#state.checkVfpEnabled();
    this.#state.checkOrdinaryMode();
  }

  // Registers

  getS(n: number): Value {
    return this.#state.word(CPU.D + 4 * n);
  }

  setS(n: number, value: Value): void {
    this.#state.setWord(CPU.D + 4 * n, value);
  }

  getD(n: number): Value {
    return this.#state.double(CPU.D + 8 * n);
  }

  setD(n: number, value: Value): void {
    this.#state.setDouble(CPU.D + 8 * n, value);
  }

  getElement(d: number, index: number, esize: number, signed: boolean): Value {
    const bytes = esize >> 3;
    return this.#state.element(CPU.D + 8 * d + index * bytes, bytes, signed);
  }

  setElement(d: number, index: number, esize: number, value: Value): void {
    const bytes = esize >> 3;
    this.#state.setElement(CPU.D + 8 * d + index * bytes, bytes, value);
  }

  // Doubles as words

  join(low: Value, high: Value): Value {
    const { i64 } = this.#m;
    if (low.isConstant && high.isConstant) {
      return this.#i64(i64.const((BigInt(high.constant) << 32n) | BigInt(low.constant >>> 0)));
    }
    const shifted = i64.shl(i64.extend_u(getI32(this.#m, high)), i64.const(32n));
    return this.#i64(i64.or(shifted, i64.extend_u(getI32(this.#m, low))));
  }

  low(a: Value): Value {
    return this.#i32(this.#m.i32.wrap(getI64(this.#m, a)));
  }

  high(a: Value): Value {
    return this.#i32(this.#highWord(a));
  }

  #highWord(a: Value): Expression {
    const { i32, i64 } = this.#m;
    return i32.wrap(i64.shr_u(getI64(this.#m, a), i64.const(32n)));
  }

  // Memory

  loadD(address: Value): Value {
    const { at, offset } = this.#memory.load(address, 8, 4);
    return this.#f64(this.#m.f64.load(offset, 4, at));
  }

  storeD(address: Value, value: Value): void {
    const { at, offset } = this.#memory.store(address, 8, 4);
    const { i64, f64 } = this.#m;
    const store =
      value.type === Type.F64
        ? f64.store(offset, 4, at, getF64(this.#m, value))
        : i64.store(offset, 4, at, getI64(this.#m, value));
    this.#target.push(store);
  }

  // Singles

  addS(a: Value, b: Value): Value {
    const { f32 } = this.#m;
    const x = () => getF32(this.#m, a);
    const y = () => getF32(this.#m, b);
    const result = this.#f32(f32.add(x(), y()));
    return this.#sumS(result, x, y);
  }

  subS(a: Value, b: Value): Value {
    const { f32 } = this.#m;
    const x = () => getF32(this.#m, a);
    const y = () => getF32(this.#m, b);
    const result = this.#f32(f32.sub(x(), y()));
    return this.#sumS(result, x, () => f32.neg(y()));
  }

  /** Checks x + y. That of numbers that cancel out is exact. */
  #sumS(result: Value, x: Builder, y: Builder): Value {
    const { f32 } = this.#m;
    const sum = () => getF32(this.#m, result);
    const added = () => f32.sub(sum(), x());
    const inexact = () => f32.ne(f32.sub(x(), f32.sub(sum(), added())), f32.sub(added(), y()));
    return this.#checkedS(result, () => this.#isZeroS(result), inexact);
  }

  mulS(a: Value, b: Value): Value {
    const { i32, f32, f64 } = this.#m;
    const result = this.#f32(f32.mul(getF32(this.#m, a), getF32(this.#m, b)));
    const zero = () => i32.and(this.#isZeroS(result), i32.or(this.#isZeroS(a), this.#isZeroS(b)));
    return this.#checkedS(result, zero, () =>
      f64.ne(f64.mul(this.#wide(a), this.#wide(b)), this.#wide(result)),
    );
  }

  divS(a: Value, b: Value): Value {
    const { i32, f32, f64 } = this.#m;
    const result = this.#f32(f32.div(getF32(this.#m, a), getF32(this.#m, b)));
    const zero = () => i32.and(this.#isZeroS(result), this.#isZeroS(a));
    return this.#checkedS(result, zero, () =>
      f64.ne(f64.mul(this.#wide(result), this.#wide(b)), this.#wide(a)),
    );
  }

  /** In doubles the product is exact; the sum may have been rounded to half way between two singles. */
  fmaS(addend: Value, a: Value, b: Value): Value {
    const m = this.#m;
    const { i32, f32, f64 } = m;
    const product = this.#f64(f64.mul(this.#wide(a), this.#wide(b)));
    const sum = this.#f64(f64.add(getF64(m, product), this.#wide(addend)));
    const result = this.#f32(f32.demote(getF64(m, sum)));
    const lost = () =>
      this.#lostInSum(
        sum,
        () => getF64(m, product),
        () => this.#wide(addend),
      );
    const below = i32.and(i32.wrap(getI64(m, sum)), i32.const(0x1fff_ffff));
    const halfWay = i32.eq(below, i32.const(0x1000_0000));
    this.#state.leaveIf(m.if(halfWay, f64.ne(lost(), f64.const(0)), i32.const(0)));
    const never = () => i32.const(0);
    const inexact = () => i32.or(f64.ne(this.#wide(result), getF64(m, sum)), f64.ne(lost(), f64.const(0)));
    return this.#checkedS(result, never, inexact);
  }

  sqrtS(a: Value): Value {
    const { f32, f64 } = this.#m;
    const result = this.#f32(f32.sqrt(getF32(this.#m, a)));
    const inexact = () => f64.ne(f64.mul(this.#wide(result), this.#wide(result)), this.#wide(a));
    return this.#checkedS(result, () => this.#isZeroS(result), inexact);
  }

  negS(a: Value): Value {
    return this.#f32(this.#m.f32.neg(getF32(this.#m, a)));
  }

  absS(a: Value): Value {
    return this.#f32(this.#m.f32.abs(getF32(this.#m, a)));
  }

  compareS(a: Value, b: Value): void {
    const { f32 } = this.#m;
    const x = () => getF32(this.#m, a);
    const y = () => getF32(this.#m, b);
    this.#compare(a, b, f32.ne(x(), x()), f32.ne(y(), y()), f32.lt(x(), y()), f32.eq(x(), y()));
  }

  // Doubles

  addD(a: Value, b: Value): Value {
    const { f64 } = this.#m;
    const x = () => getF64(this.#m, a);
    const y = () => getF64(this.#m, b);
    const result = this.#f64(f64.add(x(), y()));
    return this.#sumD(result, x, y);
  }

  subD(a: Value, b: Value): Value {
    const { f64 } = this.#m;
    const x = () => getF64(this.#m, a);
    const y = () => getF64(this.#m, b);
    const result = this.#f64(f64.sub(x(), y()));
    return this.#sumD(result, x, () => f64.neg(y()));
  }

  #sumD(result: Value, x: Builder, y: Builder): Value {
    const { f64 } = this.#m;
    const sum = () => getF64(this.#m, result);
    const added = () => f64.sub(sum(), x());
    const inexact = () => f64.ne(f64.sub(x(), f64.sub(sum(), added())), f64.sub(added(), y()));
    return this.#checkedD(result, () => this.#isZeroD(result), inexact);
  }

  mulD(a: Value, b: Value): Value {
    const { i32, f64 } = this.#m;
    const result = this.#f64(f64.mul(getF64(this.#m, a), getF64(this.#m, b)));
    const zero = () => i32.and(this.#isZeroD(result), i32.or(this.#isZeroD(a), this.#isZeroD(b)));
    return this.#checkedD(result, zero, () => this.#notExactProduct(a, b, result));
  }

  divD(a: Value, b: Value): Value {
    const { i32, f64 } = this.#m;
    const result = this.#f64(f64.div(getF64(this.#m, a), getF64(this.#m, b)));
    const zero = () => i32.and(this.#isZeroD(result), this.#isZeroD(a));
    const inexact = () =>
      i32.or(
        this.#notExactProduct(result, b, a),
        f64.ne(f64.mul(getF64(this.#m, result), getF64(this.#m, b)), getF64(this.#m, a)),
      );
    return this.#checkedD(result, zero, inexact);
  }

  /**
   * Product and sum with what rounding took from each (T. J. Dekker 1971); both errors together, rounded, then correct the sum.
   * That rounds as one step would, unless the rounded correction may lie half way between neighbours: at a few quarters of
   * a unit in the sum's last place.
   */
  fmaD(addend: Value, a: Value, b: Value): Value {
    const m = this.#m;
    const { i32, i64, f64 } = m;
    const get = (value: Value) => getF64(m, value);
    const zero = () => f64.const(0);
    const product = this.#f64(f64.mul(get(a), get(b)));
    const tiny = i32.eqz(f64.gt(f64.abs(get(product)), f64.const(2 ** -900)));
    const nonzero = i32.eqz(i32.or(this.#isZeroD(a), this.#isZeroD(b)));
    this.#state.leaveIf(m.if(tiny, nonzero, i32.const(0)));
    const lostInProduct = this.#lostInProduct(a, b, product);
    const sum = this.#f64(f64.add(get(product), get(addend)));
    const lostInSum = this.#f64(
      this.#lostInSum(
        sum,
        () => get(product),
        () => get(addend),
      ),
    );
    const correction = this.#f64(f64.add(get(lostInSum), get(lostInProduct)));
    const isShort = i64.eqz(i64.shl(getI64(m, correction), i64.const(14n)));
    const bothLost = i32.and(f64.ne(get(lostInSum), zero()), f64.ne(get(lostInProduct), zero()));
    this.#state.leaveIf(m.if(isShort, bothLost, i32.const(0)));
    const result = this.#f64(f64.add(get(sum), get(correction)));
    const never = () => i32.const(0);
    return this.#checkedD(result, never, () => f64.ne(get(correction), zero()));
  }

  /** x + y − sum, where `sum` is the rounded one. */
  #lostInSum(sum: Value, x: Builder, y: Builder): Expression {
    const { f64 } = this.#m;
    const total = () => getF64(this.#m, sum);
    const added = () => f64.sub(total(), x());
    return f64.add(f64.sub(x(), f64.sub(total(), added())), f64.sub(y(), added()));
  }

  /** a × b − product, where `product` is the rounded one. NaN when the numbers are too large for it. */
  #lostInProduct(a: Value, b: Value, product: Value): Value {
    const { f64 } = this.#m;
    const get = (value: Value) => getF64(this.#m, value);
    const split = (value: Value) => {
      const scaled = this.#f64(f64.mul(get(value), f64.const(2 ** 27 + 1)));
      const high = this.#f64(f64.sub(get(scaled), f64.sub(get(scaled), get(value))));
      return { high, low: this.#f64(f64.sub(get(value), get(high))) };
    };
    const x = split(a);
    const y = split(b);
    const times = (p: Value, q: Value) => f64.mul(get(p), get(q));
    const rest = f64.sub(
      f64.sub(f64.sub(get(product), times(x.high, y.high)), times(x.low, y.high)),
      times(x.high, y.low),
    );
    return this.#f64(f64.sub(times(x.low, y.low), rest));
  }

  sqrtD(a: Value): Value {
    const { i32, f64 } = this.#m;
    const result = this.#f64(f64.sqrt(getF64(this.#m, a)));
    const root = () => getF64(this.#m, result);
    const inexact = () =>
      i32.or(this.#notExactProduct(result, result, a), f64.ne(f64.mul(root(), root()), getF64(this.#m, a)));
    return this.#checkedD(result, () => this.#isZeroD(result), inexact);
  }

  negD(a: Value): Value {
    return this.#f64(this.#m.f64.neg(getF64(this.#m, a)));
  }

  absD(a: Value): Value {
    return this.#f64(this.#m.f64.abs(getF64(this.#m, a)));
  }

  compareD(a: Value, b: Value): void {
    const { f64 } = this.#m;
    const x = () => getF64(this.#m, a);
    const y = () => getF64(this.#m, b);
    this.#compare(a, b, f64.ne(x(), x()), f64.ne(y(), y()), f64.lt(x(), y()), f64.eq(x(), y()));
  }

  /** Not wrong when it says that a product is exact: small whole numbers. The others are the interpreter's. */
  #notExactProduct(a: Value, b: Value, product: Value): Expression {
    const { i32, f64 } = this.#m;
    const notWhole = (value: Value) => f64.ne(f64.trunc(getF64(this.#m, value)), getF64(this.#m, value));
    const notSmall = i32.eqz(f64.lt(f64.abs(getF64(this.#m, product)), f64.const(2 ** 53)));
    return i32.or(i32.or(notWhole(a), notWhole(b)), notSmall);
  }

  // Checks

  /** Leaves the region unless the result is a normal number above the smallest, or the zero that `exactZero` vouches for. */
  #checkedS(result: Value, exactZero: Builder, inexact: Builder): Value {
    const { i32 } = this.#m;
    const bits = getI32(this.#m, result);
    this.#check(
      this.#isExtraordinary(i32.shr_u(bits, i32.const(SINGLE.position)), SINGLE.mask),
      exactZero,
      inexact,
    );
    return result;
  }

  #checkedD(result: Value, exactZero: Builder, inexact: Builder): Value {
    const { i32, i64 } = this.#m;
    const top = i32.wrap(i64.shr_u(getI64(this.#m, result), i64.const(BigInt(32 + DOUBLE.position))));
    this.#check(this.#isExtraordinary(top, DOUBLE.mask), exactZero, inexact);
    return result;
  }

  /** The smallest normal exponent is not ordinary: the number may have been rounded up from a subnormal one. */
  #isExtraordinary(signAndExponent: Expression, mask: number): Expression {
    const { i32 } = this.#m;
    const exponent = i32.and(signAndExponent, i32.const(mask));
    return i32.ge_u(i32.sub(exponent, i32.const(2)), i32.const(mask - 2));
  }

  #check(extraordinary: Expression, exactZero: Builder, inexact: Builder): void {
    const m = this.#m;
    const otherwise = m.if(this.#state.inexactClear(), inexact(), m.i32.const(0));
    this.#state.leaveIf(m.if(extraordinary, m.i32.eqz(exactZero()), otherwise));
  }

  #isZeroS(value: Value): Expression {
    return this.#m.f32.eq(getF32(this.#m, value), this.#m.f32.const(0));
  }

  #isZeroD(value: Value): Expression {
    return this.#m.f64.eq(getF64(this.#m, value), this.#m.f64.const(0));
  }

  /** Both of these operands' comparisons with themselves say whether they are NaN. */
  #compare(
    a: Value,
    b: Value,
    aIsNan: Expression,
    bIsNan: Expression,
    less: Expression,
    equal: Expression,
  ): void {
    const { i32 } = this.#m;
    this.#state.checkOrdinaryMode();
    this.#state.leaveIf(a === b ? aIsNan : i32.or(aIsNan, bIsNan));
    const lessValue = this.#i32(less);
    const equalValue = this.#i32(equal);
    const get = (value: Value) => getI32(this.#m, value);
    const at = (bit: Expression, position: number) => i32.shl(bit, i32.const(position));
    const flags = i32.or(
      at(i32.or(at(get(lessValue), 1), get(equalValue)), 30),
      at(i32.eqz(get(lessValue)), 29),
    );
    const others = i32.and(get(this.#state.fpscr()), i32.const(~FPSCR.NZCV));
    const fpscr = this.#i32(i32.or(others, flags));
    this.#state.setFpscr(fpscr, false);
    this.#compared = { fpscr, less: lessValue, equal: equalValue };
  }

  // Conversions

  doubleFromS(a: Value): Value {
    const { f32, f64 } = this.#m;
    this.#state.checkOrdinaryMode();
    const single = () => getF32(this.#m, a);
    this.#state.leaveIf(f32.ne(single(), single()));
    return this.#f64(f64.promote(single()));
  }

  singleFromD(a: Value): Value {
    const { i32, f32, f64 } = this.#m;
    this.#state.checkOrdinaryMode();
    const result = this.#f32(f32.demote(getF64(this.#m, a)));
    const zero = () => i32.and(this.#isZeroS(result), this.#isZeroD(a));
    return this.#checkedS(result, zero, () => f64.ne(this.#wide(result), getF64(this.#m, a)));
  }

  singleFromHalf(): Value {
    throw new NotTranslatable();
  }

  halfFromS(): Value {
    throw new NotTranslatable();
  }

  singleFromInt(a: Value, unsigned: boolean): Value {
    this.#state.checkOrdinaryMode();
    return this.#singleFrom(this.#f64(this.#converted(getI32(this.#m, a), unsigned)));
  }

  doubleFromInt(a: Value, unsigned: boolean): Value {
    return this.#f64(this.#converted(getI32(this.#m, a), unsigned));
  }

  intFromS(a: Value, unsigned: boolean, roundZero: boolean): Value {
    return this.#toInteger(this.#f64(this.#wide(a)), 32, unsigned, roundZero);
  }

  intFromD(a: Value, unsigned: boolean, roundZero: boolean): Value {
    return this.#toInteger(a, 32, unsigned, roundZero);
  }

  singleFromFixed(a: Value, fractionBits: number, width: number, unsigned: boolean): Value {
    return this.#singleFrom(this.doubleFromFixed(a, fractionBits, width, unsigned));
  }

  doubleFromFixed(a: Value, fractionBits: number, width: number, unsigned: boolean): Value {
    const { f64 } = this.#m;
    return this.#f64(
      f64.mul(this.#converted(this.#extended(a, width, unsigned), unsigned), f64.const(2 ** -fractionBits)),
    );
  }

  fixedFromS(a: Value, fractionBits: number, width: number, unsigned: boolean): Value {
    return this.#toFixed(this.#wide(a), fractionBits, width, unsigned);
  }

  fixedFromD(a: Value, fractionBits: number, width: number, unsigned: boolean): Value {
    return this.#toFixed(getF64(this.#m, a), fractionBits, width, unsigned);
  }

  #toFixed(a: Expression, fractionBits: number, width: number, unsigned: boolean): Value {
    // UNPREDICTABLE, and scaling down could lose bits.
    if (fractionBits < 0) throw new NotTranslatable();
    const scaled = this.#f64(this.#m.f64.mul(a, this.#m.f64.const(2 ** fractionBits)));
    return this.#toInteger(scaled, width, unsigned, true);
  }

  /** The low `width` bits. */
  #extended(a: Value, width: number, unsigned: boolean): Expression {
    const { i32 } = this.#m;
    const bits = getI32(this.#m, a);
    if (width === 32) return bits;
    return unsigned ? i32.and(bits, i32.const(0xffff)) : i32.extend16_s(bits);
  }

  #converted(bits: Expression, unsigned: boolean): Expression {
    const { f64 } = this.#m;
    return unsigned ? f64.convert_u.i32(bits) : f64.convert_s.i32(bits);
  }

  /** A number that is zero or in the range of normal singles, rounded to nearest. */
  #singleFrom(exact: Value): Value {
    const { i32, f32, f64 } = this.#m;
    const result = this.#f32(f32.demote(getF64(this.#m, exact)));
    const inexact = f64.ne(this.#wide(result), getF64(this.#m, exact));
    this.#state.leaveIf(i32.and(this.#state.inexactClear(), inexact));
    return result;
  }

  #toInteger(a: Value, width: number, unsigned: boolean, roundZero: boolean): Value {
    const m = this.#m;
    const { i32, f64 } = m;
    this.#state.checkOrdinaryMode();
    const original = () => getF64(m, a);
    const rounded = roundZero ? f64.trunc(original()) : f64.nearest(original());
    const whole = this.#f64(rounded);
    const get = () => getF64(m, whole);
    const limit = unsigned ? 2 ** width : 2 ** (width - 1);
    const inRange = i32.and(f64.ge(get(), f64.const(unsigned ? 0 : -limit)), f64.lt(get(), f64.const(limit)));
    const inexact = i32.and(this.#state.inexactClear(), f64.ne(get(), original()));
    this.#state.leaveIf(i32.or(i32.eqz(inRange), inexact));
    return this.#i32(unsigned ? i32.trunc_u_sat.f64(get()) : i32.trunc_s_sat.f64(get()));
  }

  // FPSCR

  readFPSCR(): Value {
    return this.#state.fpscr();
  }

  writeFPSCR(value: Value): void {
    const { i32 } = this.#m;
    this.#state.setFpscr(this.#i32(i32.and(getI32(this.#m, value), i32.const(FPSCR.WRITABLE))), true);
  }

  flagsToAPSR(): void {
    const { i32 } = this.#m;
    const { flags } = this.#target;
    const fpscr = this.#state.fpscr();
    const compared = this.#compared;
    if (compared?.fpscr === fpscr) {
      const less = () => getI32(this.#m, compared.less);
      flags.setNZ(
        this.#i32(i32.shl(less(), i32.const(31))),
        this.#i32(i32.eqz(getI32(this.#m, compared.equal))),
      );
      flags.setC(this.#i32(i32.eqz(less())));
      flags.setV(Value.constant(0));
      return;
    }
    const bits = () => getI32(this.#m, fpscr);
    const bit = (position: number) =>
      this.#i32(i32.and(i32.shr_u(bits(), i32.const(position)), i32.const(1)));
    const negative = this.#i32(bits());
    flags.setNZ(negative, this.#i32(i32.eqz(i32.and(bits(), i32.const(FPSCR.Z)))));
    flags.setC(bit(29));
    flags.setV(bit(28));
  }

  // Values

  /** A single as a double. */
  #wide(value: Value): Expression {
    return this.#m.f64.promote(getF32(this.#m, value));
  }

  #i32(expression: Expression): Value {
    return this.#state.define(Type.I32, expression);
  }

  #i64(expression: Expression): Value {
    return this.#state.define(Type.I64, expression);
  }

  #f32(expression: Expression): Value {
    return this.#state.define(Type.F32, expression);
  }

  #f64(expression: Expression): Value {
    return this.#state.define(Type.F64, expression);
  }
}
