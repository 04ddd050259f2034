/**
 * Advanced SIMD operations over an opaque vector type `V`, of 8 bytes (a doubleword register) or 16 (a
 * quadword). Plain numbers and booleans are known at translation time:
 *
 * - `bytes` is the width of operands and result, 8 or 16. Where nothing could be seen of it (no flag, no
 *   load) an implementation may compute the upper half of an 8-byte value too; what it holds is undefined.
 * - `esize` is the width of an element in bits: 8, 16, 32 or 64 (ARM DDI 0406C A2.6.3). Elements count from
 *   the least significant end.
 * - `signed` says how elements are read; results wrap modulo 2^esize unless the operation saturates.
 *
 * Saturating operations set FPSCR.QC when a result did not fit. Floating-point operations work on 32-bit
 * elements under StandardFPSCRValue() (round to nearest, flush to zero, default NaN) and accumulate their
 * exceptions in FPSCR (A2.7.8).
 */
export interface SimdOps<I, V> {
  /** CheckAdvancedSIMDEnabled(TRUE): takes the Undefined Instruction exception when Advanced SIMD is off. */
  checkEnabled(): void;

  // Registers
  /**
   * Register D`d`, or the pair that begins with it. The value is that register, not a copy: it is void as soon
   * as one of them is written.
   */
  get(d: number, bytes: number): V;
  set(d: number, bytes: number, value: V): void;
  /** Element `index` of Dd, zero-extended. `esize` is 8, 16 or 32. */
  getElement(d: number, index: number, esize: number): I;
  /** Sets element `index` of Dd to the low bits of `value`. `esize` is 8, 16 or 32. */
  setElement(d: number, index: number, esize: number, value: I): void;

  // Memory. The 8 bytes at a virtual address as elements of `esize` bits in the current endianness. Each
  // element is a MemU access (64-bit ones are two words): no alignment is needed unless SCTLR.A is set.
  load(address: I, esize: number): V;
  store(address: I, esize: number, value: V): void;
  /** Takes the Alignment fault unless `address` is a multiple of `alignment` (a power of two, in bytes). */
  checkAlignment(address: I, alignment: number, store: boolean): void;

  // Values
  /** The same 64 bits in each doubleword. */
  constant(low: number, high: number, bytes: number): V;
  /** The low `esize` bits of `value` in every element. */
  splat(value: I, esize: number, bytes: number): V;
  /**
   * Any rearrangement of bytes: byte i of the result is byte `lanes[i]` of `a` followed by `b`, both of
   * `bytes` bytes. The result has as many bytes as `lanes`, 8 or 16 (i8x16.shuffle).
   */
  shuffle(a: V, b: V, bytes: number, lanes: readonly number[]): V;
  /**
   * 8 bytes: byte `indices[i]` of the table that is the first `tableBytes` (8, 16, 24 or 32) of `low` (16
   * bytes) followed by `high`, or, past its end, byte i of `fallback`.
   */
  tableLookup(low: V, high: V, tableBytes: number, indices: V, fallback: V): V;

  // Bits
  and(a: V, b: V, bytes: number): V;
  or(a: V, b: V, bytes: number): V;
  xor(a: V, b: V, bytes: number): V;
  /** a AND NOT b. */
  andNot(a: V, b: V, bytes: number): V;
  not(a: V, bytes: number): V;
  /** Bits of `a` where `mask` is 1, of `b` where it is 0. */
  bitSelect(mask: V, a: V, b: V, bytes: number): V;

  // Integer elements
  add(a: V, b: V, esize: number, bytes: number): V;
  sub(a: V, b: V, esize: number, bytes: number): V;
  /** `esize` up to 32. */
  mul(a: V, b: V, esize: number, bytes: number): V;
  neg(a: V, esize: number, bytes: number): V;
  abs(a: V, esize: number, bytes: number): V;
  min(a: V, b: V, esize: number, signed: boolean, bytes: number): V;
  max(a: V, b: V, esize: number, signed: boolean, bytes: number): V;
  /** |a - b|, `esize` up to 32. */
  absDiff(a: V, b: V, esize: number, signed: boolean, bytes: number): V;
  /** (a + b + round) >> 1 without overflow, `esize` up to 32. */
  halvingAdd(a: V, b: V, esize: number, signed: boolean, round: boolean, bytes: number): V;
  /** (a - b) >> 1 without overflow, `esize` up to 32. */
  halvingSub(a: V, b: V, esize: number, signed: boolean, bytes: number): V;
  addSat(a: V, b: V, esize: number, signed: boolean, bytes: number): V;
  subSat(a: V, b: V, esize: number, signed: boolean, bytes: number): V;
  negSat(a: V, esize: number, bytes: number): V;
  absSat(a: V, esize: number, bytes: number): V;
  /** High half of 2 * a * b (plus 2^(esize-1) when `round`), saturated. `esize` is 16 or 32. */
  doublingMulHighSat(a: V, b: V, esize: number, round: boolean, bytes: number): V;
  /** Low half of the product of 8-bit polynomials over {0,1}. */
  polyMul(a: V, b: V, bytes: number): V;
  /** Leading zeros; leading bits equal to the sign bit, itself not counted; bits set (`esize` 8). */
  countLeadingZeros(a: V, esize: number, bytes: number): V;
  countLeadingSigns(a: V, esize: number, bytes: number): V;
  popCount(a: V, bytes: number): V;

