import { CPU, Mode } from '../../jit/abi/cpu-state.js';
import { HCR } from '../../jit/abi/registers.js';
import { VirtBoard } from '../../runtime/board/virt.js';
import { VirtualClock } from '../../runtime/clock.js';
import { switchMode } from '../../runtime/cpu/modes.js';
import { BINARIES } from './guests/binaries.js';
import type { GuestName } from './guests/build.js';

const RAM = 0x4000_0000;
const RAM_BYTES = 4 << 20;
/** The largest RAM, and its last 4 MiB, which are more than 2 GiB from its start. */
const MOST_MEMORY = 3 * 2 ** 30;
const TOP = RAM + MOST_MEMORY - RAM_BYTES;
const RESULTS = 0x10_0000;
/** A guest that has not come to its end by then never will. */
const MOST_INSTRUCTIONS = 5_000_000;

/** How a guest is run. */
export interface GuestRun {
  /** Branches before code is translated; absent: it is interpreted. */
  readonly threshold?: number;
  /** With `--check`. */
  readonly check?: boolean;
  /** Instructions from one look at the guest's registers to the next. */
  readonly slice: number;
  /** Asks for an interrupt at the start of each slice, for one instruction. */
  readonly interrupts?: boolean;
  /** Stage 2 puts all that the guest has, its translation tables too, at the top of 3 GiB of RAM. */
  readonly top?: boolean;
}

/** All that may be compared between two runs. */
export interface GuestOutcome {
  readonly instructions: number;
  /** Digest of the registers after each slice, all slices together. */
  readonly course: string;
  /** Digest of RAM at the end. */
  readonly memory: string;
  /** Words 0, 1, 2 and 255 of the results. */
  readonly results: readonly number[];
  /** Instructions that translated code has retired. */
  readonly translated: number;
  /** Regions thrown away because their code changed. */
  readonly dropped: number;
}

/** FNV-1a over words. */
class Digest {
  #hash = 0x811c_9dc5;

  add(word: number): void {
    for (let shift = 0; shift < 32; shift += 8) {
      this.#hash = Math.imul(this.#hash ^ ((word >>> shift) & 0xff), 0x0100_0193);
    }
  }

  toString(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }
}

/** A board with a guest in its memory, about to start. */
export function guestBoard(
  guest: GuestName,
  { threshold, check, top }: Pick<GuestRun, 'threshold' | 'check' | 'top'>,
): VirtBoard {
  const board = new VirtBoard({
    memoryBytes: top ? MOST_MEMORY : RAM_BYTES,
    features: { security: false, virtualization: top === true, cpus: 1 },
    clock: 'virtual',
    translationMode: 'synchronous',
    ...(threshold !== undefined && { translationThreshold: threshold }),
    ...(check && { check }),
    transmit: () => {},
  });
  board.load(top ? TOP : RAM, Buffer.from(BINARIES[guest], 'base64'));
  board.reset(RAM, false);
  if (top) moveToTop(board);
  return board;
}

/** Stage 2 tables at levels 1 and 2, and Hyp mode's vectors: physical addresses. */
const LEVEL1 = RAM;
const LEVEL2 = RAM + 0x1000;
const HVBAR = RAM + 0x2000;
/** VTCR: 32 bits from level 1 on. A block of Normal memory for everything, and a table. */
const VTCR = 0x8000_0040;
const BLOCK = 0x7fd;
const TABLE = 3;
const SMC = 0xe160_0070;

/** Supervisor mode behind stage 2: 4 MiB at RAM are those at TOP. Hyp mode hands the guest's PSCI calls on. */
function moveToTop(board: VirtBoard): void {
  const words = (address: number, values: readonly number[]) =>
    board.load(address, new Uint8Array(Uint32Array.from(values).buffer));
  words(LEVEL1, [0, 0, LEVEL2 | TABLE, 0]);
  words(LEVEL2, [TOP | BLOCK, 0, (TOP + (2 << 20)) | BLOCK, 0]);
  words(HVBAR, Array(8).fill(SMC));
  const { state, interpreter } = board.vcpus[0]!;
  switchMode(state, Mode.SVC);
  state.cpsr = (state.cpsr & ~0x1f) | Mode.SVC;
  state.set(CPU.HVBAR, HVBAR);
  state.set(CPU.VTTBR, LEVEL1);
  state.set(CPU.VTCR, VTCR | 0);
  state.set(CPU.HCR, HCR.VM);
  interpreter.translationChanged();
  interpreter.fpAccessChanged();
  interpreter.jump(RAM);
}

/** Runs a guest up to its power-off. */
export function runGuest(guest: GuestName, run: GuestRun): GuestOutcome {
  const { slice, interrupts } = run;
  const board = guestBoard(guest, run);
  const vcpu = board.vcpus[0]!;
  const { clock } = board;
  if (!(clock instanceof VirtualClock)) throw new Error('a virtual clock was asked for');
  let off = false;
  board.onPower = () => {
    off = true;
    vcpu.interpreter.stop();
  };
  clock.executed = () => vcpu.interpreter.executed;

  const course = new Digest();
  const registers = () => {
    const { state } = vcpu;
    for (let n = 0; n < 15; n++) course.add(state.get(CPU.R + 4 * n));
    course.add(state.cpsr);
    course.add(vcpu.interpreter.pc);
  };
  let instructions = 0;
  while (!off && instructions < MOST_INSTRUCTIONS) {
    let executed = 0;
    if (interrupts) {
      vcpu.exceptions.irqLine(true);
      executed = vcpu.run(1);
      vcpu.exceptions.irqLine(false);
    }
    if (!off) executed += vcpu.run(slice);
    instructions += executed;
    clock.advance(executed);
    registers();
    board.translations?.translateWaiting();
  }
  if (!off) throw new Error(`${guest} does not end; PC is ${vcpu.interpreter.pc.toString(16)}`);

  const ram = new Int32Array(board.memory.buffer, board.bus.linearOffset(run.top ? TOP : RAM), RAM_BYTES / 4);
  const memory = new Digest();
  for (const word of ram) if (word !== 0) memory.add(word);
  const result = (n: number) => ram[(RESULTS >> 2) + n]!;
  return {
    instructions,
    course: course.toString(),
    memory: memory.toString(),
    results: [result(0), result(1), result(2), result(255)],
    translated: vcpu.interpreter.translated,
    dropped: board.translations?.statistics.dropped ?? 0,
  };
}

/** Whether the guest came to an exception that it does not expect; the mode in which it was taken. */
export function unexpectedMode({ results }: GuestOutcome): number {
  return (results[3] ?? 0) & Mode.SYS;
}
