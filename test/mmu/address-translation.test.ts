import { beforeEach, describe, expect, it } from 'vitest';
import { CPU, Mode } from '../../jit/abi/cpu-state.js';
import { MmuMachine, RAM, type TestCpu } from './mmu-machine.js';

const L1 = RAM + 0x4000;
const L2 = RAM + 0x5000;
const S2 = RAM + 0x8000;
const DATA = RAM + 0x20_0000;
const VA = 0x1230_0000;
const EAE = 0x8000_0000 | 0;
const AF = 1 << 10;
const S2_RW = (3 << 6) | AF | (15 << 2);
const NS = 1 << 9;
const LPAE = 1 << 11;

let machine: MmuMachine;
let cpu: TestCpu;

beforeEach(() => {
  machine = new MmuMachine();
  cpu = machine.cpu;
  cpu.set(CPU.TTBR0, L1);
  cpu.set(CPU.DACR, 0x5555_5555);
  cpu.set(CPU.SCTLR, 1);
});

function par(): [number, number] {
  return [cpu.state.get(CPU.PAR + 4), cpu.state.get(CPU.PAR)];
}

function short(descriptor: number): void {
  machine.write(L1 + (VA >>> 20) * 4, descriptor);
}

describe('PAR, 32 bits', () => {
  it('has the page of a section', () => {
    short(DATA | (3 << 10) | 2 | (1 << 12) | (3 << 2));
    cpu.ats.stage1Current(VA + 0x5_4321, false, false);
    // Write-Back Write-Allocate, Non-shareable.
    expect(par()).toEqual([0, (DATA + 0x5_4000) | NS | (0b101 << 4) | (0b01 << 2)]);
  });

  it('has SS, PA[31:24] and PA[39:32] of a supersection', () => {
    short(0x4100_0000 | (9 << 20) | (15 << 5) | (1 << 18) | (3 << 10) | 2);
    cpu.ats.stage1Current(VA + 0x5_4321, false, false);
    expect(par()).toEqual([0, 0x41f9_0000 | NS | (1 << 7) | (0b001 << 4) | 2]);
  });

  it('checks the access and the privilege of its name', () => {
    short(DATA | (2 << 10) | 2 | (7 << 5));
    const result = (user: boolean, write: boolean) => {
      cpu.ats.stage1Current(VA, user, write);
      return par()[1] & 1 ? par()[1] : 0;
    };
    // PL1 reads and writes, PL0 reads: a Permission fault, level 1 has FS 01101.
    expect(result(false, false)).toBe(0);
    expect(result(false, true)).toBe(0);
    expect(result(true, false)).toBe(0);
    expect(result(true, true)).toBe((0b001101 << 1) | 1);
    cpu.set(CPU.DACR, 0);
    expect(result(false, false)).toBe((0b001001 << 1) | 1);
    short(0);
    expect(result(false, false)).toBe((0b000101 << 1) | 1);
    expect(par()[0]).toBe(0);
  });

  it('does not fill the TLB, and does not use it', () => {
    short(DATA | (3 << 10) | 2);
    cpu.ats.stage1Current(VA, false, false);
    expect(cpu.tlb.statistics).toMatchObject({ walks: 0, fills: 0 });
  });

  it('takes a Data Abort for an external abort on the walk', () => {
    cpu.set(CPU.TTBR0, 0x2000_0000);
    const before = par();
    expect(cpu.aborts(() => cpu.ats.stage1Current(VA, false, false))).toMatchObject({
      va: VA,
      short: 0x280c,
    });
    expect(par()).toEqual(before);
  });

  it('is flat and Strongly-ordered when the MMU is off', () => {
    cpu.set(CPU.SCTLR, 0);
    cpu.ats.stage1Current(0xffff_f123, true, true);
    expect(par()).toEqual([0, 0xffff_f000 | NS | (1 << 7) | (0b001 << 4) | 0]);
  });

  it('goes to the Secure copy in Secure state, with NS from the descriptor', () => {
    cpu.set(CPU.SCR, 0);
    cpu.set(CPU.TTBR0 + 8, L1);
    cpu.set(CPU.DACR + 4, 0x5555_5555);
    cpu.set(CPU.SCTLR + 4, 1);
    short(DATA | (3 << 10) | 2);
    cpu.ats.stage1Current(VA, false, false);
    expect(cpu.state.get(CPU.PAR)).toBe(0);
    expect(cpu.state.get(CPU.PAR + 8) & NS).toBe(0);
    short(DATA | (3 << 10) | 2 | (1 << 19));
    cpu.ats.stage1Current(VA, false, false);
    expect(cpu.state.get(CPU.PAR + 8) & NS).toBe(NS);
  });
});

