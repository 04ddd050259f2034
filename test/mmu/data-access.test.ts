import { beforeEach, describe, expect, it } from 'vitest';
import { CPU, Mode, PSR } from '../../jit/abi/cpu-state.js';
import { AccessFlag } from '../../runtime/mmu/data-access.js';
import { DEVICE, MmuMachine, RAM, ROM, type TestCpu } from './mmu-machine.js';

const L1 = RAM + 0x4000;
const L2 = RAM + 0x8000;
const DATA = RAM + 0x10_0000;
const VA = 0x1230_0000;
const DEVICE_VA = 0x2000_0000;
const NORMAL = 3 << 2;
const STRONGLY_ORDERED = 0;
const A = 2;
/** DFSR of an Alignment fault, load and store. */
const ALIGNMENT = { short: 0x001, write: false };
const ALIGNMENT_WRITE = { short: 0x801, write: true };

let machine: MmuMachine;
let cpu: TestCpu;

/** A page of VA's MiB. */
function page(n: number, pa: number, type = NORMAL, ap = 3): void {
  machine.write(L1 + (VA >>> 20) * 4, L2 | 1);
  machine.write(L2 + n * 4, pa | ((ap & 4) << 7) | ((ap & 3) << 4) | type | 2);
}

beforeEach(() => {
  machine = new MmuMachine();
  cpu = machine.cpu;
  cpu.set(CPU.TTBR0, L1);
  cpu.set(CPU.DACR, 0x5555_5555);
  cpu.set(CPU.SCTLR, 1);
  machine.write(L1 + (DEVICE_VA >>> 20) * 4, DEVICE | (3 << 10) | 2 | (1 << 2));
});

