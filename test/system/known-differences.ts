import type { SystemCase } from './image.js';
import type { Outcome } from './outcome.js';
import { IN, OUT } from './record.js';
import { Table } from './vectors.js';

const HSR_S1PTW = 1 << 7;
const HSR_ISV = 1 << 24;
/** Names of cases with an instruction that is Advanced SIMD's alone. */
const ADVANCED_SIMD = /^v(add.i32|ld1|mov.u?(8|16) )/;

/** Why a difference is expected. Listed in docs/conformance.md. */
export interface KnownDifference {
  readonly reason: string;
  /** Section of ARM DDI 0406C that is on our side. */
  readonly section: string;
  /** `line` is one difference: the name of the word, and both values. */
  matches(testCase: SystemCase, line: string, ours: Outcome): boolean;
}

/** The two values of a line. */
function valuesOf(line: string): [number, number] {
  const [, ours, theirs] = /ours ([0-9a-f]+), qemu ([0-9a-f]+)/.exec(line)!;
  return [Number.parseInt(ours!, 16), Number.parseInt(theirs!, 16)];
}

/** Attributes in PAR; of a supersection PA[39:32] as well. */
function parAttributes(par: number): number {
  return (par & 2) === 0 ? 0x5fc : 0x00ff_05fc;
}

