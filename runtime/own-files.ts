/** Whether what is on disk can be only ours: what others may have written is not to be executed. */
import { constants, type Stats, statSync } from 'node:fs';

const OTHERS_WRITE = constants.S_IWGRP | constants.S_IWOTH;

/**
 * Opens what is there to be read: no symbolic link, whose target another may choose, and without waiting for the other end of a pipe.
 * Windows has neither flag.
 */
export const READ_AS_IT_IS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Why a file or folder is not to be believed, as the end of a sentence: it is not ours (nor is a user's to root), or others may write it.
 * @returns undefined when it is ours alone, and where the system has no users
 */
export function reasonToDistrust({ uid, mode }: Stats): string | undefined {
  const user = process.geteuid?.();
  if (user === undefined) return undefined;
  if (uid !== user) return 'it belongs to another user';
  return (mode & OTHERS_WRITE) === 0 ? undefined : "others may write it ('chmod go-w' ends that)";
}

/**
 * {@link reasonToDistrust} for a folder, which need not be there. Only the folder itself is looked at, as GnuPG does: who may write one above
 * it can put another folder in its place, but none that is ours with files that have our signature.
 */
export function reasonToDistrustFolder(path: string): string | undefined {
  try {
    return reasonToDistrust(statSync(path));
  } catch {
    // It is not there, or cannot be looked at: then nothing in it can be read.
    return undefined;
  }
}
