/**
 * The program around the test cases under `qemu-arm`, as A32 encodings. It installs one handler for every
 * signal that an instruction can raise; each case ends in one, and the handler writes down the state that the
 * kernel saved, then loads the next case instead of returning.
 */
import {
  GLUE,
  INPUT,
  OUTPUT,
  SIGNAL_STACK,
  SIGNAL_STACK_BYTES,
  VARIABLES,
  WINDOW,
  WINDOW_WORDS,
} from './memory-map.js';

/** Words of an input record: window, D0–D31, FPSCR, address (bit 0: Thumb), flags, R0–R14. */
export const INPUT_WORDS = WINDOW_WORDS + 64 + 3 + 15;
/** Words of an output record: signal, si_addr, R0–R15, CPSR, FPSCR, D0–D31, window. */
export const OUTPUT_WORDS = 2 + 16 + 1 + 1 + 64 + WINDOW_WORDS;

/** Offsets from VARIABLES. */
const TARGET = 0;
const NEXT_INPUT = 4;
const END_OF_INPUT = 8;
const NEXT_OUTPUT = 12;
const SIGNAL_ACTION = 16;
const SIGNAL_ALTSTACK = 48;
const VARIABLES_BYTES = 64;

const SIGNALS = [4, 5, 7, 8, 11, 31];
const SYS = { exit: 1, write: 4, rt_sigaction: 174, sigaltstack: 186 };
/** SA_SIGINFO, SA_ONSTACK, SA_NODEFER. */
const ACTION_FLAGS = 0x4800_0004;

/** Collects instructions; branches to labels are resolved at the end. */
class Assembler {
  readonly words: number[] = [];
  readonly #labels = new Map<string, number>();
  readonly #branches: { at: number; label: string }[] = [];

  emit(...words: number[]): void {
    this.words.push(...words);
  }

  label(name: string): void {
    this.#labels.set(name, this.words.length);
  }

  /** @param opcode a branch with a zero offset: condition and L bit */
  branch(opcode: number, label: string): void {
    this.#branches.push({ at: this.words.length, label });
    this.emit(opcode);
  }

  /** MOVW and MOVT. */
  constant(register: number, value: number): void {
    const move = (opcode: number, half: number) =>
      (opcode | ((half >>> 12) << 16) | (register << 12) | (half & 0xfff)) >>> 0;
    this.emit(move(0xe300_0000, value & 0xffff), move(0xe340_0000, value >>> 16));
  }

  address(name: string): number {
    return GLUE + 4 * this.#labels.get(name)!;
  }

