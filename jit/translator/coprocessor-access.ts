/**
 * The accesses to CP15 that translated code carries out by itself: registers that are no more than a word of the vCPU's
 * state, and operations. Which ones exist, and what else they do, is said in runtime/cpu/cp15/.
 */
import { CPU, SystemAccess } from '../abi/cpu-state.js';
import { HCR } from '../abi/registers.js';

export interface AccessibleRegister {
  /** Place of the Non-secure copy. */
  readonly field: number;
  /** The bit of {@link SystemAccess} that allows the access. */
  readonly access: number;
}

/** opc1, CRn, CRm and opc2 as one number. */
function encode(opc1: number, crn: number, crm: number, opc2: number): number {
  return (opc1 << 12) | (crn << 8) | (crm << 4) | opc2;
}

/** A register of CRn at opc1 = 0 and CRm = c0, as PL1 reaches it. */
function pl1(crn: number, opc2: number, field: number): [number, AccessibleRegister] {
  return [encode(0, crn, 0, opc2), { field, access: 1 << crn }];
}

function userThreadId(opc2: number, field: number): [number, AccessibleRegister] {
  return [encode(0, 13, 0, opc2), { field, access: SystemAccess.USER_THREAD_ID }];
}

function hyp(crn: number, crm: number, opc2: number, field: number): [number, AccessibleRegister] {
  return [encode(4, crn, crm, opc2), { field, access: SystemAccess.HYP }];
}

const READABLE = new Map<number, AccessibleRegister>([
  [encode(0, 0, 0, 1), { field: CPU.CTR, access: SystemAccess.CACHE_TYPE }],
  pl1(1, 0, CPU.SCTLR),
  pl1(2, 0, CPU.TTBR0),
  pl1(2, 1, CPU.TTBR1),
  pl1(2, 2, CPU.TTBCR),
  pl1(3, 0, CPU.DACR),
  pl1(5, 0, CPU.DFSR),
  pl1(5, 1, CPU.IFSR),
  pl1(6, 0, CPU.DFAR),
  pl1(6, 2, CPU.IFAR),
  pl1(13, 1, CPU.CONTEXTIDR),
  userThreadId(2, CPU.TPIDRURW),
  userThreadId(3, CPU.TPIDRURO),
  pl1(13, 4, CPU.TPIDRPRW),
  hyp(1, 1, 0, CPU.HCR),
  hyp(5, 2, 0, CPU.HSR),
  hyp(6, 0, 0, CPU.HDFAR),
  hyp(6, 0, 2, CPU.HIFAR),
  hyp(6, 0, 4, CPU.HPFAR),
  hyp(12, 0, 0, CPU.HVBAR),
  hyp(13, 0, 2, CPU.HTPIDR),
]);

/** {@link HCR}'s bit that traps reads, by encoding; of the identification registers at CRn = c0, opc1 = 0 TID3 has CRm c1 to c7. */
const TRAPPED_READS = new Map<number, number>([
  [encode(0, 1, 0, 1), HCR.TAC],
  // TCMTR, TLBTR, REVIDR, AIDR.
  [encode(0, 0, 0, 2), HCR.TID1],
  [encode(0, 0, 0, 3), HCR.TID1],
  [encode(0, 0, 0, 6), HCR.TID1],
  [encode(1, 0, 0, 7), HCR.TID1],
  // CCSIDR, CLIDR, CSSELR.
  [encode(1, 0, 0, 0), HCR.TID2],
  [encode(1, 0, 0, 1), HCR.TID2],
  [encode(2, 0, 0, 0), HCR.TID2],
]);
/** The same of writes. */
const TRAPPED_WRITES = new Map<number, number>([
  [encode(0, 1, 0, 1), HCR.TAC],
  [encode(2, 0, 0, 0), HCR.TID2],
]);

/** What MCR does. */
export type CoprocessorWrite =
  /** The register takes the bits in `mask`; the others are zero. */
  | ({ readonly kind: 'register'; readonly mask: number } & AccessibleRegister)
  /** Cache or branch predictor maintenance: caches are not modelled. */
  | { readonly kind: 'cache'; readonly access: number }
  /** Cache maintenance by an address, which has to be mapped. */
  | { readonly kind: 'cache-address' }
  /** A TLB operation on one address, of one ASID or all. `broadcast`: it is Inner Shareable. */
  | { readonly kind: 'tlb-address'; readonly broadcast: boolean };

