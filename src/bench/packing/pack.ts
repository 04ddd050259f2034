import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { ExitCode, UserError } from '../../errors.js';
import { readInput } from '../../files.js';
import type { Cache } from '../../image/cache.js';
import { basePackage, type PackageList, packageArchives } from '../../image/package-archive.js';
import type { Progress } from '../../image/progress.js';
import { readProgram } from './elf-program.js';
import { type GuestProgram, guestArchive, guestFolder } from './guest-archive.js';
import { findLibraries, type GuestFiles, readNamed } from './libraries.js';
import { packagesOfLibrary } from './library-packages.js';
import { Mentions, neededPackages, programFolders } from './needed-packages.js';
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

/** A program with all that goes into the initramfs of its guests because of it, whatever other programs there are. */
export interface PackedProgram extends GuestProgram {
  /** Of the host. */
  readonly files: GuestFiles;
  /** Debian's packages as an archive; absent when it needs none. */
  readonly archive?: string;
  /** SHA-256 of the names and checksums of Debian's packages, shortened; empty without any. */
  readonly packagesHash: string;
  /** Of the packages that were asked for, those that it is not given. */
  readonly withheld: readonly string[];
}

/** Everything that goes into the guests' initramfs. */
export interface Packed {
  readonly programs: readonly PackedProgram[];
  /** Of all guests. */
  readonly files: GuestFiles;
  /** Debian's packages of all programs, for guests that have several. */
  readonly archive?: string;
}

const appletFolder = `${guestFolder}/bin`;
const ownFolder = `${guestFolder}/files`;

/** What is known of a program before Debian is asked. */
interface Draft extends CommandRequest {
  readonly files: GuestFiles;
  /** Names of libraries that neither the system root nor the program's folder has. */
  readonly missing: readonly string[];
  /** It needs BusyBox at least. */
  readonly needsDebian: boolean;
  /** What it may run and read, as far as it can be seen; undefined: it cannot. */
  readonly mentions: Mentions | undefined;
  /** It is a program of the host, or of the user's root file system. */
  readonly isForeign: boolean;
}

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
  for (const [guest, host] of options.files) files.set(guest, readInput(host, 'file'));
  const hosts = new Map<string, string>();
  const drafts = requests.map((request) => draftOf(request, options, hosts));

  const libraries = drafts.map(({ missing }) => missing.map((name) => packagesFor(name, options.sysroot)));
  const names = distinct([...options.packages.map((name) => [name]), ...libraries.flat()]);
  if (names.length === 0 && !drafts.some(({ needsDebian }) => needsDebian)) {
    return {
      programs: drafts.map((draft) => programWith(draft, undefined, new Set(), options)),
      files,
    };
  }
  let choices: readonly Choice[] = [];
  const choose = (list: PackageList) => {
    choices = drafts.map((draft, i) => choosePackages(draft, libraries[i], names, options.packages, list));
    const all = new Set(choices.flatMap(({ packages }) => [...packages]));
    return [...choices.map(({ packages }) => packages), all];
  };
  const { list, archives } = await packageArchives(names, choose, { ...options, appletFolder }, progress);
  return {
    programs: drafts.map((draft, i) => {
      const { isNone, packages, withheld } = choices[i];
      if (isNone) return { ...programWith(draft, undefined, packages, options), withheld };
      checkLibraries(draft.missing, list, packages);
      return { ...programWith(draft, list, packages, options), archive: archives[i], withheld };
    }),
    files,
    archive: archives[drafts.length],
  };
}

/** @param hosts the host's programs so far, by name in the guest: they may share one */
function draftOf(
  { name, command }: CommandRequest,
  { ownRoot, sysroot }: PackOptions,
  hosts: Map<string, string>,
): Draft {
  const isLine = typeof command === 'string';
  const text = isLine ? command : command.join('\n');
  const files: GuestFiles = new Map();
  const word = programWord(command);
  const inOwnRoot = isInOwnRoot(word, ownRoot);
  if (word === undefined || !isHostProgram(word, ownRoot)) {
    const mentions = inOwnRoot ? undefined : new Mentions(text);
    const needsDebian = isLine || !inOwnRoot;
    return { name, command, files, missing: [], needsDebian, mentions, isForeign: inOwnRoot };
  }
  const program = basename(word);
  const other = hosts.get(program);
  if (other !== undefined && other !== word) {
    throw new UserError(ExitCode.usage, `'${other}' and '${word}' have the same name: rename one of them`);
  }
  hosts.set(program, word);
  const bytes = readInput(word, 'program');
  files.set(`${ownFolder}/${program}`, bytes);
  const mentions = new Mentions(text, Buffer.from(bytes).toString('latin1'));
  // A script's interpreter is looked for in the guest.
  const isScript = bytes[0] === 0x23 && bytes[1] === 0x21;
  const missing = isScript ? [] : findLibraries(word, readNamed(word, bytes), ownFolder, sysroot, files);
  const needsDebian = isLine || isScript || missing.length > 0;
  return { name, command, files, missing, needsDebian, mentions, isForeign: true };
}

