import { CPU, CPU_STATE_BYTES, Mode, PSR } from '../../jit/abi/cpu-state.js';
import { cp14 } from './cp14.js';
import { resetScr } from './cp15/control.js';
import { mpidrOf } from './cp15/identification.js';
import type { Register } from './cp15/register.js';
import { cp15 } from './cp15/table.js';
import type { CpuFeatures } from './features.js';
import type { CpuState } from './state.js';

/** The mode that a vCPU starts in: Secure SVC, or Hyp, or Non-secure SVC, as QEMU's `virt` starts its CPUs. */
export function resetMode(features: CpuFeatures): number {
  return features.virtualization && !features.security ? Mode.HYP : Mode.SVC;
}

/**
 * Reset (ARM DDI 0406C B1.9.1): every register of the vCPU gets its reset value, what is UNKNOWN is zero. A, I
 * and F are masked, the instruction set is A32. PC is the caller's business.
 */
export function resetCpu(state: CpuState, features: CpuFeatures): void {
  state.u8.fill(0, state.base, state.base + CPU_STATE_BYTES);
  resetRegisters(state, cp15);
  resetRegisters(state, cp14);
  state.set(CPU.SCR, resetScr(features.security));
  state.set(CPU.VMPIDR, mpidrOf(state.index));
  state.set(CPU.DBGOSLOCK, 1);
  state.cpsr = PSR.A | PSR.I | PSR.F | resetMode(features);
}

function resetRegisters(state: CpuState, registers: readonly Register[]): void {
  for (const { field, banked, reset } of registers) {
    if (field === undefined || reset === undefined) continue;
    state.set(field, reset);
    if (banked) state.set(field + 4, reset);
  }
}