function written([key, register]: [number, AccessibleRegister], mask = -1): [number, CoprocessorWrite] {
  return [key, { kind: 'register', mask, ...register }];
}

/** At CRn = c7 and CRn = c8, by CRm and opc2. */
const cacheOperation = (
  crm: number,
  opc2: number,
  access: number = SystemAccess.CACHE_MAINTENANCE,
): [number, CoprocessorWrite] => [encode(0, 7, crm, opc2), { kind: 'cache', access }];
const cacheOperationByAddress = (crm: number, opc2: number): [number, CoprocessorWrite] => [
  encode(0, 7, crm, opc2),
  { kind: 'cache-address' },
];
/** CRm c3 is Inner Shareable; c5 to c7 are this processor's. */
const tlbOperation = (crm: number, opc2: number): [number, CoprocessorWrite] => [
  encode(0, 8, crm, opc2),
  { kind: 'tlb-address', broadcast: crm === 3 },
];

const VECTOR_BASE = ~0x1f;

const WRITABLE = new Map<number, CoprocessorWrite>([
  written(userThreadId(2, CPU.TPIDRURW)),
  written(pl1(13, 3, CPU.TPIDRURO)),
  written(pl1(13, 4, CPU.TPIDRPRW)),
  written(hyp(12, 0, 0, CPU.HVBAR), VECTOR_BASE),
  written(hyp(13, 0, 2, CPU.HTPIDR)),
  // ICIALLUIS, BPIALLIS, ICIALLU, BPIALL, BPIMVA.
  cacheOperation(1, 0),
  cacheOperation(1, 6),
  cacheOperation(5, 0),
  cacheOperation(5, 6),
  cacheOperation(5, 7),
  // DCISW, DCCSW, DCCISW.
  cacheOperation(6, 2, SystemAccess.SET_WAY_MAINTENANCE),
  cacheOperation(10, 2, SystemAccess.SET_WAY_MAINTENANCE),
  cacheOperation(14, 2, SystemAccess.SET_WAY_MAINTENANCE),
  // ICIMVAU, DCIMVAC, DCCMVAC, DCCMVAU, DCCIMVAC.
  cacheOperationByAddress(5, 1),
  cacheOperationByAddress(6, 1),
  cacheOperationByAddress(10, 1),
  cacheOperationByAddress(11, 1),
  cacheOperationByAddress(14, 1),
  // TLBIMVAIS, TLBIMVAAIS, ITLBIMVA, DTLBIMVA, TLBIMVA, TLBIMVAA.
  tlbOperation(3, 1),
  tlbOperation(3, 3),
  tlbOperation(5, 1),
  tlbOperation(6, 1),
  tlbOperation(7, 1),
  tlbOperation(7, 3),
]);

/** The register that MRC with these numbers reads; undefined: the access is the interpreter's. */
export function coprocessorRead(
  cp: number,
  opc1: number,
  crn: number,
  crm: number,
  opc2: number,
): AccessibleRegister | undefined {
  return cp === 15 ? READABLE.get(encode(opc1, crn, crm, opc2)) : undefined;
}

/** What MCR with these numbers does; undefined: the access is the interpreter's. */
export function coprocessorWrite(
  cp: number,
  opc1: number,
  crn: number,
  crm: number,
  opc2: number,
): CoprocessorWrite | undefined {
  return cp === 15 ? WRITABLE.get(encode(opc1, crn, crm, opc2)) : undefined;
}

/**
 * HCR's bit that traps an access from PL1 to Hyp mode (ARM DDI 0406C B1.14), where that is all there is to ask; undefined: the
 * trap is the interpreter's.
 */
export function coprocessorTrap(
  cp: number,
  opc1: number,
  crn: number,
  crm: number,
  opc2: number,
  isWrite: boolean,
): number | undefined {
  if (cp !== 15) return undefined;
  if (!isWrite && opc1 === 0 && crn === 0 && crm >= 1 && crm < 8) return HCR.TID3;
  return (isWrite ? TRAPPED_WRITES : TRAPPED_READS).get(encode(opc1, crn, crm, opc2));
}
