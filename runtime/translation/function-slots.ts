/** A region's function: the vCPU's base and the virtual address of the page it stands in. */
export type RegionFunction = (cpu: number, page: number) => void;

/** The table grows by so many elements, each time. */
const CHUNK = 1024;
/** So many slots must have been given back before they are used again. */
const ENOUGH_TO_REUSE = CHUNK;

/**
 * The table through which regions reach each other. Jump caches name its slots; so one that was given back runs a function
 * that returns at once, and is used again only after all jump caches were emptied.
 */
export class FunctionSlots {
  readonly table = new WebAssembly.Table({ element: 'anyfunc', initial: CHUNK });
  /** By slot. */
  readonly functions: RegionFunction[] = [];
  readonly #nothing: RegionFunction;
  readonly #emptyJumpCaches: () => void;
  /** Slots from here on were never used. */
  #fresh = 1;
  #free: number[] = [];
  #givenBack: number[] = [];

  constructor(emptyJumpCaches: () => void) {
    this.#emptyJumpCaches = emptyJumpCaches;
    this.#nothing = new WebAssembly.Instance(new WebAssembly.Module(RETURN_AT_ONCE)).exports[
      ''
    ] as RegionFunction;
  }

  get used(): number {
    return this.#fresh - 1 - this.#free.length - this.#givenBack.length;
  }

  /** @returns the slot */
  add(region: RegionFunction): number {
    const slot = this.#take();
    this.table.set(slot, region);
    this.functions[slot] = region;
    return slot;
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
    if (this.#fresh === this.table.length) this.table.grow(CHUNK);
    return this.#fresh++;
  }
}

/** `(module (func (export "") (param i32 i32)))`, a section a line. */
const RETURN_AT_ONCE = Uint8Array.from(
  [
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    // type 0: (i32, i32) -> ()
    [0x01, 0x06, 0x01, 0x60, 0x02, 0x7f, 0x7f, 0x00],
    // function 0 has type 0
    [0x03, 0x02, 0x01, 0x00],
    // export "" is function 0
    [0x07, 0x04, 0x01, 0x00, 0x00, 0x00],
    // its body is empty
    [0x0a, 0x04, 0x01, 0x02, 0x00, 0x0b],
  ].flat(),
);
