import { CODE, CODE_LIMIT, CODE_MARGIN, FILLER } from './memory-map.js';
import type { TestCase } from './test-case.js';

/** The code of a batch as it lies in memory from CODE on. */
export function codeImage(cases: readonly TestCase[]): Uint8Array {
  let end = CODE + CODE_MARGIN;
  for (const testCase of cases) end = Math.max(end, testCase.address + 2 * testCase.code.length);
  const bytes = Math.ceil((end - CODE + CODE_MARGIN) / 4096) * 4096;
  if (bytes > CODE_LIMIT) throw new Error('too much code for one batch');
  const image = new Uint8Array(bytes);
  const view = new DataView(image.buffer);
  for (let offset = 0; offset < bytes; offset += 4) view.setUint32(offset, FILLER, true);
  for (const { address, code } of cases) {
    code.forEach((half, index) => {
      view.setUint16(address - CODE + 2 * index, half, true);
    });
  }
  return image;
}
