import { Agent, Dispatcher, ProxyAgent } from 'undici';
import { ExitCode, UserError } from '../errors.js';

/** Milliseconds of waiting. */
const connect = { timeout: 15_000 };
const patience = { headersTimeout: 30_000, bodyTimeout: 30_000 };

export interface Proxy {
  readonly url: URL;
  /** The variable that names it. */
  readonly variable: string;
  /** Its URL for messages: without user and password. */
  readonly title: string;
}

/**
 * The proxy that the environment names for a URL, or undefined: `http_proxy` or `https_proxy` (that of http where there is none for https),
 * else `all_proxy`; not for the hosts of `no_proxy`. Names in capitals count where those in small letters are unset or empty.
 * @throws UserError 78 when it is no URL of an HTTP proxy
 */
export function proxyFor(url: string | URL, env: NodeJS.ProcessEnv = process.env): Proxy | undefined {
  const { protocol, hostname, port } = new URL(url);
  const names =
    protocol === 'https:' ? ['https_proxy', 'http_proxy', 'all_proxy'] : ['http_proxy', 'all_proxy'];
  const variable = names.find((one) => variableOf(env, one) !== '');
  if (
    variable === undefined ||
    isExcepted(hostname, port || defaultPort(protocol), variableOf(env, 'no_proxy'))
  ) {
    return undefined;
  }
  const text = variableOf(env, variable);
  // As curl and apt do: without a scheme it is http.
  const full = text.includes('://') ? text : `http://${text}`;
  const proxy = URL.canParse(full) ? new URL(full) : undefined;
  if (proxy !== undefined && /^https?:$/.test(proxy.protocol)) {
    return { url: proxy, variable, title: `${proxy.protocol}//${proxy.host}` };
  }
  throw new UserError(
    ExitCode.config,
    `the environment's ${variable} is no URL of an HTTP proxy: give http://HOST:PORT, or unset it`,
  );
}

const variableOf = (env: NodeJS.ProcessEnv, name: string): string =>
  (env[name] || env[name.toUpperCase()] || '').trim();

const defaultPort = (protocol: string): string => (protocol === 'https:' ? '443' : '80');

/** Hosts with commas or blanks between, each with all of its subdomains, for one port or any; `*` is all. */
function isExcepted(hostname: string, port: string, list: string): boolean {
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '*') return true;
      const [, host, only] = /^\*?\.?(\[.*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (!host || (only !== undefined && only !== port)) return false;
      const plain = hostname.replace(/^\[|\]$/g, '');
      const wanted = host.replace(/^\[|\]$/g, '');
      return plain === wanted || plain.endsWith(`.${wanted}`);
    });
}

/** Sends each request by the proxy that the environment names for it: redirects may lead from one to another. */
export class EnvironmentAgent extends Dispatcher {
  readonly #agents = new Map<string, Dispatcher>();

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandlers): boolean {
    return this.#agentFor(options.origin!).dispatch({ ...options, ...patience }, handler);
  }

  override async close(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.close()));
  }

  override async destroy(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()));
  }

  #agentFor(origin: string | URL): Dispatcher {
    const proxy = proxyFor(origin);
    const key = proxy?.url.href ?? '';
    const known = this.#agents.get(key);
    if (known !== undefined) return known;
    const agent =
      proxy === undefined
        ? new Agent({ connect })
        : // Plain http is not tunneled: many proxies allow CONNECT to port 443 alone.
          new ProxyAgent({ uri: key, proxyTunnel: false, proxyTls: connect, requestTls: connect });
    this.#agents.set(key, agent);
    return agent;
  }
}
