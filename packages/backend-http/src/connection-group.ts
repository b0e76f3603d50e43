import type { Clock } from '@netaccess/core';

import type { Connection, ConnectionKeeper, SharedConnection } from './connection.ts';
import type { Exchange } from './exchange.ts';
import type { CompleteHttp2Options } from './h2/http2-options.ts';
import { http2SettingsField } from './h2/upgrade-settings.ts';
import { Http1Connection } from './http1-connection.ts';
import { Http2Connection, type Http2Terms, type KnownPeer } from './http2-connection.ts';
import { Negotiation } from './negotiation.ts';
import { openChannel } from './open-channel.ts';
import type { OpenedChannel } from './opened-channel.ts';
import type { Outgoing } from './outgoing.ts';
import type { Route } from './route.ts';
import { SharedConnections } from './shared-connections.ts';
import { TicketQueue } from './ticket-queue.ts';
import type { Attempt, Ticket, Wish } from './ticket.ts';

/** What all groups of a pool share. */
export interface PoolTerms {
  readonly clock: Clock;
  /** Connections of one route. */
  readonly connections: number;
  readonly idleMilliseconds: number;
  readonly http2: CompleteHttp2Options;
  /** HTTP/2 connections of one route. */
  readonly http2Connections: number;
  /** The number of the next connection. */
  nextId(): number;
  /** A connection of the group was put aside for at most so long. */
  wentIdle(milliseconds: number): void;
}

/** No connection may be opened, whoever asks. */
const NONE = -1;

/**
 * The connections of one route, and those who wait for one. Whoever waits gets the first that is free: one that somebody else is done
 * with, or one that was opened for it, or for another who has been served meanwhile. As long as nobody knows whether the peer speaks
 * HTTP/2, all wait for the first answer.
 */
