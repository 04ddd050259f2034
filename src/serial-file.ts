import { closeSync, openSync, writeSync } from 'node:fs';
import { writeError } from './errors.js';

const BATCH_BYTES = 8192;

/** A file that takes what a serial port sends; it begins empty. */
export class SerialFile {
  readonly #path: string;
  readonly #fd: number;
  readonly #batch = Buffer.allocUnsafe(BATCH_BYTES);
  #batched = 0;

  /** @throws UserError 73 or 77 */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#fd = openSync(path, 'w');
    } catch (error) {
      throw writeError(path, error);
    }
  }

  /** Writes one byte, at the latest with {@link flush}. */
  writeByte(byte: number): void {
    this.#batch[this.#batched++] = byte;
    if (this.#batched === BATCH_BYTES) this.flush();
  }

  /** @throws UserError 74 when the file cannot be written */
  flush(): void {
    const end = this.#batched;
    this.#batched = 0;
    try {
      for (let at = 0; at < end; ) at += writeSync(this.#fd, this.#batch, at, end - at);
    } catch (error) {
      throw writeError(this.#path, error);
    }
  }

  /** Writes what is left. @throws UserError 74 */
  close(): void {
    try {
      this.flush();
    } finally {
      closeSync(this.#fd);
    }
  }
}
