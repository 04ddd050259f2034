import type binaryen from 'binaryen';
import type { SimdOps } from '../isa/simd/ops.js';
import { IntegerVectorEmitter } from './integer-vector-emitter.js';
import { NotTranslatable, type Value } from './value.js';

type Expression = binaryen.ExpressionRef;
type TwoOperands = (a: Expression, b: Expression) => Expression;

/** Singles without their sign, shifted left by one: bounds of their classes. */
const SMALLEST_NORMAL = 0x0100_0000;
/** Numbers below this one may have been rounded up from subnormal ones. */
const SMALLEST_ORDINARY = 0x0200_0000;
const INFINITY = 0xff00_0000 | 0;

/**
 * Advanced SIMD as WebAssembly. Floating-point elements are computed by WebAssembly's own arithmetic; the region is left before an
 * instruction with an element that is subnormal (it would be flushed to zero) or NaN, or whose result is not an
 * ordinary number or an exact zero, or that would have to set the inexact flag.
 */
export class SimdEmitter extends IntegerVectorEmitter implements SimdOps<Value, Value> {
  fAdd(a: Value, b: Value, bytes: number): Value {
    return this.#sum(a, b, false, bytes);
  }

  fSub(a: Value, b: Value, bytes: number): Value {
    return this.#sum(a, b, true, bytes);
  }

  #sum(a: Value, b: Value, subtract: boolean, bytes: number): Value {
    const { f32x4, v128 } = this.m;
    const x = () => this.vector(a);
    const y = () => (subtract ? f32x4.neg(this.vector(b)) : this.vector(b));
    const result = this.define(f32x4.add(x(), y()));
    const sum = () => this.vector(result);
    const ordinary = v128.or(this.#isOrdinary(result), this.#isZero(result));
    // Exact or not is told by what adding and taking away again leaves.
    const added = () => f32x4.sub(sum(), x());
    const inexact = () => f32x4.ne(f32x4.sub(x(), f32x4.sub(sum(), added())), f32x4.sub(added(), y()));
    this.#leaveUnless(v128.andnot(ordinary, v128.or(this.#isSubnormal(a), this.#isSubnormal(b))), bytes);
    this.#leaveIfInexact(inexact, bytes);
    return result;
  }

