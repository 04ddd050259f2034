import { beforeEach, describe, expect, it } from 'vitest';
import { CPU, Mode, PSR } from '../../../jit/abi/cpu-state.js';
import { CODE, DATA, FlatMachine } from '../flat-machine.js';

let m: FlatMachine;
beforeEach(() => {
  m = new FlatMachine();
  m.setWords(DATA - 8, 0x0102_0304, 0x1112_1314, 0x8122_a384 | 0, 0x3132_3334, 0x4142_4344);
  m.setRegs({ 1: DATA });
});

describe('LDR', () => {
  it('pre-indexes', () => {
    m.a32(0xe5b10004); // ldr r0, [r1, #4]!
    expect([m.reg(0), m.reg(1)]).toEqual([0x3132_3334, DATA + 4]);
  });

  it('post-indexes downwards', () => {
    m.a32(0xe4110004); // ldr r0, [r1], #-4
    expect([m.reg(0), m.reg(1)]).toEqual([0x8122_a384 | 0, DATA - 4]);
  });

  it('lets the loaded value win when Rt is the base', () => {
    m.a32(0xe4911004); // ldr r1, [r1], #4
    expect(m.reg(1)).toBe(0x8122_a384 | 0);
  });

  it('leaves the base alone when it faults', () => {
    m.setRegs({ 1: 0x1_0000 });
    m.a32(0xe5b10004);
    expect(m.events).toEqual([`abort ${0x1_0004}`]);
    expect(m.reg(1)).toBe(0x1_0000);
  });

  it('shifts the offset register', () => {
    m.setRegs({ 2: 2 });
    m.a32(0xe7910102); // ldr r0, [r1, r2, lsl #2]
    expect(m.reg(0)).toBe(0x4142_4344);
  });

  it('takes the carry into RRX and subtracts', () => {
    m.state.set(CPU.CF, 0);
    m.setRegs({ 2: 8 });
    m.a32(0xe7110062); // ldr r0, [r1, -r2, rrx]
    expect(m.reg(0)).toBe(0x1112_1314);
    m.state.set(CPU.CF, 1);
    m.setRegs({ 1: (DATA + 0x8000_0000 + 4) | 0 });
    m.a32(0xe7110062);
    expect(m.reg(0)).toBe(0x8122_a384 | 0);
  });

  it('reads ASR #0 as ASR #32', () => {
    m.setRegs({ 1: DATA + 1, 2: -5 });
    m.a32(0xe7910042); // ldr r0, [r1, r2, asr #32]
    expect(m.reg(0)).toBe(0x8122_a384 | 0);
  });

  it('is PC-relative from the literal form in A32', () => {
    m.a32(0xe51f0008); // ldr r0, [pc, #-8]: itself
    expect(m.reg(0)).toBe(0xe51f0008 | 0);
  });

  it('aligns PC in the Thumb literal forms', () => {
    m.setWords(CODE + 8, 0x1234_5678);
    m.t32([0x4801], 1, CODE); // ldr r0, [pc, #4]: CODE + 8
    expect(m.reg(0)).toBe(0x1234_5678);
    m.setRegs({ 0: 0 });
    m.setWords(CODE + 8, 0x1234_5678);
    m.t32([0x4801], 1, CODE + 2); // Align(CODE + 6, 4) + 4
    expect(m.reg(0)).toBe(0x1234_5678);
    m.t32([0xf85f0004], 1, CODE); // ldr.w r0, [pc, #-4]: itself
    expect(m.reg(0)).toBe(0x0004f85f);
  });

  it('interworks when it loads PC', () => {
    m.setWords(DATA, 0x2001);
    m.a32(0xe591f000); // ldr pc, [r1]
    expect([m.pc, m.thumb]).toEqual([0x2000, true]);
  });

  it('has its T32 immediate and register forms', () => {
    m.t32([0xf8510b04]); // ldr.w r0, [r1], #4
    expect([m.reg(0), m.reg(1)]).toEqual([0x8122_a384 | 0, DATA + 4]);
    m.setRegs({ 2: -4 });
    m.t32([0x5888]); // ldr r0, [r1, r2]
    expect(m.reg(0)).toBe(0x8122_a384 | 0);
  });

  it('may be unaligned', () => {
    m.setRegs({ 1: DATA + 1 });
    m.a32(0xe5910000); // ldr r0, [r1]
    expect(m.reg(0)).toBe(0x3481_22a3);
  });

  it('swaps bytes when CPSR.E is set', () => {
    m.a32(0xf1010200, 0xe5910000); // setend be; ldr r0, [r1]
    expect(m.reg(0)).toBe(0x84a3_2281 | 0);
  });
});

