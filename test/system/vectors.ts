/** The vector tables: each entry leads to a stub that notes which it was and goes to the monitor. */
import { add, bx, constant, ERET, MOVS_PC_LR, mcr, mrsBanked, mrsCpsr, msrBanked } from './assembler.js';
import { TPIDRPRW, TPIDRURO, TPIDRURW } from './cp15.js';

/** What a sweep finds in R0 after an access that is UNDEFINED. */
export const UNDEFINED_MARK = 0xdead_c0de;

/** Numbers of the tables: VECTOR of an output record is 8 × table + vector. */
export const Table = {
  A32: 0,
  THUMB: 1,
  OTHER_A32: 2,
  OTHER_THUMB: 3,
  HIGH: 4,
  /** As A32, but Undefined Instruction puts {@link UNDEFINED_MARK} into R0 and goes on behind the instruction. */
  SKIP: 5,
  HYP_A32: 6,
  HYP_THUMB: 7,
  HYP_SKIP: 8,
} as const;

export const TABLE_COUNT = 9;
/** Bytes from one table to the next. */
export const TABLE_STRIDE = 0x200;

const ELR_HYP = 30;
const UNDEFINED_VECTOR = 1;

/** The words of a table that is linked anywhere; `monitor` is the A32 routine that stubs go to. */
export function vectorTable(table: number, monitor: number): number[] {
  const thumb = table === Table.THUMB || table === Table.OTHER_THUMB || table === Table.HYP_THUMB;
  const stubs = Array.from({ length: 8 }, (_, vector) => stub(table, vector, monitor, thumb));
  const words: number[] = [];
  let offset = 32;
  stubs.forEach((code, vector) => {
    words.push(thumb ? branchThumb(offset - 4 * vector) : branchA32(offset - 4 * vector));
    offset += 4 * code.length;
  });
  words.push(...stubs.flat());
  if (4 * words.length > TABLE_STRIDE) throw new Error('a vector table is too long');
  return words;
}

function stub(table: number, vector: number, monitor: number, thumb: boolean): number[] {
  if (vector === UNDEFINED_VECTOR && table === Table.SKIP) {
    return [...constant(0, UNDEFINED_MARK), MOVS_PC_LR];
  }
  if (vector === UNDEFINED_VECTOR && table === Table.HYP_SKIP) {
    return [
      mrsBanked(0, 0, ELR_HYP),
      add(0, 0, 4),
      msrBanked(0, ELR_HYP, 0),
      ...constant(0, UNDEFINED_MARK),
      ERET,
    ];
  }
  const id = 8 * table + vector;
  const saves = [mcr(0, TPIDRURW), mcr(1, TPIDRURO), mcr(2, TPIDRPRW)];
  if (!thumb) return [...saves, mrsCpsr(0), constant(1, id)[0], ...constant(2, monitor), bx(2)];
  return [
    ...saves.map(swapHalves),
    swapHalves(0xf3ef_8000), // mrs r0, cpsr
    moveThumb(0xf240_0000, 1, id),
    moveThumb(0xf240_0000, 2, monitor & 0xffff),
    moveThumb(0xf2c0_0000, 2, monitor >>> 16),
    0xbf00_4710, // bx r2; nop
  ];
}

/** A 32-bit Thumb instruction as a little-endian word of memory. */
function swapHalves(instruction: number): number {
  return ((instruction >>> 16) | (instruction << 16)) >>> 0;
}

/** MOVW or MOVT in Thumb. */
function moveThumb(opcode: number, d: number, half: number): number {
  const fields =
    ((half >>> 12) << 16) | (((half >>> 11) & 1) << 26) | (((half >>> 8) & 7) << 12) | (half & 0xff);
  return swapHalves(opcode | fields | (d << 8));
}

function branchA32(offset: number): number {
  return (0xea00_0000 | (((offset - 8) >> 2) & 0xff_ffff)) >>> 0;
}

/** B encoding T4, forwards by less than 4 KiB. */
function branchThumb(offset: number): number {
  const half = (offset - 4) >> 1;
  return swapHalves((0xf000_b800 | ((half >>> 11) << 16) | (half & 0x7ff)) >>> 0);
}
