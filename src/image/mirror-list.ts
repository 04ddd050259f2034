import { fileURLToPath } from 'node:url';

/** Mirrors may say that they have only a part: what limits them to something else than this is of no use. */
const architecture = 'armhf';
const component = 'main';

/** The file that a URI of apt's mirror method names on this machine (`mirror+file:`, `mirror+copy:`); undefined for any other URI. */
export function mirrorListPath(uri: string): string | undefined {
  const path = /^mirror\+(?:file|copy):(.*)$/.exec(uri)?.[1];
  try {
    return path === undefined ? undefined : fileURLToPath(`file:${path}`);
  } catch {
    return undefined;
  }
}

/**
 * The mirrors of a list (apt-transport-mirror(1)) that have everything for a suite on armhf, those to be tried first in front. A line is a URI, then
 * metadata `key:value` with blanks between; lines with `#` at their start are comments.
 */
export function parseMirrorList(text: string, suite: string): string[] {
  const mirrors: { readonly uri: string; readonly priority: number }[] = [];
  for (const line of text.split('\n')) {
    const [uri, ...metadata] = line.trim().split(/\s+/);
    if (uri === '' || uri.startsWith('#')) continue;
    const valuesOf = (key: string) =>
      metadata.filter((item) => item.startsWith(`${key}:`)).map((item) => item.slice(key.length + 1));
    const allows = (key: string, value: string) => {
      const values = valuesOf(key);
      return values.length === 0 || values.includes(value);
    };
    // Indexes and packages have to come from one place here.
    const isWhole = allows('type', 'index') && allows('type', 'deb');
    // The suite may be given by either name, and only the release file knows both.
    const hasSuite = allows('suite', suite) || allows('codename', suite);
    if (!isWhole || !hasSuite || !allows('arch', architecture) || !allows('component', component)) continue;
    const priority = Number(valuesOf('priority')[0] ?? Number.POSITIVE_INFINITY);
    mirrors.push({ uri, priority: Number.isNaN(priority) ? Number.POSITIVE_INFINITY : priority });
  }
  return mirrors
    .sort((a, b) => (a.priority < b.priority ? -1 : a.priority > b.priority ? 1 : 0))
    .map(({ uri }) => uri);
}
