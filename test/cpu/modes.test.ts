import { describe, expect, it } from 'vitest';
import { Bank, CPU, Mode, PSR } from '../../jit/abi/cpu-state.js';
import {
  modeExists,
  readLR,
  readSP,
  readUserRegister,
  switchMode,
  writeSP,
  writeUserRegister,
} from '../../runtime/cpu/modes.js';
import { BOTH, CpuBench, HYP, PLAIN } from './bench.js';

const ALL = Object.values(Mode);

/** Name of the physical register that Rn is in `mode` (ARM DDI 0406C figure B1-2). */
function physical(n: number, mode: number): string {
  const bank = {
    [Mode.FIQ]: 'fiq',
    [Mode.IRQ]: 'irq',
    [Mode.SVC]: 'svc',
    [Mode.MON]: 'mon',
    [Mode.ABT]: 'abt',
    [Mode.HYP]: 'hyp',
    [Mode.UND]: 'und',
  }[mode];
  if (n < 8 || bank === undefined) return `r${n}_usr`;
  if (n < 13) return mode === Mode.FIQ ? `r${n}_fiq` : `r${n}_usr`;
  if (n === 14 && mode === Mode.HYP) return 'r14_usr';
  return `r${n}_${bank}`;
}

/** Gives every physical register a value of its own by way of the modes that show it. */
function fill(bench: CpuBench): Map<string, number> {
  const values = new Map<string, number>();
  let next = 0x1000;
  for (const mode of ALL) {
    switchMode(bench.state, mode);
    for (let n = 0; n < 15; n++) {
      const name = physical(n, mode);
      if (!values.has(name)) values.set(name, next++);
      bench.state.set(CPU.R + 4 * n, values.get(name)!);
    }
  }
  return values;
}

describe('register banks', () => {
  it('has each mode show its own registers, whichever mode came before', () => {
    const bench = new CpuBench(BOTH);
    const values = fill(bench);
    // 15 user, 5 + 2 FIQ, 2 each of IRQ, SVC, MON, ABT, UND, and SP_hyp.
    expect(values.size).toBe(33);
    for (const from of ALL)
      for (const to of ALL) {
        switchMode(bench.state, from);
        switchMode(bench.state, to);
        expect(bench.state.mode).toBe(to);
        for (let n = 0; n < 15; n++) expect(bench.reg(n), physical(n, to)).toBe(values.get(physical(n, to)));
      }
  });

  it('reaches User registers, and SP and LR of other modes, from every mode', () => {
    const bench = new CpuBench(BOTH);
    const values = fill(bench);
    for (const mode of ALL) {
      switchMode(bench.state, mode);
      for (let n = 0; n < 15; n++)
        expect(readUserRegister(bench.state, n), `r${n} from ${mode}`).toBe(values.get(`r${n}_usr`));
      for (const other of ALL) {
        expect(readSP(bench.state, other)).toBe(values.get(physical(13, other)));
        expect(readLR(bench.state, other)).toBe(values.get(physical(14, other)));
      }
    }
  });

  it('writes them too', () => {
    const bench = new CpuBench(BOTH);
    fill(bench);
    for (const mode of ALL) {
      switchMode(bench.state, mode);
      for (let n = 0; n < 15; n++) writeUserRegister(bench.state, n, mode * 100 + n);
      for (const other of [Mode.SVC, Mode.HYP]) writeSP(bench.state, other, mode * 100 + other);
      switchMode(bench.state, Mode.SYS);
      for (let n = 0; n < 15; n++) expect(bench.reg(n)).toBe(mode * 100 + n);
      for (const other of [Mode.SVC, Mode.HYP]) {
        switchMode(bench.state, other);
        expect(bench.reg(13)).toBe(mode * 100 + other);
      }
    }
  });

  it('knows which modes a processor has', () => {
    const names = (features: typeof PLAIN) =>
      Array.from({ length: 32 }, (_, m) => m).filter((m) => modeExists(m, features));
    expect(names(PLAIN)).toEqual([0x10, 0x11, 0x12, 0x13, 0x17, 0x1b, 0x1f]);
    expect(names(HYP)).toEqual([0x10, 0x11, 0x12, 0x13, 0x17, 0x1a, 0x1b, 0x1f]);
    expect(names(BOTH)).toEqual([0x10, 0x11, 0x12, 0x13, 0x16, 0x17, 0x1a, 0x1b, 0x1f]);
  });
});

