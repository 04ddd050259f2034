/** Registers and tables that make no sense: the architected fault, over and over if need be, never a hang or an error of ours. */
import { describe, expect, it } from 'vitest';
import { HCR, SCTLR } from '../../jit/abi/registers.js';
import { BareMetal, CODE, CPU, HYP, Mode, RAM_BASE, STOP } from './bare-metal.js';

const HVC = 0xe140_0070;
/** LDR R1, [R0]. */
const LOAD = 0xe590_1000;
const NOWHERE = 0xf000_0000;
const HANDLER = RAM_BASE + 0x1_0000;
const TABLE = RAM_BASE + 0x10_0000;
const CASES: readonly (readonly [string, number | undefined])[] = [
  ['interpreted', undefined],
  ['translated', 1],
];

const classOf = (hsr: number) => hsr >>> 26;
/** A hypervisor whose vectors all stop. */
const withHandlers = (threshold?: number) =>
  new BareMetal(HYP, threshold).write(HANDLER, Array(8).fill(STOP)).set({ [CPU.HVBAR]: HANDLER });
/** VTCR: 32 bits of IPA, the first table at level 1. */
const VTCR = 0x8000_0040;
/** A guest at CODE whose stage 2 is the table. */
const withStage2 = (table: number, threshold?: number, high = 0) =>
  withHandlers(threshold)
    .write(CODE, [LOAD, STOP])
    .set({
      [CPU.VTTBR]: table,
      [CPU.VTTBR + 4]: high,
      [CPU.VTCR]: VTCR,
      [CPU.HCR]: HCR.VM,
    });
/** A block of 1 GiB at level 1: Normal memory, read and write. */
const block = (address: number) => (address | 0x7fd) >>> 0;

