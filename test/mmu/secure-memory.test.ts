/** RAM and devices of the Secure address space alone: what translation tables make of the NS bits (ARM DDI 0406C B3.5.1, B3.6.3). */
import { beforeEach, describe, expect, it } from 'vitest';
import { CPU } from '../../jit/abi/cpu-state.js';
import { HIGH_RAM, HIGH_RAM_BYTES, MmuMachine, RAM, type TestCpu, TestDevice } from './mmu-machine.js';

const SECURE_RAM = 0x0e00_0000;
const SECURE_DEVICE = 0x0904_0000;
const L1 = SECURE_RAM + 0x4000;
const L2 = SECURE_RAM + 0x8000;
const DATA = SECURE_RAM + 0x1_0000;
const M = 1;
const EAE = 0x8000_0000 | 0;
const NORMAL = 0xff;
/** Synchronous external abort, and on a walk at level 1 and 2. */
const EXTERNAL = 0b01000;
const EXTERNAL_ON_WALK_1 = 0b01100;
const EXTERNAL_ON_WALK_2 = 0b01110;
const LONG_EXTERNAL_ON_WALK_2 = 0b010110;

let machine: MmuMachine;
let cpu: TestCpu;
let device: TestDevice;

beforeEach(() => {
  machine = new MmuMachine();
  cpu = machine.cpu;
  machine.bus.addRam({
    address: SECURE_RAM,
    size: HIGH_RAM_BYTES,
    offset: machine.bus.linearOffset(HIGH_RAM),
    readOnly: false,
    secureOnly: true,
  });
  device = new TestDevice();
  machine.bus.addDevice(SECURE_DEVICE, device, true);
  machine.write(DATA, 7);
});

const secure = (yes: boolean) => cpu.set(CPU.SCR, yes ? 0 : 1);
/** DFSR.FS or IFSR.FS: bit 10 and bits 3:0. */
const status = (action: () => void) => {
  const fsr = cpu.aborts(action)?.short;
  return fsr === undefined ? undefined : ((fsr >>> 6) & 0x10) | (fsr & 15);
};

describe('without translation', () => {
  it('only Secure accesses get there, again and again', () => {
    for (let round = 0; round < 3; round++) {
      secure(true);
      expect(cpu.load(DATA)).toBe(7);
      expect(cpu.tlb.fetch(DATA)).toBe(machine.bus.linearOffset(DATA));
      expect(cpu.load(SECURE_DEVICE)).toBe(device.value);
      secure(false);
      expect(status(() => cpu.load(DATA))).toBe(EXTERNAL);
      expect(status(() => cpu.store(DATA, 1))).toBe(EXTERNAL);
      expect(status(() => cpu.tlb.fetch(DATA))).toBe(EXTERNAL);
      expect(status(() => cpu.load(SECURE_DEVICE))).toBe(EXTERNAL);
      expect(status(() => cpu.store(SECURE_DEVICE, 1))).toBe(EXTERNAL);
    }
    expect(machine.read(DATA)).toBe(7);
    // The Secure loads alone, one a round.
    expect(device.log).toEqual(Array(3).fill('read 0 4 256'));
  });
});

describe('Short descriptors', () => {
  const NS_SECTION = 1 << 19;
  const NS_TABLE = 1 << 3;
  const VA = 0x1230_0000;
  const section = (extra: number) =>
    machine.write(L1 + (VA >>> 20) * 4, (SECURE_RAM & 0xfff0_0000) | (3 << 10) | (3 << 2) | 2 | extra);

  beforeEach(() => {
    for (const bank of [0, 4]) {
      cpu.state.set(CPU.TTBR0 + 2 * bank, L1);
      cpu.state.set(CPU.DACR + bank, 0x5555_5555);
      cpu.state.set(CPU.SCTLR + bank, M);
    }
    machine.write(L2, DATA | 0x3e);
    secure(true);
  });

  it('a Secure walk reads tables in Secure RAM, a Non-secure one aborts', () => {
    section(0);
    expect(cpu.load(VA + (DATA & 0xf_ffff))).toBe(7);
    secure(false);
    expect(status(() => cpu.load(VA))).toBe(EXTERNAL_ON_WALK_1);
  });

  it('NS of a section makes the access Non-secure', () => {
    section(NS_SECTION);
    expect(status(() => cpu.load(VA))).toBe(EXTERNAL);
  });

  it('NS of a table means the pages, not the table', () => {
    machine.write(L1 + (VA >>> 20) * 4, L2 | 1);
    expect(cpu.load(VA)).toBe(7);
    machine.write(L1 + (VA >>> 20) * 4, L2 | NS_TABLE | 1);
    cpu.tlb.invalidateAll(false);
    expect(status(() => cpu.load(VA))).toBe(EXTERNAL);
  });

  it('a Non-secure walk from RAM into Secure RAM aborts at the second level', () => {
    cpu.state.set(CPU.TTBR0, RAM + 0x4000);
    secure(false);
    machine.write(RAM + 0x4000 + (VA >>> 20) * 4, L2 | 1);
    expect(status(() => cpu.load(VA))).toBe(EXTERNAL_ON_WALK_2);
  });
});

describe('Long descriptors', () => {
  const NS_TABLE = 1 << 31;
  const AF_RW = (1 << 10) | (1 << 6);
  const NS = 1 << 5;
  const VA = 0x4000_0000;
  const table = (high: number) => machine.write64(L1 + 8, high, L2 | 3);
  const block = (low: number) => machine.write64(L2, 0, (SECURE_RAM & 0xffe0_0000) | AF_RW | low | 1);

  beforeEach(() => {
    cpu.state.set(CPU.TTBCR + 4, EAE);
    cpu.state.set(CPU.PRRR + 4, NORMAL);
    cpu.state.set(CPU.TTBR0 + 8, L1);
    cpu.state.set(CPU.SCTLR + 4, M);
    secure(true);
  });

  it('NS makes the access Non-secure', () => {
    table(0);
    block(0);
    expect(cpu.load(VA + (DATA & 0x1f_ffff))).toBe(7);
    block(NS);
    cpu.tlb.invalidateAll(false);
    expect(status(() => cpu.load(VA))).toBe(EXTERNAL);
  });

  it('NSTable makes the look-ups behind it Non-secure', () => {
    table(NS_TABLE);
    block(0);
    expect(cpu.aborts(() => cpu.load(VA))!.long & 0x3f).toBe(LONG_EXTERNAL_ON_WALK_2);
  });
});
