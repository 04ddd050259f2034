import type binaryen from 'binaryen';
import { CPU } from '../abi/cpu-state.js';
import { FPSCR } from '../isa/vfp/fpscr.js';
import type { EmissionTarget } from './emission-target.js';
import type { MemoryEmitter } from './memory-emitter.js';
import { getI32, type StateEmitter } from './state-emitter.js';
import { NotTranslatable, Type, type Value } from './value.js';

type Expression = binaryen.ExpressionRef;
type OneOperand = (a: Expression) => Expression;
type TwoOperands = (a: Expression, b: Expression) => Expression;

/**
 * Builds WebAssembly from Advanced SIMD operations on integers: vectors are v128, whose upper half is undefined in a vector
 * of 8 bytes.
 */
export class IntegerVectorEmitter {
  protected readonly target: EmissionTarget;
  protected readonly m: binaryen.Module;
  protected readonly state: StateEmitter;
  readonly #memory: MemoryEmitter;

  constructor(target: EmissionTarget, memory: MemoryEmitter, state: StateEmitter) {
    this.target = target;
    this.m = target.module;
    this.state = state;
    this.#memory = memory;
  }

  checkEnabled(): void {
    this.state.checkSimdEnabled();
  }

  // Registers

  get(d: number, bytes: number): Value {
    return this.state.vector(CPU.D + 8 * d, bytes);
  }

  set(d: number, bytes: number, value: Value): void {
    this.state.setVector(CPU.D + 8 * d, bytes, value);
  }

  getElement(d: number, index: number, esize: number): Value {
    const bytes = esize >> 3;
    return this.state.element(CPU.D + 8 * d + index * bytes, bytes, false);
  }

  setElement(d: number, index: number, esize: number, value: Value): void {
    const bytes = esize >> 3;
    this.state.setElement(CPU.D + 8 * d + index * bytes, bytes, value);
  }

  // Memory: translated code is little-endian and takes unaligned accesses, so the elements' size does not matter.

  load(address: Value, _esize: number): Value {
    const { at, offset } = this.#memory.load(address, 8, 1);
    return this.define(this.m.v128.load64_zero(offset, 1, at));
  }

  store(address: Value, _esize: number, value: Value): void {
    const { at, offset } = this.#memory.store(address, 8, 1);
    this.target.push(this.m.v128.store64_lane(offset, 1, 0, at, this.vector(value)));
  }

  checkAlignment(address: Value, alignment: number, _store: boolean): void {
    const { i32 } = this.m;
    this.state.leaveIf(i32.and(getI32(this.m, address), i32.const(alignment - 1)));
  }

  // Values

  constant(low: number, high: number, _bytes: number): Value {
    return this.define(this.words(low, high));
  }

  splat(value: Value, esize: number, _bytes: number): Value {
    const m = this.m;
    const bits = getI32(m, value);
    return this.define(
      esize === 8 ? m.i8x16.splat(bits) : esize === 16 ? m.i16x8.splat(bits) : m.i32x4.splat(bits),
    );
  }

  shuffle(a: Value, b: Value, bytes: number, lanes: readonly number[]): Value {
    // In v128 the bytes of b begin at 16.
    const whole = Array.from({ length: 16 }, (_, index) => {
      const lane = lanes[index] ?? 0;
      return bytes === 8 && lane >= 8 ? lane + 8 : lane;
    });
    return this.define(this.m.i8x16.shuffle(this.vector(a), this.vector(b), whole));
  }

  tableLookup(low: Value, high: Value, tableBytes: number, indices: Value, fallback: Value): Value {
    const { i8x16, i32, v128 } = this.m;
    const index = () => this.vector(indices);
    const splat = (byte: number) => i8x16.splat(i32.const(byte));
    // swizzle gives zero for an index past the 16th byte.
    let found = i8x16.swizzle(this.vector(low), index());
    if (tableBytes > 16) {
      found = v128.or(found, i8x16.swizzle(this.vector(high), i8x16.sub(index(), splat(16))));
    }
    const inTable = i8x16.lt_u(index(), splat(tableBytes));
    return this.define(v128.bitselect(found, this.vector(fallback), inTable));
  }

