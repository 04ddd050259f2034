import { RAM_BASE } from '../../runtime/board/memory-map.js';
import { VirtBoard } from '../../runtime/board/virt.js';

export interface ProgramOptions {
  readonly virtualization?: boolean;
  /** Words from RAM_BASE on. */
  readonly words: readonly number[];
}

/** A board of one vCPU about to execute A32 code at RAM_BASE. */
export function boardWith({ words, virtualization = false }: ProgramOptions): VirtBoard {
  const board = new VirtBoard({
    memoryBytes: 16 << 20,
    features: { security: false, virtualization, cpus: 1 },
    clock: 'virtual',
    transmit: () => {},
  });
  write(board, RAM_BASE, words);
  board.reset(RAM_BASE, false);
  return board;
}

/** Writes words to guest physical memory. */
export function write(board: VirtBoard, address: number, words: readonly number[]): void {
  board.load(address, new Uint8Array(new Uint32Array(words).buffer));
}
