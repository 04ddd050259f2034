import { beforeEach, describe, expect, it } from 'vitest';
import { CPU, Mode } from '../../jit/abi/cpu-state.js';
import { DEVICE, HIGH_RAM, MmuMachine, RAM, type TestCpu } from './mmu-machine.js';

const L1 = RAM + 0x4000;
const L2 = RAM + 0x5000;
const L3 = RAM + 0x6000;
const DATA = RAM + 0x20_0000;
const EAE = 0x8000_0000 | 0;
const AF = 1 << 10;
const RW_ALL = 1 << 6;
const NG = 1 << 11;
const NORMAL = 0xff;
// Bits 63:32.
const XN = 1 << 22;
const PXN = 1 << 21;
const CONTIGUOUS = 1 << 20;
const M = 1;
const WXN = 1 << 19;
const UWXN = 1 << 20;
const EE = 1 << 25;

/** In 1 GiB block 1 (VA 0x4000_0000), 2 MiB block 2, page 3. */
const VA = 0x4040_3000;

let machine: MmuMachine;
let cpu: TestCpu;

beforeEach(() => {
  machine = new MmuMachine();
  cpu = machine.cpu;
  cpu.state.set(CPU.TTBCR, EAE);
  cpu.state.set(CPU.PRRR, NORMAL);
  cpu.state.set(CPU.TTBR0, L1);
  cpu.set(CPU.SCTLR, M);
});

function table(high = 0): void {
  machine.write64(L1 + 8, high, L2 | 3);
}

function block1(high = 0, low = AF | RW_ALL): void {
  machine.write64(L1 + 8, high, 0x4000_0000 | low | 1);
}

function block2(high = 0, low = AF | RW_ALL): void {
  table();
  machine.write64(L2 + 2 * 8, high, DATA | low | 1);
}

function page(high = 0, low = AF | RW_ALL): void {
  table();
  machine.write64(L2 + 2 * 8, 0, L3 | 3);
  machine.write64(L3 + 3 * 8, high, (DATA + 0x3000) | low | 3);
}

const load = (va = VA) => cpu.aborts(() => cpu.load(va));
const store = (va = VA) => cpu.aborts(() => cpu.store(va, 0));
const fetch = (va = VA) => cpu.aborts(() => cpu.tlb.fetch(va));

