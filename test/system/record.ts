/** What goes into a case and what comes out of it, as records of words in guest memory. */
import { WINDOW_WORDS } from './memory-map.js';

/** Offsets in words of a layout declared by its fields' lengths. */
function offsets<T extends Record<string, number>>(fields: T): { readonly at: T; readonly words: number } {
  let words = 0;
  const at: Record<string, number> = {};
  for (const [name, length] of Object.entries(fields)) {
    at[name] = words;
    words += length;
  }
  return { at: at as T, words };
}

const input = offsets({
  /** R0–R12, then PC and CPSR: together what is loaded last. */
  R: 13,
  PC: 1,
  CPSR: 1,
  /** R8–R14 and SPSR of FIQ mode; R13, R14 and SPSR of the others; R13 and R14 of User and System mode. */
  FIQ: 8,
  IRQ: 3,
  SVC: 3,
  ABT: 3,
  UND: 3,
  USR: 2,
  /** The mode that the monitor goes to last, whose SP is its own: not that of the case. */
  LAUNCH_MODE: 1,
  CPACR: 1,
  TTBCR: 1,
  TTBR0: 2,
  TTBR1: 2,
  DACR: 1,
  PRRR: 1,
  NMRR: 1,
  CONTEXTIDR: 1,
  VBAR: 1,
  FPEXC: 1,
  SCTLR: 1,
  /** With Hyp mode only. */
  SP_HYP: 1,
  HTCR: 1,
  HTTBR: 2,
  HMAIR0: 1,
  HMAIR1: 1,
  HSCTLR: 1,
  HCPTR: 1,
  HSTR: 1,
  HDCR: 1,
  CNTHCTL: 1,
  HCR: 1,
  HVBAR: 1,
  VTCR: 1,
  VTTBR: 2,
  WINDOW: WINDOW_WORDS,
});

const output = offsets({
  /** Which vector: 8 × number of the table + vector. */
  VECTOR: 1,
  /** CPSR in the handler. */
  CPSR: 1,
  /** R0–R14 in the handler. */
  R: 15,
  SPSR: 1,
  DFSR: 1,
  IFSR: 1,
  DFAR: 1,
  IFAR: 1,
  PAR: 2,
  /** GICC_IAR, after an interrupt. */
  IAR: 1,
  FPEXC: 1,
  FIQ: 8,
  IRQ: 3,
  SVC: 3,
  ABT: 3,
  UND: 3,
  /** R8–R14 of User and System mode. */
  USR: 7,
  ELR_HYP: 1,
  HSR: 1,
  HDFAR: 1,
  HIFAR: 1,
  HPFAR: 1,
  WINDOW: WINDOW_WORDS,
});

/** Offsets in words from an input record. */
export const IN = input.at;
export const INPUT_WORDS = input.words;
/** Offsets in words from an output record. */
export const OUT = output.at;
export const OUTPUT_WORDS = output.words;

const REGISTERS_FROM = { FIQ: 8, IRQ: 13, SVC: 13, ABT: 13, UND: 13, USR: 8 } as const;

/** A name for each word of an output record, for reports. */
export const OUTPUT_NAMES: readonly string[] = (() => {
  const names: string[] = new Array(OUTPUT_WORDS);
  const entries = Object.entries(OUT);
  entries.forEach(([name, from], index) => {
    const to = entries[index + 1]?.[1] ?? OUTPUT_WORDS;
    for (let word = from; word < to; word++) {
      const n = word - from;
      const first = REGISTERS_FROM[name as keyof typeof REGISTERS_FROM];
      if (first !== undefined) {
        names[word] = first + n === 15 ? `spsr_${name.toLowerCase()}` : `r${first + n}_${name.toLowerCase()}`;
        if (first === 13 && n === 2) names[word] = `spsr_${name.toLowerCase()}`;
      } else if (name === 'R') names[word] = `r${n}`;
      else if (name === 'WINDOW') names[word] = `window+0x${(4 * n).toString(16)}`;
      else names[word] = to - from > 1 ? `${name}[${n}]` : name;
    }
  });
  return names;
})();
