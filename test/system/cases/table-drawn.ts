/** Random encodings of the definitions that user mode cannot run, drawn from the table's own patterns, in every mode. */
import { Mode, PSR } from '../../../jit/abi/cpu-state.js';
import { Decoder, isThumb32, type TableEntry } from '../../../jit/isa/decoder.js';
import { DEFINITIONS } from '../../../jit/isa/table.js';
import { randomEncoding } from '../../conformance/encodings.js';
import type { Random } from '../../conformance/random.js';
import { integer } from '../../conformance/values.js';
import { ERET, msrBanked } from '../assembler.js';
import { type Image, landing, memoryPsr, modes, newInput, windowAddress } from '../image.js';
import { WINDOW_WORDS } from '../memory-map.js';
import { tableAddress } from '../monitor.js';
import { IN } from '../record.js';
import { Table } from '../vectors.js';

const decoder = new Decoder(DEFINITIONS);

/** Definitions with cases of their own. */
const ELSEWHERE = /^(MCR|MRC|MCRR|MRRC|[A-Z]{3}S PC.*|SUBS, MOVS PC.*|VMRS|VMSR)$/;

/** The pattern entries that are drawn from. */
export function tableEntries(): readonly TableEntry[] {
  return decoder.entries.filter(
    ({ definition }) =>
      (definition.interpretOnly && !ELSEWHERE.test(definition.name)) || definition.name === 'MRS',
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
  const raw = draw(entry, random);
  const mode = random.pick(modes(image.kind));
  const input = newInput(random, mode);
  addresses(input, random);
  const code: number[] = [];
  if (mode === Mode.HYP && definition.name === 'ERET') {
    // ELR_hyp is where the monitor entered: a loop.
    code.push(...words(msrBanked(0, 30, 14)));
    if (encoding.set === 'A32') code.push(...words(ERET));
    else return;
  } else if (encoding.set === 'A32') code.push(...words(raw));
  else code.push(...(encoding.set === 'T16' ? [raw] : [raw >>> 16, raw & 0xffff]));
  if (encoding.set !== 'A32') {
    input[IN.CPSR] |= PSR.T;
    if (random.chance(0.25)) input[IN.CPSR] |= itState(random);
  }
  if (random.chance(0.2)) input[IN.CPSR] |= PSR.E;
  exceptionControls(input, random);
  image.add({
    class: definition.class,
    name: `${definition.name} ${encoding.set} ${(raw >>> 0).toString(16)}`,
    code,
    input,
  });
}

function words(word: number): number[] {
  return [word & 0xffff, word >>> 16];
}

/** A valid ITSTATE at its places in CPSR; never with condition 15. */
export function itState(random: Random): number {
  const it = (random.below(15) << 4) | (1 + random.below(15));
  return ((it & 3) << 25) | ((it >>> 2) << 10);
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

/** Registers and memory that serve as bases, as return addresses and as status words. */
function addresses(input: Int32Array, random: Random): void {
  const value = () => {
    const kind = random.below(10);
    if (kind < 5) return windowAddress(random);
    if (kind < 7) return landing(random);
    return kind === 7 ? integer(random) | 0x8000_0000 : memoryPsr(random);
  };
  for (let n = 0; n < 13; n++) input[IN.R + n] = value();
  for (let n = 0; n < 7; n++) input[IN.FIQ + n] = value();
  for (const bank of [IN.IRQ, IN.SVC, IN.ABT, IN.UND, IN.USR]) {
    input[bank] = windowAddress(random);
    input[bank + 1] = value();
  }
  for (let word = 0; word < WINDOW_WORDS; word++) {
    input[IN.WINDOW + word] = word % 2 === 0 ? landing(random) : memoryPsr(random);
  }
}
