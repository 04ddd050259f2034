import type { AccessWidth, Device } from './devices/device.js';

/** Guest RAM: where it is for the guest and where it is for us. Bytes. */
export interface RamRegion {
  /** Guest physical address. */
  readonly address: number;
  readonly size: number;
  /** Offset in linear memory, a multiple of 64 KiB. */
  readonly offset: number;
  readonly readOnly: boolean;
}

interface DeviceWindow {
  readonly address: number;
  readonly end: number;
  readonly device: Device;
}

const PAGE_LOG2 = 12;
/** A power of two. */
const RECENT = 16;

/**
 * The physical address map. Addresses are physical bytes as JavaScript numbers, up to 2^40. Only the slow
 * path of an access comes here: plain RAM is reached through the TLB.
 */
export class Bus {
  readonly #ram: RamRegion[] = [];
  readonly #devices: DeviceWindow[] = [];
  /** Those that were found last, each at the place that its page gives: virtual machines go to and fro between a few. */
  readonly #recent = new Array<DeviceWindow | undefined>(RECENT).fill(undefined);
  /** Called for every device access when `--trace dev` is on. */
  trace: ((device: Device, offset: number, width: number, value: number, write: boolean) => void) | undefined;

  addRam(region: RamRegion): void {
    this.#ram.push(region);
  }

  removeRam(address: number): void {
    const index = this.#ram.findIndex((region) => region.address === address);
    if (index >= 0) this.#ram.splice(index, 1);
  }

  addDevice(address: number, device: Device): void {
    this.#devices.push({ address, end: address + device.size, device });
    this.#recent.fill(undefined);
  }

  /** Offset in linear memory of a physical address, or -1 when it is not RAM. */
  linearOffset(pa: number): number {
    const region = this.ramAt(pa);
    return region === undefined ? -1 : region.offset + (pa - region.address);
  }

  ramAt(pa: number): RamRegion | undefined {
    for (const region of this.#ram) {
      if (pa >= region.address && pa < region.address + region.size) return region;
    }
    return undefined;
  }

  /**
   * Reads a device register. `cpu` is the vCPU's index, with SECURE_ACCESS (0x100) for a Secure access.
   * @returns the value, unsigned, or -1 when nothing answers there (an external abort)
   */
  read(pa: number, width: AccessWidth, cpu: number): number {
    const window = this.#find(pa);
    if (window === undefined) return -1;
    const value = window.device.read(pa - window.address, width, cpu) >>> 0;
    this.trace?.(window.device, pa - window.address, width, value, false);
    return value;
  }

  /** Writes a device register. @returns false when nothing answers there (an external abort) */
  write(pa: number, width: AccessWidth, value: number, cpu: number): boolean {
    const window = this.#find(pa);
    if (window === undefined) return false;
    this.trace?.(window.device, pa - window.address, width, value >>> 0, true);
    window.device.write(pa - window.address, width, value >>> 0, cpu);
    return true;
  }

  #find(pa: number): DeviceWindow | undefined {
    const place = (pa >>> PAGE_LOG2) & (RECENT - 1);
    const recent = this.#recent[place];
    if (recent !== undefined && pa >= recent.address && pa < recent.end) return recent;
    for (const window of this.#devices) {
      if (pa >= window.address && pa < window.end) {
        this.#recent[place] = window;
        return window;
      }
    }
    return undefined;
  }
}
