import type { BackendContext, Clock, Request } from '@netaccess/core';

import { systemClock } from './clock.ts';
import { ConnectionGroup, type PoolTerms } from './connection-group.ts';
import { closedFailure } from './reply-error.ts';
import { RouteFinder } from './route.ts';
import { Ticket } from './ticket.ts';

/** Many servers allow few connections from one address. */
export const CONNECTIONS_PER_ROUTE = 2;
/** How long an idle connection is kept. */
export const IDLE_EXPIRY_MILLISECONDS = 120_000;
/** How often an idle connection says NOOP, so that neither the server nor what is on the way forgets it. */
export const ALIVE_INTERVAL_MILLISECONDS = 30_000;

/** How connections are kept. */
export interface PoolOptions {
  /** Connections per server and login (and proxies, TLS options, socket) at one time; default 2. */
  readonly connections?: number | undefined;
  /** Milliseconds for which an idle connection is kept; default 120 s. */
  readonly idleExpiry?: number | undefined;
  /** Default: the system's, which keeps no process alive. */
  readonly clock?: Clock | undefined;
}

/** All control connections of one factory. */
export class Pool implements PoolTerms {
  readonly clock: Clock;
  readonly connections: number;
  readonly idleMilliseconds: number;
  readonly aliveMilliseconds: number = ALIVE_INTERVAL_MILLISECONDS;
  readonly #routes = new RouteFinder();
  readonly #groups = new Map<string, ConnectionGroup>();
  #lastId = 0;
  #cancelTending: (() => void) | undefined;
  #closed = false;

  constructor({ connections, idleExpiry, clock }: PoolOptions = {}) {
    this.clock = clock ?? systemClock;
    this.connections = connections ?? CONNECTIONS_PER_ROUTE;
    this.idleMilliseconds = idleExpiry ?? IDLE_EXPIRY_MILLISECONDS;
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** The group that the request's connection is of, and its place there. `fresh`: only a new connection will do. */
  take(request: Request, context: BackendContext, fresh: boolean): PoolPlace {
    const group = this.#group(request, context);
    const ticket = new Ticket(request, fresh);
    group.enqueue(ticket);
    return { group, ticket };
  }

  async preconnect(request: Request, context: BackendContext): Promise<void> {
    const ticket = new Ticket(request, false);
    const cancel = (): void => ticket.cancel();
    request.signal?.addEventListener('abort', cancel);
    try {
      await this.#group(request, context).preconnect(ticket);
    } finally {
      request.signal?.removeEventListener('abort', cancel);
    }
  }

  /** Closes idle connections now, and those in use when they are free. */
  async clear(): Promise<void> {
    await Promise.all([...this.#groups.values()].map((group) => group.clear()));
    this.#forgetEmpty();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTending?.();
    await Promise.all([...this.#groups.values()].map((group) => group.close(closedFailure())));
    this.#groups.clear();
  }

  wentIdle(): void {
    if (this.#cancelTending !== undefined || this.#closed) return;
    const interval = Math.min(this.aliveMilliseconds, this.idleMilliseconds);
    this.#cancelTending = this.clock.schedule(() => this.#tend(), interval);
  }

  #tend(): void {
    this.#cancelTending = undefined;
    const now = this.clock.now();
    for (const group of this.#groups.values()) group.tend(now);
    this.#forgetEmpty();
    if ([...this.#groups.values()].some(({ idle }) => idle > 0)) this.wentIdle();
  }

  #forgetEmpty(): void {
    for (const [key, group] of this.#groups) if (group.empty) this.#groups.delete(key);
  }

  #group(request: Request, context: BackendContext): ConnectionGroup {
    if (this.#closed) throw closedFailure();
    const route = this.#routes.find(request, context);
    const known = this.#groups.get(route.key);
    if (known !== undefined) return known;
    const group = new ConnectionGroup(route, this);
    this.#groups.set(route.key, group);
    return group;
  }
}

/** Where somebody waits for a connection. */
export interface PoolPlace {
  readonly group: ConnectionGroup;
  readonly ticket: Ticket;
}
