import { beforeEach, describe, expect, it } from 'vitest';
import { CPU, Mode } from '../../jit/abi/cpu-state.js';
import { HIGH_RAM, MmuMachine, RAM, type TestCpu } from './mmu-machine.js';

const L1 = RAM + 0x4000;
const L2 = RAM + 0x8000;
const DATA = RAM + 0x10_0000;
const M = 1;
const TRE = 1 << 28;
const AFE = 1 << 29;
const EE = 1 << 25;
const WXN = 1 << 19;
const UWXN = 1 << 20;

let machine: MmuMachine;
let cpu: TestCpu;

beforeEach(() => {
  machine = new MmuMachine();
  cpu = machine.cpu;
  cpu.set(CPU.TTBR0, L1);
  cpu.set(CPU.DACR, 0x5555_5555);
  cpu.set(CPU.SCTLR, M);
});

/** A section descriptor. */
function section(pa: number, ap: number, extra = 0): number {
  return pa | ((ap & 4) << 13) | ((ap & 3) << 10) | (3 << 2) | 2 | extra;
}

/** A small page descriptor, Normal memory. */
function small(pa: number, ap: number, extra = 0): number {
  return pa | ((ap & 4) << 7) | ((ap & 3) << 4) | (3 << 2) | 2 | extra;
}

function setL1(va: number, descriptor: number, table = L1): void {
  machine.write(table + (va >>> 20) * 4, descriptor);
}

function setL2(va: number, descriptor: number): void {
  machine.write(L2 + ((va >>> 12) & 0xff) * 4, descriptor);
}

describe('Short-descriptor walks', () => {
  it('translate a section', () => {
    setL1(0x1230_0000, section(DATA, 3));
    machine.write(DATA + 0x4_5678, 0xcafe);
    expect(cpu.load(0x1234_5678)).toBe(0xcafe);
    cpu.store(0x1234_567c, 77);
    expect(machine.read(DATA + 0x4_567c)).toBe(77);
  });

  it('translate a small and a large page', () => {
    setL1(0x1230_0000, L2 | 1);
    setL2(0x1230_5000, small(DATA + 0x3000, 3));
    for (let page = 0x10; page < 0x20; page++) setL2(0x1230_0000 + page * 0x1000, (DATA + 0x2_0000) | 0x3d);
    machine.write(DATA + 0x3abc, 1);
    machine.write(DATA + 0x2_cdec, 2);
    expect(cpu.load(0x1230_5abc)).toBe(1);
    expect(cpu.load(0x1231_cdec)).toBe(2);
  });

  it('translate a supersection to 40 bits', () => {
    // PA[35:32] in bits 23:20, PA[39:36] in bits 8:5; the domain is 0 whatever these bits say.
    cpu.set(CPU.DACR, 1);
    const pa = 0xf9_8000_0000;
    machine.bus.addRam({
      address: pa,
      size: 0x1000,
      offset: machine.bus.linearOffset(HIGH_RAM),
      readOnly: false,
    });
    const descriptor = 0x8000_0000 | (9 << 20) | (15 << 5) | (1 << 18) | 0xc0e;
    for (let n = 0; n < 16; n++) setL1(0x2000_0000 + n * 0x10_0000, descriptor);
    machine.write(HIGH_RAM + 0x124, 9);
    expect(cpu.load(0x2000_0124)).toBe(9);
  });

  it('split at TTBCR.N, with PD0 and PD1', () => {
    const other = RAM + 0xc000;
    cpu.set(CPU.TTBR1, other);
    for (const n of [1, 2, 3, 7]) {
      cpu.set(CPU.TTBCR, n);
      const boundary = 2 ** (32 - n);
      const below = boundary - 0x10_0000;
      setL1(below, section(DATA, 3));
      setL1(boundary, section(DATA + 0x10_0000, 3), other);
      machine.write(DATA + 4, 100 + n);
      machine.write(DATA + 0x10_0004, 200 + n);
      expect(cpu.load(below + 4)).toBe(100 + n);
      expect(cpu.load(boundary + 4)).toBe(200 + n);
      cpu.set(CPU.TTBCR, n | (1 << 4));
      expect(cpu.aborts(() => cpu.load(below + 4))?.short).toBe(0x005);
      expect(cpu.load(boundary + 4)).toBe(200 + n);
      cpu.set(CPU.TTBCR, n | (1 << 5));
      expect(cpu.load(below + 4)).toBe(100 + n);
      expect(cpu.aborts(() => cpu.load(boundary + 4))?.short).toBe(0x005);
    }
  });

  it('use a table of the size that N says: its base has 14 - N low bits', () => {
    cpu.set(CPU.TTBCR, 7);
    // 32 entries, so a base that is a multiple of 128 bytes.
    cpu.set(CPU.TTBR0, L1 + 0x80);
    machine.write(L1 + 0x80 + 31 * 4, section(DATA, 3));
    machine.write(DATA + 8, 31);
    expect(cpu.load(0x01f0_0008)).toBe(31);
  });

  it('read descriptors big-endian with SCTLR.EE', () => {
    machine.view.setInt32(machine.bus.linearOffset(L1 + 0x123 * 4), L2 | 1, false);
    machine.view.setInt32(machine.bus.linearOffset(L2), small(DATA, 3), false);
    cpu.set(CPU.SCTLR, M | EE);
    machine.write(DATA, 5);
    expect(cpu.load(0x1230_0000)).toBe(5);
  });
});

