import { debianPrograms } from './debian.js';
import { kernelPrograms } from './kernels.js';
import type { Program } from './program.js';

/** Every program of the comparison, in the order in which they run. */
export const programs: readonly Program[] = [...kernelPrograms, ...debianPrograms];
