/** The instruction table: every definition, in one list. */
import type { Definition } from './instruction.js';
import { bitField } from './integer/bit-field.js';
import { blockTransfer } from './integer/block-transfer.js';
import { branch } from './integer/branch.js';
import { coprocessor } from './integer/coprocessor.js';
import { dataProcessing } from './integer/data-processing.js';
import { divide } from './integer/divide.js';
import { exception } from './integer/exception.js';
import { exceptionReturn } from './integer/exception-return.js';
import { exclusive } from './integer/exclusive.js';
import { hint } from './integer/hint.js';
import { loadStore } from './integer/load-store.js';
import { loadStoreDual } from './integer/load-store-dual.js';
import { loadStoreUnprivileged } from './integer/load-store-unprivileged.js';
import { multiply } from './integer/multiply.js';
import { packing } from './integer/packing.js';
import { parallel } from './integer/parallel.js';
import { preload } from './integer/preload.js';
import { saturating } from './integer/saturating.js';
import { status } from './integer/status.js';
import { thumbEE } from './integer/thumbee.js';
import { simd } from './simd/simd.js';
import { vfp } from './vfp/vfp.js';

export const DEFINITIONS: readonly Definition[] = [
  ...dataProcessing,
  ...multiply,
  ...divide,
  ...parallel,
  ...saturating,
  ...packing,
  ...bitField,
  ...loadStore,
  ...loadStoreDual,
  ...loadStoreUnprivileged,
  ...preload,
  ...exclusive,
  ...blockTransfer,
  ...branch,
  ...status,
  ...exceptionReturn,
  ...exception,
  ...hint,
  ...coprocessor,
  ...thumbEE,
  ...simd,
  ...vfp,
];
