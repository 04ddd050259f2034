/** Which accesses each bit of HCR, HSTR, HCPTR, HDCR and CNTHCTL traps, register by register (ARM DDI 0406C B1.14, tables B1-23 to B1-29). */
import { HCPTR, HCR, HDCR, HSTR } from '../../jit/abi/registers.js';

export type TrapControl = 'HCR' | 'HSTR' | 'HCPTR' | 'HDCR' | 'CNTHCTL';

const list = (text: string) => text.split(' ').filter((name) => name !== '');
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

/** Names are those of the tables of registers; 64-bit ones have it in their name. */
export const TRAP_BITS: readonly (readonly [
  name: string,
  control: TrapControl,
  value: number,
  read: readonly string[],
  written: readonly string[],
])[] = [
  ['HCR.TID0', 'HCR', HCR.TID0, ['JIDR'], []],
  ['HCR.TID1', 'HCR', HCR.TID1, [...list('TCMTR TLBTR AIDR'), 'MIDR (alias 6)'], []],
  ['HCR.TID2', 'HCR', HCR.TID2, list('CTR CCSIDR CLIDR CSSELR'), ['CSSELR']],
  ['HCR.TID3', 'HCR', HCR.TID3, ID_GROUP_3, []],
  ['HCR.TIDCP', 'HCR', HCR.TIDCP, L2, L2],
  ['HCR.TAC', 'HCR', HCR.TAC, ['ACTLR'], ['ACTLR']],
  ['HCR.TSW', 'HCR', HCR.TSW, [], list('DCISW DCCSW DCCISW')],
  ['HCR.TPC', 'HCR', HCR.TPC, [], list('DCIMVAC DCCMVAC DCCIMVAC')],
  ['HCR.TPU', 'HCR', HCR.TPU, [], list('ICIMVAU ICIALLU ICIALLUIS DCCMVAU')],
  ['HCR.TTLB', 'HCR', HCR.TTLB, [], TLB_OPERATIONS],
  [
    'HCR.TVM',
    'HCR',
    HCR.TVM,
    [],
    [
      ...list('SCTLR TTBR0 TTBR1 TTBCR DACR DFSR IFSR DFAR IFAR ADFSR AIFSR PRRR NMRR AMAIR0 AMAIR1'),
      ...['CONTEXTIDR', ...WIDE_BASES],
    ],
  ],
  ['HCR.TSC, TWI and TWE', 'HCR', HCR.TSC | HCR.TWI | HCR.TWE, [], []],
  ['HSTR.T1', 'HSTR', 1 << 1, list('SCTLR ACTLR CPACR'), list('SCTLR ACTLR CPACR')],
  [
    'HSTR.T2',
    'HSTR',
    1 << 2,
    [...list('TTBR0 TTBR1 TTBCR'), ...WIDE_BASES],
    [...list('TTBR0 TTBR1 TTBCR'), ...WIDE_BASES],
  ],
  ['HSTR.T3', 'HSTR', 1 << 3, ['DACR'], ['DACR']],
  ['HSTR.T4 and T14, which are not there', 'HSTR', (1 << 4) | (1 << 14), [], []],
  ['HSTR.T5', 'HSTR', 1 << 5, list('DFSR IFSR ADFSR AIFSR'), list('DFSR IFSR ADFSR AIFSR')],
  ['HSTR.T6', 'HSTR', 1 << 6, list('DFAR IFAR WFAR'), list('DFAR IFAR WFAR')],
  ['HSTR.T8', 'HSTR', 1 << 8, [], TLB_OPERATIONS],
  ['HSTR.T9', 'HSTR', 1 << 9, [...PMU_READ, ...L2], [...PMU_WRITTEN, ...L2]],
  ['HSTR.T10', 'HSTR', 1 << 10, list('PRRR NMRR AMAIR0 AMAIR1'), list('PRRR NMRR AMAIR0 AMAIR1')],
  ['HSTR.T12', 'HSTR', 1 << 12, list('VBAR ISR'), ['VBAR']],
  [
    'HSTR.T13',
    'HSTR',
    1 << 13,
    list('FCSEIDR CONTEXTIDR TPIDRURW TPIDRURO TPIDRPRW'),
    list('FCSEIDR CONTEXTIDR TPIDRURW TPIDRURO TPIDRPRW'),
  ],
  ['HSTR.T15', 'HSTR', 1 << 15, ['CBAR'], []],
  ['HSTR.TTEE', 'HSTR', HSTR.TTEE, list('TEECR TEEHBR'), list('TEECR TEEHBR')],
  ['HSTR.TJDBX', 'HSTR', HSTR.TJDBX, list('JOSCR JMCR'), list('JOSCR JMCR')],
  ['HCPTR.TCPAC', 'HCPTR', HCPTR.TCPAC, ['CPACR'], ['CPACR']],
  ['HCPTR.TTA: there are no trace registers', 'HCPTR', HCPTR.TTA, [], []],
  ['HDCR.TPMCR', 'HDCR', HDCR.TPMCR, ['PMCR'], ['PMCR']],
  ['HDCR.TPM', 'HDCR', HDCR.TPM, PMU_READ, PMU_WRITTEN],
  ['HDCR.TDOSA', 'HDCR', HDCR.TDOSA, [...OS_DEBUG, 'DBGOSLSR'], [...OS_DEBUG, 'DBGOSLAR']],
  ['HDCR.TDRA', 'HDCR', HDCR.TDRA, ROM_DEBUG, []],
  ['CNTHCTL.PL1PCTEN 0, PL1PCEN 1', 'CNTHCTL', 2, ['CNTPCT, 64 bits'], []],
  ['CNTHCTL.PL1PCTEN 1, PL1PCEN 0', 'CNTHCTL', 1, CP_TIMER, CP_TIMER],
];