export class ConnectionGroup implements ConnectionKeeper {
  readonly #route: Route;
  readonly #terms: PoolTerms;
  /** Last in, first out: what was used just now is least likely to have been closed. */
  readonly #idle: Connection[] = [];
  readonly #inUse = new Set<Connection>();
  readonly #shared = new SharedConnections();
  readonly #negotiation: Negotiation;
  readonly #knownPeer: KnownPeer = { concurrentStreams: Infinity };
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
    this.#negotiation = new Negotiation(route.choice);
  }

  get clock(): Clock {
    return this.#terms.clock;
  }

  /** Nothing is open, being opened, or waited for. */
  get empty(): boolean {
    const inUse = this.#idle.length + this.#busy + this.#queued.size + this.#shared.size;
    return inUse + this.#leaving.size === 0;
  }

  /** A connection that can be used at once. */
  take(wish: Wish): Connection | undefined {
    const shared = this.#takeShared();
    if (shared !== undefined || wish.fresh) return shared;
    return this.#takeIdle(wish);
  }

  #takeShared(): SharedConnection | undefined {
    for (;;) {
      const roomy = this.#shared.roomy();
      if (roomy === undefined) return undefined;
      if (!roomy.idle || this.clock.now() - roomy.idleSince < roomy.idleMilliseconds) {
        roomy.reserve();
        return roomy;
      }
      this.#dropShared(roomy);
    }
  }

  #takeIdle({ mayExceed, bodiless }: Wish): Connection | undefined {
    if (this.#idle.length === 0 || this.#busy >= this.#terms.connections + Number(mayExceed))
      return undefined;
    if (this.#negotiation.isAsking) return undefined;
    const now = this.clock.now();
    for (let kept = this.#idle.pop(); kept !== undefined; kept = this.#idle.pop()) {
      if (kept.open && now - kept.idleSince < kept.idleMilliseconds) {
        kept.setIdle(false);
        this.#inUse.add(kept);
        this.#letAsk(kept, bodiless);
        return kept;
      }
      this.#discard(kept);
    }
    return undefined;
  }

  /** Gives the ticket the next connection that is free, or opens one for it. */
  enqueue(ticket: Ticket): void {
    ticket.wait({
      leave: () => {
        this.#forget(ticket);
        this.#openForQueued();
      },
      isPeerStuck: () => this.#shared.isStuck,
    });
    this.#queued.add(ticket);
    if (!ticket.fresh) this.#waiting.add(ticket);
    this.#openForQueued();
  }

  /** Opens a connection ahead of use, unless one is there. */
  async preconnect(ticket: Ticket): Promise<void> {
    if (this.#idle.some((kept) => kept.open) || this.#shared.accepting > 0) return;
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

  changed(connection: SharedConnection): void {
    if (!this.#shared.reconsider(connection)) return;
    this.#serveShared(connection);
    if (connection.quiet) this.#rest(connection);
    this.#openForQueued();
  }

  upgradeOver(answer: 'refused' | 'unknown'): void {
    if (answer === 'refused') this.#negotiation.answered('http/1.1');
    else this.#negotiation.answered();
    this.#serveIdle();
    this.#openForQueued();
  }

  /** Closes idle connections whose time is over. Returns milliseconds until the next one's is; Infinity: none is left. */
  expire(now: number): number {
    let next = Infinity;
    for (const shared of this.#shared) {
      const left = shared.idle ? shared.idleMilliseconds - (now - shared.idleSince) : Infinity;
      if (left > 0) next = Math.min(next, left);
      else this.#dropShared(shared);
    }
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
    this.#giveUpUnwanted();
    for (const shared of this.#shared) this.#retire(shared);
    for (const connection of this.#idle.splice(0)) this.#discard(connection);
    await Promise.all(this.#leaving);
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
    const open = [...this.#inUse, ...this.#shared];
    await Promise.all(open.map((connection) => connection.close()));
    await this.clear();
  }

  get #http2Terms(): Omit<Http2Terms, 'id'> {
    const mayFallBack = this.#route.choice !== 'direct';
    return { options: this.#terms.http2, mayFallBack, known: this.#knownPeer };
  }

  get #busy(): number {
    return this.#inUse.size + this.#attempts.size;
  }

  /** Who is next, if there is room for one more. */
  #next(queue: TicketQueue, room: number): Ticket | undefined {
    if (queue.size === 0) return undefined;
    if (room > 0) return queue.first('anybody');
    return room === 0 ? queue.first('exceeding') : undefined;
  }

  /** How many more connections may carry an exchange; 0: one, for who may exceed the pool. */
  get #roomToUse(): number {
    return this.#negotiation.isAsking ? NONE : this.#terms.connections - this.#busy;
  }

  /** How many more connections may be opened, likewise. */
  get #roomToOpen(): number {
    if (this.#negotiation.isAsking || !this.#negotiation.oneByOne) return this.#roomToUse;
    if (this.#attempts.size > 0) return NONE;
    if (this.#negotiation.answer !== 'h2') return this.#roomToUse;
    return this.#terms.http2Connections - this.#shared.accepting;
  }

  #giveOn(connection: Connection, peerMilliseconds: number): void {
    const ticket = this.#next(this.#waiting, this.#roomToUse);
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
    this.#letIdle(connection, idleMilliseconds);
    this.#idle.push(connection);
  }

  #letIdle(connection: Connection, idleMilliseconds: number): void {
    connection.kept = true;
    connection.idleSince = this.clock.now();
    connection.idleMilliseconds = idleMilliseconds;
    connection.setIdle(true);
    this.#terms.wentIdle(idleMilliseconds);
  }

  /** One that carries nothing. */
  #rest(connection: SharedConnection): void {
    const surplus = this.#shared.accepting > this.#terms.http2Connections;
    const own = connection.wantedIdleMilliseconds ?? this.#terms.idleMilliseconds;
    if (!connection.accepting || surplus || !(own > 0)) this.#dropShared(connection);
    else if (!connection.idle) this.#letIdle(connection, own);
  }

  #serve(ticket: Ticket, connection: Connection): void {
    this.#inUse.add(connection);
    this.#letAsk(connection, ticket.bodiless);
    this.#hand(ticket, connection);
  }

  #hand(ticket: Ticket, connection: Connection): void {
    const { attempt } = ticket;
    this.#leaveQueues(ticket);
    ticket.attempt = undefined;
    // What was being opened for somebody who has a connection now is for the next in line.
    if (attempt !== undefined) this.#assign(attempt, this.#queued.first('anybody'));
    connection.wantedIdleMilliseconds = ticket.idleMilliseconds;
    ticket.resolve(connection);
  }

  #letAsk(connection: Connection, bodiless: boolean): void {
    if (!(connection instanceof Http1Connection)) return;
    if (!this.#negotiation.asks(bodiless)) return;
    const settings = http2SettingsField(this.#terms.http2);
    connection.upgrade = { settings, goOn: this.#goOnInHttp2 };
  }

  readonly #goOnInHttp2 = (connection: Http1Connection, message: Outgoing): Exchange => {
    const { opened, id } = connection;
    const shared = new Http2Connection(opened, this, {
      ...this.#http2Terms,
      id,
      upgraded: message,
    });
    this.#inUse.delete(connection);
    this.#negotiation.answered('h2');
    this.#addShared(shared, connection.generation);
    this.#openForQueued();
    return shared.upgradedExchange;
  };

  /** Whoever waits gets a place on it, as long as there are any. */
  #serveShared(connection: SharedConnection): void {
    while (connection.room > 0) {
      const ticket = this.#waiting.first('anybody') ?? this.#queued.first('anybody');
      if (ticket === undefined) break;
      connection.reserve();
      this.#hand(ticket, connection);
    }
    this.#giveUpUnwanted();
  }

  #giveUpUnwanted(): void {
    for (const attempt of this.#attempts) if (attempt.ticket === undefined) this.#giveUp(attempt);
  }

  /** Those that were put aside while a peer was asked. */
  #serveIdle(): void {
    for (;;) {
      const ticket = this.#next(this.#waiting, this.#roomToUse);
      const kept = ticket && this.#takeIdle(ticket);
      if (ticket === undefined || kept === undefined) return;
      this.#serve(ticket, kept);
    }
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
    const { attempt } = ticket;
    if (attempt === undefined) return;
    attempt.ticket = undefined;
    ticket.attempt = undefined;
    this.#giveUp(attempt);
  }

  /** Whoever is asked to stop may take his time. */
  #giveUp(attempt: Attempt): void {
    this.#attempts.delete(attempt);
    attempt.abort.abort();
  }

  #openForQueued(): void {
    for (;;) {
      const ticket = this.#next(this.#queued, this.#roomToOpen);
      if (ticket === undefined) return;
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

  #retire(connection: SharedConnection): void {
    connection.retire();
    this.#shared.reconsider(connection);
    if (connection.quiet) this.#dropShared(connection);
  }

  #dropShared(connection: SharedConnection): void {
    this.#shared.remove(connection);
    if (this.#shared.accepting === 0) this.#negotiation.ended();
    this.#discard(connection);
  }

  #discard(connection: Connection): void {
    this.#abandon(connection.close());
  }

  #abandon(leaving: Promise<void>): void {
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
      this.#opened(opened, attempt);
    } catch (error) {
      this.#attempts.delete(attempt);
      this.#failed(error, attempt, ticket);
    }
    this.#openForQueued();
  }

  #opened(opened: OpenedChannel, attempt: Attempt): void {
    this.#negotiation.opened(opened.version);
    const { ticket, abort, generation } = attempt;
    if (ticket !== undefined) ticket.attempt = undefined;
    const unwanted = opened.version === 'h2' && ticket === undefined && this.#shared.accepting > 0;
    if (abort.signal.aborted || unwanted) this.#abandon(opened.channel.close());
    else if (opened.version === 'h2') this.#openedShared(opened, attempt);
    else {
      const connection = new Http1Connection(opened, this, this.#terms.nextId());
      connection.generation = generation;
      if (ticket === undefined) this.#giveOn(connection, Infinity);
      else this.#serve(ticket, connection);
    }
  }

  #openedShared(opened: OpenedChannel, { ticket, generation }: Attempt): void {
    const id = this.#terms.nextId();
    const connection = new Http2Connection(opened, this, { ...this.#http2Terms, id });
    if (ticket !== undefined) {
      connection.reserve();
      this.#hand(ticket, connection);
    }
    this.#addShared(connection, generation);
  }

  #addShared(connection: SharedConnection, generation: number): void {
    connection.generation = generation;
    if (generation !== this.#generation) connection.retire();
    this.#shared.add(connection);
    this.#serveShared(connection);
    if (connection.quiet) this.#rest(connection);
  }

  /** `first` is who it was opened for: time limits and proxy credentials were its own, and so is the failure. */
  #failed(error: unknown, { ticket, abort }: Attempt, first: Ticket): void {
    if (!abort.signal.aborted) this.#negotiation.attemptFailed();
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