describe('Short-descriptor faults', () => {
  const va = 0x1230_0000;
  const load = () => cpu.aborts(() => cpu.load(va));
  const store = () => cpu.aborts(() => cpu.store(va, 0));
  const fetch = () => cpu.aborts(() => cpu.tlb.fetch(va));

  it('Translation, level 1: no domain', () => {
    setL1(va, 0x1e0);
    expect(load()).toMatchObject({ kind: 'data', va, write: false, short: 0x005 });
    expect(store()).toMatchObject({ short: 0x805, write: true });
    expect(fetch()).toMatchObject({ kind: 'prefetch', va, short: 0x005 });
  });

  it('Translation, level 2: with its domain', () => {
    setL1(va, L2 | (9 << 5) | 1);
    expect(load()?.short).toBe(0x097);
    expect(store()?.short).toBe(0x897);
    expect(fetch()?.short).toBe(0x007);
  });

  it('Domain, both levels; reserved counts as no access', () => {
    for (const [dacr, faults] of [
      [0, true],
      [1, false],
      [2, true],
      [3, false],
    ] as const) {
      cpu.set(CPU.DACR, dacr << 18);
      setL1(va, section(DATA, 3, 9 << 5));
      expect(load()?.short).toBe(faults ? 0x099 : undefined);
      cpu.tlb.invalidateAll(false);
      setL1(va, L2 | (9 << 5) | 1);
      setL2(va, small(DATA, 3));
      expect(load()?.short).toBe(faults ? 0x09b : undefined);
      cpu.tlb.invalidateAll(false);
    }
  });

  it('Permission, both levels', () => {
    setL1(va, section(DATA, 5, 4 << 5));
    expect(load()).toBeUndefined();
    expect(store()?.short).toBe(0x84d);
    cpu.tlb.invalidateAll(false);
    setL1(va, L2 | (4 << 5) | 1);
    setL2(va, small(DATA, 5));
    expect(store()?.short).toBe(0x84f);
  });

  it('Access flag, both levels, before Domain; a Manager has it too', () => {
    cpu.set(CPU.SCTLR, M | AFE);
    for (const dacr of [0, 0x5555_5555, -1]) {
      cpu.set(CPU.DACR, dacr);
      setL1(va, section(DATA, 2, 2 << 5));
      expect(load()?.short).toBe(0x023);
      setL1(va, L2 | (2 << 5) | 1);
      setL2(va, small(DATA, 2));
      expect(load()?.short).toBe(0x026);
    }
  });

  it('External abort on the walk, both levels', () => {
    cpu.set(CPU.TTBR0, 0x2000_0000);
    expect(load()?.short).toBe(0x00c);
    expect(fetch()?.short).toBe(0x00c);
    cpu.set(CPU.TTBR0, L1);
    setL1(va, 0x2000_0000 | (3 << 5) | 1);
    expect(load()?.short).toBe(0x03e);
  });

  it('External abort of the access itself', () => {
    setL1(va, section(0x2000_0000, 3));
    expect(load()?.short).toBe(0x008);
    expect(store()?.short).toBe(0x808);
    expect(fetch()?.short).toBe(0x008);
  });

  it('Manager: no permission and no XN', () => {
    cpu.set(CPU.DACR, -1);
    setL1(va, section(DATA, 0, (1 << 4) | 1));
    expect(load()).toBeUndefined();
    expect(store()).toBeUndefined();
    expect(fetch()).toBeUndefined();
  });
});

