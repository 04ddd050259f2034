import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `/dev/full` fails every write with ENOSPC. */
export const hasFullDevice = existsSync('/dev/full');

/**
 * Runs `use` with a folder that holds `bytes` (a tmpfs, which only root can mount). @returns false where there can be none
 */
export function withSmallDisk(bytes: number, use: (folder: string) => void): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'hyperthumb-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    rmSync(folder, { recursive: true });
    return false;
  }
  try {
    use(folder);
  } finally {
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true });
  }
  return true;
}
