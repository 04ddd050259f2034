import { CpioArchive } from '../../image/cpio.js';
import { binary } from '../init/binary.js';
import type { GuestFiles } from './libraries.js';

/** A program as the guest's init starts it. */
export interface GuestProgram {
  /** Unique; without spaces: a file in the guest has this name. */
  readonly name: string;
  /** For people: the command line. */
  readonly command: readonly string[];
  /** Of the executable in the guest. */
  readonly path: string;
  /** From the zeroth on. */
  readonly argv: readonly string[];
}

/** Folder of everything of ours, in the guest. */
export const guestFolder = 'bench';

/** The kernel's command line names it, so that a user's own initramfs may have an `/init` as well. */
export const initPath = `/${guestFolder}/init`;

/** The part of the initramfs that is ours. It comes last: its files stand for those of the same name before it. */
export function guestArchive(programs: readonly GuestProgram[], files: GuestFiles): Uint8Array {
  const archive = new CpioArchive();
  for (const path of ['proc', 'sys', 'dev', 'run', 'tmp']) archive.directory(path);
  archive.character('dev/console', 5, 1).character('dev/null', 1, 3, 0o666);
  archive.file(initPath.slice(1), Buffer.from(binary.join(''), 'base64'), 0o755);
  for (const { name, path, argv } of programs) {
    archive.file(`${guestFolder}/programs/${name}`, [path, ...argv].map((text) => `${text}\0`).join(''));
  }
  for (const [path, bytes] of files) archive.file(path, bytes, 0o755);
  return archive.bytes();
}
