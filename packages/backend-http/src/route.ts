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

import { offers, type VersionChoice } from './version-choice.ts';

/** Where a connection leads and how. Two requests may share one only if all of it is the same. */
export interface Route {
  /** Equal for equal routes: scheme, host, port, version, unix socket, proxies with their credentials, TLS options by content, and who provides. */
  readonly key: string;
  /** Equal for routes that differ in their origin alone; absent where connections are for one origin only. */
  readonly kin: string | undefined;
  /** Scheme and authority. */
  readonly origin: string;
  readonly choice: VersionChoice;
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

/** What a route is found by, beside the request. */
export interface RouteTerms {
  readonly origin: string;
  readonly choice: VersionChoice;
  readonly context: BackendContext;
}

/** Tickets of one route that are kept: a server may send several, and each serves once. */
const KEPT_SESSIONS = 4;

/** Tells routes apart. Belongs to one factory. */
export class RouteFinder {
  readonly #identities = new WeakMap<object, number>();
  readonly #contents = new WeakMap<TlsOptions, string>();
  #lastIdentity = 0;

  /** The key alone: most requests find their connections by it. */
  key(request: Request, { origin, choice, context }: RouteTerms): string {
    const { resources, security, proxies } = context;
    const { unixSocket, tls } = request.originAttributes;
    let key = `${origin} ${choice} ${this.#identity(resources.connector)}`;
    if (isSecure(request.url))
      key += ` ${this.#identity(security.tls)} ${tls === undefined ? '' : this.#content(tls)}`;
    if (unixSocket !== undefined) return `${key} unix ${unixSocket}`;
    for (const proxy of proxies) key += ` ${proxy.href}`;
    return key;
  }

  /** Throws when what the route needs was not lent. */
  find(request: Request, key: string, { origin, choice, context }: RouteTerms): Route {
    const { url, originAttributes } = request;
    const { connector } = context.resources;
    if (connector === undefined) throw missing('a connector', '"connector" among its resources');
    const { unixSocket } = originAttributes;
    return {
      key,
      kin: isForOneOrigin(request, context) ? undefined : key.slice(origin.length),
      origin,
      choice,
      target: unixSocket === undefined ? hostTarget(url) : { path: unixSocket },
      proxies: unixSocket === undefined ? context.proxies : [],
      connector,
      protection: isSecure(url) ? protectionOf(request, choice, context) : undefined,
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

/** A name that the caller gave the peer says nothing about another one. */
function isForOneOrigin({ url, originAttributes }: Request, { proxies }: BackendContext): boolean {
  const { unixSocket, tls } = originAttributes;
  if (!isSecure(url) || unixSocket !== undefined || proxies.length > 0) return true;
  return tls?.serverName !== undefined;
}

function isSecure(url: URL): boolean {
  return url.protocol === 'https:';
}

function hostTarget(url: URL): Target {
  const { hostname } = url;
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return { host, port: url.port === '' ? (isSecure(url) ? 443 : 80) : Number(url.port) };
}

function protectionOf(
  request: Request,
  choice: VersionChoice,
  { security }: BackendContext,
): Protection {
  if (security.tls === undefined)
    throw missing('a TLS provider', '"tls" in its security resources');
  const { tls = {} } = request.originAttributes;
  const { hostname } = request.url;
  const serverName =
    tls.serverName ?? (hostname.startsWith('[') ? hostname.slice(1, -1) : hostname);
  const options = { ...tls, serverName, alpn: offers[choice] };
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
