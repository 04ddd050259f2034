import { type Definition, Instruction } from '../../jit/isa/instruction.js';
import type { Ops } from '../../jit/isa/ops.js';
import { IMPORT_MEMORY, IMPORT_MODULE, IMPORT_TABLE, type RegionRequest, translate } from '../../jit/translator/module.js';
import type { CodeCache, DecodedPage } from '../interpreter/code-cache.js';
import { DecodedPageReader } from './page-reader.js';

/** A region's function: the vCPU's base and the virtual address of the page it stands in. */
export type RegionFunction = (cpu: number, page: number) => void;

/** What executes a region when the interpreter arrives at its first instruction. */
export interface RegionRunner {
  enterRegion(entry: Instruction): void;
}

/** In place of the first instruction of a translated region; field `i` is the index in the function table. */
const REGION: Definition = {
  name: 'REGION',
  section: '',
  class: 'branch',
  encodings: [],
  exec: (o: Ops, f: Instruction) => (o as unknown as RegionRunner).enterRegion(f),
  interpretOnly: true,
};

interface Request extends RegionRequest {
  readonly page: DecodedPage;
}

/** Regions wait until so many are there, or until the end of a burst: a module has costs of its own. */
const BATCH = 16;

/** Counters of translation, for `--stats`. */
export class TranslationStatistics {
  regions = 0;
  refused = 0;
  modules = 0;
  guestInstructions = 0;
  bytes = 0;
  dropped = 0;
  translateMilliseconds = 0;
  compileMilliseconds = 0;
}

/**
 * The translated regions of a machine, shared by its vCPUs: what is hot, what is waiting, and the table
 * through which regions reach each other.
 */
export class Translations {
  /** Branches to an address before it is translated. */
  readonly threshold: number;
  readonly statistics = new TranslationStatistics();
  /** By index in the function table. */
  readonly functions: RegionFunction[] = [];
  /** The instructions whose place the entries took. */
  readonly originals: Instruction[] = [];
  readonly #table = new WebAssembly.Table({ element: 'anyfunc', initial: 1 });
  readonly #memory: WebAssembly.Memory;
  readonly #code: CodeCache;
  readonly #queue: Request[] = [];
  readonly #byPage = new Map<number, number[]>();
  readonly #nothing: RegionFunction;

  constructor(memory: WebAssembly.Memory, code: CodeCache, threshold: number) {
    this.#memory = memory;
    this.#code = code;
    this.threshold = threshold;
    this.#nothing = new WebAssembly.Instance(new WebAssembly.Module(RETURN_AT_ONCE)).exports[''] as RegionFunction;
  }

  /** An instruction has become hot. */
  request(page: DecodedPage, offset: number, thumb: boolean): void {
    this.#queue.push({ page, head: offset, reader: new DecodedPageReader(this.#code, this.#memory, page, thumb) });
  }

  get waiting(): boolean {
    return this.#queue.length >= BATCH;
  }

  /** Translates what waits. Not while a region runs. */
  translateWaiting(): void {
    const requests = this.#queue.splice(0).filter(({ page }) => this.#code.isCurrent(page));
    if (requests.length === 0) return;
    const began = performance.now();
    const { bytes, instructions } = translate(requests, this.#memory.buffer.byteLength / 65536);
    const translated = performance.now();
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      [IMPORT_MODULE]: { [IMPORT_MEMORY]: this.#memory, [IMPORT_TABLE]: this.#table },
    });
    this.statistics.translateMilliseconds += translated - began;
    this.statistics.compileMilliseconds += performance.now() - translated;
    this.statistics.modules++;
    this.statistics.bytes += bytes.length;
    requests.forEach((request, index) => {
      if (instructions[index] === 0) this.statistics.refused++;
      else this.#install(request, instance.exports[index] as RegionFunction, instructions[index]);
    });
  }

  #install({ page, head, reader }: Request, region: RegionFunction, instructions: number): void {
    const slots = reader.thumb ? page.thumb : page.a32;
    const slot = reader.thumb ? head >>> 1 : head >>> 2;
    const original = slots[slot] ?? reader.decode(head, false);
    if (original === undefined || original.definition === REGION) return;
    const index = this.#table.length;
    this.#table.grow(1);
    this.#table.set(index, region);
    this.functions[index] = region;
    this.originals[index] = original;
    const entry = new Instruction(REGION, original.raw, original.size);
    entry.i = index;
    slots[slot] = entry;
    const list = this.#byPage.get(page.linear);
    if (list) list.push(index);
    else this.#byPage.set(page.linear, [index]);
    this.statistics.regions++;
    this.statistics.guestInstructions += instructions;
  }

  /** A page's code has changed. Jump caches may still name its regions: they return at once from now on. */
  dropPage(linear: number): void {
    const indices = this.#byPage.get(linear);
    if (indices === undefined) return;
    for (const index of indices) {
      this.#table.set(index, this.#nothing);
      this.functions[index] = this.#nothing;
      this.statistics.dropped++;
    }
    this.#byPage.delete(linear);
  }

  /** All code was dropped. */
  clear(): void {
    this.#queue.length = 0;
    for (const linear of [...this.#byPage.keys()]) this.dropPage(linear);
  }
}

/** `(module (func (export "") (param i32 i32)))`. */
const RETURN_AT_ONCE = Uint8Array.of(
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version
  0x01, 0x06, 0x01, 0x60, 0x02, 0x7f, 0x7f, 0x00, // type 0: (i32, i32) -> ()
  0x03, 0x02, 0x01, 0x00, // function 0 has type 0
  0x07, 0x04, 0x01, 0x00, 0x00, 0x00, // export "" is function 0
  0x0a, 0x04, 0x01, 0x02, 0x00, 0x0b, // its body is empty
); // biome-ignore format: a section a line