describe('Long-descriptor walks', () => {
  it('translate 1 GiB and 2 MiB blocks, and pages', () => {
    machine.write(RAM + 0x40_3000, 1);
    machine.write(DATA + 0x3000, 2);
    block1();
    expect(cpu.load(VA)).toBe(1);
    cpu.tlb.invalidateAddress(VA + 0x1000_0000, false);
    block2();
    expect(cpu.load(VA)).toBe(2);
    cpu.tlb.invalidateAddress(VA, false);
    page();
    machine.write(DATA + 0x3000, 3);
    expect(cpu.load(VA)).toBe(3);
    expect(load(VA + 0x1000)?.long).toBe(0x207);
  });

  it('take the contiguous hint as any other entry', () => {
    page(CONTIGUOUS);
    machine.write(DATA + 0x3000, 3);
    expect(cpu.load(VA)).toBe(3);
    expect(load(VA + 0x1000)?.long).toBe(0x207);
  });

  it('have 40-bit outputs and tables', () => {
    table();
    const high = Math.floor(HIGH_RAM / 2 ** 32);
    machine.write64(L2 + 16, high, (HIGH_RAM % 2 ** 32) | 3);
    machine.write64(HIGH_RAM + 24, high, ((HIGH_RAM + 0x5000) % 2 ** 32) | AF | 3);
    machine.write(HIGH_RAM + 0x5008, 99);
    expect(cpu.load(VA + 8)).toBe(99);
    // And the base register.
    cpu.tlb.invalidateAll(false);
    machine.write64(HIGH_RAM + 0x2008, 0, L2 | 3);
    cpu.state.set(CPU.TTBR0, (HIGH_RAM + 0x2000) | 0);
    cpu.set(CPU.TTBR0 + 4, high);
    expect(cpu.load(VA + 8)).toBe(99);
  });

  it('split by T0SZ and T1SZ (B3.6.4)', () => {
    const other = RAM + 0xa000;
    cpu.set(CPU.TTBR1, other);
    /** Which of TTBR0 and TTBR1 translates `va`; '-' for neither. */
    const region = (t0: number, t1: number, va: number): string => {
      cpu.set(CPU.TTBCR, EAE | t0 | (t1 << 16));
      // Every entry of both tables, at either level, is a block of its own.
      for (let n = 0; n < 512; n++) {
        machine.write64(L1 + 8 * n, 0, 0x4000_0000 | AF | 1);
        machine.write64(other + 8 * n, 0x98, 0x8000_0000 | AF | 1);
      }
      cpu.tlb.invalidateAll(false);
      cpu.ats.stage1Current(va, false, false);
      if ((cpu.state.get(CPU.PAR) & 1) !== 0) {
        expect(cpu.state.get(CPU.PAR) & 0xfff).toBe(0x80b);
        return '-';
      }
      return (cpu.state.get(CPU.PAR + 4) & 0xff) === 0x98 ? '1' : '0';
    };
    expect([0, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff].map((va) => region(0, 0, va)).join('')).toBe('0000');
    expect([0, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff].map((va) => region(1, 0, va)).join('')).toBe('0011');
    expect([0, 0x1fff_ffff, 0x2000_0000, 0xffff_ffff].map((va) => region(3, 0, va)).join('')).toBe('0011');
    expect([0, 0xbfff_ffff, 0xc000_0000, 0xffff_ffff].map((va) => region(0, 2, va)).join('')).toBe('0011');
    expect([0x3fff_ffff, 0x4000_0000, 0xefff_ffff, 0xf000_0000].map((va) => region(2, 4, va)).join('')).toBe(
      '0--1',
    );
    expect([0x01ff_ffff, 0x0200_0000, 0xfdff_ffff, 0xfe00_0000].map((va) => region(7, 7, va)).join('')).toBe(
      '0--1',
    );
  });

  it('start at level 2 for regions of 1 GiB and less, in a table of the right size', () => {
    // T0SZ = 4: 256 MiB, 128 entries, base aligned to 1 KiB.
    cpu.set(CPU.TTBCR, EAE | 4);
    cpu.set(CPU.TTBR0, L1 + 0x400);
    machine.write64(L1 + 0x400 + 127 * 8, 0, DATA | AF | 1);
    machine.write(DATA + 0x1f_0000, 44);
    expect(cpu.load(0x0fff_0000)).toBe(44);
    // T0SZ = 0: four entries, base aligned to 32 bytes.
    cpu.set(CPU.TTBCR, EAE);
    cpu.set(CPU.TTBR0, L1 + 0x7e0);
    machine.write64(L1 + 0x7e0 + 3 * 8, 0, 0x4000_0000 | AF | 1);
    expect(cpu.load(0xc000_0000 + (DATA - RAM) + 0x1f_0000)).toBe(44);
  });

  it('honour EPD0 and EPD1', () => {
    block1();
    cpu.set(CPU.TTBR1, L1);
    cpu.set(CPU.TTBCR, EAE | (1 << 7));
    expect(load()?.long).toBe(0x205);
    cpu.set(CPU.TTBCR, EAE | 1 | (1 << 23));
    expect(load()).toBeUndefined();
    expect(load(0xc000_0000)?.long).toBe(0x205);
  });

  it('read descriptors big-endian with SCTLR.EE', () => {
    const swapped = (pa: number, high: number, low: number) => {
      machine.view.setInt32(machine.bus.linearOffset(pa), high, false);
      machine.view.setInt32(machine.bus.linearOffset(pa + 4), low, false);
    };
    swapped(L1 + 8, 0, L2 | 3);
    swapped(L2 + 16, 0, DATA | AF | RW_ALL | 1);
    cpu.set(CPU.SCTLR, M | EE);
    machine.write(DATA + 0x3000, 12);
    expect(cpu.load(VA)).toBe(12);
  });

  it('have the ASID of TTBR0 or, with TTBCR.A1, of TTBR1', () => {
    page(0, AF | NG);
    const walks = (action: () => void) => {
      const before = cpu.tlb.statistics.walks;
      action();
      return cpu.tlb.statistics.walks - before;
    };
    cpu.load(VA);
    cpu.set(CPU.TTBR0 + 4, 5 << 16);
    expect(walks(() => cpu.load(VA))).toBe(1);
    cpu.tlb.invalidateAsid(5, false);
    expect(walks(() => cpu.load(VA))).toBe(1);
    cpu.tlb.invalidateAsid(0, false);
    expect(walks(() => cpu.load(VA))).toBe(0);
    cpu.set(CPU.TTBCR, EAE | (1 << 22));
    cpu.set(CPU.TTBR1 + 4, 9 << 16);
    cpu.load(VA);
    cpu.tlb.invalidateAsid(5, false);
    expect(walks(() => cpu.load(VA))).toBe(0);
    cpu.tlb.invalidateAsid(9, false);
    expect(walks(() => cpu.load(VA))).toBe(1);
  });
});

