import { describe, expect, it } from 'vitest';
import { Bank, CPU, FpEnabled, Mode, PSR } from '../../jit/abi/cpu-state.js';
import { FPEXC_EN, HCPTR, HCR, HDCR, NSACR, SCR, SCTLR } from '../../jit/abi/registers.js';
import { Decoder } from '../../jit/isa/decoder.js';
import { DEFINITIONS } from '../../jit/isa/table.js';
import { Interrupt } from '../../runtime/cpu/exceptions.js';
import { Fault, FaultType } from '../../runtime/mmu/fault.js';
import { BOTH, CpuBench, HYP, PLAIN, SECURE } from './bench.js';

const fault = new Fault();
function translationFault(): Fault {
  fault.set(FaultType.TRANSLATION, 2, 5);
  return fault;
}
function externalAbort(): Fault {
  fault.set(FaultType.EXTERNAL, 0, 0);
  return fault;
}

interface Case {
  readonly name: string;
  readonly raise: (bench: CpuBench) => void;
  readonly mode: number;
  readonly bank: number;
  readonly vector: number;
  /** LR less the address of the instruction: A32, Thumb (ARM DDI 0406C tables B1-6 and B1-7). */
  readonly lr: readonly [number, number];
  /** CPSR bits that are set, beside those that were. */
  readonly masked: number;
  /** The instruction is complete: SPSR has ITSTATE of the next one. */
  readonly advances?: boolean;
}

const CASES: readonly Case[] = [
  {
    name: 'Undefined Instruction',
    raise: (b) => b.exceptions.undefined(),
    mode: Mode.UND,
    bank: Bank.UND,
    vector: 0x04,
    lr: [4, 2],
    masked: PSR.I,
  },
  {
    name: 'Supervisor Call',
    raise: (b) => b.exceptions.svc(0),
    mode: Mode.SVC,
    bank: Bank.SVC,
    vector: 0x08,
    lr: [4, 2],
    masked: PSR.I,
    advances: true,
  },
  {
    name: 'Prefetch Abort',
    raise: (b) => b.exceptions.raisePrefetchAbort(0x8000, translationFault()),
    mode: Mode.ABT,
    bank: Bank.ABT,
    vector: 0x0c,
    lr: [4, 4],
    masked: PSR.I | PSR.A,
  },
  {
    name: 'BKPT',
    raise: (b) => b.exceptions.bkpt(0),
    mode: Mode.ABT,
    bank: Bank.ABT,
    vector: 0x0c,
    lr: [4, 4],
    masked: PSR.I | PSR.A,
  },
  {
    name: 'Data Abort',
    raise: (b) => b.exceptions.raiseDataAbort(0x1234, translationFault(), true),
    mode: Mode.ABT,
    bank: Bank.ABT,
    vector: 0x10,
    lr: [8, 8],
    masked: PSR.I | PSR.A,
  },
  {
    // The address given is that of the instruction that did not execute.
    name: 'IRQ',
    raise: (b) => b.exceptions.takeInterrupt(Interrupt.IRQ, 0x8000),
    mode: Mode.IRQ,
    bank: Bank.IRQ,
    vector: 0x18,
    lr: [4, 4],
    masked: PSR.I | PSR.A,
  },
  {
    name: 'FIQ',
    raise: (b) => b.exceptions.takeInterrupt(Interrupt.FIQ, 0x8000),
    mode: Mode.FIQ,
    bank: Bank.FIQ,
    vector: 0x1c,
    lr: [4, 4],
    masked: PSR.I | PSR.A | PSR.F,
  },
];

const PL1_AND_USER = [Mode.USR, Mode.SYS, Mode.SVC, Mode.IRQ, Mode.FIQ, Mode.ABT, Mode.UND];

