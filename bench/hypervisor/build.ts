/** Assembles the benchmarks: `npx tsx bench/hypervisor/build.ts` writes binary.ts. Needs Debian's binutils-arm-linux-gnueabihf. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assemble, writeBinary } from '../../test/guests/hypervisor/build.js';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** The bytes of the benchmarks' hypervisor, its guest inside. */
export const assembleBenchmarks = (): Buffer => assemble(join(FOLDER, 'guests'));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeBinary(join(FOLDER, 'binary.ts'), assembleBenchmarks());
}
