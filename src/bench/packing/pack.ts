import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { ExitCode, UserError } from '../../errors.js';
import { readInput } from '../../files.js';
import type { Cache } from '../../image/cache.js';
import { type PackageArchive, packageArchive } from '../../image/package-archive.js';
import type { Progress } from '../../image/progress.js';
import { readProgram } from './elf-program.js';
import { type GuestProgram, guestArchive, guestFolder } from './guest-archive.js';
import { findLibraries, type GuestFiles, readNamed } from './libraries.js';
import { packagesOfLibrary } from './library-packages.js';
import { programOf } from './shell-words.js';

/** What is asked to be run: a program with arguments, or a line for the shell. */
export interface CommandRequest {
  /** Unique; without spaces. */
  readonly name: string;
  readonly command: readonly string[] | string;
}

export interface PackOptions {
  /** Debian packages whose programs are asked for. */
  readonly packages: readonly string[];
  /** Other files of the host, by path in the guest without a slash at the start. */
  readonly files: ReadonlyMap<string, string>;
  /** The guest has a root file system of the user's: absolute paths are its own, unless they name a program for Arm here. */
  readonly ownRoot: boolean;
  /** Where shared libraries of the host's programs are; absent: they come from Debian. */
  readonly sysroot?: string;
  readonly cache: Cache;
  readonly mirror?: string;
  readonly suite?: string;
  readonly checkSignature: boolean;
  /** Asks the mirror for the packages' current versions. */
  readonly refresh: boolean;
}

/** Everything that goes into the guests' initramfs. */
export interface Packed {
  readonly programs: readonly GuestProgram[];
  /** Archives that come before ours, as files. */
  readonly archives: readonly string[];
  /** Of all guests. */
  readonly files: GuestFiles;
  /** Beside these, by program: a guest has the files of its own programs only. */
  readonly programFiles: ReadonlyMap<string, GuestFiles>;
  /** SHA-256 of the names and checksums of Debian's packages, shortened; empty without any. */
  readonly packagesHash: string;
}

const appletFolder = `${guestFolder}/bin`;
const ownFolder = `${guestFolder}/files`;
const programFolders = ['usr/bin', 'bin', 'usr/sbin', 'sbin', 'usr/games'];

/**
 * Collects programs of the host and of Debian, with what they need.
 * @throws UserError 65 and 66 for programs that cannot be used or are nowhere; else as `fetchPackages`
 */
export async function packPrograms(
  requests: readonly CommandRequest[],
  options: PackOptions,
  progress: Progress,
): Promise<Packed> {
  const files: GuestFiles = new Map();
  const programFiles = new Map<string, GuestFiles>();
  const hosts = new Map<string, string>();
  const missing = new Set<string>();
  let needsDebian = options.packages.length > 0;

  for (const [guest, host] of options.files) files.set(guest, readInput(host, 'file'));
  for (const { name: request, command } of requests) {
    const own: GuestFiles = new Map();
    programFiles.set(request, own);
    const word = programWord(command);
    if (typeof command === 'string') needsDebian = true;
    if (word === undefined || !isHostProgram(word, options.ownRoot)) {
      needsDebian ||= !isInOwnRoot(word, options.ownRoot);
      continue;
    }
    const name = basename(word);
    const other = hosts.get(name);
    if (other !== undefined && other !== word) {
      throw new UserError(ExitCode.usage, `'${other}' and '${word}' have the same name: rename one of them`);
    }
    hosts.set(name, word);
    const bytes = readInput(word, 'program');
    own.set(`${ownFolder}/${name}`, bytes);
    if (bytes[0] === 0x23 && bytes[1] === 0x21) {
      // A script: its interpreter is looked for in the guest.
      needsDebian = true;
      continue;
    }
    for (const library of findLibraries(word, readNamed(word, bytes), ownFolder, options.sysroot, own)) {
      missing.add(library);
    }
  }
  const libraryPackages = [...missing].map((library) => packagesFor(library, options.sysroot));
  needsDebian ||= libraryPackages.length > 0;
  const debian = needsDebian
    ? await packageArchive(
        distinct([...options.packages.map((name) => [name]), ...libraryPackages]),
        appletFolder,
        options,
        progress,
        options.refresh,
      )
    : undefined;
  if (debian !== undefined) checkLibraries(missing, debian);

  return {
    programs: requests.map((request) => resolve(request, debian, options.ownRoot)),
    archives: debian === undefined ? [] : [debian.path],
    files,
    programFiles,
    packagesHash: debian === undefined ? '' : shortHash(debian.packages.join()),
  };
}

