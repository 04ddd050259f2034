/**
 * Where things lie in the address space of a conformance run: the same for `qemu-arm` and for our machine.
 * User mode sees CODE (read, execute) and WINDOW (read, write) on both. The rest is the harness's own: no
 * test case may touch it.
 */
export const GLUE = 0x0100_0000;
/** The glue's variables; their first word is within reach of a PC-relative load from GLUE. */
export const VARIABLES = GLUE + 0x1000;
export const SIGNAL_STACK = VARIABLES + 0x1000;
export const SIGNAL_STACK_BYTES = 0x1_0000;
export const INPUT = 0x0200_0000;
export const OUTPUT = 0x0600_0000;

/** Test instructions, one slot each. */
export const CODE = 0x1000_0000;
/** Filler before the first and after the last slot: PC-relative loads and branches reach that far. */
export const CODE_MARGIN = 0x2000;
/** Bytes from one slot to the next. */
export const SLOT_BYTES = 64;
/** The same for branches, so that most of them end in filler. */
export const BRANCH_SLOT_BYTES = 4096 + SLOT_BYTES;
/** Bytes of CODE, all of them mapped. */
export const CODE_BYTES = 0x0040_0000;

/** The page that loads and stores use. */
export const WINDOW_PAGE = 0x3000_0000;
export const WINDOW_PAGE_BYTES = 0x1000;
/** The part of it that each case sets and that is compared. */
export const WINDOW = WINDOW_PAGE + 0x700;
export const WINDOW_WORDS = 128;

/**
 * A word that traps in both instruction sets: UDF in A32; in Thumb UDF, and before it a branch to the next
 * halfword.
 */
export const FILLER = 0xe7ff_def0;
/** UDF in Thumb. */
export const FILLER_THUMB = 0xdef0;

/** Whether an access or a fetch there faults on both sides and so may be tested. Address unsigned. */
export function isUnmapped(address: number): boolean {
  return (
    address < 0xf000 ||
    (address >= CODE - 0x0400_0000 && address < CODE - 0x1000) ||
    (address >= CODE + CODE_BYTES + 0x1000 && address < WINDOW_PAGE) ||
    (address >= WINDOW_PAGE + WINDOW_PAGE_BYTES && address < 0x3e00_0000) ||
    (address >= 0x6000_0000 && address < 0xf000_0000)
  );
}
