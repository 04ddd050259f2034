/** Random encodings of the definitions that user mode cannot run, drawn from the table's own patterns, in every mode. */
import { Mode, PSR } from '../../../jit/abi/cpu-state.js';
import { Decoder, isThumb32, type TableEntry } from '../../../jit/isa/decoder.js';
import { DEFINITIONS } from '../../../jit/isa/table.js';
import { randomEncoding } from '../../conformance/encodings.js';
import type { Random } from '../../conformance/random.js';
import { integer } from '../../conformance/values.js';
import { ERET, msrBanked } from '../assembler.js';
import {
  type Image,
  itState,
  landing,
  memoryPsr,
  modes,
  newInput,
  pairAddress,
  windowAddress,
} from '../image.js';
import { WINDOW_WORDS } from '../memory-map.js';
import { tableAddress } from '../monitor.js';
import { IN } from '../record.js';
import { Table } from '../vectors.js';

const SCTLR_SW = 1 << 10;

const decoder = new Decoder(DEFINITIONS);

/** Definitions with cases of their own; and ThumbEE, and LDC and STC of the debug channel, which QEMU has not. */
const ELSEWHERE = /^(ENTERX|LEAVEX|LDC.*|STC.*|MCR|MRC|MCRR|MRRC|[A-Z]{3}S PC.*|SUBS, MOVS PC.*|VMRS|VMSR)$/;

/** What is translated as well. */
const TRANSLATED = /^(MRS|HVC|ERET|RFE|LDM \(exception return\))$/;

/** UNPREDICTABLE in the middle of an IT block. */
const LAST_IN_IT = /^(RFE|ERET|BXJ|SMC|HVC|LDM.*)$/;

