/**
 * Where mappings larger than a page were seen. The TLB holds them as 4 KiB pieces; an operation on one
 * address of such a mapping has to drop all pieces.
 */
export class LargeMappings {
  /** log2 of the largest mapping seen in each MiB of virtual addresses, 0 for none. */
  readonly #sizes = new Uint8Array(4096);

  /** A mapping of 2^sizeLog2 bytes was found at `va`. */
  note(va: number, sizeLog2: number): void {
    const sizes = this.#sizes;
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

  clear(): void {
    this.#sizes.fill(0);
  }
}
