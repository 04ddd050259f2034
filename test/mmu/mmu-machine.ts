import { CPU, CPU_STATE_BYTES, Mode } from '../../jit/abi/cpu-state.js';
import { TLB_BYTES, TlbEntry, tlbIndex } from '../../jit/abi/tlb.js';
import { Bus } from '../../runtime/bus.js';
import { CpuState } from '../../runtime/cpu/state.js';
import type { Device } from '../../runtime/devices/device.js';
import { AddressTranslation } from '../../runtime/mmu/address-translation.js';
import { CodePages } from '../../runtime/mmu/code-pages.js';
import { DataAccess } from '../../runtime/mmu/data-access.js';
import { ExclusiveMonitors } from '../../runtime/mmu/exclusive-monitors.js';
import type { Fault } from '../../runtime/mmu/fault.js';
import { SoftwareTlb } from '../../runtime/mmu/tlb.js';

/** Guest RAM: 16 MiB, and 1 MiB above 4 GiB; ROM; a device. Physical addresses. */
export const RAM = 0x4000_0000;
export const RAM_BYTES = 0x100_0000;
export const HIGH_RAM = 0x9_8000_0000;
export const HIGH_RAM_BYTES = 0x10_0000;
export const ROM = 0x1000_0000;
export const DEVICE = 0x0900_0000;

const RAM_OFFSET = 0x10_0000;
const HIGH_OFFSET = RAM_OFFSET + RAM_BYTES;
const ROM_OFFSET = HIGH_OFFSET + HIGH_RAM_BYTES;
const MEMORY_BYTES = ROM_OFFSET + 0x1_0000;
const CPU_BYTES = 0x1_0000 * Math.ceil((CPU_STATE_BYTES + TLB_BYTES) / 0x1_0000);

/** A Data Abort or Prefetch Abort, as the exception model would have recorded it. */
export interface Abort {
  readonly kind: 'data' | 'prefetch';
  readonly va: number;
  readonly write: boolean;
  readonly short: number;
  readonly long: number;
  readonly stage2: boolean;
  readonly onWalk: boolean;
  readonly ipa: number;
}

/** What leaves the instruction that aborts. */
const ABORTED = Symbol('aborted');

/** One vCPU's MMU. */
export class TestCpu {
  readonly state: CpuState;
  readonly tlb: SoftwareTlb;
  readonly data: DataAccess;
  readonly ats: AddressTranslation;
  abort: Abort | undefined;

  constructor(machine: MmuMachine, index: number) {
    this.state = new CpuState(machine.memory, index * CPU_BYTES, index);
    this.state.set(CPU.CPSR, Mode.SVC);
    this.state.set(CPU.SCR, 1);
    const aborts = {
      raiseDataAbort: (va: number, fault: Fault, isWrite: boolean): never => {
        this.#record('data', va, isWrite, fault);
        throw ABORTED;
      },
      takeDataAbort: (va: number, fault: Fault, isWrite: boolean): never => {
        this.#record('data', va, isWrite, fault);
        throw ABORTED;
      },
      raisePrefetchAbort: (va: number, fault: Fault): never => {
        this.#record('prefetch', va, false, fault);
        throw ABORTED;
      },
    };
    this.tlb = new SoftwareTlb({
      state: this.state,
      bus: machine.bus,
      codePages: machine.codePages,
      monitors: machine.monitors,
      dataOffset: this.state.base + CPU_STATE_BYTES,
      aborts,
      peers: machine.tlbs,
    });
    this.data = new DataAccess(this.tlb, aborts);
    this.ats = new AddressTranslation(this.tlb);
  }