const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    reason: 'CPSR[23:20] and SPSR[23:20] are reserved in ARMv7; QEMU keeps some (bit 20 is IL in ARMv8)',
    section: 'B1.3.3',
    matches: (_, line) => {
      const [ours, theirs] = valuesOf(line);
      return /^(CPSR|SPSR|spsr_)/.test(line) && ((ours ^ theirs) & ~0x00f0_0000) === 0;
    },
  },
  {
    reason: 'BKPT taken to Hyp mode: HSR.IL is not valid for a Prefetch Abort, HIFAR is UNKNOWN',
    section: 'B3.13.6',
    matches: ({ name }, line) => {
      const [ours, theirs] = valuesOf(line);
      if (!/^BKPT/i.test(name)) return false;
      return line.startsWith('HIFAR') || (line.startsWith('HSR') && (ours ^ theirs) === 1 << 25);
    },
  },
  {
    reason: 'HCR.TWE and HCPTR.TASE trap; QEMU does not look at them on an ARMv7 processor',
    section: 'B1.14.9, B1.14.11',
    matches: ({ class: row, name }) => row === 'hyp traps' && /HCR.TWE|HCPTR.TASE/.test(name),
  },
  {
    reason: 'HSR.TA of an Advanced SIMD instruction that HCPTR.TCP10 traps: QEMU takes it as VFP',
    section: 'B3.13.6',
    matches: ({ class: row, name }, line) => {
      const [ours, theirs] = valuesOf(line);
      return (
        row === 'hyp traps' &&
        ADVANCED_SIMD.test(name) &&
        line.startsWith('HSR') &&
        (ours ^ theirs) === 1 << 5
      );
    },
  },
  {
    reason: 'SMC that is UNDEFINED, at the end of an IT block: QEMU loses ITSTATE in SPSR_und',
    section: 'B1.9.6',
    matches: ({ name }, line) => {
      const [ours, theirs] = valuesOf(line);
      const it = ours ^ theirs;
      return name.startsWith('SMC T32') && /^(SPSR|spsr_und)/.test(line) && (it & ~0x0600_fc00) === 0;
    },
  },
  {
    reason: 'banked MRS and MSR, and SRS, at the end of an IT block: QEMU forgets to end it',
    section: 'A2.5.2',
    matches: ({ name }, line) => {
      const [ours, theirs] = valuesOf(line);
      const isBanked = /^(M(RS|SR) \(Banked register\)|SRS) T32/.test(name);
      return isBanked && /^(SPSR|spsr_)/.test(line) && ((ours ^ theirs) & ~0x0600_fc00) === 0;
    },
  },
  {
    reason: 'QEMU does not know CPACR.ASEDIS',
    section: 'B4.1.40',
    matches: ({ class: row, name, input }) =>
      row === 'vfp access' && ADVANCED_SIMD.test(name) && input[IN.CPACR]! < 0,
  },
  {
    reason: 'PAR of a short-descriptor translation: QEMU gives no memory attributes',
    section: 'B4.1.112',
    matches: ({ class: row }, line) => {
      const [ours, theirs] = valuesOf(line);
      const isPar = /^(r[02-9]|r[89]_.*|PAR.0.):/.test(line);
      return (
        (row === 'mmu short' || row === 'hyp traps' || row === 'register writes') &&
        isPar &&
        ((ours | theirs) & 1) === 0 &&
        ((ours ^ theirs) & ~parAttributes(ours)) === 0
      );
    },
  },
  {
    reason: 'an unaligned access to Device or Strongly-ordered memory is an Alignment fault; QEMU makes it',
    section: 'A3.2.2',
    matches: ({ class: row, input }, _, ours) => {
      const status = ours.record[OUT.DFSR]! & 0x43f;
      const vector = ours.record[OUT.VECTOR]! & 7;
      return (
        row.startsWith('mmu') && vector === 4 && (status === 1 || status === 0x21) && (input[IN.R]! & 7) !== 0
      );
    },
  },
  {
    reason: 'an unaligned access to memory that stage 2 makes Device is an Alignment fault; QEMU makes it',
    section: 'B3.19.6',
    matches: ({ class: row, input }, _, ours) =>
      row === 'mmu stage 2' &&
      ours.record[OUT.HSR]! >>> 26 === 0x24 &&
      (ours.record[OUT.HSR]! & 0x3f) === 0x21 &&
      (input[IN.R]! & 7) !== 0,
  },
  {
    reason:
      'an unaligned access of Hyp mode to Device or Strongly-ordered memory is an Alignment fault; QEMU makes it',
    section: 'A3.2.2',
    matches: ({ class: row, input }, _, ours) =>
      row === 'mmu hyp' &&
      ours.record[OUT.HSR]! >>> 26 === 0x25 &&
      (ours.record[OUT.HSR]! & 0x3f) === 0x21 &&
      (input[IN.R]! & 7) !== 0,
  },
  {
    reason: "HSR.ISV is for aborts of stage 2; QEMU sets it, and IL, for those of Hyp mode's stage 1",
    section: 'B3.13.6',
    matches: ({ class: row }, line) => {
      const [ours, theirs] = valuesOf(line);
      const syndrome = 0x03ff_0000;
      return (
        row === 'mmu hyp' &&
        line.startsWith('HSR') &&
        (ours & syndrome) === 0 &&
        (theirs & HSR_ISV) !== 0 &&
        ((ours ^ theirs) & ~syndrome) === 0
      );
    },
  },
  {
    reason:
      'a load that crosses from where nothing is into a page that faults: QEMU takes the external abort of the first page',
    section: 'B3.12.4',
    matches: ({ class: row, input }, _, ours) =>
      row === 'mmu stage 2' && (input[IN.R]! & 0xfff) >= 0xff1 && (ours.record[OUT.HDFAR]! & 0xfff) === 0,
  },
  {
    reason: 'intermediate physical addresses have 40 bits; qemu-system-arm keeps the low 32',
    section: 'B4.1.69',
    matches: ({ class: row }, line) => {
      const [ours, theirs] = valuesOf(line);
      return row === 'mmu stage 2' && line.startsWith('HPFAR') && ((ours ^ theirs) & 0x00ff_ffff) === 0;
    },
  },
  {
    reason:
      'of a fault of stage 2 on a walk of stage 1, HSR has the level of stage 2; QEMU gives that of stage 1',
    section: 'B3.19.6',
    matches: ({ class: row }, line) => {
      const [ours, theirs] = valuesOf(line);
      const onWalk = (ours & HSR_S1PTW) !== 0 && ((ours ^ theirs) & ~3) === 0;
      return row === 'stage 2 faults' && line.startsWith('HSR') && onWalk;
    },
  },
  {
    reason: 'PAR of both stages, stage 1 with short descriptors: QEMU gives no attributes of stage 1',
    section: 'B4.1.112',
    matches: ({ class: row, input }, line) => {
      const [ours, theirs] = valuesOf(line);
      if (row !== 'mmu stage 2' || input[IN.TTBCR]! < 0) return false;
      if (/^(r[3579]|PAR.1.):/.test(line)) return ((ours ^ theirs) & 0x00ff_ffff) === 0;
      return /^(r[2468]|r8_.*|PAR.0.):/.test(line) && ((ours ^ theirs) & ~0x180) === 0 && (ours & 1) === 0;
    },
  },
  {
    reason: 'IFSR[7:4] are reserved in the Short-descriptor format; QEMU puts the domain there',
    section: 'B4.1.96',
    matches: ({ class: row }, line) => {
      const [ours, theirs] = valuesOf(line);
      return (
        ['mmu short', 'mmu stage 2'].includes(row) &&
        line.startsWith('IFSR') &&
        ((ours ^ theirs) & ~0xf0) === 0
      );
    },
  },
  {
    reason: 'the access flag is looked at before XN; QEMU does it the other way round',
    section: 'B3.19.5',
    matches: ({ class: row }, line) => {
      const [ours, theirs] = valuesOf(line);
      return (
        row === 'mmu short' &&
        line.startsWith('IFSR') &&
        [3, 6].includes(ours) &&
        [13, 15].includes(theirs & 15)
      );
    },
  },
  {
    reason:
      'PAR.SH of Device and Strongly-ordered memory is Outer Shareable; QEMU gives the bits of the descriptor',
    section: 'B4.1.112',
    matches: ({ class: row }, line) => {
      const [ours, theirs] = valuesOf(line);
      const isPar = /^(r[2468]|r8_.*|PAR.0.):/.test(line);
      return (
        (row === 'mmu long' || row === 'mmu hyp' || row === 'register writes') &&
        isPar &&
        (ours & 0x180) === 0x100 &&
        (ours ^ theirs) <= 0x180 &&
        (ours & 1) === 0
      );
    },
  },
  {
    reason:
      'the second-level descriptor is read before the domain is looked at; QEMU does it the other way round',
    section: 'B3.19.5',
    matches: ({ class: row }, line) => {
      const [ours, theirs] = valuesOf(line);
      if (row !== 'mmu short') return false;
      if (/^[DI]FSR/.test(line)) return (ours & 15) === 7 && (theirs & 15) === 11;
      return ours === 0x0f && theirs === 0x17;
    },
  },
  {
    reason:
      'an access that crosses into another page, and aborts in both: QEMU takes the abort of the second page first',
    section: 'B3.12.4',
    matches: ({ class: row }, line, ours) =>
      row.startsWith('mmu') && /^DF[AS]R/.test(line) && (ours.record[OUT.DFAR]! & 0xfff) >= 0xff1,
  },
  {
    reason: 'DFAR of an access that is not naturally aligned, to where nothing is: QEMU aligns it down',
    section: 'B3.13.4',
    matches: (_, line) => {
      const [ours, theirs] = valuesOf(line);
      return /^H?DFAR/.test(line) && ((ours ^ theirs) & ~15) === 0;
    },
  },
  sweep('TEEHBR[1:0] are SBZP', 'B4.1.151', /p14, 6, c1, c0, 0 after/),
  {
    reason: 'debug registers that QEMU does not have, or of which it keeps reserved bits',
    section: 'C11.11',
    matches: ({ class: row, name }) => row === 'hyp traps' && / DBG/.test(name),
  },
  {
    reason:
      'QEMU does not know HCR.TIDCP, TID1, TID3 and TPU, HCPTR.TCPAC and HDCR.TPMCR on an ARMv7 processor',
    section: 'B1.14.3 to B1.14.7',
    matches: ({ class: row, name }, _, ours) =>
      row === 'hyp traps' &&
      / (c\d+, |ID_|MIDR|CPACR|PMCR|TCMTR|TLBTR|REVIDR|AIDR|L2|IC|DC|ITLB|DTLB|BP|PL|c15|c9|c10|c11)/.test(
        name,
      ) &&
      ours.record[OUT.VECTOR] === 8 * Table.HYP_A32 + 5,
  },
  {
    reason: 'FCSEIDR, PMCEID0, PMCEID1, JIDR and TEEHBR: as in the sweeps',
    section: 'B4.1.57',
    matches: ({ class: row, name }) => row === 'hyp traps' && /FCSEIDR|PMCEID|JIDR|TEEHBR/.test(name),
  },
  {
    reason: 'what PMUSERENR makes UNDEFINED in User mode is not trapped by HSTR.T9; QEMU looks at HSTR first',
    section: 'B1.14.12',
    matches: ({ class: row, name, input }) =>
      row === 'hyp traps' &&
      / PM/.test(name) &&
      (input[IN.CPSR]! & 31) === 16 &&
      (input[IN.HSTR]! & (1 << 9)) !== 0,
  },
  sweep(
    'reserved bits of the debug registers, which QEMU keeps',
    'C11.11',
    /mrc p14, 0, c0, c\d+, [2457] after/,
  ),
  sweep('bits of SCTLR that are fixed in Cortex-A15', 'B4.1.130', /mrc p15, 0, c1, c0, 0 after/),
  sweep(
    'reserved bits of Hyp mode control registers',
    'B4.1.62',
    /Hyp mrc p15, 4, (c1, c0, 0|c1, c1, [123]|c2, c0, 2|c14, c1, 0) after/,
  ),
  sweep(
    'FCSEIDR is RAZ/WI where there is no FCSE, as in Cortex-A15',
    'B4.1.57',
    /mrc p15, 0, c13, c0, 0 after.*ours 00000000/,
  ),
  sweep('CNTKCTL[31:10] are reserved in ARMv7', 'B4.1.26', /mrc p15, 0, c14, c1, 0 after/),
  sweep('PMCR[7:6] are reserved in PMUv2', 'B4.1.117', /mrc p15, 0, c9, c12, 0 after/),
  sweep('PMXEVTYPER: evtCount has eight bits in PMUv2', 'B4.1.128', /mrc p15, 0, c9, c13, 1 after/),
  {
    reason: 'registers of an LDM or LDRD that is aborted are UNKNOWN: QEMU loads those before the abort',
    section: 'B1.9.8',
    matches: ({ class: row, name }, line) =>
      row.startsWith('mmu') && /^(ldm|ldrd)/.test(name) && /^r[2-6]:/.test(line),
  },
  sweep(
    'debug registers that QEMU does not have, or reads as a NOP',
    'C11.11',
    /p14, 0, .*qemu (deadc0de|5ca1ab1e)/,
  ),
  sweep(
    'QEMU has DBGDEVID at a wrong place, and RAZ registers beside it',
    'C11.11.17',
    /p14, 0, c7, c0, [012]\b/,
  ),
  sweep('JIDR can be read in User mode', 'B4.1.101', /User mrc p14, 7, c0, c0, 0/),
  sweep('PMCEID0 and PMCEID1 are there in PMUv2', 'B4.1.114', /p15, 0, c9, c12, [67]\b.*qemu deadc0de/),
  sweep(
    'PMEVCNTRn and PMEVTYPERn by number came with ARMv8',
    'B3.17.1',
    /p15, 0, c14, c(8|9|1[0-5]), .*ours deadc0de/,
  ),
  sweep(
    'TLB lockdown, IMPLEMENTATION DEFINED: QEMU leaves Rt as it is',
    'B3.17.2',
    /p15, [0-7], c10, c[0148], .*qemu 5ca1ab1e/,
  ),
  sweep(
    'HCPTR.TCPn of a coprocessor that is not there is RAO/WI',
    'B4.1.64',
    /p15, 4, c1, c1, 2\b.*ours 0000(33ff)/,
  ),
];

/** A register of a sweep, found by its result's label and both values. */
function sweep(reason: string, section: string, pattern: RegExp): KnownDifference {
  return { reason, section, matches: (_, line) => pattern.test(line) };
}

/** The reason for which a difference is expected. */
export function knownDifference(
  testCase: SystemCase,
  line: string,
  ours: Outcome,
): KnownDifference | undefined {
  return KNOWN_DIFFERENCES.find((known) => known.matches(testCase, line, ours));
}