describe('exception entry to PL1 modes', () => {
  for (const test of CASES)
    for (const from of PL1_AND_USER)
      for (const thumb of [0, 1])
        it(`${test.name} from mode ${from.toString(16)}, ${thumb ? 'Thumb' : 'A32'}`, () => {
          const bench = new CpuBench(PLAIN);
          // An IT block of three more instructions, all flags, E.
          const it = thumb ? 0b0000_1010 : 0;
          const flags = (0xa80b_0000 | PSR.E) >>> 0;
          const before = flags | (thumb ? PSR.T : 0) | (((it & 3) << 25) | ((it >> 2) << 10));
          bench.at(0x8000, from, before);
          bench.leaves(() => test.raise(bench));
          expect(bench.state.mode).toBe(test.mode);
          expect(bench.control.target).toBe(test.vector);
          expect(bench.reg(14) - 0x8000).toBe(test.lr[thumb]);
          // E = SCTLR.EE, T = SCTLR.TE, J = 0, IT = 0; the flags stay.
          expect(bench.cpsr).toBe(((flags & ~PSR.E) | test.masked | test.mode) >>> 0);
          const advanced = test.advances && thumb ? 0b0001_0100 : it;
          expect(bench.spsr(test.bank)).toBe(
            (flags | (thumb ? PSR.T : 0) | ((advanced & 3) << 25) | ((advanced >> 2) << 10) | from) >>> 0,
          );
          expect(bench.control.calls).toContain('modeChanged');
        });

  it('takes T, E and the vectors from SCTLR and VBAR', () => {
    for (const test of CASES) {
      const bench = new CpuBench(PLAIN).at(0x8000, Mode.USR);
      bench.state.set(CPU.VBAR, 0x4000_0020);
      bench.leaves(() => test.raise(bench));
      expect(bench.control.target).toBe(0x4000_0020 + test.vector);
      bench.at(0x8000, Mode.USR);
      bench.state.set(CPU.SCTLR, SCTLR.V | SCTLR.TE | SCTLR.EE);
      bench.leaves(() => test.raise(bench));
      expect(bench.control.target).toBe(0xffff_0000 + test.vector);
      expect(bench.cpsr & (PSR.T | PSR.E)).toBe(PSR.T | PSR.E);
    }
  });

  it('leaves the instruction by throwing, but for SVC', () => {
    const bench = new CpuBench(PLAIN).at(0x8000, Mode.USR);
    expect(bench.leaves(() => bench.exceptions.svc(1))).toBe(false);
    for (const test of CASES.filter(({ name }) => !['Supervisor Call', 'IRQ', 'FIQ'].includes(name)))
      expect(bench.leaves(() => test.raise(bench))).toBe(true);
  });
});

describe('fault status and address', () => {
  it('is in the short format, or in the long one with TTBCR.EAE', () => {
    const bench = new CpuBench(PLAIN).at(0x8000, Mode.USR);
    bench.leaves(() => bench.exceptions.raiseDataAbort(0xdead_0001 | 0, translationFault(), true));
    expect(bench.state.get(CPU.DFSR)).toBe(0x857);
    expect(bench.state.get(CPU.DFAR) >>> 0).toBe(0xdead_0001);
    bench.leaves(() => bench.exceptions.raisePrefetchAbort(0x8002, translationFault()));
    expect(bench.state.get(CPU.IFSR)).toBe(0x7);
    expect(bench.state.get(CPU.IFAR)).toBe(0x8002);
    bench.state.set(CPU.TTBCR, 0x8000_0000 | 0);
    bench.leaves(() => bench.exceptions.raiseDataAbort(4, translationFault(), false));
    expect(bench.state.get(CPU.DFSR)).toBe(0x206);
    bench.leaves(() => bench.exceptions.raisePrefetchAbort(8, translationFault()));
    expect(bench.state.get(CPU.IFSR)).toBe(0x206);
    bench.leaves(() => bench.exceptions.bkpt(0));
    expect(bench.state.get(CPU.IFSR)).toBe(0x222);
    bench.state.set(CPU.TTBCR, 0);
    bench.leaves(() => bench.exceptions.bkpt(0));
    expect(bench.state.get(CPU.IFSR)).toBe(0x002);
  });

  it('goes to the copy of the security state', () => {
    const bench = new CpuBench(SECURE).at(0x8000, Mode.USR);
    bench.leaves(() => bench.exceptions.raiseDataAbort(0x1234, translationFault(), false));
    expect(bench.state.get(CPU.DFAR)).toBe(0);
    expect(bench.state.get(CPU.DFAR + 4)).toBe(0x1234);
  });
});

