import { linkRegions } from '../../jit/translator/module.js';
import { contentName } from '../cache-file.js';
import type { PageResult } from './job.js';
import { moduleOfMachineCode } from './machine-code.js';

/** Regions that were compiled together. */
export interface CompiledModule {
  readonly module: WebAssembly.Module;
  /** Indices of the job's pages whose regions are its functions, in their order. */
  readonly pages: readonly number[];
  /** Of its WebAssembly. */
  readonly bytes: number;
  /** Of a module that other runs make as well: their engine can take over this one's machine code. */
  readonly name?: string;
}

/** Where machine code is kept beyond one run. */
export interface MachineCodeStore {
  /** Whether the engine is known to take machine code up again without harm. */
  readonly takesMachineCode: boolean;
  /** The machine code of the module of this name. */
  findCode(name: string): ArrayBuffer | undefined;
}

/**
 * Compiles what a job has given. A module has costs of its own, so regions of several pages share one. But when all regions of a page
 * are from the store, as they will be in the next run too, they are a module by themselves.
 */
export function compileResults(results: readonly PageResult[], store?: MachineCodeStore): CompiledModule[] {
  const shared: number[] = [];
  const modules: CompiledModule[] = [];
  results.forEach(({ regions, cached }, page) => {
    if (regions.length === 0) return;
    if (store !== undefined && cached === regions.length) modules.push(compileStored(results, page, store));
    else shared.push(page);
  });
  if (shared.length > 0) {
    const bytes = link(results, shared);
    modules.push({ module: new WebAssembly.Module(bytes), pages: shared, bytes: bytes.length });
  }
  return modules;
}

function compileStored(
  results: readonly PageResult[],
  page: number,
  store: MachineCodeStore,
): CompiledModule {
  const pages = [page];
  const bytes = link(results, pages);
  if (!store.takesMachineCode) return { module: new WebAssembly.Module(bytes), pages, bytes: bytes.length };
  const name = contentName(bytes);
  const code = store.findCode(name);
  const module = (code && moduleOfMachineCode(bytes, code)) ?? new WebAssembly.Module(bytes);
  return { module, pages, bytes: bytes.length, name };
}

function link(results: readonly PageResult[], pages: readonly number[]): Uint8Array<ArrayBuffer> {
  return linkRegions(pages.flatMap((page) => results[page].regions));
}
