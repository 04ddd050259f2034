import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findDebianSource, parseDeb822, parseOneLine } from '../../../src/image/apt-sources.js';
import { mirrorListPath, parseMirrorList } from '../../../src/image/mirror-list.js';
import { findOrigin } from '../../../src/image/origin.js';
import { parseRelease, plainText } from '../../../src/image/release.js';

test('one-line entries', () => {
  const text = `# deb http://mirror.example/debian old main
deb-src http://mirror.example/debian stable main
deb [arch=amd64 signed-by=/usr/share/keyrings/a.gpg] http://mirror.example/debian/ stable main contrib # text`;
  expect(parseOneLine(text)).toEqual([
    {
      uri: 'http://mirror.example/debian',
      suite: 'stable',
      components: ['main', 'contrib'],
      signedBy: ['/usr/share/keyrings/a.gpg'],
    },
  ]);
});

test('deb822 stanzas: every combination, none of the disabled', () => {
  const text = `Types: deb deb-src
URIs: http://a.example/debian http://b.example/debian
# a comment
Suites: stable
 stable-updates
Components: main

Types: deb
URIs: http://c.example/debian
Suites: stable
Components: main
Enabled: no
`;
  expect(parseDeb822(text).map((s) => `${s.uri} ${s.suite}`)).toEqual([
    'http://a.example/debian stable',
    'http://a.example/debian stable-updates',
    'http://b.example/debian stable',
    'http://b.example/debian stable-updates',
  ]);
});

test.each([
  ['no', false],
  ['No', false],
  ['0', false],
  ['00', false],
  ['0x0', false],
  ['-0', false],
  ['false', false],
  ['FALSE', false],
  ['off', false],
  ['Off', false],
  ['without', false],
  ['disable', false],
  ['yes', true],
  ['1', true],
  ['true', true],
  ['on', true],
  ['', true],
  // What apt does not know it takes for enabled.
  ['2', true],
  ['nope', true],
  ['no thanks', true],
])("a stanza with 'Enabled: %s' counts: %s", (value, enabled) => {
  const stanza = 'Types: deb\nURIs: http://a.example/debian\nSuites: stable\nComponents: main\n';
  expect(parseDeb822(`${stanza}Enabled: ${value}\n`)).toHaveLength(enabled ? 1 : 0);
  expect(parseDeb822(`enabled: ${value}\n${stanza}`)).toHaveLength(enabled ? 1 : 0);
});

test.each([
  ['deb [arch=armhf] http://m.example/debian stable main', []],
  ['deb  [ arch=amd64,armhf  trusted=yes ]\thttp://m.example/debian stable main', []],
  ['deb [signed-by=/a.gpg,/b.gpg arch=armhf] http://m.example/debian stable main', ['/a.gpg', '/b.gpg']],
  ['deb [arch=armhf Signed-By="/a.gpg"] http://m.example/debian stable main', ['/a.gpg']],
  ['deb [signed-by+=/a.gpg] http://m.example/debian stable main', ['/a.gpg']],
  ['deb "http://m.example/debian" stable main', []],
  ['deb http://m.example/debian stable main\r', []],
  ['deb\t[lang=de,en]\thttp://m.example/debian/\tstable\tmain', []],
])('options in brackets: %s', (line, signedBy) => {
  expect(parseOneLine(line)).toEqual([
    { uri: 'http://m.example/debian', suite: 'stable', components: ['main'], signedBy },
  ]);
});

test.each([
  'deb cdrom:[Debian GNU/Linux 12]/ stable main',
  'deb [arch=armhf http://m.example/debian',
  'deb [arch=armhf]http://m.example/debian stable main',
  'debug x y z',
])('no entry of a network mirror: %s', (line) =>
  expect(parseOneLine(line).filter(({ uri }) => uri.startsWith('http'))).toEqual([]),
);

test('keys within a stanza are no paths', () => {
  const text = `Types: deb
URIs: http://a.example/debian
Suites: stable
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 /9j4AAQ
 -----END PGP PUBLIC KEY BLOCK-----
`;
  expect(parseDeb822(text)[0].signedBy).toEqual([]);
});

test('the mirrors of a list', () => {
  const text = `# mirrors
http://far.example/debian/

file:/srv/mirror\tpriority:1 type:index
http://partial.example/debian\tpriority:1 arch:amd64 arch:all
http://near.example/debian/\tpriority:2\tarch:amd64 arch:armhf
http://other.example/debian\tpriority:1 codename:sid suite:unstable
http://suite.example/debian\tpriority:10 suite:stable codename:bookworm
http://odd.example/debian priority:nonsense\r
`;
  expect(parseMirrorList(text, 'stable')).toEqual([
    'http://near.example/debian/',
    'http://suite.example/debian',
    'http://far.example/debian/',
    'http://odd.example/debian',
  ]);
  expect(parseMirrorList(text, 'sid')[0]).toBe('http://other.example/debian');
  expect(parseMirrorList('', 'stable')).toEqual([]);
});

