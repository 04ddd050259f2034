import type { ListedPackage, PackageList } from '../../image/package-archive.js';
import type { Closure } from '../../image/pull.js';

/** Where a guest's programs are looked for, in this order. */
export const programFolders = ['usr/bin', 'bin', 'usr/sbin', 'sbin', 'usr/games'] as const;

/** The names in a command line and in the file of the program that it runs. */
export class Mentions {
  readonly #words = new Set<string>();
  /** Absolute paths. */
  readonly #paths = new Set<string>();

  /** @param file the program's bytes, one a character */
  constructor(line: string, file = '') {
    for (const text of [line, file]) {
      for (const [path] of text.matchAll(/\/[\w+.@%~-]+(?:\/[\w+.@%~-]+)*/g)) this.#paths.add(path);
      for (const [word] of text.matchAll(/[\w+.@-]+/g)) this.#words.add(word.replace(/\.+$/, ''));
    }
  }

  hasWord(word: string): boolean {
    return this.#words.has(word);
  }

  /** @param path without a slash at the start */
  hasPath(path: string): boolean {
    return this.#paths.has(`/${path}`);
  }
}

/**
 * Those of the packages that the user named which a program is given: what others are measured beside it has no part in it.
 * They are the packages that it mentions: by name, by a program or a path in them or in what they depend on (an extension is of use to whom
 * it extends). Of packages without programs, libraries and data, nothing is known: all that is not BusyBox has them.
 * @param isForeign it runs a program that is not Debian's
 */
export function neededPackages(
  { packages }: PackageList,
  named: readonly Closure[],
  mentions: Mentions,
  isForeign: boolean,
): Closure[] {
  const mentioned = new Set(
    named.filter(
      (closure) =>
        mentions.hasWord(closure.name) ||
        isFolderMentioned(packages[closure.name], mentions) ||
        closure.packages.some((name) => isFileMentioned(packages[name], mentions)),
    ),
  );
  const hasPrograms = ({ name }: Closure) => packages[name].files.some(isProgram);
  const runsMore = isForeign || [...mentioned].some(hasPrograms);
  return named.filter((closure) => mentioned.has(closure) || (runsMore && !hasPrograms(closure)));
}

/** Shared libraries do not count: each program names the dynamic linker, and each package needs the C library. */
function isFileMentioned({ files }: ListedPackage, mentions: Mentions): boolean {
  return files.some((path) => {
    if (isSharedObject(path)) return false;
    return mentions.hasPath(path) || (isProgram(path) && mentions.hasWord(nameOf(path)));
  });
}

/** A folder of the package's own, such as /usr/share/dict: the upper ones are everybody's. */
function isFolderMentioned({ files }: ListedPackage, mentions: Mentions): boolean {
  return files.some((path) => {
    if (isSharedObject(path)) return false;
    const parts = path.split('/');
    for (let length = 3; length < parts.length; length++) {
      if (mentions.hasPath(parts.slice(0, length).join('/'))) return true;
    }
    return false;
  });
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const isSharedObject = (path: string): boolean => /\.so(\.|$)/.test(nameOf(path));

const isProgram = (path: string): boolean =>
  !isSharedObject(path) && programFolders.some((folder) => path === `${folder}/${nameOf(path)}`);
