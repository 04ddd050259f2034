import { closeSync, fstatSync, openSync } from 'node:fs';
import { isatty } from 'node:tty';

const STANDARD_FILES = [0, 1, 2];

/** Whether a file descriptor is a terminal that has hung up: a character device still, but all it says is EIO. `/dev/null` counts, too. */
function isGone(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice() && !isatty(fd);
  } catch {
    return false;
  }
}

/** Whether a failed write is due to a terminal that has hung up. The SIGHUP may be still to come, or go to another process. */
export function isHangUp(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EIO' && STANDARD_FILES.some(isGone);
}

/**
 * Puts `/dev/null` in the place of terminals that have hung up. At its end Node sets terminals to what they were at its start, and where that
 * fails it aborts (`node::ResetStdio`); what is another file by then it leaves alone.
 */
export function abandonLostTerminals(): void {
  for (const fd of STANDARD_FILES) {
    if (!isGone(fd)) continue;
    try {
      closeSync(fd);
      // It gets the number that is free now.
      openSync('/dev/null', 'r+');
    } catch {
      // Nothing is left to be done about it.
    }
  }
}
