import type { Definition } from '../instruction.js';
import { vfpArithmetic } from './arithmetic.js';
import { vfpConversions } from './conversions.js';
import { vfpLoadStore } from './load-store.js';
import { vfpTransfers } from './transfers.js';
import { vfpUnary } from './unary.js';

/** The Floating-point Extension: VFPv4-D32 (ARM DDI 0406C A7.5, A7.6, A7.8, A7.9). */
export const vfp: readonly Definition[] = [
  ...vfpArithmetic,
  ...vfpUnary,
  ...vfpConversions,
  ...vfpLoadStore,
  ...vfpTransfers,
];
