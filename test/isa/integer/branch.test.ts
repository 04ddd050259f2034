import { beforeEach, describe, expect, it } from 'vitest';
import { CPU, Mode } from '../../../jit/abi/cpu-state.js';
import { CODE, DATA, FlatMachine } from '../flat-machine.js';

let m: FlatMachine;
beforeEach(() => {
  m = new FlatMachine();
});

const setZ = (on: boolean) => m.state.set(CPU.ZF, on ? 0 : 1);

describe('direct branches', () => {
  it('BL', () => {
    m.a32(0xeb00003e); // bl .+0x100
    expect([m.pc, m.reg(14), m.thumb]).toEqual([CODE + 0x100, CODE + 4, false]);
  });

  it('BL backwards in Thumb', () => {
    m.t32([0xf7ffff7e]); // bl .-0x100
    expect([m.pc, m.reg(14), m.thumb]).toEqual([CODE - 0x100, (CODE + 4) | 1, true]);
  });

  it('BLX to Thumb, with the halfword bit', () => {
    m.a32(0xfb00003e); // blx .+0x102
    expect([m.pc, m.reg(14), m.thumb]).toEqual([CODE + 0x102, CODE + 4, true]);
  });

  it('BLX to A32 is relative to the aligned PC', () => {
    for (const at of [CODE, CODE + 2]) {
      m.t32([0xf000e884], 1, at); // blx Align(PC, 4) + 0x108
      expect([m.pc, m.reg(14), m.thumb]).toEqual([CODE + 4 + 0x108, (at + 4) | 1, false]);
    }
  });

  it('B (T3) in all directions of its range', () => {
    m.t32([0xf040_87fe], 1); // bne.w .+0x1000
    expect(m.pc).toBe(CODE + 4 + 0xffc);
    m.t32([0xf440_8000], 1, 0x8000); // bne.w: S = 1, J1 = J2 = 0
    expect(m.pc).toBe((0x8000 + 4 - 0x10_0000) >>> 0);
    setZ(true);
    m.t32([0xf040_87fe], 1);
    expect(m.pc).toBe(CODE + 4);
  });

  it('B (T1) looks at its condition', () => {
    setZ(false);
    m.t32([0xd001]); // beq .+6
    expect(m.pc).toBe(CODE + 2);
    setZ(true);
    m.t32([0xd001]);
    expect(m.pc).toBe(CODE + 6);
  });

  it('B with condition is UNDEFINED in an IT block', () => {
    setZ(false);
    m.t32([0xbf18, 0xd1fe]); // it ne; bne .
    expect(m.events).toEqual(['undefined']);
  });
});

describe('indirect branches', () => {
  it('BX to Thumb', () => {
    m.setRegs({ 3: 0x2001 });
    m.a32(0xe12fff13);
    expect([m.pc, m.thumb]).toEqual([0x2000, true]);
  });

  it('BX PC from Thumb gives A32', () => {
    m.t32([0x4778], 1, CODE);
    expect([m.pc, m.thumb]).toEqual([CODE + 4, false]);
  });

  it('BLX LR reads its target before it writes LR', () => {
    m.setRegs({ 14: 0x2001 });
    m.a32(0xe12fff3e);
    expect([m.pc, m.thumb, m.reg(14)]).toEqual([0x2000, true, CODE + 4]);
  });

  it('TBB and TBH', () => {
    m.setRegs({ 1: DATA, 2: 3 });
    m.ram.setUint8(DATA + 3, 0x20);
    m.t32([0xe8d1f002]); // tbb [r1, r2]
    expect([m.pc, m.thumb]).toEqual([CODE + 4 + 0x40, true]);
    m.ram.setUint16(CODE + 4 + 6, 0x1001, true);
    m.t32([0xe8dff012]); // tbh [pc, r2, lsl #1]
    expect(m.pc).toBe(CODE + 4 + 0x2002);
  });
});

describe('CBZ and CBNZ', () => {
  it('branch forward on zero and on not zero', () => {
    m.setRegs({ 0: 0 });
    m.t32([0xb118]); // cbz r0, .+10
    expect(m.pc).toBe(CODE + 10);
    m.t32([0xb918]); // cbnz r0, .+10
    expect(m.pc).toBe(CODE + 2);
    m.setRegs({ 0: 1 });
    m.t32([0xb918]);
    expect(m.pc).toBe(CODE + 10);
  });
});

describe('IT', () => {
  it('skips by condition and ends with the block', () => {
    setZ(true);
    m.setRegs({ 0: -1, 1: DATA });
    m.setWords(DATA, 7, 8);
    // ite eq; ldreq r0, [r1]; ldrne r0, [r1, #4]
    m.t32([0xbf0c, 0x6808, 0x6848]);
    expect(m.reg(0)).toBe(7);
    expect(m.state.get(CPU.ITSTATE)).toBe(0);
    setZ(false);
    m.t32([0xbf0c, 0x6808, 0x6848]);
    expect(m.reg(0)).toBe(8);
  });

  it('holds for a branch at its end', () => {
    setZ(false);
    m.t32([0xbf18, 0xf000bffe]); // it ne; bne.w .+0x1000
    expect(m.pc).toBe(CODE + 2 + 0x1000);
    expect(m.state.get(CPU.ITSTATE)).toBe(0);
    setZ(true);
    m.t32([0xbf18, 0xf000bffe]);
    expect(m.pc).toBe(CODE + 6);
  });

  it('in an IT block begins a new one', () => {
    setZ(true);
    m.setRegs({ 0: -1, 1: DATA });
    m.setWords(DATA, 7);
    m.t32([0xbf18, 0xbf08, 0x6808]); // it ne; it eq; ldreq r0, [r1]
    expect(m.reg(0)).toBe(7);
    expect(m.state.get(CPU.ITSTATE)).toBe(0);
  });

  it('does not stop BKPT', () => {
    setZ(true);
    m.t32([0xbf18, 0xbe03]); // it ne; bkpt #3
    expect(m.events).toEqual(['bkpt 3']);
  });

  it('stops an UNDEFINED instruction', () => {
    setZ(true);
    m.t32([0xbf18, 0xde00]); // it ne; udf #0
    expect(m.events).toEqual([]);
  });
});

describe('exception instructions', () => {
  it('SVC gives its immediate', () => {
    m.t32([0xdf05]);
    m.a32(0xef12_3456);
    expect(m.events).toEqual(['svc 5', `svc ${0x12_3456}`]);
  });

  it('HVC, SMC and ERET are UNDEFINED in User mode', () => {
    m.mode = Mode.USR;
    m.a32(0xe140_0070);
    m.a32(0xe160_0070);
    m.a32(0xe160_006e);
    expect(m.events).toEqual(['undefined', 'undefined', 'undefined']);
  });

  it('a conditional UNDEFINED instruction is a NOP when its condition fails', () => {
    setZ(false);
    m.a32(0x07f0_00f0);
    expect(m.events).toEqual([]);
    setZ(true);
    m.a32(0x07f0_00f0);
    expect(m.events).toEqual(['undefined']);
  });
});
