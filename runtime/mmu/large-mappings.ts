import { PAGE_BYTES } from '../../jit/abi/tlb.js';

/** Pages that enter the TLB together with one of a large mapping, in bytes; in the list of pieces they are one, with GROUP set. */
export const GROUP_LOG2 = 16;
export const GROUP_BYTES = 1 << GROUP_LOG2;
const GROUP = 1;
/** Pieces remembered in each MiB. */
const PIECES = 16;
/** More of them were seen. */
const TOO_MANY = PIECES + 1;

/**
 * Where mappings larger than a page were seen. The TLB holds them as 4 KiB pieces; an operation on one
 * address of such a mapping has to drop all pieces. Hypervisors map much of memory for a moment each, with such an operation every
 * time, so that the few pieces in use are remembered.
 */
export class LargeMappings {
  /** log2 of the largest mapping seen in each MiB of virtual addresses, 0 for none. */
  readonly #sizes = new Uint8Array(4096);
  /** Pieces looked up in each MiB, and how many; TOO_MANY: only some of them are in the list. */
  readonly #pieces = new Int32Array(4096 * PIECES);
  readonly #counts = new Uint8Array(4096);

  /** A mapping of 2^sizeLog2 bytes was found at `va`. */
  note(va: number, sizeLog2: number): void {
    const sizes = this.#sizes;
    const mib = va >>> 20;
    this.#notePiece(mib, va & -PAGE_BYTES);
    if (sizes[mib] >= sizeLog2) return;
    if (sizeLog2 <= 20) {
      sizes[mib] = sizeLog2;
      return;
    }
    const count = 1 << (sizeLog2 - 20);
    const first = mib & -count;
    for (let at = first; at < first + count; at++) sizes[at] = Math.max(sizes[at], sizeLog2);
  }

  /** All of the group around `va` was looked up: it is in a mapping that {@link note} knows. */
  noteGroup(va: number): void {
    this.#notePiece(va >>> 20, (va & -GROUP_BYTES) | GROUP);
  }

  #notePiece(mib: number, page: number): void {
    const count = this.#counts[mib];
    if (count === TOO_MANY) return;
    const first = mib * PIECES;
    for (let at = first; at < first + count; at++) if (this.#pieces[at] === page) return;
    if (count < PIECES) this.#pieces[first + count] = page;
    this.#counts[mib] = count + 1;
  }

  /** log2 of the bytes around `va` (aligned to that) that have to go together; 0: just the page. */
  sizeAt(va: number): number {
    return this.#sizes[va >>> 20];
  }

  /** Calls `drop` with the address, signed, of each page in a MiB that was looked up as a piece of a large mapping, and maybe of others. */
  forEachPage(mib: number, drop: (page: number) => void): void {
    const count = this.#counts[mib];
    if (count === TOO_MANY) {
      for (let at = 0; at < 1 << 20; at += PAGE_BYTES) drop((mib << 20) + at);
      return;
    }
    for (let index = 0; index < count; index++) {
      const piece = this.#pieces[mib * PIECES + index];
      const first = piece & -PAGE_BYTES;
      const bytes = (piece & GROUP) !== 0 ? GROUP_BYTES : PAGE_BYTES;
      for (let at = 0; at < bytes; at += PAGE_BYTES) drop(first + at);
    }
  }

  /** All pieces in `count` MiB are dropped. */
  forget(mib: number, count: number): void {
    this.#sizes.fill(0, mib, mib + count);
    this.#counts.fill(0, mib, mib + count);
  }

  clear(): void {
    this.forget(0, 4096);
  }
}
