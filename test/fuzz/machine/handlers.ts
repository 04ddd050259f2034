/**
 * Exception handlers that go on behind the instruction. Code is made of slots of four bytes, so the next one is found without a look at
 * the instruction; what is outside of the code goes on at the recovery address. Only the banked SP, LR and SPSR of a mode are used.
 */
import { constant } from '../../system/assembler.js';
import { CODE, CODE_BYTES, HYP_VECTORS, MONITOR_VECTORS, THUMB_VECTORS, VECTORS } from './layout.js';

const NOP = 0xe320_f000;
const SP = 13;
const LR = 14;
const HS = 0x2000_0000;

/** Where programs go on that have left their code; bit 0 set: Thumb. */
export interface Recovery {
  readonly address: number;
  /** First of the code, and of the memory that holds it. */
  readonly window: number;
}

function onlyIfHigher(words: readonly number[]): number[] {
  return words.map((word) => ((word & 0x0fff_ffff) | HS) >>> 0);
}

/** Compares a register with the code: HS when it is outside. SP is left with garbage. */
function isOutside(register: number, window: number): number[] {
  const code = window + CODE;
  const high = (code >>> 28) & 15;
  const middle = (code >>> 20) & 0xff;
  const low = (code & 0xf000) >>> 12;
  return [
    ((0xe240_d20e | (register << 16)) & ~0xff) | high, // sub sp, register, #high << 28
    (0xe24d_d600 | middle) >>> 0, // sub sp, sp, #middle << 20
    (0xe24d_da00 | low) >>> 0, // sub sp, sp, #low << 12
    (0xe35d_0a00 | (CODE_BYTES >>> 12)) >>> 0, // cmp sp, #CODE_BYTES
  ];
}

/** SPSR as it should be behind the instruction: outside of an IT block; with HS, in the instruction set of the recovery address. */
function fixSPSR(thumb: boolean): number[] {
  return [
    0xe14f_d000, // mrs sp, spsr
    0x23cd_de22, // bichs sp, sp, #0x220
    thumb ? 0x238d_d020 : NOP, // orrhs sp, sp, #0x20
    0xe3cd_d406, // bic sp, sp, #0x06000000
    0xe3cd_db3f, // bic sp, sp, #0xfc00
    0xe16f_f00d, // msr spsr_fsxc, sp
  ];
}

/** LR less `back` is in the slot that is left out. */
function skip(back: number, { address, window }: Recovery): number[] {
  return [
    (0xe24e_e000 | back) >>> 0, // sub lr, lr, #back
    0xe3ce_e003, // bic lr, lr, #3
    0xe28e_e004, // add lr, lr, #4
    ...isOutside(LR, window),
    ...onlyIfHigher(constant(LR, address & ~1)),
    ...fixSPSR((address & 1) !== 0),
    0xe1b0_f00e, // movs pc, lr
  ];
}

function hypSkip({ address, window }: Recovery): number[] {
  return [
    0xe10e_d300, // mrs sp, elr_hyp
    0xe3cd_d003, // bic sp, sp, #3
    0xe28d_d004, // add sp, sp, #4
    0xe12e_f30d, // msr elr_hyp, sp
    ...isOutside(SP, window),
    ...onlyIfHigher(constant(SP, address & ~1)),
    0x212e_f30d, // msrhs elr_hyp, sp
    ...fixSPSR((address & 1) !== 0),
    0xe160_006e, // eret
  ];
}

/** The interrupt stays masked where the program goes on. */
const MASK_INTERRUPTS = [
  0xe14f_d000, // mrs sp, spsr
  0xe38d_d0c0, // orr sp, sp, #0xc0
  0xe16f_f00d, // msr spsr_fsxc, sp
];
const INTERRUPT = [...MASK_INTERRUPTS, 0xe25e_f004];
const HYP_INTERRUPT = [...MASK_INTERRUPTS, 0xe160_006e];
const SUPERVISOR_CALL = [0xe1b0_f00e]; // movs pc, lr

