import type { Definition } from '../instruction.js';
import { arithmetic } from './arithmetic.js';
import { bitwise } from './bitwise.js';
import { float } from './float.js';
import { loadStore } from './load-store.js';
import { multiply } from './multiply.js';
import { permute } from './permute.js';
import { shift } from './shift.js';

/** Advanced SIMD (ARM DDI 0406C A7.4, A7.7). VMOV, VLDR, VLDM and their kin, shared with VFP, are there. */
export const simd: readonly Definition[] = [
  ...bitwise,
  ...arithmetic,
  ...multiply,
  ...shift,
  ...permute,
  ...float,
  ...loadStore,
];