describe('exception return', () => {
  it('restores CPSR and goes to the address, aligned for the instruction set', () => {
    const bench = new CpuBench(PLAIN).at(0x8000, Mode.SVC);
    const cpsr = (0x6000_0000 | 0x0600_a400 | PSR.T | PSR.A | Mode.USR) >>> 0;
    bench.system.exceptionReturn(0x9003, cpsr);
    expect(bench.cpsr).toBe(cpsr);
    expect(bench.control.target).toBe(0x9002);
    bench.at(0x8000, Mode.IRQ);
    bench.state.set(CPU.BANKED_SPSR + 4 * Bank.IRQ, Mode.SVC | PSR.I);
    bench.system.exceptionReturnSPSR(0x9003);
    expect(bench.cpsr).toBe(Mode.SVC | PSR.I);
    expect(bench.control.target).toBe(0x9000);
  });

  it('is UNDEFINED in User mode, and but for ERET in Hyp mode', () => {
    const bench = new CpuBench(HYP);
    for (const mode of [Mode.USR, Mode.HYP]) {
      bench.at(0x8000, mode);
      expect(bench.isUndefined(() => bench.system.exceptionReturn(0, Mode.USR))).toBe(true);
      bench.at(0x8000, mode);
      expect(bench.isUndefined(() => bench.system.exceptionReturnSPSR(0))).toBe(true);
    }
    bench.at(0x8000, Mode.USR);
    expect(bench.isUndefined(() => bench.system.eret())).toBe(true);
  });

  it('by ERET uses ELR_hyp in Hyp mode and LR elsewhere', () => {
    const bench = new CpuBench(HYP).at(0x8000, Mode.HYP);
    bench.state.set(CPU.ELR_HYP, 0x7000);
    bench.state.set(CPU.R + 56, 0x6000);
    bench.state.set(CPU.BANKED_SPSR + 4 * Bank.HYP, Mode.SVC | PSR.F);
    bench.system.eret();
    expect(bench.control.target).toBe(0x7000);
    expect(bench.cpsr).toBe(Mode.SVC | PSR.F);
    bench.state.set(CPU.R + 56, 0x5000);
    bench.state.set(CPU.BANKED_SPSR + 4 * Bank.SVC, Mode.USR);
    bench.system.eret();
    expect(bench.control.target).toBe(0x5000);
    expect(bench.cpsr).toBe(Mode.USR);
  });

  it('keeps the mode when SPSR names one that is not there, or above', () => {
    const bench = new CpuBench(PLAIN).at(0x8000, Mode.SVC);
    for (const bad of [0x00, 0x15, Mode.HYP, Mode.MON]) {
      bench.system.exceptionReturn(0x9000, bad | PSR.F);
      expect(bench.cpsr).toBe(Mode.SVC | PSR.F);
    }
    const hyp = new CpuBench(HYP).at(0x8000, Mode.SVC);
    hyp.system.exceptionReturn(0x9000, Mode.HYP);
    expect(hyp.state.mode).toBe(Mode.SVC);
    const both = new CpuBench(BOTH).secure(false).at(0x8000, Mode.MON);
    both.system.exceptionReturn(0x9000, Mode.HYP);
    expect(both.state.mode).toBe(Mode.HYP);
  });

  it('lets a pending interrupt in that it unmasks', () => {
    const bench = new CpuBench(PLAIN).at(0x8000, Mode.SVC, PSR.I);
    bench.exceptions.irq = true;
    bench.system.exceptionReturn(0x9000, Mode.USR | PSR.I);
    expect(bench.control.calls).not.toContain('checkInterrupts');
    bench.at(0x8000, Mode.SVC, PSR.I);
    bench.system.exceptionReturn(0x9000, Mode.USR);
    expect(bench.control.calls).toContain('checkInterrupts');
    expect(bench.exceptions.takePendingInterrupt(0x9000)).toBe(true);
    expect(bench.reg(14)).toBe(0x9004);
  });
});

