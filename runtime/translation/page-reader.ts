import { PAGE_BYTES } from '../../jit/abi/tlb.js';
import { isThumb32 } from '../../jit/isa/decoder.js';
import type { Instruction } from '../../jit/isa/instruction.js';
import type { PageReader } from '../../jit/translator/page-reader.js';
import type { CodeCache, DecodedPage } from '../interpreter/code-cache.js';
import { type Coverage, cover, emptyCoverage, touches } from './coverage.js';

/** Gives the translator the instructions of a copy of a page, and notes what it has read. */
export class PageBytesReader implements PageReader {
  readonly thumb: boolean;
  readonly nextHalfword: number;
  readonly coverage = emptyCoverage();
  readonly #code: CodeCache;
  readonly #view: DataView;
  readonly #executed: Coverage | undefined;

  /**
   * @param code decodes
   * @param bytes the page's 4096 bytes
   * @param nextHalfword what comes behind them, or -1
   * @param executed where instructions were executed, if that is known
   */
  constructor(code: CodeCache, bytes: Uint8Array, thumb: boolean, nextHalfword = -1, executed?: Coverage) {
    this.thumb = thumb;
    this.nextHalfword = nextHalfword;
    this.#code = code;
    this.#executed = executed;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, PAGE_BYTES);
  }

  executed(offset: number): boolean {
    return this.#executed === undefined || touches(this.#executed, offset, 2);
  }

  decode(offset: number, inITBlock: boolean): Instruction | undefined {
    if (!this.thumb) {
      if (offset >= PAGE_BYTES) return undefined;
      cover(this.coverage, offset, 4);
      return this.#code.a32(this.#view.getInt32(offset, true));
    }
    const first = this.#view.getUint16(offset, true);
    cover(this.coverage, offset, 2);
    if (!isThumb32(first)) return this.#code.thumb(first, inITBlock);
    if (offset + 4 > PAGE_BYTES) {
      if (this.nextHalfword < 0) return undefined;
      return this.#code.thumb((first << 16) | this.nextHalfword, inITBlock);
    }
    cover(this.coverage, offset + 2, 2);
    return this.#code.thumb((first << 16) | this.#view.getUint16(offset + 2, true), inITBlock);
  }
}

/** The same for a page as it is now. */
export class DecodedPageReader extends PageBytesReader {
  constructor(code: CodeCache, memory: WebAssembly.Memory, page: DecodedPage, thumb: boolean) {
    super(code, new Uint8Array(memory.buffer, page.linear, PAGE_BYTES).slice(), thumb, page.nextHalfword);
  }
}