/** SYSm by the register it names (ARM DDI 0406C B9.2.3). */
const BANKED: readonly [number, string][] = [
  ...Array.from({ length: 7 }, (_, i): [number, string] => [i, `r${8 + i}_usr`]),
  ...Array.from({ length: 7 }, (_, i): [number, string] => [8 + i, `r${8 + i}_fiq`]),
  [0b10000, 'r14_irq'],
  [0b10001, 'r13_irq'],
  [0b10010, 'r14_svc'],
  [0b10011, 'r13_svc'],
  [0b10100, 'r14_abt'],
  [0b10101, 'r13_abt'],
  [0b10110, 'r14_und'],
  [0b10111, 'r13_und'],
  [0b11100, 'r14_mon'],
  [0b11101, 'r13_mon'],
  [0b11111, 'r13_hyp'],
];

describe('MRS and MSR (banked)', () => {
  it('reads and writes the registers that SYSm names', () => {
    const bench = new CpuBench(BOTH);
    const values = fill(bench);
    for (const [sysm, name] of BANKED) {
      // Secure Supervisor reaches Monitor's, Monitor reaches Hyp's, any other mode the rest.
      const mode = name.endsWith('hyp') ? Mode.MON : name.endsWith('svc') ? Mode.ABT : Mode.SVC;
      const from = name.endsWith('usr') && sysm < 5 ? Mode.FIQ : mode;
      bench.at(0x1000, from);
      expect(bench.system.readBanked(0, sysm), name).toBe(values.get(name));
      bench.system.writeBanked(0, sysm, values.get(name)! + 0x8000);
      expect(bench.system.readBanked(0, sysm), name).toBe(values.get(name)! + 0x8000);
    }
    bench.at(0x1000, Mode.MON);
    bench.system.writeBanked(0, 0b11110, 0x1234);
    expect(bench.state.get(CPU.ELR_HYP)).toBe(0x1234);
    const spsrs: readonly [number, number][] = [
      [0b01110, Bank.FIQ],
      [0b10000, Bank.IRQ],
      [0b10010, Bank.SVC],
      [0b10100, Bank.ABT],
      [0b10110, Bank.UND],
      [0b11110, Bank.HYP],
    ];
    for (const [sysm, bank] of spsrs) {
      bench.system.writeBanked(1, sysm, 0x600 + bank);
      expect(bench.spsr(bank)).toBe(0x600 + bank);
      expect(bench.system.readBanked(1, sysm)).toBe(0x600 + bank);
    }
    bench.at(0x1000, Mode.SVC);
    bench.system.writeBanked(1, 0b11100, 0x1d3);
    expect(bench.spsr(Bank.MON)).toBe(0x1d3);
  });

  it('is UNDEFINED where the manual calls it UNPREDICTABLE', () => {
    const bench = new CpuBench(BOTH);
    const undefinedFrom = (mode: number, r: number, sysm: number, secure = true) => {
      bench.secure(secure).at(0x1000, mode);
      const read = bench.isUndefined(() => bench.system.readBanked(r, sysm));
      bench.at(0x1000, mode);
      const write = bench.isUndefined(() => bench.system.writeBanked(r, sysm, 0));
      expect(write).toBe(read);
      return read;
    };
    expect(undefinedFrom(Mode.USR, 0, 8)).toBe(true);
    expect(undefinedFrom(Mode.SVC, 0, 0)).toBe(true);
    expect(undefinedFrom(Mode.FIQ, 0, 0)).toBe(false);
    expect(undefinedFrom(Mode.SYS, 0, 5)).toBe(true);
    expect(undefinedFrom(Mode.SYS, 0, 6)).toBe(true);
    expect(undefinedFrom(Mode.SVC, 0, 5)).toBe(false);
    expect(undefinedFrom(Mode.FIQ, 0, 8)).toBe(true);
    expect(undefinedFrom(Mode.SVC, 0, 0b10010)).toBe(true);
    expect(undefinedFrom(Mode.SVC, 1, 0b10010)).toBe(true);
    expect(undefinedFrom(Mode.SVC, 0, 7)).toBe(true);
    expect(undefinedFrom(Mode.SVC, 0, 0b11000)).toBe(true);
    expect(undefinedFrom(Mode.SVC, 1, 0)).toBe(true);
    // Monitor's from Secure state only, Hyp's from Monitor only, but for ELR_hyp.
    expect(undefinedFrom(Mode.SVC, 0, 0b11100, true)).toBe(false);
    expect(undefinedFrom(Mode.SVC, 0, 0b11100, false)).toBe(true);
    expect(undefinedFrom(Mode.SVC, 0, 0b11111)).toBe(true);
    expect(undefinedFrom(Mode.HYP, 0, 0b11111, false)).toBe(true);
    expect(undefinedFrom(Mode.HYP, 1, 0b11110, false)).toBe(true);
    expect(undefinedFrom(Mode.HYP, 0, 0b11110, false)).toBe(false);
    expect(undefinedFrom(Mode.HYP, 0, 6, false)).toBe(true);
    expect(undefinedFrom(Mode.MON, 0, 0b11111)).toBe(false);
  });

  it('does not exist without the Virtualization Extensions', () => {
    const bench = new CpuBench(PLAIN).at(0x1000, Mode.SVC);
    expect(bench.isUndefined(() => bench.system.readBanked(0, 0b10000))).toBe(true);
  });
});

