/**
 * Where mappings larger than a page were seen. The TLB holds them as 4 KiB pieces; an operation on one
 * address of such a mapping has to drop all pieces.
 */
export class LargeMappings {
  /** log2 of the largest mapping seen in each MiB of virtual addresses, 0 for none. */
  readonly #sizes = new Uint8Array(4096);
  /** A bit for each page that was found to be in such a mapping, and may be in the TLB. */
  readonly #pieces = new Uint32Array(1 << 15);

  /** The page of `va` was found in a mapping of 2^sizeLog2 bytes. */
  note(va: number, sizeLog2: number): void {
    const sizes = this.#sizes;
    this.#pieces[va >>> 17] |= 1 << (va >>> 12);
    const mib = va >>> 20;
    if (sizes[mib] >= sizeLog2) return;
    if (sizeLog2 <= 20) {
      sizes[mib] = sizeLog2;
      return;
    }
    const count = 1 << (sizeLog2 - 20);
    const first = mib & -count;
    for (let at = first; at < first + count; at++) sizes[at] = Math.max(sizes[at], sizeLog2);
  }

  /** log2 of the bytes around `va` (aligned to that) that have to go together; 0: just the page. */
  sizeAt(va: number): number {
    return this.#sizes[va >>> 20];
  }

  /** All that was mapped in the 2^sizeLog2 bytes around `va`, as {@link sizeAt} told, is dropped. */
  forget(va: number, sizeLog2: number): void {
    // Below a MiB there may be others beside it.
    if (sizeLog2 < 20) return;
    const count = 1 << (sizeLog2 - 20);
    const first = (va >>> 20) & -count;
    this.#sizes.fill(0, first, first + count);
  }

  /**
   * Calls `drop` with each page that was found in the 2^sizeLog2 bytes from `first`, and forgets it. Hypervisors map much of
   * memory for a moment each, with an operation every time: few pages of a large mapping are in use then.
   * @param sizeLog2 12 to 32
   */
  dropPieces(first: number, sizeLog2: number, drop: (page: number) => void): void {
    const pieces = this.#pieces;
    const from = first >>> 17;
    const words = sizeLog2 < 17 ? 1 : 2 ** (sizeLog2 - 17);
    // The pages of a word that belong to a mapping which is smaller than that.
    const mask = sizeLog2 < 17 ? (2 ** (2 ** (sizeLog2 - 12)) - 1) << (first >>> 12) : -1;
    for (let at = from; at < from + words; at++) {
      let bits = pieces[at] & mask;
      if (bits === 0) continue;
      pieces[at] &= ~mask;
      for (; bits !== 0; bits &= bits - 1) drop((at << 17) | ((31 - Math.clz32(bits & -bits)) << 12));
    }
  }

  clear(): void {
    this.#sizes.fill(0);
    this.#pieces.fill(0);
  }
}