  // Bits

  and(a: Value, b: Value, _bytes: number): Value {
    return this.#two(a, b, this.m.v128.and);
  }

  or(a: Value, b: Value, _bytes: number): Value {
    return this.#two(a, b, this.m.v128.or);
  }

  xor(a: Value, b: Value, _bytes: number): Value {
    return this.#two(a, b, this.m.v128.xor);
  }

  andNot(a: Value, b: Value, _bytes: number): Value {
    return this.#two(a, b, this.m.v128.andnot);
  }

  not(a: Value, _bytes: number): Value {
    return this.define(this.m.v128.not(this.vector(a)));
  }

  bitSelect(mask: Value, a: Value, b: Value, _bytes: number): Value {
    return this.define(this.m.v128.bitselect(this.vector(a), this.vector(b), this.vector(mask)));
  }

  // Integer elements

  add(a: Value, b: Value, esize: number, _bytes: number): Value {
    return this.#two(a, b, this.lanes(esize).add);
  }

  sub(a: Value, b: Value, esize: number, _bytes: number): Value {
    return this.#two(a, b, this.lanes(esize).sub);
  }

  mul(a: Value, b: Value, esize: number, _bytes: number): Value {
    const { i8x16, i16x8, i32x4 } = this.m;
    if (esize === 16) return this.#two(a, b, i16x8.mul);
    if (esize === 32) return this.#two(a, b, i32x4.mul);
    const low = i16x8.extmul_low_i8x16_u(this.vector(a), this.vector(b));
    const high = i16x8.extmul_high_i8x16_u(this.vector(a), this.vector(b));
    return this.define(i8x16.shuffle(low, high, LOW_HALVES[8]));
  }

  neg(a: Value, esize: number, _bytes: number): Value {
    return this.define(this.lanes(esize).neg(this.vector(a)));
  }

  abs(a: Value, esize: number, _bytes: number): Value {
    return this.define(this.lanes(esize).abs(this.vector(a)));
  }

  min(a: Value, b: Value, esize: number, signed: boolean, _bytes: number): Value {
    const lanes = this.#narrowLanes(esize);
    return this.#two(a, b, signed ? lanes.min_s : lanes.min_u);
  }

  max(a: Value, b: Value, esize: number, signed: boolean, _bytes: number): Value {
    const lanes = this.#narrowLanes(esize);
    return this.#two(a, b, signed ? lanes.max_s : lanes.max_u);
  }

  absDiff(a: Value, b: Value, esize: number, signed: boolean, bytes: number): Value {
    return this.sub(this.max(a, b, esize, signed, bytes), this.min(a, b, esize, signed, bytes), esize, bytes);
  }

  halvingAdd(a: Value, b: Value, esize: number, signed: boolean, round: boolean, _bytes: number): Value {
    const { i8x16, i16x8, v128 } = this.m;
    if (!signed && round && esize < 32) return this.#two(a, b, esize === 8 ? i8x16.avgr_u : i16x8.avgr_u);
    const lanes = this.lanes(esize);
    // a + b = (a xor b) + 2 (a and b) = 2 (a or b) - (a xor b)
    const half = this.#shifted(v128.xor(this.vector(a), this.vector(b)), 1, esize, signed);
    return this.define(
      round
        ? lanes.sub(v128.or(this.vector(a), this.vector(b)), half)
        : lanes.add(v128.and(this.vector(a), this.vector(b)), half),
    );
  }

  halvingSub(a: Value, b: Value, esize: number, signed: boolean, _bytes: number): Value {
    const { v128 } = this.m;
    // a - b = (a xor b) - 2 (b and not a)
    const half = this.#shifted(v128.xor(this.vector(a), this.vector(b)), 1, esize, signed);
    return this.define(this.lanes(esize).sub(half, v128.andnot(this.vector(b), this.vector(a))));
  }

