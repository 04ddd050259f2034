/**
 * The program that runs the cases: it loads a case's whole state, banked registers and system registers
 * included, leaves to its first instruction by a return from exception, and writes down everything at the
 * exception in which the case ends. Nothing of it depends on the order of the cases.
 */
import { Mode } from '../../jit/abi/cpu-state.js';
import {
  Assembler,
  add,
  and,
  CLREX,
  Condition,
  type CoprocessorRegister,
  cmp,
  cmpImmediate,
  cpsid,
  DSB,
  ERET,
  HVC,
  ISB,
  ldm,
  ldr,
  mcr,
  mcrr,
  mov,
  mrc,
  mrrc,
  mrsBanked,
  mrsSpsr,
  msrBanked,
  msrCpsrControl,
  msrSpsr,
  RFE_SP,
  range,
  SETEND_LE,
  SMC,
  stm,
  str,
  subs,
} from './assembler.js';
import * as CP15 from './cp15.js';
import {
  HIGH_VECTORS,
  INPUT,
  MONITOR,
  OUTPUT,
  TARGET,
  TARGET_BYTES,
  TARGET_COPY,
  VARIABLES,
  WINDOW,
  WINDOW_WORDS,
} from './memory-map.js';
import { IN, INPUT_WORDS, OUT, OUTPUT_WORDS } from './record.js';
import { TABLE_COUNT, TABLE_STRIDE, Table, vectorTable } from './vectors.js';

/** SCTLR of the monitor: the reset value, MMU and caches off. */
export const SCTLR_OFF = 0x00c5_0078;
export const HSCTLR_OFF = 0x30c5_0878;
/** HDCR after reset: HPMN. */
export const HDCR_RESET = 6;
/** PL1PCTEN and PL1PCEN: nothing is trapped. */
export const CNTHCTL_RESET = 3;

/** Offsets from VARIABLES. */
const NEXT_INPUT = 0;
const END_OF_INPUT = 4;
const NEXT_OUTPUT = 8;
/** What the monitor asks of Hyp mode by HVC, one of {@link HypCall}. */
const HYP_CALL = 12;
/** How often all cases are still to be run, this time included. */
const PASSES = 16;
const LAUNCH = 0x40;
const LAUNCH_WORDS = 15;

const HypCall = { NONE: 0, ENTER: 1, RESET: 2 } as const;

/** CPACR: full access to VFP and Advanced SIMD. */
const CPACR_ALL = 0x00f0_0000;
const FPEXC_EN = 0x4000_0000;
const VMRS_R0_FPEXC = 0xeef8_0a10;
const VMSR_FPEXC_R0 = 0xeee8_0a10;
const VMSR_FPSCR_R0 = 0xeee1_0a10;

const GICD = 0x0800_0000;
const GICC = 0x0801_0000;
const GICC_PMR = 4;
const GICC_IAR = 12;
const GICC_EOIR = 16;
const PSCI_SYSTEM_OFF = 0x8400_0008;

/** SYSm of the registers that Hyp mode writes down by MRS (banked) (ARM DDI 0406C B9.2.3). */
const SYSM = { USR: 5, FIQ: 8, IRQ: 16, SVC: 18, ABT: 20, UND: 22, SPSR_FIQ: 14, ELR_HYP: 30 } as const;

/** Address of vector table `table`. */
export function tableAddress(table: number): number {
  return table === Table.HIGH ? HIGH_VECTORS + 0xf_0000 : MONITOR + table * TABLE_STRIDE;
}

export interface Monitor {
  /** Address of the first instruction after reset. */
  readonly entry: number;
  /** Words at MONITOR. */
  readonly code: Uint32Array;
  /** Words at `tableAddress(Table.HIGH)`. */
  readonly high: Uint32Array;
}

/** Assembles the monitor. @param virtualization the machine starts in Hyp mode */
export function makeMonitor(virtualization: boolean): Monitor {
  return new MonitorCode(virtualization).make();
}

