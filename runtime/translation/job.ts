import { PAGE_BYTES } from '../../jit/abi/tlb.js';
import { type RegionCode, translateRegion } from '../../jit/translator/module.js';
import { PageFlow } from '../../jit/translator/page-flow.js';
import type { CodeCache } from '../interpreter/code-cache.js';
import { type Coverage, type Executed, touches } from './coverage.js';
import { PageBytesReader } from './page-reader.js';

/** A page to translate from. Heads are offsets in the page, with bit 0 set for Thumb. */
export interface PageJob {
  /** A copy of the page's 4096 bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where to begin regions. */
  readonly heads: readonly number[];
  /** All regions that the store has of the page are wanted. */
  readonly lookUp?: boolean;
  /** What comes behind the page when its last halfword is the first of a Thumb instruction; -1 or absent: not known. */
  readonly nextHalfword?: number;
  /** For regions that may run while unaligned accesses fault. */
  readonly aligned?: boolean;
  /** Offsets, as heads are, at which other regions are entered: one that comes by may take their place. */
  readonly entries?: readonly number[];
  /** Heads that other regions come by, and that have become hot again: they get regions of their own, which begin there. */
  readonly insisted?: readonly number[];
  /** Where an instruction was executed; absent: not known. */
  readonly executed?: Executed;
}

/**
 * A region as the disk cache keeps it: it is valid wherever the page holds the same in the covered halfwords. Its entries have bit 0
 * set for Thumb, as heads have.
 */
export interface PageRegion extends RegionCode {
  readonly coverage: Coverage;
}

/** What whoever enters a region has to know of it. */
export interface TranslatedRegion extends Omit<PageRegion, 'code'> {
  /** Of its WebAssembly. */
  readonly bytes: number;
}

/** A {@link PageResult} after its regions were compiled. */
export interface TranslatedPage extends Omit<PageResult, 'regions'> {
  readonly regions: readonly TranslatedRegion[];
}

/** What a job has given for one page. */
export interface PageResult {
  readonly regions: readonly PageRegion[];
  /** Heads where nothing is translatable. */
  readonly refused: number;
  /** Heads that need no region: that of another head comes by. */
  readonly covered: readonly number[];
  /** How many regions came from the disk cache. */
  readonly cached: number;
}

/** What decides which region can stand for which. */
export type RegionEntries = Pick<PageRegion, 'entries' | 'aligned'>;

/** Whether one region can be entered wherever another can. */
export function canReplace({ entries, aligned }: RegionEntries, old: RegionEntries): boolean {
  return aligned === old.aligned && old.entries.every((entry) => entries.includes(entry));
}

/** Where translated regions are kept beyond one run. */
export interface RegionStore {
  /** The regions of a page with this content. */
  find(bytes: Uint8Array): readonly PageRegion[];
  add(bytes: Uint8Array<ArrayBuffer>, regions: readonly PageRegion[]): void;
}

/**
 * Translates a page's heads, unless the store has them. A head that another head's region can be entered at, or comes by, needs none:
 * joins within loops become hot together with the loop.
 */
export function translatePage(job: PageJob, code: CodeCache, store?: RegionStore): PageResult {
  const { bytes, heads, lookUp = false, entries = [], insisted = [], aligned = false } = job;
  const known = (store?.find(bytes) ?? []).filter((region) => region.aligned === aligned);
  const regions: PageRegion[] = [];
  const added: PageRegion[] = [];
  const covered: number[] = [];
  const translator = new PageTranslator(job, code);
  let refused = 0;
  const holds = (head: number) => (region: PageRegion) => region.entries.includes(head);
  const isThere = (head: number): boolean => {
    if (regions.some(holds(head))) return true;
    const stored = known.find(holds(head));
    if (stored !== undefined) regions.push(stored);
    return stored !== undefined;
  };
  if (lookUp) regions.push(...known.filter((region) => !region.entries.every((at) => entries.includes(at))));
  const wanted = [...heads, ...insisted];
  for (const head of wanted) {
    if (isThere(head)) continue;
    const own = insisted.includes(head);
    if (
      !own &&
      added.some((region) => isSameSet(region.entries, head) && touches(region.coverage, head & ~1, 2))
    ) {
      covered.push(head);
      continue;
    }
    const region = translator.translate(head, own);
    if (region === undefined) {
      refused++;
      // It is the interpreter's. What follows is as hot.
      const next = translator.behind(head);
      if (next !== undefined && !wanted.includes(next)) wanted.push(next);
      continue;
    }
    if (!region.entries.includes(head)) covered.push(head);
    added.push(region);
    regions.push(region);
  }
  if (added.length > 0) store?.add(bytes, added);
  return { regions, refused, covered, cached: regions.length - added.length };
}

/** Whether a region's entries and a head are of the same instruction set. */
function isSameSet(entries: readonly number[], head: number): boolean {
  return ((entries[0] ^ head) & 1) === 0;
}

/** Makes the regions of one page. */
class PageTranslator {
  readonly #job: PageJob;
  readonly #code: CodeCache;
  /** By instruction set: A32, Thumb. */
  readonly #flows: (PageFlow | undefined)[] = [undefined, undefined];

  constructor(job: PageJob, code: CodeCache) {
    this.#job = job;
    this.#code = code;
  }

  /** @param own the region begins at the head; else where the one way to it begins, if it fits in. @returns undefined where nothing is translatable */
  translate(head: number, own: boolean): PageRegion | undefined {
    const flow = own ? undefined : this.#flow(head & 1);
    const root = flow?.rootOf(head & ~1);
    if (root !== undefined && root !== (head & ~1)) {
      const region = this.#translateFrom(root | (head & 1), head, flow);
      if (region !== undefined && touches(region.coverage, head & ~1, 2)) return region;
    }
    return this.#translateFrom(head, head, flow);
  }

  /** The head behind the instruction at one, if that was executed. */
  behind(head: number): number | undefined {
    const thumb = head & 1;
    const reader = this.#reader(thumb);
    const instruction = reader.decode(head & ~1, false);
    if (instruction === undefined) return undefined;
    const next = (head & ~1) + instruction.size;
    return next < PAGE_BYTES && reader.executed(next) ? next | thumb : undefined;
  }

  #translateFrom(root: number, head: number, flow: PageFlow | undefined): PageRegion | undefined {
    const { aligned = false, entries = [], heads } = this.#job;
    const thumb = root & 1;
    const reader = this.#reader(thumb);
    const wanted = [head, ...entries, ...heads].filter((entry) => (entry & 1) === thumb);
    const context = flow && { wanted: wanted.map((entry) => entry & ~1), flow };
    const region = translateRegion({ reader, head: root & ~1, aligned, ...(context && { context }) });
    if (region === undefined) return undefined;
    return {
      ...region,
      entries: region.entries.map((offset) => offset | thumb),
      coverage: reader.coverage,
    };
  }

  #flow(thumb: number): PageFlow | undefined {
    if (this.#job.executed === undefined) return undefined;
    this.#flows[thumb] ??= new PageFlow(this.#reader(thumb));
    return this.#flows[thumb];
  }

  #reader(thumb: number): PageBytesReader {
    const { bytes, nextHalfword, executed } = this.#job;
    return new PageBytesReader(
      this.#code,
      bytes,
      thumb !== 0,
      nextHalfword,
      thumb !== 0 ? executed?.thumb : executed?.a32,
    );
  }
}
