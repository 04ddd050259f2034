import { PAGE_BYTES } from '../../jit/abi/tlb.js';
import { type Decoder, isThumb32 } from '../../jit/isa/decoder.js';
import type { Instruction } from '../../jit/isa/instruction.js';
import {
  type Coverage,
  cover,
  coverAll,
  type Executed,
  emptyCoverage,
  touches,
} from '../translation/coverage.js';

type Slots = (Instruction | undefined)[];

/** A page with fewer decoded instructions that is overwritten so many times holds code that is made while it runs. */
const SMALL = 64;
const REWRITES = 64;
/** Stores to such a page that hit no code, one after the other, until it is taken for data. */
const OTHER_STORES = 256;
/** Bytes of a store; more come from a device or a loader. */
const LARGEST_STORE = 64;

/** The instructions decoded so far in one physical page, by offset; one array a decoding context, made when needed. */
export class DecodedPage {
  /** Offset of the page in linear memory, unsigned. */
  readonly linear: number;
  /** What came behind its last halfword when that was the first of a Thumb instruction; -1: not known. */
  nextHalfword = -1;
  /** Its regions have to allow for unaligned accesses that fault: `CodePages.isAligned`. */
  aligned = false;
  #a32: Slots | undefined;
  #thumb: Slots | undefined;
  #thumbIT: Slots | undefined;
  #heat: Uint16Array | undefined;
  /** What regions were translated from, by instruction set. */
  #translatedA32: Coverage | undefined;
  #translatedThumb: Coverage | undefined;
  #insisted: Coverage | undefined;
  /** Its code is rewritten all the time: it is interpreted, and a store forgets what it hits and no more. */
  readonly rewritten: boolean;
  #otherStores = 0;

  constructor(linear: number, rewritten = false) {
    this.linear = linear;
    this.rewritten = rewritten;
  }

  /** A32, by offset / 4. */
  get a32(): Slots {
    this.#a32 ??= emptySlots(PAGE_BYTES / 4);
    return this.#a32;
  }

  /** Thumb outside of IT blocks, by offset / 2. */
  get thumb(): Slots {
    this.#thumb ??= emptySlots(PAGE_BYTES / 2);
    return this.#thumb;
  }

  /** {@link thumbIT}, or, as long as there are none, what must not be written. */
  get thumbITSoFar(): Slots {
    return this.#thumbIT ?? NOTHING;
  }

  /** Thumb inside IT blocks, by offset / 2. */
  get thumbIT(): Slots {
    this.#thumbIT ??= emptySlots(PAGE_BYTES / 2);
    return this.#thumbIT;
  }

  /** Taken branches to an instruction so far, by offset / 2. */
  get heat(): Uint16Array {
    this.#heat ??= new Uint16Array(PAGE_BYTES / 2);
    return this.#heat;
  }

