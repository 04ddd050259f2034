import { beforeEach, describe, expect, it } from 'vitest';
import { CPU, Mode, PSR } from '../../../jit/abi/cpu-state.js';
import { FlatMachine } from '../flat-machine.js';

let m: FlatMachine;
beforeEach(() => {
  m = new FlatMachine();
});

describe('MSR and MRS', () => {
  it('write and read the flags, Q and GE', () => {
    m.setRegs({ 0: 0xa80f_0000 | 0 });
    m.a32(0xe12cf000, 0xe10f1000); // msr APSR_nzcvqg, r0; mrs r1, APSR
    expect(m.reg(1) & 0xf80f_0000).toBe(0xa80f_0000 | 0);
  });

  it('leave GE alone when only nzcvq is named', () => {
    m.state.set(CPU.GE, 5);
    m.a32(0xe328f20f); // msr APSR_nzcvq, #0xf0000000
    expect(m.state.cpsr & 0xf00f_0000).toBe(0xf005_0000 | 0);
  });

  it('SPSR is UNDEFINED in User mode', () => {
    m.mode = Mode.USR;
    m.a32(0xe14f0000); // mrs r0, spsr
    m.a32(0xe16ff000); // msr spsr_fsxc, r0
    expect(m.events).toEqual(['undefined', 'undefined']);
  });

  it('banked forms with R15 are UNDEFINED', () => {
    m.a32(0xe140f300); // mrs pc, SPSR_irq
    expect(m.events).toEqual(['undefined']);
  });
});

describe('CPS and SETEND', () => {
  it('change the mode', () => {
    m.a32(0xf1020012); // cps #18
    expect(m.mode).toBe(Mode.IRQ);
  });

  it('disable and enable interrupts', () => {
    m.a32(0xf10c00c0); // cpsid if
    expect(m.state.get(CPU.CPSR) & (PSR.A | PSR.I | PSR.F)).toBe(PSR.I | PSR.F);
    m.t32([0xb662]); // cpsie i
    expect(m.state.get(CPU.CPSR) & (PSR.A | PSR.I | PSR.F)).toBe(PSR.F);
    m.t32([0xf3af8680]); // cpsid.w a
    expect(m.state.get(CPU.CPSR) & (PSR.A | PSR.I | PSR.F)).toBe(PSR.A | PSR.F);
  });

  it('do nothing in User mode', () => {
    m.mode = Mode.USR;
    m.a32(0xf10c00c0, 0xf1020013);
    expect(m.mode).toBe(Mode.USR);
    expect(m.state.get(CPU.CPSR) & (PSR.I | PSR.F)).toBe(0);
    expect(m.events).toEqual([]);
  });

  it('set and clear E', () => {
    m.a32(0xf1010200);
    expect(m.state.get(CPU.CPSR) & PSR.E).toBe(PSR.E);
    m.t32([0xb650]); // setend le
    expect(m.state.get(CPU.CPSR) & PSR.E).toBe(0);
  });
});

describe('MRC', () => {
  it('gives its operands to the system', () => {
    m.a32(0xee37_5f54); // mrc p15, 1, r5, c7, c4, 2
    expect(m.reg(5)).toBe((15 << 28) | (1 << 12) | (7 << 8) | (4 << 4) | 2);
  });

  it('with Rt = 15 sets NZCV alone', () => {
    m.state.set(CPU.QF, 1);
    m.a32(0xee11ff10); // mrc p15, 0, APSR_nzcv, c1, c0, 0: the answer is 0xf0000100
    expect(m.state.cpsr & 0xf800_0000).toBe(0xf800_0000 | 0);
  });

  it('to other coprocessors, CDP, LDC and the 2 forms are UNDEFINED', () => {
    for (const word of [0xee11_0710, 0xee00_0e00, 0xed91_6e00, 0xfe11_0f10, 0xec51_0700]) m.a32(word);
    expect(m.events).toEqual(Array(5).fill('undefined'));
  });
});
