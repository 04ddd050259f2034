/** Whoever holds decoded or translated code. */
export interface CodeOwner {
  /**
   * Bytes of a marked page were written. Called after the write, once for each page.
   * @param linear linear-memory byte offset of the first byte
   * @returns true when the page holds no code any more: it is unmarked
   */
  onCodeWrite(linear: number, length: number): boolean;
}

/** What has to forget that a page may be written: every vCPU's TLB. */
export interface WriteTags {
  /** @param page linear-memory byte offset of the page, a multiple of 4096 */
  dropWriteTags(page: number): void;
}

const PAGE_SHIFT = 12;

/**
 * Which physical pages hold decoded or translated code (design §5, self-modifying code). Pages are named
 * by where they are in linear memory, so that ROM and RAM are alike. No TLB has a write tag for such a
 * page: stores there take the slow path, which tells the owner.
 */
export class CodePages {
  owner: CodeOwner | undefined;
  /** Regions of this page that take unaligned accesses must go: see {@link isAligned}. */
  onAligned: (page: number) => void = () => {};
  readonly #marked: Uint8Array;
  readonly #aligned: Uint8Array;
  readonly #tlbs: WriteTags[] = [];

  /** @param memoryBytes size of linear memory */
  constructor(memoryBytes: number) {
    const pages = Math.ceil(memoryBytes / (1 << PAGE_SHIFT));
    this.#marked = new Uint8Array(pages);
    this.#aligned = new Uint8Array(pages);
  }

  /** Whether code of this page was ever executed while unaligned accesses fault: all its regions allow for that. */
  isAligned(linear: number): boolean {
    return this.#aligned[linear >>> PAGE_SHIFT] !== 0;
  }

  /** Code of this page is about to be executed while unaligned accesses fault. That is taken back by {@link reset} alone: TLBs remember it. */
  setAligned(linear: number): void {
    const page = linear >>> PAGE_SHIFT;
    if (this.#aligned[page] !== 0) return;
    this.#aligned[page] = 1;
    this.onAligned((page << PAGE_SHIFT) >>> 0);
  }

  addTlb(tlb: WriteTags): void {
    this.#tlbs.push(tlb);
  }

  /** Whether the page of this linear-memory byte offset holds code. */
  isMarked(linear: number): boolean {
    return this.#marked[linear >>> PAGE_SHIFT] !== 0;
  }

  /** The page of this linear-memory byte offset holds code from now on. Cheap when it is marked already. */
  mark(linear: number): void {
    const page = linear >>> PAGE_SHIFT;
    if (this.#marked[page] !== 0) return;
    this.#marked[page] = 1;
    this.dropWriteTags((page << PAGE_SHIFT) >>> 0);
  }

  /** No TLB has a write tag for this page (its linear-memory byte offset) any more. */
  protected dropWriteTags(page: number): void {
    for (const tlb of this.#tlbs) tlb.dropWriteTags(page);
  }

  /** The page of this linear-memory byte offset holds no code any more. */
  unmark(linear: number): void {
    this.#marked[linear >>> PAGE_SHIFT] = 0;
  }

  /** Unmarks every page: all code was dropped. */
  clear(): void {
    this.#marked.fill(0);
  }

  /** As when it was made: all code was dropped, and the TLBs were flushed. */
  reset(): void {
    this.clear();
    this.#aligned.fill(0);
  }

  /**
   * Bytes were written by something other than a TLB hit: the slow path of a store, DMA, a loader. Tells the
   * owner of each marked page among them. Call it after the write.
   */
  written(linear: number, length: number): void {
    const end = linear + length;
    for (let at = linear; at < end; ) {
      const next = Math.min(end, (Math.floor(at / 4096) + 1) * 4096);
      if (this.#marked[at >>> PAGE_SHIFT] !== 0 && (this.owner?.onCodeWrite(at, next - at) ?? true)) {
        this.#marked[at >>> PAGE_SHIFT] = 0;
      }
      at = next;
    }
  }
}
