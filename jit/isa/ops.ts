/**
 * The operations that semantic functions are written against (design §1). The interpreter carries them out
 * on numbers, the translator builds WebAssembly from them; a semantic function cannot tell which.
 *
 * Plain numbers and booleans in these signatures are known at translation time. `I32`, `D64` and `Q128` are
 * values of the running guest: opaque here, so that no definition computes on them outside of `Ops`.
 */
import type { SimdOps } from './simd/ops.js';
import type { VfpOps } from './vfp/ops.js';

declare const i32: unique symbol;
declare const d64: unique symbol;
declare const q128: unique symbol;
/** A 32-bit integer of the guest; also a single-precision value, as its bits. */
export interface I32 {
  readonly [i32]: never;
}
/** A 64-bit value of the guest: a double, or a doubleword vector. */
export interface D64 {
  readonly [d64]: never;
}
/** A vector of the guest, of 64 or 128 bits. */
export interface Q128 {
  readonly [q128]: never;
}

/** Instruction meaning depends on these; they are part of a translation block's key. */
export interface StaticState {
  /** Address-relative things only: true in Thumb state. */
  readonly thumb: boolean;
  /** CurrentModeIsNotUser(). */
  readonly privileged: boolean;
  /** CurrentModeIsHyp(). */
  readonly hyp: boolean;
}

/** Integer operations over an opaque 32-bit value type `I`. */
export interface IntegerOps<I> {
  // Values
  imm(value: number): I;
  /** R0–R14 of the current mode, or for 15 the address of this instruction plus 8 (A32) or 4 (Thumb). */
  reg(n: number): I;
  /** n is 0 to 14. */
  setReg(n: number, value: I): void;
  /** Align(PC, 4) + offset (PC as read from R15). */
  pcRelative(offset: number): I;

  // Arithmetic modulo 2^32
  add(a: I, b: I): I;
  sub(a: I, b: I): I;
  mul(a: I, b: I): I;
  /** Bits 63:32 of the signed product. */
  mulHighS(a: I, b: I): I;
  /** Bits 63:32 of the unsigned product. */
  mulHighU(a: I, b: I): I;
  /** Rounds towards zero; x/0 is 0, -2^31/-1 is -2^31 (ARM DDI 0406C A4.4.8). */
  divS(a: I, b: I): I;
  divU(a: I, b: I): I;
  and(a: I, b: I): I;
  or(a: I, b: I): I;
  xor(a: I, b: I): I;
  not(a: I): I;
  /** Shifts by the low five bits of `amount`, as WebAssembly's; ARM's 8-bit amounts are built on these. */
  shl(a: I, amount: I): I;
  shrU(a: I, amount: I): I;
  shrS(a: I, amount: I): I;
  ror(a: I, amount: I): I;
  clz(a: I): I;
  /** Reverses the 32 bits. */
  rbit(a: I): I;
  /** Reverses the four bytes. */
  rev(a: I): I;
  extendS8(a: I): I;
  extendS16(a: I): I;

  // Comparisons: 1 or 0
  eq(a: I, b: I): I;
  ne(a: I, b: I): I;
  ltS(a: I, b: I): I;
  leS(a: I, b: I): I;
  ltU(a: I, b: I): I;
  leU(a: I, b: I): I;
  /** `condition` (any non-zero value is true) ? a : b. Both sides are evaluated. */
  select(condition: I, a: I, b: I): I;
  /** Carries `body` out when `condition` is not zero. */
  when(condition: I, body: () => void): void;

  // Flags. The three that set all of NZCV return the result of the addition or subtraction.
  addNZCV(a: I, b: I): I;
  subNZCV(a: I, b: I): I;
  /** a + b + C. Subtract with carry is adcNZCV(a, not b). */
  adcNZCV(a: I, b: I): I;
  setNZ(result: I): void;
  /** N and Z of a 64-bit result. */
  setNZ64(low: I, high: I): void;
  /** bit is 0 or 1. */
  setC(bit: I): void;
  setV(bit: I): void;
  /** Q |= bit (0 or 1). */
  orQ(bit: I): void;
  /** APSR.C as 0 or 1. */
  carry(): I;
  /** GE[3:0]. */
  ge(): I;
  setGE(bits: I): void;