describe('Long-descriptor faults', () => {
  it('Translation at each level; the page encoding 01 is invalid at level 3', () => {
    expect(load()).toMatchObject({ long: 0x205, va: VA });
    table();
    expect(load()?.long).toBe(0x206);
    expect(store()?.long).toBe(0xa06);
    page();
    machine.write64(L3 + 24, 0, 0);
    expect(load()?.long).toBe(0x207);
    machine.write64(L3 + 24, 0, DATA | AF | 1);
    expect(load()?.long).toBe(0x207);
    expect(fetch()?.long).toBe(0x207);
  });

  it('Access flag at each level', () => {
    block1(0, 0);
    expect(load()?.long).toBe(0x209);
    block2(0, 0);
    expect(store()?.long).toBe(0xa0a);
    page(0, 0);
    expect(fetch()?.long).toBe(0x20b);
  });

  it('Permission at each level', () => {
    const readOnly = AF | (1 << 7);
    block1(0, readOnly);
    expect(store()?.long).toBe(0xa0d);
    cpu.tlb.invalidateAll(false);
    block2(0, readOnly);
    expect(store()?.long).toBe(0xa0e);
    cpu.tlb.invalidateAll(false);
    page(XN, AF);
    expect(fetch()?.long).toBe(0x20f);
  });

  it('External abort on the walk at each level', () => {
    table();
    machine.write64(L2 + 16, 0, 0x2000_0003);
    expect(load()?.long).toBe(0x217);
    machine.write64(L1 + 8, 0, 0x2000_0003);
    expect(load()?.long).toBe(0x216);
    cpu.set(CPU.TTBR0, 0x2000_0000);
    expect(load()?.long).toBe(0x215);
  });
});