describe('DataAccess on RAM', () => {
  it('zero-extends, and gives words as signed integers', () => {
    page(0, DATA);
    machine.write(DATA, 0x8182_8384 | 0);
    expect(cpu.data.load(VA, 1, 0)).toBe(0x84);
    expect(cpu.data.load(VA, 2, 0)).toBe(0x8384);
    expect(cpu.data.load(VA, 4, 0)).toBe(0x8182_8384 | 0);
    cpu.data.store(VA + 1, 1, 0x1ff, 0);
    cpu.data.store(VA + 2, 2, 0x1_2233, 0);
    expect(machine.read(DATA)).toBe(0x2233_ff84);
  });

  it('is unaligned inside a page', () => {
    page(0, DATA);
    for (let n = 0; n < 16; n++) cpu.data.store(VA + n, 1, 0x10 + n, 0);
    for (const n of [1, 2, 3]) {
      const expected = 0x1312_1110 + 0x0101_0101 * n;
      expect(cpu.load(VA + n)).toBe(expected);
      expect(cpu.data.load(VA + n, 4, 0)).toBe(expected);
    }
    expect(cpu.data.load(VA + 3, 2, 0)).toBe(0x1413);
    cpu.data.store(VA + 5, 4, 0xaabb_ccdd | 0, 0);
    expect(machine.read(DATA + 4)).toBe(0xbbcc_dd14 | 0);
  });

  it('crosses a page boundary', () => {
    page(0, DATA + 0x5000);
    page(1, DATA + 0x2000);
    for (const [size, offset] of [
      [4, 0xffd],
      [4, 0xffe],
      [4, 0xfff],
      [2, 0xfff],
    ] as const) {
      const value = size === 4 ? 0x4433_2211 : 0x2211;
      machine.write(DATA + 0x5ffc, 0);
      machine.write(DATA + 0x2000, 0);
      cpu.data.store(VA + offset, size, value, 0);
      expect(cpu.data.load(VA + offset, size, 0)).toBe(value);
      if (size === 4) expect(cpu.load(VA + offset)).toBe(value);
      const first = 0x1000 - offset;
      expect(machine.read(DATA + 0x5ffc) >>> (8 * (4 - first))).toBe(value & (2 ** (8 * first) - 1));
      expect(machine.read(DATA + 0x2000)).toBe(value >>> (8 * first));
    }
    expect(cpu.tlb.statistics.pageCrossings).toBeGreaterThanOrEqual(8);
  });

  it.each([0x7fff_f000, -0x1000])('crosses from the page at %i, where signed addresses turn over', (low) => {
    // Two pages by 4 KiB mappings each: the last of its MiB and the first of the next.
    const high = (low + 0x1000) | 0;
    for (const [va, table, pa] of [
      [low, L2, DATA + 0x5000],
      [high, L2 + 0x400, DATA + 0x2000],
    ] as const) {
      machine.write(L1 + (va >>> 20) * 4, table | 1);
      machine.write(table + ((va >>> 12) & 0xff) * 4, pa | 0x30 | NORMAL | 2);
    }
    for (const va of [low + 0xffd, (low + 0xffd) >>> 0]) {
      machine.write(DATA + 0x5ffc, 0);
      machine.write(DATA + 0x2000, 0);
      cpu.data.store(va, 4, 0x4433_2211, 0);
      expect(cpu.data.load(va, 4, 0)).toBe(0x4433_2211);
      expect([machine.read(DATA + 0x5ffc) >>> 8, machine.read(DATA + 0x2000)]).toEqual([0x33_2211, 0x44]);
    }
  });

  it('crosses big-endian', () => {
    page(0, DATA + 0x5000);
    page(1, DATA + 0x2000);
    cpu.set(CPU.CPSR, Mode.SVC | PSR.E);
    cpu.data.store(VA + 0xffd, 4, 0x1122_3344, 0);
    expect(machine.read(DATA + 0x5ffc) >>> 8).toBe(0x33_2211);
    expect(machine.read(DATA + 0x2000)).toBe(0x44);
    expect(cpu.data.load(VA + 0xffd, 4, 0)).toBe(0x1122_3344);
  });

  it('writes nothing when the second page faults, and names that page', () => {
    page(0, DATA);
    page(1, DATA + 0x1000, NORMAL, 5);
    machine.write(DATA + 0xffc, 0);
    expect(cpu.aborts(() => cpu.data.store(VA + 0xffe, 4, -1, 0))).toMatchObject({
      va: VA + 0x1000,
      short: 0x80f,
    });
    expect(machine.read(DATA + 0xffc)).toBe(0);
    expect(cpu.data.load(VA + 0xffe, 4, 0)).toBe(0);
    expect(cpu.aborts(() => cpu.data.load(VA + 0x1ffe, 4, 0))).toMatchObject({
      va: VA + 0x2000,
      short: 0x007,
    });
    expect(cpu.aborts(() => cpu.data.load(VA - 2, 4, 0))).toMatchObject({ va: VA - 2, short: 0x005 });
  });

  it('is big-endian with CPSR.E', () => {
    page(0, DATA);
    machine.write(DATA, 0x1122_3344);
    cpu.set(CPU.CPSR, Mode.SVC | PSR.E);
    expect(cpu.data.load(VA, 4, 0)).toBe(0x4433_2211);
    expect(cpu.data.load(VA, 2, 0)).toBe(0x4433);
    expect(cpu.data.load(VA + 1, 4, 0) & 0xffffff).toBe(
      (cpu.data.load(VA + 2, 1, 0) << 16) | 0x1100 | cpu.data.load(VA + 4, 1, 0),
    );
    cpu.data.store(VA, 2, 0x5566, 0);
    cpu.data.store(VA + 4, 4, 0x0102_0304, 0);
    expect(machine.read(DATA)).toBe(0x1122_6655);
    expect(machine.read(DATA + 4)).toBe(0x0403_0201);
  });
});

