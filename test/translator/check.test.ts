import { describe, expect, it } from 'vitest';
import { CPU } from '../../jit/abi/cpu-state.js';
import type { VirtBoard } from '../../runtime/board/virt.js';
import { LockstepError } from '../../runtime/translation/check.js';
import type { RegionFunction } from '../../runtime/translation/translations.js';
import { WatchedPages } from '../../runtime/translation/watched-pages.js';
import { guestBoard } from './guest.js';

/** Makes something of what a region does; `run` does it. */
type Sabotage = (run: () => void, board: VirtBoard, base: number) => void;

/** Runs a guest under `--check`, at first as it is and then with sabotaged regions. */
function runSabotaged(sabotage: Sabotage): LockstepError | undefined {
  const board = guestBoard('remapping', { threshold: 1, check: true });
  const vcpu = board.vcpus[0]!;
  const { functions } = board.translations!;
  try {
    for (let slice = 0; slice < 40; slice++) {
      vcpu.run(1000);
      board.translations!.translateWaiting();
      if (slice !== 20) continue;
      expect(vcpu.interpreter.check!.instructions).toBeGreaterThan(1000);
      functions.forEach((region, index) => {
        const sabotaged: RegionFunction = (cpu, page) => sabotage(() => region(cpu, page), board, cpu);
        (functions as RegionFunction[])[index] = sabotaged;
      });
    }
    return undefined;
  } catch (error) {
    if (error instanceof LockstepError) return error;
    throw error;
  }
}

function add(board: VirtBoard, offset: number, value: number): void {
  const { state } = board.vcpus[0]!;
  state.set(offset, state.get(offset) + value);
}

function watched(board: VirtBoard): readonly number[] {
  if (!(board.codePages instanceof WatchedPages)) throw new Error('not under check');
  return board.codePages.watched;
}

describe('--check', () => {
  it('lets what is right pass', () => {
    expect(runSabotaged((run) => run())).toBeUndefined();
  });

  it.each<[string, Sabotage, RegExp]>([
    [
      'a register',
      (run, board) => {
        run();
        add(board, CPU.R + 4 * 3, 1);
      },
      /^\* R\[3\]/m,
    ],
    [
      'a flag',
      (run, board) => {
        run();
        const { state } = board.vcpus[0]!;
        state.set(CPU.CF, state.get(CPU.CF) ^ 1);
      },
      /^\* CF/m,
    ],
    [
      'a vector register',
      (run, board) => {
        run();
        add(board, CPU.D + 8, 1);
      },
      /^\* D\[2\]/m,
    ],
    [
      'where it goes on',
      (run, board) => {
        run();
        const { interpreter } = board.vcpus[0]!;
        interpreter.jump(interpreter.pc + 4);
      },
      /next PC: translated/,
    ],
    [
      'an instruction too few in the count',
      (run, board) => {
        add(board, CPU.BUDGET, 1);
        run();
      },
      /differs from the interpreter/,
    ],
    [
      'a store too many',
      (run, board) => {
        run();
        const page = watched(board)[0];
        if (page !== undefined) new Uint8Array(board.memory.buffer)[page + 8]! ^= 0x5a;
      },
      /memory at/,
    ],
    [
      'a store that is missing',
      (run, board) => {
        const memory = new Uint8Array(board.memory.buffer);
        const before = watched(board).map((page) => ({ page, bytes: memory.slice(page, page + 4096) }));
        run();
        for (const { page, bytes } of before) memory.set(bytes, page);
      },
      /memory at/,
    ],
  ])('finds %s that is wrong', (_, sabotage, expected) => {
    const error = runSabotaged(sabotage);
    expect(error).toBeInstanceOf(LockstepError);
    expect(error!.report).toMatch(expected);
    // The instructions, from the first on.
    expect(error!.report).toMatch(/^ {2}[0-9a-f]{8}: [0-9a-f]{8} [A-Z]/m);
    expect(error!.message).toMatch(/^cpu0: translated code differs from the interpreter/);
  });
});
