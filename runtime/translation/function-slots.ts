import type { Resume } from '../../jit/abi/resume.js';
import {
  IMPORT_CHANGE_MODE,
  IMPORT_FIND,
  IMPORT_JUMP,
  IMPORT_LEAVE,
  IMPORT_MEMORY,
  IMPORT_MODULE,
  IMPORT_STEP,
  IMPORT_TABLE,
  linkDispatcher,
} from '../../jit/translator/module.js';

/** A region's function: the vCPU's base and the interworking address (bit 0 set for Thumb) of one of its entries. */
export type RegionFunction = (cpu: number, address: number) => void;

/** The interpreter, as translated code calls it. Both return the slot of a region, or one of {@link Resume}. */
export interface InterpreterCalls {
  /** At NEXT_PC there is no region that translated code would know of. */
  readonly find: () => number;
  /** The instruction at NEXT_PC was left to the interpreter, whatever region begins there. */
  readonly step: () => number;
}

/** The table grows by so many elements, each time. */
const CHUNK = 1024;
/** So many slots must have been given back before they are used again. */
const ENOUGH_TO_REUSE = CHUNK;

/**
 * The table through which regions reach each other. Jump caches name its slots; so one that was given back leads to the
 * interpreter, and is used again only after all jump caches were emptied.
 */
export class FunctionSlots {
  readonly table = new WebAssembly.Table({ element: 'anyfunc', initial: CHUNK });
  /** By slot. */
  readonly functions: RegionFunction[] = [];
  /** By slot, the period in which it was last entered by {@link use}. */
  #lastUse = new Uint32Array(CHUNK);
  #period = 1;
  readonly #memory: WebAssembly.Memory;
  readonly #jump: RegionFunction;
  readonly #leave: RegionFunction;
  readonly #changeMode: RegionFunction;
  readonly #nothing: RegionFunction;
  readonly #emptyJumpCaches: () => void;
  /** Slots from here on were never used. */
  #fresh = 1;
  #free: number[] = [];
  #givenBack: number[] = [];

  constructor(memory: WebAssembly.Memory, { find, step }: InterpreterCalls, emptyJumpCaches: () => void) {
    this.#memory = memory;
    this.#emptyJumpCaches = emptyJumpCaches;
    const machine = {
      [IMPORT_MEMORY]: memory,
      [IMPORT_TABLE]: this.table,
      [IMPORT_FIND]: find,
      [IMPORT_STEP]: step,
    };
    const dispatcher = new WebAssembly.Module(linkDispatcher());
    const instance = new WebAssembly.Instance(dispatcher, { [IMPORT_MODULE]: machine });
    const [jump, leave, changeMode, nothing] = functionsOf(instance);
    this.#jump = jump;
    this.#leave = leave;
    this.#changeMode = changeMode;
    this.#nothing = nothing;
  }

  /** @returns the functions of a module of regions, in their order */
  instantiate(module: WebAssembly.Module): RegionFunction[] {
    const machine = {
      [IMPORT_MEMORY]: this.#memory,
      [IMPORT_JUMP]: this.#jump,
      [IMPORT_LEAVE]: this.#leave,
      [IMPORT_CHANGE_MODE]: this.#changeMode,
    };
    return functionsOf(new WebAssembly.Instance(module, { [IMPORT_MODULE]: machine }));
  }

  get used(): number {
    return this.#fresh - 1 - this.#free.length - this.#givenBack.length;
  }

  /** @returns the slot */
  add(region: RegionFunction): number {
    const slot = this.#take();
    this.table.set(slot, region);
    this.functions[slot] = region;
    this.#lastUse[slot] = this.#period;
    return slot;
  }

  /** The function at a slot is about to be entered. */
  use(slot: number): void {
    this.#lastUse[slot] = this.#period;
  }

  /** From now on it shows which regions are used: each one that is jumped to is first entered by {@link use}. */
  beginPeriod(): void {
    this.#period++;
    this.#emptyJumpCaches();
  }

  /** Whether it was used in this period or the one before. */
  isUsed(slot: number): boolean {
    return this.#lastUse[slot] >= this.#period - 1;
  }

  remove(slot: number): void {
    this.table.set(slot, this.#nothing);
    this.functions[slot] = this.#nothing;
    this.#givenBack.push(slot);
  }

  #take(): number {
    if (this.#free.length === 0 && this.#givenBack.length >= ENOUGH_TO_REUSE) {
      this.#emptyJumpCaches();
      this.#free = this.#givenBack;
      this.#givenBack = [];
    }
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#fresh === this.table.length) this.#grow();
    return this.#fresh++;
  }

  #grow(): void {
    this.table.grow(CHUNK);
    const lastUse = new Uint32Array(this.table.length);
    lastUse.set(this.#lastUse);
    this.#lastUse = lastUse;
  }
}

function functionsOf(instance: WebAssembly.Instance): RegionFunction[] {
  return Object.values(instance.exports) as RegionFunction[];
}
