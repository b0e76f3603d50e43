import type { Clock } from '@netaccess/core';

import type { Connection, ConnectionKeeper } from './connection.ts';
import { Http1Connection } from './http1-connection.ts';
import { openChannel } from './open-channel.ts';
import type { Route } from './route.ts';
import { TicketQueue } from './ticket-queue.ts';
import type { Attempt, Ticket } from './ticket.ts';

/** What all groups of a pool share. */
export interface PoolTerms {
  readonly clock: Clock;
  /** Connections of one route. */
  readonly connections: number;
  readonly idleMilliseconds: number;
  /** The number of the next connection. */
  nextId(): number;
  /** A connection of the group was put aside for at most so long. */
  wentIdle(milliseconds: number): void;
}

/**
 * The connections of one route, and those who wait for one. Whoever waits gets the first that is free: one that somebody else is done
 * with, or one that was opened for it, or for another who has been served meanwhile.
 */
export class ConnectionGroup implements ConnectionKeeper {
  readonly #route: Route;
  readonly #terms: PoolTerms;
  /** Last in, first out: what was used just now is least likely to have been closed. */
  readonly #idle: Connection[] = [];
  readonly #inUse = new Set<Connection>();
  readonly #attempts = new Set<Attempt>();
  /** All who would take a used connection. */
  readonly #waiting = new TicketQueue();
  /** Those for whom no connection is being opened. */
  readonly #queued = new TicketQueue();
  /** Being closed: nothing is closed before the system says so. */
  readonly #leaving = new Set<Promise<void>>();
  /** Connections of an earlier one are closed when they are free. */
  #generation = 0;

  constructor(route: Route, terms: PoolTerms) {
    this.#route = route;
    this.#terms = terms;
  }

  get clock(): Clock {
    return this.#terms.clock;
  }

  /** Nothing is open, being opened, or waited for. */
  get empty(): boolean {
    const inUse = this.#idle.length + this.#busy + this.#queued.size;
    return inUse + this.#leaving.size === 0;
  }

