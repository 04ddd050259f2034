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
