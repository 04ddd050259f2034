import type { LockstepError } from '../runtime/translation/check.js';

/** Writes what `--check` has found to standard error: instructions, registers, memory, and the region's WebAssembly text. */
export async function printLockstepError({ report, region }: LockstepError): Promise<void> {
  // Binaryen takes long to load, and nothing else needs it here.
  const { translateToText } = await import('../jit/translator/text.js');
  process.stderr.write(`${report}\n${translateToText([region])}\n`);
}
