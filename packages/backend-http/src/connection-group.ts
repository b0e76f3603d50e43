import type { Clock } from '@netaccess/core';

import type { Priority } from './attributes.ts';
import { Http1Connection, type ConnectionKeeper } from './http1-connection.ts';
import { openChannel } from './open-channel.ts';
import type { Route } from './route.ts';
import type { Ticket } from './ticket.ts';

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

/** A connection that is being opened, for a ticket, or for whoever comes when it is done. */
interface Attempt {
  ticket: Ticket | undefined;
  readonly abort: AbortController;
  readonly generation: number;
}

const priorities: readonly Priority[] = ['high', 'normal', 'low'];

/** The connections of one route, and those who wait for one. */
export class ConnectionGroup implements ConnectionKeeper {
  readonly route: Route;
  readonly #terms: PoolTerms;
  /** Last in, first out: what was used just now is least likely to have been closed. */
  readonly #idle: Http1Connection[] = [];
  readonly #inUse = new Set<Http1Connection>();
  readonly #attempts = new Set<Attempt>();
  /** Those for whom a connection is being opened, and those for whom none is. */
  readonly #connecting: Record<Priority, Set<Ticket>> = emptyQueues();
  readonly #queued: Record<Priority, Set<Ticket>> = emptyQueues();
  #queuedTickets = 0;
  #generation = 0;
  readonly #generations = new WeakMap<Http1Connection, number>();

  constructor(route: Route, terms: PoolTerms) {
    this.route = route;
    this.#terms = terms;
  }

  get clock(): Clock {
    return this.#terms.clock;
  }

  /** Nothing is open, being opened, or waited for. */
  get empty(): boolean {
    return (
      this.#idle.length === 0 &&
      this.#inUse.size === 0 &&
      this.#attempts.size === 0 &&
      this.#queuedTickets === 0
    );
  }