  // Control flow. `offset` is relative to the address of this instruction, in bytes.
  /** A direct branch that stays in the instruction set. */
  branch(offset: number): void;
  /** As {@link branch}, when `condition` is not zero (CBZ). */
  branchIf(condition: I, offset: number): void;
  /**
   * BL and BLX (immediate): LR gets the return address (bit 0 set from Thumb). To A32 the low two bits of the
   * target are dropped: BLX from Thumb is relative to Align(PC, 4).
   */
  branchLink(offset: number, toThumb: boolean): void;
  /** BLX (register): target is read by the caller before LR is written. */
  branchLinkExchange(target: I): void;
  /** BranchWritePC(): stays in the instruction set, low bits dropped. */
  branchWritePC(target: I): void;
  /** BXWritePC(): bit 0 selects Thumb. LoadWritePC() is the same on ARMv7. */
  bxWritePC(target: I): void;
  /** ALUWritePC(): BXWritePC in A32, BranchWritePC in Thumb. */
  aluWritePC(target: I): void;

  // Memory. Addresses are virtual; data endianness is CPSR.E's. Unaligned halfwords and words are allowed
  // unless SCTLR.A is set (MemU in the manual).
  load8U(address: I): I;
  load8S(address: I): I;
  load16U(address: I): I;
  load16S(address: I): I;
  load32(address: I): I;
  store8(address: I, value: I): void;
  store16(address: I, value: I): void;
  store32(address: I, value: I): void;
  /** MemA[address, 4]: an Alignment fault unless word-aligned (LDM, LDRD, VLDM, RFE…). */
  load32Aligned(address: I): I;
  store32Aligned(address: I, value: I): void;
  /** As load/store, with User mode's permissions (LDRT and its kin). `size` in bytes: 1, 2 or 4. */
  loadUnprivileged(address: I, size: number, signed: boolean): I;
  storeUnprivileged(address: I, size: number, value: I): void;
  /**
   * LDREX family: aligned access, sets the local monitor. `size` 1, 2, 4; for 8 returns the low-addressed word and
   * `loadExclusiveSecond` the other.
   */
  loadExclusive(address: I, size: number): I;
  loadExclusiveSecond(): I;
  /** STREX family. Returns 0 when the store took place, 1 when not. `second` is used for size 8 only. */
  storeExclusive(address: I, size: number, value: I, second: I): I;
  clearExclusive(): void;
  /** DMB. */
  dataMemoryBarrier(): void;
  /** DSB: TLB operations before it are complete. */
  dataSynchronizationBarrier(): void;
  /** ISB: ends a translation block. */
  instructionBarrier(): void;

  // Status registers as user code sees them
  /** CPSR as MRS gives it in the current mode. */
  readCPSR(): I;
  /** APSR part of MSR: nzcvq from bits 31:27, g from bits 19:16. */
  writeAPSR(value: I, nzcvq: boolean, g: boolean): void;
  /** APSR.{N, Z, C, V} from bits 31:28: MRC and VMRS with Rt = 15. */
  writeNZCV(value: I): void;
  /** Sets ITSTATE for the following instructions (the IT instruction). `itstate` is firstcond:mask. */
  setITState(itstate: number): void;
  /** SETEND. */
  setEndian(big: boolean): void;

  // Exceptions
  /** Takes the Undefined Instruction exception for this instruction. Nothing may follow. */
  undefinedInstruction(): void;
  svc(imm: number): void;
  bkpt(imm: number): void;
  /** Hints. */
  wfi(): void;
  wfe(): void;
  sev(): void;
  yieldHint(): void;
}