  /** A kept connection that can be used at once. */
  takeIdle(mayExceed: boolean): Connection | undefined {
    if (this.#idle.length === 0 || this.#busy >= this.#terms.connections + Number(mayExceed))
      return undefined;
    const now = this.clock.now();
    for (let kept = this.#idle.pop(); kept !== undefined; kept = this.#idle.pop()) {
      if (kept.open && now - kept.idleSince < kept.idleMilliseconds) {
        kept.setIdle(false);
        this.#inUse.add(kept);
        return kept;
      }
      this.#discard(kept);
    }
    return undefined;
  }

  /** Gives the ticket the next connection that is free, or opens one for it. */
  enqueue(ticket: Ticket): void {
    ticket.onCancel(() => this.#forget(ticket));
    ticket.queued = true;
    this.#queued.add(ticket);
    if (!ticket.fresh) this.#waiting.add(ticket);
    this.#openForQueued();
  }

  /** Opens a connection ahead of use, unless one is there. */
  async preconnect(ticket: Ticket): Promise<void> {
    if (this.#idle.some((kept) => kept.open)) return;
    this.enqueue(ticket);
    const connection = await ticket.connection;
    connection.giveBack();
  }

  released(connection: Connection, idleMilliseconds: number | undefined): void {
    if (!this.#inUse.delete(connection)) return;
    if (idleMilliseconds === undefined || connection.generation !== this.#generation)
      this.#discard(connection);
    else this.#giveOn(connection, idleMilliseconds);
    this.#openForQueued();
  }

  /** Closes idle connections whose time is over. Returns milliseconds until the next one's is; Infinity: none is left. */
  expire(now: number): number {
    let next = Infinity;
    for (const kept of this.#idle.toReversed()) {
      const left = kept.open ? kept.idleMilliseconds - (now - kept.idleSince) : 0;
      if (left > 0) next = Math.min(next, left);
      else this.#dropIdle(kept);
    }
    return next;
  }

  /** Closes idle connections now, and those in use when they are released. */
  async clear(): Promise<void> {
    this.#generation += 1;
    for (const { ticket, abort } of this.#attempts) if (ticket === undefined) abort.abort();
    await Promise.all(this.#idle.splice(0).map((connection) => connection.close()));
  }

  /** Closes everything; whoever waits is told why. */
  async close(reason: Error): Promise<void> {
    const opening = [...this.#attempts].map(({ ticket }) => ticket);
    for (const ticket of [...this.#queued, ...opening]) {
      if (ticket === undefined) continue;
      this.#forget(ticket);
      ticket.reject(reason);
    }
    for (const { abort } of this.#attempts) abort.abort();
    await Promise.all([...this.#inUse].map((connection) => connection.close()));
    await this.clear();
    await Promise.all(this.#leaving);
  }

  get #busy(): number {
    return this.#inUse.size + this.#attempts.size;
  }

  /** Who is next, if there is room for one more. */
  #next(queue: TicketQueue): Ticket | undefined {
    if (queue.size === 0) return undefined;
    const room = this.#terms.connections - this.#busy;
    if (room > 0) return queue.first('anybody');
    return room === 0 ? queue.first('exceeding') : undefined;
  }

  #giveOn(connection: Connection, peerMilliseconds: number): void {
    const ticket = this.#next(this.#waiting);
    if (ticket !== undefined) {
      this.#serve(ticket, connection);
      return;
    }
    const own = connection.wantedIdleMilliseconds ?? this.#terms.idleMilliseconds;
    this.#putAside(connection, Math.min(peerMilliseconds, own));
  }

  #putAside(connection: Connection, idleMilliseconds: number): void {
    if (!(idleMilliseconds > 0)) {
      this.#discard(connection);
      return;
    }
    connection.kept = true;
    connection.idleSince = this.clock.now();
    connection.idleMilliseconds = idleMilliseconds;
    connection.setIdle(true);
    this.#idle.push(connection);
    this.#terms.wentIdle(idleMilliseconds);
  }

  #serve(ticket: Ticket, connection: Connection): void {
    const { attempt } = ticket;
    this.#leaveQueues(ticket);
    ticket.attempt = undefined;
    // What was being opened for somebody who has a connection now is for the next in line.
    if (attempt !== undefined) this.#assign(attempt, this.#queued.first('anybody'));
    this.#inUse.add(connection);
    connection.wantedIdleMilliseconds = ticket.idleMilliseconds;
    ticket.resolve(connection);
  }

  #assign(attempt: Attempt, ticket: Ticket | undefined): void {
    attempt.ticket = ticket;
    if (ticket === undefined) return;
    this.#queued.delete(ticket);
    ticket.queued = false;
    ticket.attempt = attempt;
  }

  #leaveQueues(ticket: Ticket): void {
    ticket.queued = false;
    this.#queued.delete(ticket);
    this.#waiting.delete(ticket);
  }

  #forget(ticket: Ticket): void {
    this.#leaveQueues(ticket);
    if (ticket.attempt === undefined) return;
    ticket.attempt.ticket = undefined;
    ticket.attempt.abort.abort();
    ticket.attempt = undefined;
  }

  #openForQueued(): void {
    for (
      let ticket = this.#next(this.#queued);
      ticket !== undefined;
      ticket = this.#next(this.#queued)
    ) {
      const attempt = { ticket, abort: new AbortController(), generation: this.#generation };
      this.#makeRoom(ticket);
      this.#assign(attempt, ticket);
      this.#attempts.add(attempt);
      void this.#open(attempt, ticket);
    }
  }

  /** A connection that only idles makes room for one that is needed. */
  #makeRoom(ticket: Ticket): void {
    const [oldest] = this.#idle;
    const limit = this.#terms.connections + Number(ticket.mayExceed);
    if (oldest !== undefined && this.#busy + this.#idle.length >= limit) this.#dropIdle(oldest);
  }

  #discard(connection: Connection): void {
    const leaving = connection.close();
    this.#leaving.add(leaving);
    void leaving.finally(() => this.#leaving.delete(leaving));
  }

  #dropIdle(connection: Connection): void {
    this.#idle.splice(this.#idle.indexOf(connection), 1);
    this.#discard(connection);
  }

  async #open(attempt: Attempt, ticket: Ticket): Promise<void> {
    try {
      const opened = await openChannel(this.#route, {
        signal: attempt.abort.signal,
        timeoutMilliseconds: ticket.connectMilliseconds,
        proxyCredentials: ticket.proxyCredentials,
      });
      this.#attempts.delete(attempt);
      this.#opened(new Http1Connection(opened, this, this.#terms.nextId()), attempt);
    } catch (error) {
      this.#attempts.delete(attempt);
      this.#failed(error, attempt, ticket);
    }
    this.#openForQueued();
  }

  #opened(connection: Connection, { ticket, abort, generation }: Attempt): void {
    connection.generation = generation;
    if (abort.signal.aborted) this.#discard(connection);
    else if (ticket === undefined) this.#giveOn(connection, Infinity);
    else {
      ticket.attempt = undefined;
      this.#serve(ticket, connection);
    }
  }

  /** `first` is who it was opened for: time limits and proxy credentials were its own, and so is the failure. */
  #failed(error: unknown, { ticket }: Attempt, first: Ticket): void {
    if (ticket === undefined) return;
    ticket.attempt = undefined;
    if (ticket !== first) {
      ticket.queued = true;
      this.#queued.add(ticket);
      return;
    }
    this.#leaveQueues(ticket);
    ticket.reject(error);
  }
}
