/**
 * One vCPU in linear memory (design §3). The interpreter, generated code and the system code all use these
 * byte offsets, from a base that differs by vCPU.
 */
import { MODES_BYTES } from './modes.js';
import { layout } from './struct.js';

/** Number of register banks; see {@link Bank}. */
export const BANKS = 8;

/** Index into BANKED_SP, BANKED_LR and BANKED_SPSR. System mode uses the User bank. */
export const Bank = { USR: 0, FIQ: 1, IRQ: 2, SVC: 3, ABT: 4, UND: 5, MON: 6, HYP: 7 } as const;

/** Number of 16-byte slots in the ring of vector temporaries. */
export const VECTOR_TEMPORARIES = 64;

/** TLB operations that translated code collects before it returns. */
export const TLB_OPERATIONS = 64;

/** In a collected TLB operation: it is Inner Shareable. The architecture has the bit as SBZ. */
export const TLB_OPERATION_BROADCAST = 1 << 11;

const WORD = 4;
/** A 32-bit CP15 register with a Non-secure copy (first word) and a Secure copy (second word). */
const BANKED = 8;
/** A 64-bit CP15 register: low word, high word. */
const DOUBLE = 8;
/** A 64-bit CP15 register with a Non-secure copy (low, high) and a Secure copy (low, high). */
const BANKED_DOUBLE = 16;

