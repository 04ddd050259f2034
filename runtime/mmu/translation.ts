/** Kinds of access, and permission bits. */
export const Access = { READ: 1, WRITE: 2, EXECUTE: 4 } as const;
export const ALL_ACCESSES = Access.READ | Access.WRITE | Access.EXECUTE;

/**
 * Memory attributes as a MAIR byte (ARM DDI 0406C B4.1.104): outer attribute in bits 7:4, inner in bits 3:0;
 * outer 0 is Strongly-ordered or Device.
 */
export const Attributes = {
  STRONGLY_ORDERED: 0x00,
  DEVICE: 0x04,
  NORMAL_NON_CACHEABLE: 0x44,
  NORMAL_WRITE_BACK: 0xff,
} as const;

/** Shareability as SH[1:0] of the Long-descriptor format. */
export const Shareability = { NON: 0, OUTER: 2, INNER: 3 } as const;

/** Whether a MAIR byte means Device or Strongly-ordered memory: unaligned accesses fault there. */
export function isDevice(attributes: number): boolean {
  return (attributes & 0xf0) === 0;
}

/** The result of a walk: filled in again and again. */
export class Translation {
  /** Physical address of the byte asked for; between the stages an intermediate one. 40 bits. */
  pa = 0;
  /** {@link Access} bits that the privilege level asked for has. */
  permissions = 0;
  /** A MAIR byte; see {@link Attributes}. */
  attributes = 0;
  /** See {@link Shareability}. */
  shareability = 0;
  /** log2 of the bytes that the stage-1 descriptor maps. */
  sizeLog2 = 12;
  /** log2 of the bytes around it that lead to one piece of physical memory with the same rights: of the smaller of both stages' descriptors. */
  contiguousLog2 = 12;
  /** The output address is in the Secure address space. */
  secure = false;
  /** Device or Strongly-ordered memory, because stage 2 says so. */
  deviceByStage2 = false;
  /** nG: the mapping is of the current ASID only. */
  notGlobal = false;
}
