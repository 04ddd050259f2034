import type { Bus } from '../bus.js';
import { Fault, FaultType } from './fault.js';
import { stage2Fault, walkLong, walkStage2 } from './long-descriptor.js';
import type { Regime } from './regime.js';
import { walkShort } from './short-descriptor.js';
import { TableMemory } from './table-memory.js';
import type { TableSource } from './table-source.js';
import { Access, ALL_ACCESSES, Attributes, isDevice, Shareability, Translation } from './translation.js';

/**
 * Translates addresses by walking tables, both stages (ARM DDI 0406C B3.19, TranslateAddressV). Holds no
 * translations: the TLB does.
 */
export class Walker {
  /** Result of the last walk that succeeded. */
  readonly result = new Translation();
  /** Why the last walk failed. */
  readonly fault = new Fault();
  readonly #memory: TableMemory;
  readonly #stage1Tables: StagedTables;
  readonly #stage2 = new Translation();

  constructor(bus: Bus, memory: WebAssembly.Memory) {
    this.#memory = new TableMemory(bus, memory);
    this.#stage1Tables = new StagedTables(this.#memory);
  }

  /** Descriptors read so far. */
  get descriptorReads(): number {
    return this.#memory.reads;
  }

  /** The memory map changed. */
  forget(): void {
    this.#memory.forget();
  }

  /**
   * Translates `va` and checks `access`.
   * @param access one of {@link Access}
   * @param privileged with the permissions of PL1 (or of Hyp mode); false: of PL0
   * @param stage1Only gives the intermediate physical address (ATS1C operations); the walk's own accesses go
   *   through stage 2 all the same
   * @returns true: {@link result} is valid. False: {@link fault} is
   */
  walk(regime: Regime, va: number, access: number, privileged: boolean, stage1Only: boolean): boolean {
    const { result, fault } = this;
    if (!this.#stage1(regime, va, privileged)) return false;
    if ((result.permissions & access) === 0) {
      fault.set(FaultType.PERMISSION, fault.level, fault.domain);
      return false;
    }
    result.deviceByStage2 = false;
    result.contiguousLog2 = result.sizeLog2;
    return !regime.stage2 || stage1Only || this.applyStage2(regime, access);
  }

  #stage1(regime: Regime, va: number, privileged: boolean): boolean {
    const { result, fault } = this;
    if (!regime.enabled) {
      result.pa = va >>> 0;
      result.permissions = ALL_ACCESSES;
      result.attributes = regime.defaultCacheable
        ? Attributes.NORMAL_WRITE_BACK
        : Attributes.STRONGLY_ORDERED;
      result.shareability = regime.defaultCacheable ? Shareability.NON : Shareability.OUTER;
      result.sizeLog2 = 12;
      result.secure = regime.secure;
      result.notGlobal = false;
      return true;
    }
    let tables: TableSource = this.#memory;
    if (regime.stage2) {
      this.#stage1Tables.regime = regime;
      tables = this.#stage1Tables;
    } else {
      this.#memory.bigEndian = regime.bigEndian;
    }
    return regime.long
      ? walkLong(tables, regime, va, privileged, result, fault)
      : walkShort(tables, regime, va, privileged, result, fault);
  }

  /**
   * The second half of {@link walk}: {@link result} has what stage 1 gives, which permits the access, and becomes what both stages give. It stays
   * as it is where that fails.
   */
  applyStage2(regime: Regime, access: number): boolean {
    const { result, fault } = this;
    const stage2 = this.#stage2;
    const ipa = result.pa;
    this.#memory.bigEndian = regime.stage2BigEndian;
    if (!walkStage2(this.#memory, regime, ipa, stage2, fault)) return false;
    if ((stage2.permissions & access) === 0) {
      fault.set(FaultType.PERMISSION, fault.level, 0);
      return stage2Fault(ipa, fault);
    }
    result.pa = stage2.pa;
    result.contiguousLog2 = Math.min(result.sizeLog2, stage2.sizeLog2);
    result.permissions &= stage2.permissions;
    result.shareability = combineShareability(result.shareability, stage2.shareability);
    result.deviceByStage2 = !isDevice(result.attributes) && isDevice(stage2.attributes);
    result.attributes = combineAttributes(result.attributes, stage2.attributes);
    // So is Non-cacheable memory, whatever the descriptors say.
    const { attributes } = result;
    if (isDevice(attributes) || attributes === Attributes.NORMAL_NON_CACHEABLE) {
      result.shareability = Shareability.OUTER;
    }
    return true;
  }
}

/** Stage-1 tables that lie in intermediate physical memory: each read is translated by stage 2 first. */
class StagedTables implements TableSource {
  regime: Regime | undefined;
  readonly #memory: TableMemory;
  readonly #stage2 = new Translation();

  constructor(memory: TableMemory) {
    this.#memory = memory;
  }

  get low(): number {
    return this.#memory.low;
  }

  get high(): number {
    return this.#memory.high;
  }

  /** What stage 2 translates is Non-secure. */
  read(address: number, bytes: number, _secure: boolean, level: number, fault: Fault): boolean {
    const regime = this.regime!;
    const stage2 = this.#stage2;
    this.#memory.bigEndian = regime.stage2BigEndian;
    if (!walkStage2(this.#memory, regime, address, stage2, fault)) {
      fault.onWalk = true;
      return false;
    }
    const protectedWalk = regime.protectedWalk && isDevice(stage2.attributes);
    if ((stage2.permissions & Access.READ) === 0 || protectedWalk) {
      fault.set(FaultType.PERMISSION, fault.level, 0);
      fault.onWalk = true;
      return stage2Fault(address, fault);
    }
    this.#memory.bigEndian = regime.bigEndian;
    return this.#memory.read(stage2.pa, bytes, false, level, fault);
  }
}

/** The stronger of two types, the less cacheable of two cacheabilities (B3.8.5, CombineS1S2Desc). */
function combineAttributes(first: number, second: number): number {
  if (isDevice(first) || isDevice(second)) {
    if (first === Attributes.STRONGLY_ORDERED || second === Attributes.STRONGLY_ORDERED) {
      return Attributes.STRONGLY_ORDERED;
    }
    return Attributes.DEVICE;
  }
  return (combineCacheability(first >>> 4, second >>> 4) << 4) | combineCacheability(first & 15, second & 15);
}

function combineCacheability(first: number, second: number): number {
  if (first === 0b0100 || second === 0b0100) return 0b0100;
  // 0b10xx and 0b00xx are Write-Through; the allocation hints are stage 1's.
  if ((first & 0b1100) === 0b1000 || (second & 0b1100) === 0b1000) return 0b1000 | (first & 0b0011);
  return first;
}

/** Outer Shareable wins over Inner Shareable, which wins over Non-shareable. */
function combineShareability(first: number, second: number): number {
  if (first === Shareability.OUTER || second === Shareability.OUTER) return Shareability.OUTER;
  return first === Shareability.INNER || second === Shareability.INNER
    ? Shareability.INNER
    : Shareability.NON;
}
