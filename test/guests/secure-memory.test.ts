/** Programs in Secure RAM, interpreted and translated, and the same address seen from Non-secure state. */
import { describe, expect, it } from 'vitest';
import { SECURE_RAM_BASE, SECURE_RAM_SIZE } from '../../runtime/board/memory-map.js';
import { BareMetal, CODE, CPU, Mode, RAM_BASE, SECURE, STOP } from './bare-metal.js';

const VECTORS = RAM_BASE + 0x1_0000;
const PREFETCH_ABORT = VECTORS + 0x0c;
const DATA_ABORT = VECTORS + 0x10;
/** Synchronous external abort. */
const EXTERNAL = 0x008;
const DATA = SECURE_RAM_BASE + 0x1000;
const ROUNDS = 256;

/** Counts to ROUNDS in the word at R0, which R2 reads. */
const COUNT = [
  0xe3a0_1000, // mov r1, #0
  0xe281_1001, // add r1, r1, #1
  0xe580_1000, // str r1, [r0]
  0xe590_2000, // ldr r2, [r0]
  0xe351_0c01, // cmp r1, #256
  0x1aff_fffa, // bne to the add
  STOP,
];

describe.each([
  ['interpreted', undefined],
  ['translated', 1],
])('%s', (_, threshold) => {
  const guest = () =>
    new BareMetal(SECURE, threshold)
      .write(VECTORS, Array(8).fill(STOP))
      .set({ [CPU.VBAR]: VECTORS, [CPU.R]: DATA });

  it('Secure RAM has code and data, up to its last word', async () => {
    const machine = guest().write(SECURE_RAM_BASE, COUNT).enter(Mode.SVC, SECURE_RAM_BASE);
    expect(await machine.run(20_000)).toBe('max-instructions');
    expect(machine.pc).toBe(SECURE_RAM_BASE + 4 * (COUNT.length - 1));
    expect([machine.reg(2), machine.read(DATA)]).toEqual([ROUNDS, ROUNDS]);
    if (threshold !== undefined) {
      expect(machine.board.translations!.statistics.regions).toBeGreaterThan(0);
    }
    const last = SECURE_RAM_BASE + SECURE_RAM_SIZE - 4;
    machine.set({ [CPU.R]: last }).enter(Mode.SVC, SECURE_RAM_BASE);
    await machine.run(20_000);
    expect(machine.read(last)).toBe(ROUNDS);
  });

  it('code that is rewritten there is seen', async () => {
    const machine = guest().write(SECURE_RAM_BASE, COUNT).enter(Mode.SVC, SECURE_RAM_BASE);
    await machine.run(20_000);
    // str r1, [r0] over the first instruction, then jump there: R1 is `b .`.
    machine
      .write(CODE, [0xe580_1000, 0xe1a0_f000])
      .set({ [CPU.R]: SECURE_RAM_BASE, [CPU.R + 4]: STOP })
      .enter(Mode.SVC);
    await machine.run(100);
    expect(machine.pc).toBe(SECURE_RAM_BASE);
  });

  it('the same code aborts in Non-secure state, and nothing is written', async () => {
    const machine = guest().write(CODE, COUNT).enter(Mode.SVC);
    await machine.run(20_000);
    expect(machine.read(DATA)).toBe(ROUNDS);
    machine
      .write(DATA, [77])
      .set({ [CPU.SCR]: 1 })
      .enter(Mode.SVC);
    await machine.run(20_000);
    expect([machine.mode, machine.pc]).toEqual([Mode.ABT, DATA_ABORT]);
    expect([machine.get(CPU.DFSR) & 0x40f, machine.get(CPU.DFAR)]).toEqual([EXTERNAL, DATA]);
    expect(machine.read(DATA)).toBe(77);
  });

  it('Non-secure state executes nothing of it', async () => {
    const machine = guest().write(SECURE_RAM_BASE, COUNT).enter(Mode.SVC, SECURE_RAM_BASE);
    await machine.run(20_000);
    machine.set({ [CPU.SCR]: 1 }).enter(Mode.SVC, SECURE_RAM_BASE);
    await machine.run(100);
    expect([machine.mode, machine.pc]).toEqual([Mode.ABT, PREFETCH_ABORT]);
    expect([machine.get(CPU.IFSR) & 0x40f, machine.get(CPU.IFAR)]).toEqual([EXTERNAL, SECURE_RAM_BASE]);
  });
});
