import { beforeEach, describe, expect, it } from 'vitest';
import { CPU } from '../../jit/abi/cpu-state.js';
import { MmuMachine, RAM, type TestCpu } from './mmu-machine.js';

const L1 = RAM + 0x4000;
const DATA = RAM + 0x10_0000;
/** A section of Normal memory for everybody. */
const SECTION = (3 << 10) | (3 << 2) | 2;

let machine: MmuMachine;
let owner: TestCpu;
let other: TestCpu;

const isSet = () => owner.state.get(CPU.EXCLUSIVE_SIZE) !== 0;
/** Stores of the other CPU that took the slow path while `action` ran. */
function slowStores(action: () => void): number {
  const before = other.tlb.statistics.slowStores;
  action();
  return other.tlb.statistics.slowStores - before;
}

beforeEach(() => {
  machine = new MmuMachine(2);
  [owner, other] = machine.cpus as [TestCpu, TestCpu];
  machine.write(L1 + (DATA >>> 20) * 4, DATA | SECTION);
  for (const cpu of machine.cpus) {
    cpu.set(CPU.TTBR0, L1);
    cpu.set(CPU.DACR, 1);
    cpu.set(CPU.SCTLR, 1);
    cpu.store(DATA, 0);
  }
  owner.data.loadExclusive(DATA + 8, 4);
});

describe('ExclusiveMonitors', () => {
  it("watches a page from the end of a CPU's turn to that of one without an open monitor", () => {
    expect(slowStores(() => other.store(DATA + 0x800, 1))).toBe(0);
    machine.monitors.suspend(0);
    expect(slowStores(() => other.store(DATA + 0x800, 1))).toBe(1);
    expect(slowStores(() => other.store(DATA + 0x804, 1))).toBe(1);
    expect(owner.data.storeExclusive(DATA + 8, 4, 1, 0)).toBe(0);
    machine.monitors.suspend(0);
    expect(machine.monitors.watched).toBe(0);
    other.store(DATA + 0x800, 1);
    expect(slowStores(() => other.store(DATA + 0x804, 1))).toBe(0);
  });

  it('does not watch what a CPU stores itself', () => {
    machine.monitors.suspend(0);
    const before = owner.tlb.statistics.slowStores;
    owner.store(DATA + 4, 1);
    expect(owner.tlb.statistics.slowStores).toBe(before);
    expect(isSet()).toBe(true);
  });

  it.each([
    [DATA + 4, 1, false],
    [DATA, 4, false],
    [DATA + 0x3f, 1, false],
    [DATA + 0x3c, 4, false],
    [DATA + 0x40, 4, true],
    [DATA - 4 + 0x1000, 4, true],
  ])('is cleared by a store to the granule: %i, %i bytes', (address, size, stays) => {
    machine.monitors.suspend(0);
    other.data.store(address, size, 0, 0);
    expect(isSet()).toBe(stays);
    // And then the page is watched no more.
    expect(machine.monitors.watched).toBe(stays ? 1 : 0);
  });

  it('is cleared by a store that begins before the granule', () => {
    owner.data.loadExclusive(DATA + 0x40, 1);
    machine.monitors.suspend(0);
    other.data.store(DATA + 0x3e, 4, 0, 0);
    expect(isSet()).toBe(false);
  });

  it("is cleared by a device's store, in its own turn too", () => {
    const linear = machine.bus.linearOffset(DATA);
    machine.monitors.clear(linear + 0x40, 0x1000);
    expect(isSet()).toBe(true);
    machine.monitors.clear(linear - 0x100, 0x101);
    expect(isSet()).toBe(false);
  });

  it('that is left set does not slow the others for ever', () => {
    machine.monitors.suspend(0);
    const slow = slowStores(() => {
      for (let n = 0; n < 1000; n++) {
        other.store(DATA + 0x800, n);
        machine.monitors.suspend(0);
      }
    });
    expect(slow).toBeGreaterThan(200);
    expect(slow).toBeLessThan(300);
    expect(isSet()).toBe(false);
  });

  it('that is set anew each turn is not cleared by stores elsewhere', () => {
    for (let n = 0; n < 1000; n++) {
      owner.data.loadExclusive(DATA + 8, 4);
      machine.monitors.suspend(0);
      other.store(DATA + 0x800, n);
      expect(owner.data.storeExclusive(DATA + 8, 4, n, 0)).toBe(0);
    }
  });
});
