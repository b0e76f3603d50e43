import type { BackendContext, Clock, Request } from '@netaccess/core';
import { networkFailure } from '@netaccess/transport';

import { systemClock } from './clock.ts';
import { ConnectionGroup, type PoolTerms } from './connection-group.ts';
import type { Http1Connection } from './http1-connection.ts';
import { RouteFinder } from './route.ts';
import { Ticket } from './ticket.ts';

/** Qt's number. */
export const CONNECTIONS_PER_ROUTE = 6;
/** Qt's time. */
export const IDLE_EXPIRY_MILLISECONDS = 120_000;
/** Routes that are remembered without a connection, for the sake of their TLS sessions. */
export const EMPTY_ROUTES = 256;

/** What timers take; later sweeps are put off when it is over. */
const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1;

/** How a pool keeps its connections. */
export interface PoolOptions {
  /** Connections per route (scheme, host, port, proxies, TLS options, socket) at one time; default 6. */
  readonly connections?: number | undefined;
  /** Milliseconds for which an idle connection is kept; default 120 s. */
  readonly idleExpiry?: number | undefined;
  /** Default: the system's, which keeps no process alive. */
  readonly clock?: Clock | undefined;
}

/** All connections of one factory. */
export class Pool implements PoolTerms {
  readonly clock: Clock;
  readonly connections: number;
  readonly idleMilliseconds: number;
  readonly #routes = new RouteFinder();
  readonly #groups = new Map<string, ConnectionGroup>();
  #lastId = 0;
  #sweepAt = Infinity;
  #cancelSweep: (() => void) | undefined;
  #closed = false;

  constructor({ connections, idleExpiry, clock }: PoolOptions = {}) {
    this.clock = clock ?? systemClock;
    this.connections = connections ?? CONNECTIONS_PER_ROUTE;
    if (!(this.connections >= 1))
      throw new RangeError(`a pool of ${connections} connections serves nobody`);
    this.idleMilliseconds = idleExpiry ?? IDLE_EXPIRY_MILLISECONDS;
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** A connection, or a ticket for one. `fresh`: one that nobody used before. */
  take(
    request: Request,
    context: BackendContext,
    { origin, fresh }: { readonly origin: string; readonly fresh: boolean },
  ): Http1Connection | Ticket {
    const group = this.#group(request, context, origin);
    const kept = fresh ? undefined : group.takeIdle(request.attributes.mayExceedPool ?? false);
    if (kept !== undefined) {
      kept.wantedIdleMilliseconds = request.attributes.connectionIdleExpiry;
      return kept;
    }
    const ticket = new Ticket(request, fresh);
    group.enqueue(ticket);
    return ticket;
  }

  async preconnect(request: Request, context: BackendContext, origin: string): Promise<void> {
    const ticket = new Ticket(request, false);
    const cancel = (): void => ticket.cancel();
    request.signal?.addEventListener('abort', cancel);
    try {
      await this.#group(request, context, origin).preconnect(ticket);
    } finally {
      request.signal?.removeEventListener('abort', cancel);
    }
  }

  /** Closes idle connections now, and those in use when they are free. */
  async clear(): Promise<void> {
    await Promise.all([...this.#groups.values()].map((group) => group.clear()));
    for (const [key, group] of this.#groups) if (group.empty) this.#groups.delete(key);
    if (this.#groups.size === 0) this.#stopSweeping();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopSweeping();
    const reason = networkFailure('operation-canceled', 'the backend was closed');
    await Promise.all([...this.#groups.values()].map((group) => group.close(reason)));
    this.#groups.clear();
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

  #group(request: Request, context: BackendContext, origin: string): ConnectionGroup {
    if (this.#closed) throw networkFailure('operation-canceled', 'the backend was closed');
    const key = this.#routes.key(request, origin, context);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group = new ConnectionGroup(this.#routes.find(request, key, context), this);
    this.#groups.set(key, group);
    if (this.#groups.size > EMPTY_ROUTES) this.#forgetEmpty();
    return group;
  }

  /** Half of them, the oldest first, so that the next few routes need not look again. */
  #forgetEmpty(): void {
    let kept = this.#groups.size;
    for (const [key, group] of this.#groups) {
      if (kept <= EMPTY_ROUTES / 2) return;
      if (!group.empty) continue;
      this.#groups.delete(key);
      kept -= 1;
    }
  }
}
