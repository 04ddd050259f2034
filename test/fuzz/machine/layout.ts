/** Where everything lies in the memory of a program, as byte offsets from the start of its window of RAM. */

/** Bytes of the window: all of RAM on most boards. */
export const WINDOW_BYTES = 0x8_0000;

/** Vector tables of PL1 modes, Hyp mode and Monitor mode, A32; those of PL1 and Hyp mode once more in Thumb. */
export const VECTORS = 0x0000;
export const HYP_VECTORS = 0x0800;
export const MONITOR_VECTORS = 0x1000;
export const THUMB_VECTORS = 0x1800;

/** Two pages of code: it may cross from one to the other. */
export const CODE = 0x2000;
export const CODE_BYTES = 0x2000;

/** Two pages that the tables map in the same order for data, and to other physical pages. */
export const DATA = 0x4000;
export const DATA_BYTES = 0x8000;
export const STACKS = 0xc000;
export const STACK_BYTES = 0x800;

/** Short-descriptor tables. */
export const SHORT_LEVEL1 = 0x1_8000;
export const SHORT_LEVEL2 = 0x1_c000;
/** Long-descriptor tables of PL1&0, Hyp mode and stage 2. */
export const LONG_TABLES = 0x2_0000;
export const HYP_TABLES = 0x2_8000;
export const STAGE2_TABLES = 0x3_0000;
/** Room for a kind's own tables and descriptors. */
export const FREE = 0x4_0000;
export const FREE_BYTES = 0x4_0000;

/** Virtual address of a megabyte in which the fixed tables map pages of every sort: see tables.ts. */
export const SORTS = 0x0200_0000;
