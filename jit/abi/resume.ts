/**
 * What the interpreter tells translated code that has called it: the place in the function table of the region that it has come to, or
 * one of these.
 */
export const Resume = {
  /** Return to the caller: the slice is over, or the vCPU waits. */
  RETURN: -1,
  /** Go on in the region at NEXT_PC, if there is one. */
  JUMP: -2,
  /** The same, behind a change of mode: CPSR becomes NEXT_CPSR, whose mode is known. */
  CHANGE_MODE: -3,
} as const;
