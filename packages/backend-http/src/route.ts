import { Buffer } from 'node:buffer';

import type { BackendContext, Request } from '@netaccess/core';
import {
  networkFailure,
  type Connector,
  type SessionSlot,
  type Target,
  type TlsOptions,
  type TlsProvider,
} from '@netaccess/transport';

/** Where a connection leads and how. Two requests may share one only if all of it is the same. */
export interface Route {
  /** Equal for equal routes: scheme, host, port, unix socket, proxies with their credentials, TLS options by content, and who provides. */
  readonly key: string;
  readonly target: Target;
  readonly proxies: readonly URL[];
  readonly connector: Connector;
  /** Absent: in clear. */
  readonly protection: Protection | undefined;
}

/** How the channels of a route are secured. */
export interface Protection {
  readonly provider: TlsProvider;
  readonly options: TlsOptions;
  readonly session: SessionSlot;
}

/** Tickets of one route that are kept: a server may send several, and each serves once. */
const KEPT_SESSIONS = 4;

/** Tells routes apart. Belongs to one factory. */
export class RouteFinder {
  readonly #identities = new WeakMap<object, number>();
  readonly #contents = new WeakMap<TlsOptions, string>();
  #lastIdentity = 0;

  /** The key alone: most requests find their connections by it. */
  key(request: Request, origin: string, { resources, security, proxies }: BackendContext): string {
    const { unixSocket, tls } = request.originAttributes;
    let key = `${origin} ${this.#identity(resources.connector)}`;
    if (isSecure(request.url))
      key += ` ${this.#identity(security.tls)} ${tls === undefined ? '' : this.#content(tls)}`;
    if (unixSocket !== undefined) return `${key} unix ${unixSocket}`;
    for (const proxy of proxies) key += ` ${proxy.href}`;
    return key;
  }

  /** Throws when what the route needs was not lent. */
  find(request: Request, key: string, context: BackendContext): Route {
    const { url, originAttributes } = request;
    const { connector } = context.resources;
    if (connector === undefined) throw missing('a connector', '"connector" among its resources');
    const { unixSocket } = originAttributes;
    return {
      key,
      target: unixSocket === undefined ? hostTarget(url) : { path: unixSocket },
      proxies: unixSocket === undefined ? context.proxies : [],
      connector,
      protection: isSecure(url) ? protectionOf(request, context) : undefined,
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

  /** Options are values: callers do not change them once they are in use, so each object is written out once. */
  #content(options: TlsOptions): string {
    const known = this.#contents.get(options);
    if (known !== undefined) return known;
    const session = this.#identity(options.session);
    const content = JSON.stringify(
      { ...options, signal: undefined, timeout: undefined, session },
      (_name, value: unknown) => {
        if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
        // What a function does is not known: only the same one does the same.
        return typeof value === 'function' ? this.#identity(value) : value;
      },
    );
    this.#contents.set(options, content);
    return content;
  }
}

function isSecure(url: URL): boolean {
  return url.protocol === 'https:';
}

function hostTarget(url: URL): Target {
  const { hostname } = url;
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return { host, port: url.port === '' ? (isSecure(url) ? 443 : 80) : Number(url.port) };
}

function protectionOf(request: Request, { security }: BackendContext): Protection {
  if (security.tls === undefined)
    throw missing('a TLS provider', '"tls" in its security resources');
  const { tls = {} } = request.originAttributes;
  const { hostname } = request.url;
  const serverName =
    tls.serverName ?? (hostname.startsWith('[') ? hostname.slice(1, -1) : hostname);
  const options = { ...tls, serverName, alpn: ['http/1.1'] };
  return { provider: security.tls, options, session: tls.session ?? sessionSlot() };
}

/** The last tickets of a route; the newest is taken first. */
function sessionSlot(): SessionSlot {
  const sessions: Uint8Array[] = [];
  return {
    take: () => sessions.pop(),
    put(session) {
      sessions.push(session);
      if (sessions.length > KEPT_SESSIONS) sessions.shift();
    },
  };
}

function missing(what: string, where: string): Error {
  return networkFailure(
    'protocol-invalid-operation',
    `http was lent no ${what.replace(/^an? /, '')}: the manager needs ${where}`,
  );
}
