import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findDebianSource, parseDeb822, parseOneLine } from '../../../src/image/apt-sources.js';
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