  // Comparisons of elements up to 32 bits: all ones or zero
  equal(a: V, b: V, esize: number, bytes: number): V;
  greater(a: V, b: V, esize: number, signed: boolean, bytes: number): V;
  greaterEqual(a: V, b: V, esize: number, signed: boolean, bytes: number): V;

  // Shifts
  /** `amount` is 0 to esize - 1. */
  shiftLeft(a: V, amount: number, esize: number, bytes: number): V;
  /** `amount` is 1 to esize. With `round`, 2^(amount-1) is added first, without overflow. */
  shiftRight(a: V, amount: number, esize: number, signed: boolean, round: boolean, bytes: number): V;
  /** Saturates to the range of `toSigned`. `amount` is 0 to esize - 1. */
  shiftLeftSat(a: V, amount: number, esize: number, signed: boolean, toSigned: boolean, bytes: number): V;
  /** Shifts left by the signed low byte of each element of `amounts`: right, perhaps rounding, when negative. */
  shift(a: V, amounts: V, esize: number, signed: boolean, round: boolean, bytes: number): V;
  shiftSat(a: V, amounts: V, esize: number, signed: boolean, round: boolean, bytes: number): V;

  // Changes of width; `esize` is that of the narrow elements
  /** The elements of 8 bytes extended to 16 bytes. */
  widen(a: V, esize: number, signed: boolean): V;
  /** The low halves of the elements of 16 bytes. */
  narrow(a: V, esize: number): V;
  /** The elements of 16 bytes, read as `signed` says, saturated to the range of `toSigned`. */
  narrowSat(a: V, esize: number, signed: boolean, toSigned: boolean): V;
  /** Products of the elements of 8 bytes. */
  mulLong(a: V, b: V, esize: number, signed: boolean): V;
  /** 2 * a * b saturated; `esize` is 16 or 32. */
  doublingMulLongSat(a: V, b: V, esize: number): V;
  /** Products of 8-bit polynomials over {0,1}. */
  polyMulLong(a: V, b: V): V;
  /** Sums of neighbours, twice as wide: as many bytes as `a`. */
  addPairsLong(a: V, esize: number, signed: boolean, bytes: number): V;

  // Unsigned fixed-point estimates (UnsignedRecipEstimate, UnsignedRSqrtEstimate), 32-bit elements
  recipEstimate(a: V, bytes: number): V;
  rsqrtEstimate(a: V, bytes: number): V;

  // Floating point
  fAdd(a: V, b: V, bytes: number): V;
  fSub(a: V, b: V, bytes: number): V;
  fMul(a: V, b: V, bytes: number): V;
  /** FPMulAdd(addend, a, b): rounded once; `negate` negates the elements of `a` first. */
  fMulAdd(addend: V, a: V, b: V, negate: boolean, bytes: number): V;
  fMin(a: V, b: V, bytes: number): V;
  fMax(a: V, b: V, bytes: number): V;
  /** FPCompareEQ: a quiet NaN is no exception; in the other two it is an Invalid Operation. */
  fEqual(a: V, b: V, bytes: number): V;
  fGreater(a: V, b: V, bytes: number): V;
  fGreaterEqual(a: V, b: V, bytes: number): V;
  /** FPRecipEstimate, FPRecipStep, FPRSqrtEstimate, FPRSqrtStep. */
  fRecipEstimate(a: V, bytes: number): V;
  fRecipStep(a: V, b: V, bytes: number): V;
  fRsqrtEstimate(a: V, bytes: number): V;
  fRsqrtStep(a: V, b: V, bytes: number): V;
  /** Integers with `fractionBits` (0 to 32) after the point to floating point. */
  fFromFixed(a: V, fractionBits: number, signed: boolean, bytes: number): V;
  /** Rounds towards zero and saturates (an Invalid Operation). */
  fToFixed(a: V, fractionBits: number, signed: boolean, bytes: number): V;
  /** 8 bytes of half-precision elements (FPSCR.AHP says which format) to 16 bytes of single-precision ones. */
  fFromHalf(a: V): V;
  /** 16 bytes of single-precision elements to 8 bytes of half-precision ones. */
  fToHalf(a: V): V;
}