  addSat(a: Value, b: Value, esize: number, signed: boolean, bytes: number): Value {
    const { i8x16, i16x8, v128 } = this.m;
    const sum = this.add(a, b, esize, bytes);
    if (esize < 32) {
      const lanes = esize === 8 ? i8x16 : i16x8;
      const result = this.#two(a, b, signed ? lanes.add_saturate_s : lanes.add_saturate_u);
      return this.#saturated(result, v128.xor(this.vector(sum), this.vector(result)), bytes);
    }
    const x = () => this.vector(a);
    const y = () => this.vector(b);
    const s = () => this.vector(sum);
    if (signed)
      return this.#signedOverflow(a, sum, v128.and(v128.xor(x(), s()), v128.xor(y(), s())), esize, bytes);
    const carry = v128.or(v128.and(x(), y()), v128.andnot(v128.or(x(), y()), s()));
    const carried = this.define(this.#signs(carry, esize));
    const result = this.define(v128.or(s(), this.vector(carried)));
    return this.#saturated(result, this.vector(carried), bytes);
  }

  subSat(a: Value, b: Value, esize: number, signed: boolean, bytes: number): Value {
    const { i8x16, i16x8, v128 } = this.m;
    const difference = this.sub(a, b, esize, bytes);
    if (esize < 32) {
      const lanes = esize === 8 ? i8x16 : i16x8;
      const result = this.#two(a, b, signed ? lanes.sub_saturate_s : lanes.sub_saturate_u);
      return this.#saturated(result, v128.xor(this.vector(difference), this.vector(result)), bytes);
    }
    const x = () => this.vector(a);
    const y = () => this.vector(b);
    const d = () => this.vector(difference);
    if (signed) {
      return this.#signedOverflow(
        a,
        difference,
        v128.and(v128.xor(x(), y()), v128.xor(x(), d())),
        esize,
        bytes,
      );
    }
    const borrow = v128.or(v128.andnot(y(), x()), v128.andnot(d(), v128.xor(x(), y())));
    const borrowed = this.define(this.#signs(borrow, esize));
    const result = this.define(v128.andnot(d(), this.vector(borrowed)));
    return this.#saturated(result, this.vector(borrowed), bytes);
  }

  /** The largest or smallest number, by the sign of `a`, where `overflow` is negative. */
  #signedOverflow(a: Value, wrapped: Value, overflow: Expression, esize: number, bytes: number): Value {
    const { v128 } = this.m;
    const overflowed = this.define(this.#signs(overflow, esize));
    const limit = v128.xor(this.#signs(this.vector(a), esize), this.#largest(esize));
    const result = this.define(v128.bitselect(limit, this.vector(wrapped), this.vector(overflowed)));
    return this.#saturated(result, this.vector(overflowed), bytes);
  }

  negSat(a: Value, esize: number, bytes: number): Value {
    return this.subSat(this.constant(0, 0, bytes), a, esize, true, bytes);
  }

  absSat(a: Value, esize: number, bytes: number): Value {
    const lanes = this.lanes(esize);
    const smallest = this.define(lanes.eq(this.vector(a), this.m.v128.not(this.#largest(esize))));
    const result = this.define(lanes.add(lanes.abs(this.vector(a)), this.vector(smallest)));
    return this.#saturated(result, this.vector(smallest), bytes);
  }

  doublingMulHighSat(a: Value, b: Value, esize: number, round: boolean, bytes: number): Value {
    const { i8x16, i16x8, i32x4, i64x2, i32, i64, v128 } = this.m;
    const lanes = this.lanes(esize);
    const x = () => this.vector(a);
    const y = () => this.vector(b);
    // Only the square of the smallest number does not fit.
    const smallest = () => v128.not(this.#largest(esize));
    const overflowed = this.define(v128.and(lanes.eq(x(), smallest()), lanes.eq(y(), smallest())));
    const saturate = (result: Value) => this.#saturated(result, this.vector(overflowed), bytes);
    if (esize === 16) {
      if (round) return saturate(this.define(i16x8.q15mulr_sat_s(x(), y())));
      const half = (product: Expression) => i32x4.shr_s(product, i32.const(15));
      const low = half(i32x4.extmul_low_i16x8_s(x(), y()));
      const high = half(i32x4.extmul_high_i16x8_s(x(), y()));
      return saturate(this.define(i16x8.narrow_i32x4_s(low, high)));
    }
    const half = (product: Expression) => {
      const rounded = round ? i64x2.add(product, i64x2.splat(i64.const(BigInt(2 ** 30)))) : product;
      return i64x2.shr_u(rounded, i32.const(31));
    };
    const low = half(i64x2.extmul_low_i32x4_s(x(), y()));
    const high = half(i64x2.extmul_high_i32x4_s(x(), y()));
    const wrapped = i8x16.shuffle(low, high, LOW_HALVES[32]);
    return saturate(this.define(i32x4.add(wrapped, this.vector(overflowed))));
  }

  polyMul(a: Value, b: Value, _bytes: number): Value {
    const { i8x16, i32, v128 } = this.m;
    const terms = BITS.map((bit) => {
      const selected = i8x16.shr_s(i8x16.shl(this.vector(a), i32.const(7 - bit)), i32.const(7));
      return v128.and(selected, i8x16.shl(this.vector(b), i32.const(bit)));
    });
    return this.define(terms.reduce(v128.xor));
  }

  countLeadingZeros(a: Value, esize: number, bytes: number): Value {
    const { i32 } = this.m;
    return this.#each(a, esize, bytes, false, (x) =>
      i32.sub(i32.clz(getI32(this.m, x)), i32.const(32 - esize)),
    );
  }

  countLeadingSigns(a: Value, esize: number, bytes: number): Value {
    const { i32 } = this.m;
    return this.#each(a, esize, bytes, true, (x) => {
      const differing = i32.xor(getI32(this.m, x), i32.shr_s(getI32(this.m, x), i32.const(31)));
      return i32.sub(i32.clz(differing), i32.const(33 - esize));
    });
  }

  /** Element by element, up to 32 bits, extended to an integer. */
  #each(a: Value, esize: number, bytes: number, signed: boolean, op: (x: Value) => Expression): Value {
    const { i8x16, i16x8, i32x4 } = this.m;
    const lanes = esize === 8 ? i8x16 : esize === 16 ? i16x8 : i32x4;
    const narrow = esize === 8 ? i8x16 : i16x8;
    const extract =
      esize === 32 ? i32x4.extract_lane : signed ? narrow.extract_lane_s : narrow.extract_lane_u;
    let result = this.words(0, 0);
    for (let lane = 0; lane < (8 * bytes) / esize; lane++) {
      const x = this.state.define(Type.I32, extract(this.vector(a), lane));
      result = this.vector(this.define(lanes.replace_lane(result, lane, op(x))));
    }
    return this.define(result);
  }

  popCount(a: Value, _bytes: number): Value {
    return this.define(this.m.i8x16.popcnt(this.vector(a)));
  }

  // Comparisons

  equal(a: Value, b: Value, esize: number, _bytes: number): Value {
    return this.#two(a, b, this.lanes(esize).eq);
  }

  greater(a: Value, b: Value, esize: number, signed: boolean, _bytes: number): Value {
    const lanes = this.#narrowLanes(esize);
    return this.#two(a, b, signed ? lanes.gt_s : lanes.gt_u);
  }

  greaterEqual(a: Value, b: Value, esize: number, signed: boolean, _bytes: number): Value {
    const lanes = this.#narrowLanes(esize);
    return this.#two(a, b, signed ? lanes.ge_s : lanes.ge_u);
  }

  // Shifts

  shiftLeft(a: Value, amount: number, esize: number, _bytes: number): Value {
    return this.define(this.lanes(esize).shl(this.vector(a), this.m.i32.const(amount)));
  }

  shiftRight(
    a: Value,
    amount: number,
    esize: number,
    signed: boolean,
    round: boolean,
    _bytes: number,
  ): Value {
    const truncated = this.#shifted(this.vector(a), amount, esize, signed);
    if (!round) return this.define(truncated);
    // The last bit that is shifted out: at the bottom of its element.
    const top = this.#shifted(
      this.lanes(esize).shl(this.vector(a), this.m.i32.const(esize - amount)),
      esize - 1,
      esize,
      false,
    );
    return this.define(this.lanes(esize).add(truncated, top));
  }

  shiftLeftSat(
    a: Value,
    amount: number,
    esize: number,
    signed: boolean,
    toSigned: boolean,
    bytes: number,
  ): Value {
    const { v128 } = this.m;
    const lanes = this.lanes(esize);
    const x = () => this.vector(a);
    const shifted = this.shiftLeft(a, amount, esize, bytes);
    const back = this.#shifted(this.vector(shifted), amount, esize, toSigned);
    const negative = () => this.#signs(x(), esize);
    const lost = lanes.ne(back, x());
    const overflowed = this.define(signed && !toSigned ? v128.or(lost, negative()) : lost);
    const limit = toSigned
      ? v128.xor(negative(), this.#largest(esize))
      : signed
        ? v128.not(negative())
        : this.words(-1, -1);
    const result = this.define(v128.bitselect(limit, this.vector(shifted), this.vector(overflowed)));
    return this.#saturated(result, this.vector(overflowed), bytes);
  }

  /** Elements of less than 32 bits are left to the interpreter. */
  shift(a: Value, amounts: Value, esize: number, signed: boolean, round: boolean, bytes: number): Value {
    if (round || esize < 32) throw new NotTranslatable();
    const m = this.m;
    const scalar = esize === 32 ? m.i32 : m.i64;
    const vector = esize === 32 ? m.i32x4 : m.i64x2;
    const type = esize === 32 ? Type.I32 : Type.I64;
    const word = (n: number) => m.i32.const(n);
    const constant = (n: number) => (esize === 32 ? m.i32.const(n) : m.i64.const(BigInt(n)));
    let result = this.words(0, 0);
    for (let lane = 0; lane < (8 * bytes) / esize; lane++) {
      const x = this.state.define(type, vector.extract_lane(this.vector(a), lane));
      const byte = m.i8x16.extract_lane_s(this.vector(amounts), (lane * esize) / 8);
      const amount = this.state.define(Type.I32, byte);
      const get = () => m.local.get(x.local, type);
      const left = () => getI32(m, amount);
      const right = () => m.i32.sub(word(0), left());
      const wide = (n: Expression) => (esize === 32 ? n : m.i64.extend_u(n));
      const shiftedLeft = m.select(
        m.i32.lt_u(left(), word(esize)),
        scalar.shl(get(), wide(left())),
        constant(0),
      );
      const all = signed ? scalar.shr_s(get(), constant(esize - 1)) : constant(0);
      const some = signed ? scalar.shr_s(get(), wide(right())) : scalar.shr_u(get(), wide(right()));
      const shiftedRight = m.select(m.i32.lt_u(right(), word(esize)), some, all);
      result = vector.replace_lane(
        result,
        lane,
        m.select(m.i32.lt_s(left(), word(0)), shiftedRight, shiftedLeft),
      );
    }
    return this.define(result);
  }

  shiftSat(): Value {
    throw new NotTranslatable();
  }

  // Changes of width

  widen(a: Value, esize: number, signed: boolean): Value {
    return this.define(this.#widened(this.vector(a), esize, signed));
  }

  #widened(a: Expression, esize: number, signed: boolean): Expression {
    const { i16x8, i32x4, i64x2 } = this.m;
    if (esize === 8) return signed ? i16x8.extend_low_i8x16_s(a) : i16x8.extend_low_i8x16_u(a);
    if (esize === 16) return signed ? i32x4.extend_low_i16x8_s(a) : i32x4.extend_low_i16x8_u(a);
    return signed ? i64x2.extend_low_i32x4_s(a) : i64x2.extend_low_i32x4_u(a);
  }

  narrow(a: Value, esize: number): Value {
    return this.define(this.m.i8x16.shuffle(this.vector(a), this.vector(a), LOW_HALVES[esize]));
  }

  narrowSat(a: Value, esize: number, signed: boolean, toSigned: boolean): Value {
    const { i8x16, i16x8, v128 } = this.m;
    const x = () => this.vector(a);
    if (esize < 32 && signed) {
      const lanes = {
        s: esize === 8 ? i8x16.narrow_i16x8_s : i16x8.narrow_i32x4_s,
        u: esize === 8 ? i8x16.narrow_i16x8_u : i16x8.narrow_i32x4_u,
      };
      const result = this.define((toSigned ? lanes.s : lanes.u)(x(), x()));
      const back = this.#widened(this.vector(result), esize, toSigned);
      return this.#saturated(result, v128.xor(back, x()), 16);
    }
    const wrapped = this.narrow(a, esize);
    const lost = this.lanes(2 * esize).ne(this.#widened(this.vector(wrapped), esize, toSigned), x());
    const overflowed = this.define(lost);
    const negative = () => this.#signs(x(), 2 * esize);
    // Of a 64-bit element that does not fit, the low word of this is the limit.
    const limit = toSigned
      ? v128.xor(negative(), this.#largest(esize))
      : signed
        ? v128.not(negative())
        : this.words(-1, -1);
    const chosen = this.define(v128.bitselect(limit, x(), this.vector(overflowed)));
    return this.#saturated(this.narrow(chosen, esize), this.vector(overflowed), 16);
  }

  mulLong(a: Value, b: Value, esize: number, signed: boolean): Value {
    const { i16x8, i32x4, i64x2 } = this.m;
    if (esize === 8) return this.#two(a, b, signed ? i16x8.extmul_low_i8x16_s : i16x8.extmul_low_i8x16_u);
    if (esize === 16) return this.#two(a, b, signed ? i32x4.extmul_low_i16x8_s : i32x4.extmul_low_i16x8_u);
    return this.#two(a, b, signed ? i64x2.extmul_low_i32x4_s : i64x2.extmul_low_i32x4_u);
  }

  doublingMulLongSat(a: Value, b: Value, esize: number): Value {
    const product = this.mulLong(a, b, esize, true);
    return this.addSat(product, product, 2 * esize, true, 16);
  }

  polyMulLong(a: Value, b: Value): Value {
    const { i16x8, i32, v128 } = this.m;
    const x = this.widen(a, 8, false);
    const y = this.widen(b, 8, false);
    const terms = BITS.map((bit) => {
      const selected = i16x8.shr_s(i16x8.shl(this.vector(x), i32.const(15 - bit)), i32.const(15));
      return v128.and(selected, i16x8.shl(this.vector(y), i32.const(bit)));
    });
    return this.define(terms.reduce(v128.xor));
  }

  addPairsLong(a: Value, esize: number, signed: boolean, _bytes: number): Value {
    const { i16x8, i32x4, i64x2, i32 } = this.m;
    const x = () => this.vector(a);
    if (esize === 8) {
      return this.define(signed ? i16x8.extadd_pairwise_i8x16_s(x()) : i16x8.extadd_pairwise_i8x16_u(x()));
    }
    if (esize === 16) {
      return this.define(signed ? i32x4.extadd_pairwise_i16x8_s(x()) : i32x4.extadd_pairwise_i16x8_u(x()));
    }
    const even = this.#shifted(i64x2.shl(x(), i32.const(32)), 32, 64, signed);
    return this.define(i64x2.add(even, this.#shifted(x(), 32, 64, signed)));
  }

  recipEstimate(): Value {
    throw new NotTranslatable();
  }

  rsqrtEstimate(): Value {
    throw new NotTranslatable();
  }

  // Building blocks

  /** FPSCR.QC |= any bit of `overflow`. */
  #saturated(result: Value, overflow: Expression, bytes: number): Value {
    const { i32 } = this.m;
    const bit = i32.shl(this.anyOf(overflow, bytes), i32.const(Math.log2(FPSCR.QC)));
    const fpscr = getI32(this.m, this.state.fpscr());
    this.state.setFpscr(this.state.define(Type.I32, i32.or(fpscr, bit)), false);
    return result;
  }

  /** 1 when a bit of the vector is set, 0 when none is. */
  protected anyOf(vector: Expression, bytes: number): Expression {
    const { i64, i64x2, v128 } = this.m;
    if (bytes === 16) return v128.any_true(vector);
    return i64.ne(i64x2.extract_lane(vector, 0), i64.const(0n));
  }

  /** Shifted right by 1 to esize. */
  #shifted(a: Expression, amount: number, esize: number, signed: boolean): Expression {
    const { i32 } = this.m;
    const lanes = this.lanes(esize);
    if (signed) return lanes.shr_s(a, i32.const(Math.min(amount, esize - 1)));
    // WebAssembly takes the amount modulo esize.
    if (amount === esize) return this.words(0, 0);
    return lanes.shr_u(a, i32.const(amount));
  }

  /** All bits of an element as its top bit. */
  #signs(a: Expression, esize: number): Expression {
    return this.lanes(esize).shr_s(a, this.m.i32.const(esize - 1));
  }

  /** The largest signed element, everywhere. */
  #largest(esize: number): Expression {
    if (esize === 64) return this.words(-1, 0x7fff_ffff);
    const word = esize === 8 ? 0x7f7f_7f7f : esize === 16 ? 0x7fff_7fff : 0x7fff_ffff;
    return this.words(word, word);
  }

  /** The same 64 bits twice. */
  protected words(low: number, high: number): Expression {
    return this.m.v128.const(new Uint8Array(Int32Array.of(low, high, low, high).buffer));
  }

  #two(a: Value, b: Value, build: TwoOperands): Value {
    return this.define(build(this.vector(a), this.vector(b)));
  }

  protected lanes(esize: number): Lanes {
    const m = this.m;
    return esize === 8
      ? m.i8x16
      : esize === 16
        ? m.i16x8
        : esize === 32
          ? m.i32x4
          : (m.i64x2 as unknown as Lanes);
  }

  #narrowLanes(esize: number): NarrowLanes {
    const m = this.m;
    return esize === 8 ? m.i8x16 : esize === 16 ? m.i16x8 : m.i32x4;
  }

