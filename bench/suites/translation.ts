import { readFileSync } from 'node:fs';
import benny from 'benny';
import { PAGE_BYTES } from '../../jit/abi/tlb.js';
import { Decoder } from '../../jit/isa/decoder.js';
import { DEFINITIONS } from '../../jit/isa/table.js';
import { CodeCache } from '../../runtime/interpreter/code-cache.js';
import { type PageJob, translatePage } from '../../runtime/translation/job.js';
import { loadElf } from '../../src/loader/elf.js';
import { ramBase } from '../../src/machine-options.js';

/** The first page of a guest of the project's suite, every tenth instruction a head. Runs in the source tree. */
function pageOf(guest: string, thumb: boolean): PageJob {
  const elf = readFileSync(`bench/suite/guests/${guest}.elf`);
  const { segments } = loadElf(elf, { ramBase, memory: 32 << 20 });
  const bytes = new Uint8Array(PAGE_BYTES);
  bytes.set(segments[0].bytes.subarray(0, PAGE_BYTES));
  const heads = Array.from({ length: 30 }, (_, i) => (i * 40) | (thumb ? 1 : 0));
  return { bytes, heads };
}

/** What the engine makes of it is not measured: it keeps compiled modules by their bytes, and would be asked for the same one each time. */
export function translationSuite(): Promise<unknown> {
  const code = new CodeCache(new Decoder(DEFINITIONS));
  const cases = [
    ['A32', pageOf('integer-a32', false)],
    ['T32', pageOf('integer-t32', true)],
    ['T32 with VFP and Advanced SIMD', pageOf('float', true)],
  ] as const;
  return benny.suite(
    'translator: one operation is a page with 30 heads',
    ...cases.map(([name, page]) =>
      benny.add(name, () => () => {
        translatePage(page, code);
      }),
    ),
    benny.cycle(),
    benny.complete(),
  );
}
