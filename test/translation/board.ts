import { CPU } from '../../jit/abi/cpu-state.js';
import { SCTLR } from '../../jit/abi/registers.js';
import { type BoardOptions, VirtBoard } from '../../runtime/board/virt.js';

/** Where test programs are loaded, and where they start. */
export const START = 0x4000_0000;

/** Level 1 translation table, and a section of Normal memory for all modes. */
const TABLE = START + 0x8_0000;
const SECTION = 0xc0e;

/** A board with a program of A32 words at the start of RAM, about to run it with the MMU on: one section, mapped flat. */
export function boardWith(words: readonly number[], options: Partial<BoardOptions> = {}): VirtBoard {
  const board = new VirtBoard({
    memoryBytes: 1 << 20,
    features: { security: false, virtualization: false, cpus: 1 },
    clock: 'virtual',
    translationThreshold: 10,
    transmit: () => {},
    ...options,
  });
  board.load(START, new Uint8Array(Uint32Array.from(words).buffer));
  const descriptor = Uint32Array.of(START | SECTION);
  board.load(TABLE + (START >>> 20) * 4, new Uint8Array(descriptor.buffer));
  board.reset(START, false);
  const { state, interpreter } = board.vcpus[0];
  state.set(CPU.TTBR0, TABLE);
  state.set(CPU.DACR, 1);
  state.set(CPU.SCTLR, state.get(CPU.SCTLR) | SCTLR.M);
  interpreter.translationChanged();
  return board;
}

/** Registers R0 to R14 and the flags. */
export function registersOf(board: VirtBoard): number[] {
  const { state } = board.vcpus[0];
  const registers = [...Array(15).keys()].map((n) => state.get(CPU.R + 4 * n));
  return [...registers, state.cpsr, board.vcpus[0].interpreter.pc];
}

/** R0 += R1 and R1 += 1, again and again. */
export const ENDLESS_SUM = [
  0xe3a00000, // mov r0, #0
  0xe3a01000, // mov r1, #0
  0xe0800001, // add r0, r0, r1
  0xe2811001, // add r1, r1, #1
  0xeafffffc, // b   .-8
];
