import { PAGE_BYTES } from '../../jit/abi/tlb.js';
import { isThumb32 } from '../../jit/isa/decoder.js';
import { type Definition, Instruction } from '../../jit/isa/instruction.js';
import type { Ops } from '../../jit/isa/ops.js';
import type { CodeCache, DecodedPage } from '../interpreter/code-cache.js';
import { type JobResult, SynchronousBackend, type TranslationBackend } from './backend.js';
import type { CompiledModule } from './compile.js';
import { agree } from './coverage.js';
import { FunctionSlots, type InterpreterCalls, type RegionFunction } from './function-slots.js';
import {
  canReplace,
  type PageJob,
  type RegionEntries,
  type TranslatedPage,
  type TranslatedRegion,
} from './job.js';
import { countOptimized, machineCodeOf } from './machine-code.js';
import { ModuleCollector } from './module-collector.js';
import { hashPage } from './page-hash.js';

export type { RegionFunction } from './function-slots.js';

/** The interpreter, as it meets regions and as they call it. */
export interface RegionRunner extends InterpreterCalls {
  enterRegion(entry: Instruction): void;
}

/**
 * In place of an instruction at which a region can be entered; field `i` is the index in the function table, `m` that of the original,
 * `a` is 1 when it may run while unaligned accesses fault.
 */
const REGION: Definition = {
  name: 'REGION',
  section: '',
  class: 'branch',
  encodings: [],
  exec: (o: Ops, f: Instruction) => (o as unknown as RegionRunner).enterRegion(f),
  interpretOnly: true,
};

/** Most pages in a job, so that its regions are not long in coming. */
const JOB_PAGES = 32;
/** A module has costs of its own: a job is worth it with so many pages, or when the first of them has waited so long. */
const ENOUGH_PAGES = 16;
const LONGEST_WAIT_MS = 15;
/** Jobs that may be under way. */
const MOST_PENDING = 2;

/** Counters of translation, for `--stats`. */
export class TranslationStatistics {
  regions = 0;
  /** Of these, from the cache on disk. */
  cached = 0;
  /** Of these, with machine code that the engine has optimised in an earlier run. */
  optimized = 0;
  refused = 0;
  modules = 0;
  guestInstructions = 0;
  /** Of WebAssembly: now, and made so far. */
  liveBytes = 0;
  bytes = 0;
  dropped = 0;
  /** Results that came when the page held something else. */
  outdated = 0;
  evictions = 0;
  /** Of what was dropped. */
  collections = 0;
  /** In the worker, when there is one. */
  translateMilliseconds = 0;
  compileMilliseconds = 0;
  installMilliseconds = 0;
}

export interface TranslationLimits {
  /** WebAssembly kept, in bytes of its binary; the engine's machine code is several times as large. */
  readonly bytes: number;
  /** Pages with decoded instructions, some 10 to 30 KiB each. */
  readonly decodedPages: number;
  /** Bytes of dropped WebAssembly that are worth a collection, which takes a tenth of a second. */
  readonly dropped: number;
}

export const DEFAULT_LIMITS: TranslationLimits = {
  bytes: 16 << 20,
  decodedPages: 4096,
  dropped: 4 << 20,
};

/** When translations come near their limit, modules go of which less is in use; and all of them, when more than that share of the limit stays. */
const KEPT_SHARE = 0.5;
const MOST_KEPT = 0.75;
/** Periods of growth in the limit: what was not entered in this one or the one before is not in use. */
const PERIODS = 4;

/** What a machine may add to its translations. */
export interface TranslationOptions {
  /** Does the work; absent: {@link SynchronousBackend}. */
  readonly backend?: TranslationBackend;
  readonly limits?: TranslationLimits;
  /** A page holds code from now on: stores there are told by {@link Translations.dropPage}. */
  readonly mark?: (linear: number) => void;
  /** Empties the jump caches of all vCPUs. */
  readonly emptyJumpCaches: () => void;
  /** Drops all decoded and translated code; calls {@link Translations.clear}. Absent: nothing is ever too much. */
  readonly dropCode?: () => void;
}

