import { beforeEach, describe, expect, it } from 'vitest';
import { CPU, Mode } from '../../jit/abi/cpu-state.js';
import { MAX_CONTEXT, NEVER_HITS, tlbIndex } from '../../jit/abi/tlb.js';
import { MmuMachine, RAM, type TestCpu } from './mmu-machine.js';

const L1 = RAM + 0x4000;
const L2 = RAM + 0x8000;
const DATA = RAM + 0x10_0000;
const VA = 0x1230_0000;
const NOT_GLOBAL_SECTION = 1 << 17;
const NOT_GLOBAL_PAGE = 1 << 11;

let machine: MmuMachine;
let cpu: TestCpu;

function setUp(cpus: number): void {
  machine = new MmuMachine(cpus);
  for (const each of machine.cpus) {
    each.set(CPU.TTBR0, L1);
    each.set(CPU.DACR, 0x5555_5555);
    each.set(CPU.SCTLR, 1);
  }
  cpu = machine.cpu;
}

function section(va: number, pa: number, extra = 0): void {
  machine.write(L1 + (va >>> 20) * 4, pa | (3 << 10) | (3 << 2) | 2 | extra);
}

function page(va: number, pa: number, extra = 0): void {
  machine.write(L1 + (va >>> 20) * 4, L2 | 1);
  machine.write(L2 + ((va >>> 12) & 0xff) * 4, pa | (3 << 4) | (3 << 2) | 2 | extra);
}

/** Walks that `action` made. */
function walks(action: () => void, of = cpu): number {
  const before = of.tlb.statistics.walks;
  action();
  return of.tlb.statistics.walks - before;
}

beforeEach(() => setUp(1));

describe('tlbIndex', () => {
  it('differs for every two neighbouring pages, the last and the first included', () => {
    for (let n = 0; n < 0x10_0000; n++) {
      if (tlbIndex(n << 12, 1) === tlbIndex((n + 1) << 12, 1)) throw new Error(`page 0x${n.toString(16)}`);
    }
  });

  it('keeps buffers apart that are 1 MiB to 1 GiB apart', () => {
    for (let shift = 20; shift <= 30; shift++) {
      expect(tlbIndex(0x1234_5000, 1)).not.toBe(tlbIndex(0x1234_5000 ^ (1 << shift), 1));
    }
  });
});

