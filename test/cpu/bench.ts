import { CPU, CPU_STATE_BYTES, Mode, PSR } from '../../jit/abi/cpu-state.js';
import type { Instruction } from '../../jit/isa/instruction.js';
import { VirtualClock } from '../../runtime/clock.js';
import { Exceptions } from '../../runtime/cpu/exceptions.js';
import { type ExecutionControl, GUEST_EXCEPTION } from '../../runtime/cpu/execution-control.js';
import type { CpuFeatures } from '../../runtime/cpu/features.js';
import { switchMode } from '../../runtime/cpu/modes.js';
import { resetCpu } from '../../runtime/cpu/reset.js';
import { CpuState } from '../../runtime/cpu/state.js';
import { SystemInstructions } from '../../runtime/cpu/system-ops.js';
import { GenericTimer } from '../../runtime/devices/generic-timer.js';
import type { AddressTranslation } from '../../runtime/mmu/address-translation.js';
import type { SoftwareTlb } from '../../runtime/mmu/tlb.js';

export const PLAIN: CpuFeatures = { security: false, virtualization: false, cpus: 2 };
export const HYP: CpuFeatures = { security: false, virtualization: true, cpus: 2 };
export const SECURE: CpuFeatures = { security: true, virtualization: false, cpus: 2 };
export const BOTH: CpuFeatures = { security: true, virtualization: true, cpus: 2 };

/** Records what system code asks of whatever executes the vCPU. */
export class RecordingControl implements ExecutionControl {
  /** Where execution goes on, unsigned; undefined when nothing jumped. */
  target: number | undefined;
  readonly calls: string[] = [];

  jump(address: number): void {
    this.target = address >>> 0;
  }
  checkInterrupts(): void {
    this.calls.push('checkInterrupts');
  }
  mappingChanged(): void {
    this.calls.push('mappingChanged');
  }
  modeChanged(): void {
    this.calls.push('modeChanged');
  }
  translationChanged(): void {
    this.calls.push('translationChanged');
  }
  waitForInterrupt(): void {
    this.calls.push('waitForInterrupt');
  }
  waitForEvent(): void {
    this.calls.push('waitForEvent');
  }
  fpAccessChanged(): void {
    this.calls.push('fpAccessChanged');
  }
  /** What {@link instruction} says is being executed. */
  current: Instruction | undefined;
  instruction(): Instruction {
    if (this.current === undefined) throw new Error('no instruction is being executed');
    return this.current;
  }
  takesOver(): boolean {
    return false;
  }
  mayAbandon(): boolean {
    return false;
  }
  abandon(): void {
    throw new Error('abandon() without mayAbandon()');
  }
}

/** An object whose methods record their names and arguments, in place of the MMU. */
function recorder<T extends object>(prefix: string, calls: string[]): T {
  return new Proxy({} as T, {
    get:
      (_, name) =>
      (...values: unknown[]) =>
        calls.push(`${prefix}.${String(name)}(${values.join(', ')})`),
  });
}

/** One vCPU without anything that executes it. */
export class CpuBench {
  readonly state: CpuState;
  readonly features: CpuFeatures;
  readonly control = new RecordingControl();
  readonly exceptions: Exceptions;
  readonly system: SystemInstructions;
  readonly clock = new VirtualClock();
  /** Calls that reached the MMU. */
  readonly mmu: string[] = [];
  /** Interrupt lines of the timers that are asserted. */
  readonly timerLines = new Set<string>();
  cycles = 0;

  constructor(features: CpuFeatures, index = 0) {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const base = 64;
    if (base + CPU_STATE_BYTES > 65536) throw new Error('state does not fit');
    this.features = features;
    this.state = new CpuState(memory, base, index);
    resetCpu(this.state, features);
    this.exceptions = new Exceptions(this.state, features, this.control);
    const line = (name: string) => (level: boolean) => {
      if (level) this.timerLines.add(name);
      else this.timerLines.delete(name);
    };
    this.system = new SystemInstructions({
      state: this.state,
      exceptions: this.exceptions,
      features,
      tlb: recorder<SoftwareTlb>('tlb', this.mmu),
      addressTranslation: recorder<AddressTranslation>('at', this.mmu),
      timer: new GenericTimer(this.clock, {
        securePhysical: line('securePhysical'),
        nonSecurePhysical: line('nonSecurePhysical'),
        virtual: line('virtual'),
        hyp: line('hyp'),
      }),
      cycles: () => this.cycles,
    });
  }

  /** Puts the vCPU into `mode`, about to execute an instruction at `address`; CPSR's other bits are `bits`. */
  at(address: number, mode: number, bits = 0): this {
    switchMode(this.state, mode);
    this.state.cpsr = bits | mode;
    this.state.set(CPU.R + 60, address + ((bits & PSR.T) !== 0 ? 4 : 8));
    this.control.target = undefined;
    this.control.calls.length = 0;
    return this;
  }

  /** Secure or Non-secure state, for modes other than Monitor. */
  secure(on: boolean): this {
    this.state.set(CPU.SCR, (this.state.get(CPU.SCR) & ~1) | (on ? 0 : 1));
    return this;
  }

  reg(n: number): number {
    return this.state.get(CPU.R + 4 * n) >>> 0;
  }

  get cpsr(): number {
    return this.state.cpsr >>> 0;
  }

  spsr(bank: number): number {
    return this.state.get(CPU.BANKED_SPSR + 4 * bank) >>> 0;
  }

  /** Carries `body` out. @returns whether it left by GUEST_EXCEPTION */
  leaves(body: () => void): boolean {
    try {
      body();
      return false;
    } catch (thrown) {
      if (thrown !== GUEST_EXCEPTION) throw thrown;
      return true;
    }
  }

  /** Whether `body` is UNDEFINED: leaves for the Undefined Instruction vector of a PL1 mode. */
  isUndefined(body: () => void): boolean {
    const mode = this.state.mode;
    const cpsr = this.state.cpsr;
    const scr = this.state.get(CPU.SCR);
    this.control.target = undefined;
    const left = this.leaves(body);
    const undef = left && this.state.mode === Mode.UND && ((this.control.target ?? 0) & 0x1f) === 4;
    if (left) {
      switchMode(this.state, mode);
      this.state.cpsr = cpsr;
      this.state.set(CPU.SCR, scr);
    }
    if (left && !undef && mode !== Mode.HYP) throw new Error('left by another exception');
    return left;
  }
}
