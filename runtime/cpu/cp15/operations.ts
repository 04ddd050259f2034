import { CPU } from '../../../jit/abi/cpu-state.js';
import { HCR } from '../../../jit/abi/registers.js';
import { PAGE_MASK, tlbIndex } from '../../../jit/abi/tlb.js';
import { FaultType } from '../../mmu/fault.js';
import type { SoftwareTlb } from '../../mmu/tlb.js';
import { Access as MemoryAccess } from '../../mmu/translation.js';
import type { SystemContext } from './context.js';
import { type Access, HYP_WO, Level, PL0_WO, PL1_WO, type Register, type Trap } from './register.js';

const TTLB: Trap = { register: CPU.HCR, mask: HCR.TTLB };
const TSW: Trap = { register: CPU.HCR, mask: HCR.TSW };
const TPC: Trap = { register: CPU.HCR, mask: HCR.TPC };
const TPU: Trap = { register: CPU.HCR, mask: HCR.TPU };

/** ATS12NSO*: from Hyp mode or Secure PL1 (ARM DDI 0406C B3.18.8). */
const NSO_ACCESS: Access = { read: Level.NEVER, write: Level.HYP };

/** Caches are not modelled and stores to code are noticed: these complete at once. */
function cache(name: string, crm: number, opc2: number, trap?: Trap, access = PL1_WO): Register {
  return { name, opc1: 0, crn: 7, crm, opc2, access, trap, write: () => {} };
}

/**
 * As {@link cache}, but by address, which is translated: a Translation or Access flag fault, or an external abort of the walk, of either
 * stage is a Data Abort with WnR and CM. No permission is needed (B2.2.6, B3.12).
 */
function cacheByAddress(name: string, crm: number, opc2: number, trap: Trap): Register {
  return {
    ...cache(name, crm, opc2, trap),
    write: ({ tlb, exceptions, state }, va) => {
      // Loops over memory come here for every line of a page.
      const entry = (tlb.dataOffset >> 2) + (tlbIndex(va, tlb.context) << 2);
      if (state.i32[entry] === ((va & PAGE_MASK) | tlb.context)) return;
      if (tlb.lookup(va, MemoryAccess.READ, false) >= 0) return;
      const { fault } = tlb.walker;
      if (fault.type === FaultType.PERMISSION || fault.type === FaultType.DOMAIN) return;
      fault.cacheMaintenance = true;
      exceptions.takeDataAbort(va, fault, true);
    },
  };
}

/** Cache, branch predictor and barrier operations (B4.2.1, B4.2.5). */
const cacheOperations: readonly Register[] = [
  cache('NOP (was WFI)', 0, 4),
  cache('ICIALLUIS', 1, 0, TPU),
  cache('BPIALLIS', 1, 6),
  cache('ICIALLU', 5, 0, TPU),
  cacheByAddress('ICIMVAU', 5, 1, TPU),
  cache('CP15ISB', 5, 4, undefined, PL0_WO),
  cache('BPIALL', 5, 6),
  cache('BPIMVA', 5, 7),
  cacheByAddress('DCIMVAC', 6, 1, TPC),
  cache('DCISW', 6, 2, TSW),
  cacheByAddress('DCCMVAC', 10, 1, TPC),
  cache('DCCSW', 10, 2, TSW),
  cache('CP15DSB', 10, 4, undefined, PL0_WO),
  cache('CP15DMB', 10, 5, undefined, PL0_WO),
  cacheByAddress('DCCMVAU', 11, 1, TPU),
  cache('NOP (was prefetch)', 13, 1),
  cacheByAddress('DCCIMVAC', 14, 1, TPC),
  cache('DCCISW', 14, 2, TSW),
];

/** ATS1C* by opc2: privileged read, privileged write, user read, user write; 4 and up both stages. */
const translations: readonly Register[] = [
  'ATS1CPR',
  'ATS1CPW',
  'ATS1CUR',
  'ATS1CUW',
  'ATS12NSOPR',
  'ATS12NSOPW',
  'ATS12NSOUR',
  'ATS12NSOUW',
].map((name, opc2) => ({
  name,
  opc1: 0,
  crn: 7,
  crm: 8,
  opc2,
  access: opc2 < 4 ? PL1_WO : NSO_ACCESS,
  write: ({ addressTranslation }: SystemContext, va: number) => {
    const user = (opc2 & 2) !== 0;
    const isWrite = (opc2 & 1) !== 0;
    if (opc2 < 4) addressTranslation.stage1Current(va, user, isWrite);
    else addressTranslation.stages12NonSecure(va, user, isWrite);
  },
}));