describe('interrupts', () => {
  const pending = (bench: CpuBench) => bench.exceptions.pendingInterrupt();

  it('are masked by CPSR.I and F, FIQ goes first', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC, PSR.I | PSR.F);
    bench.exceptions.irqLine(true);
    bench.exceptions.fiqLine(true);
    expect(bench.control.calls).toEqual(['checkInterrupts', 'checkInterrupts']);
    expect(pending(bench)).toBe(Interrupt.NONE);
    expect(bench.exceptions.wakeUp).toBe(true);
    bench.at(0, Mode.SVC, PSR.F);
    expect(pending(bench)).toBe(Interrupt.IRQ);
    bench.at(0, Mode.SVC);
    expect(pending(bench)).toBe(Interrupt.FIQ);
    bench.exceptions.fiqLine(false);
    expect(pending(bench)).toBe(Interrupt.IRQ);
    bench.exceptions.irqLine(false);
    expect(pending(bench)).toBe(Interrupt.NONE);
    expect(bench.exceptions.wakeUp).toBe(false);
    expect(bench.exceptions.takePendingInterrupt(0)).toBe(false);
  });

  it('go to Monitor mode by SCR, past CPSR.F unless SCR.FW', () => {
    const bench = new CpuBench(BOTH).secure(false).at(0, Mode.SVC, PSR.F | PSR.I);
    bench.state.set(CPU.SCR, SCR.NS | SCR.FIQ);
    bench.state.set(CPU.MVBAR, 0x5000_0000);
    bench.exceptions.fiq = true;
    expect(pending(bench)).toBe(Interrupt.FIQ);
    bench.state.set(CPU.SCR, SCR.NS | SCR.FIQ | SCR.FW);
    expect(pending(bench)).toBe(Interrupt.NONE);
    bench.state.set(CPU.SCR, SCR.NS | SCR.FIQ);
    bench.exceptions.takeInterrupt(Interrupt.FIQ, 0x100);
    expect(bench.control.target).toBe(0x5000_001c);
    expect(bench.cpsr).toBe(PSR.A | PSR.I | PSR.F | Mode.MON);
    expect(bench.reg(14)).toBe(0x104);
    // From Secure state CPSR.F masks.
    bench.state.set(CPU.SCR, SCR.FIQ);
    bench.at(0, Mode.SVC, PSR.F);
    expect(pending(bench)).toBe(Interrupt.NONE);
  });

  it('go to Hyp mode by HCR, past CPSR.I, and from Hyp mode always', () => {
    const bench = new CpuBench(HYP).at(0, Mode.USR, PSR.I);
    bench.exceptions.irq = true;
    expect(pending(bench)).toBe(Interrupt.NONE);
    bench.state.set(CPU.HCR, HCR.IMO);
    bench.state.set(CPU.HVBAR, 0x6000_0000);
    expect(pending(bench)).toBe(Interrupt.IRQ);
    bench.exceptions.takeInterrupt(Interrupt.IRQ, 0x100);
    expect(bench.control.target).toBe(0x6000_0018);
    expect(bench.cpsr).toBe(PSR.A | PSR.I | PSR.F | Mode.HYP);
    expect(bench.state.get(CPU.ELR_HYP)).toBe(0x100);
    expect(bench.spsr(Bank.HYP)).toBe(PSR.I | Mode.USR);
    // In Hyp mode CPSR.I masks, and without IMO the interrupt stays in Hyp mode.
    expect(pending(bench)).toBe(Interrupt.NONE);
    bench.state.set(CPU.HCR, 0);
    bench.at(0, Mode.HYP);
    expect(pending(bench)).toBe(Interrupt.IRQ);
    bench.exceptions.takeInterrupt(Interrupt.IRQ, 0x200);
    expect(bench.state.mode).toBe(Mode.HYP);
    expect(bench.state.get(CPU.ELR_HYP)).toBe(0x200);
  });

  it('go to Hyp mode by HCR.TGE, which disables the virtual ones', () => {
    const bench = new CpuBench(HYP).at(0, Mode.USR, PSR.I | PSR.F);
    bench.state.set(CPU.HCR, HCR.TGE | HCR.VI | HCR.VA);
    bench.exceptions.virtualFiqLine(true);
    expect([pending(bench), bench.exceptions.wakeUp]).toEqual([Interrupt.NONE, false]);
    bench.state.set(CPU.HCR, HCR.TGE | HCR.VI | HCR.VA | HCR.IMO | HCR.FMO | HCR.AMO);
    bench.at(0, Mode.USR);
    expect([pending(bench), bench.exceptions.wakeUp]).toEqual([Interrupt.NONE, false]);
    bench.state.set(CPU.HCR, HCR.TGE);
    bench.at(0, Mode.USR, PSR.I | PSR.F);
    bench.exceptions.irq = true;
    expect(pending(bench)).toBe(Interrupt.IRQ);
    bench.exceptions.takeInterrupt(Interrupt.IRQ, 0x100);
    expect([bench.state.mode, bench.control.target]).toEqual([Mode.HYP, 0x18]);
  });

  it('are virtual with HCR.VI, VF and VA or the lines, outside Hyp mode', () => {
    const bench = new CpuBench(HYP).at(0, Mode.SVC);
    bench.state.set(CPU.HCR, HCR.VI);
    expect(pending(bench)).toBe(Interrupt.NONE);
    bench.state.set(CPU.HCR, HCR.VI | HCR.IMO);
    expect(pending(bench)).toBe(Interrupt.VIRTUAL_IRQ);
    expect(bench.system.cp15.read(0, 12, 1, 0)).toBe(PSR.I);
    bench.exceptions.takeInterrupt(Interrupt.VIRTUAL_IRQ, 0x40);
    expect(bench.state.mode).toBe(Mode.IRQ);
    expect(bench.reg(14)).toBe(0x44);
    bench.at(0, Mode.HYP);
    expect(pending(bench)).toBe(Interrupt.NONE);
    bench.at(0, Mode.USR, PSR.I);
    expect(pending(bench)).toBe(Interrupt.NONE);
    bench.state.set(CPU.HCR, HCR.FMO);
    bench.exceptions.virtualFiqLine(true);
    expect(pending(bench)).toBe(Interrupt.VIRTUAL_FIQ);
    bench.exceptions.virtualFiqLine(false);
    bench.state.set(CPU.HCR, HCR.AMO | HCR.VA);
    expect(pending(bench)).toBe(Interrupt.VIRTUAL_ABORT);
    bench.exceptions.takeInterrupt(Interrupt.VIRTUAL_ABORT, 0x40);
    expect(bench.state.mode).toBe(Mode.ABT);
    expect(bench.reg(14)).toBe(0x48);
    expect(bench.state.get(CPU.HCR)).toBe(HCR.AMO);
    expect(bench.state.get(CPU.DFSR)).toBe(0x406);
  });
});

