import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The version in package.json, which lies above this file both in the sources and in `dist`. */
export function version(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      if (manifest.name === 'hyperthumb') return manifest.version;
    } catch {
      // No package.json here; look further up.
    }
    if (folder === dirname(folder)) return 'unknown';
  }
}
