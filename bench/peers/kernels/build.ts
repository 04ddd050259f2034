/** Compiles the kernels and writes binaries.ts. Run in the source tree: `npx tsx bench/peers/kernels/build.ts`. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileKernels, compilerVersion } from './compile.js';

const folder = dirname(fileURLToPath(import.meta.url));
const version = compilerVersion();
if (version === undefined) {
  process.stderr.write('arm-linux-gnueabihf-gcc is not installed: apt-get install gcc-arm-linux-gnueabihf\n');
  process.exit(69);
}
const entries = [...compileKernels(folder)].map(([name, bytes]) => {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,96}/g) ?? [];
  return `  '${name}': [\n${lines.map((line) => `    '${line}',\n`).join('')}  ],\n`;
});
writeFileSync(
  join(folder, 'binaries.ts'),
  `/** Made by build.ts from the sources beside it: do not edit. */

/** The compiler that made them: another one gives other bytes. */
export const builtBy = '${version}';

/** Static executables for Arm Linux, in base64, by name. */
export const binaries: Readonly<Record<string, readonly string[]>> = {
${entries.join('')}};
`,
);
