import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  openSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { fetch, type Response } from 'undici';
import { ExitCode, reason, systemErrorCode, UserError, writeError } from '../errors.js';
import { readUpTo } from '../files.js';
import type { Progress } from './progress.js';
import { EnvironmentAgent, proxyFor } from './proxy.js';

/** A file whose content is known beforehand. */
export interface Wanted {
  readonly url: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** For the progress bar. */
  readonly label: string;
}

/** Something that may go away: worth another try. */
class TemporaryError extends Error {}

/** The server answered, but not with the file. */
export class HttpError extends UserError {
  readonly status: number;

  /** @param proxy by which it was asked, as it is told of */
  constructor(status: number, url: string, proxy?: string) {
    const who = proxy === undefined ? 'the mirror' : `the mirror, or the proxy ${proxy},`;
    super(
      ExitCode.unavailable,
      status === 404
        ? `the mirror has no ${url}: check --mirror and --suite`
        : `${who} answered ${status} for ${url}: try later, or another --mirror`,
    );
    this.status = status;
  }
}

const attempts = 4;

/** Fetches from http, https and file URLs: redirects, proxies from the environment, retries, resumed downloads. */
export class Fetcher {
  readonly #progress: Progress;
  readonly #signal: AbortSignal;
  #dispatcher: EnvironmentAgent | undefined;

  /** @param signal aborts whatever is under way; its reason is thrown */
  constructor(progress: Progress, signal: AbortSignal) {
    this.#progress = progress;
    this.#signal = signal;
  }

  async close(): Promise<void> {
    await this.#dispatcher?.destroy();
  }

  /** The whole of a small file of at most `limit` bytes. @throws UserError 69, or `HttpError` */
  async bytes(url: string, limit: number): Promise<Uint8Array> {
    if (url.startsWith('file:')) return this.#localBytes(url, limit);
    return this.#retry(url, async () => {
      const response = await this.#get(url, 0);
      const parts: Uint8Array[] = [];
      let size = 0;
      for await (const part of response.body ?? []) {
        parts.push(part);
        size += part.length;
        if (size > limit) throw tooLarge(url);
      }
      return Buffer.concat(parts);
    });
  }

  /**
   * Puts a file at `path`. What was fetched before a failure or a Ctrl-C stays in `path.part`, and the next call goes on
   * from there. `path` itself appears only when it is complete and right.
   * @throws UserError 65 when the checksum is wrong; then nothing is left
   */
  async file(wanted: Wanted, path: string): Promise<void> {
    const part = `${path}.part`;
    const resumed = await this.#fill(wanted, part);
    if ((await sha256Of(part)) !== wanted.sha256) {
      rmSync(part, { force: true });
      // Resumed from what another version of the file left behind, perhaps: once more from the start.
      if (resumed) return this.file(wanted, path);
      throw new UserError(
        ExitCode.data,
        `${wanted.url} has a wrong checksum: the mirror or the way to it is damaged; try later, or another --mirror`,
      );
    }
    try {
      renameSync(part, path);
    } catch (error) {
      throw writeError(path, error);
    }
  }

  /** Completes `part`. @returns whether some of it was there before the last answer */
  async #fill(wanted: Wanted, part: string): Promise<boolean> {
    if (wanted.url.startsWith('file:')) {
      const fd = open(part, 'w');
      try {
        writeFully(fd, this.#localBytes(wanted.url, wanted.size), part);
      } finally {
        closeSync(fd);
      }
      return false;
    }
    return this.#retry(wanted.url, async () => {
      let have = sizeOf(part);
      if (have > wanted.size) have = 0;
      if (have === wanted.size) return true;
      const response = await this.#get(wanted.url, have);
      if (response.status !== 206) have = 0;
      const resumed = have > 0;
      const fd = open(part, have > 0 ? 'r+' : 'w');
      try {
        if (have > 0) truncateSync(part, have);
        for await (const bytes of response.body ?? []) {
          if (have + bytes.length > wanted.size) {
            throw new UserError(
              ExitCode.data,
              `${wanted.url} is larger than its index says: try later, or another --mirror`,
            );
          }
          writeFully(fd, bytes, part, have);
          have += bytes.length;
          this.#progress.bar(wanted.label, have, wanted.size);
        }
      } finally {
        closeSync(fd);
        this.#progress.end();
      }
      if (have < wanted.size) throw new TemporaryError('the connection ended early');
      return resumed;
    });
  }

  async #get(url: string, from: number): Promise<Response> {
    const proxy = proxyFor(url);
    this.#dispatcher ??= new EnvironmentAgent();
    const response = await fetch(url, {
      dispatcher: this.#dispatcher,
      signal: this.#signal,
      headers: {
        'user-agent': 'hyperthumb',
        'accept-encoding': 'identity',
        ...(from > 0 && { range: `bytes=${from}-` }),
      },
    });
    if (response.status === 206) {
      const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
      if (from > 0 && Number(start) === from) return response;
      throw new UserError(
        ExitCode.protocol,
        `the mirror answered ${url} with another part than was asked for`,
      );
    }
    if (response.status === 200) return response;
    await response.body?.cancel();
    if (response.status >= 500 || response.status === 408 || response.status === 429) {
      throw new TemporaryError(`the server answered ${response.status}`);
    }
    throw new HttpError(response.status, url, proxy?.title);
  }

  async #retry<T>(url: string, action: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      this.#signal.throwIfAborted();
      try {
        return await action();
      } catch (error) {
        this.#signal.throwIfAborted();
        if (error instanceof UserError) throw error;
        if (attempt === attempts || isFinal(error)) {
          throw unreachable(url, error);
        }
        await sleep(250 * 2 ** attempt, undefined, { signal: this.#signal }).catch(() => undefined);
      }
    }
  }

  #localBytes(url: string, limit: number): Uint8Array {
    try {
      const fd = openSync(fileURLToPath(url), 'r');
      try {
        const bytes = readUpTo(fd, { maxBytes: limit });
        if (bytes === undefined) throw tooLarge(url);
        return bytes;
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      if (error instanceof UserError) throw error;
      if (systemErrorCode(error) === 'ENOENT') throw new HttpError(404, url);
      throw new UserError(ExitCode.unavailable, `cannot read ${url}: ${reason(error)}`, { cause: error });
    }
  }
}