describe('calls upwards', () => {
  it('SMC enters Monitor mode; from Monitor mode it clears SCR.NS', () => {
    const bench = new CpuBench(SECURE).secure(false).at(0x8000, Mode.SVC, PSR.T);
    bench.state.set(CPU.MVBAR, 0x5000_0000);
    bench.system.smc(0);
    expect(bench.control.target).toBe(0x5000_0008);
    expect(bench.reg(14)).toBe(0x8004);
    expect(bench.cpsr).toBe(PSR.A | PSR.I | PSR.F | Mode.MON);
    expect(bench.spsr(Bank.MON)).toBe(PSR.T | Mode.SVC);
    expect(bench.state.get(CPU.SCR) & SCR.NS).toBe(SCR.NS);
    bench.at(0x8000, Mode.MON);
    bench.leaves(() => bench.exceptions.undefined());
    expect(bench.state.get(CPU.SCR) & SCR.NS).toBe(0);
    expect(bench.state.mode).toBe(Mode.UND);
  });

  it('SMC and HVC are UNDEFINED where there is nothing above, and in User mode', () => {
    const plain = new CpuBench(PLAIN).at(0x8000, Mode.SVC);
    expect(plain.isUndefined(() => plain.system.smc(0))).toBe(true);
    expect(plain.isUndefined(() => plain.system.hvc(0))).toBe(true);
    const both = new CpuBench(BOTH).at(0x8000, Mode.SVC);
    expect(both.isUndefined(() => both.system.hvc(0))).toBe(true);
    both.secure(false);
    expect(both.isUndefined(() => both.system.hvc(0))).toBe(true);
    both.state.set(CPU.SCR, SCR.NS | SCR.HCE);
    expect(both.leaves(() => both.system.hvc(0))).toBe(false);
    expect(both.state.mode).toBe(Mode.HYP);
    const hyp = new CpuBench(HYP).at(0x8000, Mode.USR);
    expect(hyp.isUndefined(() => hyp.system.hvc(0))).toBe(true);
    expect(hyp.isUndefined(() => hyp.system.smc(0))).toBe(true);
  });

  it('HVC enters Hyp mode with its immediate in HSR', () => {
    const bench = new CpuBench(HYP).at(0x8000, Mode.SVC, PSR.T);
    bench.state.set(CPU.HVBAR, 0x6000_0000);
    bench.system.hvc(0xabcd);
    expect(bench.control.target).toBe(0x6000_0014);
    expect(bench.state.get(CPU.ELR_HYP)).toBe(0x8004);
    expect(bench.state.get(CPU.HSR)).toBe((0x12 << 26) | (1 << 25) | 0xabcd);
    bench.at(0x8000, Mode.HYP);
    bench.system.hvc(1);
    expect(bench.control.target).toBe(0x6000_0008);
  });

  it('HCR.TGE and Hyp mode itself take general exceptions to Hyp mode', () => {
    const bench = new CpuBench(HYP).at(0x8000, Mode.USR);
    bench.state.set(CPU.HCR, HCR.TGE);
    bench.state.set(CPU.HVBAR, 0x6000_0000);
    for (const test of CASES.filter(({ name }) => name !== 'IRQ' && name !== 'FIQ')) {
      bench.at(0x8000, Mode.USR);
      bench.leaves(() => test.raise(bench));
      expect(bench.state.mode, test.name).toBe(Mode.HYP);
      expect(bench.control.target, test.name).toBe(0x6000_0014);
      const preferred = test.name === 'Supervisor Call' ? 0x8004 : 0x8000;
      expect(bench.state.get(CPU.ELR_HYP), test.name).toBe(preferred);
      // From Hyp mode: its own vector.
      bench.at(0x8000, Mode.HYP);
      bench.leaves(() => test.raise(bench));
      expect(bench.control.target, test.name).toBe(0x6000_0000 + test.vector);
      // From PL1 the exception stays there.
      bench.at(0x8000, Mode.SYS);
      bench.leaves(() => test.raise(bench));
      expect(bench.state.mode, test.name).toBe(test.mode);
    }
  });

  it('BKPT goes to Hyp mode by HDCR.TDE, as a Prefetch Abort', () => {
    const bench = new CpuBench(HYP).at(0x8000, Mode.SVC);
    bench.state.set(CPU.HDCR, HDCR.TDE);
    bench.leaves(() => bench.exceptions.bkpt(0));
    expect([bench.state.mode, bench.control.target]).toEqual([Mode.HYP, 0x14]);
    expect(bench.state.get(CPU.HSR)).toBe((0x20 << 26) | 0x22);
  });

  it('a stage 2 fault goes to Hyp mode with HDFAR and HPFAR', () => {
    const bench = new CpuBench(HYP).at(0x8000, Mode.USR);
    fault.set(FaultType.TRANSLATION, 3, 0);
    fault.stage2 = true;
    fault.onWalk = true;
    fault.ipa = 0x12_3456_7890;
    bench.leaves(() => bench.exceptions.raiseDataAbort(0x1004, fault, true));
    expect(bench.state.mode).toBe(Mode.HYP);
    expect(bench.control.target).toBe(0x14);
    expect(bench.state.get(CPU.HSR)).toBe((0x24 << 26) | (1 << 7) | (1 << 6) | 0x07);
    expect(bench.state.get(CPU.HDFAR)).toBe(0x1004);
    expect(bench.state.get(CPU.HPFAR)).toBe(0x1234_5670);
    expect(bench.state.get(CPU.ELR_HYP)).toBe(0x8000);
    // From Hyp mode: class and vector of its own.
    bench.at(0x9000, Mode.HYP);
    bench.leaves(() => bench.exceptions.raisePrefetchAbort(0x9000, translationFault()));
    expect(bench.control.target).toBe(0x0c);
    expect(bench.state.get(CPU.HSR)).toBe((0x21 << 26) | 0x06);
    expect(bench.state.get(CPU.HIFAR)).toBe(0x9000);
  });

  it('an external abort goes to Monitor mode by SCR.EA, others do not', () => {
    const bench = new CpuBench(SECURE).secure(false).at(0x8000, Mode.USR);
    bench.state.set(CPU.SCR, SCR.NS | SCR.EA);
    bench.leaves(() => bench.exceptions.raiseDataAbort(0x1004, translationFault(), false));
    expect(bench.state.mode).toBe(Mode.ABT);
    bench.at(0x8000, Mode.USR);
    bench.leaves(() => bench.exceptions.raiseDataAbort(0x1008, externalAbort(), false));
    expect(bench.state.mode).toBe(Mode.MON);
    expect(bench.reg(14)).toBe(0x8008);
    expect(bench.state.get(CPU.DFAR + 4)).toBe(0x1008);
  });
});

