import { binaries } from '../kernels/binaries.js';
import type { Program } from './program.js';

/** Where the kernels are in the guest. */
export const kernelFolder = 'bench/kernels';

/** These spend their time in the guest's own kernel, or in what its kernel asks of the machine. */
const systemBound = /^(system-calls|page-faults|context-switches|self-modifying)-/;

/** Our own kernels, one cost each, in A32 and in T32. */
export const kernelPrograms: readonly Program[] = Object.keys(binaries).map((name) => ({
  name,
  group: systemBound.test(name) ? 'system' : 'cpu',
  script: `/${kernelFolder}/${name}`,
}));

/** The executable of a kernel. */
export function kernelBinary(name: string): Uint8Array {
  return Buffer.from(binaries[name].join(''), 'base64');
}
