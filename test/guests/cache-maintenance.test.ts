/** Cache maintenance by address translates it (ARM DDI 0406C B2.2.6, B3.12, B3.13.3): what faults, and how it is told. */
import { describe, expect, it } from 'vitest';
import { HCR, SCTLR } from '../../jit/abi/registers.js';
import { BareMetal, CODE, CPU, HYP, Mode, PLAIN, RAM_BASE, STOP } from './bare-metal.js';

/** MCR p15, 0, R0, c7, CRm, opc2. */
const operation = (crm: number, opc2: number) => (0xee07_0f10 | (opc2 << 5) | crm) >>> 0;
const OPERATIONS: readonly (readonly [string, number])[] = [
  ['ICIMVAU', operation(5, 1)],
  ['DCIMVAC', operation(6, 1)],
  ['DCCMVAC', operation(10, 1)],
  ['DCCMVAU', operation(11, 1)],
  ['DCCIMVAC', operation(14, 1)],
];
const TABLE = RAM_BASE + 0x10_0000;
const HANDLER = RAM_BASE + 0x1_0000;
const PLACE = 0x8000_0123;
/** A section, Normal memory: AP full access, domain 0. */
const FULL = 0x0000_0c0e;
const NO_ACCESS = 0x0000_000e;
/** A loop of maintenance: what is hot is translated. */
const BACK = 0xeaff_fffd;

/** Code and tables mapped flat, `descriptor` for the MiB of PLACE, which is in domain `domain`. */
function short(word: number, descriptor: number, threshold?: number): BareMetal {
  const table = Array<number>(4096).fill(0);
  table[RAM_BASE >>> 20] = (RAM_BASE | FULL) >>> 0;
  table[PLACE >>> 20] = descriptor;
  return new BareMetal(PLAIN, threshold)
    .write(TABLE, table)
    .write(CODE, [word, BACK])
    .write(HANDLER, Array(8).fill(STOP))
    .set({
      [CPU.TTBR0]: TABLE,
      [CPU.DACR]: 1,
      [CPU.VBAR]: HANDLER,
      [CPU.SCTLR]: SCTLR.M,
      [CPU.R]: PLACE,
    })
    .enter(Mode.SVC);
}

describe.each(OPERATIONS)('%s', (_, word) => {
  it.each([
    ['interpreted', undefined],
    ['translated', 1],
  ])('faults where nothing is mapped, %s', async (_how, threshold) => {
    // Mapped and hot first; then the mapping goes.
    const guest = short(word, (RAM_BASE | FULL) >>> 0, threshold);
    await guest.run(20_000);
    guest.board.translations?.poll(true);
    await guest.run(20_000);
    expect(guest.mode).toBe(Mode.SVC);
    if (threshold !== undefined) expect(guest.board.vcpus[0]!.interpreter.translated).toBeGreaterThan(1000);
    guest.write(TABLE + 4 * (PLACE >>> 20), [0]);
    guest.board.vcpus[0]!.tlb.invalidateAll(false);
    guest.board.vcpus[0]!.interpreter.translationChanged();
    await guest.run(1000);
    expect([guest.mode, guest.pc]).toEqual([Mode.ABT, HANDLER + 0x10]);
    // CM, WnR, Translation fault at level 1.
    expect(guest.get(CPU.DFSR)).toBe(0x2805);
    expect(guest.get(CPU.DFAR)).toBe(PLACE);
    expect(guest.reg(14)).toBe(CODE + 8);
  });

  it('needs no permission', async () => {
    const guest = short(word, NO_ACCESS);
    await guest.run(100);
    expect(guest.mode).toBe(Mode.SVC);
  });

  it('does not look at the domain', async () => {
    const guest = short(word, (RAM_BASE | FULL | (3 << 5)) >>> 0);
    await guest.run(100);
    expect(guest.mode).toBe(Mode.SVC);
  });

  it('looks at the access flag', async () => {
    const guest = short(word, (RAM_BASE | (FULL & ~(1 << 10))) >>> 0);
    guest.set({ [CPU.SCTLR]: SCTLR.M | SCTLR.AFE }).enter(Mode.SVC);
    await guest.run(100);
    // CM, WnR, Access flag fault at level 1.
    expect(guest.get(CPU.DFSR)).toBe(0x2803);
  });

  it('faults with stage 1 off only where stage 2 does: HSR has CM and WnR, no syndrome', async () => {
    const guest = new BareMetal(HYP)
      .writeDescriptors(TABLE, [0, (RAM_BASE | 0x7fd) >>> 0, 0, 0])
      .write(CODE, [word, BACK])
      .write(HANDLER, Array(8).fill(STOP))
      .set({ [CPU.VTTBR]: TABLE, [CPU.VTCR]: 0x8000_0040, [CPU.HCR]: HCR.VM, [CPU.HVBAR]: HANDLER });
    await guest
      .set({ [CPU.R]: CODE })
      .enter(Mode.SVC)
      .run(100);
    expect(guest.mode).toBe(Mode.SVC);
    await guest.set({ [CPU.R]: PLACE }).run(100);
    expect([guest.mode, guest.pc]).toEqual([Mode.HYP, HANDLER + 0x14]);
    expect(guest.get(CPU.HSR).toString(16)).toBe('90000145');
    expect(guest.get(CPU.HDFAR)).toBe(PLACE);
    expect(guest.get(CPU.HPFAR)).toBe((PLACE >>> 12) << 4);
  });

  it('faults in Hyp mode by its own stage 1', async () => {
    const guest = new BareMetal(HYP)
      .writeDescriptors(TABLE, [0, (RAM_BASE | 0x701) >>> 0, 0, 0])
      .write(CODE, [word, BACK])
      .write(HANDLER, Array(8).fill(STOP))
      .set({ [CPU.HTTBR]: TABLE, [CPU.HTCR]: 0x8000_0000, [CPU.HMAIR0]: 0xff, [CPU.HSCTLR]: SCTLR.M })
      .set({ [CPU.HVBAR]: HANDLER, [CPU.R]: PLACE })
      .enter(Mode.HYP);
    await guest.run(100);
    expect(guest.pc).toBe(HANDLER + 0x10);
    expect(guest.get(CPU.HSR).toString(16)).toBe('94000145');
  });
});
