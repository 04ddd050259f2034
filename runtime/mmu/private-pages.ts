import { MAX_CONTEXT } from '../../jit/abi/tlb.js';

/** Tags remembered; with more of them the oldest go, and their pages too. */
const MOST_TAGS = 4096;
const CONTEXT_MASK = 0xfff;

/**
 * Which pages with nG privileged code has looked up. PL1 has one context number for all ASIDs, or each process would begin with
 * a TLB without its kernel; so what it sees of one address space has to go when the ASID changes. It is little: what is copied
 * from and to the process.
 */
export class PrivatePages {
  readonly #tags = new Int32Array(MOST_TAGS);
  #count = 0;
  /** The ASID that a context's pages in the list belong to, by context number. */
  readonly #asids = new Int16Array(MAX_CONTEXT + 1).fill(-1);

  /** @param tag of a page with nG, with the number of a context of all ASIDs */
  note(tag: number, drop: (tag: number) => void): void {
    if (this.#count === MOST_TAGS) this.drop(() => true, drop);
    this.#tags[this.#count++] = tag;
  }

  /** The context goes on with this ASID: pages of another one are dropped. */
  use(context: number, asid: number, drop: (tag: number) => void): void {
    if (this.#asids[context] === asid) return;
    this.#asids[context] = asid;
    this.drop((each) => each === context, drop);
  }

  asidOf(context: number): number {
    return this.#asids[context];
  }

  /** Drops the pages of the contexts that `matches` is true of. */
  drop(matches: (context: number) => boolean, drop: (tag: number) => void): void {
    let kept = 0;
    for (let index = 0; index < this.#count; index++) {
      const tag = this.#tags[index];
      if (matches(tag & CONTEXT_MASK)) drop(tag);
      else this.#tags[kept++] = tag;
    }
    this.#count = kept;
  }

  /** The TLB is empty, and all numbers are free. */
  clear(): void {
    this.#count = 0;
    this.#asids.fill(-1);
  }
}
