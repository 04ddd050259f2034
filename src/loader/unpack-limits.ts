import { FormatError } from './format-error.js';

/** How far unpacking may go: a small file can unpack to any size. */
export interface UnpackLimits {
  /** Most bytes that may come out. */
  readonly maxBytes: number;
  /** What to do about a larger file, for the message. */
  readonly advice?: string;
  /** Called every few MiB at the latest; throws when time is up. */
  readonly checkTime?: () => void;
}

/** What a file unpacks to is beyond the limit. */
export class TooLargeError extends FormatError {
  constructor({ maxBytes, advice }: UnpackLimits) {
    super(`it unpacks to more than ${maxBytes / 2 ** 20} MiB${advice === undefined ? '' : `: ${advice}`}`);
  }
}

/** @param total bytes that came out so far, or are about to. @throws TooLargeError, or what `checkTime` throws */
export function checkLimits(limits: UnpackLimits, total: number): void {
  if (total > limits.maxBytes) throw new TooLargeError(limits);
  limits.checkTime?.();
}

/** Unpacked pieces, put together. */
export class UnpackedBytes {
  readonly #limits: UnpackLimits;
  readonly #parts: Uint8Array[] = [];
  length = 0;

  constructor(limits: UnpackLimits) {
    this.#limits = limits;
  }

  /** @throws TooLargeError, before anything of so many bytes is made */
  expect(count: number): void {
    checkLimits(this.#limits, this.length + count);
  }

  add(part: Uint8Array): void {
    this.expect(part.length);
    this.#parts.push(part);
    this.length += part.length;
  }

  toBytes(): Uint8Array {
    return this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
  }
}
