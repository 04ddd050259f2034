import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Only the user may read, write and search it. */
const PRIVATE = 0o700;

/**
 * Makes a folder with all above it, those that are new for the user alone (XDG Base Directory Specification). One level at a time: Node's
 * recursive form never returns where ENOENT comes back for good, as in /proc.
 * @throws what the file system does
 */
export function makeFolder(path: string): void {
  try {
    makeOne(path);
  } catch (error) {
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw error;
    makeFolder(parent);
    makeOne(path);
  }
}

function makeOne(path: string): void {
  try {
    mkdirSync(path, PRIVATE);
  } catch (error) {
    // Where everything is read-only, or in /proc, the error for a folder that is there may be another one than EEXIST.
    if (!isFolder(path)) throw error;
  }
}

/** False as well for what cannot be looked at. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
