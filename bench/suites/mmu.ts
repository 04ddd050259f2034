import benny from 'benny';
import { CPU } from '../../jit/abi/cpu-state.js';
import { RAM_BASE } from '../../runtime/board/memory-map.js';
import type { VirtBoard } from '../../runtime/board/virt.js';
import { DataAccess } from '../../runtime/mmu/data-access.js';
import { Access } from '../../runtime/mmu/translation.js';
import { boardWith, write } from './machine.js';

/** Accesses per measured call. */
const ACCESSES = 100_000;
/** Pages of the window that is mapped, and where it is. */
const PAGES = 256;
const VA = 0x1230_0000;

const TABLE = RAM_BASE + 0x10_0000;
const SECOND = RAM_BASE + 0x11_0000;
const THIRD = RAM_BASE + 0x12_0000;
const DATA = RAM_BASE + 0x20_0000;
const EAE = 0x8000_0000 | 0;

/** Small pages, short descriptors (ARM DDI 0406C B3.5). */
function shortDescriptors(board: VirtBoard): void {
  const [{ state, interpreter }] = board.vcpus;
  write(board, TABLE + (VA >>> 20) * 4, [SECOND | 1]);
  write(
    board,
    SECOND,
    Array.from({ length: PAGES }, (_, i) => (DATA + i * 4096) | 0x7e),
  );
  state.set(CPU.TTBR0, TABLE);
  state.set(CPU.DACR, 1);
  state.set(CPU.SCTLR, state.get(CPU.SCTLR) | 1);
  interpreter.translationChanged();
}

/** Pages, long descriptors (ARM DDI 0406C B3.6). */
function longDescriptors(board: VirtBoard): void {
  const [{ state, interpreter }] = board.vcpus;
  const entry = (address: number, low: number) => [address | low, 0];
  write(board, TABLE + (VA >>> 30) * 8, entry(SECOND, 3));
  write(board, SECOND + ((VA >>> 21) & 511) * 8, entry(THIRD, 3));
  const first = (VA >>> 12) & 511;
  write(
    board,
    THIRD + first * 8,
    Array.from({ length: PAGES }, (_, i) => entry(DATA + i * 4096, 0x443)).flat(),
  );
  state.set(CPU.TTBCR, EAE);
  state.set(CPU.PRRR, 0xff);
  state.set(CPU.TTBR0, TABLE);
  state.set(CPU.SCTLR, state.get(CPU.SCTLR) | 1);
  interpreter.translationChanged();
}

/** Looks every page up, after everything was invalidated: walks, and TLB entries written. */
function walks(prepare: (board: VirtBoard) => void): () => void {
  const board = boardWith({ words: [] });
  prepare(board);
  const [{ tlb }] = board.vcpus;
  return () => {
    for (let done = 0; done < ACCESSES; done += PAGES) {
      tlb.invalidateAll(false);
      for (let page = 0; page < PAGES; page++) tlb.lookup(VA + page * 4096, Access.READ, false);
    }
  };
}

/** The interpreter's loads from the window. @param stride bytes between two of them */
function loads(stride: number): () => void {
  const board = boardWith({ words: [] });
  shortDescriptors(board);
  const [{ tlb, exceptions }] = board.vcpus;
  const data = new DataAccess(tlb, exceptions);
  return () => {
    let sum = 0;
    for (let i = 0; i < ACCESSES; i++) sum += data.load(VA + ((i * stride) & (PAGES * 4096 - 1)), 4, 0);
    return sum;
  };
}

export function mmuSuite(): Promise<unknown> {
  return benny.suite(
    `MMU: one operation is ${ACCESSES} accesses`,
    benny.add('TLB hit, one page', () => loads(4)),
    benny.add('TLB hit, another page each time', () => loads(4100)),
    benny.add('TLB miss, walk of short descriptors', () => walks(shortDescriptors)),
    benny.add('TLB miss, walk of long descriptors', () => walks(longDescriptors)),
    benny.cycle(),
    benny.complete(),
  );
}