/** Heads of a page that wait to be translated. */
interface Waiting {
  readonly page: DecodedPage;
  readonly heads: number[];
  /** Of these, see {@link PageJob}. */
  readonly insisted: number[];
  lookUp: boolean;
}

/** A page in a job that is under way, and the page as it was. */
interface Submitted {
  readonly page: DecodedPage;
  readonly job: PageJob;
}

/** A region that can be entered. */
interface Live {
  readonly page: DecodedPage;
  readonly module: LiveModule;
  readonly slot: number;
  /** Where it stands in the place of an instruction, and that instruction's index. */
  readonly entries: readonly { readonly at: number; readonly original: number }[];
  readonly bytes: number;
  readonly aligned: boolean;
}

/** Regions that were compiled together: the engine keeps the code of all as long as it needs one. */
interface LiveModule {
  readonly regions: Set<Live>;
  readonly compiled: CompiledModule;
  /** Of its functions, when it was installed. */
  readonly optimized: number;
}

/**
 * The translated regions of a machine, shared by its vCPUs: what is hot, what is waiting, what is
 * under way, and the table through which regions reach each other.
 */
export class Translations {
  /** Branches to an address before it is translated. */
  readonly threshold: number;
  readonly statistics = new TranslationStatistics();
  /** The instructions whose places the entries took. */
  readonly originals: Instruction[] = [];
  /** Of the vCPU that runs. */
  runner: RegionRunner | undefined;
  readonly #freeOriginals: number[] = [];
  readonly #code: CodeCache;
  readonly #options: TranslationOptions;
  readonly #backend: TranslationBackend;
  readonly #limits: TranslationLimits;
  readonly #slots: FunctionSlots;
  readonly #halfwords: Uint16Array;
  readonly #bytes: Uint8Array;
  readonly #waiting = new Map<DecodedPage, Waiting>();
  /** When the first of them came, as `performance.now()` tells it. */
  #waitingSince = 0;
  readonly #jobs = new Map<number, readonly Submitted[]>();
  #jobNumber = 0;
  /** By the page's place. */
  readonly #live = new Map<number, Set<Live>>();
  readonly #modules = new Set<LiveModule>();
  readonly #collector: ModuleCollector;
  /** Live bytes at which this period began. */
  #periodBegan = 0;

