/**
 * Floating-point operations (ARM DDI 0406C A2.7). Singles travel as the bits of an `I`, doubles as a `D`.
 *
 * All but the accesses to registers and FPSCR are functions of their operands, of FPSCR's control bits
 * (RMode, FZ, DN, AHP) and of nothing else; they set FPSCR's cumulative exception flags. Plain numbers and
 * booleans are known at translation time.
 */
export interface VfpOps<I, D> {
  /** CheckVFPEnabled(TRUE): takes the Undefined Instruction exception (and does not return) when VFP is off. */
  checkEnabled(): void;
  /**
   * As checkEnabled(), for the data processing that could be a short vector operation: UNDEFINED also when FPSCR.LEN or
   * FPSCR.STRIDE is not zero, because Cortex-A15 has no short vectors (B4.1.58, MVFR0.Short_vectors).
   */
  checkArithmeticEnabled(): void;

  // Registers. S32 and up are the halves of D16 and up: not in the architecture, but where UNPREDICTABLE leads.
  getS(n: number): I;
  setS(n: number, value: I): void;
  /** The value is that register, not a copy: it is void as soon as the register is written. */
  getD(n: number): D;
  setD(n: number, value: D): void;
  /** Element `index` of Dd, `esize` (8, 16, 32) bits wide, extended to 32 bits. */
  getElement(d: number, index: number, esize: number, signed: boolean): I;
  /** Sets element `index` of Dd to the low bits of `value`. */
  setElement(d: number, index: number, esize: number, value: I): void;

  // Doubles as words
  join(low: I, high: I): D;
  low(a: D): I;
  high(a: D): I;

  // Memory: MemA[address, 4] and MemA[address + 4, 4], in the order that CPSR.E says
  loadD(address: I): D;
  storeD(address: I, value: D): void;

  // Singles
  addS(a: I, b: I): I;
  subS(a: I, b: I): I;
  mulS(a: I, b: I): I;
  divS(a: I, b: I): I;
  /** addend + a × b, rounded once. */
  fmaS(addend: I, a: I, b: I): I;
  sqrtS(a: I): I;
  negS(a: I): I;
  absS(a: I): I;
  /** Sets FPSCR.NZCV. `signalling`: a quiet NaN is an invalid operation too (VCMPE). */
  compareS(a: I, b: I, signalling: boolean): void;

  // Doubles
  addD(a: D, b: D): D;
  subD(a: D, b: D): D;
  mulD(a: D, b: D): D;
  divD(a: D, b: D): D;
  fmaD(addend: D, a: D, b: D): D;
  sqrtD(a: D): D;
  negD(a: D): D;
  absD(a: D): D;
  compareD(a: D, b: D, signalling: boolean): void;

  // Conversions
  doubleFromS(a: I): D;
  singleFromD(a: D): I;
  /** From and to a half in bits 15:0 (bits 31:16 are ignored, and zero in a result), with FPSCR.AHP. */
  singleFromHalf(a: I): I;
  halfFromS(a: I): I;
  /** 32-bit integer to floating-point, rounded by FPSCR.RMode. */
  singleFromInt(a: I, unsigned: boolean): I;
  doubleFromInt(a: I, unsigned: boolean): D;
  /** Floating-point to 32-bit integer, saturated; rounded towards zero or by FPSCR.RMode. */
  intFromS(a: I, unsigned: boolean, roundZero: boolean): I;
  intFromD(a: D, unsigned: boolean, roundZero: boolean): I;
  /**
   * Fixed-point to floating-point, rounded to nearest: the low `width` (16 or 32) bits of `a` divided by 2^fractionBits.
   * `fractionBits` may be negative.
   */
  singleFromFixed(a: I, fractionBits: number, width: number, unsigned: boolean): I;
  doubleFromFixed(a: I, fractionBits: number, width: number, unsigned: boolean): D;
  /** Floating-point to fixed-point, towards zero, saturated to `width` bits and extended to 32. */
  fixedFromS(a: I, fractionBits: number, width: number, unsigned: boolean): I;
  fixedFromD(a: D, fractionBits: number, width: number, unsigned: boolean): I;

  // FPSCR
  readFPSCR(): I;
  /** Bits that Cortex-A15 does not have stay zero. */
  writeFPSCR(value: I): void;
  /** VMRS APSR_nzcv, FPSCR: copies N, Z, C and V. */
  flagsToAPSR(): void;
}