describe('signed and narrow loads', () => {
  it('extend the sign', () => {
    m.setRegs({ 1: DATA + 2, 2: 1 });
    m.a32(0xe15100f2); // ldrsh r0, [r1, #-2]
    expect(m.reg(0)).toBe(0xffff_a384 | 0);
    m.a32(0xe19100d2); // ldrsb r0, [r1, r2]
    expect(m.reg(0)).toBe(0xffff_ff81 | 0);
  });
});

describe('stores', () => {
  it('write a halfword and the base back', () => {
    m.setRegs({ 0: 0xaaaa_bbbb | 0 });
    m.a32(0xe1e100b2); // strh r0, [r1, #2]!
    expect([m.word(DATA), m.reg(1)]).toEqual([0xbbbb_a384 | 0, DATA + 2]);
  });

  it('store PC + 8', () => {
    m.a32(0xe581f000); // str pc, [r1]
    expect(m.word(DATA)).toBe(CODE + 8);
  });

  it('are UNDEFINED in Thumb with Rn = 15', () => {
    m.t32([0xf8cf0000]); // str.w r0, [pc]
    expect(m.events).toEqual(['undefined']);
  });
});

describe('unprivileged forms', () => {
  it('post-index in A32 and say so to the memory system', () => {
    m.a32(0xe4b10004); // ldrt r0, [r1], #4
    expect([m.reg(0), m.reg(1)]).toEqual([0x8122_a384 | 0, DATA + 4]);
    expect(m.events).toEqual([`unprivileged ${DATA}`]);
  });

  it('subtract a shifted register', () => {
    m.setRegs({ 0: 0x55, 2: 2 });
    m.a32(0xe6610082); // strbt r0, [r1], -r2, lsl #1
    expect([m.word(DATA), m.reg(1)]).toEqual([0x8122_a355 | 0, DATA - 4]);
    expect(m.events).toEqual([`unprivileged ${DATA}`]);
  });

  it('have a plain offset in T32', () => {
    m.t32([0xf8510e04]); // ldrt r0, [r1, #4]
    expect([m.reg(0), m.reg(1)]).toEqual([0x3132_3334, DATA]);
    expect(m.events).toEqual([`unprivileged ${DATA + 4}`]);
  });

  it('give way to the literal form when Rn is 15', () => {
    m.setWords(CODE + 4 + 0xe00 + 4, 0x7777_7777);
    m.t32([0xf8df0e04]); // ldr.w r0, [pc, #0xe04]
    expect(m.reg(0)).toBe(0x7777_7777);
    m.t32([0xf85f0e04], 1, CODE + 0xe04); // ldr.w r0, [pc, #-0xe04]: bits 11:8 as LDRT's
    expect(m.reg(0)).toBe(m.word(CODE + 4));
    expect(m.events).toEqual([]);
  });
});

