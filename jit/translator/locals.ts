import { Type } from './value.js';

/**
 * WebAssembly locals of a region's function: {@link LOCAL_TYPES}. The first two are its parameters, i32.
 * Guest registers R0–R14 are REGISTER + n; temporaries start at TEMPORARY.
 */
export const Local = {
  /** Linear-memory byte offset of the vCPU. */
  CPU: 0,
  /**
   * Where execution goes on, an interworking address: bit 0 is set for Thumb. At first the entry that is meant, at last what
   * comes after the region.
   */
  TARGET: 1,
  REGISTER: 2,
  NF: 17,
  ZF: 18,
  CF: 19,
  VF: 20,
  /** Instructions that may still be retired. */
  BUDGET: 21,
  /** Context number for TLB tags. */
  CONTEXT: 22,
  /** Virtual address of the page that the region's code is in. */
  PAGE: 23,
  /** How to go on at TARGET: one of {@link Chain}. */
  CHAIN: 24,
  /** For address computations of memory accesses. */
  ENTRY: 25,
  /** CpuState.TLB_BASE. */
  TLB_BASE: 26,
  /** Remembered pages: the one that SP was last used to read from, the one that it was last used to write to (that one, or none); and its TLB entry's addend. */
  STACK_READ: 27,
  STACK_WRITE: 28,
  STACK_ADDEND: 29,
  TEMPORARY: 30,
} as const;

/** In CHAIN. A function's locals are zero at first. */
export const Chain = {
  /** The instruction is the interpreter's. */
  INTERPRETER: 0,
  /** In a region. */
  REGION: 1,
  /** In another mode. */
  MODE: 2,
} as const;

/** A remembered page while there is none: no address. */
export const NO_PAGE = 2 ** 32;

/** Types of a region's locals behind the parameters, up to TEMPORARY. */
export const LOCAL_TYPES: readonly number[] = Array.from({ length: Local.TEMPORARY }, (_, index) =>
  index === Local.STACK_READ || index === Local.STACK_WRITE ? Type.I64 : Type.I32,
).slice(Local.REGISTER);
