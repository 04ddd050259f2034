import type { Unpack } from './kernel-cache.js';
import type { UnpackLimits } from './unpack-limits.js';

/** A range of guest memory to fill before the machine starts. */
export interface Segment {
  /** Guest physical address of the first byte. */
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** A kernel or bare-metal program, unpacked and placed. */
export interface Kernel {
  /** What it is, for messages and `--stats`: `zImage (xz)`. */
  readonly format: string;
  readonly segments: readonly Segment[];
  /** First PC, bit 0 clear. */
  readonly entry: number;
  /** The entry point is T32 code. */
  readonly thumb: boolean;
  /** First address past everything the kernel uses before it knows its memory: image, BSS, room to unpack itself. */
  readonly end: number;
  /** What the file brings along, for those who give no other. */
  readonly deviceTree?: Uint8Array;
  readonly initrd?: Uint8Array;
}

export interface PlacementOptions {
  /** Where RAM starts. */
  readonly ramBase: number;
  /** Bytes of RAM. */
  readonly memory: number;
}

/** Where code goes that may be anywhere, above the start of RAM: QEMU's choice, which bare-metal programs are linked for. */
export const loadOffset = 0x1_0000;

/** How a packed kernel is unpacked on the host. */
export interface UnpackOptions {
  /** `decompress` unless told otherwise. */
  readonly unpack?: Unpack;
  /** As in {@link UnpackLimits}. */
  readonly checkTime?: () => void;
}

/** A smaller RAM than this is no limit: what is too large for it should be told of with the size that it needs. */
const leastUnpackLimit = 64 << 20;

/** A kernel unpacks to no more than RAM. */
export function unpackLimits({ memory, checkTime }: PlacementOptions & UnpackOptions): UnpackLimits {
  return {
    maxBytes: Math.max(memory, leastUnpackLimit),
    advice: "it does not fit the guest's memory (--memory)",
    ...(checkTime && { checkTime }),
  };
}

/** Rounds up to a multiple of `alignment` (any positive number). */
export function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