/** Words at VARIABLES for so many cases, all of them run `passes` times: what is written down is the last one's. */
export function monitorVariables(cases: number, passes: number): Uint32Array {
  const words = new Uint32Array(LAUNCH / 4 + LAUNCH_WORDS);
  words[NEXT_INPUT / 4] = INPUT;
  words[END_OF_INPUT / 4] = INPUT + 4 * INPUT_WORDS * cases;
  words[NEXT_OUTPUT / 4] = OUTPUT;
  words[PASSES / 4] = passes;
  return words;
}

/** The case that a run was at, from the words at VARIABLES. */
export function caseAt(variables: Uint32Array): number {
  return (variables[NEXT_OUTPUT / 4]! - OUTPUT) / (4 * OUTPUT_WORDS);
}

const BANKS = [
  ['IRQ', Mode.IRQ],
  ['SVC', Mode.SVC],
  ['ABT', Mode.ABT],
  ['UND', Mode.UND],
] as const;

class MonitorCode {
  readonly #virtualization: boolean;
  readonly #a = new Assembler(MONITOR + TABLE_COUNT * TABLE_STRIDE);

  constructor(virtualization: boolean) {
    this.#virtualization = virtualization;
  }

  make(): Monitor {
    const a = this.#a;
    a.label('record');
    this.#record();
    this.#next();
    if (this.#virtualization) this.#hyp();
    a.label('entry');
    this.#boot();
    const body = a.finish();
    const code = new Uint32Array((TABLE_COUNT * TABLE_STRIDE) / 4 + body.length);
    for (let table = 0; table < TABLE_COUNT; table++) {
      const isHyp = table >= Table.HYP_A32;
      if (table === Table.HIGH || (isHyp && !this.#virtualization)) continue;
      code.set(vectorTable(table, a.address(isHyp ? 'hyp' : 'record')), (table * TABLE_STRIDE) / 4);
    }
    code.set(body, (TABLE_COUNT * TABLE_STRIDE) / 4);
    return {
      entry: a.address('entry'),
      code,
      high: Uint32Array.from(vectorTable(Table.HIGH, a.address('record'))),
    };
  }

  #boot(): void {
    const a = this.#a;
    if (this.#virtualization) {
      this.#hypDefaults();
      a.constant(0, 0x1c0 | Mode.SVC);
      a.emit(msrSpsr(0));
      a.addressOf(0, 'start');
      a.emit(msrBanked(0, SYSM.ELR_HYP, 0), ERET);
    }
    a.label('start');
    a.constant(0, 1);
    a.constant(1, GICD);
    a.emit(str(0, 1));
    a.constant(1, GICC);
    a.emit(str(0, 1));
    a.constant(0, 0xff);
    a.emit(str(0, 1, GICC_PMR));
    a.branch('next');
  }

  /** From a stub: R0 CPSR, R1 number of the vector, R2 free; the case's R0–R2 are in the thread ID registers. */
  #record(): void {
    const a = this.#a;
    a.emit(SETEND_LE);
    a.constant(2, VARIABLES);
    a.emit(ldr(2, 2, NEXT_OUTPUT));
    a.emit(str(1, 2, 4 * OUT.VECTOR), str(0, 2, 4 * OUT.CPSR));
    [CP15.TPIDRURW, CP15.TPIDRURO, CP15.TPIDRPRW].forEach((register, n) => {
      a.emit(mrc(1, register), str(1, 2, 4 * (OUT.R + n)));
    });
    a.emit(add(1, 2, 4 * (OUT.R + 3)), stm(1, range(3, 14)));
    a.emit(mrsSpsr(3), str(3, 2, 4 * OUT.SPSR));
    const status: [CoprocessorRegister, number][] = [
      [CP15.DFSR, OUT.DFSR],
      [CP15.IFSR, OUT.IFSR],
      [CP15.DFAR, OUT.DFAR],
      [CP15.IFAR, OUT.IFAR],
    ];
    for (const [register, place] of status) a.emit(mrc(3, register), str(3, 2, 4 * place));
    a.emit(mrrc(3, 4, 0, 7), str(3, 2, 4 * OUT.PAR), str(4, 2, 4 * (OUT.PAR + 1)));
    if (this.#virtualization) {
      a.emit(and(3, 0, 0x1f), cmpImmediate(3, Mode.HYP));
      a.branch('record-hyp', Condition.EQ);
      this.#callHyp(HypCall.RESET);
      a.constant(2, VARIABLES);
      a.emit(ldr(2, 2, NEXT_OUTPUT));
    }
    this.#mmuOff();
    a.emit(cpsid(Mode.FIQ), add(1, 2, 4 * OUT.FIQ), stm(1, range(8, 14)));
    a.emit(mrsSpsr(3), str(3, 2, 4 * (OUT.FIQ + 7)));
    for (const [name, mode] of BANKS) {
      a.emit(cpsid(mode), mrsSpsr(3), str(13, 2, 4 * OUT[name]), str(14, 2, 4 * (OUT[name] + 1)));
      a.emit(str(3, 2, 4 * (OUT[name] + 2)));
    }
    a.emit(cpsid(Mode.SYS), add(1, 2, 4 * OUT.USR), stm(1, range(8, 14)));

    a.label('recorded');
    a.emit(cpsid(Mode.SVC));
    a.constant(2, VARIABLES);
    a.emit(ldr(2, 2, NEXT_OUTPUT));
    a.constant(1, GICC);
    a.emit(ldr(0, 1, GICC_IAR), str(0, 1, GICC_EOIR), str(0, 2, 4 * OUT.IAR));
    a.constant(0, CPACR_ALL);
    a.emit(mcr(0, CP15.CPACR), ISB, VMRS_R0_FPEXC, str(0, 2, 4 * OUT.FPEXC));
    a.constant(1, WINDOW);
    a.emit(mov(3, 2));
    this.#addWords(3, OUT.WINDOW);
    for (let word = 0; word < WINDOW_WORDS; word += 8) {
      a.emit(ldm(1, range(4, 11), true), stm(3, range(4, 11), true));
    }
    a.constant(1, VARIABLES);
    a.emit(str(3, 1, NEXT_OUTPUT));
    a.branch('next');
  }

  /** Everything that a case may have changed and that would disturb the monitor. */
  #mmuOff(): void {
    const a = this.#a;
    a.constant(0, SCTLR_OFF);
    a.emit(mcr(0, CP15.SCTLR), ISB);
    a.constant(0, 0);
    a.emit(mcr(0, CP15.TTBCR), mcr(0, CP15.TLBIALL), DSB, ISB);
  }

