import type { Fault } from './fault.js';

/** Where a stage-1 walk reads its descriptors: through stage 2 when that is on. */
export interface TableSource {
  /** The descriptor read last: bits 31:0, and for 64-bit ones bits 63:32. */
  readonly low: number;
  readonly high: number;
  /**
   * Reads a descriptor into {@link low} and {@link high}.
   * @param address of the descriptor, bytes; a multiple of `bytes`
   * @param bytes 4 or 8
   * @param secure the table is in the Secure address space
   * @param level of the look-up, for the fault
   * @returns false when that faults: `fault` says how
   */
  read(address: number, bytes: number, secure: boolean, level: number, fault: Fault): boolean;
}