const hypTranslations: readonly Register[] = ['ATS1HR', 'ATS1HW'].map((name, opc2) => ({
  name,
  opc1: 4,
  crn: 7,
  crm: 8,
  opc2,
  access: HYP_WO,
  needs: 'virtualization',
  write: ({ addressTranslation }: SystemContext, va: number) => addressTranslation.stage1Hyp(va, opc2 === 1),
}));

type Invalidate = (context: SystemContext, value: number, broadcast: boolean) => void;
type TlbOperation = (tlb: SoftwareTlb, value: number, broadcast: boolean) => void;

/** An operation that takes context numbers back. */
const ofContexts =
  (operation: TlbOperation): Invalidate =>
  ({ tlb, exceptions }, value, broadcast) => {
    operation(tlb, value, broadcast);
    exceptions.control.translationChanged();
  };
const ofAddress =
  (operation: TlbOperation): Invalidate =>
  ({ tlb, exceptions }, value, broadcast) => {
    operation(tlb, value, broadcast);
    exceptions.control.mappingChanged();
  };

const invalidateAll = ofContexts((tlb, _, broadcast) => tlb.invalidateAll(broadcast));
const invalidateAsid = ofContexts((tlb, asid, broadcast) => tlb.invalidateAsid(asid & 0xff, broadcast));
const invalidateAddress = ofAddress((tlb, mva, broadcast) => tlb.invalidateAddress(mva, broadcast));
const invalidateAddressAllAsids = ofAddress((tlb, mva, broadcast) =>
  tlb.invalidateAddressAllAsids(mva, broadcast),
);
const invalidateHyp = ofContexts((tlb, _, broadcast) => tlb.invalidateHyp(broadcast));
const invalidateHypAddress = ofAddress((tlb, mva, broadcast) => tlb.invalidateHypAddress(mva, broadcast));
const invalidateNonSecureNonHyp = ofContexts((tlb, _, broadcast) => tlb.invalidateNonSecureNonHyp(broadcast));

/** HCR.FB makes operations of Non-secure PL1 Inner Shareable. */
function forcedBroadcast({ features, state }: SystemContext): boolean {
  return features.virtualization && (state.get(CPU.HCR) & HCR.FB) !== 0;
}

function tlb(name: string, crm: number, opc2: number, invalidate: Invalidate): Register {
  return {
    name,
    opc1: 0,
    crn: 8,
    crm,
    opc2,
    access: PL1_WO,
    trap: TTLB,
    write: (context, value) => {
      invalidate(context, value, crm === 3 || forcedBroadcast(context));
    },
  };
}

function hypTlb(name: string, crm: number, opc2: number, invalidate: Invalidate): Register {
  return {
    name,
    opc1: 4,
    crn: 8,
    crm,
    opc2,
    access: HYP_WO,
    needs: 'virtualization',
    write: (context, value) => invalidate(context, value, crm === 3),
  };
}

/** TLB maintenance (B4.2.2). CRm c3 is Inner Shareable; c5, c6 and c7 are one TLB here. */
const tlbOperations: readonly Register[] = [
  tlb('TLBIALLIS', 3, 0, invalidateAll),
  tlb('TLBIMVAIS', 3, 1, invalidateAddress),
  tlb('TLBIASIDIS', 3, 2, invalidateAsid),
  tlb('TLBIMVAAIS', 3, 3, invalidateAddressAllAsids),
  tlb('ITLBIALL', 5, 0, invalidateAll),
  tlb('ITLBIMVA', 5, 1, invalidateAddress),
  tlb('ITLBIASID', 5, 2, invalidateAsid),
  tlb('DTLBIALL', 6, 0, invalidateAll),
  tlb('DTLBIMVA', 6, 1, invalidateAddress),
  tlb('DTLBIASID', 6, 2, invalidateAsid),
  tlb('TLBIALL', 7, 0, invalidateAll),
  tlb('TLBIMVA', 7, 1, invalidateAddress),
  tlb('TLBIASID', 7, 2, invalidateAsid),
  tlb('TLBIMVAA', 7, 3, invalidateAddressAllAsids),
  ...[3, 7].flatMap((crm) => {
    const suffix = crm === 3 ? 'IS' : '';
    return [
      hypTlb(`TLBIALLH${suffix}`, crm, 0, invalidateHyp),
      hypTlb(`TLBIMVAH${suffix}`, crm, 1, invalidateHypAddress),
      hypTlb(`TLBIALLNSNH${suffix}`, crm, 4, invalidateNonSecureNonHyp),
    ];
  }),
];

/** Operations: what is written to and never read (CRn c7 and c8). */
export const operations: readonly Register[] = [
  ...cacheOperations,
  ...translations,
  ...hypTranslations,
  ...tlbOperations,
];