describe('Long-descriptor permissions (ARM DDI 0406C tables B3-10, B3-11)', () => {
  function rights(mode: number): string {
    cpu.tlb.invalidateAll(false);
    cpu.mode(mode);
    const result = `${load() ? '-' : 'r'}${store() ? '-' : 'w'}${fetch() ? '-' : 'x'}`;
    return result;
  }

  const AP = [
    [0, 'rwx', '---'],
    [1, 'rwx', 'rwx'],
    [2, 'r-x', '---'],
    [3, 'r-x', 'r-x'],
  ] as const;

  for (const [ap, pl1, pl0] of AP) {
    it(`AP[2:1] ${ap}`, () => {
      const low = AF | (ap << 6);
      const no = (text: string) => text.replace('x', '-');
      page(0, low);
      expect([rights(Mode.SVC), rights(Mode.USR)]).toEqual([pl1, pl0]);
      page(XN, low);
      expect([rights(Mode.SVC), rights(Mode.USR)]).toEqual([no(pl1), no(pl0)]);
      page(PXN, low);
      expect([rights(Mode.SVC), rights(Mode.USR)]).toEqual([no(pl1), pl0]);
      page(0, low);
      cpu.set(CPU.SCTLR, M | WXN);
      const noIfWritable = (text: string) => (text.includes('w') ? no(text) : text);
      expect([rights(Mode.SVC), rights(Mode.USR)]).toEqual([noIfWritable(pl1), noIfWritable(pl0)]);
      cpu.set(CPU.SCTLR, M | UWXN);
      expect([rights(Mode.SVC), rights(Mode.USR)]).toEqual([pl0.includes('w') ? no(pl1) : pl1, pl0]);
    });

    it(`AP[2:1] ${ap} below APTable, XNTable, PXNTable`, () => {
      page(0, AF | (ap << 6));
      for (const at of [L1 + 8, L2 + 16]) {
        const next = at === L2 + 16 ? L3 : L2;
        machine.write64(at, 1 << 29, next | 3);
        expect([rights(Mode.SVC), rights(Mode.USR)]).toEqual([pl1, '---']);
        machine.write64(at, 1 << 30, next | 3);
        expect([rights(Mode.SVC), rights(Mode.USR)]).toEqual([pl1.replace('w', '-'), pl0.replace('w', '-')]);
        machine.write64(at, 1 << 28, next | 3);
        expect([rights(Mode.SVC), rights(Mode.USR)]).toEqual([pl1.replace('x', '-'), pl0.replace('x', '-')]);
        machine.write64(at, 1 << 27, next | 3);
        expect([rights(Mode.SVC), rights(Mode.USR)]).toEqual([pl1.replace('x', '-'), pl0]);
        machine.write64(at, 0, next | 3);
      }
    });
  }

  it('NSTable and NS make a Secure access Non-secure; SCR.SIF forbids to fetch there', () => {
    cpu.state.set(CPU.SCR, 0);
    cpu.state.set(CPU.TTBCR + 4, EAE);
    cpu.state.set(CPU.PRRR + 4, NORMAL);
    cpu.state.set(CPU.TTBR0 + 8, L1);
    cpu.set(CPU.SCTLR + 4, M);
    const nonSecure = () => {
      cpu.ats.stage1Current(VA, false, false);
      return (cpu.state.get(CPU.PAR + 8) & 0x201) === 0x200;
    };
    page(0, AF);
    expect(nonSecure()).toBe(false);
    page(0, AF | (1 << 5));
    expect(nonSecure()).toBe(true);
    page(0, AF);
    machine.write64(L1 + 8, 1 << 31, L2 | 3);
    expect(nonSecure()).toBe(true);
    expect(fetch()).toBeUndefined();
    cpu.set(CPU.SCR, 1 << 9);
    expect(fetch()?.long).toBe(0x20f);
    expect(load()).toBeUndefined();
  });
});

describe('Hyp mode', () => {
  beforeEach(() => {
    cpu.state.set(CPU.HTTBR, L1);
    cpu.state.set(CPU.HMAIR0, NORMAL);
    cpu.state.set(CPU.HTCR, 0);
    cpu.state.set(CPU.HSCTLR, M);
    cpu.mode(Mode.HYP);
  });

  it('has its own stage 1, privileged and without PXN', () => {
    page(PXN, AF);
    expect(load()).toBeUndefined();
    expect(store()).toBeUndefined();
    expect(fetch()).toBeUndefined();
    cpu.tlb.invalidateHyp(false);
    page(0, AF | (1 << 7));
    expect(store()?.long).toBe(0xa0f);
    cpu.set(CPU.HSCTLR, M | WXN);
    expect(fetch()).toBeUndefined();
    page(0, AF);
    cpu.tlb.invalidateHypAddress(VA, false);
    expect(fetch()?.long).toBe(0x20f);
  });

  it('has one region: HTCR.T0SZ', () => {
    block1();
    cpu.set(CPU.HTCR, 1);
    expect(load(0x8000_0000)?.long).toBe(0x205);
    expect(load(VA)).toBeUndefined();
  });
});

