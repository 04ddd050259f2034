/** Bits of the system registers that exception handling, access checks and address translation look at. */

/** SCTLR (ARM DDI 0406C B4.1.130). */
export const SCTLR = {
  M: 1 << 0,
  A: 1 << 1,
  C: 1 << 2,
  SW: 1 << 10,
  Z: 1 << 11,
  I: 1 << 12,
  V: 1 << 13,
  WXN: 1 << 19,
  UWXN: 1 << 20,
  EE: 1 << 25,
  TRE: 1 << 28,
  AFE: 1 << 29,
  TE: 1 << 30,
} as const;

/** SCR (B4.1.129). */
export const SCR = {
  NS: 1 << 0,
  IRQ: 1 << 1,
  FIQ: 1 << 2,
  EA: 1 << 3,
  FW: 1 << 4,
  AW: 1 << 5,
  SCD: 1 << 7,
  HCE: 1 << 8,
  SIF: 1 << 9,
} as const;

/** HCR (B4.1.65). */
export const HCR = {
  VM: 1 << 0,
  SWIO: 1 << 1,
  PTW: 1 << 2,
  FMO: 1 << 3,
  IMO: 1 << 4,
  AMO: 1 << 5,
  VF: 1 << 6,
  VI: 1 << 7,
  VA: 1 << 8,
  FB: 1 << 9,
  BSU: 3 << 10,
  DC: 1 << 12,
  TWI: 1 << 13,
  TWE: 1 << 14,
  TID0: 1 << 15,
  TID1: 1 << 16,
  TID2: 1 << 17,
  TID3: 1 << 18,
  TSC: 1 << 19,
  TIDCP: 1 << 20,
  TAC: 1 << 21,
  TSW: 1 << 22,
  TPC: 1 << 23,
  TPU: 1 << 24,
  TTLB: 1 << 25,
  TVM: 1 << 26,
  TGE: 1 << 27,
} as const;

/** HDCR (B4.1.62). */
export const HDCR = {
  /** Event counters that Non-secure PL1 and PL0 have. */
  HPMN: 0x1f,
  TPMCR: 1 << 5,
  TPM: 1 << 6,
  /** Enables the others. */
  HPME: 1 << 7,
  TDE: 1 << 8,
  TDA: 1 << 9,
  TDOSA: 1 << 10,
  TDRA: 1 << 11,
} as const;

/** HCPTR (B4.1.64). */
export const HCPTR = {
  TCP10: 1 << 10,
  TCP11: 1 << 11,
  TASE: 1 << 15,
  TTA: 1 << 20,
  TCPAC: 0x8000_0000 | 0,
} as const;

/** HSTR, beside Tn at bit n (B4.1.83). */
export const HSTR = { TTEE: 1 << 16, TJDBX: 1 << 17 } as const;

/** NSACR (B4.1.111). */
export const NSACR = { CP10: 1 << 10, CP11: 1 << 11, NSD32DIS: 1 << 14, NSASEDIS: 1 << 15 } as const;

/** CNTHCTL (B4.1.22): accesses of PL1 and PL0 to the physical counter and timer, trapped when clear. */
export const CNTHCTL = { PL1PCTEN: 1 << 0, PL1PCEN: 1 << 1 } as const;

/** Exception classes in HSR[31:26] (B3.13.6). */
export const ExceptionClass = {
  UNKNOWN: 0x00,
  WFX: 0x01,
  CP15_32: 0x03,
  CP15_64: 0x04,
  CP14_32: 0x05,
  CP14_LDC: 0x06,
  HCPTR: 0x07,
  VMRS: 0x08,
  BXJ: 0x0a,
  CP14_64: 0x0c,
  SVC: 0x11,
  HVC: 0x12,
  SMC: 0x13,
  PREFETCH_ABORT: 0x20,
  PREFETCH_ABORT_HYP: 0x21,
  DATA_ABORT: 0x24,
  DATA_ABORT_HYP: 0x25,
} as const;

/** TTBCR (B4.1.153). */
export const TTBCR = {
  PD0: 1 << 4,
  PD1: 1 << 5,
  EPD0: 1 << 7,
  /** The ASID is that of TTBR1. */
  A1: 1 << 22,
  EPD1: 1 << 23,
  /** The Long-descriptor translation table format is in use. */
  EAE: 0x8000_0000 | 0,
} as const;

/** FPEXC.EN (B6.1.39). */
export const FPEXC_EN = 0x4000_0000;
