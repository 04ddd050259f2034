/** `npm run bench`: every benny suite, one after another; with names (`npm run bench -- mmu decode`) only those. */
import { decodeSuite } from './suites/decode.js';
import { interpreterSuite } from './suites/interpreter.js';
import { interruptSuite } from './suites/interrupts.js';
import { mmuSuite } from './suites/mmu.js';
import { translationSuite } from './suites/translation.js';

const suites: Readonly<Record<string, () => Promise<unknown>>> = {
  decode: decodeSuite,
  interpreter: interpreterSuite,
  translation: translationSuite,
  mmu: mmuSuite,
  interrupts: interruptSuite,
};

const names = process.argv.slice(2);
const unknown = names.find((name) => suites[name] === undefined);
if (unknown !== undefined) {
  process.stderr.write(`there is no suite '${unknown}': give ${Object.keys(suites).join(', ')}\n`);
  process.exit(64);
}
for (const name of names.length > 0 ? names : Object.keys(suites)) await suites[name]();