describe('Alignment', () => {
  it('SCTLR.A faults every unaligned access, before translation', () => {
    cpu.set(CPU.SCTLR, 1 | A);
    expect(cpu.data.alignmentCheck).toBe(true);
    expect(cpu.aborts(() => cpu.load(VA + 1))).toMatchObject({ ...ALIGNMENT, va: VA + 1 });
    expect(cpu.aborts(() => cpu.data.store(VA + 1, 2, 0, 0))).toMatchObject(ALIGNMENT_WRITE);
    page(0, DATA);
    expect(cpu.aborts(() => cpu.data.load(VA + 3, 1, 0))).toBeUndefined();
    expect(cpu.aborts(() => cpu.data.load(VA + 2, 2, 0))).toBeUndefined();
    expect(cpu.aborts(() => cpu.load(VA + 2))).toMatchObject(ALIGNMENT);
  });

  it('MemA accesses fault without SCTLR.A', () => {
    page(0, DATA);
    expect(cpu.aborts(() => cpu.data.load(VA + 2, 4, AccessFlag.ALIGNED))).toMatchObject(ALIGNMENT);
    expect(cpu.aborts(() => cpu.data.store(VA + 1, 2, 0, AccessFlag.ALIGNED))).toMatchObject(ALIGNMENT_WRITE);
    expect(cpu.aborts(() => cpu.data.load(VA + 4, 4, AccessFlag.ALIGNED_DOUBLE))).toMatchObject(ALIGNMENT);
    expect(cpu.aborts(() => cpu.data.load(VA + 4, 4, AccessFlag.ALIGNED))).toBeUndefined();
    expect(cpu.aborts(() => cpu.data.load(VA + 8, 4, AccessFlag.ALIGNED_DOUBLE))).toBeUndefined();
  });

  it('Strongly-ordered RAM faults on unaligned accesses, after the walk', () => {
    page(0, DATA, STRONGLY_ORDERED);
    expect(cpu.aborts(() => cpu.load(VA))).toBeUndefined();
    expect(cpu.aborts(() => cpu.load(VA + 2))).toMatchObject(ALIGNMENT);
    expect(cpu.aborts(() => cpu.store(VA + 2, 0))).toMatchObject(ALIGNMENT_WRITE);
    expect(cpu.aborts(() => cpu.load(VA + 0x1002))?.short).toBe(0x007);
    page(1, DATA + 0x1000);
    expect(cpu.aborts(() => cpu.load(VA + 0xffe))).toMatchObject({ ...ALIGNMENT, va: VA + 0xffe });
    page(2, DATA, STRONGLY_ORDERED);
    expect(cpu.aborts(() => cpu.load(VA + 0x1ffe))).toMatchObject({ ...ALIGNMENT, va: VA + 0x2000 });
  });

  it('with the MMU off all data is Strongly-ordered, and aligned accesses still hit the TLB', () => {
    cpu.set(CPU.SCTLR, 0);
    expect(cpu.data.alignmentCheck).toBe(true);
    cpu.load(DATA);
    const slow = cpu.tlb.statistics.slowLoads;
    cpu.load(DATA + 4);
    expect(cpu.tlb.statistics.slowLoads).toBe(slow);
    expect(cpu.aborts(() => cpu.load(DATA + 6))).toMatchObject(ALIGNMENT);
  });

  it('DFSR has the Long-descriptor code as well', () => {
    expect(cpu.aborts(() => cpu.data.load(VA + 2, 4, AccessFlag.ALIGNED))?.long).toBe(0x221);
  });
});

