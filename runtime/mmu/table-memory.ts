import type { Bus, RamRegion } from '../bus.js';
import { type Fault, FaultType } from './fault.js';
import type { TableSource } from './table-source.js';

/** Descriptors in physical memory: what a walk reads when there is no stage 2, and what stage 2 itself reads. */
export class TableMemory implements TableSource {
  low = 0;
  high = 0;
  /** SCTLR.EE or HSCTLR.EE. */
  bigEndian = false;
  /** Descriptors read so far. */
  reads = 0;
  readonly #bus: Bus;
  readonly #view: DataView;
  #region: RamRegion | undefined;

  constructor(bus: Bus, memory: WebAssembly.Memory) {
    this.#bus = bus;
    this.#view = new DataView(memory.buffer);
  }

  read(address: number, bytes: number, secure: boolean, level: number, fault: Fault): boolean {
    this.reads++;
    let region = this.#region;
    if (
      region === undefined ||
      address < region.address ||
      address >= region.address + region.size ||
      (region.secureOnly === true && !secure)
    ) {
      region = this.#bus.ramAt(address, secure);
      if (region === undefined) {
        fault.set(FaultType.EXTERNAL_ON_WALK, level, 0);
        return false;
      }
      // Regions that are not written may be taken away (flash that changes mode): not kept.
      if (!region.readOnly) this.#region = region;
    }
    const at = region.offset + (address - region.address);
    if (bytes === 4) {
      this.low = this.#view.getInt32(at, !this.bigEndian);
    } else if (this.bigEndian) {
      this.high = this.#view.getInt32(at, false);
      this.low = this.#view.getInt32(at + 4, false);
    } else {
      this.low = this.#view.getInt32(at, true);
      this.high = this.#view.getInt32(at + 4, true);
    }
    return true;
  }

  /** Forgets where memory was: the memory map changed. */
  forget(): void {
    this.#region = undefined;
  }
}
