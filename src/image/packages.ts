import { createHash } from 'node:crypto';
import { ExitCode, UserError } from '../errors.js';
import { decompress } from '../loader/decompress.js';
import { FormatError } from '../loader/format-error.js';
import { parseStanzas } from './apt-sources.js';
import { type Fetcher, HttpError } from './fetcher.js';
import type { Release } from './release.js';

/** What the index says of a binary package. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** Path of the .deb below the mirror's base. */
  readonly filename: string;
  readonly sha256: string;
  /** Bytes of the .deb. */
  readonly size: number;
  /** Names in Depends, versions and alternatives left out. */
  readonly depends: readonly string[];
  /** Pre-Depends and Depends: for each, the names of which one is needed. Versions left out. */
  readonly needs: readonly (readonly string[])[];
}

/** Binary packages of main for armhf. */
export class PackageIndex {
  readonly #text: string;
  readonly #where: string;

  constructor(text: string, where: string) {
    this.#text = text;
    this.#where = where;
  }

  /** Whether there is a package of this name. */
  has(name: string): boolean {
    return this.#text.startsWith(`Package: ${name}\n`) || this.#text.includes(`\nPackage: ${name}\n`);
  }

  /** The first package that says it provides `name`, or undefined. */
  provider(name: string): string | undefined {
    const escaped = name.replace(/[.+]/g, '\\$&');
    const match = new RegExp(`\\nProvides: (?:[^\\n]*, )?${escaped}(?:[ ,][^\\n]*)?\\n`).exec(this.#text);
    if (match === null) return undefined;
    const start = this.#text.lastIndexOf('\nPackage: ', match.index) + '\nPackage: '.length;
    return this.#text.slice(start, this.#text.indexOf('\n', start));
  }

  /**
   * The named packages and all that they need (Pre-Depends and Depends, the first alternative that there is), each once,
   * sorted by name.
   * @param without names that are taken as there already
   * @throws UserError 69 when one does not exist
   */
  closure(names: readonly string[], without: ReadonlySet<string> = new Set()): DebianPackage[] {
    const found = new Map<string, DebianPackage>();
    const queue = [...names];
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (found.has(name) || without.has(name)) continue;
      const debian = this.find(name);
      found.set(name, debian);
      for (const alternatives of debian.needs) {
        if (alternatives.some((item) => found.has(item) || without.has(item))) continue;
        const real = alternatives.find((item) => this.has(item));
        queue.push(real ?? this.provider(alternatives[0]) ?? alternatives[0]);
      }
    }
    return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws UserError 69 when there is no such package */
  find(name: string): DebianPackage {
    const needle = `\nPackage: ${name}\n`;
    const at = this.#text.startsWith(needle.slice(1)) ? 0 : this.#text.indexOf(needle) + 1;
    if (at === 0 && !this.#text.startsWith(needle.slice(1))) {
      throw new UserError(
        ExitCode.unavailable,
        `${this.#where} has no package ${name} for armhf: try another --suite or --flavour`,
      );
    }
    const end = this.#text.indexOf('\n\n', at);
    const fields = parseStanzas(this.#text.slice(at, end < 0 ? undefined : end)).next().value as Map<
      string,
      string
    >;
    const [filename, sha256, size] = [
      fields.get('filename'),
      fields.get('sha256'),
      Number(fields.get('size')),
    ];
    if (
      !filename ||
      filename.includes('..') ||
      !sha256 ||
      !/^[0-9a-f]{64}$/.test(sha256) ||
      !(size > 0 && size <= maxPackageBytes)
    ) {
      throw new UserError(ExitCode.protocol, `${this.#where}: the entry of package ${name} is damaged`);
    }
    return {
      name,
      version: fields.get('version') ?? '',
      filename,
      sha256,
      size,
      depends: (fields.get('depends') ?? '')
        .split(',')
        .map((item) => /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(item)?.[1] ?? '')
        .filter((item) => item !== ''),
      needs: [fields.get('pre-depends'), fields.get('depends')].flatMap(relations),
    };
  }
}

/** `a (>= 1), b | c:any` (Debian Policy 7.1): the names, alternatives together. */
function relations(text: string | undefined): string[][] {
  return (text ?? '')
    .split(',')
    .map((item) =>
      item
        .split('|')
        .map((one) => /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(one)?.[1] ?? '')
        .filter((name) => name !== ''),
    )
    .filter((names) => names.length > 0);
}

/** Larger ones cannot be unpacked; Debian's largest for armhf has a third of it. */
const maxPackageBytes = 2 ** 31 - 1;

/** Debian's whole index for armhf has some 50 MiB. */
const indexLimits = { maxBytes: 512 << 20 };

const indexPath = 'main/binary-armhf/Packages';

/** Fetches and checks the index of a suite. @throws UserError */
export async function fetchPackageIndex(
  fetcher: Fetcher,
  base: string,
  release: Release,
): Promise<PackageIndex> {
  const compression = release.files.has(`${indexPath}.xz`) ? ('xz' as const) : ('gzip' as const);
  const path = `${indexPath}.${compression === 'xz' ? 'xz' : 'gz'}`;
  const entry = release.files.get(path);
  if (entry === undefined) {
    throw new UserError(
      ExitCode.unavailable,
      `${base} has no packages for armhf (it has ${release.architectures.join(', ')}): give another --suite or --mirror`,
    );
  }
  const packed = await fetchIndexFile(fetcher, base, path, entry, release.acquireByHash);
  if (createHash('sha256').update(packed).digest('hex') !== entry.sha256) {
    throw new UserError(
      ExitCode.data,
      `${base}/${path} has a wrong checksum: the mirror is damaged or being updated; try later, or another --mirror`,
    );
  }
  try {
    return new PackageIndex(
      Buffer.from(await decompress(packed, compression, indexLimits)).toString('utf8'),
      base,
    );
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new UserError(ExitCode.protocol, `cannot unpack ${base}/${path}: ${error.message}`, {
      cause: error,
    });
  }
}

/** By-hash names stay right while the mirror is updated; not every mirror keeps them. */
async function fetchIndexFile(
  fetcher: Fetcher,
  base: string,
  path: string,
  entry: { sha256: string; size: number },
  byHash: boolean,
): Promise<Uint8Array> {
  if (byHash) {
    const folder = path.slice(0, path.lastIndexOf('/'));
    try {
      return await fetcher.bytes(`${base}/${folder}/by-hash/SHA256/${entry.sha256}`, entry.size);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
    }
  }
  return fetcher.bytes(`${base}/${path}`, entry.size);
}