  #addWords(register: number, words: number): void {
    for (let rest = 4 * words; rest > 0; rest -= 252)
      this.#a.emit(add(register, register, Math.min(rest, 252)));
  }

  #next(): void {
    const a = this.#a;
    a.label('next');
    a.constant(4, VARIABLES);
    a.emit(ldr(7, 4, NEXT_INPUT), ldr(6, 4, END_OF_INPUT), cmp(6, 7));
    a.branch('finish', Condition.EQ);
    a.emit(mov(6, 7));
    this.#addWords(6, INPUT_WORDS);
    a.emit(str(6, 4, NEXT_INPUT));
    a.emit(mov(6, 7));
    this.#addWords(6, IN.WINDOW);
    a.constant(5, WINDOW);
    const eight = range(0, 3) | range(8, 11);
    for (let word = 0; word < WINDOW_WORDS; word += 8) a.emit(ldm(6, eight, true), stm(5, eight, true));
    a.emit(mov(6, 7), add(5, 4, LAUNCH));
    for (let word = 0; word < LAUNCH_WORDS; word += 3) {
      a.emit(ldm(6, range(0, 2), true), stm(5, range(0, 2), true));
    }

    a.emit(mov(6, 7));
    this.#addWords(6, IN.FIQ);
    a.emit(cpsid(Mode.FIQ), ldm(6, range(8, 14), true), ldr(0, 6), msrSpsr(0), add(6, 6, 4));
    for (const [, mode] of BANKS) {
      a.emit(cpsid(mode), ldm(6, range(13, 14), true), ldr(0, 6), msrSpsr(0), add(6, 6, 4));
    }
    a.emit(cpsid(Mode.SYS), ldm(6, range(13, 14)));

    const load = (place: number, register: CoprocessorRegister) =>
      a.emit(ldr(0, 7, 4 * place), mcr(0, register));
    a.constant(0, CPACR_ALL);
    a.emit(mcr(0, CP15.CPACR), ISB);
    a.constant(0, FPEXC_EN);
    a.emit(VMSR_FPEXC_R0);
    a.constant(0, 0);
    a.emit(VMSR_FPSCR_R0, ldr(0, 7, 4 * IN.FPEXC), VMSR_FPEXC_R0);
    load(IN.CPACR, CP15.CPACR);
    load(IN.TTBCR, CP15.TTBCR);
    a.emit(ldr(0, 7, 4 * IN.TTBR0), ldr(1, 7, 4 * (IN.TTBR0 + 1)), mcrr(0, 1, 0, 2));
    a.emit(ldr(0, 7, 4 * IN.TTBR1), ldr(1, 7, 4 * (IN.TTBR1 + 1)), mcrr(0, 1, 1, 2));
    load(IN.DACR, CP15.DACR);
    load(IN.PRRR, CP15.PRRR);
    load(IN.NMRR, CP15.NMRR);
    load(IN.CONTEXTIDR, CP15.CONTEXTIDR);
    load(IN.VBAR, CP15.VBAR);
    a.constant(0, 0);
    a.constant(1, 0);
    for (const register of [CP15.DFSR, CP15.IFSR, CP15.DFAR, CP15.IFAR]) a.emit(mcr(0, register));
    a.emit(mcrr(0, 1, 0, 7));
    a.emit(mcr(0, CP15.TLBIALL), mcr(0, CP15.ICIALLU), DSB, ISB);

    if (this.#virtualization) this.#callHyp(HypCall.ENTER);
    else {
      a.emit(ldr(0, 7, 4 * IN.LAUNCH_MODE), ldr(1, 7, 4 * IN.SCTLR), add(5, 4, LAUNCH));
      a.emit(msrCpsrControl(0), mov(13, 5), mcr(1, CP15.SCTLR), ISB, CLREX);
      a.emit(ldm(13, range(0, 12), true), RFE_SP);
    }

    a.label('finish');
    a.emit(ldr(0, 4, PASSES), subs(0, 0, 1), str(0, 4, PASSES));
    a.branch('power-off', Condition.EQ);
    a.constant(0, INPUT);
    a.constant(1, OUTPUT);
    a.emit(str(0, 4, NEXT_INPUT), str(1, 4, NEXT_OUTPUT));
    a.constant(0, TARGET_COPY);
    a.constant(1, TARGET);
    a.constant(2, TARGET_BYTES);
    a.label('restore');
    a.emit(ldm(0, range(4, 11), true), stm(1, range(4, 11), true), subs(2, 2, 32));
    a.branch('restore', Condition.NE);
    a.branch('next');
    a.label('power-off');
    a.constant(0, PSCI_SYSTEM_OFF);
    a.emit(this.#virtualization ? SMC : HVC);
    a.label('ended');
    a.branch('ended');
  }

  #callHyp(call: number): void {
    const a = this.#a;
    a.constant(0, VARIABLES);
    a.constant(1, call);
    a.emit(str(1, 0, HYP_CALL), HVC);
  }

  /** The registers of Hyp mode as the monitor needs them. Uses R0. */
  #hypDefaults(): void {
    const a = this.#a;
    const set = (register: CoprocessorRegister, value: number) => {
      a.constant(0, value);
      a.emit(mcr(0, register));
    };
    set(CP15.HSCTLR, HSCTLR_OFF);
    set(CP15.HVBAR, tableAddress(Table.HYP_A32));
    set(CP15.HCR, 0);
    set(CP15.HCPTR, 0);
    set(CP15.HSTR, 0);
    set(CP15.HDCR, HDCR_RESET);
    set(CP15.CNTHCTL, CNTHCTL_RESET);
    a.emit(ISB);
  }

  #hyp(): void {
    const a = this.#a;
    // Every exception taken to Hyp mode comes here from its stub: R0 CPSR, R1 number, R2 free.
    a.label('hyp');
    a.emit(SETEND_LE);
    a.constant(2, VARIABLES);
    a.emit(ldr(2, 2, HYP_CALL), cmpImmediate(2, HypCall.ENTER));
    a.branch('hyp-enter', Condition.EQ);
    a.emit(cmpImmediate(2, HypCall.RESET));
    a.branch('record', Condition.NE);
    this.#hypCallDone();
    this.#hypDefaults();
    a.emit(ERET);

    a.label('hyp-enter');
    this.#hypCallDone();
    const load = (place: number, register: CoprocessorRegister) =>
      a.emit(ldr(0, 7, 4 * place), mcr(0, register));
    load(IN.SCTLR, CP15.SCTLR);
    load(IN.HTCR, CP15.HTCR);
    a.emit(ldr(0, 7, 4 * IN.HTTBR), ldr(1, 7, 4 * (IN.HTTBR + 1)), mcrr(0, 1, 4, 2));
    load(IN.HMAIR0, CP15.HMAIR0);
    load(IN.HMAIR1, CP15.HMAIR1);
    a.emit(mcr(0, CP15.TLBIALLH), DSB, ISB);
    load(IN.HSCTLR, CP15.HSCTLR);
    a.emit(ISB);
    load(IN.HCPTR, CP15.HCPTR);
    load(IN.HSTR, CP15.HSTR);
    load(IN.HDCR, CP15.HDCR);
    load(IN.CNTHCTL, CP15.CNTHCTL);
    load(IN.HCR, CP15.HCR);
    load(IN.HVBAR, CP15.HVBAR);
    load(IN.VTCR, CP15.VTCR);
    a.emit(ldr(0, 7, 4 * IN.VTTBR), ldr(1, 7, 4 * (IN.VTTBR + 1)), mcrr(0, 1, 6, 2));
    a.emit(mcr(0, CP15.TLBIALLNSNH), DSB);
    a.constant(0, 0);
    for (const register of [CP15.HSR, CP15.HDFAR, CP15.HIFAR, CP15.HPFAR]) a.emit(mcr(0, register));
    a.emit(ldr(0, 7, 4 * IN.PC), msrBanked(0, SYSM.ELR_HYP, 0));
    a.emit(ldr(0, 7, 4 * IN.CPSR), msrSpsr(0));
    a.emit(ldr(13, 7, 4 * IN.SP_HYP), CLREX, ISB);
    a.constant(12, VARIABLES + LAUNCH);
    a.emit(ldm(12, range(0, 12)), ERET);

    a.label('record-hyp');
    this.#recordHyp();
  }

  #hypCallDone(): void {
    const a = this.#a;
    a.constant(0, VARIABLES);
    a.constant(1, HypCall.NONE);
    a.emit(str(1, 0, HYP_CALL));
  }

  /** R2 is the output record. */
  #recordHyp(): void {
    const a = this.#a;
    const banked = (r: number, sysm: number, place: number) =>
      a.emit(mrsBanked(3, r, sysm), str(3, 2, 4 * place));
    for (let n = 0; n < 7; n++) banked(0, SYSM.FIQ + n, OUT.FIQ + n);
    banked(1, SYSM.SPSR_FIQ, OUT.FIQ + 7);
    for (const [name] of BANKS) {
      banked(0, SYSM[name] + 1, OUT[name]);
      banked(0, SYSM[name], OUT[name] + 1);
      banked(1, SYSM[name], OUT[name] + 2);
    }
    banked(0, SYSM.USR, OUT.USR + 5);
    banked(0, SYSM.ELR_HYP, OUT.ELR_HYP);
    const status: [CoprocessorRegister, number][] = [
      [CP15.HSR, OUT.HSR],
      [CP15.HDFAR, OUT.HDFAR],
      [CP15.HIFAR, OUT.HIFAR],
      [CP15.HPFAR, OUT.HPFAR],
    ];
    for (const [register, place] of status) a.emit(mrc(3, register), str(3, 2, 4 * place));
    this.#hypDefaults();
    this.#mmuOff();
    a.constant(0, 0x1c0 | Mode.SVC);
    a.emit(msrSpsr(0));
    a.addressOf(0, 'recorded');
    a.emit(msrBanked(0, SYSM.ELR_HYP, 0), ERET);
  }
}
