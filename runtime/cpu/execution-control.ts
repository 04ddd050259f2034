import type { Instruction } from '../../jit/isa/instruction.js';

/**
 * What system code (exception entry, CP15 writes, device lines) asks of whatever executes the vCPU.
 * The interpreter implements it; translated code is left by the same calls.
 */
export interface ExecutionControl {
  /**
   * Execution goes on at `address` (unsigned or signed 32 bits) in the instruction set that CPSR.T says,
   * after the current instruction, or at once when the current one is left by throwing {@link GUEST_EXCEPTION}.
   */
  jump(address: number): void;
  /** An interrupt line, or a mask in CPSR, SCR or HCR changed: look before the next instruction. */
  checkInterrupts(): void;
  /**
   * What virtual addresses mean has changed, or may have: security state, SCTLR, TTBCR, ASID, DACR,
   * HCR.VM, a TLB operation on more than one address. Fetches and data accesses look the translation context up again.
   */
  translationChanged(): void;
  /** CPSR.M or CPSR.E changed, by an exception or a return from one, and nothing else. */
  modeChanged(): void;
  /**
   * Asked by an exception entry to another mode that leaves no interrupt to be taken: whether the change of mode itself is left to whatever
   * executes the vCPU, which goes on at `address` with this CPSR. Then the entry is complete, without {@link modeChanged} and {@link jump}.
   */
  takesOver(cpsr: number, address: number): boolean;
  /** A TLB operation on one address, or decoded instructions dropped: fetches look the page up again. */
  mappingChanged(): void;
  /** WFI: sleep until an interrupt is pending. WFE: sleep until an event or interrupt. */
  waitForInterrupt(): void;
  waitForEvent(): void;
  /** CPACR, NSACR, HCPTR or FPEXC.EN changed: recompute whether VFP and Advanced SIMD are enabled. */
  fpAccessChanged(): void;
  /** The instruction that is being executed, for the syndrome of its abort. */
  instruction(): Instruction;
  /** Whether the instruction that is being executed can be left by {@link abandon}. Asked before the exception entry. */
  mayAbandon(): boolean;
  /**
   * After an exception entry: the instruction goes on to its end, which must be in sight, and none of its writes to registers,
   * flags or PC take place. In place of throwing {@link GUEST_EXCEPTION}.
   */
  abandon(): void;
}

/**
 * Thrown to leave the current instruction after an exception entry has been made (or arranged by
 * `jump`): nothing else of the instruction takes place. A constant, so that throwing allocates nothing.
 */
export const GUEST_EXCEPTION: unique symbol = Symbol('guest exception');
