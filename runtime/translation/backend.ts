import { Decoder } from '../../jit/isa/decoder.js';
import { DEFINITIONS } from '../../jit/isa/table.js';
import { CodeCache } from '../interpreter/code-cache.js';
import { type CompiledModule, compileResults, type MachineCodeStore } from './compile.js';
import { type PageJob, type PageResult, type TranslatedPage, translatePage } from './job.js';

/** Regions of some pages, compiled. */
export interface JobResult {
  /** Number of the job. */
  readonly id: number;
  /** Page by page as asked. */
  readonly pages: readonly TranslatedPage[];
  /** Each page that has regions is in one of them. */
  readonly modules: readonly CompiledModule[];
  readonly translateMilliseconds: number;
  readonly compileMilliseconds: number;
}

/** Carries out translation jobs, here or elsewhere. */
export interface TranslationBackend {
  /** Whether it takes a job now. */
  readonly ready: boolean;
  /** Answers that are still to be collected. */
  readonly pending: number;
  /** Jobs wait for company until the end of a burst: the guest stops meanwhile. */
  readonly blocking: boolean;
  /** Why it has broken down, if it has: nothing comes any more. */
  readonly failure: string | undefined;
  /** Whether there are any pages that {@link knows} is true for. */
  readonly knowsPages: boolean;
  /** Whether regions of pages with this hash are known from earlier runs. */
  knows(hash: number): boolean;
  submit(id: number, pages: readonly PageJob[]): void;
  /** The next finished job. */
  collect(): JobResult | undefined;
  /** Keeps a module's machine code for other runs. @param name see {@link CompiledModule} */
  keepCode(name: string, code: ArrayBuffer): void;
  /** Ends it, with everything that is to outlive the run written down. */
  close(): Promise<void>;
}

/** Translates at once, on the thread that asks. */
export class SynchronousBackend implements TranslationBackend {
  readonly ready = true;
  readonly blocking = true;
  readonly failure = undefined;
  readonly knowsPages = false;
  readonly #code = new CodeCache(new Decoder(DEFINITIONS));
  readonly #results: JobResult[] = [];

  get pending(): number {
    return this.#results.length;
  }

  knows(): boolean {
    return false;
  }

  submit(id: number, pages: readonly PageJob[]): void {
    const began = performance.now();
    const results = pages.map((page) => translatePage(page, this.#code));
    this.#results.push(finishJob(id, results, began));
  }

  collect(): JobResult | undefined {
    return this.#results.shift();
  }

  keepCode(): void {}

  async close(): Promise<void> {}
}

/** @param began when work on the job began, as `performance.now()` tells it */
export function finishJob(
  id: number,
  results: readonly PageResult[],
  began: number,
  store?: MachineCodeStore,
): JobResult {
  const translated = performance.now();
  const modules = compileResults(results, store);
  return {
    id,
    pages: results.map(withoutCode),
    modules,
    translateMilliseconds: translated - began,
    compileMilliseconds: performance.now() - translated,
  };
}

function withoutCode({ regions, ...result }: PageResult): TranslatedPage {
  return { ...result, regions: regions.map(({ code, ...region }) => ({ ...region, bytes: code.length })) };
}
