import { FPSCR } from '../../jit/isa/vfp/fpscr.js';

/**
 * What a floating-point operation works in: the memory that doubles lie in, and the FPSCR that controls it
 * and collects its exceptions. FPSCR is not copied: whoever else reads or writes the word sees the same.
 */
export class FpContext {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  readonly #word: number;
  readonly #keep: number;
  readonly #force: number;

  /**
   * @param buffer memory; doubles are given as byte offsets into it, multiples of 8
   * @param fpscr byte offset of the FPSCR word
   * @param standard operations are controlled by StandardFPSCRValue() (ARM DDI 0406C A2.6.5), as Advanced
   *   SIMD's are: round to nearest, flush to zero, default NaN. Exceptions still go to FPSCR.
   */
  constructor(buffer: ArrayBufferLike, fpscr: number, standard = false) {
    this.i32 = new Int32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.#word = fpscr >> 2;
    this.#keep = standard ? FPSCR.AHP | FPSCR.EXCEPTIONS : -1;
    this.#force = standard ? FPSCR.DN | FPSCR.FZ : 0;
  }

  /** FPSCR as operations are to obey it, cumulative flags included. */
  get control(): number {
    return (this.i32[this.#word] & this.#keep) | this.#force;
  }

  /** FPProcessException(): sets cumulative flags. */
  raise(flags: number): void {
    this.i32[this.#word] |= flags;
  }
}
