import { CPU } from '../../../jit/abi/cpu-state.js';
import type { CpuState } from '../../../runtime/cpu/state.js';
import { type MmuMachine, RAM } from '../mmu-machine.js';

/** The 2 MiB of virtual addresses that everything maps, in pages; and where stage 1 maps them to. */
export const WINDOW = 0x1220_0000;
export const WINDOW_PAGES = 512;
export const IPA = RAM + 0x40_0000;
/** Where stage 2 maps to, by default; and Hyp mode's stage 1. */
export const PA = RAM + 0x80_0000;

const ACCESS_FLAG = 1 << 10;
const TABLE = 3;
const BLOCK = 1;
const PAGE = 3;
const XN_HIGH = 1 << 22;
const NORMAL_STAGE2 = 15 << 2;

/** What one descriptor maps, or 16 of a large page: `pages` pages from page `first` of the window, both aligned to their number. */
export interface Piece {
  readonly first: number;
  readonly pages: number;
  /** First page of the output, from {@link IPA} or {@link PA}. */
  readonly output: number;
  readonly notGlobal: boolean;
  readonly readOnly: boolean;
  readonly user: boolean;
  readonly executeNever: boolean;
}

/** Tables of one stage 1, which map and unmap pieces of the window, and the registers that lead to them. */
export interface Stage1Tables {
  /** Numbers of pages that descriptors map. */
  readonly sizes: readonly number[];
  map(piece: Piece): void;
  unmap(piece: Piece): void;
  /** TTBR0, TTBCR and the ASID. */
  use(state: CpuState, asid: number): void;
}

/** Short descriptors: small and large pages, sections (ARM DDI 0406C B3.5.1). */
export class ShortTables implements Stage1Tables {
  readonly sizes = [1, 1, 16, 256];
  readonly machine: MmuMachine;
  readonly base: number;

  constructor(machine: MmuMachine, base: number) {
    this.machine = machine;
    this.base = base;
    for (const first of [0, 256]) this.#setTable(first);
  }

  map(piece: Piece): void {
    const address = IPA + (piece.output & -piece.pages) * 4096;
    const user = piece.user ? 0b10 : 0;
    const ap = piece.readOnly ? 0b101 | user : 0b001 | user;
    const xn = piece.executeNever ? 1 : 0;
    const notGlobal = piece.notGlobal ? 1 : 0;
    const writeBack = 3 << 2;
    if (piece.pages === 256) {
      const permissions = ((ap & 3) << 10) | ((ap >> 2) << 15) | (xn << 4) | (notGlobal << 17);
      this.machine.write(this.#level1(piece.first), address | permissions | (1 << 12) | writeBack | 2);
      return;
    }
    const permissions = ((ap & 3) << 4) | ((ap >> 2) << 9) | (notGlobal << 11);
    const kind = piece.pages === 16 ? (xn << 15) | (1 << 12) | 1 : (1 << 6) | 2 | xn;
    this.#setPages(piece, address | permissions | writeBack | kind);
  }

  unmap(piece: Piece): void {
    if (piece.pages === 256) this.#setTable(piece.first);
    else this.#setPages(piece, 0);
  }

  use(state: CpuState, asid: number): void {
    state.set(CPU.TTBCR, 0);
    state.set(CPU.TTBR0, this.base);
    state.set(CPU.CONTEXTIDR, asid);
  }

  #level1(first: number): number {
    return this.base + ((WINDOW >>> 20) + (first >> 8)) * 4;
  }

  #level2(first: number): number {
    return this.base + 0x4000 + (first >> 8) * 0x400;
  }

  #setTable(first: number): void {
    const table = this.#level2(first);
    for (let n = 0; n < 256; n++) this.machine.write(table + n * 4, 0);
    this.machine.write(this.#level1(first), table | 1);
  }

  #setPages(piece: Piece, descriptor: number): void {
    const table = this.#level2(piece.first);
    for (let n = 0; n < piece.pages; n++)
      this.machine.write(table + ((piece.first + n) & 255) * 4, descriptor);
  }
}

/** Long descriptors: pages and blocks of 2 MiB (B3.6.1). Stage 1 of PL1&0, or of Hyp mode. */
export class LongTables implements Stage1Tables {
  readonly sizes = [1, 1, WINDOW_PAGES];
  readonly machine: MmuMachine;
  readonly base: number;
  readonly output: number;
  readonly #level2: number;
  readonly #level3: number;

