/**
 * One virtio-mmio transport slot (virtio 1.1 4.2). Empty, it answers as QEMU's `virt` does: a device ID of
 * zero, by which drivers leave it alone, in the legacy version of the interface.
 */
import type { AccessWidth, Device } from './device.js';
import { narrow } from './registers.js';

const MAGIC_VALUE = 0x000;
const VERSION = 0x004;
const VENDOR_ID = 0x00c;

/** "virt". */
const MAGIC = 0x74726976;
const LEGACY_VERSION = 1;
/** "QEMU". */
const VENDOR = 0x554d4551;

/** Slots of the board, and bytes of each. */
export const VIRTIO_SLOTS = 32;
export const VIRTIO_SLOT_SIZE = 0x200;

/** What fills a slot: the whole register window, magic value included. */
export interface VirtioTransport {
  read(offset: number, width: AccessWidth): number;
  write(offset: number, width: AccessWidth, value: number): void;
  reset(): void;
}

export class VirtioMmioSlot implements Device {
  readonly name: string;
  readonly size = VIRTIO_SLOT_SIZE;
  #transport: VirtioTransport | undefined;

  /** @param index 0 to 31, for the name. */
  constructor(index: number) {
    this.name = `virtio-mmio${index}`;
  }

  /** Plugs something into the slot. */
  attach(transport: VirtioTransport): void {
    if (this.#transport) throw new Error(`${this.name} is taken`);
    this.#transport = transport;
  }

  get isEmpty(): boolean {
    return this.#transport === undefined;
  }

  read(offset: number, width: AccessWidth): number {
    if (this.#transport) return this.#transport.read(offset, width);
    switch (offset) {
      case MAGIC_VALUE:
        return narrow(MAGIC, 0, width);
      case VERSION:
        return LEGACY_VERSION;
      case VENDOR_ID:
        return narrow(VENDOR, 0, width);
    }
    return 0;
  }

  write(offset: number, width: AccessWidth, value: number): void {
    this.#transport?.write(offset, width, value);
  }

  reset(): void {
    this.#transport?.reset();
  }
}
