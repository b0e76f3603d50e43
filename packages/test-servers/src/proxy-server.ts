import { httpProxy } from './http-proxy.ts';
import { listenOnLoopback, type ListenOptions, type LoopbackServer } from './loopback-server.ts';
import { ProxyBook, type ProxyTraffic } from './proxy-book.ts';
import { socksProxy } from './socks-proxy.ts';

/** What kind of proxy, whom it lets in, and what the names it is asked for mean. */
export interface ProxyServerOptions extends ListenOptions {
  /** `http`: CONNECT and absolute form. `socks5`: RFC 1928 with RFC 1929. */
  readonly kind: 'http' | 'socks5';
  /** Passwords by user; absent: everybody is let in. */
  readonly users?: Readonly<Record<string, string>> | undefined;
  /** Addresses by host name, for names that only the proxy knows: `{ 'inside.test': '127.0.0.1' }`. */
  readonly hosts?: Readonly<Record<string, string>> | undefined;
}

/** A real forward proxy. */
export interface ProxyServer extends LoopbackServer {
  readonly traffic: ProxyTraffic;
}

/** Starts one. Its `url()` names no user. */
export async function proxyServer(options: ProxyServerOptions): Promise<ProxyServer> {
  const book = new ProxyBook(options.users, options.hosts);
  const server = options.kind === 'http' ? httpProxy(book) : socksProxy(book);
  server.once('close', () => {
    book.close();
  });
  const listening = await listenOnLoopback(server, options.kind, options);
  return Object.assign(listening, { traffic: book });
}