describe('PAR, 64 bits', () => {
  beforeEach(() => {
    cpu.set(CPU.TTBCR, EAE);
    cpu.set(CPU.PRRR, 0x0044_04ff);
    machine.write64(L1, 0, L2 | 3);
  });

  const block = (low: number, high = 0) => machine.write64(L2 + (VA >>> 21) * 8, high, low | AF | 1);

  it('has the MAIR byte, SH and 40 bits of address', () => {
    block(DATA | (3 << 8), 0x98);
    cpu.ats.stage1Current(VA + 0x4321, false, false);
    expect(par()).toEqual([0xff00_0098 | 0, (DATA + 0x10_4000) | LPAE | NS | (3 << 7)]);
    // AttrIndx 1 is Device: always Outer Shareable.
    block(DATA | (1 << 2));
    cpu.ats.stage1Current(VA, false, false);
    expect(par()).toEqual([0x0400_0000, (DATA + 0x10_0000) | LPAE | NS | (2 << 7)]);
  });

  it('takes AttrIndx 4 to 7 from MAIR1', () => {
    cpu.set(CPU.NMRR, 0xbb00_0000 | 0);
    block(DATA | (7 << 2));
    cpu.ats.stage1Current(VA, false, false);
    expect(par()[0]).toBe(0xbb00_0000 | 0);
  });

  it('has the fault status', () => {
    const fault = () => {
      cpu.ats.stage1Current(VA, false, true);
      return par();
    };
    expect(fault()).toEqual([0, LPAE | (0b000110 << 1) | 1]);
    block(DATA | (1 << 7));
    expect(fault()).toEqual([0, LPAE | (0b001110 << 1) | 1]);
  });

  it('is used from Hyp mode, for Hyp translations, and for two stages', () => {
    cpu.set(CPU.TTBCR, 0);
    short(DATA | (3 << 10) | 2);
    cpu.ats.stage1Current(VA, false, false);
    expect(par()[1] & LPAE).toBe(0);
    cpu.mode(Mode.HYP);
    cpu.ats.stage1Current(VA, false, false);
    expect(par()[1] & (LPAE | 1)).toBe(LPAE);
    cpu.ats.stage1Hyp(VA, false);
    expect(par()).toEqual([0, VA | LPAE | NS | (2 << 7)]);
    cpu.ats.stages12NonSecure(VA, false, false);
    expect(par()[1] & LPAE).toBe(0);
    cpu.set(CPU.VTTBR, S2);
    cpu.set(CPU.VTCR, 1 << 6);
    cpu.set(CPU.HCR, 1);
    cpu.ats.stages12NonSecure(VA, false, false);
    expect(par()[1] & LPAE).toBe(LPAE);
  });
});