describe('Devices', () => {
  it('are reached with the width and the vCPU of the access', () => {
    expect(cpu.load(DEVICE_VA + 0x10)).toBe(0x1122_3344);
    expect(cpu.data.load(DEVICE_VA + 0x12, 2, 0)).toBe(0x3344);
    cpu.data.store(DEVICE_VA + 0x11, 1, 0x1ff, 0);
    cpu.store(DEVICE_VA + 0x14, -1);
    expect(machine.device.log).toEqual([
      'read 16 4 0',
      'read 18 2 0',
      'write 17 1 0xff 0',
      'write 20 4 0xffffffff 0',
    ]);
  });

  it('are walked to once', () => {
    cpu.load(DEVICE_VA);
    const { walks } = cpu.tlb.statistics;
    cpu.load(DEVICE_VA + 4);
    cpu.store(DEVICE_VA + 8, 0);
    expect(cpu.tlb.statistics.walks).toBe(walks);
    expect(cpu.tlb.statistics.deviceAccesses).toBe(3);
  });

  it('fault on unaligned accesses, without an access', () => {
    expect(cpu.aborts(() => cpu.load(DEVICE_VA + 2))).toMatchObject(ALIGNMENT);
    expect(machine.device.log).toEqual([]);
  });

  it('give signed words, and bytes reversed with CPSR.E', () => {
    machine.device.value = 0xf122_3344;
    expect(cpu.load(DEVICE_VA)).toBe(0xf122_3344 | 0);
    cpu.set(CPU.CPSR, Mode.SVC | PSR.E);
    expect(cpu.data.load(DEVICE_VA, 4, 0)).toBe(0x4433_22f1);
    cpu.data.store(DEVICE_VA, 2, 0x1234, 0);
    expect(machine.device.log.at(-1)).toBe('write 0 2 0x3412 0');
  });

  it('tell Secure accesses from Non-secure ones by the NS bit', () => {
    cpu.set(CPU.SCR, 0);
    cpu.set(CPU.TTBR0 + 8, L1);
    cpu.set(CPU.DACR + 4, 0x5555_5555);
    cpu.set(CPU.SCTLR + 4, 1);
    cpu.load(DEVICE_VA);
    machine.write(L1 + (DEVICE_VA >>> 20) * 4, DEVICE | (3 << 10) | 2 | (1 << 2) | (1 << 19));
    cpu.tlb.invalidateAll(false);
    cpu.load(DEVICE_VA);
    cpu.set(CPU.SCTLR + 4, 0);
    cpu.load(DEVICE);
    cpu.set(CPU.SCR, 1);
    cpu.load(DEVICE_VA);
    expect(machine.device.log).toEqual(['read 0 4 256', 'read 0 4 0', 'read 0 4 256', 'read 0 4 0']);
  });

  it('that do not exist are external aborts', () => {
    expect(cpu.aborts(() => cpu.load(DEVICE_VA + 0x2000))).toMatchObject({
      va: DEVICE_VA + 0x2000,
      short: 0x008,
    });
    expect(cpu.aborts(() => cpu.store(DEVICE_VA + 0x2000, 0))).toMatchObject({ short: 0x808, long: 0xa10 });
  });

  it('ROM is read like RAM, and a store is a bus access', () => {
    page(0, ROM);
    machine.write(ROM, 8);
    expect(cpu.load(VA)).toBe(8);
    expect(cpu.aborts(() => cpu.store(VA, 9))).toMatchObject({ short: 0x808 });
    expect(machine.read(ROM)).toBe(8);
    machine.bus.addDevice(ROM, machine.device);
    cpu.store(VA + 4, 9);
    expect(machine.device.log).toEqual(['write 4 4 0x9 0']);
  });
});

describe('Exclusives', () => {
  beforeEach(() => page(0, DATA));

  it.each([1, 2, 4, 8])('stores %d bytes, once', (size) => {
    machine.write64(DATA, 0x5566_7788, 0x1122_3344);
    const mask = size >= 4 ? -1 : 2 ** (8 * size) - 1;
    expect(cpu.data.loadExclusive(VA, size)).toBe(0x1122_3344 & mask);
    expect(cpu.state.get(CPU.EXCLUSIVE_VALUE + 4)).toBe(size === 8 ? 0x5566_7788 : 0);
    expect(cpu.data.storeExclusive(VA, size, -2, 7)).toBe(0);
    expect(machine.read(DATA)).toBe((0x1122_3344 & ~mask) | (-2 & mask));
    expect(machine.read(DATA + 4)).toBe(size === 8 ? 7 : 0x5566_7788);
    expect(cpu.data.storeExclusive(VA, size, 0, 0)).toBe(1);
  });

  it('fails after another store, for another address and when open', () => {
    machine.write64(DATA, 1, 2);
    cpu.data.loadExclusive(VA, 4);
    cpu.store(VA, 3);
    expect(cpu.data.storeExclusive(VA, 4, 9, 0)).toBe(1);
    cpu.data.loadExclusive(VA, 4);
    expect(cpu.data.storeExclusive(VA + 4, 4, 9, 0)).toBe(1);
    expect(cpu.data.storeExclusive(VA, 4, 9, 0)).toBe(1);
    cpu.data.loadExclusive(VA, 8);
    cpu.store(VA + 4, 2);
    expect(cpu.data.storeExclusive(VA, 8, 9, 9)).toBe(1);
    expect(machine.read(DATA)).toBe(3);
    expect(machine.read(DATA + 4)).toBe(2);
  });

  it('fails where the address has become another place', () => {
    cpu.data.loadExclusive(VA, 4);
    page(0, DATA + 0x1000);
    cpu.tlb.invalidateAll(false);
    expect(cpu.data.storeExclusive(VA, 4, 9, 0)).toBe(1);
  });

  it('tags nothing when the load faults', () => {
    expect(cpu.aborts(() => cpu.data.loadExclusive(VA + 2, 4))).toMatchObject(ALIGNMENT);
    expect(cpu.aborts(() => cpu.data.loadExclusive(VA + 4, 8))).toMatchObject(ALIGNMENT);
    expect(cpu.aborts(() => cpu.data.loadExclusive(VA + 0x1000, 4))).toMatchObject({ short: 0x007 });
    expect(cpu.state.get(CPU.EXCLUSIVE_SIZE)).toBe(0);
  });

  it('faults: permission even when the value differs, alignment; not when the monitor is open', () => {
    page(1, DATA, NORMAL, 5);
    expect(cpu.data.storeExclusive(VA + 0x1000, 4, 0, 0)).toBe(1);
    cpu.data.loadExclusive(VA + 0x1000, 4);
    machine.write(DATA, 0x1357);
    expect(cpu.aborts(() => cpu.data.storeExclusive(VA + 0x1000, 4, 0, 0))).toMatchObject({ short: 0x80f });
    cpu.data.loadExclusive(VA + 2, 1);
    expect(cpu.aborts(() => cpu.data.storeExclusive(VA + 2, 4, 0, 0))).toMatchObject(ALIGNMENT_WRITE);
    cpu.data.loadExclusive(VA + 4, 4);
    expect(cpu.aborts(() => cpu.data.storeExclusive(VA + 4, 8, 0, 0))).toMatchObject(ALIGNMENT_WRITE);
  });
});