describe('LDRD and STRD', () => {
  it('post-index', () => {
    m.setRegs({ 2: 1, 3: 2 });
    m.a32(0xe0c120f8); // strd r2, r3, [r1], #8
    expect([m.word(DATA), m.word(DATA + 4), m.reg(1)]).toEqual([1, 2, DATA + 8]);
  });

  it('post-index downwards in T32', () => {
    m.setRegs({ 2: 1, 3: 2 });
    m.t32([0xe8612302]); // strd r2, r3, [r1], #-8
    expect([m.word(DATA), m.word(DATA + 4), m.reg(1)]).toEqual([1, 2, DATA - 8]);
  });

  it('pre-index by a register', () => {
    m.setRegs({ 2: 1, 3: 2, 4: 4 });
    m.a32(0xe1a120f4); // strd r2, r3, [r1, r4]!
    expect([m.word(DATA + 4), m.word(DATA + 8), m.reg(1)]).toEqual([1, 2, DATA + 4]);
  });

  it('load both words before they write a register', () => {
    m.setRegs({ 2: 0xfffc });
    m.a32(0xe1c220d0); // ldrd r2, r3, [r2]: the second word is beyond memory
    expect(m.events).toEqual([`abort ${0x1_0000}`]);
    expect(m.reg(2)).toBe(0xfffc);
  });

  it('must be word-aligned', () => {
    m.setRegs({ 2: DATA + 2 });
    m.a32(0xe1c220d0);
    expect(m.events).toEqual([`alignment ${DATA + 2}`]);
  });

  it('have a literal form with PC aligned', () => {
    m.setWords(CODE + 12, 5, 6);
    m.t32([0xe9df2302], 1, CODE + 2); // ldrd r2, r3, [pc, #8]: Align(CODE + 6, 4) + 8
    expect([m.reg(2), m.reg(3)]).toEqual([5, 6]);
  });

  it('are UNDEFINED in A32 with an odd Rt', () => {
    m.a32(0xe1c230d0);
    expect(m.events).toEqual(['undefined']);
  });
});

describe('exclusives', () => {
  it('store a doubleword after a matching load', () => {
    m.a32(0xe1b12f9f); // ldrexd r2, r3, [r1]
    expect([m.reg(2), m.reg(3)]).toEqual([0x8122_a384 | 0, 0x3132_3334]);
    m.setRegs({ 0: 9, 2: 7, 3: 8 });
    m.a32(0xe1a10f92); // strexd r0, r2, r3, [r1]
    expect([m.reg(0), m.word(DATA), m.word(DATA + 4)]).toEqual([0, 7, 8]);
  });

  it('do not store without one, or of another size', () => {
    m.setRegs({ 0: 9, 2: 7 });
    m.a32(0xe1912f9f, 0xe1c10f92); // ldrex r2, [r1]; strexb r0, r2, [r1]
    expect([m.reg(0), m.word(DATA)]).toEqual([1, 0x8122_a384 | 0]);
  });

  it('scale the T32 offset', () => {
    m.state.set(CPU.EXCLUSIVE_SIZE, 4);
    m.state.set(CPU.EXCLUSIVE_ADDRESS, DATA + 8);
    m.setRegs({ 0: 9, 2: 7 });
    m.t32([0xe8412002]); // strex r0, r2, [r1, #8]
    expect([m.reg(0), m.word(DATA + 8)]).toEqual([0, 7]);
  });

  it('are UNDEFINED when the status register is among the others', () => {
    m.a32(0xe1811f92); // strex r1, r2, [r1]
    m.a32(0xe1812f92); // strex r2, r2, [r1]
    expect(m.events).toEqual(['undefined', 'undefined']);
  });

  it('SWP is UNDEFINED unless SCTLR.SW is set', () => {
    m.setRegs({ 2: 7 });
    m.a32(0xe1010092); // swp r0, r2, [r1]
    expect(m.events).toEqual(['undefined']);
    m.swapEnabled = true;
    m.a32(0xe1010092);
    expect([m.reg(0), m.word(DATA)]).toEqual([0x8122_a384 | 0, 7]);
  });
});

describe('preload hints', () => {
  it('access nothing, whatever their address', () => {
    m.setRegs({ 1: -4 });
    m.a32(0xf5d1f000, 0xf591f000, 0xf4d1f000, 0xf7d1f001); // pld, pldw, pli [r1]; pld [r1, r1]
    m.t32([0xf891f000, 0xf811fc08, 0xf81ff000, 0xf991f000, 0xf831f001]);
    expect(m.events).toEqual([]);
    expect(m.mode).toBe(Mode.SVC);
    expect(m.state.get(CPU.CPSR) & PSR.T).not.toBe(0);
  });
});