describe('Short-descriptor permissions (ARM DDI 0406C table B3-8)', () => {
  const va = 0x1230_0000;
  // AP[2:0], PL1 read, PL1 write, PL0 read, PL0 write
  const TABLE = [
    [0b000, 0, 0, 0, 0],
    [0b001, 1, 1, 0, 0],
    [0b010, 1, 1, 1, 0],
    [0b011, 1, 1, 1, 1],
    [0b100, 0, 0, 0, 0],
    [0b101, 1, 0, 0, 0],
    [0b110, 1, 0, 1, 0],
    [0b111, 1, 0, 1, 0],
  ] as const;

  /** R, W, X as a string of the letters that are allowed. */
  function rights(): string {
    cpu.tlb.invalidateAll(false);
    const read = cpu.aborts(() => cpu.load(va)) === undefined;
    const write = cpu.aborts(() => cpu.store(va, 0)) === undefined;
    const execute = cpu.aborts(() => cpu.tlb.fetch(va)) === undefined;
    return `${read ? 'r' : '-'}${write ? 'w' : '-'}${execute ? 'x' : '-'}`;
  }

  function expected(read: number, write: number, never: boolean): string {
    return `${read ? 'r' : '-'}${write ? 'w' : '-'}${read && !never ? 'x' : '-'}`;
  }

  for (const [ap, r1, w1, r0, w0] of TABLE) {
    for (const xn of [false, true]) {
      for (const pxn of [false, true]) {
        it(`AP ${ap.toString(2).padStart(3, '0')}${xn ? ' XN' : ''}${pxn ? ' PXN' : ''}`, () => {
          for (const page of [false, true]) {
            setL1(va, page ? L2 | 1 | (pxn ? 4 : 0) : section(DATA, ap, (xn ? 16 : 0) | (pxn ? 1 : 0)));
            setL2(va, small(DATA, ap, xn ? 1 : 0));
            cpu.mode(Mode.SVC);
            expect(rights()).toBe(expected(r1, w1, xn || pxn));
            cpu.mode(Mode.USR);
            expect(rights()).toBe(expected(r0, w0, xn));
            // A large page has XN in bit 15.
            if (page) {
              for (let n = 0; n < 16; n++) {
                setL2(va + n * 0x1000, DATA | (xn ? 1 << 15 : 0) | ((ap & 4) << 7) | ((ap & 3) << 4) | 0xd);
              }
              expect(rights()).toBe(expected(r0, w0, xn));
            }
          }
        });
      }
    }
    it(`AP ${ap.toString(2).padStart(3, '0')} with WXN and UWXN`, () => {
      setL1(va, section(DATA, ap));
      cpu.set(CPU.SCTLR, M | WXN);
      cpu.mode(Mode.SVC);
      expect(rights()).toBe(expected(r1, w1, w1 === 1));
      cpu.mode(Mode.USR);
      expect(rights()).toBe(expected(r0, w0, w0 === 1));
      cpu.set(CPU.SCTLR, M | UWXN);
      expect(rights()).toBe(expected(r0, w0, false));
      cpu.mode(Mode.SVC);
      expect(rights()).toBe(expected(r1, w1, w0 === 1));
    });
  }

  // Table B3-9: AP[2:1] with the access flag in AP[0].
  it.each([
    [0b001, 'rwx', '---'],
    [0b011, 'rwx', 'rwx'],
    [0b101, 'r-x', '---'],
    [0b111, 'r-x', 'r-x'],
  ])('AFE, AP %d', (ap, pl1, pl0) => {
    cpu.set(CPU.SCTLR, M | AFE);
    setL1(va, section(DATA, ap));
    expect(rights()).toBe(pl1);
    cpu.mode(Mode.USR);
    expect(rights()).toBe(pl0);
  });

  it('LDRT and STRT have the rights of User mode', () => {
    setL1(va, section(DATA, 0b010));
    machine.write(DATA, 4);
    expect(cpu.data.load(va, 4, 1)).toBe(4);
    expect(cpu.aborts(() => cpu.data.store(va, 4, 0, 1))?.short).toBe(0x80d);
    expect(cpu.aborts(() => cpu.data.store(va, 4, 0, 0))).toBeUndefined();
    setL1(va, section(DATA, 0b001));
    cpu.tlb.invalidateAll(false);
    expect(cpu.aborts(() => cpu.load(va))).toBeUndefined();
    expect(cpu.aborts(() => cpu.data.load(va, 4, 1))?.short).toBe(0x00d);
  });
});

