import { isThumb32 } from '../../jit/isa/decoder.js';
import type { Instruction } from '../../jit/isa/instruction.js';
import type { PageReader } from '../../jit/translator/region.js';
import { type CodeCache, type DecodedPage, PAGE_BYTES } from '../interpreter/code-cache.js';

/**
 * Gives the translator a page's instructions as memory has them now. What it reads becomes part of the decoded page: a
 * store there is a store to code.
 */
export class DecodedPageReader implements PageReader {
  readonly thumb: boolean;
  readonly #code: CodeCache;
  readonly #view: DataView;
  readonly #page: DecodedPage;

  constructor(code: CodeCache, memory: WebAssembly.Memory, page: DecodedPage, thumb: boolean) {
    this.thumb = thumb;
    this.#code = code;
    this.#view = new DataView(memory.buffer, page.linear, PAGE_BYTES);
    this.#page = page;
  }

  decode(offset: number, inITBlock: boolean): Instruction | undefined {
    if (!this.thumb) {
      if (offset >= PAGE_BYTES) return undefined;
      const instruction = this.#code.a32(this.#view.getInt32(offset, true));
      this.#page.a32[offset >>> 2] ??= instruction;
      return instruction;
    }
    const raw = this.#thumbEncoding(offset);
    if (raw === undefined) return undefined;
    const instruction = this.#code.thumb(raw, inITBlock);
    const slots = inITBlock ? this.#page.thumbIT : this.#page.thumb;
    slots[offset >>> 1] ??= instruction;
    return instruction;
  }

  #thumbEncoding(offset: number): number | undefined {
    const first = this.#view.getUint16(offset, true);
    if (!isThumb32(first)) return first;
    if (offset + 4 > PAGE_BYTES) return undefined;
    return (first << 16) | this.#view.getUint16(offset + 2, true);
  }
}
