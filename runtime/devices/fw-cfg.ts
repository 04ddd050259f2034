/**
 * QEMU's firmware configuration device, memory-mapped (QEMU `docs/specs/fw_cfg.rst`): items of bytes, chosen
 * by a 16-bit key, read through a data register or by DMA. Its registers are big-endian.
 */
import type { AccessWidth, Device, DmaMemory } from './device.js';

const DATA_END = 8;
const SELECTOR = 8;
const DMA_ADDRESS_HIGH = 16;
const DMA_ADDRESS_LOW = 20;
const DMA_END = 24;

/** Keys of the well-known items. */
export const FW_CFG_SIGNATURE = 0x00;
export const FW_CFG_ID = 0x01;
export const FW_CFG_UUID = 0x02;
export const FW_CFG_RAM_SIZE = 0x03;
export const FW_CFG_NOGRAPHIC = 0x04;
export const FW_CFG_NB_CPUS = 0x05;
export const FW_CFG_KERNEL_ADDR = 0x07;
export const FW_CFG_KERNEL_SIZE = 0x08;
export const FW_CFG_INITRD_ADDR = 0x0a;
export const FW_CFG_INITRD_SIZE = 0x0b;
export const FW_CFG_BOOT_MENU = 0x0e;
export const FW_CFG_MAX_CPUS = 0x0f;
export const FW_CFG_KERNEL_DATA = 0x11;
export const FW_CFG_INITRD_DATA = 0x12;
export const FW_CFG_CMDLINE_ADDR = 0x13;
export const FW_CFG_CMDLINE_SIZE = 0x14;
export const FW_CFG_CMDLINE_DATA = 0x15;
export const FW_CFG_FILE_DIR = 0x19;
const FIRST_FILE = 0x20;
/** Files that the directory has room for, as QEMU's: its keys end at 0x3f. */
const FILE_SLOTS = 0x20;
const FILE_NAME_BYTES = 56;
const FILE_ENTRY_BYTES = 64;

/** FW_CFG_ID: the traditional interface, and DMA. */
const FEATURES = 0b11;

/** FWCfgDmaAccess.control. */
const DMA_ERROR = 1 << 0;
const DMA_READ = 1 << 1;
const DMA_SKIP = 1 << 2;
const DMA_SELECT = 1 << 3;
const DMA_WRITE = 1 << 4;
/** control, length, address. */
const DMA_ACCESS_BYTES = 16;
/** "QEMU CFG", what the DMA address register reads as. */
const DMA_SIGNATURE = [0x51, 0x45, 0x4d, 0x55, 0x20, 0x43, 0x46, 0x47];

const NOTHING = new Uint8Array(0);

interface Item {
  bytes: Uint8Array;
  /** Whether the guest may write it by DMA. */
  writable: boolean;
}

/** Something that firmware loads by itself, at `address` if it is told. */
export interface FwCfgImage {
  bytes: Uint8Array;
  address?: number;
}

export interface FwCfgOptions {
  memory: DmaMemory;
  /** Bytes of RAM. */
  memoryBytes: number;
  cpus: number;
  /** What `--kernel`, `--initrd` and `--append` gave, for firmware that boots a kernel (`--bios`). */
  kernel?: FwCfgImage;
  initrd?: FwCfgImage;
  cmdline?: string;
  cmdlineAddress?: number;
}

export class FwCfg implements Device {
  readonly name = 'fw-cfg';
  readonly size = 0x18;
  readonly #memory: DmaMemory;
  readonly #items = new Map<number, Item>();
  readonly #files = new Map<string, Item>();
  #item: Item | undefined;
  #position = 0;
  #dmaHigh = 0;

  constructor(options: FwCfgOptions) {
    this.#memory = options.memory;
    this.addItem(FW_CFG_SIGNATURE, ascii('QEMU'));
    this.addItem(FW_CFG_ID, le32(FEATURES));
    this.addItem(FW_CFG_UUID, new Uint8Array(16));
    this.addItem(FW_CFG_RAM_SIZE, le64(options.memoryBytes));
    this.addItem(FW_CFG_NOGRAPHIC, le16(1));
    this.addItem(FW_CFG_NB_CPUS, le16(options.cpus));
    this.addItem(FW_CFG_MAX_CPUS, le16(options.cpus));
    this.addItem(FW_CFG_BOOT_MENU, le16(0));
    this.#addImage(options.kernel, FW_CFG_KERNEL_ADDR, FW_CFG_KERNEL_SIZE, FW_CFG_KERNEL_DATA);
    this.#addImage(options.initrd, FW_CFG_INITRD_ADDR, FW_CFG_INITRD_SIZE, FW_CFG_INITRD_DATA);
    if (options.cmdline !== undefined) {
      const bytes = ascii(`${options.cmdline}\0`);
      const image: FwCfgImage = { bytes };
      if (options.cmdlineAddress !== undefined) image.address = options.cmdlineAddress;
      this.#addImage(image, FW_CFG_CMDLINE_ADDR, FW_CFG_CMDLINE_SIZE, FW_CFG_CMDLINE_DATA);
    }
    this.#buildDirectory();
    this.reset();
  }

  reset(): void {
    this.#select(FW_CFG_SIGNATURE);
    this.#dmaHigh = 0;
  }

  /** Adds, or replaces, the item of a key. */
  addItem(key: number, bytes: Uint8Array): void {
    this.#items.set(key, { bytes, writable: false });
  }

