import { tlbIndex } from '../../jit/abi/tlb.js';
import type { DeviceWindow } from '../bus.js';
import type { Translation } from './translation.js';

/** Mappings remembered; a power of two. Neighbouring pages never share a place. */
export const MAPPINGS = 4096;

/** Flags of a mapping; the low three bits are Access permissions. */
export const MappingFlag = {
  /** Device or Strongly-ordered memory: unaligned accesses fault. */
  DEVICE: 8,
  /** The physical address is in the Secure address space. */
  SECURE: 16,
  /** RAM that stores do not reach directly: ROM, flash. */
  READ_ONLY: 32,
  /** nG. */
  NOT_GLOBAL: 64,
  /** DEVICE, because stage 2 says so: what an unaligned access gets is a stage 2 fault. */
  DEVICE_BY_STAGE2: 128,
} as const;

/** Index of the mapping for a virtual address. */
export function mappingIndex(va: number, context: number): number {
  return tlbIndex(va, context) & (MAPPINGS - 1);
}

/**
 * What the last walks found out, with the tags of the data TLB: everything that the slow path and instruction
 * fetches need to know. So that MMIO, stores to pages that hold code, fetches, and entries that the data TLB
 * does not take walk no tables.
 */
export class MappingCache {
  /** `page | context`, or 0. */
  readonly tags = new Int32Array(MAPPINGS);
  /** Access permissions and {@link MappingFlag}. */
  readonly flags = new Uint8Array(MAPPINGS);
  /** Linear-memory byte offset of the page, or -1 when it is no RAM. */
  readonly linear = new Float64Array(MAPPINGS);
  /** Physical byte address of the page. */
  readonly physical = new Float64Array(MAPPINGS);
  /** The device that has all of the page, if there is one, and where in it the page is, in bytes. */
  readonly devices = new Array<DeviceWindow | undefined>(MAPPINGS).fill(undefined);
  readonly deviceOffsets = new Int32Array(MAPPINGS);
  /**
   * Not 0: stage 2 has faulted, and this is what stage 1 gives. Then the entry permits nothing; `physical` is an intermediate
   * physical address, and here are stage 1's permissions and what else it says, as in {@link Translation}.
   */
  readonly stage1Permissions = new Uint8Array(MAPPINGS);
  readonly #attributes = new Uint8Array(MAPPINGS);
  readonly #shareability = new Uint8Array(MAPPINGS);
  readonly #sizeLog2 = new Uint8Array(MAPPINGS);

  /** Remembers what stage 1 gives for a page, in place of whatever is at `index`. @param page intermediate physical address */
  keepStage1(index: number, tag: number, page: number, stage1: Translation): void {
    this.tags[index] = tag;
    this.flags[index] = stage1.notGlobal ? MappingFlag.NOT_GLOBAL : 0;
    this.linear[index] = -1;
    this.physical[index] = page;
    this.stage1Permissions[index] = stage1.permissions;
    this.#attributes[index] = stage1.attributes;
    this.#shareability[index] = stage1.shareability;
    this.#sizeLog2[index] = stage1.sizeLog2;
  }

  /** What {@link keepStage1} was given, for an address in the page. */
  recallStage1(index: number, va: number, stage1: Translation): void {
    stage1.pa = this.physical[index] + (va & 0xfff);
    stage1.permissions = this.stage1Permissions[index];
    stage1.attributes = this.#attributes[index];
    stage1.shareability = this.#shareability[index];
    stage1.sizeLog2 = this.#sizeLog2[index];
    stage1.secure = false;
    stage1.notGlobal = (this.flags[index] & MappingFlag.NOT_GLOBAL) !== 0;
  }
}
