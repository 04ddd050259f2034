import { PAGE_BYTES } from '../jit/abi/tlb.js';
import { type AccessWidth, type Device, SECURE_ACCESS } from './devices/device.js';

/** Guest RAM: where it is for the guest and where it is for us. Bytes. */
export interface RamRegion {
  /** Guest physical address. */
  readonly address: number;
  readonly size: number;
  /** Offset in linear memory, a multiple of 64 KiB. */
  readonly offset: number;
  readonly readOnly: boolean;
  /** In the Secure address space alone: Non-secure accesses find nothing there. */
  readonly secureOnly?: boolean;
}

/** Where a device is: guest physical addresses, `end` is the first behind it. */
export interface DeviceWindow {
  readonly address: number;
  readonly end: number;
  readonly device: Device;
  /** In the Secure address space alone. */
  readonly secureOnly: boolean;
}

/** A power of two. */
const RECENT = 16;

/**
 * The physical address map. Addresses are physical bytes as JavaScript numbers, up to 2^40. Only the slow
 * path of an access comes here: plain RAM is reached through the TLB.
 */
export class Bus {
  readonly #ram: RamRegion[] = [];
  readonly #devices: DeviceWindow[] = [];
  /** Those that were found last, each at the place that its page gives: for pages with several. */
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

  /** @param secureOnly in the Secure address space alone */
  addDevice(address: number, device: Device, secureOnly = false): void {
    this.#devices.push({ address, end: address + device.size, device, secureOnly });
    this.#recent.fill(undefined);
  }

  /** Offset in linear memory of a physical address of the Secure address space, which has all there is; -1 when it is not RAM. */
  linearOffset(pa: number): number {
    const region = this.ramAt(pa, true);
    return region === undefined ? -1 : region.offset + (pa - region.address);
  }

  /** @param secure in the Secure address space */
  ramAt(pa: number, secure: boolean): RamRegion | undefined {
    for (const region of this.#ram) {
      if (pa >= region.address && pa < region.address + region.size) {
        return region.secureOnly === true && !secure ? undefined : region;
      }
    }
    return undefined;
  }

  /**
   * The device that has all of the page at a physical address, a multiple of 4096; undefined where none has.
   * @param secure in the Secure address space
   */
  deviceOfPage(pa: number, secure: boolean): DeviceWindow | undefined {
    const window = this.#find(pa, secure);
    return window !== undefined && pa + PAGE_BYTES <= window.end ? window : undefined;
  }

  /**
   * Reads a device register. `cpu` is the vCPU's index, with SECURE_ACCESS (0x100) for a Secure access.
   * @returns the value, unsigned, or -1 when nothing answers there (an external abort)
   */
  read(pa: number, width: AccessWidth, cpu: number): number {
    const window = this.#find(pa, (cpu & SECURE_ACCESS) !== 0);
    return window === undefined ? -1 : this.readDevice(window, pa - window.address, width, cpu);
  }

  /** Writes a device register. @returns false when nothing answers there (an external abort) */
  write(pa: number, width: AccessWidth, value: number, cpu: number): boolean {
    const window = this.#find(pa, (cpu & SECURE_ACCESS) !== 0);
    if (window === undefined) return false;
    this.writeDevice(window, pa - window.address, width, value, cpu);
    return true;
  }

  /** As {@link read}, `offset` bytes into a window. */
  readDevice({ device }: DeviceWindow, offset: number, width: AccessWidth, cpu: number): number {
    const value = device.read(offset, width, cpu) >>> 0;
    this.trace?.(device, offset, width, value, false);
    return value;
  }

  /** As {@link write}, `offset` bytes into a window. */
  writeDevice(
    { device }: DeviceWindow,
    offset: number,
    width: AccessWidth,
    value: number,
    cpu: number,
  ): void {
    this.trace?.(device, offset, width, value >>> 0, true);
    device.write(offset, width, value >>> 0, cpu);
  }

  #find(pa: number, secure: boolean): DeviceWindow | undefined {
    const window = this.#findAny(pa);
    return !secure && window?.secureOnly ? undefined : window;
  }

  #findAny(pa: number): DeviceWindow | undefined {
    const place = Math.floor(pa / PAGE_BYTES) & (RECENT - 1);
    const recent = this.#recent[place];
    if (recent !== undefined && pa >= recent.address && pa < recent.end) return recent;
    const found = this.#devices.find((window) => pa >= window.address && pa < window.end);
    if (found !== undefined) this.#recent[place] = found;
    return found;
  }
}