  protected vector(value: Value): Expression {
    return this.m.local.get(value.local, Type.V128);
  }

  protected define(expression: Expression): Value {
    return this.state.define(Type.V128, expression);
  }
}

const BITS = [0, 1, 2, 3, 4, 5, 6, 7];

/** The bytes that narrowing keeps of two vectors, by the size in bits of the narrow elements. */
const LOW_HALVES: Readonly<Record<number, readonly number[]>> = {
  8: [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30],
  16: [0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29],
  32: [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27],
};

/** What all lane sizes have. */
interface Lanes {
  readonly add: TwoOperands;
  readonly sub: TwoOperands;
  readonly eq: TwoOperands;
  readonly ne: TwoOperands;
  readonly neg: OneOperand;
  readonly abs: OneOperand;
  readonly shl: TwoOperands;
  readonly shr_s: TwoOperands;
  readonly shr_u: TwoOperands;
}

/** What lanes of up to 32 bits have. */
interface NarrowLanes {
  readonly min_s: TwoOperands;
  readonly min_u: TwoOperands;
  readonly max_s: TwoOperands;
  readonly max_u: TwoOperands;
  readonly gt_s: TwoOperands;
  readonly gt_u: TwoOperands;
  readonly ge_s: TwoOperands;
  readonly ge_u: TwoOperands;
}
