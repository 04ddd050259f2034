/** Which accesses each bit of HCR, HSTR, HCPTR, HDCR and CNTHCTL traps, register by register (ARM DDI 0406C B1.14, tables B1-23 to B1-29). */
import { describe, expect, it } from 'vitest';
import { CPU, Mode } from '../../jit/abi/cpu-state.js';
import { HCPTR, HCR, HDCR, HSTR } from '../../jit/abi/registers.js';
import { cp14, cp14Wide } from '../../runtime/cpu/cp14.js';
import { Level } from '../../runtime/cpu/cp15/register.js';
import { cp15, cp15Wide } from '../../runtime/cpu/cp15/table.js';
import { CpuBench, HYP } from './bench.js';

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

const list = (text: string) => text.split(' ').filter((name) => name !== '');
const sorted = (names: readonly string[]) => [...names].sort();
/** ID registers of c0, c3 to c7, and the end of c2, that are reserved: RAZ, and trapped with the others. */
const RESERVED_IDS = [
  ...[5, 6, 7].map((opc2) => `c0, c2, ${opc2}`),
  ...[3, 4, 5, 6, 7].flatMap((crm) => Array.from({ length: 8 }, (_, opc2) => `c0, c${crm}, ${opc2}`)),
];
const ID_GROUP_3 = [
  ...list('ID_PFR0 ID_PFR1 ID_DFR0 ID_AFR0 ID_MMFR0 ID_MMFR1 ID_MMFR2 ID_MMFR3'),
  ...list('ID_ISAR0 ID_ISAR1 ID_ISAR2 ID_ISAR3 ID_ISAR4'),
  ...RESERVED_IDS,
];
const TLB_OPERATIONS = list(
  'TLBIALLIS TLBIMVAIS TLBIASIDIS TLBIMVAAIS ITLBIALL ITLBIMVA ITLBIASID DTLBIALL DTLBIMVA DTLBIASID TLBIALL TLBIMVA TLBIASID TLBIMVAA',
);
const WIDE_BASES = ['TTBR0, 64 bits', 'TTBR1, 64 bits'];
const C9_PMU = list(
  'PMCR PMCNTENSET PMCNTENCLR PMOVSR PMSELR PMCCNTR PMXEVTYPER PMXEVCNTR PMUSERENR PMINTENSET PMINTENCLR PMOVSSET',
);
const PMU_READ = [...C9_PMU, 'PMCEID0', 'PMCEID1'];
const PMU_WRITTEN = [...C9_PMU, 'PMSWINC'];
const OS_DEBUG = list('DBGOSDLR DBGPRCR');
const ROM_DEBUG = ['DBGDRAR', 'DBGDSAR', 'DBGDRAR, 64 bits', 'DBGDSAR, 64 bits'];
const L2 = list('L2CTLR L2ECTLR');
const CP_TIMER = ['CNTP_CTL', 'CNTP_TVAL', 'CNTP_CVAL, 64 bits'];