describe('hints', () => {
  it('WFI waits unless an interrupt is pending, masked or not', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC, PSR.I);
    bench.exceptions.wfi();
    expect(bench.control.calls).toEqual(['waitForInterrupt']);
    bench.at(0, Mode.SVC, PSR.I).exceptions.irq = true;
    bench.exceptions.wfi();
    expect(bench.control.calls).toEqual([]);
  });

  it('WFE consumes the event that SEV leaves', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.USR);
    bench.exceptions.sev();
    bench.exceptions.wfe();
    expect(bench.control.calls).toEqual([]);
    bench.exceptions.wfe();
    expect(bench.control.calls).toEqual(['waitForEvent']);
  });

  it('WFE consumes the event that an exception return leaves', () => {
    const bench = new CpuBench(HYP).at(0, Mode.SVC);
    bench.system.exceptionReturn(0x100, Mode.USR);
    bench.state.set(CPU.HCR, HCR.TWE);
    expect(bench.leaves(() => bench.exceptions.wfe())).toBe(false);
    bench.control.current = new Decoder(DEFINITIONS).decodeA32(0xe320_f002 | 0);
    expect(bench.leaves(() => bench.exceptions.wfe())).toBe(true);
  });

  it('both trap to Hyp mode by HCR.TWI and TWE', () => {
    const decoder = new Decoder(DEFINITIONS);
    const bench = new CpuBench(HYP).at(0x100, Mode.SVC);
    bench.control.current = decoder.decodeA32(0xe320_f003 | 0);
    bench.state.set(CPU.HCR, HCR.TWI | HCR.TWE);
    expect(bench.leaves(() => bench.exceptions.wfi())).toBe(true);
    expect(bench.state.get(CPU.HSR)).toBe((0x01 << 26) | (1 << 25) | (1 << 24) | (14 << 20));
    bench.at(0x100, Mode.SVC, PSR.T);
    bench.control.current = decoder.decodeThumb(0xbf20, 2, false);
    expect(bench.leaves(() => bench.exceptions.wfe())).toBe(true);
    expect(bench.state.get(CPU.HSR)).toBe((0x01 << 26) | (1 << 24) | (14 << 20) | 1);
    bench.at(0x100, Mode.HYP);
    expect(bench.leaves(() => bench.exceptions.wfi())).toBe(false);
  });
});