/** A Secure Monitor Call goes on in the other Security state. */
const MONITOR_CALL = [
  0xee11_df11, // mrc p15, 0, sp, c1, c1, 0
  0xe22d_d001, // eor sp, sp, #1
  0xee01_df11, // mcr p15, 0, sp, c1, c1, 0
  0xe1b0_f00e, // movs pc, lr
];

/** Thumb handlers, for SCTLR.TE, go by LR as it is and take the rest of a 32-bit instruction for one. They use R12. */
const THUMB_FIX = [0xf3ff, 0x8c00, 0xf02c, 0x6cc0, 0xf42c, 0x4c7c, 0xf39c, 0x8f00]; // IT bits of SPSR
const THUMB_RETURN = [...THUMB_FIX, 0xf3de, 0x8f00]; // subs pc, lr, #0
const THUMB_RETURN_4 = [...THUMB_FIX, 0xf3de, 0x8f04];
const THUMB_HYP = [
  ...[0xf3ee, 0x8c30], // mrs r12, elr_hyp
  ...[0xf10c, 0x0c04], // add r12, r12, #4
  ...[0xf38c, 0x8e30], // msr elr_hyp, r12
  ...THUMB_FIX,
  ...[0xf3de, 0x8f00], // eret
];

/** A table and its handlers, in its order: reset, undefined, call, prefetch and data abort, Hyp trap, IRQ, FIQ. */
function table(handlers: readonly (readonly number[])[]): number[] {
  const words: number[] = [];
  let offset = 32;
  handlers.forEach((handler, vector) => {
    words.push((0xea00_0000 | (((offset - 4 * vector - 8) >> 2) & 0xff_ffff)) >>> 0);
    offset += 4 * handler.length;
  });
  words.push(...handlers.flat());
  return words;
}

function thumbTable(handlers: readonly (readonly number[])[]): number[] {
  const halves: number[] = [];
  let offset = 32;
  handlers.forEach((handler, vector) => {
    const half = (offset - 4 * vector - 4) >> 1;
    halves.push(0xf000, 0xb800 | (half & 0x7ff)); // b.w
    offset += 2 * handler.length;
  });
  halves.push(...handlers.flat());
  if (halves.length % 2 !== 0) halves.push(0xbf00);
  return Array.from({ length: halves.length / 2 }, (_, n) => (halves[2 * n + 1]! << 16) | halves[2 * n]!);
}

/** Words of all vector tables, by their offsets in the window. */
export function vectorTables(recovery: Recovery): readonly (readonly [offset: number, words: number[]])[] {
  const undefinedInstruction = skip(2, recovery);
  const prefetchAbort = skip(4, recovery);
  const dataAbort = skip(8, recovery);
  const hyp = hypSkip(recovery);
  return [
    [
      VECTORS,
      table([
        prefetchAbort,
        undefinedInstruction,
        SUPERVISOR_CALL,
        prefetchAbort,
        dataAbort,
        INTERRUPT,
        INTERRUPT,
        INTERRUPT,
      ]),
    ],
    [HYP_VECTORS, table([hyp, hyp, hyp, hyp, hyp, hyp, HYP_INTERRUPT, HYP_INTERRUPT])],
    [
      MONITOR_VECTORS,
      table([
        prefetchAbort,
        undefinedInstruction,
        MONITOR_CALL,
        prefetchAbort,
        dataAbort,
        INTERRUPT,
        INTERRUPT,
        INTERRUPT,
      ]),
    ],
    [
      THUMB_VECTORS,
      thumbTable([
        THUMB_RETURN,
        THUMB_RETURN,
        THUMB_RETURN,
        THUMB_RETURN,
        THUMB_RETURN_4,
        THUMB_HYP,
        THUMB_RETURN_4,
        THUMB_RETURN_4,
      ]),
    ],
  ];
}
