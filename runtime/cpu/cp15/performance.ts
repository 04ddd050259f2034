import { CPU, Mode } from '../../../jit/abi/cpu-state.js';
import { HDCR } from '../../../jit/abi/registers.js';
import { isSecure } from '../modes.js';
import type { SystemContext } from './context.js';
import { PL0_RO, PL0_RW, PL0_WO, PL1_RW, type Register, type Trap } from './register.js';

/** Event counters of Cortex-A15: PMCR.N. */
const COUNTERS = 6;
/** Number of the cycle counter in PMSELR and, as a bit, in the enable and overflow registers. */
const CYCLE = 31;

/** PMCR (ARM DDI 0406C B4.1.117): implementer and ID code are fixed; E, D, X and DP are stored. */
const PMCR_ID = 0x410f_0000;
const PMCR_N_SHIFT = 11;
const E = 1 << 0;
const P = 1 << 1;
const C = 1 << 2;
const D = 1 << 3;
const PMCR_STORED = 0x39;

/** Events that are counted (C12.8.2), and as PMCEID0 bits. */
const SW_INCR = 0x00;
const INST_RETIRED = 0x08;
const CPU_CYCLES = 0x11;
const COUNTED = (1 << SW_INCR) | (1 << INST_RETIRED) | (1 << CPU_CYCLES);

const PMUSERENR_EN = 1;

const TPM: Trap = { register: CPU.HDCR, mask: HDCR.TPM };
const TPMCR: Trap = { register: CPU.HDCR, mask: HDCR.TPM | HDCR.TPMCR };

/** A register with a bit a counter. Bits that the current mode does not have are RAZ/WI. */
function readBits(context: SystemContext, field: number): number {
  return context.state.get(field) & accessibleBits(context);
}

function setBits(context: SystemContext, field: number, bits: number): void {
  context.state.set(field, context.state.get(field) | (bits & accessibleBits(context)));
}

function clearBits(context: SystemContext, field: number, bits: number): void {
  context.state.set(field, context.state.get(field) & ~(bits & accessibleBits(context)));
}

/** What a counter counts, as a number modulo 2^32 that grows with time; undefined when time does not move it. */
function source(context: SystemContext, counter: number): number | undefined {
  const { state } = context;
  if (counter === CYCLE) {
    const cycles = context.cycles();
    return (((state.get(CPU.PMCR) & D) !== 0 ? Math.floor(cycles / 64) : cycles) % 0x1_0000_0000) | 0;
  }
  const event = state.get(CPU.PMXEVTYPER + 4 * counter) & 0xff;
  // One instruction a cycle.
  if (event === INST_RETIRED || event === CPU_CYCLES) return (context.cycles() % 0x1_0000_0000) | 0;
  return undefined;
}

/** Event counters below HDCR.HPMN, or all where there is no Hyp mode. */
function guestCounters({ state, features }: SystemContext): number {
  return features.virtualization ? Math.min(state.get(CPU.HDCR) & HDCR.HPMN, COUNTERS) : COUNTERS;
}

/** Event counters that the current mode has: Non-secure PL1 and PL0 have those that HDCR.HPMN leaves them (C12.7.2). */
function accessible(context: SystemContext): number {
  const { state } = context;
  return state.mode === Mode.HYP || isSecure(state) ? COUNTERS : guestCounters(context);
}

/** Bits of the enable and overflow registers that the current mode has. */
function accessibleBits(context: SystemContext): number {
  return (1 << CYCLE) | ((1 << accessible(context)) - 1);
}

function runs(context: SystemContext, counter: number): boolean {
  const { state } = context;
  const hyp = counter !== CYCLE && counter >= guestCounters(context);
  const enabled = hyp ? state.get(CPU.HDCR) & HDCR.HPME : state.get(CPU.PMCR) & E;
  return enabled !== 0 && ((state.get(CPU.PMCNTENSET) >>> counter) & 1) !== 0;
}

/** Where a counter's word is: its value while it stands, its source minus its value while it runs. */
function place(counter: number): number {
  return counter === CYCLE ? CPU.PMCCNTR_BASE : CPU.PMEVCNTR + 4 * counter;
}

function readCounter(context: SystemContext, counter: number): number {
  const stored = context.state.get(place(counter));
  const now = runs(context, counter) ? source(context, counter) : undefined;
  return now === undefined ? stored : (now - stored) | 0;
}

function writeCounter(context: SystemContext, counter: number, value: number): void {
  const now = runs(context, counter) ? source(context, counter) : undefined;
  context.state.set(place(counter), now === undefined ? value : now - value);
}

/** Makes a change that starts, stops or redirects counters; each goes on from its value. */
export function reconfigure(context: SystemContext, change: () => void): void {
  const values: number[] = [];
  for (let n = 0; n < COUNTERS; n++) values.push(readCounter(context, n));
  const cycles = readCounter(context, CYCLE);
  change();
  for (let n = 0; n < COUNTERS; n++) writeCounter(context, n, values[n]);
  writeCounter(context, CYCLE, cycles);
}

