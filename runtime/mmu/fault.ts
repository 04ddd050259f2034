/** What went wrong with a memory access (ARM DDI 0406C B3.13). Numbers, so that a record never allocates. */
export const FaultType = {
  NONE: 0,
  ALIGNMENT: 1,
  TRANSLATION: 2,
  ACCESS_FLAG: 3,
  DOMAIN: 4,
  PERMISSION: 5,
  /** Synchronous external abort, of the access itself. */
  EXTERNAL: 6,
  /** Synchronous external abort, of a translation table walk. */
  EXTERNAL_ON_WALK: 7,
  DEBUG: 8,
  /** Asynchronous external abort. */
  ASYNC_EXTERNAL: 9,
} as const;

/** FS[4:0] of the Short-descriptor format by type, level 1 (ARM DDI 0406C tables B3-23 and B3-24). */
const SHORT_LEVEL1 = [0, 0b00001, 0b00101, 0b00011, 0b01001, 0b01101, 0b01000, 0b01100, 0b00010, 0b10110];
/** The same for level 2. */
const SHORT_LEVEL2 = [0, 0b00001, 0b00111, 0b00110, 0b01011, 0b01111, 0b01000, 0b01110, 0b00010, 0b10110];
/** STATUS[5:0] of the Long-descriptor format by type, level in bits 1:0 still to come (tables B3-25, B3-26). */
const LONG = [0, 0b100001, 0b000100, 0b001000, 0b111100, 0b001100, 0b010000, 0b010100, 0b100010, 0b010001];
const LONG_HAS_LEVEL = [0, 0, 1, 1, 1, 1, 0, 1, 0, 0];

const DFSR_CM = 1 << 13;
const DFSR_EXT = 1 << 12;
const DFSR_WNR = 1 << 11;
/** Bit 9 of DFSR, IFSR: the value is in Long-descriptor format. */
const FSR_LPAE = 1 << 9;

/**
 * One fault: a record that is filled in again and again, one per walker and one per data path. Whoever is
 * given one reads it before the next access.
 */
export class Fault {
  /** Of {@link FaultType}. */
  type: number = FaultType.NONE;
  /** Level of the translation table look-up, 1 to 3, where the type has one. */
  level = 0;
  /** Domain number, Short-descriptor format; 0 where it is not known. */
  domain = 0;
  /** ExT: 1 for an external abort that is a slave error, 0 for a decode error. */
  externalType = 0;
  /** CM: the access was a cache maintenance or address translation operation. */
  cacheMaintenance = false;
  /** Found by stage 2: taken to Hyp mode, `ipa` goes to HPFAR. */
  stage2 = false;
  /** Stage-2 fault on the access that a stage-1 walk made (HSR.ISS.S1PTW). */
  onWalk = false;
  /** Intermediate physical address of a stage-2 fault: bytes, 40 bits. */
  ipa = 0;

  /** Makes this a fault of `type` at `level` in `domain`, everything else cleared. */
  set(type: number, level: number, domain: number): void {
    this.type = type;
    this.level = level;
    this.domain = domain;
    this.externalType = 0;
    this.cacheMaintenance = false;
    this.stage2 = false;
    this.onWalk = false;
    this.ipa = 0;
  }

  /** Nothing answers at the physical address: a decode error, which has ExT 0. */
  setExternal(): void {
    this.set(FaultType.EXTERNAL, 0, 0);
  }

  /** Makes this a copy of `other`. */
  copy(other: Fault): void {
    this.type = other.type;
    this.level = other.level;
    this.domain = other.domain;
    this.externalType = other.externalType;
    this.cacheMaintenance = other.cacheMaintenance;
    this.stage2 = other.stage2;
    this.onWalk = other.onWalk;
    this.ipa = other.ipa;
  }

  /** FS[4:0], Short-descriptor format. */
  get shortStatus(): number {
    return (this.level <= 1 ? SHORT_LEVEL1 : SHORT_LEVEL2)[this.type];
  }

  /** STATUS[5:0], Long-descriptor format; also DFSC and IFSC of HSR.ISS. */
  get longStatus(): number {
    return LONG[this.type] | (LONG_HAS_LEVEL[this.type] !== 0 ? this.level : 0);
  }

  /**
   * DFSR for this fault (ARM DDI 0406C B4.1.52).
   * @param long Long-descriptor format: TTBCR.EAE of the regime the abort is taken in
   */
  dfsr(isWrite: boolean, long: boolean): number {
    const common =
      (this.externalType !== 0 ? DFSR_EXT : 0) |
      (isWrite || this.cacheMaintenance ? DFSR_WNR : 0) |
      (this.cacheMaintenance ? DFSR_CM : 0);
    if (long) return common | FSR_LPAE | this.longStatus;
    const status = this.shortStatus;
    return common | ((status & 0x10) << 6) | (this.domain << 4) | (status & 15);
  }

  /** IFSR for this fault (ARM DDI 0406C B4.1.96). @param long as in {@link dfsr} */
  ifsr(long: boolean): number {
    const external = this.externalType !== 0 ? DFSR_EXT : 0;
    if (long) return external | FSR_LPAE | this.longStatus;
    const status = this.shortStatus;
    return external | ((status & 0x10) << 6) | (status & 15);
  }

  /** A few words for `--trace mmu`. */
  toString(): string {
    const name = Object.entries(FaultType).find(([, value]) => value === this.type)?.[0] ?? '?';
    return `${name} level ${this.level} domain ${this.domain}${this.stage2 ? ' stage 2' : ''}`;
  }
}

/** Takes the exceptions that the MMU finds. The calls that return `never` leave the instruction by throwing. */
export interface AbortTarget {
  /** @param va virtual address of the access, for DFAR or HDFAR */
  raiseDataAbort(va: number, fault: Fault, isWrite: boolean): never;
  /** As {@link raiseDataAbort}, but returns where the rest of the instruction has no effect any more. */
  takeDataAbort(va: number, fault: Fault, isWrite: boolean): void;
  /** @param va virtual address of the fetch, for IFAR or HIFAR */
  raisePrefetchAbort(va: number, fault: Fault): never;
}