describe('Short-descriptor memory attributes', () => {
  const va = 0x1230_0000;
  /** PAR of ATS1CPR without its address: SS, Outer, Inner, SH, NOS; NS is always 1 here. */
  function par(): number {
    cpu.ats.stage1Current(va, false, false);
    const value = cpu.state.get(CPU.PAR);
    expect(value & 0xffff_f201).toBe(DATA | 0x200);
    return value & 0xfff & ~0x200;
  }

  // TEX, C, B, S; Outer, Inner, SH, NOS as PAR has them (ARM DDI 0406C B3.8.2, B4.1.112)
  it.each([
    [0, 0, 0, 0, 0b00, 0b001, 1],
    [0, 0, 1, 0, 0b00, 0b011, 1],
    [0, 1, 0, 0, 0b10, 0b110, 0],
    [0, 1, 1, 1, 0b11, 0b111, 1],
    [1, 0, 0, 0, 0b00, 0b000, 0],
    [1, 1, 1, 1, 0b01, 0b101, 1],
    [2, 0, 0, 0, 0b00, 0b011, 1],
    [4, 0, 1, 0, 0b00, 0b101, 0],
    [5, 1, 0, 1, 0b01, 0b110, 1],
    [6, 1, 1, 0, 0b10, 0b111, 0],
    [7, 0, 0, 0, 0b11, 0b000, 0],
  ])('TEX %d C %d B %d S %d', (tex, c, b, s, outer, inner, shared) => {
    setL1(va, DATA | (tex << 12) | (3 << 10) | (c << 3) | (b << 2) | (s << 16) | 2);
    const device = inner === 1 || inner === 3;
    const nos = shared && !device ? 1 << 10 : 0;
    expect(par()).toBe(nos | (shared << 7) | (inner << 4) | (outer << 2));
  });

  it('TEX remap through PRRR and NMRR', () => {
    cpu.set(CPU.SCTLR, M | TRE);
    // Linux's values.
    cpu.set(CPU.PRRR, 0xff0a_81a8 | 0);
    cpu.set(CPU.NMRR, 0x40e0_40e0);
    const remapped = (n: number, s: number) => {
      setL1(va, DATA | ((n & 4) << 10) | (3 << 10) | ((n & 3) << 2) | (s << 16) | 2);
      return par();
    };
    // PRRR.TR7 to TR0 are 10 00 00 01 10 10 10 00.
    expect(remapped(0, 0)).toBe((1 << 7) | (0b001 << 4));
    // n = 1 Normal Non-cacheable, shareable by NS1.
    expect(remapped(1, 1)).toBe((1 << 10) | (1 << 7));
    expect(remapped(1, 0)).toBe(0);
    // n = 2 Write-Through, n = 3 Write-Back no Write-Allocate.
    expect(remapped(2, 0)).toBe((0b110 << 4) | (0b10 << 2));
    expect(remapped(3, 1)).toBe((1 << 10) | (1 << 7) | (0b111 << 4) | (0b11 << 2));
    // n = 4 Device, n = 7 Write-Back Write-Allocate.
    expect(remapped(4, 0)).toBe((1 << 7) | (0b011 << 4));
    expect(remapped(7, 0)).toBe((0b101 << 4) | (0b01 << 2));
  });
});