describe('Pages that hold code', () => {
  const writes: [number, number][] = [];
  let empty = false;

  beforeEach(() => {
    writes.length = 0;
    empty = false;
    machine.codePages.owner = {
      onCodeWrite(linear, length) {
        writes.push([linear, length]);
        return empty;
      },
    };
    page(0, DATA);
    page(1, DATA + 0x1000);
    page(2, DATA);
  });

  it('take stores the slow way from any alias, known before or not', () => {
    cpu.store(VA, 1);
    const linear = machine.bus.linearOffset(DATA);
    machine.codePages.mark(linear + 0x123);
    cpu.store(VA + 4, 2);
    cpu.store(VA + 0x2008, 3);
    cpu.store(VA + 0x1000, 4);
    cpu.data.store(VA + 0x11, 1, 5, 0);
    expect(writes).toEqual([
      [linear + 4, 4],
      [linear + 8, 4],
      [linear + 0x11, 1],
    ]);
    expect(machine.read(DATA + 4)).toBe(2);
    expect(cpu.tlb.statistics.codeStores).toBe(3);
    // Loads are not slowed, and no store walks again.
    const { slowLoads, walks } = cpu.tlb.statistics;
    cpu.load(VA);
    cpu.store(VA + 4, 2);
    expect(cpu.tlb.statistics).toMatchObject({ slowLoads, walks, codeStores: 4 });
    expect(writes.at(-1)).toEqual([linear + 4, 4]);
  });

  it('are plain again when the owner has dropped the code', () => {
    const linear = machine.bus.linearOffset(DATA);
    machine.codePages.mark(linear);
    empty = true;
    cpu.store(VA, 1);
    cpu.store(VA, 2);
    cpu.store(VA, 3);
    expect(writes.length).toBe(1);
    expect(machine.codePages.isMarked(linear)).toBe(false);
    const { slowStores } = cpu.tlb.statistics;
    cpu.store(VA, 4);
    expect(cpu.tlb.statistics.slowStores).toBe(slowStores);
  });

  it('are told of stores across their end, and of DMA, page by page', () => {
    const linear = machine.bus.linearOffset(DATA);
    machine.codePages.mark(linear);
    cpu.data.store(VA + 0xffe, 4, 0, 0);
    expect(writes).toEqual([
      [linear + 0xffe, 1],
      [linear + 0xfff, 1],
    ]);
    writes.length = 0;
    machine.codePages.mark(linear + 0x1000);
    machine.codePages.written(linear - 0x2000, 0x3008);
    expect(writes).toEqual([
      [linear, 0x1000],
      [linear + 0x1000, 8],
    ]);
  });

  it('lose their write tags in every TLB', () => {
    machine = new MmuMachine(2);
    for (const each of machine.cpus) each.store(DATA, 0);
    let told = 0;
    machine.codePages.owner = { onCodeWrite: () => ++told < 0 };
    machine.codePages.mark(machine.bus.linearOffset(DATA));
    for (const each of machine.cpus) each.store(DATA, 0);
    expect(told).toBe(2);
  });
});