/** Bit; what is trapped when it is read; when it is written. */
const BITS: readonly (readonly [string, number, number, readonly string[], readonly string[]])[] = [
  ['HCR.TID0', CPU.HCR, HCR.TID0, ['JIDR'], []],
  ['HCR.TID1', CPU.HCR, HCR.TID1, [...list('TCMTR TLBTR AIDR'), 'MIDR (alias 6)'], []],
  ['HCR.TID2', CPU.HCR, HCR.TID2, list('CTR CCSIDR CLIDR CSSELR'), ['CSSELR']],
  ['HCR.TID3', CPU.HCR, HCR.TID3, ID_GROUP_3, []],
  ['HCR.TIDCP', CPU.HCR, HCR.TIDCP, L2, L2],
  ['HCR.TAC', CPU.HCR, HCR.TAC, ['ACTLR'], ['ACTLR']],
  ['HCR.TSW', CPU.HCR, HCR.TSW, [], list('DCISW DCCSW DCCISW')],
  ['HCR.TPC', CPU.HCR, HCR.TPC, [], list('DCIMVAC DCCMVAC DCCIMVAC')],
  ['HCR.TPU', CPU.HCR, HCR.TPU, [], list('ICIMVAU ICIALLU ICIALLUIS DCCMVAU')],
  ['HCR.TTLB', CPU.HCR, HCR.TTLB, [], TLB_OPERATIONS],
  [
    'HCR.TVM',
    CPU.HCR,
    HCR.TVM,
    [],
    [
      ...list('SCTLR TTBR0 TTBR1 TTBCR DACR DFSR IFSR DFAR IFAR ADFSR AIFSR PRRR NMRR AMAIR0 AMAIR1'),
      ...['CONTEXTIDR', ...WIDE_BASES],
    ],
  ],
  ['HCR.TSC, TWI and TWE', CPU.HCR, HCR.TSC | HCR.TWI | HCR.TWE, [], []],
  ['HSTR.T1', CPU.HSTR, 1 << 1, list('SCTLR ACTLR CPACR'), list('SCTLR ACTLR CPACR')],
  [
    'HSTR.T2',
    CPU.HSTR,
    1 << 2,
    [...list('TTBR0 TTBR1 TTBCR'), ...WIDE_BASES],
    [...list('TTBR0 TTBR1 TTBCR'), ...WIDE_BASES],
  ],
  ['HSTR.T3', CPU.HSTR, 1 << 3, ['DACR'], ['DACR']],
  ['HSTR.T4 and T14, which are not there', CPU.HSTR, (1 << 4) | (1 << 14), [], []],
  ['HSTR.T5', CPU.HSTR, 1 << 5, list('DFSR IFSR ADFSR AIFSR'), list('DFSR IFSR ADFSR AIFSR')],
  ['HSTR.T6', CPU.HSTR, 1 << 6, list('DFAR IFAR WFAR'), list('DFAR IFAR WFAR')],
  ['HSTR.T8', CPU.HSTR, 1 << 8, [], TLB_OPERATIONS],
  ['HSTR.T9', CPU.HSTR, 1 << 9, [...PMU_READ, ...L2], [...PMU_WRITTEN, ...L2]],
  ['HSTR.T10', CPU.HSTR, 1 << 10, list('PRRR NMRR AMAIR0 AMAIR1'), list('PRRR NMRR AMAIR0 AMAIR1')],
  ['HSTR.T12', CPU.HSTR, 1 << 12, list('VBAR ISR'), ['VBAR']],
  [
    'HSTR.T13',
    CPU.HSTR,
    1 << 13,
    list('FCSEIDR CONTEXTIDR TPIDRURW TPIDRURO TPIDRPRW'),
    list('FCSEIDR CONTEXTIDR TPIDRURW TPIDRURO TPIDRPRW'),
  ],
  ['HSTR.T15', CPU.HSTR, 1 << 15, ['CBAR'], []],
  ['HSTR.TTEE', CPU.HSTR, HSTR.TTEE, list('TEECR TEEHBR'), list('TEECR TEEHBR')],
  ['HSTR.TJDBX', CPU.HSTR, HSTR.TJDBX, list('JOSCR JMCR'), list('JOSCR JMCR')],
  ['HCPTR.TCPAC', CPU.HCPTR, HCPTR.TCPAC, ['CPACR'], ['CPACR']],
  ['HCPTR.TTA: there are no trace registers', CPU.HCPTR, HCPTR.TTA, [], []],
  ['HDCR.TPMCR', CPU.HDCR, HDCR.TPMCR, ['PMCR'], ['PMCR']],
  ['HDCR.TPM', CPU.HDCR, HDCR.TPM, PMU_READ, PMU_WRITTEN],
  ['HDCR.TDOSA', CPU.HDCR, HDCR.TDOSA, [...OS_DEBUG, 'DBGOSLSR'], [...OS_DEBUG, 'DBGOSLAR']],
  ['HDCR.TDRA', CPU.HDCR, HDCR.TDRA, ROM_DEBUG, []],
  ['CNTHCTL.PL1PCTEN 0, PL1PCEN 1', CPU.CNTHCTL, 2, ['CNTPCT, 64 bits'], []],
  ['CNTHCTL.PL1PCTEN 1, PL1PCEN 0', CPU.CNTHCTL, 1, CP_TIMER, CP_TIMER],
];

describe.each(BITS)('%s', (_, control, value, read, written) => {
  it('traps these reads', () => expect(trapped('read', control, value)).toEqual(sorted(read)));
  it('traps these writes', () => expect(trapped('write', control, value)).toEqual(sorted(written)));
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
