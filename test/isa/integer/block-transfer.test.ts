import { beforeEach, describe, expect, it } from 'vitest';
import { CPU, Mode } from '../../../jit/abi/cpu-state.js';
import { writeSPSR, writeUserRegister } from '../../../runtime/cpu/modes.js';
import { CODE, DATA, FlatMachine } from '../flat-machine.js';

let m: FlatMachine;
beforeEach(() => {
  m = new FlatMachine();
  m.setWords(DATA - 12, -12, -8, -4, 100, 4, 8, 12);
  m.setRegs({ 1: DATA });
});

const registers = () => [m.reg(0), m.reg(1), m.reg(2)];

describe('LDM', () => {
  it('loads the base when it is in the list', () => {
    m.a32(0xe8910007); // ldm r1, {r0, r1, r2}
    expect(registers()).toEqual([100, 4, 8]);
  });

  it('increments before', () => {
    m.a32(0xe9910005); // ldmib r1, {r0, r2}
    expect(registers()).toEqual([4, DATA, 8]);
  });

  it('decrements after', () => {
    m.a32(0xe8310005); // ldmda r1!, {r0, r2}
    expect(registers()).toEqual([-4, DATA - 8, 100]);
  });

  it('decrements before, and interworks through PC', () => {
    m.setWords(DATA - 12, 1, 2, 0x2001);
    m.a32(0xe9318005); // ldmdb r1!, {r0, r2, pc}
    expect(registers()).toEqual([1, DATA - 12, 2]);
    expect([m.pc, m.thumb]).toEqual([0x2000, true]);
  });

  it('changes no register when the last load faults', () => {
    m.setRegs({ 0: 1, 1: 0xfff8, 2: 2 });
    m.a32(0xe8910007);
    expect(m.events).toEqual([`abort ${0x1_0000}`]);
    expect(registers()).toEqual([1, 0xfff8, 2]);
  });

  it('must be aligned', () => {
    m.setRegs({ 1: DATA + 2 });
    m.a32(0xe8910007);
    expect(m.events).toEqual([`alignment ${DATA + 2}`]);
  });

  it('is UNDEFINED with an empty list, Rn = 15, or the written-back base in the list', () => {
    m.a32(0xe8910000);
    m.a32(0xe89f0001);
    m.a32(0xe8b10003);
    expect(m.events).toEqual(['undefined', 'undefined', 'undefined']);
  });

  it('is UNDEFINED in T32 with one register, as in QEMU 7.2', () => {
    m.t32([0xe8910001]); // ldm.w r1, {r0}
    expect(m.events).toEqual(['undefined']);
    m.t32([0xe8910005]); // ldm.w r1, {r0, r2}
    expect(registers()).toEqual([100, DATA, 4]);
  });

  it('in T16 writes back unless the base is loaded', () => {
    m.t32([0xc903]); // ldmia r1, {r0, r1}
    expect(registers()).toEqual([100, 4, 0]);
    m.setRegs({ 1: DATA });
    m.t32([0xc905]); // ldmia r1!, {r0, r2}
    expect(registers()).toEqual([100, DATA + 8, 4]);
  });
});

describe('POP and PUSH', () => {
  it('pop into PC and change to A32', () => {
    m.setRegs({ 13: DATA });
    m.setWords(DATA, 1, 0x2000);
    m.t32([0xbd10]); // pop {r4, pc}
    expect([m.reg(4), m.reg(13), m.pc, m.thumb]).toEqual([1, DATA + 8, 0x2000, false]);
  });

  it('push LR above the others', () => {
    m.setRegs({ 0: 1, 13: DATA, 14: 2 });
    m.t32([0xb501]); // push {r0, lr}
    expect([m.word(DATA - 8), m.word(DATA - 4), m.reg(13)]).toEqual([1, 2, DATA - 8]);
  });
});

