/**
 * Parallel NOR flash with the Intel command set (JEDEC JESD68.01 and JEP137, Intel StrataFlash), as each of
 * the two banks of QEMU's `virt`: two 16-bit chips side by side on a 32-bit bus, blocks of 256 KiB.
 *
 * Programming and erasing take no time. Programming clears bits only; erasing sets them.
 */
import type { AccessWidth, Device } from './device.js';
import { byteMask, narrow } from './registers.js';

/** Bytes of each bank of the board. */
export const FLASH_BANK_SIZE = 0x0400_0000;
/** Bytes of an erase block, over both chips. */
export const FLASH_BLOCK_SIZE = 0x4_0000;
const CHIPS = 2;
/** log2 of the bytes of one chip's write buffer. */
const WRITE_BUFFER_LOG2 = 11;
const WRITE_BUFFER_SIZE = CHIPS << WRITE_BUFFER_LOG2;

const READ_ARRAY = 0xff;
const READ_ARRAY_AMD = 0xf0;
const READ_IDENTIFIER = 0x90;
const READ_QUERY = 0x98;
const READ_STATUS = 0x70;
const CLEAR_STATUS = 0x50;
const PROGRAM = 0x40;
const PROGRAM_ALTERNATE = 0x10;
const BUFFERED_PROGRAM = 0xe8;
const BLOCK_ERASE = 0x20;
const LOCK_SETUP = 0x60;
const CONFIRM = 0xd0;
const LOCK_BLOCK = 0x01;

const STATUS_READY = 1 << 7;
const STATUS_ERASE_ERROR = 1 << 5;
const STATUS_PROGRAM_ERROR = 1 << 4;

/** Manufacturer Intel; the device code that QEMU uses. */
const MANUFACTURER = 0x89;
const DEVICE = 0x18;

/** What the next write means. */
const EXPECT_COMMAND = 0;
const EXPECT_PROGRAM_DATA = 1;
const EXPECT_BUFFER_COUNT = 2;
const EXPECT_BUFFER_DATA = 3;
const EXPECT_BUFFER_CONFIRM = 4;
const EXPECT_ERASE_CONFIRM = 5;
const EXPECT_LOCK_CONFIRM = 6;

export interface CfiFlashOptions {
  name: string;
  /** The content, which becomes the device's own: a multiple of the block size long. */
  bytes: Uint8Array;
  /** Programs and erasures fail. */
  readOnly?: boolean;
}

export class CfiFlash implements Device {
  readonly name: string;
  readonly size: number;
  readonly bytes: Uint8Array;
  /** Called with `arrayMode` when it changes: while it is true, reads are those of plain memory. */
  onModeChange: (arrayMode: boolean) => void = () => {};

  readonly #readOnly: boolean;
  readonly #query: Uint8Array;
  /** READ_ARRAY, READ_IDENTIFIER, READ_QUERY or READ_STATUS. */
  #mode = READ_ARRAY;
  #expect = EXPECT_COMMAND;
  #status = STATUS_READY;
  /** Buffered program: words still to come, and where the buffer lies. */
  #remaining = 0;
  #bufferBase = -1;
  readonly #buffer = new Uint8Array(WRITE_BUFFER_SIZE);

  /** @throws RangeError when the content is not a whole number of blocks. */
  constructor(options: CfiFlashOptions) {
    if (options.bytes.length === 0 || options.bytes.length % FLASH_BLOCK_SIZE !== 0) {
      throw new RangeError(`flash ${options.name} is not a whole number of ${FLASH_BLOCK_SIZE}-byte blocks`);
    }
    this.name = options.name;
    this.bytes = options.bytes;
    this.size = options.bytes.length;
    this.#readOnly = options.readOnly ?? false;
    this.#query = queryTable(this.size);
  }

  get arrayMode(): boolean {
    return this.#mode === READ_ARRAY;
  }

  /** Back to read-array mode; the content stays. */
  reset(): void {
    this.#status = STATUS_READY;
    this.#toArray();
  }

  read(offset: number, width: AccessWidth): number {
    switch (this.#mode) {
      case READ_STATUS:
        return width === 4 ? this.#status | (this.#status << 16) : this.#status;
      case READ_IDENTIFIER:
        return bothChips(identifier((offset >>> 2) & 0xff), offset, width);
      case READ_QUERY:
        return bothChips(this.#query[offset >>> 2] ?? 0, offset, width);
    }
    let value = 0;
    for (let i = 0; i < width; i++) value |= this.bytes[offset + i] << (8 * i);
    return value >>> 0;
  }

  write(offset: number, width: AccessWidth, value: number): void {
    const command = value & 0xff;
    switch (this.#expect) {
      case EXPECT_COMMAND:
        this.#command(command);
        break;
      case EXPECT_PROGRAM_DATA:
        if (this.#readOnly) this.#status |= STATUS_PROGRAM_ERROR;
        else program(this.bytes, offset, width, value);
        this.#expect = EXPECT_COMMAND;
        break;
      case EXPECT_BUFFER_COUNT:
        // Words less one, the same for both chips.
        this.#remaining = (value & 0xffff) + 1;
        this.#bufferBase = -1;
        this.#expect = EXPECT_BUFFER_DATA;
        break;
      case EXPECT_BUFFER_DATA:
        this.#bufferWrite(offset, width, value);
        break;
      case EXPECT_BUFFER_CONFIRM:
        if (command === CONFIRM) this.#bufferFlush();
        else this.#toArray();
        this.#expect = EXPECT_COMMAND;
        break;
      case EXPECT_ERASE_CONFIRM:
        if (command === CONFIRM) this.#erase(offset);
        else this.#sequenceError(command);
        this.#expect = EXPECT_COMMAND;
        break;
      case EXPECT_LOCK_CONFIRM:
        // Blocks are never locked; locking and unlocking succeed.
        if (command !== CONFIRM && command !== LOCK_BLOCK) this.#toArray();
        this.#expect = EXPECT_COMMAND;
        break;
    }
  }

  #command(command: number): void {
    switch (command) {
      case READ_IDENTIFIER:
      case READ_QUERY:
      case READ_STATUS:
        this.#setMode(command);
        break;
      case CLEAR_STATUS:
        this.#status = STATUS_READY;
        this.#toArray();
        break;
      case PROGRAM:
      case PROGRAM_ALTERNATE:
        this.#begin(EXPECT_PROGRAM_DATA);
        break;
      case BUFFERED_PROGRAM:
        this.#begin(EXPECT_BUFFER_COUNT);
        break;
      case BLOCK_ERASE:
        this.#begin(EXPECT_ERASE_CONFIRM);
        break;
      case LOCK_SETUP:
        this.#begin(EXPECT_LOCK_CONFIRM);
        break;
      case READ_ARRAY:
      case READ_ARRAY_AMD:
        this.#toArray();
        break;
      default:
        // Not a command: QEMU falls back to the array.
        this.#toArray();
    }
  }

  /** A command of several writes begins; reads give the status from now on. */
  #begin(expect: number): void {
    this.#expect = expect;
    this.#setMode(READ_STATUS);
  }

