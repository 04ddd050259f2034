import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { ExitCode, UserError } from '../../errors.js';
import { FormatError } from '../../loader/format-error.js';
import { type ProgramNeeds, readProgram } from './elf-program.js';

/** Where libraries are in a system root for armhf, and where they are searched for in the guest without further ado (ld.so(8)). */
const folders = [
  'lib/arm-linux-gnueabihf',
  'usr/lib/arm-linux-gnueabihf',
  'lib',
  'usr/lib',
  'usr/local/lib',
] as const;

/** A file for the guest: by path there, without a slash at the start. */
export type GuestFiles = Map<string, Uint8Array>;

/**
 * Finds what a program of the host needs, and what that needs, under a system root or beside the program (`$ORIGIN`).
 * @param program path of the program on the host; @param place folder that it goes to in the guest
 * @param sysroot absent: only what lies beside the program is found
 * @returns the names that were not found, the interpreter's among them
 */
export function findLibraries(
  program: string,
  needs: ProgramNeeds,
  place: string,
  sysroot: string | undefined,
  into: GuestFiles,
): string[] {
  const missing: string[] = [];
  if (needs.interpreter !== undefined && !addInterpreter(needs.interpreter, sysroot, into)) {
    missing.push(posix.basename(needs.interpreter));
  }
  const queue = [{ needs, host: dirname(program), guest: place }];
  const seen = new Set<string>();
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const name of next.needs.libraries) {
      if (seen.has(name)) continue;
      seen.add(name);
      const found = find(name, next, sysroot);
      if (found === undefined) {
        missing.push(name);
        continue;
      }
      const bytes = readFileSync(found.host);
      into.set(found.guest, bytes);
      queue.push({
        needs: readNamed(found.host, bytes),
        host: dirname(found.host),
        guest: posix.dirname(found.guest),
      });
    }
  }
  return missing;
}

function addInterpreter(interpreter: string, sysroot: string | undefined, into: GuestFiles): boolean {
  if (sysroot === undefined) return false;
  // A cross compiler's root has it without the folders that it has in the guest.
  const host = [join(sysroot, interpreter), join(sysroot, 'lib', posix.basename(interpreter))].find(isFile);
  if (host === undefined) return false;
  into.set(interpreter.replace(/^\/+/, ''), readFileSync(host));
  return true;
}

function find(
  name: string,
  { needs, host, guest }: { readonly needs: ProgramNeeds; readonly host: string; readonly guest: string },
  sysroot: string | undefined,
): { readonly host: string; readonly guest: string } | undefined {
  for (const folder of needs.folders) {
    const origin = /^\$(ORIGIN|\{ORIGIN\})/;
    const candidate = origin.test(folder)
      ? {
          host: join(host, folder.replace(origin, '.'), name),
          guest: posix.join(guest, folder.replace(origin, '.'), name),
        }
      : sysroot !== undefined && folder.startsWith('/')
        ? { host: join(sysroot, folder, name), guest: posix.join(folder.slice(1), name) }
        : undefined;
    if (candidate !== undefined && isFile(candidate.host)) return candidate;
  }
  if (sysroot === undefined) return undefined;
  for (const folder of folders) {
    const path = join(sysroot, folder, name);
    if (isFile(path)) return { host: path, guest: posix.join(folder, name) };
  }
  return undefined;
}

/** @throws UserError 65 with the file's name */
export function readNamed(path: string, bytes: Uint8Array): ProgramNeeds {
  try {
    return readProgram(bytes);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new UserError(ExitCode.data, `cannot use program '${path}': ${error.message}`, { cause: error });
  }
}

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();
