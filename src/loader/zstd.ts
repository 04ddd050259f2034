import { UserError } from '../errors.js';
import { FormatError, hasMagic, viewOf } from './format-error.js';
import { UnpackedBytes, type UnpackLimits } from './unpack-limits.js';

/** Zstandard (RFC 8878), unpacked by fzstd. That library believes a frame's header, which may ask for any memory: it is looked at here. */

export const zstdMagic = [0x28, 0xb5, 0x2f, 0xfd];

/** The largest window that zstd itself unpacks unless told otherwise (ZSTD_WINDOWLOG_LIMIT_DEFAULT). */
const maxWindow = 2 ** 27;
const maxBlock = 2 ** 17;
const skippableMagic = 0x184d_2a50;

/** Unpacks the frames at the start of `packed`; what follows is ignored. @throws FormatError */
export async function unzstd(packed: Uint8Array, limits: UnpackLimits): Promise<Uint8Array> {
  const { Decompress, decompress } = await import('fzstd');
  const out = new UnpackedBytes(limits);
  try {
    for (let at = 0; hasMagic(packed, zstdMagic, at) || isSkippable(packed, at); ) {
      if (isSkippable(packed, at)) {
        at += 8 + viewOf(packed).getUint32(at + 4, true);
        continue;
      }
      const frame = parseFrame(packed, at);
      const bytes = packed.subarray(at, frame.end);
      if (frame.contentSize !== undefined) {
        out.expect(frame.contentSize);
        out.add(decompress(bytes));
      } else {
        new Decompress((part) => out.add(part)).push(withSmallWindow(bytes, frame), true);
      }
      at = frame.end;
    }
  } catch (error) {
    // Of damaged data the library throws whatever comes of them.
    if (error instanceof FormatError || error instanceof UserError) throw error;
    throw new FormatError('damaged or truncated zstd data', { cause: error });
  }
  return out.toBytes();
}

interface Frame {
  readonly contentSize?: number;
  /** Offset in the frame of the window descriptor, in frames that have no content size. */
  readonly windowAt: number;
  /** Its blocks unpack to this or less. */
  readonly mostBytes: number;
  /** Offset in the file of what follows. */
  readonly end: number;
}

/** The header and the lengths of the blocks (RFC 8878 3.1.1). @throws FormatError or RangeError when it is damaged or cut short */
function parseFrame(packed: Uint8Array, start: number): Frame {
  const view = viewOf(packed);
  const descriptor = view.getUint8(start + 4);
  const singleSegment = (descriptor & 0x20) !== 0;
  const windowAt = 5;
  const dictionaryAt = start + windowAt + (singleSegment ? 0 : 1);
  const sizeAt = dictionaryAt + [0, 1, 2, 4][descriptor & 3];
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6];
  let at = sizeAt + sizeBytes;
  let mostBytes = 0;
  for (let last = false; !last; ) {
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    const size = header >> 3;
    const kind = (header >> 1) & 3;
    last = (header & 1) !== 0;
    mostBytes += kind === 2 ? maxBlock : size;
    at += 3 + (kind === 1 ? 1 : size);
  }
  at += descriptor & 4 ? 4 : 0;
  if (at > packed.length) throw new FormatError('truncated zstd data');
  const contentSize = [
    () => (sizeBytes === 1 ? view.getUint8(sizeAt) : undefined),
    () => 256 + view.getUint16(sizeAt, true),
    () => view.getUint32(sizeAt, true),
    () => view.getUint32(sizeAt, true) + 2 ** 32 * view.getUint32(sizeAt + 4, true),
  ][descriptor >> 6]();
  return { ...(contentSize !== undefined && { contentSize }), windowAt, mostBytes, end: at };
}

/**
 * The frame with a window no larger than what comes out. The library fills a whole window and moves it at each block.
 * @throws FormatError when the window is too large all the same
 */
function withSmallWindow(frame: Uint8Array, { windowAt, mostBytes }: Frame): Uint8Array {
  const descriptor = frame[windowAt];
  const base = 2 ** (10 + (descriptor >> 3));
  const window = base + (base / 8) * (descriptor & 7);
  // A power of two: a descriptor without a mantissa.
  const exponent = Math.max(17, Math.ceil(Math.log2(mostBytes)));
  if (Math.min(window, 2 ** exponent) > maxWindow) {
    throw new FormatError(`its zstd window has more than ${maxWindow / 2 ** 20} MiB: pack it without --long`);
  }
  if (window <= 2 ** exponent) return frame;
  const copy = Uint8Array.from(frame);
  copy[windowAt] = (exponent - 10) << 3;
  return copy;
}

/** A frame that is not for us (RFC 8878 3.1.2): magic, then its size. */
const isSkippable = (bytes: Uint8Array, at: number): boolean =>
  at + 8 <= bytes.length && (viewOf(bytes).getUint32(at, true) & ~15) >>> 0 === skippableMagic;
