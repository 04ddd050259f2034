/** Builds the guests of the project's suite beside this file. Run in the source tree: `npx tsx bench/suite/guests/build.ts`. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildGuests, compilerVersion } from './compile.js';

const folder = dirname(fileURLToPath(import.meta.url));
const version = compilerVersion();
if (version === undefined) {
  process.stderr.write('arm-linux-gnueabihf-gcc is not installed: apt-get install gcc-arm-linux-gnueabihf\n');
  process.exit(69);
}
for (const [name, bytes] of buildGuests(folder)) writeFileSync(join(folder, name), bytes);
writeFileSync(join(folder, 'built-by.txt'), `${version}\n`);
