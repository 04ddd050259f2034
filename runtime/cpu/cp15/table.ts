import { control } from './control.js';
import { identification } from './identification.js';
import { implementation } from './implementation.js';
import { memory, memoryWide } from './memory.js';
import { operations } from './operations.js';
import { performance } from './performance.js';
import type { Register, WideRegister } from './register.js';
import { thread } from './thread.js';
import { timers, timersWide } from './timer.js';

/** All CP15 registers that MRC and MCR reach. */
export const cp15: readonly Register[] = [
  ...identification,
  ...control,
  ...memory,
  ...operations,
  ...performance,
  ...thread,
  ...timers,
  ...implementation,
];

/** All CP15 registers that MRRC and MCRR reach. */
export const cp15Wide: readonly WideRegister[] = [...memoryWide, ...timersWide];
