/** Registers with which programs start. */
import { Mode, PSR } from '../../../jit/abi/cpu-state.js';
import { FPEXC_EN, HCR, SCR, SCTLR } from '../../../jit/abi/registers.js';
import type { Random } from '../../conformance/random.js';
import { doubleword, fpscr, integer, single } from '../../conformance/values.js';
import { BOARDS, type BoardName } from './boards.js';
import {
  CODE,
  CODE_BYTES,
  DATA,
  DATA_BYTES,
  HYP_TABLES,
  HYP_VECTORS,
  LONG_TABLES,
  MONITOR_VECTORS,
  SHORT_LEVEL1,
  SORTS,
  STACK_BYTES,
  STACKS,
  STAGE2_TABLES,
  THUMB_VECTORS,
  VECTORS,
} from './layout.js';
import type { Registers } from './program.js';
import { MAIR } from './tables.js';

const PL1_MODES = [Mode.SVC, Mode.SYS, Mode.IRQ, Mode.FIQ, Mode.ABT, Mode.UND];
/** What is set of SCTLR in Cortex-A15 whatever software writes, and the caches. */
const SCTLR_FIXED = 0x00c5_0078 | SCTLR.C | SCTLR.I | SCTLR.Z | SCTLR.SW;
const EAE = 0x8000_0000 | 0;

export interface Start {
  readonly registers: Registers;
  readonly cpsr: number;
  readonly mode: number;
}

/** What a kind asks for; all else is drawn. */
export interface StartOptions {
  /** The chance that stage 1 is on. */
  readonly mmu?: number;
  readonly modes?: readonly number[];
  /** Where the short-descriptor tables are, from the start of the window. */
  readonly shortTable?: number;
}

/** Modes that a board has. */
export function modesOf(name: BoardName): number[] {
  const { security, virtualization } = BOARDS[name].features;
  const modes: number[] = [Mode.USR, Mode.USR, Mode.USR, ...PL1_MODES, Mode.SVC, Mode.SVC];
  if (virtualization) modes.push(Mode.HYP, Mode.HYP, Mode.HYP);
  if (security) modes.push(Mode.MON, Mode.MON);
  return modes;
}

/** An address of data: mostly one that can be read and written. */
export function dataAddress(random: Random, window: number): number {
  const kind = random.below(12);
  if (kind === 0) return window + CODE + 4 * random.below(CODE_BYTES >>> 2);
  if (kind === 1) return (window + DATA + 0x1000 * (1 + random.below(7)) - 1 - random.below(8)) >>> 0;
  if (kind <= 4) return SORTS + 0x1000 * random.below(256) + 4 * random.below(1024);
  if (kind === 5) return random.word() >>> 0;
  return window + DATA + 8 * random.below(DATA_BYTES >>> 3) + (kind === 6 ? random.below(8) : 0);
}

