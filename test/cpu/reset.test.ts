import { describe, expect, it } from 'vitest';
import { CPU, CPU_STATE_BYTES, Mode, PSR } from '../../jit/abi/cpu-state.js';
import { isSecure } from '../../runtime/cpu/modes.js';
import { resetCpu } from '../../runtime/cpu/reset.js';
import { BOTH, CpuBench, HYP, PLAIN, SECURE } from './bench.js';

describe('reset', () => {
  it('starts in the highest mode there is, masked, in A32', () => {
    const start = (features: typeof PLAIN) => {
      const { state } = new CpuBench(features);
      return [state.mode, isSecure(state), state.cpsr & ~PSR.M];
    };
    const masks = PSR.A | PSR.I | PSR.F;
    expect(start(PLAIN)).toEqual([Mode.SVC, false, masks]);
    expect(start(HYP)).toEqual([Mode.HYP, false, masks]);
    expect(start(SECURE)).toEqual([Mode.SVC, true, masks]);
    expect(start(BOTH)).toEqual([Mode.SVC, true, masks]);
  });

  it('gives every register its value again, both copies, and leaves the neighbours alone', () => {
    const bench = new CpuBench(BOTH, 1);
    const { state } = bench;
    const end = state.base + CPU_STATE_BYTES;
    const fresh = state.u8.slice(state.base, end);
    state.u8.fill(0xa5);
    resetCpu(state, BOTH);
    expect(state.u8.slice(state.base, end)).toEqual(fresh);
    expect(state.u8[state.base - 1]).toBe(0xa5);
    expect(state.u8[end]).toBe(0xa5);
    expect(state.get(CPU.SCTLR)).toBe(0x00c5_0078);
    expect(state.get(CPU.SCTLR + 4)).toBe(0x00c5_0078);
    expect(state.get(CPU.VMPIDR)).toBe(0x8000_0001 | 0);
    expect(state.get(CPU.VPIDR)).toBe(0x414f_c0f0);
    expect(state.get(CPU.SCR)).toBe(0);
  });
});