function writePmcr(context: SystemContext, value: number): void {
  reconfigure(context, () => context.state.set(CPU.PMCR, value & PMCR_STORED));
  if ((value & P) !== 0) for (let n = 0; n < accessible(context); n++) writeCounter(context, n, 0);
  if ((value & C) !== 0) writeCounter(context, CYCLE, 0);
}

function softwareIncrement(context: SystemContext, counters: number): void {
  const { state } = context;
  for (let n = 0; n < accessible(context); n++) {
    if (((counters >>> n) & 1) === 0 || !runs(context, n)) continue;
    if ((state.get(CPU.PMXEVTYPER + 4 * n) & 0xff) !== SW_INCR) continue;
    const value = (state.get(CPU.PMEVCNTR + 4 * n) + 1) | 0;
    state.set(CPU.PMEVCNTR + 4 * n, value);
    if (value === 0) state.set(CPU.PMOVSR, state.get(CPU.PMOVSR) | (1 << n));
  }
}

/** The counter that PMSELR selects, -1 when there is none: its registers are RAZ/WI then. */
function selected(context: SystemContext): number {
  const n = context.state.get(CPU.PMSELR);
  return n < accessible(context) || n === CYCLE ? n : -1;
}

/** Bits of PMXEVTYPER: the privilege filters and the event number; the cycle counter has filters only. */
function typeMask(counter: number): number {
  return counter === CYCLE ? 0xf800_0000 | 0 : 0xf800_00ff | 0;
}

function readType(context: SystemContext, counter: number): number {
  return counter < 0 ? 0 : context.state.get(CPU.PMXEVTYPER + 4 * counter);
}

function writeType(context: SystemContext, counter: number, value: number): void {
  if (counter < 0) return;
  reconfigure(context, () => context.state.set(CPU.PMXEVTYPER + 4 * counter, value & typeMask(counter)));
}

function allowed({ state }: SystemContext): boolean {
  return state.mode !== Mode.USR || (state.get(CPU.PMUSERENR) & PMUSERENR_EN) !== 0;
}

function pmu(name: string, crm: number, opc2: number, more: Partial<Register>): Register {
  return { name, opc1: 0, crn: 9, crm, opc2, access: PL0_RW, allowed, trap: TPM, ...more };
}

/** Performance Monitors, PMUv2 (C12). Overflow of counters that run is not signalled. */
export const performance: readonly Register[] = [
  pmu('PMCR', 12, 0, {
    trap: TPMCR,
    read: (context) => PMCR_ID | (accessible(context) << PMCR_N_SHIFT) | context.state.get(CPU.PMCR),
    write: writePmcr,
  }),
  pmu('PMCNTENSET', 12, 1, {
    read: (context) => readBits(context, CPU.PMCNTENSET),
    write: (context, value) => reconfigure(context, () => setBits(context, CPU.PMCNTENSET, value)),
  }),
  pmu('PMCNTENCLR', 12, 2, {
    read: (context) => readBits(context, CPU.PMCNTENSET),
    write: (context, value) => reconfigure(context, () => clearBits(context, CPU.PMCNTENSET, value)),
  }),
  pmu('PMOVSR', 12, 3, {
    read: (context) => readBits(context, CPU.PMOVSR),
    write: (context, value) => clearBits(context, CPU.PMOVSR, value),
  }),
  pmu('PMSWINC', 12, 4, { access: PL0_WO, write: softwareIncrement }),
  pmu('PMSELR', 12, 5, { field: CPU.PMSELR, mask: 0x1f }),
  pmu('PMCEID0', 12, 6, { access: PL0_RO, value: COUNTED }),
  pmu('PMCEID1', 12, 7, { access: PL0_RO, value: 0 }),
  pmu('PMCCNTR', 13, 0, {
    read: (context) => readCounter(context, CYCLE),
    write: (context, value) => writeCounter(context, CYCLE, value),
  }),
  pmu('PMXEVTYPER', 13, 1, {
    read: (context) => readType(context, selected(context)),
    write: (context, value) => writeType(context, selected(context), value),
  }),
  pmu('PMXEVCNTR', 13, 2, {
    read: (context) => {
      const n = selected(context);
      return n < 0 || n === CYCLE ? 0 : readCounter(context, n);
    },
    write: (context, value) => {
      const n = selected(context);
      if (n >= 0 && n !== CYCLE) writeCounter(context, n, value);
    },
  }),
  pmu('PMUSERENR', 14, 0, {
    access: { read: 0, write: 1 },
    allowed: undefined,
    field: CPU.PMUSERENR,
    mask: PMUSERENR_EN,
  }),
  pmu('PMINTENSET', 14, 1, {
    access: PL1_RW,
    read: (context) => readBits(context, CPU.PMINTENSET),
    write: (context, value) => setBits(context, CPU.PMINTENSET, value),
  }),
  pmu('PMINTENCLR', 14, 2, {
    access: PL1_RW,
    read: (context) => readBits(context, CPU.PMINTENSET),
    write: (context, value) => clearBits(context, CPU.PMINTENSET, value),
  }),
  pmu('PMOVSSET', 14, 3, {
    access: PL1_RW,
    read: (context) => readBits(context, CPU.PMOVSR),
    write: (context, value) => setBits(context, CPU.PMOVSR, value),
  }),
];
