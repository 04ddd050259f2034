/** The machines that programs run on. */

import { VCPU_ALIGNMENT, VCPU_BYTES } from '../../../jit/abi/vcpu-layout.js';
import { RAM_BASE } from '../../../runtime/board/memory-map.js';
import type { CpuFeatures } from '../../../runtime/cpu/features.js';
import { WINDOW_BYTES } from './layout.js';

export interface BoardKind {
  readonly features: CpuFeatures;
  readonly memoryBytes: number;
  /** Guest physical address of the window in which the program lies. */
  readonly window: number;
}

const plain = { security: false, virtualization: false, cpus: 1 };
const small = { memoryBytes: WINDOW_BYTES, window: RAM_BASE };

export const BOARDS = {
  plain: { features: plain, ...small },
  hyp: { features: { ...plain, virtualization: true }, ...small },
  secure: { features: { ...plain, security: true }, ...small },
  'secure-hyp': { features: { security: true, virtualization: true, cpus: 1 }, ...small },
  /** Everything lies above 2 GiB in linear memory. */
  large: { features: plain, memoryBytes: 3072 * 2 ** 20, window: 0xe000_0000 },
  /** Its window begins at 2 GiB of linear memory. */
  edge: {
    features: plain,
    memoryBytes: 3072 * 2 ** 20,
    window: RAM_BASE + 2 ** 31 - VCPU_ALIGNMENT - VCPU_BYTES,
  },
  'large-hyp': {
    features: { ...plain, virtualization: true },
    memoryBytes: 3072 * 2 ** 20,
    window: 0xe000_0000,
  },
} as const satisfies Record<string, BoardKind>;

export type BoardName = keyof typeof BOARDS;
