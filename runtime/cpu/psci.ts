import { CPU } from '../../jit/abi/cpu-state.js';
import type { Firmware } from './exceptions.js';
import { type ExecutionControl, GUEST_EXCEPTION } from './execution-control.js';
import type { CpuState } from './state.js';

/** PSCI return codes (ARM DEN 0022D 5.2.2). */
export const PsciResult = {
  SUCCESS: 0,
  NOT_SUPPORTED: -1,
  INVALID_PARAMETERS: -2,
  DENIED: -3,
  ALREADY_ON: -4,
  ON_PENDING: -5,
  INTERNAL_FAILURE: -6,
} as const;

/** Answers of AFFINITY_INFO. */
export const Affinity = { ON: 0, OFF: 1, ON_PENDING: 2 } as const;

/** The machine, as PSCI calls see it. CPUs are named by MPIDR affinity fields (Aff0 is the index). */
export interface PsciHost {
  /** Starts a vCPU at `entry` with R0 = `contextId`. @returns a {@link PsciResult} */
  cpuOn(target: number, entry: number, contextId: number): number;
  /** Stops the calling vCPU; it executes nothing more until it is turned on. */
  cpuOff(cpu: number): void;
  /** State of a vCPU, one of {@link Affinity}; undefined when there is no such vCPU. */
  affinityInfo(target: number): number | undefined;
  /** Powers the machine off after the current instruction. */
  systemOff(): void;
  /** Resets the machine after the current instruction. */
  systemReset(): void;
}

/** Function numbers of the SMC32 calling convention (ARM DEN 0022D 5.1). All others are NOT_SUPPORTED. */
const Call = {
  PSCI_VERSION: 0x8400_0000,
  CPU_SUSPEND: 0x8400_0001,
  CPU_OFF: 0x8400_0002,
  CPU_ON: 0x8400_0003,
  AFFINITY_INFO: 0x8400_0004,
  MIGRATE_INFO_TYPE: 0x8400_0006,
  SYSTEM_OFF: 0x8400_0008,
  SYSTEM_RESET: 0x8400_0009,
  PSCI_FEATURES: 0x8400_000a,
} as const;

/** Function numbers of PSCI 0.1, which had none of its own: those that KVM and QEMU give in the device tree. */
const Call01 = {
  CPU_SUSPEND: 0x95c1_ba5e,
  CPU_OFF: 0x95c1_ba5f,
  CPU_ON: 0x95c1_ba60,
} as const;

/** PSCI_VERSION: major in bits 31:16, minor in 15:0. */
const PSCI_1_0 = 0x0001_0000;
/** MIGRATE_INFO_TYPE: there is no Trusted OS to migrate. */
const NO_MIGRATION = 2;

/** Functions that PSCI_FEATURES reports (ARM DEN 0022D 5.1.15); SMCCC_VERSION is not among them, as in QEMU. */
const FEATURES = new Set<number>([...Object.values(Call), ...Object.values(Call01)]);

/** PSCI 1.0 as the machine's firmware (ARM DEN 0022D), by HVC or SMC. */
export class Psci implements Firmware {
  readonly conduit: 'hvc' | 'smc';
  readonly #host: PsciHost;

  constructor(conduit: 'hvc' | 'smc', host: PsciHost) {
    this.conduit = conduit;
    this.#host = host;
  }

  call(state: CpuState, control: ExecutionControl): void {
    state.set(CPU.R, this.#result(state, control));
  }

  /** The value for R0. Calls that do not return throw. */
  #result(state: CpuState, control: ExecutionControl): number {
    const argument = (n: number) => state.get(CPU.R + 4 * n) >>> 0;
    const host = this.#host;
    switch (argument(0)) {
      case Call.PSCI_VERSION:
        return PSCI_1_0;
      case Call.MIGRATE_INFO_TYPE:
        return NO_MIGRATION;
      case Call.PSCI_FEATURES:
        return FEATURES.has(argument(1)) ? PsciResult.SUCCESS : PsciResult.NOT_SUPPORTED;
      case Call.AFFINITY_INFO:
        // Levels above 0 are always on.
        if (argument(2) !== 0) return Affinity.ON;
        return host.affinityInfo(argument(1)) ?? PsciResult.INVALID_PARAMETERS;
      case Call.CPU_ON:
      case Call01.CPU_ON:
        return host.cpuOn(argument(1), argument(2), argument(3));
      case Call.CPU_SUSPEND:
      case Call01.CPU_SUSPEND:
        if ((argument(1) & 0xfffe_0000) !== 0) return PsciResult.INVALID_PARAMETERS;
        // Power-down states are entered as standby: WFI.
        control.waitForInterrupt();
        return PsciResult.SUCCESS;
      case Call.CPU_OFF:
      case Call01.CPU_OFF:
        return this.#off(state);
      case Call.SYSTEM_OFF:
        host.systemOff();
        return this.#off(state);
      case Call.SYSTEM_RESET:
        host.systemReset();
        return this.#off(state);
      default:
        return PsciResult.NOT_SUPPORTED;
    }
  }

  #off(state: CpuState): never {
    this.#host.cpuOff(state.index);
    throw GUEST_EXCEPTION;
  }
}