const cpu = layout({
  /** R0–R14 of the current mode; word 15 is the value that reading R15 gives (address + 8 or + 4). */
  R: 64,
  /** N is bit 31 of this word. */
  NF: WORD,
  /** Z is set when this word is zero. */
  ZF: WORD,
  /** C, 0 or 1. */
  CF: WORD,
  /** V is bit 31 of this word. */
  VF: WORD,
  /** Q, 0 or 1. */
  QF: WORD,
  /** GE[3:0]. */
  GE: WORD,
  /** ITSTATE[7:0] of the instruction being executed. */
  ITSTATE: WORD,
  /** The other bits of CPSR at their own places: J(24) E(9) A(8) I(7) F(6) T(5) M(4:0). */
  CPSR: WORD,

  /** Context number of the current mode's data accesses, for TLB tags (see tlb.ts). */
  CONTEXT: WORD,
  /** Byte offset of this vCPU's TLB in linear memory, and its tlbIndexMix(CONTEXT) as the offset of an entry. */
  TLB_BASE: WORD,
  /** Address at which execution goes on when a region returns. */
  NEXT_PC: WORD,
  /** Instructions that translated code may still retire before it returns. */
  BUDGET: WORD,

  /** What system instructions may do in the current mode without a trap: bits of {@link SystemAccess}. */
  SYSTEM_ACCESS: WORD,
  /** Byte offset of the current mode's word in BANKED_SPSR: 4 times its {@link Bank}. */
  BANK_OFFSET: WORD,
  /** Interrupt requests to this vCPU that are asserted, masked or not: bits of {@link InterruptLine}. */
  INTERRUPT_LINES: WORD,
  /** SEV was executed, and the event has not been sent yet. */
  EVENT_SENT: WORD,
  /** The Event Register (ARM DDI 0406C B1.8.13): not 0 when set. */
  EVENT_REGISTER: WORD,
  /** Bit n: the entry n of MODES is true (see modes.ts). */
  MODES_KNOWN: WORD,
  /** Not 0 when translated code has changed the mode, and the runtime does not know yet. */
  MODE_CHANGED: WORD,
  /** What CPSR becomes by that. */
  NEXT_CPSR: WORD,
  /** Supervisor Calls to PL1, and exceptions to Hyp mode, in translated code that the runtime has not counted yet. */
  SUPERVISOR_CALLS: WORD,
  HYP_TRAPS: WORD,
  /** Number of operations in TLB_OPERATIONS. */
  TLB_OPERATION_COUNT: WORD,

  /** FPSCR, all bits at their own places: N Z C V QC AHP DN FZ RMode … cumulative exception flags. */
  FPSCR: WORD,
  FPEXC: WORD,
  /** Whether floating-point instructions execute in the current state: bits of {@link FpEnabled}. */
  FP_ENABLED: WORD,
  /** Exclusive monitor: 0 open, else in bits 7:0 the size in bytes (1, 2, 4, 8) of the tagged access. */
  EXCLUSIVE_SIZE: WORD,
  /** Virtual address that LDREX tagged. */
  EXCLUSIVE_ADDRESS: WORD,
  /** Linear-memory byte offset of what it tagged; 0 when that is no RAM. */
  EXCLUSIVE_LINEAR: WORD,
  /** Value that LDREX read: low word, high word. */
  EXCLUSIVE_VALUE: DOUBLE,
  /** D0–D31 (Q0–Q15, S0–S31), little-endian. */
  D: 256,
  /** Ring of vector temporaries. */
  VECTOR_TEMPORARY: 16 * VECTOR_TEMPORARIES,

  /** R8–R12 of User and of FIQ mode while the other one is current. */
  BANKED_R8_USR: 20,
  BANKED_R8_FIQ: 20,
  BANKED_SP: WORD * BANKS,
  /** LR by bank; the Hyp bank shares User's LR, its word is unused. */
  BANKED_LR: WORD * BANKS,
  BANKED_SPSR: WORD * BANKS,
  ELR_HYP: WORD,

  // CP15, by CRn. Names are those of ARM DDI 0406C B4.1.
  CTR: WORD,
  CSSELR: BANKED,
  SCTLR: BANKED,
  ACTLR: BANKED,
  CPACR: WORD,
  SCR: WORD,
  SDER: WORD,
  NSACR: WORD,
  TTBR0: BANKED_DOUBLE,
  TTBR1: BANKED_DOUBLE,
  TTBCR: BANKED,
  DACR: BANKED,
  DFSR: BANKED,
  IFSR: BANKED,
  ADFSR: BANKED,
  AIFSR: BANKED,
  DFAR: BANKED,
  IFAR: BANKED,
  PAR: BANKED_DOUBLE,
  /** PRRR when TTBCR.EAE is 0, MAIR0 when it is 1. */
  PRRR: BANKED,
  /** NMRR when TTBCR.EAE is 0, MAIR1 when it is 1. */
  NMRR: BANKED,
  AMAIR0: BANKED,
  AMAIR1: BANKED,
  VBAR: BANKED,
  MVBAR: WORD,
  FCSEIDR: BANKED,
  CONTEXTIDR: BANKED,
  TPIDRURW: BANKED,
  TPIDRURO: BANKED,
  TPIDRPRW: BANKED,
  TEECR: WORD,
  TEEHBR: WORD,

  // Virtualization Extensions.
  VPIDR: WORD,
  VMPIDR: WORD,
  HSCTLR: WORD,
  HACTLR: WORD,
  HCR: WORD,
  HDCR: WORD,
  HCPTR: WORD,
  HSTR: WORD,
  HACR: WORD,
  HTTBR: DOUBLE,
  HTCR: WORD,
  VTTBR: DOUBLE,
  VTCR: WORD,
  HADFSR: WORD,
  HAIFSR: WORD,
  HSR: WORD,
  HDFAR: WORD,
  HIFAR: WORD,
  HPFAR: WORD,
  HMAIR0: WORD,
  HMAIR1: WORD,
  HAMAIR0: WORD,
  HAMAIR1: WORD,
  HVBAR: WORD,
  HTPIDR: WORD,

  // Generic Timer controls; the timers themselves are runtime/devices/generic-timer.ts.
  CNTKCTL: WORD,
  CNTHCTL: WORD,

  // Debug (CP14).
  DBGDSCR: WORD,
  DBGVCR: WORD,
  DBGCLAIM: WORD,
  /** 1 while the OS Lock is locked. */
  DBGOSLOCK: WORD,
  DBGOSDLR: WORD,
  DBGBVR: WORD * 16,
  DBGBCR: WORD * 16,
  DBGWVR: WORD * 16,
  DBGWCR: WORD * 16,
  DBGBXVR: WORD * 16,

  // Performance Monitors.
  PMCR: WORD,
  PMCNTENSET: WORD,
  PMOVSR: WORD,
  PMSELR: WORD,
  PMUSERENR: WORD,
  PMINTENSET: WORD,
  /** Value to subtract from the cycle count: low word, high word. */
  PMCCNTR_BASE: DOUBLE,
  PMXEVTYPER: WORD * 32,
  PMEVCNTR: WORD * 31,
  /** Instructions retired: low word, high word. */
  RETIRED: DOUBLE,

  /**
   * TLB operations on one address that translated code has executed, and that are carried out when it returns; it does so before a DSB, at
   * which they must be complete (ARM DDI 0406C B3.10.1). Each is what was written, with {@link TLB_OPERATION_BROADCAST}.
   */
  TLB_OPERATIONS: WORD * TLB_OPERATIONS,

  /** By mode: see modes.ts. */
  MODES: MODES_BYTES,

  /** What the rest of an instruction that was trapped takes for R0–R15. */
  ABANDONED_R: 64,
});