  /**
   * Adds a named file such as `opt/org.example/x`, or replaces it. Keys follow the order of names.
   * @throws RangeError when the name is longer than 55 bytes or the directory is full.
   */
  addFile(name: string, bytes: Uint8Array, writable = false): void {
    if (ascii(name).length >= FILE_NAME_BYTES) throw new RangeError(`fw_cfg file name too long: ${name}`);
    if (!this.#files.has(name) && this.#files.size === FILE_SLOTS) {
      throw new RangeError('fw_cfg has no room for more files');
    }
    this.#files.set(name, { bytes, writable });
    this.#buildDirectory();
  }

  read(offset: number, width: AccessWidth): number {
    let value = 0;
    if (offset < DATA_END) {
      const bytes = this.#item?.bytes ?? NOTHING;
      for (let i = 0; i < width && this.#position < bytes.length; i++) {
        value |= bytes[this.#position++] << (8 * i);
      }
    } else if (offset >= DMA_ADDRESS_HIGH && offset + width <= DMA_END) {
      for (let i = 0; i < width; i++) value |= DMA_SIGNATURE[offset - DMA_ADDRESS_HIGH + i] << (8 * i);
    }
    return value >>> 0;
  }

  write(offset: number, width: AccessWidth, value: number): void {
    if (offset === SELECTOR && width === 2) {
      this.#select(((value & 0xff) << 8) | ((value >>> 8) & 0xff));
    } else if (offset === DMA_ADDRESS_HIGH && width === 4) {
      this.#dmaHigh = swap32(value);
    } else if (offset === DMA_ADDRESS_LOW && width === 4) {
      const address = this.#dmaHigh * 0x1_0000_0000 + swap32(value);
      this.#dmaHigh = 0;
      this.#transfer(address);
    }
  }

  #addImage(image: FwCfgImage | undefined, addressKey: number, sizeKey: number, dataKey: number): void {
    if (!image) return;
    if (image.address !== undefined) this.addItem(addressKey, le32(image.address));
    this.addItem(sizeKey, le32(image.bytes.length));
    this.addItem(dataKey, image.bytes);
  }

  #buildDirectory(): void {
    const names = [...this.#files.keys()].sort();
    const directory = new Uint8Array(4 + FILE_ENTRY_BYTES * names.length);
    const view = new DataView(directory.buffer);
    view.setUint32(0, names.length);
    names.forEach((name, index) => {
      const item = this.#files.get(name)!;
      const entry = 4 + FILE_ENTRY_BYTES * index;
      view.setUint32(entry, item.bytes.length);
      view.setUint16(entry + 4, FIRST_FILE + index);
      directory.set(ascii(name), entry + 8);
      this.#items.set(FIRST_FILE + index, item);
    });
    this.addItem(FW_CFG_FILE_DIR, directory);
  }

  #select(key: number): void {
    this.#item = this.#items.get(key);
    this.#position = 0;
  }

  #transfer(accessAddress: number): void {
    const access = new Uint8Array(DMA_ACCESS_BYTES);
    if (!this.#memory.read(accessAddress, access)) {
      this.#complete(accessAddress, false);
      return;
    }
    const view = new DataView(access.buffer);
    const control = view.getUint32(0);
    const length = view.getUint32(4);
    const address = view.getUint32(8) * 0x1_0000_0000 + view.getUint32(12);
    if (control & DMA_SELECT) this.#select(control >>> 16);
    let done = true;
    if (control & DMA_READ) done = this.#dmaRead(address, length);
    else if (control & DMA_WRITE) done = this.#dmaWrite(address, length);
    else if (control & DMA_SKIP) this.#position += Math.min(length, this.#left());
    this.#complete(accessAddress, done);
  }

  /** Clears FWCfgDmaAccess.control, or leaves the error bit alone in it. */
  #complete(accessAddress: number, done: boolean): void {
    this.#memory.write(accessAddress, new Uint8Array([0, 0, 0, done ? 0 : DMA_ERROR]));
  }

  #left(): number {
    return Math.max(0, (this.#item?.bytes.length ?? 0) - this.#position);
  }

  /** Item to guest; zeros after its end. All of it or nothing. */
  #dmaRead(address: number, length: number): boolean {
    if (length === 0) return true;
    const count = Math.min(length, this.#left());
    const bytes = this.#item?.bytes.subarray(this.#position, this.#position + count) ?? NOTHING;
    if (!this.#memory.write(address, bytes, length - count)) return false;
    this.#position += count;
    return true;
  }

  /** Guest to item; it must be writable and long enough. */
  #dmaWrite(address: number, length: number): boolean {
    if (length === 0) return true;
    if (!this.#item?.writable || length > this.#left()) return false;
    const target = this.#item.bytes.subarray(this.#position, this.#position + length);
    if (!this.#memory.read(address, target)) return false;
    this.#position += length;
    return true;
  }
}

function swap32(value: number): number {
  return ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | ((value >>> 24) & 0xff)) >>> 0;
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function le16(value: number): Uint8Array {
  return new Uint8Array([value, value >>> 8]);
}

function le32(value: number): Uint8Array {
  return new Uint8Array([value, value >>> 8, value >>> 16, value >>> 24]);
}

function le64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  bytes.set(le32(value));
  bytes.set(le32(Math.floor(value / 0x1_0000_0000)), 4);
  return bytes;
}