/** What system instructions do. The translator expresses some of it, and leaves the rest to the interpreter. */
export interface SystemOps<I> {
  /** CPSR.M, a value of `Mode`. */
  currentMode(): number;
  /** IsSecure(). */
  isSecure(): boolean;
  /** Not BadMode(mode): a mode of this processor. */
  modeExists(mode: number): boolean;
  /** SCTLR.SW: SWP and SWPB are not UNDEFINED. */
  swapEnabled(): boolean;
  /** Takes the Hyp Trap exception, and does not return, when HSTR.TJDBX traps BXJ with this Rm. */
  checkBxjTrap(m: number): void;
  hvc(imm: number): void;
  smc(imm: number): void;
  /** CPSRWriteByInstr(value, bytemask, is_excpt_return=false): MSR and CPS. bytemask bit n enables byte n. */
  writeCPSR(value: I, bytemask: number): void;
  readSPSR(): I;
  /** SPSRWriteByInstr(). */
  writeSPSR(value: I, bytemask: number): void;
  /** CPS: changes A, I, F (those in `mask`, PSR bits) to `value` and, when `mode` is not 0, the mode. */
  changeProcessorState(mask: number, value: number, mode: number): void;
  /** MRS (banked), MSR (banked): `r` selects SPSR, `sysm` is SYSm (ARM DDI 0406C B9.2.3). Traps and UNPREDICTABLE ones as QEMU. */
  readBanked(r: number, sysm: number): I;
  writeBanked(r: number, sysm: number, value: I): void;
  /** Rn of User mode (LDM/STM user registers), n is 0 to 14. */
  userReg(n: number): I;
  setUserReg(n: number, value: I): void;
  /** Return from exception: CPSRWriteByInstr(cpsr, 1111, true) then BranchWritePC(pc). */
  exceptionReturn(pc: I, cpsr: I): void;
  /** SUBS PC, LR and kin, LDM (exception return): as exceptionReturn with the current SPSR. UNDEFINED/UNPREDICTABLE in Usr, Sys and Hyp as QEMU. */
  exceptionReturnSPSR(pc: I): void;
  /** ERET. */
  eret(): void;
  /** SP of another mode, for SRS. */
  spOfMode(mode: number): I;
  setSpOfMode(mode: number, value: I): void;
  /** MCR, MRC, MCRR, MRRC to coprocessors 14 and 15. UNDEFINED ones trap inside. */
  /** `t`, and `t2` of a pair, are the numbers of the ARM registers, for the syndrome of a trap to Hyp mode. */
  readCoprocessor(cp: number, opc1: number, crn: number, crm: number, opc2: number, t?: number): I;
  writeCoprocessor(
    cp: number,
    opc1: number,
    crn: number,
    crm: number,
    opc2: number,
    value: I,
    t?: number,
  ): void;
  /** Sets the pair up; `readCoprocessor64High` gives bits 63:32 of it. Returns bits 31:0. */
  readCoprocessor64(cp: number, opc1: number, crm: number, t?: number, t2?: number): I;
  readCoprocessor64High(): I;
  writeCoprocessor64(cp: number, opc1: number, crm: number, low: I, high: I, t?: number, t2?: number): void;
  /** LDC and STC of the debug channel: `iss` is what HSR.ISS has of the instruction when it is trapped. UNDEFINED and trapped ones do not return. */
  checkDebugTransfer(iss: number): void;
  /** VMRS, VMSR: `reg` is 0 FPSID, 1 FPSCR, 6 MVFR1, 7 MVFR0, 8 FPEXC. Checks access; UNDEFINED ones trap inside. */
  readVfpSystem(reg: number, t?: number): I;
  writeVfpSystem(reg: number, value: I): void;
  /** ENTERX, LEAVEX. */
  setThumbEE(on: boolean): void;
}

export interface OpsOf<I, D, Q> extends IntegerOps<I>, StaticState {
  readonly sys: SystemOps<I>;
  readonly vfp: VfpOps<I, D>;
  readonly simd: SimdOps<I, Q>;
}

/** What a semantic function sees. */
export type Ops = OpsOf<I32, D64, Q128>;
