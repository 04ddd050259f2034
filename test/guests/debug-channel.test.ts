/** LDC and STC of the debug communications channel (ARM DDI 0406C C11.7): the accesses, and their trap to Hyp mode (B3.13.6, EC 0x06). */
import { describe, expect, it } from 'vitest';
import { HDCR } from '../../jit/abi/registers.js';
import { BareMetal, CODE, CPU, HYP, Mode, PLAIN, RAM_BASE, STOP } from './bare-metal.js';

const PLACE = RAM_BASE + 0x2000;
const HANDLER = RAM_BASE + 0x1_0000;

/** Load, word, what R0 is afterwards from PLACE, and HSR.ISS[19:0] of the trap. */
const INSTRUCTIONS: readonly (readonly [string, boolean, number, number, number])[] = [
  ['ldc p14, c5, [r0, #8]', true, 0xed90_5e02, 0, 0x02015],
  ['ldc p14, c5, [r0, #8]!', true, 0xedb0_5e02, 8, 0x02017],
  ['ldc p14, c5, [r0], #-8', true, 0xec30_5e02, -8, 0x02003],
  ['ldc p14, c5, [r0], {5}', true, 0xec90_5e05, 0, 0x05011],
  ['ldc p14, c5, [pc, #-4]', true, 0xed1f_5e01, 0, 0x011ed],
  ['stc p14, c5, [r0, #-8]', false, 0xed00_5e02, 0, 0x02004],
  ['stc p14, c5, [r0, #-8]!', false, 0xed20_5e02, -8, 0x02006],
  ['stc p14, c5, [r0], #8', false, 0xeca0_5e02, 8, 0x02012],
];
const WORDS = Array(8).fill(0xffff_ffff);

const guest = (features: typeof HYP, word: number) =>
  new BareMetal(features)
    .write(CODE, [word, STOP])
    .write(HANDLER, Array(8).fill(STOP))
    .write(PLACE - 16, WORDS)
    .set({ [CPU.VBAR]: HANDLER, [CPU.R]: PLACE });

describe.each(INSTRUCTIONS)('%s', (_, isLoad, word, base, iss) => {
  it('transfers a word and writes the base back', async () => {
    const machine = guest(PLAIN, word).enter(Mode.SVC);
    await machine.run(2);
    expect([machine.mode, machine.pc]).toEqual([Mode.SVC, CODE + 4]);
    expect(machine.reg(0) - PLACE).toBe(base);
    const zeros = [-8, 0, 8].filter((offset) => machine.read(PLACE + offset) === 0);
    // What STC stores is zero: no debugger has sent anything.
    const post = (word & (1 << 24)) === 0;
    expect(zeros).toEqual(isLoad ? [] : [post ? 0 : -8]);
  });

  it('is UNDEFINED in User mode with DBGDSCR.UDCCdis', async () => {
    const machine = guest(PLAIN, word).enter(Mode.USR);
    await machine.run(2);
    expect(machine.mode).toBe(Mode.USR);
    machine.set({ [CPU.DBGDSCR]: 1 << 12 }).enter(Mode.USR);
    await machine.run(2);
    expect([machine.mode, machine.pc]).toEqual([Mode.UND, HANDLER + 4]);
  });

  it.each([
    ['TDA', HDCR.TDA],
    ['TDE', HDCR.TDE],
  ])('is trapped by HDCR.%s', async (_bit, hdcr) => {
    const machine = guest(HYP, word)
      .set({ [CPU.HDCR]: hdcr, [CPU.HVBAR]: HANDLER })
      .enter(Mode.SVC);
    await machine.run(2);
    expect([machine.mode, machine.pc]).toEqual([Mode.HYP, HANDLER + 0x14]);
    // EC, IL, CV, COND AL.
    expect(machine.get(CPU.HSR).toString(16)).toBe((0x1be0_0000 + iss).toString(16));
    expect([machine.get(CPU.ELR_HYP), machine.state.get(CPU.R)]).toEqual([CODE, PLACE]);
  });
});

it('P, U and W clear is no LDC or STC', async () => {
  for (const word of [0xec00_5e02, 0xec10_5e02]) {
    const machine = guest(PLAIN, word).enter(Mode.SVC);
    await machine.run(2);
    expect(machine.mode).toBe(Mode.UND);
  }
});

it('an address that is not a multiple of 4 is an Alignment fault', async () => {
  const machine = guest(PLAIN, 0xed90_5e02).enter(Mode.SVC);
  await machine.set({ [CPU.R]: PLACE + 1 }).run(2);
  expect([machine.mode, machine.get(CPU.DFSR) & 0x40f]).toEqual([Mode.ABT, 1]);
});