  finish(): Uint32Array {
    for (const { at, label } of this.#branches) {
      this.words[at] = (this.words[at]! | ((this.#labels.get(label)! - at - 2) & 0xff_ffff)) >>> 0;
    }
    return Uint32Array.from(this.words);
  }
}

function assemble(): { code: Uint32Array; handler: number } {
  const a = new Assembler();
  const B = 0xea00_0000;
  const BEQ = 0x0a00_0000;
  const BNE = 0x1a00_0000;
  const BGT = 0xca00_0000;
  const SVC = 0xef00_0000;

  // _start: sigaltstack(ss, NULL), then rt_sigaction(signal, action, NULL, 8) for each.
  a.constant(0, VARIABLES + SIGNAL_ALTSTACK);
  a.constant(1, 0);
  a.constant(7, SYS.sigaltstack);
  a.emit(SVC);
  for (const signal of SIGNALS) {
    a.constant(0, signal);
    a.constant(1, VARIABLES + SIGNAL_ACTION);
    a.constant(2, 0);
    a.constant(3, 8);
    a.constant(7, SYS.rt_sigaction);
    a.emit(SVC);
  }
  a.branch(B, 'next');

  // handler(r0 signal, r1 siginfo, r2 ucontext): registers begin at byte 32 of the ucontext.
  a.label('handler');
  a.constant(4, VARIABLES);
  a.emit(
    0xe594_5000 | NEXT_OUTPUT, // ldr r5, [r4, #NEXT_OUTPUT]
    0xe485_0004, // str r0, [r5], #4
    0xe591_300c, // ldr r3, [r1, #12]
    0xe485_3004, // str r3, [r5], #4
    0xe282_2020, // add r2, r2, #32
    0xe8b2_5fc0, // ldm r2!, {r6-r12, lr}
    0xe8a5_5fc0, // stm r5!, {r6-r12, lr}
    0xe8b2_5fc0,
    0xe8a5_5fc0,
    0xe492_3004, // ldr r3, [r2], #4: CPSR
    0xe485_3004,
    0xeef1_3a10, // vmrs r3, fpscr
    0xe485_3004,
    0xeca5_0b20, // vstm r5!, {d0-d15}
    0xece5_0b20, // vstm r5!, {d16-d31}
  );
  a.constant(1, WINDOW);
  for (let words = 0; words < WINDOW_WORDS; words += 8) a.emit(0xe8b1_5fc0, 0xe8a5_5fc0); // ldm r1!; stm r5!
  a.emit(0xe584_5000 | NEXT_OUTPUT); // str r5, [r4, #NEXT_OUTPUT]

  a.label('next');
  a.constant(4, VARIABLES);
  a.emit(
    0xe594_6000 | NEXT_INPUT, // ldr r6, [r4, #NEXT_INPUT]
    0xe594_7000 | END_OF_INPUT, // ldr r7, [r4, #END_OF_INPUT]
    0xe156_0007, // cmp r6, r7
  );
  a.branch(BEQ, 'finish');
  a.emit(0xe1a0_5006); // mov r5, r6
  a.constant(1, WINDOW);
  for (let words = 0; words < WINDOW_WORDS; words += 8) a.emit(0xe8b5_5f0c, 0xe8a1_5f0c); // {r2,r3,r8-r12,lr}
  a.emit(
    0xecb5_0b20, // vldm r5!, {d0-d15}
    0xecf5_0b20, // vldm r5!, {d16-d31}
    0xe495_0004, // ldr r0, [r5], #4
    0xeee1_0a10, // vmsr fpscr, r0
    0xe495_0004,
    0xe584_0000 | TARGET, // str r0, [r4, #TARGET]
    0xe495_1004, // ldr r1, [r5], #4
    0xe285_003c, // add r0, r5, #60
    0xe584_0000 | NEXT_INPUT, // str r0, [r4, #NEXT_INPUT]
    0xe12c_f001, // msr cpsr_fs, r1
    0xf57f_f01f, // clrex
    0xe895_7fff, // ldm r5, {r0-r14}
  );
  const offset = VARIABLES + TARGET - (GLUE + 4 * a.words.length + 8);
  if (offset >= 4096) throw new Error('the glue is too far from its variables');
  a.emit(0xe59f_f000 | offset); // ldr pc, [pc, #offset]

  // write(1, OUTPUT, length) until everything is out, then exit(0).
  a.label('finish');
  a.constant(1, OUTPUT);
  a.emit(0xe594_5000 | NEXT_OUTPUT);
  a.label('write');
  a.emit(0xe055_2001); // subs r2, r5, r1
  a.branch(BEQ, 'exit');
  a.constant(0, 1);
  a.constant(7, SYS.write);
  a.emit(
    SVC,
    0xe081_1000, // add r1, r1, r0
    0xe350_0000, // cmp r0, #0
  );
  a.branch(BGT, 'write');
  a.branch(BNE, 'exit');
  a.label('exit');
  a.constant(0, 0);
  a.constant(7, SYS.exit);
  a.emit(SVC);
  return { code: a.finish(), handler: a.address('handler') };
}

const GLUE_CODE = assemble();

export const glueCode: Uint32Array = GLUE_CODE.code;

/** The glue's variables for a run of so many cases. */
export function glueVariables(cases: number): Uint32Array {
  const words = new Uint32Array(VARIABLES_BYTES / 4);
  words[NEXT_INPUT / 4] = INPUT;
  words[END_OF_INPUT / 4] = INPUT + cases * INPUT_WORDS * 4;
  words[NEXT_OUTPUT / 4] = OUTPUT;
  // struct sigaction: handler, flags, restorer, mask
  words[SIGNAL_ACTION / 4] = GLUE_CODE.handler;
  words[SIGNAL_ACTION / 4 + 1] = ACTION_FLAGS;
  // stack_t: sp, flags, size
  words[SIGNAL_ALTSTACK / 4] = SIGNAL_STACK;
  words[SIGNAL_ALTSTACK / 4 + 2] = SIGNAL_STACK_BYTES;
  return words;
}
