/**
 * The CP15 registers that translated code reads and writes by itself: those that are no more than a word of the vCPU's
 * state. Which ones exist, and what else they do, is said in runtime/cpu/cp15/.
 */
import { CPU, SystemAccess } from '../abi/cpu-state.js';

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
  hyp(13, 0, 2, CPU.HTPIDR),
]);

const WRITABLE = new Map<number, AccessibleRegister>([
  userThreadId(2, CPU.TPIDRURW),
  pl1(13, 3, CPU.TPIDRURO),
  pl1(13, 4, CPU.TPIDRPRW),
  hyp(13, 0, 2, CPU.HTPIDR),
]);

/** By CRm and opc2 at CRn = c7: ICIALLUIS, BPIALLIS, ICIALLU, BPIALL, BPIMVA. */
const CACHE_MAINTENANCE = new Set(
  [
    [1, 0],
    [1, 6],
    [5, 0],
    [5, 6],
    [5, 7],
  ].map(([crm, opc2]) => encode(0, 7, crm!, opc2!)),
);

/** ICIMVAU, DCIMVAC, DCCMVAC, DCCMVAU, DCCIMVAC. */
const CACHE_MAINTENANCE_BY_ADDRESS = new Set(
  [
    [5, 1],
    [6, 1],
    [10, 1],
    [11, 1],
    [14, 1],
  ].map(([crm, opc2]) => encode(0, 7, crm!, opc2!)),
);

/** TLB operations on one address, of one ASID or all, by CRm: c3 is Inner Shareable, c5 to c7 are this processor's. */
const TLB_OPERATIONS = new Map(
  [
    [3, 1],
    [3, 3],
    [5, 1],
    [6, 1],
    [7, 1],
    [7, 3],
  ].map(([crm, opc2]) => [encode(0, 8, crm!, opc2!), { broadcast: crm === 3 }]),
);

/** The register that MRC with these numbers reads. */
export function readable(
  cp: number,
  opc1: number,
  crn: number,
  crm: number,
  opc2: number,
): AccessibleRegister | undefined {
  return cp === 15 ? READABLE.get(encode(opc1, crn, crm, opc2)) : undefined;
}

/** The register that MCR with these numbers writes. */
export function writable(
  cp: number,
  opc1: number,
  crn: number,
  crm: number,
  opc2: number,
): AccessibleRegister | undefined {
  return cp === 15 ? WRITABLE.get(encode(opc1, crn, crm, opc2)) : undefined;
}

/** Whether MCR with these numbers is cache or branch predictor maintenance: caches are not modelled. */
export function isNoOperation(cp: number, opc1: number, crn: number, crm: number, opc2: number): boolean {
  return cp === 15 && CACHE_MAINTENANCE.has(encode(opc1, crn, crm, opc2));
}

/** The TLB operation on an address that MCR with these numbers is: whether it reaches other vCPUs. */
export function tlbOperation(
  cp: number,
  opc1: number,
  crn: number,
  crm: number,
  opc2: number,
): { readonly broadcast: boolean } | undefined {
  return cp === 15 ? TLB_OPERATIONS.get(encode(opc1, crn, crm, opc2)) : undefined;
}

/** Whether MCR with these numbers is cache maintenance by an address that has to be mapped, and nothing else. */
export function needsMapping(cp: number, opc1: number, crn: number, crm: number, opc2: number): boolean {
  return cp === 15 && CACHE_MAINTENANCE_BY_ADDRESS.has(encode(opc1, crn, crm, opc2));
}
