import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mirrorListPath, parseMirrorList } from './mirror-list.js';

/** One entry of apt's configuration (sources.list(5)). */
export interface AptSource {
  /** Base of the archive, without a slash at the end. */
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** Keyring files named by `signed-by`, absolute. */
  readonly signedBy: readonly string[];
}

/** The first entry for Debian's main archive among apt's sources, or undefined; of a mirror list the mirror to be tried first. */
export function findDebianSource(root = defaultRoot): AptSource | undefined {
  return readAptSources(root).flatMap(expandMirrorList).find(isDebianMain);
}

/** The URI of a mirror list on the network, which is not read, or undefined. */
export function findRemoteMirrorList(root = defaultRoot): string | undefined {
  return readAptSources(root).find(({ uri }) => /^mirror(\+https?)?:/.test(uri))?.uri;
}

const defaultRoot = '/etc/apt';

function expandMirrorList(source: AptSource): AptSource[] {
  const path = mirrorListPath(source.uri);
  if (path === undefined) return [source];
  return parseMirrorList(readText(path), source.suite).map((uri) => ({ ...source, uri: withoutSlash(uri) }));
}

/** All enabled binary entries, in apt's order: sources.list, then sources.list.d by name. */
export function readAptSources(root: string): AptSource[] {
  const folder = join(root, 'sources.list.d');
  const sources = parseOneLine(readText(join(root, 'sources.list')));
  for (const name of listNames(folder)) {
    const text = readText(join(folder, name));
    if (name.endsWith('.list')) sources.push(...parseOneLine(text));
    else if (name.endsWith('.sources')) sources.push(...parseDeb822(text));
  }
  return sources;
}

/** Neither a security, update or backports suite, nor another distribution's archive. */
function isDebianMain(source: AptSource): boolean {
  return (
    /^(https?|file):/.test(source.uri) &&
    source.components.includes('main') &&
    /^[a-z][a-z0-9.]*$/.test(source.suite) &&
    (/debian\/?$/.test(source.uri) || source.signedBy.some((path) => path.includes('debian-archive')))
  );
}

/** `deb [options] uri suite component…`, a line each. */
export function parseOneLine(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(?!\[)"?([^\s"]+)"?\s+(\S+)\s*([^#]*)/.exec(line);
    if (!match) continue;
    const [, options = '', uri, suite, components] = match;
    const signedBy = /(?:^|\s)signed-by\+?="?([^\s"]+)/i.exec(options)?.[1] ?? '';
    sources.push({
      uri: withoutSlash(uri),
      suite,
      components: words(components),
      signedBy: signedBy.split(',').filter((path) => path.startsWith('/')),
    });
  }
  return sources;
}

/** Stanzas of `Types`, `URIs`, `Suites`, `Components`, …: every combination is an entry. */
export function parseDeb822(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const stanza of parseStanzas(text)) {
    if (!words(stanza.get('types')).includes('deb') || isNo(stanza.get('enabled'))) continue;
    const signedBy = stanza.get('signed-by') ?? '';
    // It may be a key itself.
    const keyrings = signedBy.includes('-----BEGIN') ? [] : words(signedBy);
    for (const uri of words(stanza.get('uris'))) {
      for (const suite of words(stanza.get('suites'))) {
        sources.push({
          uri: withoutSlash(uri),
          suite,
          components: words(stanza.get('components')),
          signedBy: keyrings.filter((path) => path.startsWith('/')),
        });
      }
    }
  }
  return sources;
}

/** Debian control data (deb-control(5)): stanzas of fields, by lower-case name; lines that go on are joined with `\n`. */
export function* parseStanzas(text: string): Generator<Map<string, string>> {
  let stanza = new Map<string, string>();
  let field = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue;
    if (line.trim() === '') {
      if (stanza.size > 0) yield stanza;
      stanza = new Map();
      field = '';
    } else if (/^[ \t]/.test(line)) {
      if (field !== '') stanza.set(field, `${stanza.get(field)}\n${line.trim()}`);
    } else {
      const colon = line.indexOf(':');
      if (colon <= 0) continue;
      field = line.slice(0, colon).toLowerCase();
      stanza.set(field, line.slice(colon + 1).trim());
    }
  }
  if (stanza.size > 0) yield stanza;
}

/** As apt reads a truth value; what it does not know is none. */
const isNo = (text = ''): boolean =>
  /^(no|false|without|off|disable)$/i.test(text.trim()) || /^[-+]?(0x)?0+$/i.test(text.trim());

const withoutSlash = (uri: string): string => uri.replace(/\/+$/, '');

const words = (text = ''): string[] => text.split(/\s+/).filter((word) => word !== '');

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