describe.each(CASES)('%s', (_, threshold) => {
  it('HVBAR unset: Hyp mode goes on in what is at 0', async () => {
    const guest = new BareMetal(HYP, threshold).write(CODE, [HVC]).enter(Mode.SVC);
    expect(await guest.run(1)).toBe('max-instructions');
    expect([guest.mode, guest.pc]).toEqual([Mode.HYP, 0x14]);
    expect(classOf(guest.get(CPU.HSR))).toBe(0x12);
    // Flash without a file is zero, ANDEQ R0, R0, R0: it is executed to the end of the banks, where the GIC cannot be.
    expect(await guest.run(100_000)).toBe('max-instructions');
    expect(guest.pc).toBe(0x14 + 400_000);
  });

  it('HVBAR where nothing is: prefetch aborts without end, each an instruction of the limit', async () => {
    const guest = new BareMetal(HYP, threshold).write(CODE, [HVC]).set({ [CPU.HVBAR]: NOWHERE });
    expect(await guest.enter(Mode.SVC).run(10_000)).toBe('max-instructions');
    expect([guest.mode, guest.pc]).toEqual([Mode.HYP, NOWHERE + 0x0c]);
    expect(classOf(guest.get(CPU.HSR))).toBe(0x21);
    expect(guest.get(CPU.HSR) & 0x3f).toBe(0b010000);
    expect(guest.get(CPU.HIFAR)).toBe(NOWHERE + 0x0c);
  });

  it.each([
    ['outside RAM', NOWHERE, 0],
    ['above 4 GiB', TABLE, 0xff],
  ])('HTTBR %s: an external abort on the walk of the vector itself', async (_place, low, high) => {
    const guest = withHandlers(threshold).write(CODE, [HVC]).enter(Mode.SVC);
    guest.set({
      [CPU.HTTBR]: low,
      [CPU.HTTBR + 4]: high,
      [CPU.HTCR]: 0x8000_0000,
      [CPU.HSCTLR]: SCTLR.M,
    });
    expect(await guest.run(1000)).toBe('max-instructions');
    expect([guest.mode, guest.pc]).toEqual([Mode.HYP, HANDLER + 0x0c]);
    expect(classOf(guest.get(CPU.HSR))).toBe(0x21);
    // Synchronous external abort on a walk, level 1.
    expect(guest.get(CPU.HSR) & 0x3f).toBe(0b010101);
  });

  it.each([
    ['outside RAM', NOWHERE, 0],
    ['in a device', 0x0900_0000, 0],
    ['above 4 GiB', TABLE, 0xff],
  ])('VTTBR %s: an external abort of stage 2, taken to Hyp mode', async (_place, low, high) => {
    const guest = withStage2(low, threshold, high).enter(Mode.SVC);
    expect(await guest.run(100)).toBe('max-instructions');
    expect([guest.mode, guest.pc]).toEqual([Mode.HYP, HANDLER + 0x14]);
    expect(classOf(guest.get(CPU.HSR))).toBe(0x20);
    expect(guest.get(CPU.HSR) & 0x3f).toBe(0b010101);
    expect(guest.get(CPU.HIFAR)).toBe(CODE);
  });

  it('stage 2 tables that point to themselves end at level 3', async () => {
    // Each entry is a table descriptor of this table; at level 3 that is a page, of this table again, without the access flag.
    const guest = withStage2(TABLE, threshold)
      .writeDescriptors(TABLE, Array(512).fill(TABLE | 3))
      .enter(Mode.SVC);
    expect(await guest.run(100)).toBe('max-instructions');
    expect(guest.pc).toBe(HANDLER + 0x14);
    // Access flag fault, level 3.
    expect(guest.get(CPU.HSR) & 0x3f).toBe(0b001011);
    expect(guest.get(CPU.HPFAR)).toBe((CODE >>> 12) << 4);
  });

  it('a stage 2 that maps to where nothing is: the external abort is the guest’s', async () => {
    const guest = withStage2(TABLE, threshold)
      .writeDescriptors(TABLE, [0, block(RAM_BASE), 0, block(0xc000_0000)])
      .write(CODE, [LOAD, STOP])
      .write(HANDLER + 0x1000, Array(8).fill(STOP))
      .set({ [CPU.VBAR]: HANDLER + 0x1000, [CPU.R]: NOWHERE })
      .enter(Mode.SVC);
    expect(await guest.run(100)).toBe('max-instructions');
    expect([guest.mode, guest.pc]).toEqual([Mode.ABT, HANDLER + 0x1010]);
    // Synchronous external abort, not on a walk.
    expect(guest.get(CPU.DFSR) & 0x40f).toBe(0b01000);
    expect(guest.get(CPU.DFAR)).toBe(NOWHERE);
  });

  it('a stage 2 that maps code to a device: the prefetch abort is the guest’s', async () => {
    const guest = withStage2(TABLE, threshold)
      .writeDescriptors(TABLE, [block(0), block(RAM_BASE), 0, 0])
      .write(HANDLER + 0x1000, Array(8).fill(STOP))
      .set({ [CPU.VBAR]: HANDLER + 0x1000 })
      .enter(Mode.SVC, 0x0900_0000);
    expect(await guest.run(100)).toBe('max-instructions');
    expect([guest.mode, guest.pc]).toEqual([Mode.ABT, HANDLER + 0x100c]);
    expect(guest.get(CPU.IFSR) & 0x40f).toBe(0b01000);
  });

  it.each([
    ['VTCR.SL0 reserved', 0x8000_0080],
    ['a first table of more than 16', 0x8000_0008],
  ])('%s: a Translation fault at level 1', async (_name, vtcr) => {
    const guest = withStage2(TABLE, threshold)
      .writeDescriptors(TABLE, Array(512).fill(block(RAM_BASE)))
      .set({ [CPU.VTCR]: vtcr })
      .enter(Mode.SVC);
    expect(await guest.run(100)).toBe('max-instructions');
    expect(guest.pc).toBe(HANDLER + 0x14);
    expect(guest.get(CPU.HSR) & 0x3f).toBe(0b000101);
  });

  it('ERET to a mode that is none stays in Hyp mode', async () => {
    const guest = withHandlers(threshold)
      .write(CODE, [0xe160_006e, STOP])
      .enter(Mode.HYP)
      .set({ [CPU.ELR_HYP]: CODE + 4, [CPU.BANKED_SPSR + 28]: 0x1d5 });
    expect(await guest.run(10)).toBe('max-instructions');
    expect([guest.mode, guest.pc]).toEqual([Mode.HYP, CODE + 4]);
  });
});
