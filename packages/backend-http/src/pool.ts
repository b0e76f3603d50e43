import type { BackendContext, Clock, Request } from '@netaccess/core';
import { networkFailure, type Channel, type TlsOptions } from '@netaccess/transport';

import { systemClock } from './clock.ts';
import { coalesced } from './coalescing.ts';
import { ConnectionGroup, type PoolTerms } from './connection-group.ts';
import type { Connection, SharedConnection } from './connection.ts';
import {
  completeHttp2Options,
  type CompleteHttp2Options,
  type Http2Options,
} from './h2/http2-options.ts';
import { RouteFinder, type Route, type RouteTerms } from './route.ts';
import { Ticket } from './ticket.ts';
import { versionChoice, type VersionChoice, type VersionRules } from './version-choice.ts';

/** Qt's number. */
export const CONNECTIONS_PER_ROUTE = 6;
/** Qt's time. */
export const IDLE_EXPIRY_MILLISECONDS = 120_000;
/** Routes that are remembered without a connection, for the sake of their TLS sessions. */
export const EMPTY_ROUTES = 256;

/** What timers take; later sweeps are put off when it is over. */
const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1;

/** How HTTP/2 connections behave, and how they are kept. */
export interface Http2PoolOptions extends Http2Options {
  /** HTTP/2 connections per route at one time. A further one is opened when no other has room for one more request; default 1. */
  readonly connections?: number | undefined;
  /**
   * A connection may carry requests to another origin whose host has the same address and stands in the same certificate (RFC 9113 §9.1.1),
   * unless anything else differs. Default: false.
   */
  readonly coalescing?: boolean | undefined;
}

/** How a pool keeps its connections, and which versions of HTTP they speak where a request does not say. */
export interface PoolOptions extends VersionRules {
  /** Connections per route (scheme, host, port, proxies, TLS options, socket) at one time; default 6. */
  readonly connections?: number | undefined;
  /** Milliseconds for which an idle connection is kept; default 120 s. */
  readonly idleExpiry?: number | undefined;
  readonly http2?: Http2PoolOptions | undefined;
  /** Default: the system's, which keeps no process alive. */
  readonly clock?: Clock | undefined;
}

/** What a request asks of its pool. */
export interface Taking {
  readonly origin: string;
  readonly bodiless: boolean;
  /** A connection that nobody used before. */
  readonly fresh?: boolean | undefined;
  /** Over what the request and the pool's rules say. */
  readonly choice?: VersionChoice | undefined;
  /** None that belongs to another origin. */
  readonly own?: boolean | undefined;
}

/** Where the last request went, by what said so. Most requests go where the one before went. */
interface LastTaken {
  readonly group: ConnectionGroup;
  readonly unixSocket: string | undefined;
  readonly tls: TlsOptions | undefined;
  readonly asked: RouteTerms;
}

/** All connections of one factory. */
export class Pool implements PoolTerms {
  readonly clock: Clock;
  readonly connections: number;
  readonly idleMilliseconds: number;
  readonly http2: CompleteHttp2Options;
  readonly http2Connections: number;
  readonly #rules: VersionRules;
  readonly #coalescing: boolean;
  readonly #routes = new RouteFinder();
  readonly #groups = new Map<string, ConnectionGroup>();
  #last: LastTaken | undefined;
  #lastId = 0;
  #sweepAt = Infinity;
  #cancelSweep: (() => void) | undefined;
  #closed = false;

  constructor(options: PoolOptions = {}) {
    const { connections: http2Connections, coalescing, ...http2 } = options.http2 ?? {};
    this.#coalescing = coalescing ?? false;
    this.clock = options.clock ?? systemClock;
    this.connections = atLeastOne(options.connections ?? CONNECTIONS_PER_ROUTE);
    this.http2Connections = atLeastOne(http2Connections ?? 1);
    this.http2 = completeHttp2Options(http2);
    this.idleMilliseconds = options.idleExpiry ?? IDLE_EXPIRY_MILLISECONDS;
    this.#rules = options;
  }

  readonly nextId = (): number => {
    this.#lastId += 1;
    return this.#lastId;
  };

