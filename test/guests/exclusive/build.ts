/** Assembles the guest: `npx tsx test/guests/exclusive/build.ts` writes binary.ts. Needs Debian's binutils-arm-linux-gnueabihf. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assemble, writeBinary } from '../hypervisor/build.js';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
/** Where it goes in physical memory, and starts. */
export const START = 0x4020_0000;

export const assembleExclusive = (): Buffer => assemble(FOLDER, [['exclusive', START]]);

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeBinary(join(FOLDER, 'binary.ts'), assembleExclusive());
