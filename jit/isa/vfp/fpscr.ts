/** Bits of FPSCR, at their own places (ARM DDI 0406C B4.1.58). */
export const FPSCR = {
  N: 0x8000_0000 | 0,
  Z: 1 << 30,
  C: 1 << 29,
  V: 1 << 28,
  NZCV: 0xf000_0000 | 0,
  /** Cumulative saturation (Advanced SIMD). */
  QC: 1 << 27,
  /** Alternative half-precision format. */
  AHP: 1 << 26,
  /** Default NaN mode. */
  DN: 1 << 25,
  /** Flush-to-zero mode. */
  FZ: 1 << 24,
  RMODE: 3 << 22,
  RMODE_SHIFT: 22,
  STRIDE: 3 << 20,
  LEN: 7 << 16,
  /** Cumulative exceptions: input denormal, inexact, underflow, overflow, division by zero, invalid operation. */
  IDC: 1 << 7,
  IXC: 1 << 4,
  UFC: 1 << 3,
  OFC: 1 << 2,
  DZC: 1 << 1,
  IOC: 1 << 0,
  /** All six cumulative exception flags. */
  EXCEPTIONS: 0x9f,
  /** Bits that a write changes on Cortex-A15: trap enables are RAZ/WI, LEN and STRIDE are kept. */
  WRITABLE: 0xfff7_009f | 0,
} as const;

/** FPSCR.RMode. */
export const Rounding = { NEAREST: 0, PLUS_INFINITY: 1, MINUS_INFINITY: 2, ZERO: 3 } as const;