describe('CPSR and SPSR', () => {
  it('takes CPSR apart and puts it together', () => {
    const bench = new CpuBench(PLAIN);
    for (const value of [0xf80f_fc00, 0x0100_03e0, 0xaa05_5540, 0x0600_0000, 0x2000_a800]) {
      bench.state.cpsr = value | Mode.SVC;
      expect(bench.cpsr).toBe((value | Mode.SVC) >>> 0);
    }
  });

  it('writes the bytes of SPSR that MSR names, without the reserved bits', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.IRQ);
    bench.system.writeSPSR(-1, 0b1111);
    expect(bench.system.readSPSR() >>> 0).toBe(0xff0f_ffff);
    bench.system.writeSPSR(0, 0b0010);
    expect(bench.system.readSPSR() >>> 0).toBe(0xff0f_00ff);
    bench.system.writeSPSR(0x10, 0b0001);
    expect(bench.spsr(Bank.IRQ)).toBe(0xff0f_0010);
    bench.at(0, Mode.USR);
    expect(bench.isUndefined(() => bench.system.readSPSR())).toBe(true);
  });

  it('lets User mode write flags, GE and E only', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.USR);
    bench.system.writeCPSR(-1, 0b1111);
    expect(bench.cpsr).toBe((0xf80f_0000 | PSR.E | Mode.USR) >>> 0);
  });

  it('changes mode and masks by MSR, but not T, J and IT', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    bench.system.writeCPSR((-1 & ~PSR.M) | Mode.IRQ, 0b1111);
    expect(bench.cpsr).toBe((0xf80f_0000 | PSR.E | PSR.A | PSR.I | PSR.F | Mode.IRQ) >>> 0);
    bench.system.writeCPSR(Mode.SYS, 0b0001);
    expect(bench.cpsr).toBe((0xf80f_0000 | PSR.E | PSR.A | Mode.SYS) >>> 0);
    expect(bench.control.calls).toContain('modeChanged');
  });

  it('ignores changes to modes that are not there or not allowed', () => {
    const attempt = (bench: CpuBench, from: number, to: number, secure = true) => {
      bench.secure(secure).at(0, from);
      bench.system.writeCPSR(to, 1);
      return bench.state.mode === to;
    };
    const plain = new CpuBench(PLAIN);
    for (const bad of [0x00, 0x14, 0x15, 0x1c, Mode.MON, Mode.HYP])
      expect(attempt(plain, Mode.SVC, bad, false)).toBe(false);
    // The masks change all the same.
    plain.at(0, Mode.SVC, PSR.I);
    plain.system.writeCPSR(0x1c | PSR.F, 1);
    expect(plain.cpsr).toBe(PSR.F | Mode.SVC);
    const both = new CpuBench(BOTH);
    expect(attempt(both, Mode.SVC, Mode.MON, true)).toBe(true);
    expect(attempt(both, Mode.SVC, Mode.MON, false)).toBe(false);
    expect(attempt(both, Mode.MON, Mode.HYP, true)).toBe(false);
    expect(attempt(both, Mode.MON, Mode.HYP, false)).toBe(true);
    expect(attempt(both, Mode.SVC, Mode.HYP, false)).toBe(false);
    expect(attempt(both, Mode.HYP, Mode.SVC, false)).toBe(false);
    expect(attempt(both, Mode.SVC, Mode.USR, true)).toBe(true);
  });

  it('carries CPS out in privileged modes only', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC, PSR.A);
    bench.system.changeProcessorState(PSR.I | PSR.F, PSR.I | PSR.F, 0);
    expect(bench.cpsr).toBe(PSR.A | PSR.I | PSR.F | Mode.SVC);
    bench.exceptions.irq = true;
    bench.system.changeProcessorState(PSR.I, 0, 0);
    expect(bench.cpsr).toBe(PSR.A | PSR.F | Mode.SVC);
    expect(bench.control.calls).toEqual(['checkInterrupts']);
    bench.system.changeProcessorState(0, 0, Mode.IRQ);
    expect(bench.cpsr).toBe(PSR.A | PSR.F | Mode.IRQ);
    bench.at(0, Mode.USR);
    bench.system.changeProcessorState(PSR.I, PSR.I, Mode.SVC);
    expect(bench.cpsr).toBe(Mode.USR);
  });
});