test.each([
  ['mirror+file:/etc/apt/mirrors.txt', '/etc/apt/mirrors.txt'],
  ['mirror+file:///etc/apt/mirrors/debian.list', '/etc/apt/mirrors/debian.list'],
  ['mirror+copy:/a%20b', '/a b'],
  ['mirror+file://host/x', undefined],
  ['mirror+http://m.example/list', undefined],
  ['file:/etc/apt/mirrors.txt', undefined],
])('%s is the list %s', (uri, path) => expect(mirrorListPath(uri)).toBe(path));

describe('a mirror list', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'hyperthumb-apt-'));
    mkdirSync(join(root, 'sources.list.d'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  test('is read, in a line and in a stanza', () => {
    const list = join(root, 'mirrors.txt');
    writeFileSync(list, 'https://far.example/debian\nhttps://near.example/debian/\tpriority:1\n');
    writeFileSync(join(root, 'sources.list'), `deb [arch=armhf] mirror+file:${list} stable main\n`);
    const found = { mirror: 'https://near.example/debian', suite: 'stable' };
    expect(findOrigin({}, root)).toMatchObject(found);
    rmSync(join(root, 'sources.list'));
    writeFileSync(
      join(root, 'sources.list.d', 'debian.sources'),
      `Types: deb\nURIs: mirror+file://${list}\nSuites: stable stable-updates\nComponents: main\n`,
    );
    expect(findOrigin({}, root)).toMatchObject(found);
  });

  test('that is gone is passed over', () => {
    writeFileSync(
      join(root, 'sources.list'),
      'deb mirror+file:/nowhere/list stable main\ndeb http://m.example/debian stable main\n',
    );
    expect(findOrigin({}, root).mirror).toBe('http://m.example/debian');
  });

  test('on the network is told of, when there is nothing else', () => {
    const line = 'deb mirror+https://m.example/list.txt stable main\n';
    writeFileSync(join(root, 'sources.list'), line);
    expect(() => findOrigin({}, root)).toThrow(
      /the mirror list 'mirror\+https:\/\/m.example\/list.txt' of apt's configuration is not read: give .* --mirror URL/,
    );
    expect(() => findOrigin({}, root)).toThrow(expect.objectContaining({ exitCode: 78 }));
    writeFileSync(join(root, 'sources.list'), `${line}deb http://m.example/debian stable main\n`);
    expect(findOrigin({}, root).mirror).toBe('http://m.example/debian');
  });
});

test("Debian's main archive is found among others; without one, options are asked for", () => {
  const root = mkdtempSync(join(tmpdir(), 'hyperthumb-apt-'));
  mkdirSync(join(root, 'sources.list.d'));
  const other =
    'deb http://other.example/ubuntu noble main\ndeb http://x.example/debian-security stable-security main\n';
  writeFileSync(join(root, 'sources.list'), other);
  expect(findDebianSource(root)).toBeUndefined();
  expect(() => findOrigin({}, root)).toThrow(/--mirror URL/);
  expect(() => findOrigin({ mirror: 'http://m.example/debian' }, root)).toThrow(/--suite/);
  writeFileSync(
    join(root, 'sources.list.d', 'debian.sources'),
    'Types: deb\nURIs: http://m.example/debian\nSuites: stable stable-updates\nComponents: main\n',
  );
  expect(findOrigin({}, root)).toMatchObject({ mirror: 'http://m.example/debian', suite: 'stable' });
  expect(findOrigin({ suite: 'testing' }, root).suite).toBe('testing');
  rmSync(root, { recursive: true });
});

test('the text of a clearsigned release file', () => {
  const hash = 'a'.repeat(64);
  const message = `-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

Codename: test
SHA256:
 ${hash} 123 main/binary-armhf/Packages.xz
-----BEGIN PGP SIGNATURE-----

xyz
-----END PGP SIGNATURE-----
`;
  const text = plainText({ content: Buffer.from(message), clearsigned: true });
  const release = parseRelease(text, 'base');
  expect(release.codename).toBe('test');
  expect(release.files.get('main/binary-armhf/Packages.xz')).toEqual({ sha256: hash, size: 123 });
  expect(() => parseRelease('<html>', 'base')).toThrow(/is it a Debian mirror/);
});
