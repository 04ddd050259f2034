/** Width of one bus access, in bytes. */
export type AccessWidth = 1 | 2 | 4;

/** Set in the `cpu` argument of an access for a Secure one. */
export const SECURE_ACCESS = 0x100;

/**
 * A memory-mapped peripheral. Offsets are bytes from the peripheral's base; values are unsigned 32-bit
 * numbers, in the low bits for narrower accesses. `cpu` is the index of the vCPU that makes the access
 * (banked registers of the GIC need it). 64-bit guest accesses arrive as two 32-bit ones, low word first.
 */
export interface Device {
  /** A short name for traces and errors, such as `pl011`. */
  readonly name: string;
  /** Size in bytes of the register window. */
  readonly size: number;
  read(offset: number, width: AccessWidth, cpu: number): number;
  write(offset: number, width: AccessWidth, value: number, cpu: number): void;
  /** Puts every register back to its reset value. */
  reset(): void;
}

/** A wire into an interrupt controller (or into a CPU). Level is `true` while asserted. */
export type InterruptLine = (level: boolean) => void;

/** What a bus master (fw_cfg's DMA, virtio) sees of guest physical memory. Addresses are physical, in bytes. */
export interface DmaMemory {
  /** @returns false when part of the range is not RAM; nothing is transferred then. */
  read(address: number, into: Uint8Array): boolean;
  /**
   * @param zeros bytes of zero behind those of `from`; from the guest, so that any 32-bit number is possible
   * @returns false when part of the range is not RAM; nothing is transferred then.
   */
  write(address: number, from: Uint8Array, zeros?: number): boolean;
}
