/**
 * Where things lie in guest physical memory: the same under `qemu-system-arm -M virt` and in our machine. The
 * first 2 MiB of RAM are left to QEMU's device tree. With the MMU on, everything below is mapped to itself.
 */
export const RAM = 0x4000_0000;
export const RAM_BYTES = 0x0400_0000;

/** The monitor: its code and the vector tables. A section of its own, never written by the guest. */
export const MONITOR = 0x4020_0000;
/** 1 MiB whose last 64 KiB hold the high vectors, for mappings of 0xffff_0000. */
export const HIGH_VECTORS = 0x4030_0000;
export const HIGH_VECTORS_VA = 0xffff_0000;
/** 1 MiB of {@link FILLER}: what page tables under test point to. */
export const TARGET = 0x4040_0000;
export const TARGET_BYTES = 0x10_0000;
/** Translation tables. */
export const TABLES = 0x4050_0000;
export const TABLES_BYTES = 0x20_0000;
/** The monitor's variables and the window that loads and stores use. */
export const VARIABLES = 0x4070_0000;
export const WINDOW_PAGE = 0x4070_1000;
export const WINDOW = WINDOW_PAGE + 0x800;
export const WINDOW_WORDS = 32;
/** Test code. */
export const CODE = 0x4080_0000;
export const CODE_BYTES = 0x80_0000;
/** Room of a case's code unless it asks for more. */
export const SLOT_BYTES = 64;
export const INPUT = 0x4100_0000;
export const OUTPUT = 0x4200_0000;
/** What {@link TARGET} is set to before all cases are run once more. */
export const TARGET_COPY = 0x4300_0000;
/** Results of register sweeps. */
export const SWEEP = 0x4380_0000;
export const END = RAM + RAM_BYTES;

/** Most cases of an image. */
export const CASES = 20_000;

/** UNDEFINED in A32, and in Thumb at every halfword, without a branch that an IT block could make UNPREDICTABLE. */
export const FILLER = 0xffff_ffff;