describe('VFP and Advanced SIMD enables', () => {
  it('follow CPACR, FPEXC.EN and the mode', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    const enabled = () => [bench.exceptions.vfpEnabled(), bench.exceptions.simdEnabled()];
    expect(enabled()).toEqual([false, false]);
    expect(bench.isUndefined(() => bench.system.readVfpSystem(0))).toBe(true);
    bench.system.cp15.write(0, 1, 0, 2, 0x0050_0000);
    expect(bench.control.calls).toContain('fpAccessChanged');
    expect(bench.system.readVfpSystem(0)).toBe(0x4104_30f0);
    expect(bench.system.readVfpSystem(7)).toBe(0x1011_0222);
    expect(bench.system.readVfpSystem(6)).toBe(0x1111_1111);
    expect(bench.isUndefined(() => bench.system.readVfpSystem(1))).toBe(true);
    bench.system.writeVfpSystem(8, -1);
    expect(bench.system.readVfpSystem(8)).toBe(0x4000_0000);
    expect(enabled()).toEqual([true, true]);
    bench.system.writeVfpSystem(1, -1);
    expect(bench.system.readVfpSystem(1) >>> 0).toBe(0xfff7_009f);
    bench.at(0, Mode.USR);
    expect(enabled()).toEqual([false, false]);
    bench.at(0, Mode.SVC).system.cp15.write(0, 1, 0, 2, 0x80f0_0000 | 0);
    bench.at(0, Mode.USR);
    expect(enabled()).toEqual([true, false]);
    expect(bench.isUndefined(() => bench.system.readVfpSystem(0))).toBe(true);
    expect(bench.isUndefined(() => bench.system.readVfpSystem(8))).toBe(true);
  });

  describe('HCPTR', () => {
    /** A vCPU on which everything else permits VFP and Advanced SIMD. */
    function permitted(mode: number): CpuBench {
      const bench = new CpuBench(HYP).at(0x100, mode);
      bench.state.set(CPU.CPACR, 0x00f0_0000);
      bench.state.set(CPU.FPEXC, FPEXC_EN);
      return bench;
    }
    const HSR_VFP = (0x07 << 26) | (0x3e << 20) | 0xa;

    it.each([Mode.USR, Mode.SVC])('TCP10 traps from mode %i to Hyp mode', (mode) => {
      const bench = permitted(mode);
      expect(bench.exceptions.vfpEnabled()).toBe(true);
      bench.state.set(CPU.HCPTR, HCPTR.TCP10 | HCPTR.TCP11);
      expect([bench.exceptions.vfpEnabled(), bench.exceptions.simdEnabled()]).toEqual([false, false]);
      expect(bench.leaves(() => bench.exceptions.fpUndefined(false))).toBe(true);
      expect([bench.control.target, bench.state.mode]).toEqual([0x14, Mode.HYP]);
      expect(bench.state.get(CPU.HSR)).toBe(HSR_VFP);
      expect(bench.state.get(CPU.ELR_HYP)).toBe(0x100);
    });

    it('TASE traps Advanced SIMD alone, and says so', () => {
      const bench = permitted(Mode.SVC);
      bench.state.set(CPU.HCPTR, HCPTR.TASE);
      expect([bench.exceptions.vfpEnabled(), bench.exceptions.simdEnabled()]).toEqual([true, false]);
      bench.leaves(() => bench.exceptions.fpUndefined(true));
      expect(bench.control.target).toBe(0x14);
      expect(bench.state.get(CPU.HSR)).toBe(HSR_VFP | (1 << 5));
    });

    it('traps only what would not be UNDEFINED otherwise', () => {
      const bench = permitted(Mode.SVC);
      bench.state.set(CPU.HCPTR, HCPTR.TCP10);
      bench.state.set(CPU.FPEXC, 0);
      expect(bench.isUndefined(() => bench.exceptions.fpUndefined(false))).toBe(true);
      // FPEXC itself does not need FPEXC.EN.
      bench.at(0x100, Mode.SVC);
      expect(bench.leaves(() => bench.system.readVfpSystem(8))).toBe(true);
      expect([bench.control.target, bench.state.get(CPU.HSR)]).toEqual([0x14, HSR_VFP]);
      bench.at(0x100, Mode.SVC);
      bench.state.set(CPU.CPACR, 0);
      expect(bench.isUndefined(() => bench.system.readVfpSystem(8))).toBe(true);
    });

    it('is an Undefined Instruction exception in Hyp mode', () => {
      const bench = permitted(Mode.HYP);
      bench.state.set(CPU.CPACR, 0);
      expect(bench.exceptions.vfpEnabled()).toBe(true);
      bench.state.set(CPU.HCPTR, HCPTR.TCP10);
      expect(bench.leaves(() => bench.exceptions.fpUndefined(false))).toBe(true);
      expect([bench.control.target, bench.state.get(CPU.HSR)]).toEqual([0x04, HSR_VFP]);
    });
  });

  it('NSACR makes VFP UNDEFINED at PL1, and in Hyp mode as HCPTR does, with its syndrome', () => {
    const bench = new CpuBench(BOTH).secure(false).at(0x100, Mode.SVC);
    bench.state.set(CPU.CPACR, 0x00f0_0000);
    bench.state.set(CPU.FPEXC, FPEXC_EN);
    bench.state.set(CPU.NSACR, 0);
    expect(bench.isUndefined(() => bench.exceptions.fpUndefined(false))).toBe(true);
    const inHyp = (what: () => unknown) => {
      bench.at(0x100, Mode.HYP);
      bench.state.set(CPU.HSR, 0);
      expect(bench.leaves(what)).toBe(true);
      return [bench.control.target, bench.state.get(CPU.HSR)];
    };
    const hsr = (0x07 << 26) | (0x3e << 20) | 0xa;
    expect(inHyp(() => bench.exceptions.fpUndefined(false))).toEqual([0x04, hsr]);
    expect(inHyp(() => bench.system.readVfpSystem(8))).toEqual([0x04, hsr]);
    bench.state.set(CPU.NSACR, NSACR.CP10 | NSACR.CP11 | NSACR.NSASEDIS);
    bench.at(0x100, Mode.HYP);
    expect([bench.exceptions.vfpEnabled(), bench.exceptions.simdEnabled()]).toEqual([true, false]);
    expect(inHyp(() => bench.exceptions.fpUndefined(true))).toEqual([0x04, hsr | (1 << 5)]);
    // FPEXC.EN comes first.
    bench.state.set(CPU.FPEXC, 0);
    expect(inHyp(() => bench.exceptions.fpUndefined(true))).toEqual([0x04, 0]);
  });

  it('depend on the mode when CPACR makes a difference between modes', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.SVC);
    bench.state.set(CPU.CPACR, 0x0050_0000);
    bench.state.set(CPU.FPEXC, FPEXC_EN);
    expect(bench.exceptions.fpEnabled()).toBe(FpEnabled.VFP | FpEnabled.SIMD);
    bench.system.exceptionReturn(0, Mode.USR);
    expect(bench.exceptions.fpEnabled()).toBe(0);
  });
});

describe('SRS', () => {
  it('finds SP of the mode, and is UNDEFINED where QEMU says so', () => {
    const bench = new CpuBench(PLAIN).at(0, Mode.IRQ);
    bench.system.setSpOfMode(Mode.SVC, 0x4000);
    expect(bench.system.spOfMode(Mode.SVC)).toBe(0x4000);
    for (const bad of [0x14, Mode.MON, Mode.HYP])
      expect(bench.isUndefined(() => bench.system.spOfMode(bad))).toBe(true);
    for (const mode of [Mode.USR, Mode.SYS]) {
      bench.at(0, mode);
      expect(bench.isUndefined(() => bench.system.spOfMode(Mode.SVC))).toBe(true);
    }
    const hyp = new CpuBench(HYP).at(0, Mode.HYP);
    expect(hyp.isUndefined(() => hyp.system.spOfMode(Mode.SVC))).toBe(true);
  });
});
