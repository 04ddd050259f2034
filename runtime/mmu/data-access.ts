import { CPU, PSR } from '../../jit/abi/cpu-state.js';
import type { Bus } from '../bus.js';
import type { CpuState } from '../cpu/state.js';
import { type AccessWidth, SECURE_ACCESS } from '../devices/device.js';
import { type AbortTarget, Fault, FaultType } from './fault.js';
import { MappingFlag } from './mapping-cache.js';
import type { SoftwareTlb } from './tlb.js';
import { Access } from './translation.js';

/** How an access differs from a plain one; combine with `|`. */
export const AccessFlag = {
  /** With User mode's permissions: LDRT and its kin. */
  UNPRIVILEGED: 1,
  /** Alignment fault unless the address is a multiple of the size (MemA). */
  ALIGNED: 2,
  /** Alignment fault unless the address is a multiple of 8 (LDREXD, STREXD, whose words come one by one). */
  ALIGNED_DOUBLE: 4,
} as const;

/** The slow path of one vCPU's loads and stores (design §4): whatever is not a plain TLB hit. */
export class DataAccess {
  readonly #tlb: SoftwareTlb;
  readonly #aborts: AbortTarget;
  readonly #bus: Bus;
  readonly #state: CpuState;
  readonly #view: DataView;
  /** Faults that are not the walker's. */
  readonly #fault = new Fault();

  constructor(tlb: SoftwareTlb, aborts: AbortTarget) {
    this.#tlb = tlb;
    this.#aborts = aborts;
    this.#bus = tlb.bus;
    this.#state = tlb.state;
    this.#view = new DataView(tlb.state.memory.buffer);
  }

  /** Whether unaligned accesses need the slow path in the current context (SCTLR.A, or stage 1 off). */
  get alignmentCheck(): boolean {
    return this.#tlb.alignmentCheck;
  }

  /**
   * @param size 1, 2 or 4 bytes
   * @param flags of {@link AccessFlag}
   * @returns the value zero-extended, as a signed 32-bit integer; 0 for an instruction that has aborted and is abandoned
   * @throws GUEST_EXCEPTION after a Data Abort was taken
   */
  load(va: number, size: number, flags: number): number {
    this.#tlb.statistics.slowLoads++;
    this.#checkAlignment(va, size, flags, false);
    const unprivileged = (flags & AccessFlag.UNPRIVILEGED) !== 0;
    const index = this.#tlb.lookup(va, Access.READ, unprivileged);
    if (index < 0) {
      this.#takeAbort(va, false);
      return 0;
    }
    if ((va & (size - 1)) !== 0) {
      if ((va & 0xfff) + size > 4096) return this.#loadCrossing(va, size, index, unprivileged);
      this.#checkMemoryType(va, index, false);
    }
    return this.#loadAt(va, size, index);
  }

  /** The counterpart of {@link load}. Nothing is written when it faults. */
  store(va: number, size: number, value: number, flags: number): void {
    this.#tlb.statistics.slowStores++;
    this.#checkAlignment(va, size, flags, true);
    const unprivileged = (flags & AccessFlag.UNPRIVILEGED) !== 0;
    const index = this.#tlb.lookup(va, Access.WRITE, unprivileged);
    if (index < 0) {
      this.#takeAbort(va, true);
      return;
    }
    if ((va & (size - 1)) !== 0) {
      if ((va & 0xfff) + size > 4096) {
        this.#storeCrossing(va, size, value, index, unprivileged);
        return;
      }
      this.#checkMemoryType(va, index, true);
    }
    this.#storeAt(va, size, value, index);
  }

  /**
   * LDREX, LDREXB, LDREXH, LDREXD: loads, and tags the location in the monitor (ARM DDI 0406C A3.4).
   * @param size 1, 2, 4 or 8
   * @returns the value, or its word at the lower address; CPU.EXCLUSIVE_VALUE has both
   */
  loadExclusive(va: number, size: number): number {
    const state = this.#state;
    this.#tlb.statistics.slowLoads++;
    const width = size === 8 ? 4 : size;
    this.#checkAlignment(va, width, size === 8 ? AccessFlag.ALIGNED_DOUBLE : AccessFlag.ALIGNED, false);
    const index = this.#lookup(va, Access.READ, false);
    const first = this.#loadAt(va, width, index);
    const second = size === 8 ? this.#loadAt(va + 4, 4, index) : 0;
    state.set(CPU.EXCLUSIVE_SIZE, size);
    state.set(CPU.EXCLUSIVE_ADDRESS, va);
    state.set(CPU.EXCLUSIVE_LINEAR, this.#linearAt(va, index));
    state.set(CPU.EXCLUSIVE_VALUE, first);
    state.set(CPU.EXCLUSIVE_VALUE + 4, second);
    return first;
  }

  /** What CPU.EXCLUSIVE_LINEAR is for an address in the page whose mapping is at `index`. */
  #linearAt(va: number, index: number): number {
    const linear = this.#tlb.mappings.linear[index];
    return linear < 0 ? 0 : (linear + (va & 0xfff)) | 0;
  }