  #toArray(): void {
    this.#expect = EXPECT_COMMAND;
    this.#setMode(READ_ARRAY);
  }

  #setMode(mode: number): void {
    const wasArray = this.arrayMode;
    this.#mode = mode;
    if (wasArray !== this.arrayMode) this.onModeChange(this.arrayMode);
  }

  #sequenceError(command: number): void {
    if (command === READ_ARRAY) this.#toArray();
    else this.#status |= STATUS_ERASE_ERROR | STATUS_PROGRAM_ERROR;
  }

  #bufferWrite(offset: number, width: AccessWidth, value: number): void {
    if (this.#bufferBase < 0) {
      this.#bufferBase = offset - (offset % WRITE_BUFFER_SIZE);
      this.#buffer.fill(0xff);
    }
    const place = offset - this.#bufferBase;
    if (place < 0 || place + width > WRITE_BUFFER_SIZE) this.#status |= STATUS_PROGRAM_ERROR;
    else program(this.#buffer, place, width, value);
    if (--this.#remaining === 0) this.#expect = EXPECT_BUFFER_CONFIRM;
  }

  #bufferFlush(): void {
    if (this.#readOnly) this.#status |= STATUS_PROGRAM_ERROR;
    if (this.#status & STATUS_PROGRAM_ERROR) return;
    for (let i = 0; i < WRITE_BUFFER_SIZE; i++) this.bytes[this.#bufferBase + i] &= this.#buffer[i];
  }

  #erase(offset: number): void {
    if (this.#readOnly) {
      this.#status |= STATUS_ERASE_ERROR;
      return;
    }
    const start = offset - (offset % FLASH_BLOCK_SIZE);
    this.bytes.fill(0xff, start, start + FLASH_BLOCK_SIZE);
  }
}

/** A bank's content: the image from its start, then zeros, as QEMU's. @throws RangeError when it does not fit. */
export function flashContent(image: Uint8Array, size = FLASH_BANK_SIZE): Uint8Array {
  if (image.length > size) throw new RangeError(`the image has ${image.length} bytes, the flash ${size}`);
  const bytes = new Uint8Array(size);
  bytes.set(image);
  return bytes;
}

/** The same value from each chip. */
function bothChips(value: number, offset: number, width: AccessWidth): number {
  return narrow(value | (value << 16), offset, width);
}

function identifier(word: number): number {
  if (word === 0) return MANUFACTURER;
  // Word 2 of a block is its lock state: unlocked.
  return word === 1 ? DEVICE : 0;
}

/** Programs little-endian bytes: a bit can only go from one to zero. */
function program(target: Uint8Array, offset: number, width: AccessWidth, value: number): void {
  value &= byteMask(0, width);
  for (let i = 0; i < width; i++) target[offset + i] &= value >>> (8 * i);
}

/** The CFI query structure of one chip. */
function queryTable(size: number): Uint8Array {
  const chipSize = size / CHIPS;
  const blocks = size / FLASH_BLOCK_SIZE - 1;
  const chipBlock = FLASH_BLOCK_SIZE / CHIPS;
  const table = new Uint8Array(0x52);
  table.set([0x51, 0x52, 0x59], 0x10); // "QRY"
  table.set([0x01, 0x00], 0x13); // primary command set: Intel
  table.set([0x31, 0x00], 0x15); // its extended table
  table.set([0x45, 0x55, 0x00, 0x00], 0x1b); // Vcc 4.5 to 5.5 V, no Vpp
  table.set([0x07, 0x07, 0x0a, 0x00], 0x1f); // typical times, log2: word 128 us, buffer 128 us, erase 1 s
  table.set([0x04, 0x04, 0x04, 0x00], 0x23); // worst times, log2 of a multiple
  table[0x27] = Math.log2(chipSize);
  table.set([0x02, 0x00], 0x28); // x8 and x16
  table.set([WRITE_BUFFER_LOG2, 0x00], 0x2a);
  table.set([0x01, blocks, blocks >>> 8, chipBlock >>> 8, chipBlock >>> 16], 0x2c); // one region of equal blocks
  table.set([0x50, 0x52, 0x49, 0x31, 0x30], 0x31); // "PRI", version 1.0
  table[0x3f] = 0x01; // protection fields
  return table;
}