  fMul(a: Value, b: Value, bytes: number): Value {
    const { f32x4, v128, i8x16 } = this.m;
    const result = this.define(f32x4.mul(this.vector(a), this.vector(b)));
    const exactZero = v128.and(this.#isZero(result), v128.or(this.#isZero(a), this.#isZero(b)));
    const ordinary = v128.or(this.#isOrdinary(result), exactZero);
    this.#leaveUnless(v128.andnot(ordinary, v128.or(this.#isSubnormal(a), this.#isSubnormal(b))), bytes);
    const { f64x2 } = this.m;
    const high = (value: Value) => i8x16.shuffle(this.vector(value), this.vector(value), UPPER_HALF);
    const lost = (part: (value: Value) => Expression) => {
      const wide = (value: Value) => f64x2.promote_low_f32x4(part(value));
      return f64x2.ne(f64x2.mul(wide(a), wide(b)), wide(result));
    };
    const low = (value: Value) => this.vector(value);
    this.#leaveIfInexact(() => (bytes === 16 ? v128.or(lost(low), lost(high)) : lost(low)), 16);
    return result;
  }

  /** In doubles the product is exact; the sum may have been rounded to half way between two singles. */
  fMulAdd(addend: Value, a: Value, b: Value, negate: boolean, bytes: number): Value {
    const { f32x4, f64x2, i64x2, i64, v128, i8x16 } = this.m;
    const get = (value: Value) => this.vector(value);
    const parts = [get, (value: Value) => i8x16.shuffle(get(value), get(value), UPPER_HALF)];
    const halves = parts.slice(0, bytes >> 3).map((part) => {
      const wide = (value: Value) => this.define(f64x2.promote_low_f32x4(part(value)));
      const exact = f64x2.mul(get(wide(a)), get(wide(b)));
      const product = this.define(negate ? f64x2.neg(exact) : exact);
      const third = wide(addend);
      const sum = this.define(f64x2.add(get(product), get(third)));
      const added = this.define(f64x2.sub(get(sum), get(product)));
      const back = f64x2.sub(get(product), f64x2.sub(get(sum), get(added)));
      const lost = this.define(f64x2.ne(back, f64x2.sub(get(added), get(third))));
      const single = this.define(f32x4.demote_f64x2_zero(get(sum)));
      const splat = (bits: number) => i64x2.splat(i64.const(BigInt(bits)));
      const halfWay = i64x2.eq(v128.and(get(sum), splat(0x1fff_ffff)), splat(0x1000_0000));
      this.state.leaveIf(this.anyOf(v128.and(halfWay, get(lost)), 16));
      // A zero that is not one in double precision lost everything.
      const isZero = f64x2.eq(f64x2.promote_low_f32x4(get(single)), this.words(0, 0));
      this.state.leaveIf(this.anyOf(v128.andnot(isZero, f64x2.eq(get(sum), this.words(0, 0))), 16));
      const rounded = () => f64x2.ne(f64x2.promote_low_f32x4(get(single)), get(sum));
      this.#leaveIfInexact(() => v128.or(get(lost), rounded()), 16);
      return single;
    });
    const high = halves[halves.length - 1];
    const result = this.define(i8x16.shuffle(get(halves[0]), get(high), LOWER_HALVES));
    const operands = v128.and(this.#isPlain(a), v128.and(this.#isPlain(b), this.#isPlain(addend)));
    const ordinary = v128.or(this.#isOrdinary(result), this.#isZero(result));
    this.#leaveUnless(v128.and(operands, ordinary), bytes);
    return result;
  }

  fMin(a: Value, b: Value, bytes: number): Value {
    return this.#exact(a, b, bytes, this.m.f32x4.min);
  }

  fMax(a: Value, b: Value, bytes: number): Value {
    return this.#exact(a, b, bytes, this.m.f32x4.max);
  }

  fEqual(a: Value, b: Value, bytes: number): Value {
    return this.#exact(a, b, bytes, this.m.f32x4.eq);
  }

  fGreater(a: Value, b: Value, bytes: number): Value {
    return this.#exact(a, b, bytes, this.m.f32x4.gt);
  }

  fGreaterEqual(a: Value, b: Value, bytes: number): Value {
    return this.#exact(a, b, bytes, this.m.f32x4.ge);
  }

  /** An operation without rounding: its operands need only be no subnormal numbers and no NaNs. */
  #exact(a: Value, b: Value, bytes: number, build: TwoOperands): Value {
    const { v128 } = this.m;
    this.#leaveUnless(v128.and(this.#isPlain(a), this.#isPlain(b)), bytes);
    return this.define(build(this.vector(a), this.vector(b)));
  }

  fRecipEstimate(): Value {
    throw new NotTranslatable();
  }

  fRecipStep(): Value {
    throw new NotTranslatable();
  }

  fRsqrtEstimate(): Value {
    throw new NotTranslatable();
  }

  fRsqrtStep(): Value {
    throw new NotTranslatable();
  }

  fFromFixed(a: Value, fractionBits: number, signed: boolean, bytes: number): Value {
    const { f32x4, f32, i32x4, i32 } = this.m;
    const x = () => this.vector(a);
    // Integers of up to 24 bits are exact.
    const magnitude = () => (signed ? i32x4.abs(x()) : x());
    this.#leaveIfInexact(() => i32x4.gt_u(magnitude(), i32x4.splat(i32.const(0x100_0000))), bytes);
    const converted = signed ? f32x4.convert_i32x4_s(x()) : f32x4.convert_i32x4_u(x());
    return this.define(
      fractionBits === 0 ? converted : f32x4.mul(converted, f32x4.splat(f32.const(2 ** -fractionBits))),
    );
  }

  fToFixed(a: Value, fractionBits: number, signed: boolean, bytes: number): Value {
    const { f32x4, f32, i32x4, v128 } = this.m;
    const splat = (value: number) => f32x4.splat(f32.const(value));
    const scaled = this.define(
      fractionBits === 0 ? this.vector(a) : f32x4.mul(this.vector(a), splat(2 ** fractionBits)),
    );
    const whole = this.define(f32x4.trunc(this.vector(scaled)));
    const w = () => this.vector(whole);
    const limit = signed ? 2 ** 31 : 2 ** 32;
    const inRange = v128.and(f32x4.ge(w(), splat(signed ? -limit : 0)), f32x4.lt(w(), splat(limit)));
    this.#leaveUnless(v128.andnot(inRange, this.#isSubnormal(a)), bytes);
    this.#leaveIfInexact(() => f32x4.ne(w(), this.vector(scaled)), bytes);
    return this.define(signed ? i32x4.trunc_sat_f32x4_s(w()) : i32x4.trunc_sat_f32x4_u(w()));
  }

  fFromHalf(): Value {
    throw new NotTranslatable();
  }

  fToHalf(): Value {
    throw new NotTranslatable();
  }

  // Checks: masks by element

  /** Exponent and fraction in bits 31:1. */
  #magnitude(value: Value): Expression {
    return this.m.i32x4.shl(this.vector(value), this.m.i32.const(1));
  }

  /** Whether `first` ≤ magnitude < `end`, as `#magnitude` has it. */
  #between(value: Value, first: number, end: number): Expression {
    const { i32x4, i32 } = this.m;
    const splat = (word: number) => i32x4.splat(i32.const(word | 0));
    return i32x4.lt_u(i32x4.sub(this.#magnitude(value), splat(first)), splat(end - first));
  }

  #isOrdinary(value: Value): Expression {
    return this.#between(value, SMALLEST_ORDINARY, INFINITY);
  }

  #isSubnormal(value: Value): Expression {
    return this.#between(value, 1, SMALLEST_NORMAL);
  }

  /** Neither subnormal nor NaN. */
  #isPlain(value: Value): Expression {
    const { v128 } = this.m;
    return v128.or(this.#between(value, SMALLEST_NORMAL, INFINITY + 1), this.#isZero(value));
  }

  #isZero(value: Value): Expression {
    return this.m.f32x4.eq(this.vector(value), this.words(0, 0));
  }

  #leaveUnless(mask: Expression, bytes: number): void {
    this.state.leaveIf(this.anyOf(this.m.v128.not(mask), bytes));
  }

  #leaveIfInexact(inexact: () => Expression, bytes: number): void {
    const m = this.m;
    this.state.leaveIf(m.if(this.state.inexactClear(), this.anyOf(inexact(), bytes), m.i32.const(0)));
  }
}

const LOWER_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
const UPPER_HALF = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
