import { UsageError } from './options.ts';

/** curl's port for a proxy that names none. */
const defaultPort = '1080';
/** curl's names to ours. A SOCKS5 proxy always resolves the names itself here. */
const schemes: Readonly<Record<string, string>> = {
  http: 'http',
  socks5: 'socks5',
  socks5h: 'socks5',
};

/** `-x`: `[scheme://][user:password@]host[:port]`. */
export function proxyUrl(text: string): URL {
  const [, name = 'http', rest = ''] = /^(?:([a-z\d+.-]+):\/\/)?(.*)$/is.exec(text) ?? [];
  const scheme = schemes[name.toLowerCase()];
  if (scheme === undefined) throw new UsageError(`-x: proxies of "${name}" are not known`);
  const authority = rest.replace(/\/$/, '');
  const port = /:\d+$/.test(authority) ? '' : `:${defaultPort}`;
  try {
    return new URL(`${scheme}://${authority}${port}`);
  } catch {
    throw new UsageError('-x: this is no [scheme://][user:password@]host[:port]');
  }
}
