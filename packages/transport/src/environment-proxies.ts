import { parseAddress, sharePrefix } from './ip-address.ts';
import { networkFailure } from './network-failure.ts';
import { unbracketed } from './target.ts';

/** The names that `environmentProxies` looks at; `process.env` is one. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** curl's own, for every proxy whose value names none. */
const DEFAULT_PROXY_PORT = 1080;

/** What a URL means that names no port; other schemes have to name one to be met by a `no_proxy` entry with a port. */
const defaultPorts: Readonly<Record<string, string>> = {
  'http:': '80',
  'https:': '443',
  'ws:': '80',
  'wss:': '443',
  'ftp:': '21',
  'ftps:': '990',
};

/**
 * The proxy for a URL by curl's rules, at most one: `SCHEME_proxy`, then `SCHEME_PROXY` (never for http: a server program's
 * `HTTP_PROXY` is set by its caller's `Proxy` header), then `all_proxy`, `ALL_PROXY`; empty means unset. Hosts of `no_proxy` are
 * exempt, and as in curl no others, not even loopback. The function throws for a value that is no URL.
 */
export function environmentProxies(environment: Environment): (url: URL) => readonly URL[] {
  const exempt = exemptions(environment['no_proxy'] || environment['NO_PROXY'] || '');
  const parsed = new Map<string, URL>();
  return (url) => {
    const found = variableFor(url.protocol.slice(0, -1), environment);
    if (found === undefined || url.hostname === '' || exempt(url)) return [];
    const proxy = parsed.get(found.value) ?? proxyUrl(found);
    parsed.set(found.value, proxy);
    return [proxy];
  };
}

interface Variable {
  readonly name: string;
  readonly value: string;
}

function variableFor(scheme: string, environment: Environment): Variable | undefined {
  const names = [`${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`, 'all_proxy', 'ALL_PROXY'];
  for (const name of names) {
    const value = environment[name];
    if (value && name !== 'HTTP_PROXY') return { name, value };
  }
  return undefined;
}

/** Without a scheme it is an HTTP proxy. `URL` drops port 80, so whether one was named is seen in the text. */
function proxyUrl({ name, value }: Variable): URL {
  const text = /^[a-z][a-z\d+.-]*:\/\//iu.test(value) ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '') {
    throw networkFailure('unknown-proxy', `the environment variable ${name} holds no proxy's URL`);
  }
  const [, authority = ''] = /^[^:]+:\/\/(?:[^/?#]*@)?(?<authority>[^/?#]*)/u.exec(text) ?? [];
  if (!/:\d+$/u.test(authority) && url.protocol !== 'https:') url.port = String(DEFAULT_PROXY_PORT);
  return url;
}

type Exemption = (host: string, port: string) => boolean;

/** `no_proxy`: names with all that is below them, addresses, CIDR ranges, each with a port or without, or `*`. */
function exemptions(list: string): (url: URL) => boolean {
  const all = list
    .split(/[\s,]+/u)
    .filter((entry) => entry !== '')
    .map((entry) => exemption(entry));
  return (url) => {
    const host = withoutDots(unbracketed(url.hostname).toLowerCase());
    const port = url.port || (defaultPorts[url.protocol] ?? '');
    return all.some((matches) => matches(host, port));
  };
}

function exemption(entry: string): Exemption {
  if (entry === '*') return () => true;
  const bracketed = /^\[(?<inside>[^\]]*)\](?::(?<port>\d+))?$/u.exec(entry)?.groups;
  const named = /^(?<inside>[^:]*):(?<port>\d+)$/u.exec(entry)?.groups;
  const { inside = entry, port } = bracketed ?? named ?? {};
  const matches = addresses(inside) ?? namesBelow(inside);
  return (host, hostPort) => (port === undefined || port === hostPort) && matches(host);
}

function addresses(entry: string): ((host: string) => boolean) | undefined {
  const [text = '', bits] = entry.split('/');
  const network = parseAddress(text);
  if (network === undefined) return undefined;
  const longest = network.bytes.length * 8;
  const length = bits === undefined ? longest : Number(bits);
  if (bits === '' || !Number.isInteger(length) || length < 0 || length > longest)
    return () => false;
  return (host) => {
    const address = parseAddress(host);
    return address !== undefined && sharePrefix(network, address, length);
  };
}

function namesBelow(entry: string): (host: string) => boolean {
  const name = withoutDots(entry.toLowerCase().replace(/^\.+/u, ''));
  return (host) => name !== '' && (host === name || host.endsWith(`.${name}`));
}

function withoutDots(name: string): string {
  return name.replace(/\.+$/u, '');
}