/** The initramfs for some of the programs. @param initrd the user's own, whose files count more than Debian's */
export function buildInitrd(packed: Packed, names: ReadonlySet<string>, initrd?: Uint8Array): Uint8Array {
  const programs = packed.programs.filter(({ name }) => names.has(name));
  const files = new Map([
    ...packed.files,
    ...programs.flatMap(({ name }) => [...(packed.programFiles.get(name) ?? [])]),
  ]);
  const own = guestArchive(programs, files);
  const parts = [...packed.archives.map((path) => readFileSync(path)), ...(initrd ? [initrd] : []), own];
  // Archives in a row start at multiples of four bytes (Documentation/driver-api/early-userspace/buffer-format).
  return Buffer.concat(parts.flatMap((part) => [part, new Uint8Array(-part.length & 3)]));
}

export const shortHash = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex').slice(0, 16);

/** The program that a command begins with; undefined for a line of the shell that begins otherwise. */
function programWord(command: readonly string[] | string): string | undefined {
  return typeof command === 'string' ? programOf(command)?.word : command[0];
}

/** Names with a slash are the host's, when they are there; other names are programs of the guest. */
function isHostProgram(word: string, ownRoot: boolean): boolean {
  if (!word.includes('/') || statSync(word, { throwIfNoEntry: false }) === undefined) return false;
  return !ownRoot || !word.startsWith('/') || isForArm(word);
}

/** Nothing is known of what is there: the guest tells when it is not. */
function isInOwnRoot(word: string | undefined, ownRoot: boolean): boolean {
  return ownRoot && word?.startsWith('/') === true && !isHostProgram(word, ownRoot);
}

function isForArm(path: string): boolean {
  try {
    readProgram(readFileSync(path));
    return true;
  } catch {
    return false;
  }
}

function packagesFor(library: string, sysroot: string | undefined): string[] {
  const names = packagesOfLibrary(library);
  if (names.length > 0) return names;
  throw new UserError(
    ExitCode.noInput,
    sysroot === undefined
      ? `no Debian package is known for the library ${library}: give it with --sysroot FOLDER or --package NAME`
      : `the library ${library} is not in '${sysroot}'`,
  );
}

function checkLibraries(missing: ReadonlySet<string>, debian: PackageArchive): void {
  const there = new Set(debian.files.map((path) => path.slice(path.lastIndexOf('/') + 1)));
  for (const library of missing) {
    if (there.has(library)) continue;
    throw new UserError(
      ExitCode.noInput,
      `the library ${library} is in none of the Debian packages: give it with --sysroot FOLDER or --package NAME`,
    );
  }
}

function resolve(
  { name, command }: CommandRequest,
  debian: PackageArchive | undefined,
  ownRoot: boolean,
): GuestProgram {
  if (typeof command === 'string') {
    const program = programOf(command);
    let line = command;
    if (program !== undefined) {
      const { word, start, end } = program;
      const isHost = isHostProgram(word, ownRoot);
      // What a root file system of the user's has is not known: there the shell tells.
      const path = isHost || !ownRoot ? guestPath(word, debian, ownRoot) : word;
      if (isHost) line = `${command.slice(0, start)}${path}${command.slice(end)}`;
    }
    return { name, command: [command], path: '/bin/busybox', argv: ['sh', '-c', line] };
  }
  const path = guestPath(command[0], debian, ownRoot);
  return { name, command, path, argv: [command[0], ...command.slice(1)] };
}

/** Shell built-ins and keywords that a line may begin with. */
const builtin =
  /^(\{|!|\.|:|alias|break|case|cd|command|echo|eval|exec|exit|export|false|for|if|local|printf|pwd|read|readonly|return|set|shift|source|test|time|trap|true|type|ulimit|umask|unset|until|wait|while|\[|\[\[)$/;

/** @throws UserError 66 when the guest has no such program */
function guestPath(word: string, debian: PackageArchive | undefined, ownRoot: boolean): string {
  if (isInOwnRoot(word, ownRoot)) return word;
  if (isHostProgram(word, ownRoot)) return `/${ownFolder}/${basename(word)}`;
  const files = new Set(debian?.files);
  if (word.includes('/')) {
    if (word.startsWith('/') && files.has(word.slice(1))) return word;
    throw new UserError(ExitCode.noInput, `cannot read program '${word}': no such file, nor in a package`);
  }
  const folder = programFolders.find((path) => files.has(`${path}/${word}`));
  if (folder !== undefined) return `/${folder}/${word}`;
  if (builtin.test(word) || debian?.applets.includes(word)) return `/${appletFolder}/${word}`;
  const here = statSync(word, { throwIfNoEntry: false })?.isFile()
    ? `give ./${word} for the file here, or `
    : '';
  throw new UserError(
    ExitCode.noInput,
    `the guest has no program '${word}': ${here}name the Debian package that has it with --package`,
  );
}

function distinct(lists: readonly (readonly string[])[]): string[][] {
  return [...new Map(lists.map((list) => [list.join(), [...list]])).values()];
}