  /**
   * STREX, STREXB, STREXH, STREXD: stores when the monitor is set for `va`, for the same place in memory, and that still has the
   * value that LDREX read. Clears the monitor. As in QEMU, a monitor that is not set for this address is
   * found out before any fault (ARM DDI 0406C A3.4.1 leaves the order open), another place or value after.
   * @param size 1, 2, 4 or 8
   * @param second the word at the higher address, for size 8
   * @returns 0 when the store took place, 1 when not
   */
  storeExclusive(va: number, size: number, value: number, second: number): number {
    const state = this.#state;
    if (state.get(CPU.EXCLUSIVE_SIZE) === 0 || state.get(CPU.EXCLUSIVE_ADDRESS) !== (va | 0)) {
      state.set(CPU.EXCLUSIVE_SIZE, 0);
      return 1;
    }
    this.#tlb.statistics.slowStores++;
    const width = size === 8 ? 4 : size;
    this.#checkAlignment(va, width, size === 8 ? AccessFlag.ALIGNED_DOUBLE : AccessFlag.ALIGNED, true);
    const index = this.#lookup(va, Access.WRITE, false);
    const first = this.#loadAt(va, width, index);
    const other = size === 8 ? this.#loadAt(va + 4, 4, index) : 0;
    state.set(CPU.EXCLUSIVE_SIZE, 0);
    if (this.#linearAt(va, index) !== state.get(CPU.EXCLUSIVE_LINEAR)) return 1;
    if (first !== state.get(CPU.EXCLUSIVE_VALUE)) return 1;
    if (size === 8 && other !== state.get(CPU.EXCLUSIVE_VALUE + 4)) return 1;
    this.#storeAt(va, width, value, index);
    if (size === 8) this.#storeAt(va + 4, 4, second, index);
    return 0;
  }

  /** GenerateAlignmentException() at `va` (ARM DDI 0406C B2.4.5), for element and structure loads and stores. */
  alignmentFault(va: number, isWrite: boolean): never {
    return this.#abortAlignment(va, isWrite);
  }

  #abort(va: number, fault: Fault, isWrite: boolean): never {
    this.#noteFault(va, fault, isWrite);
    this.#aborts.raiseDataAbort(va | 0, fault, isWrite);
  }

