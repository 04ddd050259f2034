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
  /** Whatever else the store has for the page is wanted too. */
  readonly all: boolean;
}

/** A region as the disk cache keeps it: it is valid wherever the page holds the same in the covered halfwords. */
export interface PageRegion extends RegionCode {
  readonly head: number;
  readonly coverage: Coverage;
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
  /** The regions of a page with this content, by head. */
  find(bytes: Uint8Array): Map<number, PageRegion> | undefined;
  add(bytes: Uint8Array<ArrayBuffer>, regions: readonly PageRegion[]): void;
}

/** Translates a page's heads, unless the store has them. */
export function translatePage(
  { bytes, heads, all }: PageJob,
  code: CodeCache,
  store?: RegionStore,
): PageResult {
  const known = store?.find(bytes) ?? new Map<number, PageRegion>();
  const cached = [...known.values()].filter(({ head }) => all || heads.includes(head));
  const added: PageRegion[] = [];
  let refused = 0;
  for (const head of heads) {
    if (known.has(head)) continue;
    const reader = new PageBytesReader(code, bytes, (head & 1) !== 0);
    const region = translateRegion({ reader, head: head & ~1 });
    if (region === undefined) refused++;
    else added.push({ ...region, head, coverage: reader.coverage });
  }
  if (added.length > 0) store?.add(bytes, added);
  return { regions: [...cached, ...added], refused, cached: cached.length };
}

/** Compiles the regions of some pages as one module, in their order. */
export function compileRegions(results: readonly PageResult[]): {
  module: WebAssembly.Module;
  bytes: number;
} {
  const bytes = linkRegions(results.flatMap(({ regions }) => regions));
  return { module: new WebAssembly.Module(bytes), bytes: bytes.length };
}
