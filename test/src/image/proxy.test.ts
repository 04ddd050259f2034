import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Fetcher } from '../../../src/image/fetcher.js';
import { Progress } from '../../../src/image/progress.js';
import { proxyFor } from '../../../src/image/proxy.js';
import { FakeMirror } from './fake-mirror.js';

const variables = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [
  name,
  name.toUpperCase(),
]);

describe('the proxy for a URL', () => {
  const of = (url: string, env: Record<string, string>) => proxyFor(url, env)?.url.href;
  const http = 'http://deb.example.org/debian/x';
  const https = 'https://deb.example.org/debian/x';

  test.each([
    [http, {}, undefined],
    [http, { http_proxy: 'http://a:3128' }, 'http://a:3128/'],
    [http, { https_proxy: 'http://a:3128' }, undefined],
    [https, { http_proxy: '', https_proxy: 'http://b:1' }, 'http://b:1/'],
    [https, { http_proxy: 'http://a:1', https_proxy: 'http://b:1' }, 'http://b:1/'],
    [https, { http_proxy: 'http://a:1' }, 'http://a:1/'],
    [http, { HTTP_PROXY: 'http://a:1' }, 'http://a:1/'],
    [http, { http_proxy: '', HTTP_PROXY: 'http://a:1' }, 'http://a:1/'],
    [http, { http_proxy: 'http://a:1', HTTP_PROXY: 'http://b:1' }, 'http://a:1/'],
    [https, { ALL_PROXY: 'http://c:1' }, 'http://c:1/'],
    [https, { https_proxy: 'a.example:3128' }, 'http://a.example:3128/'],
  ])('%s with %o is %s', (url, env, proxy) => expect(of(url, env)).toBe(proxy));

  test.each([
    [http, 'deb.example.org', true],
    [http, 'example.org', true],
    [http, '.example.org', true],
    [http, '*.example.org', true],
    [http, 'xample.org', false],
    [http, 'other, DEB.example.org', true],
    [http, 'other deb.example.org:80', true],
    [http, 'deb.example.org:8080', false],
    [https, 'deb.example.org:443', true],
    [http, '*', true],
    [http, '', false],
    ['http://[::1]:8080/', '::1', true],
    ['http://[::1]:8080/', '[::1]:8080', true],
    ['http://[::1]:8080/', '[::1]:80', false],
    ['http://127.0.0.1/', '127.0.0.1', true],
  ])('%s with no_proxy=%s: direct %s', (url, list, direct) => {
    expect(of(url, { http_proxy: 'http://a:1', no_proxy: list }) === undefined).toBe(direct);
    expect(of(url, { http_proxy: 'http://a:1', NO_PROXY: list }) === undefined).toBe(direct);
  });

  test.each(['socks5://a:1', 'http://', 'http://[x'])('%s is none', (text) => {
    expect(() => of(http, { http_proxy: text })).toThrow(/http_proxy is no URL of an HTTP proxy: give http:/);
  });

  test('is told of without its password', () => {
    const proxy = proxyFor(http, { http_proxy: 'http://me:secret@a:3128' });
    expect(proxy).toMatchObject({ title: 'http://a:3128', variable: 'http_proxy' });
  });
});

describe('a download', () => {
  let mirror: FakeMirror;
  let proxy: Server;
  /** Request lines that the proxy had. */
  let asked: string[];
  /** Status that it answers with instead of doing its work. */
  let refusal: number | undefined;

  beforeEach(async () => {
    for (const name of variables) vi.stubEnv(name, undefined);
    mirror = await FakeMirror.start();
    asked = [];
    refusal = undefined;
    proxy = createServer((incoming, outgoing) => {
      asked.push(`${incoming.method} ${incoming.url}`);
      if (refusal !== undefined) {
        outgoing.writeHead(refusal).end();
        return;
      }
      const forwarded = request(incoming.url!, { headers: incoming.headers }, (answer) => {
        outgoing.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(outgoing);
      });
      forwarded.end();
    });
    proxy.on('connect', (incoming, socket) => {
      asked.push(`CONNECT ${incoming.url}`);
      socket.end(`HTTP/1.1 ${refusal ?? 502} No\r\n\r\n`);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    await mirror.stop();
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  });

  const proxyUrl = (): string => `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;

  async function fetched(url: string): Promise<string> {
    const fetcher = new Fetcher(new Progress({ write: () => true } as never), new AbortController().signal);
    try {
      return Buffer.from(await fetcher.bytes(url, 1 << 20)).toString();
    } finally {
      await fetcher.close();
    }
  }

  const release = (): string => `${mirror.url}/dists/stable/Release`;

  test('goes by the proxy, as a plain request, without a warning', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    vi.stubEnv('http_proxy', proxyUrl());
    expect(await fetched(release())).toContain('Codename: test');
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', onWarning);
    expect(asked).toEqual([`GET ${release()}`]);
    expect(warnings).toEqual([]);
  });

  test('goes past it where no_proxy says so, and where only https has one', async () => {
    vi.stubEnv('http_proxy', proxyUrl());
    vi.stubEnv('no_proxy', '127.0.0.1');
    expect(await fetched(release())).toContain('Codename: test');
    vi.stubEnv('no_proxy', '');
    vi.stubEnv('http_proxy', '');
    vi.stubEnv('https_proxy', proxyUrl());
    expect(await fetched(release())).toContain('Codename: test');
    expect(asked).toEqual([]);
  });

  test('by https asks for a tunnel, though http_proxy is empty', async () => {
    vi.stubEnv('http_proxy', '');
    vi.stubEnv('HTTPS_PROXY', proxyUrl());
    refusal = 407;
    await expect(fetched('https://deb.example.org/x')).rejects.toMatchObject({
      exitCode: 69,
      message: `cannot reach the mirror for https://deb.example.org/x by the proxy ${proxyUrl()}: it asks for a user and a password; check https_proxy in the environment`,
    });
    expect(asked).toEqual(['CONNECT deb.example.org:443']);
  });

  test('that a proxy refuses names the proxy', async () => {
    vi.stubEnv('http_proxy', proxyUrl());
    refusal = 403;
    await expect(fetched(release())).rejects.toMatchObject({
      exitCode: 69,
      message: expect.stringContaining(`the mirror, or the proxy ${proxyUrl()}, answered 403`),
    });
    refusal = 407;
    await expect(fetched(release())).rejects.toMatchObject({
      message: expect.stringMatching(/by the proxy .*: it asks for a user and a password/),
    });
  });

  test('by a dead proxy names it, not the mirror', async () => {
    const dead = proxyUrl();
    await new Promise((resolve) => proxy.close(resolve));
    await expect(connected(dead)).resolves.toBe(false);
    for (const url of [release(), 'https://deb.example.org/x']) {
      vi.stubEnv('http_proxy', dead.replace('//', '//me:secret@'));
      const message = `cannot reach the mirror for ${url} by the proxy ${dead}: the connection was refused; check http_proxy in the environment`;
      await expect(fetched(url)).rejects.toMatchObject({ exitCode: 69, message });
    }
    expect(mirror.requests).toEqual([]);
    proxy.listen(0, '127.0.0.1');
  });

  test('with a proxy that is none is told of before', async () => {
    vi.stubEnv('http_proxy', 'socks5://127.0.0.1:9050');
    await expect(fetched(release())).rejects.toMatchObject({ exitCode: 78 });
  });
});

/** Whether somebody listens there. */
const connected = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.unref();
  });
