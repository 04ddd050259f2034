/** A machine with a few instructions and tables in RAM, and registers set from outside: for states that no sane guest would make. */
import { CPU, Mode } from '../../jit/abi/cpu-state.js';
import { RAM_BASE } from '../../runtime/board/memory-map.js';
import { VirtBoard } from '../../runtime/board/virt.js';
import type { CpuFeatures } from '../../runtime/cpu/features.js';
import { switchMode } from '../../runtime/cpu/modes.js';
import type { CpuState } from '../../runtime/cpu/state.js';
import { Machine } from '../../runtime/machine.js';

const MEMORY_BYTES = 16 << 20;
const ALL_MASKED = 0x1c0;

/** Where {@link BareMetal.enter} begins unless told otherwise. */
export const CODE = RAM_BASE;
/** `b .` */
export const STOP = 0xeaff_fffe;

export class BareMetal {
  readonly board: VirtBoard;
  readonly machine: Machine;
  readonly state: CpuState;

  /** @param threshold branches before code is translated; absent: it is interpreted */
  constructor(features: CpuFeatures, threshold?: number) {
    this.board = new VirtBoard({
      memoryBytes: MEMORY_BYTES,
      features,
      clock: 'virtual',
      translationMode: 'synchronous',
      ...(threshold !== undefined && { translationThreshold: threshold }),
      transmit: () => {},
    });
    this.machine = new Machine(this.board);
    this.state = this.board.vcpus[0]!.state;
    this.board.reset(CODE, false);
  }

  /** Words of physical memory. */
  write(address: number, words: readonly number[]): this {
    if (!this.board.load(address, new Uint8Array(Uint32Array.from(words).buffer)))
      throw new Error(`no RAM at ${address.toString(16)}`);
    return this;
  }

  /** 64-bit descriptors with bits 63:32 clear. */
  writeDescriptors(address: number, descriptors: readonly number[]): this {
    return this.write(
      address,
      descriptors.flatMap((low) => [low, 0]),
    );
  }

  read(address: number): number {
    const linear = this.board.bus.linearOffset(address);
    return new DataView(this.board.memory.buffer).getUint32(linear, true);
  }

  /** Registers by their place in {@link CPU}. */
  set(registers: Readonly<Record<number, number>>): this {
    for (const [place, value] of Object.entries(registers)) this.state.set(Number(place), value);
    return this;
  }

  /** Everything masked, in `mode`, about to execute at `pc`. */
  enter(mode: number, pc = CODE): this {
    const { interpreter } = this.board.vcpus[0]!;
    switchMode(this.state, mode);
    this.state.cpsr = ALL_MASKED | mode;
    interpreter.translationChanged();
    interpreter.fpAccessChanged();
    interpreter.jump(pc);
    return this;
  }

  /** @returns why it ended: 'max-instructions' when nothing else happened in so many */
  run(instructions: number): Promise<string> {
    return this.machine.run({ maxInstructions: this.machine.retired + instructions });
  }

  get pc(): number {
    return this.board.vcpus[0]!.interpreter.pc;
  }

  get mode(): number {
    return this.state.mode;
  }

  /** Rn of the current mode, unsigned. */
  reg(n: number): number {
    return this.state.get(CPU.R + 4 * n) >>> 0;
  }

  /** A register by its place in {@link CPU}, unsigned. */
  get(place: number): number {
    return this.state.get(place) >>> 0;
  }
}

export const PLAIN: CpuFeatures = { security: false, virtualization: false, cpus: 1 };
export const HYP: CpuFeatures = { security: false, virtualization: true, cpus: 1 };
export const SECURE: CpuFeatures = { security: true, virtualization: false, cpus: 1 };
export const BOTH: CpuFeatures = { security: true, virtualization: true, cpus: 1 };
export { CPU, Mode, RAM_BASE };