describe('SoftwareTlb', () => {
  it('walks once a page', () => {
    section(VA, DATA);
    expect(walks(() => cpu.load(VA))).toBe(1);
    expect(walks(() => cpu.load(VA + 0xffc))).toBe(0);
    expect(walks(() => cpu.store(VA + 8, 1))).toBe(0);
    expect(walks(() => cpu.tlb.fetch(VA + 4))).toBe(0);
    expect(walks(() => cpu.load(VA + 0x1000))).toBe(1);
    const slow = cpu.tlb.statistics.slowLoads + cpu.tlb.statistics.slowStores;
    cpu.load(VA);
    cpu.store(VA, 2);
    expect(cpu.tlb.statistics.slowLoads + cpu.tlb.statistics.slowStores).toBe(slow);
  });

  it('keeps a translation that the tables no longer have until it is invalidated', () => {
    section(VA, DATA);
    machine.write(DATA, 1);
    machine.write(DATA + 0x10_0000, 2);
    expect(cpu.load(VA)).toBe(1);
    section(VA, DATA + 0x10_0000);
    expect(cpu.load(VA)).toBe(1);
    cpu.tlb.invalidateAddress(VA, false);
    expect(cpu.load(VA)).toBe(2);
  });

  it('fetches from 64 KiB of a larger mapping after one walk, until any address of it is invalidated', () => {
    section(VA, DATA);
    expect(walks(() => cpu.tlb.fetch(VA + 0x2_3000))).toBe(1);
    expect(
      walks(() => expect(cpu.tlb.fetch(VA + 0x2_0004)).toBe(cpu.tlb.fetch(VA + 0x2_3000) - 0x3000)),
    ).toBe(0);
    expect(walks(() => cpu.load(VA + 0x2_fffc))).toBe(0);
    expect(walks(() => cpu.tlb.fetch(VA + 0x3_0000))).toBe(1);
    cpu.tlb.invalidateAddress(VA + 0xf_f000, false);
    for (let page = 2; page < 4; page++) expect(walks(() => cpu.tlb.fetch(VA + (page << 16)))).toBe(1);
  });

  it('fetches from no other page than the one of a small mapping', () => {
    page(VA, DATA);
    page(VA + 0x1000, DATA + 0x1000);
    expect(walks(() => cpu.tlb.fetch(VA))).toBe(1);
    expect(walks(() => cpu.tlb.fetch(VA + 0x1000))).toBe(1);
  });

  it('never holds a fault', () => {
    expect(cpu.aborts(() => cpu.load(VA))).toBeDefined();
    section(VA, DATA);
    expect(cpu.aborts(() => cpu.load(VA))).toBeUndefined();
  });

  it('gives a context to each ASID, and flushes nothing when that changes', () => {
    section(VA, DATA, NOT_GLOBAL_SECTION);
    machine.write(DATA, 1);
    machine.write(DATA + 0x10_0000, 2);
    cpu.mode(Mode.USR);
    cpu.set(CPU.CONTEXTIDR, 1);
    expect(cpu.load(VA)).toBe(1);
    cpu.set(CPU.CONTEXTIDR, 2);
    section(VA, DATA + 0x10_0000, NOT_GLOBAL_SECTION);
    // Another page for the second one, so that they do not evict each other.
    expect(walks(() => cpu.load(VA + 0x1000))).toBe(1);
    cpu.set(CPU.CONTEXTIDR, 1);
    expect(walks(() => expect(cpu.load(VA)).toBe(1))).toBe(0);
    cpu.set(CPU.CONTEXTIDR, 2);
    expect(walks(() => cpu.load(VA + 0x1000))).toBe(0);
    expect(walks(() => expect(cpu.load(VA)).toBe(2))).toBe(1);
  });

  it('has one context of privileged code for all ASIDs, where only pages with nG are looked up again', () => {
    const PRIVATE = VA + 0x10_0000;
    section(VA, DATA);
    section(PRIVATE, DATA, NOT_GLOBAL_SECTION);
    machine.write(DATA, 1);
    machine.write(DATA + 0x10_0000, 2);
    cpu.set(CPU.CONTEXTIDR, 1);
    const { context } = cpu.tlb;
    expect([cpu.load(VA + 0x1000), cpu.load(PRIVATE)]).toEqual([0, 1]);
    section(PRIVATE, DATA + 0x10_0000, NOT_GLOBAL_SECTION);
    cpu.set(CPU.CONTEXTIDR, 2);
    expect(cpu.tlb.context).toBe(context);
    expect(walks(() => cpu.load(VA + 0x1000))).toBe(0);
    expect(walks(() => expect(cpu.load(PRIVATE)).toBe(2))).toBe(1);
    expect(walks(() => cpu.tlb.fetch(PRIVATE))).toBe(0);
    cpu.tlb.invalidateAsid(1, false);
    expect(walks(() => cpu.load(PRIVATE))).toBe(0);
    cpu.tlb.invalidateAsid(2, false);
    expect(walks(() => cpu.load(PRIVATE))).toBe(1);
    cpu.tlb.invalidateAsid(2, false);
    expect(walks(() => cpu.tlb.fetch(PRIVATE))).toBe(1);
    expect(walks(() => cpu.load(VA + 0x1000))).toBe(0);
  });

  it('finds no page of another ASID beside the one that privileged code has fetched from', () => {
    section(VA, DATA, NOT_GLOBAL_SECTION);
    machine.write(DATA + 0x3000, 1);
    machine.write(DATA + 0x10_3000, 2);
    cpu.set(CPU.CONTEXTIDR, 1);
    cpu.tlb.fetch(VA);
    section(VA, DATA + 0x10_0000, NOT_GLOBAL_SECTION);
    cpu.set(CPU.CONTEXTIDR, 2);
    expect(cpu.load(VA + 0x3000)).toBe(2);
    cpu.tlb.fetch(VA);
    section(VA, DATA, NOT_GLOBAL_SECTION);
    cpu.tlb.invalidateAsid(2, false);
    expect(cpu.load(VA + 0x3000)).toBe(1);
  });

  it('forgets no page with nG, however many there are', () => {
    for (let mib = 0; mib < 32; mib++) section(VA + (mib << 20), DATA, NOT_GLOBAL_SECTION);
    cpu.set(CPU.CONTEXTIDR, 1);
    const pages = Array.from({ length: 32 * 256 }, (_, n) => VA + (n << 12));
    const loadEach = () => {
      for (const at of pages) cpu.load(at);
    };
    expect(walks(loadEach)).toBe(pages.length);
    cpu.set(CPU.CONTEXTIDR, 2);
    expect(walks(loadEach)).toBe(pages.length);
  });

  it('gives a context to each privilege, DACR and state of the MMU', () => {
    const contexts = new Set<number>();
    const note = () => contexts.add(cpu.tlb.context);
    note();
    cpu.mode(Mode.USR);
    note();
    expect(cpu.tlb.context).toBe(cpu.tlb.unprivilegedContext);
    cpu.set(CPU.DACR, 1);
    note();
    cpu.mode(Mode.SVC);
    note();
    cpu.mode(Mode.IRQ);
    note();
    expect(contexts.size).toBe(4);
    cpu.set(CPU.SCTLR, 0);
    note();
    expect(contexts.size).toBe(5);
    cpu.set(CPU.SCTLR, 1);
    cpu.set(CPU.DACR, 0x5555_5555);
    note();
    // Secure state has registers of its own; only Monitor mode or SCR.NS = 0 uses them.
    cpu.set(CPU.SCR, 0);
    note();
    expect(contexts.size).toBe(6);
    cpu.mode(Mode.HYP);
    note();
    expect(contexts.size).toBe(7);
    expect(contexts.has(0)).toBe(false);
    expect(contexts.has(NEVER_HITS)).toBe(false);
  });

  it('checks a changed DACR at once', () => {
    section(VA, DATA, 3 << 5);
    expect(cpu.aborts(() => cpu.load(VA))).toBeUndefined();
    cpu.set(CPU.DACR, 0x5555_5555 & ~(3 << 6));
    expect(cpu.aborts(() => cpu.load(VA))?.short).toBe(0x039);
    cpu.set(CPU.DACR, 0x5555_5555);
    expect(walks(() => cpu.load(VA))).toBe(0);
  });

  it('starts over when the numbers run out', () => {
    section(VA, DATA);
    machine.write(DATA, 6);
    const rounds = 2 * MAX_CONTEXT;
    for (let n = 0; n < rounds; n++) {
      cpu.set(CPU.DACR, 0x4000_0000 + 4 * n + 1);
      expect(cpu.tlb.context).toBeLessThanOrEqual(MAX_CONTEXT);
      if (n % 97 === 0) expect(cpu.load(VA)).toBe(6);
    }
    // Two numbers for each.
    expect(cpu.tlb.statistics.contextOverflows).toBe(Math.floor((2 * rounds) / MAX_CONTEXT));
  });

  it('maps flat when the MMU is off, with rights for all', () => {
    cpu.set(CPU.SCTLR, 0);
    cpu.mode(Mode.USR);
    machine.write(DATA, 3);
    expect(cpu.load(DATA)).toBe(3);
    expect(cpu.tlb.fetch(DATA + 8)).toBe(machine.bus.linearOffset(DATA));
  });
});