/** What is not drawn: UNPREDICTABLE in ways in which what QEMU does makes no sense, or QEMU is wrong. */
function leftOut(name: string, mode: number, raw: number): boolean {
  // UNDEFINED in Hyp mode (B9.3.5, B9.3.6, B9.3.13, B9.3.17); QEMU executes them.
  if (mode === Mode.HYP && /^(RFE|[LS][TD]M \(.*)$/.test(name)) return true;
  // QEMU reads and writes a stale copy of SP and LR.
  if (name.endsWith('(User registers)')) return mode === Mode.SYS;
  return name === 'RFE' && ((raw >>> 16) & 15) === 15;
}

/** The pattern entries that are drawn from. */
export function tableEntries(): readonly TableEntry[] {
  return decoder.entries.filter(
    ({ definition }) =>
      (definition.interpretOnly && !ELSEWHERE.test(definition.name)) ||
      TRANSLATED.test(definition.name) ||
      definition.name.endsWith('(Banked register)'),
  );
}

/** Adds `count` cases of each pattern. */
export function tableDrawn(image: Image, random: Random, count: number): void {
  for (const entry of tableEntries()) {
    for (let index = 0; index < count; index++) addDrawn(image, random, entry);
  }
}

function draw(entry: TableEntry, random: Random): number {
  for (;;) {
    const raw = randomEncoding(entry, random);
    const { set } = entry.encoding;
    if (set === 'T16' && isThumb32(raw)) continue;
    if (decoder.find(set, raw)?.definition === entry.definition) return raw;
  }
}

function addDrawn(image: Image, random: Random, entry: TableEntry): void {
  const { definition, encoding } = entry;
  const { name } = definition;
  const raw = draw(entry, random);
  const mode = random.pick(modes(image.kind));
  if (leftOut(name, mode, raw)) return;
  const input = newInput(random, mode);
  const isTransfer = definition.class === 'block-transfer' || definition.class === 'exclusive';
  addresses(input, random, isTransfer ? 'bases' : 'returns', isTransfer && !/^(SWP|STM|SRS)/.test(name));
  // A fetch from address 2 modulo 4 is UNPREDICTABLE; where nothing is, QEMU looks at the alignment first, as a user-mode QEMU
  // does not; in Hyp mode it answers with a class of ARMv8.
  if (name === 'BXJ') {
    for (let n = 0; n < 13; n++) input[IN.R + n] &= ~2;
    for (const bank of [IN.FIQ + 5, IN.IRQ, IN.SVC, IN.ABT, IN.UND, IN.USR]) {
      input[bank] &= ~2;
      input[bank + 1] &= ~2;
    }
    for (let n = 0; n < 5; n++) input[IN.FIQ + n] &= ~2;
    input[IN.SP_HYP] &= ~2;
  }
  // Reserved bits, of which QEMU keeps some.
  if (name.startsWith('MSR')) for (let n = 0; n < 13; n++) input[IN.R + n] &= ~0x00f0_0000;
  // With R15 as destination, QEMU branches to CPSR: to where there is no memory.
  if (name.startsWith('MRS')) input[IN.CPSR] |= PSR.N;
  const code: number[] = [];
  if (mode === Mode.HYP && name === 'ERET') {
    // ELR_hyp is where the monitor entered: a loop.
    code.push(...words(msrBanked(0, 30, 14)));
    if (encoding.set === 'A32') code.push(...words(ERET));
    else return;
  } else if (encoding.set === 'A32') code.push(...words(raw));
  else code.push(...(encoding.set === 'T16' ? [raw] : [raw >>> 16, raw & 0xffff]));
  if (encoding.set !== 'A32') {
    input[IN.CPSR] |= PSR.T;
    if (random.chance(0.25)) input[IN.CPSR] |= itState(random, LAST_IN_IT.test(name));
  }
  if (random.chance(0.2)) {
    input[IN.CPSR] |= PSR.E;
    for (let word = 0; word < WINDOW_WORDS; word++) {
      input[IN.WINDOW + word] = reverseBytes(input[IN.WINDOW + word]!);
    }
  }
  exceptionControls(input, random);
  // QEMU executes SWP whatever SCTLR.SW says.
  if (name.startsWith('SWP')) input[IN.SCTLR] |= SCTLR_SW;
  image.add({
    class: definition.class,
    name: `${name} ${encoding.set} ${(raw >>> 0).toString(16)}`,
    code,
    input,
  });
}

function reverseBytes(word: number): number {
  return (word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff_0000) | (word << 24);
}

function words(word: number): number[] {
  return [word & 0xffff, word >>> 16];
}

/** SCTLR.TE and EE, and other places for the vectors. */
export function exceptionControls(input: Int32Array, random: Random): void {
  const thumb = random.chance(0.3);
  if (thumb) input[IN.SCTLR] |= 1 << 30;
  if (random.chance(0.2)) input[IN.SCTLR] |= 1 << 25;
  const other = random.chance(0.3);
  input[IN.VBAR] = tableAddress(
    thumb ? (other ? Table.OTHER_THUMB : Table.THUMB) : other ? Table.OTHER_A32 : Table.A32,
  );
  if (random.chance(0.3)) {
    input[IN.HSCTLR] |= 1 << 30;
    input[IN.HVBAR] = tableAddress(Table.HYP_THUMB);
  }
  if (random.chance(0.2)) input[IN.HSCTLR] |= 1 << 25;
}

/** Registers and memory: bases of transfers (of pairs of words, when `even`), return addresses, status words. */
function addresses(input: Int32Array, random: Random, use: 'bases' | 'returns', even: boolean): void {
  const base = () => (even ? pairAddress(random) : windowAddress(random));
  const value = () => {
    const kind = random.below(10);
    if (kind < 6) return use === 'bases' ? base() : landing(random);
    return kind < 8 ? integer(random) | 0x8000_0000 : memoryPsr(random);
  };
  for (let n = 0; n < 13; n++) input[IN.R + n] = value();
  for (let n = 0; n < 7; n++) input[IN.FIQ + n] = value();
  for (const bank of [IN.IRQ, IN.SVC, IN.ABT, IN.UND, IN.USR]) {
    input[bank] = use === 'bases' ? base() : landing(random);
    input[bank + 1] = value();
  }
  for (let word = 0; word < WINDOW_WORDS; word++) {
    input[IN.WINDOW + word] = word % 2 === 0 ? landing(random) : memoryPsr(random);
  }
}