const tooLarge = (url: string): UserError =>
  new UserError(ExitCode.protocol, `${url} is larger than it can be: is it a Debian mirror?`);

/** Where there is a proxy, it is all that the connection was to. */
function unreachable(url: string, error: unknown): UserError {
  const proxy = proxyFor(url);
  const why = networkReason(error);
  const message =
    proxy === undefined
      ? `cannot reach the mirror for ${url}: ${why}; check the network, or give another --mirror`
      : `cannot reach the mirror for ${url} by the proxy ${proxy.title}: ${why}; check ${proxy.variable} in the environment`;
  return new UserError(ExitCode.unavailable, message, { cause: error });
}

/** Another try gives the same: no such host, nobody listens there. */
function isFinal(error: unknown): boolean {
  const code = systemErrorCode(error);
  return (
    code === 'ENOTFOUND' ||
    code === 'ECONNREFUSED' ||
    code === 'ERR_INVALID_URL' ||
    proxyStatus(error) === '407' ||
    code?.startsWith('CERT_') === true
  );
}

const networkReasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be looked up now',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was broken',
  UND_ERR_SOCKET: 'the connection was broken',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'no answer',
  UND_ERR_CONNECT_TIMEOUT: 'no answer',
  UND_ERR_HEADERS_TIMEOUT: 'no answer',
  UND_ERR_BODY_TIMEOUT: 'the transfer stopped',
};

/** What a proxy answered in place of a connection: the library has it in the text alone. */
function proxyStatus(error: unknown): string | undefined {
  for (let e = error; e instanceof Error; e = e.cause) {
    const match = /^Proxy response \((\d+)\)|^Proxy Authentication Required \((407)\)/.exec(e.message);
    if (match !== null) return match[1] ?? match[2];
  }
  return undefined;
}

function networkReason(error: unknown): string {
  const status = proxyStatus(error);
  if (status === '407') return 'it asks for a user and a password';
  if (status !== undefined) return `it answered ${status}`;
  const code = systemErrorCode(error);
  if (code !== undefined && networkReasons[code] !== undefined) return networkReasons[code];
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return reason(cause);
}

function open(path: string, flags: string): number {
  try {
    return openSync(path, flags);
  } catch (error) {
    throw writeError(path, error);
  }
}

/** Writes all of `bytes` at `position` of an open file. @throws UserError 74 */
function writeFully(fd: number, bytes: Uint8Array, path: string, position = 0): void {
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, position + at);
  } catch (error) {
    throw writeError(path, error);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part);
  return hash.digest('hex');
}
