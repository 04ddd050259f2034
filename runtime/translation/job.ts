import { linkRegions, type RegionCode, translateRegion } from '../../jit/translator/module.js';
import type { CodeCache } from '../interpreter/code-cache.js';
import type { Coverage } from './coverage.js';
import { PageBytesReader } from './page-reader.js';

/** A page to translate from. Heads are offsets in the page, with bit 0 set for Thumb. */
export interface PageJob {
  /** A copy of the page's 4096 bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where to begin regions. */
  readonly heads: readonly number[];
  /** Where regions of the store are wanted, if there are any. */
  readonly lookUps: readonly number[];
  /** What comes behind the page when its last halfword is the first of a Thumb instruction; -1 or absent: not known. */
  readonly nextHalfword?: number;
  /** For regions that may run while unaligned accesses fault. */
  readonly aligned?: boolean;
  /** Where an instruction was executed; absent: not known. */
  readonly executed?: Coverage;
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
  /** How many regions came from the disk cache. */
  readonly cached: number;
}

/** Where translated regions are kept beyond one run. */
export interface RegionStore {
  /** The regions of a page with this content. */
  find(bytes: Uint8Array): readonly PageRegion[];
  add(bytes: Uint8Array<ArrayBuffer>, regions: readonly PageRegion[]): void;
}

/** Translates a page's heads, unless the store has them. A head that another head's region can be entered at needs none. */
export function translatePage(
  { bytes, heads, lookUps, nextHalfword, executed, aligned = false }: PageJob,
  code: CodeCache,
  store?: RegionStore,
): PageResult {
  const known = (store?.find(bytes) ?? []).filter((region) => region.aligned === aligned);
  const regions: PageRegion[] = [];
  const added: PageRegion[] = [];
  let refused = 0;
  const holds = (head: number) => (region: PageRegion) => region.entries.includes(head);
  const isThere = (head: number): boolean => {
    if (regions.some(holds(head))) return true;
    const stored = known.find(holds(head));
    if (stored !== undefined) regions.push(stored);
    return stored !== undefined;
  };
  for (const head of lookUps) isThere(head);
  for (const head of heads) {
    if (isThere(head)) continue;
    const thumb = head & 1;
    const reader = new PageBytesReader(code, bytes, thumb !== 0, nextHalfword, executed);
    const region = translateRegion({ reader, head: head & ~1, aligned });
    if (region === undefined) {
      refused++;
      continue;
    }
    const entries = region.entries.map((offset) => offset | thumb);
    added.push({ ...region, entries, coverage: reader.coverage });
    regions.push(added[added.length - 1]);
  }
  if (added.length > 0) store?.add(bytes, added);
  return { regions, refused, cached: regions.length - added.length };
}

/** Compiles the regions of some pages as one module, in their order. */
export function compileRegions(results: readonly PageResult[]): {
  module: WebAssembly.Module;
  bytes: number;
} {
  const bytes = linkRegions(results.flatMap(({ regions }) => regions));
  return { module: new WebAssembly.Module(bytes), bytes: bytes.length };
}