interface Choice {
  /** Names of Debian's packages. */
  readonly packages: ReadonlySet<string>;
  readonly withheld: readonly string[];
  /** It needs nothing of Debian, not even BusyBox. */
  readonly isNone: boolean;
}

/** @param names what the list was asked for; @param given those of them that the user named */
function choosePackages(
  { mentions, needsDebian, isForeign }: Draft,
  libraries: readonly (readonly string[])[],
  names: readonly (readonly string[])[],
  given: readonly string[],
  list: PackageList,
): Choice {
  const asked = (alternatives: readonly string[]) =>
    list.asked[names.findIndex((other) => other.join() === alternatives.join())];
  const named = given.map((name) => asked([name]));
  const wanted = mentions === undefined ? named : neededPackages(list, named, mentions, isForeign);
  const chosen = [...wanted, ...libraries.map(asked)];
  return {
    packages: new Set(chosen.flatMap(({ packages }) => packages)),
    withheld: named.filter((closure) => !wanted.includes(closure)).map(({ name }) => name),
    isNone: !needsDebian && chosen.length === 0,
  };
}

function programWith(
  { name, command, files }: Draft,
  list: PackageList | undefined,
  packages: ReadonlySet<string>,
  { ownRoot }: PackOptions,
): PackedProgram {
  const names = list === undefined ? [] : [...new Set([basePackage, ...packages])].sort();
  const debian = list && {
    files: new Set(names.flatMap((one) => list.packages[one].files)),
    applets: list.applets,
  };
  const hash = shortHash(names.map((one) => list!.packages[one].deb).join());
  return {
    ...resolve({ name, command }, debian, ownRoot),
    files,
    packagesHash: names.length === 0 ? '' : hash,
    withheld: [],
  };
}

/**
 * The initramfs for some of the programs.
 * @param archive Debian's packages for them; absent when they need none
 * @param initrd the user's own, whose files count more than Debian's
 */
export function buildInitrd(
  programs: readonly PackedProgram[],
  common: GuestFiles,
  archive?: string,
  initrd?: Uint8Array,
): Uint8Array {
  const own = guestArchive(programs, new Map([...common, ...programs.flatMap(({ files }) => [...files])]));
  const parts = [...(archive === undefined ? [] : [readFileSync(archive)]), ...(initrd ? [initrd] : []), own];
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

function checkLibraries(missing: readonly string[], list: PackageList, packages: ReadonlySet<string>): void {
  const files = [...packages].flatMap((name) => list.packages[name].files);
  const there = new Set(files.map((path) => path.slice(path.lastIndexOf('/') + 1)));
  for (const library of missing) {
    if (there.has(library)) continue;
    throw new UserError(
      ExitCode.noInput,
      `the library ${library} is in none of the Debian packages: give it with --sysroot FOLDER or --package NAME`,
    );
  }
}

/** What a guest has of Debian. */
interface GuestDebian {
  /** Paths without a slash at the start. */
  readonly files: ReadonlySet<string>;
  readonly applets: readonly string[];
}

function resolve(
  { name, command }: CommandRequest,
  debian: GuestDebian | undefined,
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
  // Where a program lies on the host is nothing that the guest should see.
  const zeroth = isHostProgram(command[0], ownRoot) ? path : command[0];
  return { name, command, path, argv: [zeroth, ...command.slice(1)] };
}

/** Shell built-ins and keywords that a line may begin with. */
const builtin =
  /^(\{|!|\.|:|alias|break|case|cd|command|echo|eval|exec|exit|export|false|for|if|local|printf|pwd|read|readonly|return|set|shift|source|test|time|trap|true|type|ulimit|umask|unset|until|wait|while|\[|\[\[)$/;

/** @throws UserError 66 when the guest has no such program */
function guestPath(word: string, debian: GuestDebian | undefined, ownRoot: boolean): string {
  if (isInOwnRoot(word, ownRoot)) return word;
  if (isHostProgram(word, ownRoot)) return `/${ownFolder}/${basename(word)}`;
  const files = debian?.files ?? new Set();
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
