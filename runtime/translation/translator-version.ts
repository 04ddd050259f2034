import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Raised when the files of the cache change their format. */
const FORMAT = 2;

/**
 * Names the translator that runs here, as 16 hexadecimal digits: its own files (the instruction table, the emitters, what
 * generated code knows of memory) and the engine that its code is for.
 */
export function translatorVersion(): string {
  const hash = createHash('sha256');
  hash.update(`${FORMAT} ${process.versions.v8}`);
  const folder = fileURLToPath(new URL('../../jit', import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const name of files.filter((file) => /(?<!\.d)\.[jt]s$/.test(file)).sort()) {
    hash.update(`\0${name}\0`);
    hash.update(readFileSync(join(folder, name)));
  }
  return hash.digest('hex').slice(0, 16);
}
