/** A segment of a static executable. */
export interface Segment {
  readonly address: number;
  /** Contents; the rest up to `size` is zero. */
  readonly data: Uint8Array;
  /** Bytes in memory; at least the length of the contents. */
  readonly size: number;
  readonly write: boolean;
  readonly execute: boolean;
}

const HEADER_BYTES = 52;
const PROGRAM_HEADER_BYTES = 32;
const PAGE = 0x1000;

/** A 32-bit little-endian Arm executable (EABI 5) of nothing but the given segments. */
export function writeElf(entry: number, segments: readonly Segment[]): Uint8Array {
  const offsets: number[] = [];
  let end = Math.ceil((HEADER_BYTES + segments.length * PROGRAM_HEADER_BYTES) / PAGE) * PAGE;
  for (const segment of segments) {
    offsets.push(end);
    end += Math.ceil(segment.data.length / PAGE) * PAGE;
  }
  const file = new Uint8Array(end);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  const half = (offset: number, value: number) => view.setUint16(offset, value, true);
  const word = (offset: number, value: number) => view.setUint32(offset, value >>> 0, true);
  half(16, 2); // ET_EXEC
  half(18, 40); // EM_ARM
  word(20, 1);
  word(24, entry);
  word(28, HEADER_BYTES);
  word(36, 0x0500_0400); // EABI version 5, hard float
  half(40, HEADER_BYTES);
  half(42, PROGRAM_HEADER_BYTES);
  half(44, segments.length);
  segments.forEach((segment, index) => {
    const header = HEADER_BYTES + index * PROGRAM_HEADER_BYTES;
    word(header, 1); // PT_LOAD
    word(header + 4, offsets[index]!);
    word(header + 8, segment.address);
    word(header + 12, segment.address);
    word(header + 16, segment.data.length);
    word(header + 20, segment.size);
    word(header + 24, 4 | (segment.write ? 2 : 0) | (segment.execute ? 1 : 0));
    word(header + 28, PAGE);
    file.set(segment.data, offsets[index]!);
  });
  return file;
}