  /** A connection, or a ticket for one. */
  take(request: Request, context: BackendContext, taking: Taking): Connection | Ticket {
    const group = this.#group(request, context, taking);
    const { fresh = false, bodiless, own } = taking;
    const mayExceed = request.attributes.mayExceedPool ?? false;
    const wish = { fresh, bodiless, mayExceed, own };
    const kept = group.take(wish);
    if (kept !== undefined) {
      kept.wantedIdleMilliseconds = request.attributes.connectionIdleExpiry;
      return kept;
    }
    const ticket = new Ticket(request, wish);
    group.enqueue(ticket);
    return ticket;
  }

  async preconnect(request: Request, context: BackendContext, origin: string): Promise<void> {
    // It sends nothing, so it asks nothing either.
    const wish = { fresh: false, mayExceed: false, bodiless: false };
    const ticket = new Ticket(request, wish);
    const cancel = (): void => ticket.cancel();
    request.signal?.addEventListener('abort', cancel);
    try {
      await this.#group(request, context, { origin, ...wish }).preconnect(ticket);
    } finally {
      request.signal?.removeEventListener('abort', cancel);
    }
  }

  /** Closes idle connections now, and those in use when they are free. */
  async clear(): Promise<void> {
    await Promise.all([...this.#groups.values()].map((group) => group.clear()));
    for (const [key, group] of this.#groups) if (group.empty) this.#groups.delete(key);
    this.#last = undefined;
    if (this.#groups.size === 0) this.#stopSweeping();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopSweeping();
    const reason = networkFailure('operation-canceled', 'the backend was closed');
    await Promise.all([...this.#groups.values()].map((group) => group.close(reason)));
    this.#groups.clear();
  }

  coalesce(route: Route, channel: Channel): SharedConnection | undefined {
    return this.#coalescing ? coalesced(this.#groups.values(), route, channel) : undefined;
  }

  wentIdle(milliseconds: number): void {
    const at = this.clock.now() + milliseconds;
    if (at >= this.#sweepAt || this.#closed) return;
    this.#stopSweeping();
    this.#sweepAt = at;
    const delay = Math.min(milliseconds, LONGEST_TIMER_MILLISECONDS);
    this.#cancelSweep = this.clock.schedule(() => this.#sweep(), delay);
  }

  #stopSweeping(): void {
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
    this.#sweepAt = Infinity;
  }

  #sweep(): void {
    this.#stopSweeping();
    const now = this.clock.now();
    let next = Infinity;
    for (const group of this.#groups.values()) next = Math.min(next, group.expire(now));
    if (next < Infinity) this.wentIdle(next);
  }

  #group(
    request: Request,
    context: BackendContext,
    { origin, choice = versionChoice(request, this.#rules) }: Taking,
  ): ConnectionGroup {
    if (this.#closed) throw networkFailure('operation-canceled', 'the backend was closed');
    const asked = { origin, choice, context };
    const last = this.#last;
    if (last !== undefined && isSameWay(last, request, asked)) return last.group;
    const key = this.#routes.key(request, asked);
    const group = this.#groups.get(key) ?? this.#newGroup(request, key, asked);
    const { unixSocket, tls } = request.originAttributes;
    this.#last = context.proxies.length > 0 ? undefined : { group, unixSocket, tls, asked };
    return group;
  }

  #newGroup(request: Request, key: string, asked: RouteTerms): ConnectionGroup {
    const group = new ConnectionGroup(this.#routes.find(request, key, asked), this);
    this.#groups.set(key, group);
    if (this.#groups.size > EMPTY_ROUTES) this.#forgetEmpty();
    return group;
  }

  /** Half of them, the oldest first, so that the next few routes need not look again. */
  #forgetEmpty(): void {
    let kept = this.#groups.size;
    this.#last = undefined;
    for (const [key, group] of this.#groups) {
      if (kept <= EMPTY_ROUTES / 2) return;
      if (!group.empty) continue;
      this.#groups.delete(key);
      kept -= 1;
    }
  }
}

/** The same objects and the same origin make the same key, which need not be written out again. */
function isSameWay(last: LastTaken, request: Request, asked: RouteTerms): boolean {
  const { origin, choice, context } = last.asked;
  return (
    origin === asked.origin &&
    choice === asked.choice &&
    last.unixSocket === request.originAttributes.unixSocket &&
    last.tls === request.originAttributes.tls &&
    context.resources.connector === asked.context.resources.connector &&
    context.security.tls === asked.context.security.tls &&
    asked.context.proxies.length === 0
  );
}

function atLeastOne(connections: number): number {
  if (connections >= 1) return connections;
  throw new RangeError(`a pool of ${connections} connections serves nobody`);
}