describe('Two stages', () => {
  beforeEach(() => {
    short(DATA | (3 << 10) | 2 | (3 << 2));
    cpu.set(CPU.VTCR, 1 << 6);
    cpu.set(CPU.VTTBR, S2);
    machine.write64(S2 + 8, 0, 0x4000_0000 | S2_RW | 1);
    cpu.set(CPU.HCR, 1);
    cpu.mode(Mode.HYP);
  });

  it('ATS12NSO gives the physical address, ATS1C the intermediate one', () => {
    machine.write64(S2 + 8, 0x98, 0x8000_0000 | S2_RW | 1);
    // Stage 1's tables have moved, too.
    machine.bus.addRam({
      address: 0x98_8000_0000,
      size: 0x1_0000,
      offset: machine.bus.linearOffset(RAM),
      readOnly: false,
    });
    cpu.ats.stages12NonSecure(VA, false, false);
    expect(par()[0] & 0xff).toBe(0x98);
    expect(par()[1] & 0xffff_f001).toBe((DATA - RAM + 0x8000_0000 + (VA & 0xf_f000)) | 0);
    cpu.ats.stage1Current(VA, false, false);
    expect(par()[0] & 0xff).toBe(0);
    expect(par()[1] & 0xffff_f001).toBe(DATA + (VA & 0xf_f000));
  });

  it('reports stage 2 and walks in FSTAGE and FS2WLK', () => {
    machine.write64(S2 + 8, 0, 0);
    cpu.ats.stages12NonSecure(VA, false, false);
    const walkFault = LPAE | (1 << 9) | (1 << 8) | (0b000101 << 1) | 1;
    expect(par()[1]).toBe(walkFault);
    cpu.set(CPU.PAR, 0);
    cpu.ats.stage1Current(VA, false, false);
    expect(par()[1]).toBe(walkFault);
    machine.write64(S2 + 8, 0, 0x4000_0000 | (S2_RW & ~(2 << 6)) | 1);
    cpu.ats.stages12NonSecure(VA, false, true);
    expect(par()[1]).toBe(LPAE | (1 << 9) | (0b001101 << 1) | 1);
  });

  // Stage-2 MemAttr, stage-1 TEX:C:B, MAIR byte of the two together (B3.8.5).
  it.each([
    [15, 0b00111, 0xff],
    [5, 0b00111, 0x44],
    [10, 0b00111, 0xbb],
    [7, 0b00111, 0x4f],
    [1, 0b00111, 0x04],
    [0, 0b00111, 0x00],
    [15, 0b00001, 0x04],
    [15, 0b00000, 0x00],
    [0, 0b00001, 0x00],
  ])('combine MemAttr %d with TEX:C:B %d', (memAttr, texcb, expected) => {
    short(DATA | (3 << 10) | 2 | ((texcb >> 2) << 12) | ((texcb & 3) << 2));
    machine.write64(S2 + 8, 0, 0x4000_0000 | (3 << 6) | AF | (memAttr << 2) | 1);
    cpu.ats.stages12NonSecure(VA, false, false);
    expect(par()[0] >>> 24).toBe(expected);
    // Device and Non-cacheable memory is Outer Shareable.
    expect((par()[1] >> 7) & 3).toBe(expected < 16 || expected === 0x44 ? 2 : 0);
  });

  it('have their own endianness: SCTLR.EE and HSCTLR.EE', () => {
    const EE = 1 << 25;
    const swap = (pa: number) => {
      const at = machine.bus.linearOffset(pa);
      machine.view.setInt32(at, machine.view.getInt32(at, true), false);
    };
    swap(L1 + (VA >>> 20) * 4);
    cpu.set(CPU.SCTLR, 1 | EE);
    cpu.ats.stages12NonSecure(VA, false, false);
    expect(par()[1] & 1).toBe(0);
    // The two words of a big-endian doubleword change places as well.
    machine.view.setBigInt64(machine.bus.linearOffset(S2 + 8), BigInt(0x4000_0000 | S2_RW | 1), false);
    cpu.set(CPU.HSCTLR, EE);
    cpu.ats.stages12NonSecure(VA, false, false);
    expect(par()[1] & 1).toBe(0);
    expect(par()[1] & 0xfff0_0000).toBe(DATA & 0xfff0_0000);
  });

  it('traps a PL1 operation whose walk stage 2 stops', () => {
    machine.write64(S2 + 8, 0, 0);
    cpu.mode(Mode.SVC);
    expect(cpu.aborts(() => cpu.ats.stage1Current(VA, false, false))).toMatchObject({
      stage2: true,
      onWalk: true,
      va: VA,
      ipa: L1 + (VA >>> 20) * 4,
    });
  });
});
