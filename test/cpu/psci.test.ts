import { describe, expect, it } from 'vitest';
import { CPU, Mode } from '../../jit/abi/cpu-state.js';
import { HCR } from '../../jit/abi/registers.js';
import { Affinity, Psci, type PsciHost, PsciResult } from '../../runtime/cpu/psci.js';
import { CpuBench, HYP, PLAIN } from './bench.js';

/** A bench with two vCPUs' worth of PSCI host, of which the second is off. */
function machine(conduit: 'hvc' | 'smc', features = PLAIN) {
  const calls: string[] = [];
  const host: PsciHost = {
    cpuOn: (target, entry, contextId) => {
      calls.push(`on ${target} ${entry.toString(16)} ${contextId.toString(16)}`);
      return target === 1 ? PsciResult.SUCCESS : PsciResult.INVALID_PARAMETERS;
    },
    cpuOff: (cpu) => calls.push(`off ${cpu}`),
    affinityInfo: (target) => [Affinity.ON, Affinity.OFF][target],
    systemOff: () => calls.push('system off'),
    systemReset: () => calls.push('system reset'),
  };
  const bench = new CpuBench(features);
  bench.exceptions.firmware = new Psci(conduit, host);
  /** Calls a function by the conduit. @returns R0, or undefined when the call does not return */
  const call = (...values: number[]): number | undefined => {
    values.forEach((value, n) => {
      bench.state.set(CPU.R + 4 * n, value);
    });
    const left = bench.leaves(() => (conduit === 'hvc' ? bench.system.hvc(0) : bench.system.smc(0)));
    return left ? undefined : bench.state.get(CPU.R);
  };
  return { bench, calls, call };
}

describe('PSCI', () => {
  it('answers as version 1.0 without a Trusted OS', () => {
    const { call } = machine('hvc');
    expect(call(0x8400_0000)).toBe(0x0001_0000);
    expect(call(0x8400_0006)).toBe(2);
    expect(call(0x8400_0005)).toBe(PsciResult.NOT_SUPPORTED);
    expect(call(0x8000_0000)).toBe(PsciResult.NOT_SUPPORTED);
    expect(call(0xc400_0003)).toBe(PsciResult.NOT_SUPPORTED);
    expect(call(0x1234)).toBe(PsciResult.NOT_SUPPORTED);
  });

  it('reports the functions that QEMU reports', () => {
    const { call } = machine('hvc');
    const ids = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xa, 0xb, 0xe, 0xf].map((n) => 0x8400_0000 + n);
    const there = ids.filter((id) => call(0x8400_000a, id) === 0).map((id) => id & 0xff);
    expect(there).toEqual([0, 1, 2, 3, 4, 6, 8, 9, 0xa]);
    expect(call(0x8400_000a, 0x95c1_ba60)).toBe(0);
    expect(call(0x8400_000a, 0x8000_0000)).toBe(PsciResult.NOT_SUPPORTED);
  });

  it('turns CPUs on', () => {
    const { call, calls } = machine('hvc');
    expect(call(0x8400_0003, 1, 0x8000_0001, 0xffff_ffff)).toBe(0);
    expect(call(0x95c1_ba60, 5, 0x100, 0)).toBe(PsciResult.INVALID_PARAMETERS);
    expect(calls).toEqual(['on 1 80000001 ffffffff', 'on 5 100 0']);
  });

  it('tells which CPUs are on', () => {
    const { call } = machine('hvc');
    expect(call(0x8400_0004, 0, 0)).toBe(0);
    expect(call(0x8400_0004, 1, 0)).toBe(1);
    expect(call(0x8400_0004, 2, 0)).toBe(PsciResult.INVALID_PARAMETERS);
    expect(call(0x8400_0004, 2, 1)).toBe(0);
  });

  it('does not return from CPU_OFF, SYSTEM_OFF and SYSTEM_RESET', () => {
    const { call, calls } = machine('hvc');
    for (const id of [0x8400_0002, 0x8400_0008, 0x8400_0009]) expect(call(id)).toBeUndefined();
    expect(calls).toEqual(['off 0', 'system off', 'off 0', 'system reset', 'off 0']);
  });

  it('suspends as WFI', () => {
    const { call, bench } = machine('hvc');
    expect(call(0x8400_0001, 0x0001_0000, 0x100, 0)).toBe(0);
    expect(bench.control.calls).toContain('waitForInterrupt');
    bench.control.calls.length = 0;
    expect(call(0x8400_0001, 0x0100_0000)).toBe(PsciResult.INVALID_PARAMETERS);
    expect(bench.control.calls).toEqual([]);
  });

  it('has one conduit: the other instruction is UNDEFINED, as is either in User mode', () => {
    const hvc = machine('hvc').bench.at(0x100, Mode.SVC);
    expect(hvc.isUndefined(() => hvc.system.smc(0))).toBe(true);
    const smc = machine('smc').bench.at(0x100, Mode.SVC);
    expect(smc.isUndefined(() => smc.system.hvc(0))).toBe(true);
    smc.at(0x100, Mode.USR);
    expect(smc.isUndefined(() => smc.system.smc(0))).toBe(true);
  });

  it('by SMC can be forbidden by a hypervisor: HCR.TSC', () => {
    const { bench, call } = machine('smc', HYP);
    bench.at(0x100, Mode.SVC);
    expect(call(0x8400_0000)).toBe(0x0001_0000);
    bench.state.set(CPU.HCR, HCR.TSC);
    expect(call(0x8400_0000)).toBeUndefined();
    expect(bench.state.mode).toBe(Mode.HYP);
    expect(bench.state.get(CPU.HSR) >>> 26).toBe(0x13);
    expect(call(0x8400_0000)).toBe(0x0001_0000);
  });
});
