/** Translated code knows some of HCR's traps by itself: they are those of the registers' own descriptions. */
import { describe, expect, it } from 'vitest';
import { CPU, Mode } from '../../jit/abi/cpu-state.js';
import { coprocessorTrap } from '../../jit/translator/coprocessor-access.js';
import { CpuBench, HYP } from '../cpu/bench.js';

const HYP_TRAP = 0x14;

/** Every encoding of MRC, or MCR, that translated code may trap: opc1, CRn, CRm, opc2, and HCR's bit. */
function known(isWrite: boolean): number[][] {
  const found: number[][] = [];
  for (let encoding = 0; encoding < 1 << 14; encoding++) {
    const [opc1, crn, crm, opc2] = [
      encoding >> 11,
      (encoding >> 7) & 15,
      (encoding >> 3) & 15,
      encoding & 7,
    ] as const;
    const hcr = coprocessorTrap(15, opc1, crn, crm, opc2, isWrite);
    if (hcr !== undefined) found.push([opc1, crn, crm, opc2, hcr]);
  }
  return found;
}

/** Where an access from Supervisor mode goes; undefined: on. */
function target(isWrite: boolean, hcr: number, [opc1, crn, crm, opc2]: number[]): number | undefined {
  const bench = new CpuBench(HYP);
  bench.state.set(CPU.HCR, hcr);
  bench.at(0x100, Mode.SVC);
  const left = bench.leaves(() => {
    if (isWrite) bench.system.writeCoprocessor(15, opc1!, crn!, crm!, opc2!, 0, 3);
    else bench.system.readCoprocessor(15, opc1!, crn!, crm!, opc2!, 3);
  });
  return left ? bench.control.target : undefined;
}

describe.each([
  ['MRC', false, 64],
  ['MCR', true, 2],
] as const)('traps of %s', (_, isWrite, count) => {
  it('are taken with their bit of HCR set, and with no other', () => {
    const accesses = known(isWrite);
    expect(accesses.length).toBe(count);
    for (const access of accesses) {
      const hcr = access[4]!;
      expect([access, target(isWrite, hcr, access)]).toEqual([access, HYP_TRAP]);
      expect([access, target(isWrite, 0, access)]).toEqual([access, undefined]);
    }
  });

  it('are not of other coprocessors', () => {
    expect(coprocessorTrap(14, 0, 1, 0, 1, isWrite)).toBeUndefined();
  });
});
