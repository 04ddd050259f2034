import { isThumb32 } from '../../jit/isa/decoder.js';
import type { InstructionSet } from '../../jit/isa/instruction.js';
import { CODE, CODE_BYTES, FILLER, FILLER_THUMB } from './memory-map.js';
import type { TestCase } from './test-case.js';

/** The code of a batch as it lies in memory from CODE on. */
export function codeImage(cases: readonly TestCase[]): Uint8Array {
  const image = new Uint8Array(CODE_BYTES);
  new Uint32Array(image.buffer).fill(FILLER);
  const view = new DataView(image.buffer);
  for (const { address, code } of cases) {
    code.forEach((half, index) => {
      view.setUint16(address - CODE + 2 * index, half, true);
    });
  }
  return image;
}

/** Traps after a test instruction: an IT skips up to four of them. */
const TRAPS = 5;

/** Puts traps behind the halfwords of a case. In A32 the filler does. */
export function withTraps(set: InstructionSet, code: readonly number[]): number[] {
  if (set === 'A32') return [...code];
  const trapped = [...code, ...Array.from({ length: TRAPS }, () => FILLER_THUMB)];
  if (trapped.length % 2 !== 0) trapped.push(FILLER_THUMB);
  return trapped;
}

/** Undoes {@link withTraps}. */
export function withoutTraps(code: readonly number[]): readonly number[] {
  let length = code.length;
  while (length > 1 && code[length - 1] === FILLER_THUMB) length--;
  return code.slice(0, length);
}

/** Offsets in halfwords of a case's instructions, prefixes included and traps not. */
function instructionOffsets(set: InstructionSet, code: readonly number[]): number[] {
  const halves = set === 'A32' ? code : withoutTraps(code);
  const offsets: number[] = [];
  for (let index = 0; index < halves.length; index += set === 'A32' || isThumb32(halves[index]!) ? 2 : 1) {
    offsets.push(index);
  }
  return offsets;
}

/** Addresses in a case at which translated code may begin: that of each instruction that no IT is before. */
export function regionHeads({
  set,
  address,
  code,
}: Pick<TestCase, 'set' | 'address' | 'code'>): readonly number[] {
  const offsets = instructionOffsets(set, code);
  const it = set === 'A32' ? -1 : offsets.findIndex((offset) => isIT(code[offset]!));
  return (it < 0 ? offsets : offsets.slice(0, it + 1)).map((offset) => address + 2 * offset);
}

/** How many instructions of a case translated code can retire: all but SETEND before the others. */
export function translatableCount({ set, code }: Pick<TestCase, 'set' | 'code'>): number {
  const count = instructionOffsets(set, code).length;
  const isPrefixed =
    set === 'A32' ? code[0] === SETEND_A32_LOW && code[1] === SETEND_A32_HIGH : code[0] === SETEND_T16;
  return isPrefixed && count > 1 ? count - 1 : count;
}

/** SETEND BE. */
const SETEND_A32_LOW = 0x0200;
const SETEND_A32_HIGH = 0xf101;
const SETEND_T16 = 0xb658;

function isIT(half: number): boolean {
  return (half & 0xff00) === 0xbf00 && (half & 0xf) !== 0;
}
