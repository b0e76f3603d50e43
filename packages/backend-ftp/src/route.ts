import { Buffer } from 'node:buffer';

import type { BackendContext, Request } from '@netaccess/core';
import type { Connector, Target, TlsOptions, TlsProvider } from '@netaccess/transport';

import type { FtpSecurity } from './attributes.ts';
import type { Login } from './ftp-url.ts';
import { requestLogin } from './login.ts';
import { ftpFailure } from './reply-error.ts';

const CONTROL_PORT = 21;
/** Of TLS from the first byte, which RFC 4217 does not know and many servers have. */
const IMPLICIT_PORT = 990;

/** Where a control connection leads, how, and as whom. Two requests may share one only if all of it is the same. */
export interface Route {
  readonly key: string;
  readonly target: Target;
  readonly proxies: readonly URL[];
  readonly connector: Connector;
  readonly security: FtpSecurity | 'implicit';
  /** Absent: nobody can secure a channel. */
  readonly provider: TlsProvider | undefined;
  readonly tlsOptions: TlsOptions;
  readonly login: Login;
  /** "ftp host:port", for messages. */
  readonly name: string;
}

/** Tells routes apart. Belongs to one factory. */
export class RouteFinder {
  readonly #identities = new WeakMap<object, number>();
  #lastIdentity = 0;

  /** Throws when what the route needs was not lent, and for a login that no command can carry. */
  find(request: Request, context: BackendContext): Route {
    const { connector } = context.resources;
    if (connector === undefined) throw missing('connector', '"connector" among its resources');
    const { unixSocket, tls = {} } = request.originAttributes;
    const security = securityOf(request, context);
    const target = unixSocket === undefined ? hostTarget(request.url) : { path: unixSocket };
    const proxies = unixSocket === undefined ? context.proxies : [];
    const provider = security === 'off' ? undefined : context.security.tls;
    const { host } = hostTarget(request.url);
    const tlsOptions = { ...tls, serverName: tls.serverName ?? host, alpn: undefined };
    const login = requestLogin(request);
    const facts = [
      [request.url.protocol, target, security, login, proxies.map((proxy) => proxy.href)],
      [this.#identity(connector), this.#identity(provider), this.#content(tlsOptions)],
    ];
    return {
      key: JSON.stringify(facts),
      target,
      proxies,
      connector,
      security: provider === undefined && security === 'opportunistic' ? 'off' : security,
      provider,
      tlsOptions,
      login,
      name: unixSocket ?? `${request.url.protocol}//${request.url.host}`,
    };
  }

  #identity(thing: object | undefined): number {
    if (thing === undefined) return 0;
    const known = this.#identities.get(thing);
    if (known !== undefined) return known;
    this.#lastIdentity += 1;
    this.#identities.set(thing, this.#lastIdentity);
    return this.#lastIdentity;
  }

  #content(options: TlsOptions): string {
    const session = this.#identity(options.session);
    return JSON.stringify(
      { ...options, signal: undefined, timeout: undefined, session },
      (_name, value: unknown) => {
        if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
        // What a function does is not known: only the same one does the same.
        return typeof value === 'function' ? this.#identity(value) : value;
      },
    );
  }
}

function securityOf({ url, attributes }: Request, { security }: BackendContext): Route['security'] {
  const wanted =
    url.protocol === 'ftps:' ? 'implicit' : (attributes.ftpSecurity ?? 'opportunistic');
  const needsTls = wanted === 'implicit' || wanted === 'required';
  if (needsTls && security.tls === undefined) {
    throw missing('TLS provider', '"tls" in its security resources');
  }
  return wanted;
}

function hostTarget({ hostname, port, protocol }: URL): { host: string; port: number } {
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  const usual = protocol === 'ftps:' ? IMPLICIT_PORT : CONTROL_PORT;
  return { host, port: port === '' ? usual : Number(port) };
}

function missing(what: string, where: string): Error {
  return ftpFailure(
    'protocol-invalid-operation',
    `ftp was lent no ${what}: the manager needs ${where}`,
  );
}