export function makeStart(name: BoardName, random: Random, options: StartOptions = {}): Start {
  const { features, window } = BOARDS[name];
  const { security, virtualization } = features;
  const own = modesOf(name);
  const mode = random.pick(options.modes?.filter((each) => own.includes(each)) ?? own);
  const long = random.chance(0.4);
  const mmu = random.chance(options.mmu ?? 0.85);
  const secureWorld = security && (mode === Mode.MON || (mode !== Mode.HYP && random.chance(0.5)));
  const te = random.chance(0.08);
  const sctlr =
    SCTLR_FIXED |
    (mmu ? SCTLR.M : 0) |
    (random.chance(0.1) ? SCTLR.A : 0) |
    (random.chance(0.1) ? SCTLR.AFE : 0) |
    (random.chance(0.05) ? SCTLR.TRE : 0) |
    (random.chance(0.03) ? SCTLR.EE : 0) |
    (te ? SCTLR.TE : 0);
  const both = (value: number) => [value, value];
  const hcr = virtualization ? drawHCR(random, mode) : 0;
  const table = window + (long ? LONG_TABLES : (options.shortTable ?? SHORT_LEVEL1));
  const vectors = window + (te ? THUMB_VECTORS : VECTORS);
  const registers: Registers = {
    R: [
      ...Array.from({ length: 8 }, () => integer(random)),
      ...Array.from({ length: 4 }, () => dataAddress(random, window)),
      window + CODE + 4 * random.below(256) + random.below(2),
      window + STACKS + STACK_BYTES / 2,
      window + CODE + 4 * random.below(256) + random.below(2),
    ],
    D: Array.from({ length: 32 }, () =>
      random.chance(0.5) ? [single(random), single(random)] : doubleword(random),
    ).flat(),
    FPSCR: [fpscr(random)],
    FPEXC: [random.chance(0.93) ? FPEXC_EN : 0],
    CPACR: [random.chance(0.93) ? 0x00f0_0000 : random.word() & 0xc0f0_0000],
    BANKED_SP: Array.from({ length: 8 }, (_, bank) => window + STACKS + STACK_BYTES * bank + STACK_BYTES / 2),
    SCTLR: both(sctlr),
    TTBR0: [table, 0, table, 0],
    TTBR1: [table, 0, table, 0],
    TTBCR: both(long ? EAE : 0),
    DACR: both(random.chance(0.85) ? 0x5555_5555 : (random.word() & ~3) | 1),
    PRRR: both(long ? MAIR : 0x0000_98a4),
    NMRR: both(long ? 0 : 0x44e0_48e0),
    VBAR: both(vectors),
    MVBAR: [window + MONITOR_VECTORS],
    CONTEXTIDR: both(random.below(4)),
    CNTKCTL: [random.chance(0.5) ? 0x303 : random.word() & 0x3ff],
    PMUSERENR: [random.below(2)],
    TEECR: [random.below(2)],
  };
  if (security) {
    const scr = random.word() & (SCR.IRQ | SCR.FIQ | SCR.EA | SCR.FW | SCR.AW | SCR.SCD | SCR.HCE | SCR.SIF);
    registers.SCR = [
      (random.chance(0.3) ? scr & random.word() : SCR.FW | SCR.AW | SCR.HCE) | (secureWorld ? 0 : SCR.NS),
    ];
    registers.NSACR = [random.chance(0.8) ? 0x0000_0c00 : random.word() & 0x0000_cc00];
  }
  if (virtualization) {
    registers.HSCTLR = [0x30c5_0830 | (random.chance(0.8) ? SCTLR.M : 0) | SCTLR.C | SCTLR.I];
    registers.HTTBR = [window + HYP_TABLES, 0];
    registers.HMAIR0 = [MAIR];
    registers.HVBAR = [window + HYP_VECTORS];
    registers.HCR = [hcr];
    registers.VTTBR = [window + STAGE2_TABLES, random.below(3) << 16];
    registers.VTCR = [0x40];
    registers.HSTR = [random.chance(0.2) ? random.word() & 0x1_afff : 0];
    registers.HCPTR = [random.chance(0.2) ? random.word() & 0x8010_8c00 : 0];
    registers.HDCR = [random.chance(0.2) ? (random.word() & 0xfff) | 6 : 6];
    registers.CNTHCTL = [random.below(4)];
  }
  const masks = (random.chance(0.5) ? PSR.I : 0) | (random.chance(0.5) ? PSR.F : 0) | PSR.A;
  const flags = random.word() & 0xf80f_0000;
  return { registers, cpsr: mode | masks | flags | (random.chance(0.05) ? PSR.E : 0), mode };
}

/** Stage 2 is on in half of what can have it; traps are drawn one by one. */
function drawHCR(random: Random, mode: number): number {
  let hcr = random.chance(0.5) ? HCR.VM : 0;
  if (random.chance(0.4)) hcr |= random.word() & random.word() & 0x07ff_e3fe;
  if (random.chance(0.1)) hcr |= HCR.DC;
  if (mode === Mode.USR && random.chance(0.1)) hcr |= HCR.TGE;
  return hcr;
}