describe('Stage 2', () => {
  const S2_L1 = RAM + 0x10000;
  const S2_L2 = RAM + 0x11000;
  const S2_L3 = RAM + 0x12000;
  const VM = 1;
  const PTW = 4;
  const DC = 1 << 12;
  const S2_RW = (3 << 6) | AF | (15 << 2);

  beforeEach(() => {
    // SL0 = 1 (level 1), T0SZ = 0: the first 4 GiB.
    cpu.state.set(CPU.VTCR, 1 << 6);
    cpu.state.set(CPU.VTTBR, S2_L1);
    cpu.state.set(CPU.VTTBR + 4, 3 << 16);
    // Intermediate addresses of RAM map to themselves.
    machine.write64(S2_L1 + 8, 0, 0x4000_0000 | S2_RW | 1);
    page();
    machine.write(DATA + 0x3000, 111);
    cpu.set(CPU.HCR, VM);
  });

  /** Stage 2 with pages: the 2 MiB of tables stays, DATA's has a table. */
  function stage2Pages(): void {
    machine.write64(S2_L1 + 8, 0, S2_L2 | 3);
    machine.write64(S2_L2, 0, RAM | S2_RW | 1);
    machine.write64(S2_L2 + 8, 0, S2_L3 | 3);
  }

  it('translates the walk and its result', () => {
    expect(cpu.load(VA)).toBe(111);
    stage2Pages();
    machine.write64(S2_L3 + 3 * 8, 0, (DATA + 0x8000) | S2_RW | 3);
    machine.write(DATA + 0x8000, 222);
    cpu.tlb.invalidateNonSecureNonHyp(false);
    expect(cpu.load(VA)).toBe(222);
  });

  it('faults go to Hyp mode with their IPA', () => {
    stage2Pages();
    expect(load()).toMatchObject({ stage2: true, onWalk: false, ipa: DATA + 0x3000, long: 0x207, va: VA });
    machine.write64(S2_L3 + 3 * 8, 0, DATA | (S2_RW & ~AF) | 3);
    expect(load()).toMatchObject({ stage2: true, long: 0x20b });
    machine.write64(S2_L3 + 3 * 8, 0, DATA | (S2_RW & ~(2 << 6)) | 3);
    expect(load()).toBeUndefined();
    expect(store()).toMatchObject({ stage2: true, long: 0xa0f, ipa: DATA + 0x3000 });
    machine.write64(S2_L3 + 3 * 8, XN, DATA | S2_RW | 3);
    cpu.tlb.invalidateAll(false);
    expect(fetch()).toMatchObject({ stage2: true, long: 0x20f });
    expect(store()).toBeUndefined();
  });

  it('faults on a walk are told apart, with the IPA of the descriptor', () => {
    stage2Pages();
    machine.write64(S2_L2, 0, 0);
    expect(load()).toMatchObject({ stage2: true, onWalk: true, ipa: L1 + 8, long: 0x206 });
    // HCR.PTW: no walks of Device memory.
    machine.write64(S2_L2, 0, RAM | (3 << 6) | AF | (1 << 2) | 1);
    cpu.set(CPU.HCR, VM | PTW);
    expect(load()).toMatchObject({ stage2: true, onWalk: true, long: 0x20e });
  });

  it('keeps what stage 1 gives where stage 2 faults, until its own maintenance', () => {
    stage2Pages();
    machine.write(DATA + 0x4000, 333);
    machine.write64(S2_L3 + 4 * 8, 0, (DATA + 0x4000) | S2_RW | 3);
    expect(load()).toMatchObject({ stage2: true, ipa: DATA + 0x3000 });
    // The guest's new table entry counts when it says so.
    machine.write64(L3 + ((VA >>> 12) & 511) * 8, 0, (DATA + 0x4000) | AF | 3);
    expect(load()).toMatchObject({ stage2: true, ipa: DATA + 0x3000 });
    cpu.tlb.invalidateAddress(VA, false);
    expect(cpu.load(VA)).toBe(333);
  });

  it('finds what the hypervisor maps after a fault, with the attributes and permissions of both stages', () => {
    stage2Pages();
    page(0, AF | (1 << 7));
    expect(load()).toMatchObject({ stage2: true });
    const { descriptors } = cpu.tlb.statistics;
    machine.write64(S2_L3 + 3 * 8, 0, (DATA + 0x3000) | S2_RW | 3);
    expect(cpu.load(VA)).toBe(111);
    expect(cpu.tlb.statistics.descriptors).toBe(descriptors + 3);
    expect(store()).toMatchObject({ stage2: false, long: 0xa0f });
  });

  it('has its pages one by one below a block of stage 1', () => {
    stage2Pages();
    block2();
    for (const [n, pa] of [0, 2, 1].entries()) {
      machine.write64(S2_L3 + n * 8, 0, (DATA + 0x1000 * pa) | S2_RW | 3);
      machine.write(DATA + 0x1000 * n, 100 + n);
    }
    cpu.tlb.fetch(VA - 0x3000);
    expect([0, 1, 2].map((n) => cpu.load(VA - 0x3000 + 0x1000 * n))).toEqual([100, 102, 101]);
    expect(cpu.aborts(() => cpu.load(VA + 0x1000))).toMatchObject({ stage2: true, ipa: DATA + 0x4000 });
    // A block of both stages is filled in around.
    machine.write64(S2_L2 + 8, 0, DATA | S2_RW | 1);
    cpu.tlb.invalidateNonSecureNonHyp(false);
    cpu.tlb.fetch(VA - 0x3000);
    const { walks } = cpu.tlb.statistics;
    expect(cpu.load(VA - 0x2000)).toBe(101);
    expect(cpu.tlb.statistics.walks).toBe(walks);
  });

  it('stage 1 faults first', () => {
    machine.write64(S2_L1 + 8, 0, S2_L2 | 3);
    machine.write64(S2_L2, 0, RAM | S2_RW | 1);
    page(0, AF | (1 << 7));
    expect(store()).toMatchObject({ stage2: false, long: 0xa0f });
    expect(load()).toMatchObject({ stage2: true, long: 0x206 });
  });

  it('contexts are per VMID, and no flush at a change', () => {
    cpu.load(VA);
    const { walks } = cpu.tlb.statistics;
    cpu.set(CPU.VTTBR + 4, 4 << 16);
    cpu.mode(Mode.HYP);
    cpu.set(CPU.VTTBR + 4, 3 << 16);
    cpu.mode(Mode.SVC);
    cpu.load(VA);
    expect(cpu.tlb.statistics.walks).toBe(walks);
    // A guest's TLBIALL is of its own VMID.
    cpu.set(CPU.VTTBR + 4, 4 << 16);
    cpu.tlb.invalidateAll(false);
    cpu.set(CPU.VTTBR + 4, 3 << 16);
    cpu.load(VA);
    expect(cpu.tlb.statistics.walks).toBe(walks);
    cpu.tlb.invalidateAll(false);
    cpu.load(VA);
    expect(cpu.tlb.statistics.walks).toBe(walks + 1);
  });

  it('maintenance is of VTTBR.VMID while stage 2 is off, too', () => {
    cpu.load(VA);
    const { walks } = cpu.tlb.statistics;
    // A hypervisor in Hyp mode, whose host runs without stage 2.
    cpu.mode(Mode.HYP);
    cpu.set(CPU.HCR, 0);
    cpu.set(CPU.VTTBR + 4, 5 << 16);
    cpu.tlb.invalidateAll(true);
    cpu.set(CPU.VTTBR + 4, 3 << 16);
    cpu.set(CPU.HCR, VM);
    cpu.mode(Mode.SVC);
    cpu.load(VA);
    expect(cpu.tlb.statistics.walks).toBe(walks);
    cpu.mode(Mode.HYP);
    cpu.set(CPU.HCR, 0);
    cpu.tlb.invalidateAll(true);
    cpu.set(CPU.HCR, VM);
    cpu.mode(Mode.SVC);
    cpu.load(VA);
    expect(cpu.tlb.statistics.walks).toBe(walks + 1);
  });

  it('a world switch by way of Hyp mode walks nothing again', () => {
    const guest = (vmid: number, table: number) => {
      cpu.mode(Mode.HYP);
      cpu.set(CPU.VTTBR, table);
      cpu.set(CPU.VTTBR + 4, vmid << 16);
      cpu.mode(Mode.SVC);
    };
    const OTHER = RAM + 0x1_4000;
    machine.write64(OTHER + 8, 0, S2_L2 | 3);
    machine.write64(S2_L2, 0, RAM | S2_RW | 1);
    machine.write64(S2_L2 + 8, 0, S2_L3 | 3);
    machine.write64(S2_L3 + 3 * 8, 0, (DATA + 0x8000) | S2_RW | 3);
    machine.write(DATA + 0x8000, 222);
    expect(cpu.load(VA)).toBe(111);
    guest(4, OTHER);
    expect(cpu.load(VA)).toBe(222);
    const { walks } = cpu.tlb.statistics;
    for (let turn = 0; turn < 3; turn++) {
      guest(3, S2_L1);
      expect(cpu.load(VA)).toBe(111);
      guest(4, OTHER);
      expect(cpu.load(VA)).toBe(222);
    }
    expect(cpu.tlb.statistics.walks).toBe(walks);
  });

  it.each([
    ['has no access at all', 0, { long: 0x20f }],
    ['is read-only', 1 << 6, undefined],
    ['is write-only', 2 << 6, { long: 0x20f }],
  ])('memory %s by HAP', (_, hap, expected) => {
    stage2Pages();
    machine.write64(S2_L3 + 3 * 8, 0, (DATA + 0x3000) | (S2_RW & ~(3 << 6)) | hap | 3);
    const abort = load();
    if (expected === undefined) expect(abort).toBeUndefined();
    else expect(abort).toMatchObject({ stage2: true, ...expected });
    // A fetch needs read permission.
    if ((hap & (1 << 6)) === 0) expect(fetch()).toMatchObject({ stage2: true, long: 0x20f });
    if ((hap & (2 << 6)) === 0) expect(store()).toMatchObject({ stage2: true, long: 0xa0f });
    else expect(store()).toBeUndefined();
  });

  it.each([1, 2, 3])('faults have their level: %i', (level) => {
    const entries = [S2_L1 + 8, S2_L2 + 8, S2_L3 + 3 * 8];
    const descriptor = level === 3 ? 3 : 1;
    cpu.set(CPU.SCTLR, 0);
    stage2Pages();
    const entry = entries[level - 1]!;
    const at = DATA + 0x3000;
    machine.write64(entry, 0, 0);
    expect(load(at)).toMatchObject({ stage2: true, ipa: at, long: 0x204 + level });
    machine.write64(entry, 0, (S2_RW & ~AF) | descriptor);
    expect(load(at)).toMatchObject({ stage2: true, long: 0x208 + level });
    machine.write64(entry, 0, (S2_RW & ~(3 << 6)) | descriptor);
    expect(load(at)).toMatchObject({ stage2: true, long: 0x20c + level });
    // A block at level 3 is reserved.
    if (level === 3) {
      machine.write64(entry, 0, S2_RW | 1);
      expect(load(at)).toMatchObject({ stage2: true, long: 0x207 });
    }
  });

  it('tables that loop end at the last level', () => {
    // Level 1 and 2 are the same table; at level 3 the table is a page of itself.
    machine.write64(S2_L1 + 8, 0, S2_L1 | 3);
    for (let index = 0; index < 512; index++) machine.write64(S2_L1 + 8 * index, 0, S2_L1 | 3);
    expect(load()).toMatchObject({ stage2: true, long: 0x20b });
    for (let index = 0; index < 512; index++) machine.write64(S2_L1 + 8 * index, 0, S2_L1 | AF | 3);
    expect(load()).toMatchObject({ stage2: true, long: 0x20f });
  });

  it.each([
    ['where nothing is', 0x7_0000_0000],
    ['in a device', DEVICE],
  ])('tables %s are an external abort on the walk', (_, pa) => {
    cpu.set(CPU.SCTLR, 0);
    machine.write64(S2_L1 + 8, Math.floor(pa / 0x1_0000_0000), pa | 3 | 0);
    expect(load(DATA)).toMatchObject({ stage2: true, onWalk: false, long: 0x216 });
    cpu.set(CPU.HCR, 0);
    cpu.set(CPU.VTTBR, pa | 0);
    cpu.set(CPU.VTTBR + 4, (3 << 16) | Math.floor(pa / 0x1_0000_0000));
    cpu.set(CPU.HCR, VM);
    cpu.tlb.invalidateAll(false);
    expect(load(DATA)).toMatchObject({ stage2: true, long: 0x215 });
  });

  it('makes memory Device: unaligned accesses are then stage 2 faults', () => {
    stage2Pages();
    machine.write64(S2_L3 + 3 * 8, 0, (DATA + 0x3000) | (S2_RW & ~(15 << 2)) | (1 << 2) | 3);
    expect(load(VA)).toBeUndefined();
    expect(load(VA + 1)).toMatchObject({ stage2: true, long: 0x221 });
  });

  it('applies with stage 1 off, and HCR.DC makes that Normal memory', () => {
    stage2Pages();
    machine.write64(S2_L3 + 3 * 8, 0, (DATA + 0x8000) | S2_RW | 3);
    machine.write(DATA + 0x8000, 0x0102_0304);
    machine.write(DATA + 0x8004, 5);
    cpu.set(CPU.SCTLR, 0);
    expect(cpu.load(DATA + 0x3000)).toBe(0x0102_0304);
    expect(load(DATA + 0x3001)?.long).toBe(0x221);
    cpu.set(CPU.SCTLR, M);
    cpu.set(CPU.HCR, DC);
    expect(cpu.load(DATA + 0x3000)).toBe(0x0102_0304);
    expect(cpu.load(DATA + 0x3001)).toBe(0x0501_0203);
  });

  it('has sizes from 2^25 to 2^40 with tables side by side', () => {
    cpu.set(CPU.SCTLR, 0);
    // SL0 = 0, T0SZ = -2: 34 bits, 16 tables of level 2.
    cpu.set(CPU.VTTBR, RAM + 0x80_0000);
    cpu.set(CPU.VTCR, 0b1_1110);
    const index = Math.floor(DATA / 0x20_0000);
    machine.write64(RAM + 0x80_0000 + 8 * index, 0, DATA | S2_RW | 1);
    machine.write(DATA, 31);
    expect(cpu.load(DATA)).toBe(31);
    // T0SZ = 7: 32 MiB; everything above is out of range.
    cpu.set(CPU.HCR, 0);
    cpu.set(CPU.VTCR, 7);
    cpu.set(CPU.HCR, VM);
    expect(load(0x0200_0000)).toMatchObject({ stage2: true, long: 0x205 });
    expect(load(0x01ff_fffc)).toMatchObject({ stage2: true, long: 0x206 });
    // SL0 = 1, T0SZ = -8: 40 bits, 1024 entries of level 1.
    cpu.set(CPU.HCR, 0);
    cpu.set(CPU.VTCR, (1 << 6) | 0b1_1000);
    cpu.set(CPU.HCR, VM);
    machine.write64(RAM + 0x80_0000 + 8, 0, 0x4000_0000 | S2_RW | 1);
    expect(cpu.load(DATA)).toBe(31);
  });
});