  #record(kind: 'data' | 'prefetch', va: number, write: boolean, fault: Fault): void {
    this.abort = {
      kind,
      va: va >>> 0,
      write,
      short: kind === 'data' ? fault.dfsr(write, false) : fault.ifsr(false),
      long: kind === 'data' ? fault.dfsr(write, true) : fault.ifsr(true),
      stage2: fault.stage2,
      onWalk: fault.onWalk,
      ipa: fault.ipa,
    };
  }

  /** Sets a register and looks the context up again. */
  set(offset: number, value: number): void {
    this.state.set(offset, value);
    this.tlb.contextChanged();
  }

  mode(mode: number): void {
    this.set(CPU.CPSR, mode);
  }

  /** Runs `action` and returns the abort that it took, undefined when none. */
  aborts(action: () => void): Abort | undefined {
    this.abort = undefined;
    try {
      action();
    } catch (thrown) {
      if (thrown !== ABORTED) throw thrown;
    }
    return this.abort;
  }

  /** A load as the interpreter makes it: inlined hit, else the slow path. */
  load(va: number): number {
    const { i32 } = this.state;
    const entry = (this.tlb.dataOffset >> 2) + tlbIndex(va, this.tlb.context) * 4;
    if (
      i32[entry + (TlbEntry.READ_TAG >> 2)] === (((va + 3) & ~0xfff) | this.tlb.context) &&
      ((va & 3) === 0 || !this.data.alignmentCheck)
    ) {
      const linear = (va + i32[entry + (TlbEntry.ADDEND >> 2)]) >>> 0;
      return new DataView(this.state.memory.buffer).getInt32(linear, true);
    }
    return this.data.load(va, 4, 0);
  }

  store(va: number, value: number): void {
    const { i32 } = this.state;
    const entry = (this.tlb.dataOffset >> 2) + tlbIndex(va, this.tlb.context) * 4;
    if (
      i32[entry + (TlbEntry.WRITE_TAG >> 2)] === (((va + 3) & ~0xfff) | this.tlb.context) &&
      ((va & 3) === 0 || !this.data.alignmentCheck)
    ) {
      const linear = (va + i32[entry + (TlbEntry.ADDEND >> 2)]) >>> 0;
      new DataView(this.state.memory.buffer).setInt32(linear, value, true);
      return;
    }
    this.data.store(va, 4, value, 0);
  }
}

/** A device with four words that can be read and written; it notes the accesses. */
export class TestDevice implements Device {
  readonly name = 'test';
  readonly size = 0x1000;
  readonly log: string[] = [];
  value = 0x1122_3344;

  read(offset: number, width: number, cpu: number): number {
    this.log.push(`read ${offset} ${width} ${cpu}`);
    return this.value & (width === 4 ? -1 : 2 ** (8 * width) - 1);
  }

  write(offset: number, width: number, value: number, cpu: number): void {
    this.log.push(`write ${offset} ${width} 0x${value.toString(16)} ${cpu}`);
  }

  reset(): void {}
}

/** Memory, bus and the MMUs of some vCPUs: what the tests build page tables in. */
export class MmuMachine {
  readonly memory = new WebAssembly.Memory({
    initial: MEMORY_BYTES / 65536,
    maximum: MEMORY_BYTES / 65536,
    shared: true,
  });
  readonly view = new DataView(this.memory.buffer);
  readonly bus = new Bus();
  readonly codePages = new CodePages(MEMORY_BYTES);
  readonly monitors = new ExclusiveMonitors();
  readonly tlbs: SoftwareTlb[] = [];
  readonly device = new TestDevice();
  readonly cpus: TestCpu[];
  readonly cpu: TestCpu;

  constructor(cpus = 1) {
    this.bus.addRam({ address: RAM, size: RAM_BYTES, offset: RAM_OFFSET, readOnly: false });
    this.bus.addRam({ address: HIGH_RAM, size: HIGH_RAM_BYTES, offset: HIGH_OFFSET, readOnly: false });
    this.bus.addRam({ address: ROM, size: 0x1_0000, offset: ROM_OFFSET, readOnly: true });
    this.bus.addDevice(DEVICE, this.device);
    this.cpus = Array.from({ length: cpus }, (_, index) => new TestCpu(this, index));
    this.cpu = this.cpus[0];
  }

  /** Physical memory, a word. */
  read(pa: number): number {
    return this.view.getInt32(this.bus.linearOffset(pa), true);
  }

  write(pa: number, value: number): void {
    this.view.setInt32(this.bus.linearOffset(pa), value, true);
  }

  write64(pa: number, high: number, low: number): void {
    this.write(pa, low);
    this.write(pa + 4, high);
  }
}
