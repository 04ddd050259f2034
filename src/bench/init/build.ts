/** Compiles init.c and writes binary.ts. Run in the source tree: `npx tsx src/bench/init/build.ts`. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileInit, compilerVersion } from './compile.js';

const folder = dirname(fileURLToPath(import.meta.url));
const version = compilerVersion();
if (version === undefined) {
  process.stderr.write('arm-linux-gnueabihf-gcc is not installed: apt-get install gcc-arm-linux-gnueabihf\n');
  process.exit(69);
}
const text = Buffer.from(compileInit(join(folder, 'init.c'))).toString('base64');
const lines = text.match(/.{1,96}/g) ?? [];
writeFileSync(
  join(folder, 'binary.ts'),
  `/** Made by build.ts from init.c: do not edit. */

/** The compiler that made it: another one gives other bytes. */
export const builtBy = '${version}';

/** A static executable for Arm Linux, in base64. */
export const binary: readonly string[] = [
${lines.map((line) => `  '${line}',\n`).join('')}];
`,
);
