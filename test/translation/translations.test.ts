import { describe, expect, it } from 'vitest';
import { CPU } from '../../jit/abi/cpu-state.js';
import type { VirtBoard } from '../../runtime/board/virt.js';
import { Machine } from '../../runtime/machine.js';
import { SynchronousBackend } from '../../runtime/translation/backend.js';
import { boardWith, ENDLESS_SUM, registersOf, START } from './board.js';

/** A backend that keeps its results until they are asked for. */
class HeldBackend extends SynchronousBackend {
  held = true;

  override collect() {
    return this.held ? undefined : super.collect();
  }
}

/** Instructions between two looks at what is to be translated. */
const STEP = 5000;

async function go(board: VirtBoard, machine: Machine, instructions: number): Promise<void> {
  for (let left = instructions; left > 0; left -= STEP) {
    await machine.run({ maxInstructions: machine.retired + Math.min(left, STEP) });
    board.translations?.poll(true);
  }
}

async function run(words: readonly number[], instructions: number, options = {}) {
  const board = boardWith(words, options);
  await go(board, new Machine(board), instructions);
  return board;
}

/** The same program, run by the interpreter alone. */
async function interpreted(words: readonly number[], instructions: number) {
  return registersOf(await run(words, instructions, { translationThreshold: undefined }));
}

const UNDEFINED = 0xe7f000f0;
const HUNDRED_TIMES = 0xe3a02064; // mov r2, #100
const FOUR_THOUSAND_TIMES = 0xe3a02efa; // mov r2, #4000

/**
 * In each of so many pages: R0 += 1, 100 times, then on to the next page; from the last one to the first again, or to the first of the
 * last `again` ones.
 */
function visitPages(count: number, again = count, times = HUNDRED_TIMES): number[] {
  const words = new Array<number>(1024 * count).fill(UNDEFINED);
  for (let page = 0; page < count; page++) {
    const next = page === count - 1 ? 1024 * (1 - again) : 1024;
    words.splice(
      1024 * page,
      5,
      times,
      0xe2800001, // add  r0, r0, #1
      0xe2522001, // subs r2, r2, #1
      0x1afffffc, // bne  .-8
      0xea000000 | ((next - 6) & 0xff_ffff), // b    next page
    );
  }
  return words;
}

describe('hot code is translated', () => {
  it('and gives what the interpreter gives, after the same number of instructions', async () => {
    const board = await run(ENDLESS_SUM, 200_003);
    expect(registersOf(board)).toEqual(await interpreted(ENDLESS_SUM, 200_003));
    expect(board.vcpus[0].interpreter.translated).toBeGreaterThan(150_000);
    expect(board.translations!.statistics).toMatchObject({ refused: 0, outdated: 0 });
  });

  it('unless there is no threshold', async () => {
    expect((await run(ENDLESS_SUM, 1000, { translationThreshold: undefined })).translations).toBeUndefined();
  });
});

/**
 * R0 += 1, or in every second round R1 += 1, R3 times; then again, without end. The loop is hot first, and a branch in it at the same
 * time; later the way into it.
 */
const LOOP_WITH_JOIN = [
  0xe3a03064, // 00 mov  r3, #100
  0xe3130001, // 04 tst  r3, #1
  0x0a000001, // 08 beq  0x14
  0xe2800001, // 0c add  r0, r0, #1
  0xea000000, // 10 b    0x18
  0xe2811001, // 14 add  r1, r1, #1
  0xe2533001, // 18 subs r3, r3, #1
  0x1afffff8, // 1c bne  0x04
  0xeafffff6, // 20 b    0x00
];

describe('one piece of code is in one region', () => {
  it('though several of its instructions become hot', async () => {
    const board = await run(LOOP_WITH_JOIN, 200_003);
    expect(registersOf(board)).toEqual(await interpreted(LOOP_WITH_JOIN, 200_003));
    const { guestInstructions, regions, dropped } = board.translations!.statistics;
    // The loop alone at first; with what leads to it when that has become hot too.
    expect(regions - dropped).toBe(1);
    expect(guestInstructions).toBeLessThan(2.5 * LOOP_WITH_JOIN.length);
  });

  it('but what insists on being an entry gets a region of its own', async () => {
    const board = boardWith(LOOP_WITH_JOIN);
    const machine = new Machine(board);
    await go(board, machine, 10_000);
    const { statistics } = board.translations!;
    const before = statistics.regions;
    const page = board.code.page(board.vcpus[0].tlb.fetch(START) & -4096);
    for (let round = 0; round < 2; round++) {
      board.translations!.request(page, 0x0c, false);
      board.translations!.poll(true);
      expect(statistics.regions).toBe(before + round);
    }
    await go(board, machine, 10_003);
    expect(registersOf(board)).toEqual(await interpreted(LOOP_WITH_JOIN, 20_003));
  });
});

/** R0 += 1 for ever; only at first, or with R1 = 0, through a `mov r0, #0` at byte 20. */
const WITH_DETOUR = [
  0xe3a01000, // mov   r1, #0
  0xe3510000, // cmp   r1, #0
  0x0a000001, // beq   .+12
  0xe2800001, // add   r0, r0, #1
  0xeafffffb, // b     .-12
  0xe3a00000, // mov   r0, #0
  0xe3a01001, // mov   r1, #1
  0xeafffff8, // b     .-24
];

