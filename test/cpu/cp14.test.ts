import { describe, expect, it } from 'vitest';
import { CPU, Mode } from '../../jit/abi/cpu-state.js';
import { CpuBench, HYP, PLAIN } from './bench.js';

describe('CP14 debug registers', () => {
  const read = (bench: CpuBench, crn: number, crm: number, opc2: number) =>
    bench.system.readCoprocessor(14, 0, crn, crm, opc2);
  const write = (bench: CpuBench, crn: number, crm: number, opc2: number, value: number) =>
    bench.system.writeCoprocessor(14, 0, crn, crm, opc2, value);

  it('have QEMU’s values', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    expect(read(bench, 0, 0, 0)).toBe(0x3515_f021);
    expect(read(bench, 1, 0, 0)).toBe(0);
    expect(read(bench, 2, 0, 0)).toBe(0);
    expect(read(bench, 0, 1, 0)).toBe(0);
    expect(read(bench, 7, 2, 7)).toBe(0x0111_0f13);
    expect(bench.system.readCoprocessor64(14, 0, 1)).toBe(0);
    expect(bench.system.readCoprocessor64(14, 0, 2)).toBe(0);
  });

  it('has the OS Lock locked until it is unlocked, as Linux does at boot', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    expect(read(bench, 1, 1, 4)).toBe(0xa);
    write(bench, 1, 0, 4, 0);
    expect(read(bench, 1, 1, 4)).toBe(0x8);
    write(bench, 1, 0, 4, 0xc5ac_ce55 | 0);
    expect(read(bench, 1, 1, 4)).toBe(0xa);
    expect(bench.isUndefined(() => read(bench, 1, 0, 4))).toBe(true);
  });

  it('has six breakpoints and four watchpoints that keep their values', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    const there = (opc2: number) =>
      Array.from({ length: 16 }, (_, n) => n).filter(
        (n) => !bench.isUndefined(() => read(bench, 0, n, opc2)),
      );
    expect([4, 5, 6, 7].map(there)).toEqual([
      [0, 1, 2, 3, 4, 5],
      [0, 1, 2, 3, 4, 5],
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ]);
    write(bench, 0, 3, 4, 0x8000_1234 | 0);
    write(bench, 0, 3, 6, 0x4567);
    expect(read(bench, 0, 3, 4)).toBe(0x8000_1234 | 0);
    expect(read(bench, 0, 3, 6)).toBe(0x4564);
    expect(read(bench, 0, 2, 4)).toBe(0);
  });

  it('lets User mode read the four that it may, unless UDCCdis is set', () => {
    const bench = new CpuBench(PLAIN);
    const open: readonly (readonly [number, number, number])[] = [
      [0, 0, 0],
      [0, 1, 0],
      [1, 0, 0],
      [2, 0, 0],
    ];
    for (const [disabled, undef] of [
      [0, false],
      [1 << 12, true],
    ] as const)
      for (const place of open) {
        bench.state.set(CPU.DBGDSCR, disabled);
        bench.at(0, Mode.USR);
        expect(bench.isUndefined(() => read(bench, ...place))).toBe(undef);
      }
    expect(bench.isUndefined(() => read(bench, 0, 0, 4))).toBe(true);
    expect(bench.isUndefined(() => read(bench, 1, 1, 4))).toBe(true);
  });

  it('traps to Hyp mode by HDCR', () => {
    const bench = new CpuBench(HYP);
    bench.state.set(CPU.HDCR, 1 << 11);
    bench.at(0x100, Mode.SVC);
    expect(bench.leaves(() => read(bench, 1, 0, 0))).toBe(true);
    expect(bench.state.mode).toBe(Mode.HYP);
    expect(bench.state.get(CPU.HSR) >>> 26).toBe(0x05);
  });
});

describe('CP14 ThumbEE and Jazelle', () => {
  it('are trivial', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    for (const crn of [0, 1, 2]) expect(bench.system.readCoprocessor(14, 7, crn, 0, 0)).toBe(0);
    bench.system.writeCoprocessor(14, 6, 1, 0, 0, 0x1003);
    bench.at(0, Mode.USR);
    expect(bench.system.readCoprocessor(14, 6, 1, 0, 0)).toBe(0x1000);
    expect(bench.isUndefined(() => bench.system.readCoprocessor(14, 6, 0, 0, 0))).toBe(true);
    bench.at(0, Mode.SVC).system.writeCoprocessor(14, 6, 0, 0, 0, 1);
    bench.at(0, Mode.USR);
    expect(bench.isUndefined(() => bench.system.readCoprocessor(14, 6, 1, 0, 0))).toBe(true);
  });
});