  constructor(memory: WebAssembly.Memory, code: CodeCache, threshold: number, options: TranslationOptions) {
    this.#code = code;
    this.threshold = threshold;
    this.#options = options;
    this.#backend = options.backend ?? new SynchronousBackend();
    this.#limits = options.limits ?? DEFAULT_LIMITS;
    this.#collector = new ModuleCollector(this.#limits.dropped);
    this.#slots = new FunctionSlots(
      memory,
      { find: () => this.runner!.find(), step: () => this.runner!.step() },
      options.emptyJumpCaches,
    );
    this.#halfwords = new Uint16Array(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
  }

  /** The guest's own instruction at the place of a region's entry; any other as it is. */
  originalOf(instruction: Instruction): Instruction {
    return instruction.definition === REGION ? this.originals[instruction.m] : instruction;
  }

  /** Whether a region can be entered at this place of a decoded page. */
  isEntry(instruction: Instruction | undefined): boolean {
    return instruction?.definition === REGION;
  }

  /** By index in the function table. */
  get functions(): readonly RegionFunction[] {
    return this.#slots.functions;
  }

  /** A region is about to be entered from the interpreter. */
  use(slot: number): void {
    this.#slots.use(slot);
  }

  /** Why nothing is translated any more, if that is so. */
  get failure(): string | undefined {
    return this.#backend.failure;
  }

  /** Code in a page is about to be executed for the first time: regions of an earlier run may be there for it. */
  pageEntered(page: DecodedPage): void {
    const backend = this.#backend;
    if (!backend.knowsPages || !backend.knows(hashPage(this.#bytes, page.linear))) return;
    this.#waitingOf(page).lookUp = true;
    // What is compiled by itself needs no company.
    this.#waitingSince = Number.NEGATIVE_INFINITY;
  }

  /** An instruction has become hot. */
  request(page: DecodedPage, offset: number, thumb: boolean): void {
    const head = thumb ? offset | 1 : offset;
    if (!page.isTranslated(offset, thumb)) {
      this.#waitingOf(page).heads.push(head);
    } else if (page.insist(offset)) {
      this.#waitingOf(page).insisted.push(head);
    } else {
      // A region comes by: most often the interpreter meets it soon.
      page.heat[offset >>> 1] = 0;
    }
  }

  #waitingOf(page: DecodedPage): Waiting {
    let waiting = this.#waiting.get(page);
    if (waiting === undefined) {
      if (this.#waiting.size === 0) this.#waitingSince = performance.now();
      waiting = { page, heads: [], insisted: [], lookUp: false };
      this.#waiting.set(page, waiting);
    }
    return waiting;
  }

  /**
   * Installs what was translated, and has translated what waits. Not while a region runs.
   * @param now a burst is over: what waits waits no longer for company
   */
  poll(now: boolean): void {
    if (this.#waiting.size > 0) this.#submit(now);
    if (this.#backend.pending > 0) {
      for (let result = this.#backend.collect(); result !== undefined; result = this.#backend.collect()) {
        this.#installAll(result);
        if (this.#waiting.size > 0) this.#submit(false);
      }
    }
    const limits = this.#limits;
    const { liveBytes } = this.statistics;
    if (this.#code.pageCount > limits.decodedPages) this.#evictAll();
    else if (liveBytes > limits.bytes) this.#evict();
    else if (liveBytes > this.#periodBegan + limits.bytes / PERIODS) this.#beginPeriod();
    if (this.#collector.collect()) this.statistics.collections++;
  }

  /** Translates all that waits and installs it. The backend has to be one that blocks. */
  translateWaiting(): void {
    while (this.#waiting.size > 0) this.poll(true);
  }

  #beginPeriod(): void {
    this.#periodBegan = this.statistics.liveBytes;
    this.#slots.beginPeriod();
  }

  /** Drops the modules of which little is in use. What is in use of them is asked for again. */
  #evict(): void {
    this.statistics.evictions++;
    for (const module of [...this.#modules]) {
      const regions = [...module.regions];
      const used = regions.filter(({ slot }) => this.#slots.isUsed(slot));
      if (sumOfBytes(used) >= KEPT_SHARE * sumOfBytes(regions)) continue;
      for (const region of regions) this.#withdraw(region);
      for (const { page, entries } of used) this.#waitingOf(page).heads.push(entries[0].at);
    }
    if (this.statistics.liveBytes > MOST_KEPT * this.#limits.bytes) this.#evictAll();
    this.#beginPeriod();
  }

  #evictAll(): void {
    const { dropCode } = this.#options;
    if (dropCode === undefined) return;
    this.statistics.evictions++;
    dropCode();
  }

  /** Puts the instructions back whose places a region took, and drops it. */
  #withdraw(region: Live): void {
    const { page, entries } = region;
    for (const { at, original } of entries) {
      this.#put(page, at, this.originals[original]);
      page.heat[at >>> 1] = 0;
    }
    const others = this.#live.get(page.linear);
    others?.delete(region);
    if (others?.size === 0) this.#live.delete(page.linear);
    this.#drop(region);
  }

  #submit(now: boolean): void {
    const backend = this.#backend;
    if (!backend.ready || backend.pending >= MOST_PENDING) return;
    const enough = backend.blocking ? now : performance.now() - this.#waitingSince > LONGEST_WAIT_MS;
    if (!enough && this.#waiting.size < ENOUGH_PAGES) return;
    const submitted: Submitted[] = [];
    for (const { page, heads, insisted, lookUp } of this.#waiting.values()) {
      this.#waiting.delete(page);
      if (!this.#code.isCurrent(page)) continue;
      const { linear, nextHalfword, aligned } = page;
      const bytes = this.#bytes.slice(linear, linear + PAGE_BYTES) as Uint8Array<ArrayBuffer>;
      submitted.push({
        page,
        job: {
          bytes,
          heads,
          insisted,
          lookUp,
          nextHalfword,
          aligned,
          entries: this.#entriesOf(linear),
          executed: page.executed(),
        },
      });
      if (submitted.length === JOB_PAGES) break;
    }
    if (submitted.length === 0) return;
    const id = ++this.#jobNumber;
    this.#jobs.set(id, submitted);
    backend.submit(
      id,
      submitted.map(({ job }) => job),
    );
  }

  /** Where the regions of a page can be entered. */
  #entriesOf(linear: number): number[] {
    return [...(this.#live.get(linear) ?? [])].flatMap(({ entries }) => entries.map(({ at }) => at));
  }

  #installAll({ id, modules, pages, ...result }: JobResult): void {
    const began = performance.now();
    const { statistics } = this;
    const submitted = this.#jobs.get(id);
    statistics.translateMilliseconds += result.translateMilliseconds;
    statistics.compileMilliseconds += result.compileMilliseconds;
    for (const { refused, cached } of pages) {
      statistics.refused += refused;
      statistics.cached += cached;
    }
    this.#jobs.delete(id);
    // All code was dropped meanwhile.
    if (submitted === undefined) return;
    submitted.forEach(({ page }, number) => {
      for (const head of pages[number].covered) {
        page.insist(head & ~1);
        page.heat[head >>> 1] = 0;
      }
    });
    for (const compiled of modules) this.#installModule(compiled, submitted, pages);
    statistics.installMilliseconds += performance.now() - began;
  }

  #installModule(
    compiled: CompiledModule,
    submitted: readonly Submitted[],
    pages: readonly TranslatedPage[],
  ): void {
    const { statistics } = this;
    statistics.modules++;
    statistics.bytes += compiled.bytes;
    const functions = this.#slots.instantiate(compiled.module);
    // Only of a module with a name is the engine's code kept.
    const optimized = compiled.name === undefined ? 0 : countOptimized(functions);
    statistics.optimized += optimized;
    const module = { regions: new Set<Live>(), compiled, optimized };
    let index = 0;
    for (const number of compiled.pages) {
      const { page, job } = submitted[number];
      for (const region of pages[number].regions) {
        const code = functions[index++];
        if (this.#stillThere(page, job.bytes, region)) this.#install(page, region, code, module);
        else statistics.outdated++;
      }
    }
    if (module.regions.size > 0) this.#modules.add(module);
    else this.#collector.dropped(compiled.bytes);
  }

  /** Whether the page still holds what a region was made from. Else it may become hot again. */
  #stillThere(page: DecodedPage, bytes: Uint8Array, { entries, coverage }: TranslatedRegion): boolean {
    if (!this.#code.isCurrent(page)) return false;
    const first = page.linear >>> 1;
    const now = this.#halfwords.subarray(first, first + PAGE_BYTES / 2);
    if (agree(coverage, now, new Uint16Array(bytes.buffer))) return true;
    for (const entry of entries) page.heat[entry >>> 1] = 0;
    return false;
  }

  #install(
    page: DecodedPage,
    { entries, coverage, bytes, instructions, aligned }: TranslatedRegion,
    code: RegionFunction,
    module: LiveModule,
  ): void {
    this.#replace(page, { entries, aligned });
    const free = entries.filter((entry) => !this.isEntry(this.#at(page, entry)));
    if (free.length === 0) return;
    const slot = this.#slots.add(code);
    const entered = free.map((at) => ({ at, original: this.#enter(page, at, slot, aligned) }));
    this.#options.mark?.(page.linear);
    page.addTranslated(coverage, (entries[0] & 1) !== 0);
    const region: Live = { page, module, slot, entries: entered, bytes, aligned };
    module.regions.add(region);
    const others = this.#live.get(page.linear);
    if (others) others.add(region);
    else this.#live.set(page.linear, new Set([region]));
    this.statistics.regions++;
    this.statistics.liveBytes += bytes;
    this.statistics.guestInstructions += instructions;
  }

  /** Drops the regions in whose place another one can stand: that can be entered wherever they can. */
  #replace(page: DecodedPage, by: RegionEntries): void {
    for (const region of this.#live.get(page.linear) ?? []) {
      const old = { entries: region.entries.map(({ at }) => at), aligned: region.aligned };
      if (old.entries.length < by.entries.length && canReplace(by, old)) this.#withdraw(region);
    }
  }

  /** The decoded instruction at an entry. */
  #at(page: DecodedPage, entry: number): Instruction | undefined {
    return (entry & 1) !== 0 ? page.thumb[entry >>> 1] : page.a32[entry >>> 2];
  }

  /** Puts an entry in the place of an instruction. @returns the index of the original */
  #enter(page: DecodedPage, entry: number, slot: number, aligned: boolean): number {
    const original = this.#at(page, entry) ?? this.#decode(page, entry);
    const index = this.#freeOriginals.pop() ?? this.originals.length;
    this.originals[index] = original;
    const instruction = new Instruction(REGION, original.raw, original.size);
    instruction.i = slot;
    instruction.m = index;
    instruction.a = aligned ? 1 : 0;
    this.#put(page, entry, instruction);
    page.heat[entry >>> 1] = HOT;
    return index;
  }

  #put(page: DecodedPage, entry: number, instruction: Instruction): void {
    if ((entry & 1) !== 0) page.thumb[entry >>> 1] = instruction;
    else page.a32[entry >>> 2] = instruction;
  }

  #decode(page: DecodedPage, head: number): Instruction {
    const code = this.#code;
    const at = (page.linear + (head & ~1)) >>> 1;
    const first = this.#halfwords[at];
    const next = (head & ~1) === PAGE_BYTES - 2 ? Math.max(0, page.nextHalfword) : this.#halfwords[at + 1];
    if ((head & 1) === 0) return code.a32((next << 16) | first);
    return code.thumb(isThumb32(first) ? (first << 16) | next : first, false);
  }

  /** A page's code has changed. Jump caches may still name its regions: in their place is a way to the interpreter from now on. */
  dropPage(linear: number): void {
    const live = this.#live.get(linear);
    if (live === undefined) return;
    for (const region of live) this.#drop(region);
    this.#live.delete(linear);
  }

  #drop(region: Live): void {
    const { module, slot, entries, bytes } = region;
    if (module.regions.size === 1) this.#forget(module);
    this.#slots.remove(slot);
    for (const { original } of entries) this.#freeOriginals.push(original);
    module.regions.delete(region);
    this.statistics.dropped++;
    this.statistics.liveBytes -= bytes;
    this.#collector.dropped(bytes);
  }

  /** A module is about to lose its last region. */
  #forget(module: LiveModule): void {
    this.#keepCode(module);
    this.#modules.delete(module);
  }

  /** Keeps what the engine has optimised since it was installed. */
  #keepCode({ compiled, regions, optimized }: LiveModule): void {
    if (compiled.name === undefined) return;
    const functions = [...regions].map(({ slot }) => this.#slots.functions[slot]);
    if (countOptimized(functions) <= optimized) return;
    const code = machineCodeOf(compiled.module);
    if (code !== undefined) this.#backend.keepCode(compiled.name, code);
  }

  /** All code was dropped. */
  clear(): void {
    this.#waiting.clear();
    this.#jobs.clear();
    for (const linear of [...this.#live.keys()]) this.dropPage(linear);
  }

  /** Ends translation, with everything that is to outlive the run written down. */
  close(): Promise<void> {
    for (const module of this.#modules) this.#keepCode(module);
    return this.#backend.close();
  }
}

function sumOfBytes(regions: readonly Live[]): number {
  return regions.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** More branches than any threshold. */
const HOT = 0xffff;