describe('results that come late', () => {
  function held(words: readonly number[]) {
    const backend = new HeldBackend();
    const board = boardWith(words, { translationBackend: backend });
    const machine = new Machine(board);
    return { backend, board, go: (more: number) => go(board, machine, more) };
  }

  it('are installed when the page is as it was', async () => {
    const { backend, board, go } = held(ENDLESS_SUM);
    await go(10_000);
    expect(board.translations!.statistics.regions).toBe(0);
    backend.held = false;
    await go(10_003);
    expect(board.translations!.statistics).toMatchObject({ regions: 1, outdated: 0 });
    expect(registersOf(board)).toEqual(await interpreted(ENDLESS_SUM, 20_003));
  });

  it('are thrown away when the code has changed', async () => {
    const { backend, board, go } = held(ENDLESS_SUM);
    await go(10_000);
    // add r1, r1, #2 from now on; the store is told as one by a device is.
    write(board, START + 12, 0xe2811002);
    const [sum, step] = registersOf(board);
    backend.held = false;
    await go(1);
    expect(board.translations!.statistics).toMatchObject({ regions: 0, outdated: 1 });
    await go(299_999);
    expect(registersOf(board).slice(0, 2)).toEqual([sumFrom(sum, step, 100_000), step + 200_000]);
    expect(board.translations!.statistics.regions).toBeGreaterThan(0);
  });

  it('are thrown away when an instruction has changed, even if nobody is told', async () => {
    const { backend, board, go } = held(WITH_DETOUR);
    await go(10_000);
    board.load(START + 20, new Uint8Array(Uint32Array.of(0xe3a00007).buffer));
    backend.held = false;
    await go(10_000);
    expect(board.translations!.statistics.outdated).toBe(1);
  });
});

describe('code that is written', () => {
  it('takes its translation along', async () => {
    const board = boardWith(WITH_DETOUR);
    const machine = new Machine(board);
    await go(board, machine, 10_000);
    expect(board.translations!.statistics.regions).toBe(1);
    write(board, START + 20, 0xe3a00007);
    expect(board.translations!.statistics).toMatchObject({ dropped: 1, liveBytes: 0 });
    board.vcpus[0].state.set(CPU.R + 4, 0);
    await go(board, machine, 10);
    // It has gone through the new mov.
    expect([7, 8, 9]).toContain(registersOf(board)[0]);
  });
});

describe('limits', () => {
  it('of translated bytes: what is in use is dropped too when it is too much, and made again', async () => {
    const words = visitPages(16);
    const limits = { bytes: 3000, decodedPages: 1000, dropped: 1 << 20 };
    const board = await run(words, 150_000, { translationLimits: limits });
    expect(registersOf(board)).toEqual(await interpreted(words, 150_000));
    const { evictions, liveBytes, bytes, dropped, regions } = board.translations!.statistics;
    expect(evictions).toBeGreaterThan(3);
    expect(dropped).toBeGreaterThan(16);
    expect(regions).toBeGreaterThanOrEqual(dropped);
    expect(liveBytes).toBeLessThan(3000);
    expect(bytes).toBeGreaterThan(10_000);
  });

  it('of translated bytes: what is not in use goes, what is in use stays', async () => {
    const words = visitPages(16, 2, FOUR_THOUSAND_TIMES);
    const limits = { bytes: 5000, decodedPages: 1000, dropped: 1 << 20 };
    const board = await run(words, 600_000, { translationLimits: limits });
    expect(registersOf(board)).toEqual(await interpreted(words, 600_000));
    const { regions, dropped, evictions, liveBytes } = board.translations!.statistics;
    // What was not used for some time has gone, and that was enough.
    expect([1, 2]).toContain(evictions);
    expect(dropped).toBeGreaterThan(4);
    expect(regions - dropped).toBeGreaterThan(4);
    expect(liveBytes).toBeLessThan(5000);
  });

  it('of decoded pages', async () => {
    const words = visitPages(16);
    const limits = { bytes: 1 << 20, decodedPages: 8, dropped: 1 << 20 };
    const board = await run(words, 150_000, { translationLimits: limits });
    expect(registersOf(board)).toEqual(await interpreted(words, 150_000));
    expect(board.translations!.statistics.evictions).toBeGreaterThan(3);
    expect(board.code.pageCount).toBeLessThanOrEqual(16);
  });

  it('of decoded pages, without translation too', async () => {
    const limits = { bytes: 0, decodedPages: 8, dropped: 0 };
    const options = { translationThreshold: undefined, translationLimits: limits };
    const board = await run(visitPages(16), 150_000, options);
    expect(registersOf(board)).toEqual(await interpreted(visitPages(16), 150_000));
    expect(board.code.pageCount).toBeLessThanOrEqual(16);
  });

  it('of what was dropped: code that is rewritten again and again makes no evictions, but collections', async () => {
    const limits = { bytes: 1 << 20, decodedPages: 1000, dropped: 2000 };
    const board = boardWith(ENDLESS_SUM, { translationLimits: limits });
    const machine = new Machine(board);
    for (let round = 0; round < 40; round++) {
      await go(board, machine, 1000);
      write(board, START + 8, ENDLESS_SUM[2]!);
    }
    const { bytes, evictions, collections, dropped } = board.translations!.statistics;
    expect(evictions).toBe(0);
    expect(dropped).toBeGreaterThan(20);
    expect(bytes).toBeGreaterThan(10_000);
    expect(collections).toBeGreaterThan(1);
  });
});

function write(board: ReturnType<typeof boardWith>, address: number, word: number): void {
  board.load(address, new Uint8Array(Uint32Array.of(word).buffer));
  board.codePages.written(board.bus.linearOffset(address), 4);
}

/** R0 after `rounds` rounds with R1 going up by 2. */
function sumFrom(sum: number, step: number, rounds: number): number {
  let total = sum;
  for (let round = 0; round < rounds; round++) total = (total + step + 2 * round) | 0;
  return total;
}