describe('STM', () => {
  it('stores the old base', () => {
    m.setRegs({ 0: 1, 2: 3 });
    m.a32(0xe8a10007); // stmia r1!, {r0, r1, r2}
    expect([m.word(DATA), m.word(DATA + 4), m.word(DATA + 8)]).toEqual([1, DATA, 3]);
    expect(m.reg(1)).toBe(DATA + 12);
  });

  it('stores PC + 8, incrementing before', () => {
    m.setRegs({ 0: 1 });
    m.a32(0xe9818001); // stmib r1, {r0, pc}
    expect([m.word(DATA + 4), m.word(DATA + 8)]).toEqual([1, CODE + 8]);
  });

  it('decrements after', () => {
    m.setRegs({ 0: 1, 2: 3 });
    m.a32(0xe8210005); // stmda r1!, {r0, r2}
    expect([m.word(DATA - 4), m.word(DATA), m.reg(1)]).toEqual([1, 3, DATA - 8]);
  });

  it('in T16 always writes back', () => {
    m.setRegs({ 0: 1 });
    m.t32([0xc103]); // stmia r1!, {r0, r1}
    expect([m.word(DATA), m.word(DATA + 4), m.reg(1)]).toEqual([1, DATA, DATA + 8]);
  });
});

describe('user registers and exception return', () => {
  it('LDM and STM reach the registers of User mode', () => {
    m.setRegs({ 13: 0x1111 });
    m.a32(0xe8d12001); // ldm r1, {r0, sp}^
    expect([m.reg(0), m.reg(13)]).toEqual([100, 0x1111]);
    writeUserRegister(m.state, 13, 0x77);
    m.a32(0xe8c12001); // stm r1, {r0, sp}^
    expect(m.word(DATA + 4)).toBe(0x77);
  });

  it('LDM with PC returns by SPSR after the write-back', () => {
    writeSPSR(m.state, Mode.SVC, Mode.USR);
    m.setWords(DATA, 5, 0x3000);
    m.a32(0xe8f18001); // ldm r1!, {r0, pc}^
    expect(m.events).toEqual([`return ${0x3000} ${Mode.USR}`]);
    expect([m.reg(0), m.reg(1)]).toEqual([5, DATA + 8]);
  });

  it('are UNDEFINED in User and in Hyp mode', () => {
    for (const mode of [Mode.USR, Mode.HYP]) {
      m.mode = mode;
      m.a32(0xe8d12001);
      m.a32(0xe8c12001);
      m.a32(0xe8f18001);
      m.a32(0xf8b10a00); // rfeia r1!
      m.a32(0xf96d0513); // srsdb sp!, #19
    }
    expect(m.events).toEqual(Array(10).fill('undefined'));
  });

  it('RFE loads PC and CPSR', () => {
    m.setWords(DATA, 0x3000, 0x13);
    m.a32(0xf8b10a00); // rfeia r1!
    expect(m.events).toEqual([`return ${0x3000} ${0x13}`]);
    expect(m.reg(1)).toBe(DATA + 8);
  });

  it('SRS stores LR and SPSR on the stack of a mode', () => {
    m.mode = Mode.IRQ;
    m.setRegs({ 14: 0x4444 });
    writeSPSR(m.state, Mode.IRQ, 0x10);
    m.state.set(CPU.BANKED_SP + 4 * 3, DATA);
    m.a32(0xf96d0513); // srsdb sp!, #19
    expect([m.word(DATA - 8), m.word(DATA - 4)]).toEqual([0x4444, 0x10]);
    expect(m.state.get(CPU.BANKED_SP + 4 * 3)).toBe(DATA - 8);
  });

  it('SRS is UNDEFINED for modes that it may not name', () => {
    m.a32(0xf96d0512); // #18 is fine
    m.a32(0xf96d0500);
    m.a32(0xf96d0516);
    m.mode = Mode.SYS;
    m.a32(0xf96d0513);
    expect(m.events.filter((event) => event === 'undefined')).toHaveLength(3);
  });
});
