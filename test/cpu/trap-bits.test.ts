/** Which accesses each bit of HCR, HSTR, HCPTR, HDCR and CNTHCTL traps, register by register (ARM DDI 0406C B1.14, tables B1-23 to B1-29). */
import { describe, expect, it } from 'vitest';
import { CPU, Mode } from '../../jit/abi/cpu-state.js';
import { HDCR } from '../../jit/abi/registers.js';
import { cp14, cp14Wide } from '../../runtime/cpu/cp14.js';
import { Level } from '../../runtime/cpu/cp15/register.js';
import { cp15, cp15Wide } from '../../runtime/cpu/cp15/table.js';
import { CpuBench, HYP } from './bench.js';
import { TRAP_BITS } from './trap-bits.js';

type Direction = 'read' | 'write';

/** Names of the registers that PL1 can access in this direction, and whose access is trapped with `value` in the control register. */
function trapped(direction: Direction, control: number, value: number): string[] {
  const names = new Set<string>();
  const attempt = (name: string, access: (bench: CpuBench) => void) => {
    const bench = new CpuBench(HYP);
    bench.state.set(CPU.CNTHCTL, 3);
    bench.state.set(control, value);
    bench.at(0x100, Mode.SVC);
    const left = bench.leaves(() => access(bench));
    if (left && bench.control.target === 0x14) names.add(name);
  };
  const may = ({ access, needs }: { access: { read: number; write: number }; needs?: string | undefined }) =>
    access[direction] <= Level.PL1 && needs !== 'security';
  for (const [cp, registers] of [
    [15, cp15],
    [14, cp14],
  ] as const) {
    for (const register of registers.filter(may)) {
      const { name, opc1, crn, crm, opc2 } = register;
      attempt(name, ({ system }) => {
        if (direction === 'read') system.readCoprocessor(cp, opc1, crn, crm, opc2, 0);
        else system.writeCoprocessor(cp, opc1, crn, crm, opc2, 0, 0);
      });
    }
  }
  for (const [cp, registers] of [
    [15, cp15Wide],
    [14, cp14Wide],
  ] as const) {
    for (const { name, opc1, crm } of registers.filter(may)) {
      attempt(`${name}, 64 bits`, ({ system }) => {
        if (direction === 'read') system.readCoprocessor64(cp, opc1, crm, 0, 1);
        else system.writeCoprocessor64(cp, opc1, crm, 0, 0, 0, 1);
      });
    }
  }
  return [...names].sort();
}

const sorted = (names: readonly string[]) => [...names].sort();

describe.each(TRAP_BITS)('%s', (_, control, value, read, written) => {
  it('traps these reads', () => expect(trapped('read', CPU[control], value)).toEqual(sorted(read)));
  it('traps these writes', () => expect(trapped('write', CPU[control], value)).toEqual(sorted(written)));
});

it('HSTR.T0 traps all of c0', () => {
  const c0 = cp15.filter(
    ({ crn, access, needs }) => crn === 0 && access.read <= Level.PL1 && needs === undefined,
  );
  expect(trapped('read', CPU.HSTR, 1)).toEqual(sorted(c0.map(({ name }) => name)));
});

it('HSTR.T7 traps all of c7, and PAR as 64 bits', () => {
  const c7 = cp15.filter(({ crn, access }) => crn === 7 && access.write <= Level.PL1);
  expect(trapped('write', CPU.HSTR, 1 << 7)).toEqual(sorted([...c7.map(({ name }) => name), 'PAR, 64 bits']));
});

it.each([
  ['TDA', HDCR.TDA],
  ['TDE', HDCR.TDE],
])('HDCR.%s traps all debug registers, those of TDOSA and TDRA among them', (_, bit) => {
  const debug = cp14.filter(({ name, access }) => name.startsWith('DBG') && access.read <= Level.PL1);
  const wide = cp14Wide.filter(({ access }) => access.read <= Level.PL1);
  const names = [...debug.map(({ name }) => name), ...wide.map(({ name }) => `${name}, 64 bits`)];
  expect(trapped('read', CPU.HDCR, bit)).toEqual(sorted(names));
});
