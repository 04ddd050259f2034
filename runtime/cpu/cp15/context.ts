import type { GenericTimer } from '../../devices/generic-timer.js';
import type { AddressTranslation } from '../../mmu/address-translation.js';
import type { SoftwareTlb } from '../../mmu/tlb.js';
import type { Exceptions } from '../exceptions.js';
import type { CpuFeatures } from '../features.js';
import type { CpuState } from '../state.js';

/** Everything of one vCPU that its system registers act upon. */
export interface SystemContext {
  readonly state: CpuState;
  readonly exceptions: Exceptions;
  readonly features: CpuFeatures;
  readonly tlb: SoftwareTlb;
  readonly addressTranslation: AddressTranslation;
  readonly timer: GenericTimer;
  /** CPU cycles since the vCPU was made, for PMCCNTR: exact up to 2^53. */
  cycles(): number;
}