  /** @param output what page 0 of the output is */
  constructor(machine: MmuMachine, base: number, output: number) {
    this.machine = machine;
    this.base = base;
    this.output = output;
    this.#level2 = base + 0x1000 + ((WINDOW >>> 21) & 511) * 8;
    this.#level3 = base + 0x2000;
    machine.write64(base, 0, (base + 0x1000) | TABLE);
    this.#setTable();
  }

  map(piece: Piece): void {
    const permissions =
      ((piece.readOnly ? 1 : 0) << 7) | ((piece.user ? 1 : 0) << 6) | ((piece.notGlobal ? 1 : 0) << 11);
    const block = piece.pages === WINDOW_PAGES;
    const address = this.output + (piece.output & -piece.pages) * 4096;
    this.machine.write64(
      block ? this.#level2 : this.#level3 + piece.first * 8,
      piece.executeNever ? XN_HIGH : 0,
      address | permissions | ACCESS_FLAG | (block ? BLOCK : PAGE),
    );
  }

  unmap(piece: Piece): void {
    if (piece.pages === WINDOW_PAGES) this.#setTable();
    else this.machine.write64(this.#level3 + piece.first * 8, 0, 0);
  }

  use(state: CpuState, asid: number): void {
    state.set(CPU.TTBCR, 0x8000_0000 | 0);
    state.set(CPU.TTBR0, this.base);
    state.set(CPU.TTBR0 + 4, asid << 16);
  }

  #setTable(): void {
    for (let n = 0; n < WINDOW_PAGES; n++) this.machine.write64(this.#level3 + n * 8, 0, 0);
    this.machine.write64(this.#level2, 0, this.#level3 | TABLE);
  }
}

/**
 * Stage 2 (B3.6.2): the tables' RAM and the window itself, for a stage 1 that is off, are mapped throughout; the two regions of 2 MiB from
 * {@link IPA} by blocks or pages.
 */
export class Stage2Tables {
  static readonly REGIONS = 2;
  readonly machine: MmuMachine;
  readonly base: number;

  constructor(machine: MmuMachine, base: number) {
    this.machine = machine;
    this.base = base;
    const ofRam = base + 0x1000;
    const ofWindow = base + 0x4000;
    const readWrite = (3 << 6) | ACCESS_FLAG | NORMAL_STAGE2 | BLOCK;
    machine.write64(base, 0, ofWindow | TABLE);
    machine.write64(base + 8, 0, ofRam | TABLE);
    machine.write64(ofRam, 0, RAM | readWrite);
    machine.write64(ofWindow + 8 * (WINDOW >>> 21), 0, (PA + 0x40_0000) | readWrite);
  }

  /** @returns whether pages map the region, in place of a block or nothing */
  hasPages(region: number): boolean {
    return (this.machine.read(this.#level2(region)) & 3) === TABLE;
  }

  unmapRegion(region: number): void {
    this.machine.write64(this.#level2(region), 0, 0);
  }

  unmapPage(region: number, page: number): void {
    this.machine.write64(this.#level3(region) + page * 8, 0, 0);
  }

  /** @param hap HAP[2:1]: 1 read, 2 write */
  mapBlock(region: number, output: number, hap: number): void {
    const address = PA + (output & -WINDOW_PAGES) * 4096;
    this.machine.write64(this.#level2(region), 0, address | (hap << 6) | ACCESS_FLAG | NORMAL_STAGE2 | BLOCK);
  }

  mapPage(region: number, page: number, output: number, hap: number, executeNever: boolean): void {
    const address = PA + output * 4096;
    this.machine.write64(
      this.#level3(region) + page * 8,
      executeNever ? XN_HIGH : 0,
      address | (hap << 6) | ACCESS_FLAG | NORMAL_STAGE2 | PAGE,
    );
  }

  /** The region's pages are as {@link mapPage} and {@link unmapPage} left them. */
  usePages(region: number): void {
    this.machine.write64(this.#level2(region), 0, this.#level3(region) | TABLE);
  }

  #level2(region: number): number {
    return this.base + 0x1000 + (((IPA - RAM) >>> 21) + region) * 8;
  }

  #level3(region: number): number {
    return this.base + 0x2000 + region * 0x1000;
  }
}
