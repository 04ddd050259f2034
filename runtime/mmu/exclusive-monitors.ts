import { CPU } from '../../jit/abi/cpu-state.js';
import { PAGE_MASK } from '../../jit/abi/tlb.js';
import type { CpuState } from '../cpu/state.js';
import type { WriteTags } from './code-pages.js';

/** Bytes of the Exclusives Reservation Granule: CTR.ERG is 4, 16 words. */
const GRANULE_BYTES = 64;
/** Stores of others to a watched page, but not to the granule, until the monitor is cleared all the same. */
const OTHER_STORES = 256;
/** Set in CPU.EXCLUSIVE_SIZE when a turn has ended since the load-exclusive. */
const TURN_OVER = 0x100;
/** In place of a page: none is watched. There is no RAM at the start of linear memory. */
const NO_PAGE = 0;

/** A vCPU with its local monitor (CPU.EXCLUSIVE_SIZE and the words behind it), and what has to forget that a page may be written. */
export interface MonitoredCpu extends WriteTags {
  readonly state: CpuState;
}

/**
 * The global monitor (ARM DDI 0406C A3.4.2): a vCPU's store-exclusive fails once another observer has stored to the granule that its load-exclusive
 * has tagged, whatever value it stored.
 *
 * Only vCPUs whose turn is over can be overtaken. When a turn ends between load-exclusive and store-exclusive, the
 * page is watched: the others have no write tag for it, so their stores to it take the slow path, which calls {@link written}. All other stores cost nothing.
 * The architecture lets a monitor be cleared for other reasons, too; one that is left set does not slow the others' stores to its page for long.
 */
export class ExclusiveMonitors {
  /** Number of watched pages; 0: stores have nobody to tell. */
  watched = 0;
  readonly #cpus: MonitoredCpu[] = [];
  /** By vCPU: linear-memory byte offset, signed, of the page that is watched for it. */
  readonly #pages: number[] = [];
  readonly #otherStores: number[] = [];

  /** Adds a vCPU: the next index. */
  add(cpu: MonitoredCpu): void {
    this.#cpus.push(cpu);
    this.#pages.push(NO_PAGE);
    this.#otherStores.push(0);
  }

  /** The vCPU's turn is over. */
  suspend(index: number): void {
    const cpus = this.#cpus;
    if (cpus.length === 1) return;
    const { state } = cpus[index];
    const size = state.get(CPU.EXCLUSIVE_SIZE);
    if ((size & TURN_OVER) !== 0) return;
    const page = size !== 0 ? state.get(CPU.EXCLUSIVE_LINEAR) & PAGE_MASK : NO_PAGE;
    if (size !== 0) state.set(CPU.EXCLUSIVE_SIZE, size | TURN_OVER);
    this.#otherStores[index] = 0;
    if (page === this.#pages[index]) return;
    this.#unwatch(index);
    if (page === NO_PAGE) return;
    this.#pages[index] = page;
    this.watched++;
    for (const [other, cpu] of cpus.entries()) if (other !== index) cpu.dropWriteTags(page >>> 0);
  }

  #unwatch(index: number): void {
    if (this.#pages[index] === NO_PAGE) return;
    this.#pages[index] = NO_PAGE;
    this.watched--;
  }

  /** Whether stores of a vCPU to the page of this linear-memory byte offset have to be told. */
  isWatched(linear: number, by: number): boolean {
    if (this.watched === 0) return false;
    const page = linear & PAGE_MASK;
    for (let index = 0; index < this.#pages.length; index++) {
      if (index !== by && this.#pages[index] === page) return true;
    }
    return false;
  }

  /**
   * A vCPU has stored to RAM by the slow path.
   * @param linear linear-memory byte offset of the first byte
   */
  written(linear: number, length: number, by: number): void {
    this.clear(linear, length, by);
    const page = linear & PAGE_MASK;
    for (let index = 0; index < this.#pages.length; index++) {
      if (index === by || this.#pages[index] !== page) continue;
      const { state } = this.#cpus[index];
      if (++this.#otherStores[index] > OTHER_STORES) state.set(CPU.EXCLUSIVE_SIZE, 0);
      if (state.get(CPU.EXCLUSIVE_SIZE) === 0) this.#unwatch(index);
    }
  }

  /**
   * Clears the monitors that tag one of the bytes.
   * @param except index of the vCPU that stores; -1: a device, whose stores all vCPUs observe
   */
  clear(linear: number, length: number, except = -1): void {
    const first = linear - (linear % GRANULE_BYTES);
    const end = linear + length;
    for (let index = 0; index < this.#cpus.length; index++) {
      if (index === except) continue;
      const { state } = this.#cpus[index];
      const tagged = state.get(CPU.EXCLUSIVE_LINEAR) >>> 0;
      if (tagged >= first && tagged - (tagged % GRANULE_BYTES) < end) state.set(CPU.EXCLUSIVE_SIZE, 0);
    }
  }
}
