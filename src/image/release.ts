import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExitCode, UserError } from '../errors.js';
import { parseStanzas } from './apt-sources.js';
import { type Fetcher, HttpError } from './fetcher.js';
import type { Progress } from './progress.js';

/** A suite's release file (Debian wiki, DebianRepository/Format): the root of the chain of checksums. */
export interface Release {
  readonly codename: string;
  readonly architectures: readonly string[];
  readonly acquireByHash: boolean;
  /** Checksums and sizes of the index files, by path below `dists/SUITE/`. */
  readonly files: ReadonlyMap<string, { readonly sha256: string; readonly size: number }>;
}

const maxReleaseBytes = 16 << 20;
const keyringFolders = ['/usr/share/keyrings', '/etc/apt/trusted.gpg.d', '/etc/apt/keyrings'];
const wholeKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

export interface ReleaseOptions {
  readonly mirror: string;
  readonly suite: string;
  /** Keyrings that the apt source names; otherwise the Debian archive's are looked for. */
  readonly signedBy: readonly string[];
  readonly checkSignature: boolean;
}

/**
 * Fetches InRelease, or Release with Release.gpg, and checks the signature where gpgv and a keyring are there.
 * @throws UserError 65 when the signature is bad or missing, 69 when the mirror has no such suite, 76 when it is no release file
 */
export async function fetchRelease(
  fetcher: Fetcher,
  options: ReleaseOptions,
  progress: Progress,
): Promise<Release> {
  const base = `${options.mirror}/dists/${options.suite}`;
  const signed = await fetchSigned(fetcher, base);
  const keyrings = options.checkSignature ? findKeyrings(options.signedBy) : [];
  let text: string;
  if (!options.checkSignature) {
    text = plainText(signed);
    progress.step('signature not checked: --no-check-signature');
  } else if (keyrings.length === 0) {
    text = plainText(signed);
    progress.step(
      'signature not checked: no Debian archive keyring is installed (package debian-archive-keyring)',
    );
  } else if (!hasGpgv()) {
    text = plainText(signed);
    progress.step('signature not checked: gpgv is not installed (package gpgv)');
  } else {
    text = verify(signed, keyrings, base);
    progress.step('signature is good');
  }
  return parseRelease(text, base);
}

interface Signed {
  readonly content: Uint8Array;
  /** Release.gpg; absent when `content` is InRelease, which has its signature in it, or when there is none. */
  readonly detached?: Uint8Array;
  readonly clearsigned: boolean;
}

async function fetchSigned(fetcher: Fetcher, base: string): Promise<Signed> {
  try {
    return { content: await fetcher.bytes(`${base}/InRelease`, maxReleaseBytes), clearsigned: true };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
  }
  const content = await fetcher.bytes(`${base}/Release`, maxReleaseBytes);
  try {
    return {
      content,
      detached: await fetcher.bytes(`${base}/Release.gpg`, maxReleaseBytes),
      clearsigned: false,
    };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return { content, clearsigned: false };
  }
}

/** The text between the header and the signature of a clearsigned message (RFC 4880 7). */
export function plainText(signed: Signed): string {
  const text = Buffer.from(signed.content).toString('utf8');
  if (!signed.clearsigned || !text.startsWith('-----BEGIN PGP SIGNED MESSAGE-----')) return text;
  const start = text.search(/\r?\n\r?\n/);
  const end = text.indexOf('\n-----BEGIN PGP SIGNATURE-----');
  return text
    .slice(start, end < 0 ? undefined : end)
    .replace(/^- /gm, '')
    .trimStart();
}

function findKeyrings(signedBy: readonly string[]): string[] {
  const named = signedBy.filter((path) => existsSync(path));
  if (named.length > 0) return named;
  if (existsSync(wholeKeyring)) return [wholeKeyring];
  const found: string[] = [];
  for (const folder of keyringFolders) {
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder).sort()) {
      if (/^debian-archive-.*\.(gpg|pgp|asc)$/.test(name) && !name.includes('removed'))
        found.push(join(folder, name));
    }
  }
  return found;
}

function hasGpgv(): boolean {
  return spawnSync('gpgv', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** What gpgv says was signed; nothing outside the signed part gets through. */
function verify(signed: Signed, keyrings: readonly string[], base: string): string {
  if (!signed.clearsigned && signed.detached === undefined) {
    throw new UserError(
      ExitCode.data,
      `${base}/Release has no signature: use another --mirror, or --no-check-signature if you trust it`,
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'hyperthumb-'));
  try {
    const content = join(folder, 'content');
    const output = join(folder, 'output');
    writeFileSync(content, signed.content);
    const args = ['--status-fd', '1', ...keyrings.flatMap((path) => ['--keyring', path])];
    if (signed.detached === undefined) {
      args.push('--output', output, content);
    } else {
      writeFileSync(join(folder, 'signature'), signed.detached);
      args.push(join(folder, 'signature'), content);
    }
    const { stdout } = spawnSync('gpgv', args, { encoding: 'utf8' });
    const status = new Set([...(stdout ?? '').matchAll(/^\[GNUPG:\] (\S+)/gm)].map((match) => match[1]));
    // A file has several signatures, of keys old and new: one good one is enough, as it is for apt.
    if (!status.has('GOODSIG') || !status.has('VALIDSIG') || status.has('BADSIG')) {
      const why = status.has('BADSIG')
        ? 'the signature does not match'
        : status.has('NO_PUBKEY')
          ? 'it is signed by a key that is not in the keyring (update the package debian-archive-keyring)'
          : status.has('EXPKEYSIG') || status.has('EXPSIG')
            ? 'the signing key has expired (update the package debian-archive-keyring)'
            : 'there is no signature';
      throw new UserError(
        ExitCode.data,
        `${base} cannot be trusted: ${why}; use another --mirror, or --no-check-signature if you trust it`,
      );
    }
    return signed.detached === undefined ? readFileSync(output, 'utf8') : plainText(signed);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function parseRelease(text: string, base: string): Release {
  const stanza = parseStanzas(text).next().value as Map<string, string> | undefined;
  const checksums = stanza?.get('sha256');
  if (stanza === undefined || checksums === undefined) {
    throw new UserError(
      ExitCode.protocol,
      `${base} has no release file with SHA256 checksums: is it a Debian mirror?`,
    );
  }
  const files = new Map<string, { sha256: string; size: number }>();
  for (const line of checksums.split('\n')) {
    const [sha256, size, path] = line.trim().split(/\s+/);
    if (path !== undefined && /^[0-9a-f]{64}$/.test(sha256)) files.set(path, { sha256, size: Number(size) });
  }
  return {
    codename: stanza.get('codename') ?? stanza.get('suite') ?? '',
    architectures: (stanza.get('architectures') ?? '').split(/\s+/),
    acquireByHash: stanza.get('acquire-by-hash') === 'yes',
    files,
  };
}