  /** Where the instructions are that were decoded, and so executed, here or by regions. */
  executed(): Executed {
    const a32 = this.#translatedA32?.slice() ?? emptyCoverage();
    const thumb = this.#translatedThumb?.slice() ?? emptyCoverage();
    this.#a32?.forEach((instruction, index) => {
      if (instruction !== undefined) cover(a32, 4 * index, 2);
    });
    for (const slots of [this.#thumb, this.#thumbIT]) {
      slots?.forEach((instruction, index) => {
        if (instruction !== undefined) cover(thumb, 2 * index, 2);
      });
    }
    return { a32, thumb };
  }

  /** Notes what a region was translated from. */
  addTranslated(coverage: Coverage, thumb: boolean): void {
    if (thumb) {
      this.#translatedThumb ??= emptyCoverage();
      coverAll(this.#translatedThumb, coverage);
    } else {
      this.#translatedA32 ??= emptyCoverage();
      coverAll(this.#translatedA32, coverage);
    }
  }

  /** Whether a region was made from the instruction at an offset, among others. */
  isTranslated(offset: number, thumb: boolean): boolean {
    const coverage = thumb ? this.#translatedThumb : this.#translatedA32;
    return coverage !== undefined && touches(coverage, offset, 2);
  }

  /** An instruction that a region comes by has become hot. @returns whether it has before */
  insist(offset: number): boolean {
    this.#insisted ??= emptyCoverage();
    const before = touches(this.#insisted, offset, 2);
    cover(this.#insisted, offset, 2);
    return before;
  }

  /** Fewer instructions are decoded than in most pages of code. */
  get small(): boolean {
    let count = 0;
    for (const slots of [this.#a32, this.#thumb, this.#thumbIT]) {
      if (slots === undefined) continue;
      for (const instruction of slots) if (instruction !== undefined && ++count === SMALL) return false;
    }
    return true;
  }

  /** Bytes were overwritten. @returns whether the page stands as it is now; else it has to be dropped */
  survives(offset: number, length: number): boolean {
    if (!this.#covers(offset, length)) return !this.rewritten || ++this.#otherStores < OTHER_STORES;
    if (!this.rewritten || this.#hasRegions || length > LARGEST_STORE) return false;
    this.#otherStores = 0;
    const last = offset + length - 1;
    const firstHalf = Math.max(0, (offset >>> 1) - 1);
    this.#a32?.fill(undefined, offset >>> 2, (last >>> 2) + 1);
    this.#thumb?.fill(undefined, firstHalf, (last >>> 1) + 1);
    this.#thumbIT?.fill(undefined, firstHalf, (last >>> 1) + 1);
    return true;
  }

  get #hasRegions(): boolean {
    return this.#translatedA32 !== undefined || this.#translatedThumb !== undefined;
  }

  /** Whether something decoded or translated covers one of the bytes `offset` to `offset + length - 1` of the page. */
  #covers(offset: number, length: number): boolean {
    const last = offset + length - 1;
    // A 32-bit Thumb instruction may start in the halfword before.
    const firstHalf = Math.max(0, (offset >>> 1) - 1);
    return (
      (this.#translatedA32 !== undefined && touches(this.#translatedA32, offset, length)) ||
      (this.#translatedThumb !== undefined && touches(this.#translatedThumb, offset, length)) ||
      holdsAny(this.#a32, offset >>> 2, last >>> 2) ||
      holdsAny(this.#thumb, firstHalf, last >>> 1) ||
      holdsAny(this.#thumbIT, firstHalf, last >>> 1)
    );
  }
}

/** A power of two. */
const RECENT = 64;
/** Encodings that are kept to be shared: some 300 bytes each. Debian comes to some 70,000 by its shell. */
const MOST_ENCODINGS = 1 << 18;

function emptySlots(length: number): Slots {
  return new Array<Instruction | undefined>(length).fill(undefined);
}

/** Many pages have no instruction in an IT block. */
const NOTHING = emptySlots(PAGE_BYTES / 2);

function holdsAny(slots: Slots | undefined, first: number, last: number): boolean {
  if (slots === undefined) return false;
  for (let index = first; index <= last; index++) if (slots[index] !== undefined) return true;
  return false;
}

/**
 * Decoded guest code, shared by all vCPUs and keyed by physical page. Equal encodings share one
 * {@link Instruction}: it holds nothing about where it stands.
 */
export class CodeCache {
  readonly #decoder: Decoder;
  readonly #pages = new Map<number, DecodedPage>();
  /** Pages of #pages, each at the place that its address gives: exceptions go to and fro between a few. */
  readonly #recent: (DecodedPage | undefined)[] = new Array(RECENT).fill(undefined);
  /** How often a small page at a place was overwritten. */
  readonly #rewrites = new Map<number, number>();
  readonly #a32 = new Map<number, Instruction>();
  readonly #thumb = new Map<number, Instruction>();
  readonly #thumbIT = new Map<number, Instruction>();
  /** Called when code in a page is about to be executed for the first time. */
  onNewPage: (page: DecodedPage) => void = () => {};

  constructor(decoder: Decoder) {
    this.#decoder = decoder;
  }

  /** The page at this linear-memory offset (a multiple of 4096), empty when new. */
  page(linear: number): DecodedPage {
    const key = linear >>> 0;
    const place = (linear >>> 12) & (RECENT - 1);
    const recent = this.#recent[place];
    if (recent !== undefined && recent.linear === key) return recent;
    let page = this.#pages.get(key);
    if (page === undefined) {
      page = new DecodedPage(key, (this.#rewrites.get(key) ?? 0) >= REWRITES);
      this.#pages.set(key, page);
      if (!page.rewritten) this.onNewPage(page);
    }
    this.#recent[place] = page;
    return page;
  }

  get pageCount(): number {
    return this.#pages.size;
  }

  /** Whether this is (still) the page at its place. */
  isCurrent(page: DecodedPage): boolean {
    return this.#pages.get(page.linear) === page;
  }

  /**
   * Bytes were overwritten.
   * @param linear linear-memory offset of the page
   * @returns whether its instructions stand but for those; false: it has to be dropped
   */
  survives(linear: number, offset: number, length: number): boolean {
    const key = linear >>> 0;
    const page = this.#pages.get(key);
    if (page === undefined) return false;
    if (page.survives(offset, length)) return true;
    if (page.small && !page.rewritten) this.#rewrites.set(key, (this.#rewrites.get(key) ?? 0) + 1);
    else this.#rewrites.delete(key);
    return false;
  }

  has(linear: number): boolean {
    return this.#pages.has(linear >>> 0);
  }

  /** Forgets a page's instructions. Whoever holds the page object must let go of it. */
  drop(linear: number): void {
    this.#pages.delete(linear >>> 0);
    this.#recent[(linear >>> 12) & (RECENT - 1)] = undefined;
  }

  clear(): void {
    this.#pages.clear();
    this.#recent.fill(undefined);
    this.#rewrites.clear();
    this.#a32.clear();
    this.#thumb.clear();
    this.#thumbIT.clear();
  }

  /** Number of different encodings that are known. */
  get size(): number {
    return this.#a32.size + this.#thumb.size + this.#thumbIT.size;
  }

  a32(raw: number): Instruction {
    let instruction = this.#a32.get(raw);
    if (instruction === undefined) {
      instruction = this.#decoder.decodeA32(raw);
      this.#keep(this.#a32, raw, instruction);
    }
    return instruction;
  }

  /** @param raw a halfword, or both of a 32-bit encoding, the first in bits 31:16 */
  thumb(raw: number, inITBlock: boolean): Instruction {
    const map = inITBlock ? this.#thumbIT : this.#thumb;
    let instruction = map.get(raw);
    if (instruction === undefined) {
      const size = raw >>> 16 !== 0 && isThumb32(raw >>> 16) ? 4 : 2;
      instruction = this.#decoder.decodeThumb(raw, size, inITBlock);
      this.#keep(map, raw, instruction);
    }
    return instruction;
  }

  /** Pages keep what they have when too much is shared. */
  #keep(map: Map<number, Instruction>, raw: number, instruction: Instruction): void {
    if (this.size >= MOST_ENCODINGS) for (const each of [this.#a32, this.#thumb, this.#thumbIT]) each.clear();
    map.set(raw, instruction);
  }
}