describe('TLB operations', () => {
  /** Makes `count` pages known for data and fetches in the current context. */
  function touch(count = 4, va = VA, of = cpu): void {
    for (let n = 0; n < count; n++) {
      of.load(va + n * 0x1000);
      of.tlb.fetch(va + n * 0x1000);
    }
  }

  function lost(count = 4, va = VA, of = cpu): number {
    let lost = 0;
    for (let n = 0; n < count; n++) {
      if (walks(() => of.load(va + n * 0x1000), of) > 0) lost++;
      // The data access has filled what the fetch needs: only one walk can come of it.
      expect(walks(() => of.tlb.fetch(va + n * 0x1000), of)).toBe(0);
    }
    return lost;
  }

  it('TLBIMVA drops a page and nothing else', () => {
    for (let n = 0; n < 4; n++) page(VA + n * 0x1000, DATA + n * 0x1000);
    touch();
    cpu.tlb.invalidateAddress((VA + 0x1000) | 0x55, false);
    expect(walks(() => cpu.tlb.fetch(VA + 0x1000))).toBe(1);
    touch();
    cpu.tlb.invalidateAddress((VA + 0x2000) | 0x55, false);
    expect(lost()).toBe(1);
  });

  it.each([
    ['section', 20, (va: number) => section(va, DATA)],
    [
      'supersection',
      24,
      (va: number) => {
        for (let n = 0; n < 16; n++) section(va + n * 0x10_0000, RAM, 1 << 18);
      },
    ],
    [
      'large page',
      16,
      (va: number) => {
        machine.write(L1 + (va >>> 20) * 4, L2 | 1);
        for (let n = 0; n < 16; n++) machine.write(L2 + n * 4, DATA | 0x3d);
      },
    ],
  ])('TLBIMVA drops all pieces of a %s, and of no neighbour', (_, sizeLog2, map) => {
    const va = 0x1200_0000;
    map(va);
    const last = va + 2 ** sizeLog2 - 0x1000;
    for (let n = 0; n < 4; n++) section(0x2000_0000 + n * 0x10_0000, DATA);
    touch(4, va);
    touch(4, 0x2000_0000);
    touch(1, last);
    cpu.tlb.invalidateAddress(va + 2 ** (sizeLog2 - 1), false);
    expect(lost(4, va)).toBe(4);
    expect(lost(1, last)).toBe(1);
    expect(lost(4, 0x2000_0000)).toBe(0);
    // They were looked up again, and go again; many as well.
    touch(16, va);
    cpu.tlb.invalidateAddress(va, false);
    expect(lost(16, va)).toBe(16);
    expect(lost(1, last)).toBe(sizeLog2 === 16 ? 0 : 1);
  });

  it('TLBIMVAA drops a global page in every context', () => {
    page(VA, DATA);
    cpu.load(VA);
    cpu.tlb.invalidateAddressAllAsids(VA, false);
    page(VA, DATA + 0x1000);
    machine.write(DATA + 0x1000, 21);
    for (const asid of [0, 1]) {
      cpu.set(CPU.CONTEXTIDR, asid);
      expect(cpu.load(VA)).toBe(21);
    }
  });

  it('TLBIASID drops what is of that ASID, and nothing of another', () => {
    page(VA, DATA, NOT_GLOBAL_PAGE);
    page(VA + 0x2000, DATA, NOT_GLOBAL_PAGE);
    cpu.set(CPU.CONTEXTIDR, 7);
    touch(1);
    cpu.set(CPU.CONTEXTIDR, 8);
    touch(1, VA + 0x2000);
    cpu.tlb.invalidateAsid(7, false);
    expect(lost(1, VA + 0x2000)).toBe(0);
    cpu.set(CPU.CONTEXTIDR, 7);
    expect(lost(1)).toBe(1);
  });

  it('TLBIALL drops everything of its security state', () => {
    section(VA, DATA);
    touch();
    cpu.set(CPU.SCR, 0);
    cpu.set(CPU.TTBR0 + 8, L1);
    cpu.set(CPU.DACR + 4, 0x5555_5555);
    cpu.set(CPU.SCTLR + 4, 1);
    touch(2, VA + 0x8000);
    cpu.tlb.invalidateAll(false);
    expect(lost(2, VA + 0x8000)).toBe(2);
    cpu.set(CPU.SCR, 1);
    expect(lost()).toBe(0);
    cpu.tlb.invalidateAll(false);
    expect(lost()).toBe(4);
  });

  it('Inner Shareable operations reach all vCPUs, others one', () => {
    setUp(3);
    section(VA, DATA);
    let told = 0;
    machine.cpus[2].tlb.onPeerChange = () => told++;
    for (const operation of [
      (broadcast: boolean) => cpu.tlb.invalidateAll(broadcast),
      (broadcast: boolean) => cpu.tlb.invalidateAddress(VA, broadcast),
      (broadcast: boolean) => cpu.tlb.invalidateAddressAllAsids(VA, broadcast),
    ]) {
      for (const each of machine.cpus) touch(1, VA, each);
      operation(false);
      expect(machine.cpus.map((each) => lost(1, VA, each))).toEqual([1, 0, 0]);
      operation(true);
      expect(machine.cpus.map((each) => lost(1, VA, each))).toEqual([1, 1, 1]);
    }
    expect(told).toBe(3);
  });

  it('keep to the regime: TLBIALLH, TLBIALLNSNH', () => {
    section(VA, DATA);
    touch();
    cpu.mode(Mode.HYP);
    touch(1, DATA);
    cpu.tlb.invalidateHyp(false);
    expect(lost(1, DATA)).toBe(1);
    cpu.tlb.invalidateNonSecureNonHyp(false);
    expect(lost(1, DATA)).toBe(0);
    cpu.mode(Mode.SVC);
    expect(lost()).toBe(4);
  });

  it('flush forgets everything', () => {
    section(VA, DATA);
    touch();
    cpu.tlb.flush();
    expect(lost()).toBe(4);
  });

  it('are traced, as walks and faults are', () => {
    const lines: string[] = [];
    cpu.tlb.trace = (text) => lines.push(text);
    section(VA, DATA);
    cpu.load(VA);
    cpu.aborts(() => cpu.load(0));
    cpu.tlb.invalidateAsid(0x105, true);
    expect(lines[0]).toContain('walk 0x12300000 -> 0x40100000');
    expect(lines[1]).toContain('load 0x0: TRANSLATION level 1 domain 0');
    expect(lines[2]).toContain('invalidate ASID 5, inner shareable');
    expect(lines.length).toBe(3);
  });
});