/** Byte offsets from a vCPU's base. */
export const CPU = cpu.offsets;
/** Bytes a vCPU's registers take, software TLBs not included. */
export const CPU_STATE_BYTES = cpu.size;

/** Bits of INTERRUPT_LINES; the virtual ones are the bits of CPSR that mask them. */
export const InterruptLine = { PHYSICAL: 1, VIRTUAL_IRQ: 1 << 7, VIRTUAL_FIQ: 1 << 6 } as const;

/** Bits of FP_ENABLED: VFP instructions, Advanced SIMD instructions. */
export const FpEnabled = { VFP: 1, SIMD: 2 } as const;

/**
 * Bits of SYSTEM_ACCESS. Bit n, 0 to 15: MRC and MCR reach the Non-secure copy of plain CP15 registers with CRn of n and the
 * privilege of PL1. The others say what holds as well.
 */
export const SystemAccess = {
  /** TPIDRURW can be accessed and TPIDRURO read. */
  USER_THREAD_ID: 1 << 16,
  /** The mode is not User mode, and not Hyp mode. */
  PL1: 1 << 17,
  /** Supervisor, Abort, IRQ or Undefined mode: it has SP, LR and SPSR of its own, and shares the other registers with User mode. */
  BANKED: 1 << 18,
  /** CPSR.{A, I, F} can be written, and are all that masks interrupts but the lines themselves. */
  MASKS: 1 << 19,
  /** Cache and branch predictor maintenance by address, and of all, is not trapped. */
  CACHE_MAINTENANCE: 1 << 20,
  /** Hyp mode: its own registers can be accessed. */
  HYP: 1 << 21,
  /** The mode is not User mode. */
  PRIVILEGED: 1 << 22,
  /** The mode has an SPSR. */
  SPSR: 1 << 23,
  /** PL1's TLB operations on an address are not trapped. */
  TLB_MAINTENANCE: 1 << 24,
  /** Nor are they broadcast when the instruction does not say so. */
  LOCAL_TLB_MAINTENANCE: 1 << 25,
  /** SVC is taken to Supervisor mode, from User mode. */
  SVC: 1 << 26,
  /** HVC is taken to Hyp mode, from PL1. */
  HVC: 1 << 27,
  /** Exception returns have nothing to look at but SPSR and the mode that they go to. */
  EXCEPTION_RETURN: 1 << 28,
  /** CTR can be read. */
  CACHE_TYPE: 1 << 29,
  /** Cache maintenance by set and way is not trapped. */
  SET_WAY_MAINTENANCE: 1 << 30,
} as const;

/** CPSR and SPSR bits (ARM DDI 0406C B1.3.3). */
export const PSR = {
  N: 0x8000_0000 | 0,
  Z: 0x4000_0000,
  C: 0x2000_0000,
  V: 0x1000_0000,
  Q: 0x0800_0000,
  J: 0x0100_0000,
  /** ITSTATE, in two pieces. */
  IT: 0x0600_fc00,
  GE_SHIFT: 16,
  E: 1 << 9,
  A: 1 << 8,
  I: 1 << 7,
  F: 1 << 6,
  T: 1 << 5,
  M: 0x1f,
} as const;

/** Processor modes, as CPSR.M encodes them (ARM DDI 0406C B1.3.1). */
export const Mode = {
  USR: 0x10,
  FIQ: 0x11,
  IRQ: 0x12,
  SVC: 0x13,
  MON: 0x16,
  ABT: 0x17,
  HYP: 0x1a,
  UND: 0x1b,
  SYS: 0x1f,
} as const;