  /** A kept connection that can be used at once. */
  takeIdle(mayExceed: boolean): Http1Connection | undefined {
    if (this.#idle.length === 0 || this.#busy >= this.#limit(mayExceed)) return undefined;
    const now = this.clock.now();
    for (let kept = this.#idle.pop(); kept !== undefined; kept = this.#idle.pop()) {
      if (kept.open && now - kept.idleSince < kept.idleMilliseconds) {
        kept.opened.channel.setIdle(false);
        this.#inUse.add(kept);
        return kept;
      }
      void kept.close();
    }
    return undefined;
  }

  /** Gives the ticket the next connection that is free, or opens one for it. */
  enqueue(ticket: Ticket): void {
    ticket.onCancel(() => this.#remove(ticket));
    ticket.queued = true;
    this.#queued[ticket.priority].add(ticket);
    this.#queuedTickets += 1;
    this.#openForQueued();
  }

  /** Opens a connection ahead of use, unless one is there or on its way. */
  async preconnect(ticket: Ticket): Promise<void> {
    if (this.#idle.some((kept) => kept.open)) return;
    this.enqueue(ticket);
    const connection = await ticket.connection;
    this.released(connection, Infinity);
  }

  released(connection: Http1Connection, idleMilliseconds: number | undefined): void {
    if (!this.#inUse.delete(connection)) return;
    if (idleMilliseconds === undefined || this.#generations.get(connection) !== this.#generation)
      void connection.close();
    else
      this.#giveOn(
        connection,
        Math.min(
          idleMilliseconds,
          connection.wantedIdleMilliseconds ?? this.#terms.idleMilliseconds,
        ),
      );
    this.#openForQueued();
  }

  /** Closes idle connections whose time is over. Returns milliseconds until the next one's is; Infinity: none is left. */
  expire(now: number): number {
    let next = Infinity;
    const expired = this.#idle.filter((kept) => {
      const left = kept.open ? kept.idleMilliseconds - (now - kept.idleSince) : 0;
      if (left > 0) next = Math.min(next, left);
      return left <= 0;
    });
    for (const connection of expired) this.#dropIdle(connection);
    return next;
  }

  /** Closes idle connections now, and those in use when they are released. */
  async clear(): Promise<void> {
    this.#generation += 1;
    for (const attempt of this.#attempts) if (attempt.ticket === undefined) attempt.abort.abort();
    await Promise.all(this.#idle.splice(0).map((connection) => connection.close()));
  }

  /** Closes everything; whoever waits is told why. */
  async close(reason: Error): Promise<void> {
    for (const priority of priorities) {
      for (const ticket of [...this.#connecting[priority], ...this.#queued[priority]]) {
        this.#remove(ticket);
        ticket.reject(reason);
      }
    }
    for (const attempt of this.#attempts) attempt.abort.abort();
    await Promise.all([...this.#inUse].map((connection) => connection.close()));
    await this.clear();
  }

  get #busy(): number {
    return this.#inUse.size + this.#attempts.size;
  }

  #limit(mayExceed: boolean): number {
    return this.#terms.connections + (mayExceed ? 1 : 0);
  }

  #giveOn(connection: Http1Connection, idleMilliseconds: number): void {
    const ticket = this.#nextTicket();
    if (ticket !== undefined) {
      this.#serve(ticket, connection);
      return;
    }
    if (idleMilliseconds <= 0) {
      void connection.close();
      return;
    }
    connection.idleSince = this.clock.now();
    connection.idleMilliseconds = idleMilliseconds;
    connection.opened.channel.setIdle(true);
    this.#idle.push(connection);
    this.#terms.wentIdle(idleMilliseconds);
  }

  /** Whose turn it is to get a connection that was used before. */
  #nextTicket(): Ticket | undefined {
    // Between the end of one exchange and the start of the next there is no queue in most programs.
    if (this.#queuedTickets === 0 && this.#attempts.size === 0) return undefined;
    for (const priority of priorities) {
      for (const tickets of [this.#connecting[priority], this.#queued[priority]]) {
        for (const ticket of tickets) {
          if (!ticket.fresh && this.#busy < this.#limit(ticket.mayExceed)) return ticket;
        }
      }
    }
    return undefined;
  }

  #serve(ticket: Ticket, connection: Http1Connection): void {
    this.#leaveQueues(ticket);
    for (const attempt of this.#attempts) if (attempt.ticket === ticket) this.#handOver(attempt);
    this.#inUse.add(connection);
    connection.wantedIdleMilliseconds = ticket.idleMilliseconds;
    ticket.resolve(connection);
  }

  /** The connection that was being opened for somebody who has one now goes to the next in line. */
  #handOver(attempt: Attempt): void {
    attempt.ticket = this.#firstQueued(() => true);
    if (attempt.ticket !== undefined) this.#moveToConnecting(attempt.ticket);
  }

  #firstQueued(suits: (ticket: Ticket) => boolean): Ticket | undefined {
    if (this.#queuedTickets === 0) return undefined;
    for (const priority of priorities) {
      for (const ticket of this.#queued[priority]) if (suits(ticket)) return ticket;
    }
    return undefined;
  }

  #moveToConnecting(ticket: Ticket): void {
    this.#leaveQueues(ticket);
    this.#connecting[ticket.priority].add(ticket);
  }

  #leaveQueues(ticket: Ticket): void {
    ticket.queued = false;
    this.#connecting[ticket.priority].delete(ticket);
    if (this.#queued[ticket.priority].delete(ticket)) this.#queuedTickets -= 1;
  }

  #remove(ticket: Ticket): void {
    this.#leaveQueues(ticket);
    for (const attempt of this.#attempts) {
      if (attempt.ticket !== ticket) continue;
      attempt.ticket = undefined;
      attempt.abort.abort();
    }
  }

  #openForQueued(): void {
    while (this.#queuedTickets > 0) {
      const ticket = this.#firstQueued(
        (candidate) => this.#busy < this.#limit(candidate.mayExceed),
      );
      if (ticket === undefined) return;
      this.#makeRoom(ticket);
      this.#moveToConnecting(ticket);
      void this.#open(ticket);
    }
  }

  /** A connection that only idles makes room for one that is needed. */
  #makeRoom(ticket: Ticket): void {
    const oldest = this.#idle[0];
    if (oldest !== undefined && this.#busy + this.#idle.length >= this.#limit(ticket.mayExceed))
      this.#dropIdle(oldest);
  }

  #dropIdle(connection: Http1Connection): void {
    this.#idle.splice(this.#idle.indexOf(connection), 1);
    void connection.close();
  }

  async #open(ticket: Ticket): Promise<void> {
    const attempt: Attempt = { ticket, abort: new AbortController(), generation: this.#generation };
    this.#attempts.add(attempt);
    try {
      const opened = await openChannel(this.route, {
        signal: attempt.abort.signal,
        timeoutMilliseconds: ticket.connectMilliseconds,
        proxyCredentials: ticket.proxyCredentials,
      });
      this.#attempts.delete(attempt);
      this.#opened(new Http1Connection(opened, this, this.#terms.nextId()), attempt);
    } catch (error) {
      this.#attempts.delete(attempt);
      if (attempt.ticket !== undefined) {
        this.#leaveQueues(attempt.ticket);
        attempt.ticket.reject(error);
      }
    }
    this.#openForQueued();
  }

  #opened(connection: Http1Connection, { ticket, abort, generation }: Attempt): void {
    this.#generations.set(connection, generation);
    if (abort.signal.aborted) void connection.close();
    else if (ticket !== undefined) this.#serve(ticket, connection);
    else this.#giveOn(connection, this.#terms.idleMilliseconds);
  }
}

function emptyQueues(): Record<Priority, Set<Ticket>> {
  return { high: new Set(), normal: new Set(), low: new Set() };
}