  /** The walker's fault, found before anything else was done. Returns where the rest of the instruction has no effect. */
  #takeAbort(va: number, isWrite: boolean): void {
    const { fault } = this.#tlb.walker;
    this.#noteFault(va, fault, isWrite);
    this.#aborts.takeDataAbort(va | 0, fault, isWrite);
  }

  #noteFault(va: number, fault: Fault, isWrite: boolean): void {
    const { statistics, trace } = this.#tlb;
    statistics.faults++;
    trace?.(`mmu: ${isWrite ? 'store' : 'load'} 0x${(va >>> 0).toString(16)}: ${fault}`);
  }

  #abortAlignment(va: number, isWrite: boolean): never {
    this.#fault.set(FaultType.ALIGNMENT, 0, 0);
    return this.#abort(va, this.#fault, isWrite);
  }

  #abortExternal(va: number, isWrite: boolean): never {
    this.#fault.setExternal();
    return this.#abort(va, this.#fault, isWrite);
  }

  /** Alignment faults that do not depend on the memory type: before translation (B3.12.4). */
  #checkAlignment(va: number, size: number, flags: number, isWrite: boolean): void {
    if ((va & 7) === 0) return;
    const required = (flags & AccessFlag.ALIGNED_DOUBLE) !== 0 ? 8 : size;
    if ((va & (required - 1)) === 0) return;
    const aligned = AccessFlag.ALIGNED | AccessFlag.ALIGNED_DOUBLE;
    if ((flags & aligned) !== 0 || this.#tlb.strictAlignment) this.#abortAlignment(va, isWrite);
  }

  /** Unaligned accesses to Device and Strongly-ordered memory fault (A3.2.2, with the Virtualization Extensions). */
  #checkMemoryType(va: number, index: number, isWrite: boolean): void {
    const flags = this.#tlb.mappings.flags[index];
    if ((flags & MappingFlag.DEVICE) === 0) return;
    this.#fault.set(FaultType.ALIGNMENT, 0, 0);
    this.#fault.stage2 = (flags & MappingFlag.DEVICE_BY_STAGE2) !== 0;
    this.#abort(va, this.#fault, isWrite);
  }

  #lookup(va: number, access: number, unprivileged: boolean): number {
    const index = this.#tlb.lookup(va, access, unprivileged);
    if (index < 0) this.#abort(va, this.#tlb.walker.fault, access === Access.WRITE);
    return index;
  }

  #isBigEndian(): boolean {
    return (this.#state.get(CPU.CPSR) & PSR.E) !== 0;
  }

  /** Loads from inside one page, whose mapping is at `index`. */
  #loadAt(va: number, size: number, index: number): number {
    const { mappings } = this.#tlb;
    const linear = mappings.linear[index];
    if (linear < 0) return this.#loadDevice(va, size, index);
    const at = linear + (va & 0xfff);
    if (size === 4) return this.#view.getInt32(at, !this.#isBigEndian());
    if (size === 2) return this.#view.getUint16(at, !this.#isBigEndian());
    return this.#view.getUint8(at);
  }

  #storeAt(va: number, size: number, value: number, index: number): void {
    const { mappings, codePages, monitors, statistics } = this.#tlb;
    const linear = mappings.linear[index];
    if (linear < 0 || (mappings.flags[index] & MappingFlag.READ_ONLY) !== 0) {
      this.#storeDevice(va, size, value, index);
      return;
    }
    const at = linear + (va & 0xfff);
    if (size === 4) this.#view.setInt32(at, value, !this.#isBigEndian());
    else if (size === 2) this.#view.setInt16(at, value, !this.#isBigEndian());
    else this.#view.setInt8(at, value);
    if (codePages.isMarked(linear)) {
      statistics.codeStores++;
      codePages.written(at, size);
    }
    if (monitors.watched !== 0) monitors.written(at, size, this.#state.index);
  }

  #loadDevice(va: number, size: number, index: number): number {
    const bigEndian = this.#isBigEndian();
    // Unaligned, so the memory is Normal: byte by byte.
    if ((va & (size - 1)) !== 0) return this.#loadBytes(va, size, 0, index, index);
    const { mappings, statistics } = this.#tlb;
    statistics.deviceAccesses++;
    const device = mappings.devices[index];
    const offset = va & 0xfff;
    const master = this.#busMaster(index);
    const value =
      device !== undefined
        ? this.#bus.readDevice(device, mappings.deviceOffsets[index] + offset, size as AccessWidth, master)
        : this.#bus.read(mappings.physical[index] + offset, size as AccessWidth, master);
    if (value < 0) this.#abortExternal(va, false);
    return bigEndian ? swap(value, size) : value | 0;
  }

  #storeDevice(va: number, size: number, value: number, index: number): void {
    if ((va & (size - 1)) !== 0) {
      this.#storeBytes(va, size, value, 0, index, index);
      return;
    }
    const { mappings, statistics } = this.#tlb;
    statistics.deviceAccesses++;
    const low = size === 4 ? value : size === 2 ? value & 0xffff : value & 0xff;
    const data = this.#isBigEndian() ? swap(low, size) : low;
    const device = mappings.devices[index];
    const offset = va & 0xfff;
    const master = this.#busMaster(index);
    if (device !== undefined) {
      const place = mappings.deviceOffsets[index] + offset;
      this.#bus.writeDevice(device, place, size as AccessWidth, data, master);
    } else if (!this.#bus.write(mappings.physical[index] + offset, size as AccessWidth, data, master)) {
      this.#abortExternal(va, true);
    }
  }

  #busMaster(index: number): number {
    const secure = (this.#tlb.mappings.flags[index] & MappingFlag.SECURE) !== 0;
    return secure ? this.#state.index | SECURE_ACCESS : this.#state.index;
  }

  /** Both pages are looked up before anything is read: the second may evict no entry of the first. */
  #loadCrossing(va: number, size: number, first: number, unprivileged: boolean): number {
    this.#tlb.statistics.pageCrossings++;
    this.#checkMemoryType(va, first, false);
    const next = ((va | 0xfff) + 1) | 0;
    const second = this.#lookup(next, Access.READ, unprivileged);
    this.#checkMemoryType(next, second, false);
    return this.#loadBytes(va, size, (next - va) | 0, first, second);
  }

  #storeCrossing(va: number, size: number, value: number, first: number, unprivileged: boolean): void {
    this.#tlb.statistics.pageCrossings++;
    this.#checkMemoryType(va, first, true);
    const next = ((va | 0xfff) + 1) | 0;
    const second = this.#lookup(next, Access.WRITE, unprivileged);
    this.#checkMemoryType(next, second, true);
    this.#storeBytes(va, size, value, (next - va) | 0, first, second);
  }

  /** @param split bytes before this one are in the page of `first`, the others in that of `second` */
  #loadBytes(va: number, size: number, split: number, first: number, second: number): number {
    let value = 0;
    for (let n = 0; n < size; n++) {
      const byte = this.#loadAt(va + n, 1, n < split ? first : second);
      value |= byte << (8 * (this.#isBigEndian() ? size - 1 - n : n));
    }
    return value;
  }

  #storeBytes(va: number, size: number, value: number, split: number, first: number, second: number): void {
    for (let n = 0; n < size; n++) {
      const byte = (value >>> (8 * (this.#isBigEndian() ? size - 1 - n : n))) & 0xff;
      this.#storeAt(va + n, 1, byte, n < split ? first : second);
    }
  }
}

function swap(value: number, size: number): number {
  if (size === 1) return value;
  if (size === 2) return ((value & 0xff) << 8) | ((value >>> 8) & 0xff);
  return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
}
