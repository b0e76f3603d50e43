import type { Clock } from '@netaccess/core';
import type { Channel } from '@netaccess/transport';

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
import type { Attempt, Ticket, Wish } from './ticket.ts';
import { WaitingLine } from './waiting-line.ts';

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
  /** A connection of another route to the same peer, which may carry requests of this one: see `Coalescing`. */
  coalesce(route: Route, channel: Channel): SharedConnection | undefined;
}

/** No connection may be opened, whoever asks. */
const NONE = -1;

/**
 * The connections of one route, and those who wait for one. Whoever waits gets the first that is free: one that somebody else is done
 * with, or one that was opened for it, or for another who has been served meanwhile. As long as nobody knows whether the peer speaks
 * HTTP/2, all wait for the first answer.
 */
export class ConnectionGroup implements ConnectionKeeper {
  readonly route: Route;
  readonly #terms: PoolTerms;
  readonly #line = new WaitingLine();
  /** Last in, first out: what was used just now is least likely to have been closed. */
  readonly #idle: Connection[] = [];
  readonly #inUse = new Set<Connection>();
  readonly #shared: SharedConnections;
  readonly #negotiation: Negotiation;
  readonly #knownPeer: KnownPeer = { concurrentStreams: Infinity };
  /** Being closed: nothing is closed before the system says so. */
  readonly #leaving = new Set<Promise<void>>();
  /** Connections of an earlier one are closed when they are free. */
  #generation = 0;
  /** The peer refused what came over another route's connection. */
  #ownOnly = false;

  constructor(route: Route, terms: PoolTerms) {
    this.route = route;
    this.#terms = terms;
    this.#negotiation = new Negotiation(route.choice);
    this.#shared = new SharedConnections({
      most: terms.http2Connections,
      now: () => terms.clock.now(),
      rest: (connection) => this.#putAside(connection, Infinity),
      discard: (connection) => {
        if (this.#shared.accepting === 0) this.#negotiation.ended();
        this.#discard(connection);
      },
    });
  }

  get clock(): Clock {
    return this.#terms.clock;
  }

  /** Nothing is open, being opened, or waited for. */
  get empty(): boolean {
    const inUse = this.#idle.length + this.#busy + this.#line.queued + this.#shared.size;
    return inUse + this.#leaving.size === 0;
  }

  /** A connection that can be used at once. */
  take(wish: Wish): Connection | undefined {
    if (wish.own === true) this.#useNoOther();
    const shared = this.#shared.take();
    if (shared !== undefined || wish.fresh) return shared;
    return this.#takeIdle(wish);
  }

  #useNoOther(): void {
    this.#ownOnly = true;
    this.#shared.returnBorrowed();
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
        this.#line.forget(ticket);
        this.#openForQueued();
      },
      isPeerStuck: () => this.#shared.isStuck,
    });
    this.#line.enqueue(ticket);
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
    this.#shared.settle(connection);
    this.#openForQueued();
  }

  upgradeOver(answer: 'refused' | 'unknown'): void {
    if (answer === 'refused') this.#negotiation.answered('http/1.1');
    else this.#negotiation.answered();
    this.#serveIdle();
    this.#openForQueued();
  }

  /** One of this group's that may carry requests of another route, too. */
  findShared(isFit: (connection: SharedConnection) => boolean): SharedConnection | undefined {
    return this.#shared.find(isFit);
  }

  /** Closes idle connections whose time is over. Returns milliseconds until the next one's is; Infinity: none is left. */
  expire(now: number): number {
    let next = this.#shared.expire();
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
    this.#line.giveUpUnwanted();
    this.#shared.retire();
    for (const connection of this.#idle.splice(0)) this.#discard(connection);
    await Promise.all(this.#leaving);
  }

  /** Closes everything; whoever waits is told why. */
  async close(reason: Error): Promise<void> {
    this.#line.close(reason);
    const open = [...this.#inUse, ...this.#shared];
    await Promise.all(open.map((connection) => connection.close()));
    await this.clear();
  }

  get #http2Terms(): Omit<Http2Terms, 'id'> {
    const { origin, choice } = this.route;
    const mayFallBack = choice !== 'direct';
    return { options: this.#terms.http2, mayFallBack, known: this.#knownPeer, origin };
  }

  get #busy(): number {
    return this.#inUse.size + this.#line.opening;
  }

  /** How many more connections may carry an exchange; 0: one, for who may exceed the pool. */
  get #roomToUse(): number {
    return this.#negotiation.isAsking ? NONE : this.#terms.connections - this.#busy;
  }

  /** How many more connections may be opened, likewise. */
  get #roomToOpen(): number {
    if (this.#negotiation.isAsking || !this.#negotiation.oneByOne) return this.#roomToUse;
    if (this.#line.opening > 0) return NONE;
    if (this.#negotiation.answer !== 'h2') return this.#roomToUse;
    return this.#terms.http2Connections - this.#shared.accepting;
  }

  #giveOn(connection: Connection, peerMilliseconds: number): void {
    const ticket = this.#line.nextToServe(this.#roomToUse);
    if (ticket !== undefined) this.#serve(ticket, connection);
    else if (this.#putAside(connection, peerMilliseconds)) this.#idle.push(connection);
    else this.#discard(connection);
  }

  /** False: it is not kept. */
  #putAside(connection: Connection, peerMilliseconds: number): boolean {
    const own = connection.wantedIdleMilliseconds ?? this.#terms.idleMilliseconds;
    const idleMilliseconds = Math.min(peerMilliseconds, own);
    if (!(idleMilliseconds > 0)) return false;
    connection.kept = true;
    connection.idleSince = this.clock.now();
    connection.idleMilliseconds = idleMilliseconds;
    connection.setIdle(true);
    this.#terms.wentIdle(idleMilliseconds);
    return true;
  }

  #serve(ticket: Ticket, connection: Connection): void {
    this.#inUse.add(connection);
    this.#letAsk(connection, ticket.bodiless);
    this.#line.hand(ticket, connection);
  }

  #letAsk(connection: Connection, bodiless: boolean): void {
    if (!(connection instanceof Http1Connection)) return;
    if (!this.#negotiation.asks(bodiless)) return;
    const settings = http2SettingsField(this.#terms.http2);
    connection.upgrade = { settings, goOn: this.#goOnInHttp2 };
  }

  readonly #goOnInHttp2 = (connection: Http1Connection, message: Outgoing): Exchange => {
    const { opened, id } = connection;
    const terms = { ...this.#http2Terms, id, upgraded: message };
    const shared = new Http2Connection(opened, this, terms);
    this.#inUse.delete(connection);
    this.#negotiation.answered('h2');
    this.#addShared(shared, connection.generation);
    this.#openForQueued();
    return shared.upgradedExchange;
  };

  /** Whoever waits gets a place on it, as long as there are any. */
  #serveShared(connection: SharedConnection): void {
    while (connection.room > 0) {
      const ticket = this.#line.nextToShare();
      if (ticket === undefined) break;
      connection.reserve();
      this.#line.hand(ticket, connection);
    }
    this.#line.giveUpUnwanted();
  }

  /** Those that were put aside while a peer was asked. */
  #serveIdle(): void {
    for (;;) {
      const ticket = this.#line.nextToServe(this.#roomToUse);
      const kept = ticket && this.#takeIdle(ticket);
      if (ticket === undefined || kept === undefined) return;
      this.#serve(ticket, kept);
    }
  }

  #openForQueued(): void {
    for (;;) {
      const ticket = this.#line.nextToOpen(this.#roomToOpen);
      if (ticket === undefined) return;
      const attempt = { ticket, abort: new AbortController(), generation: this.#generation };
      this.#makeRoom(ticket);
      this.#line.begin(attempt, ticket);
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
      const opened = await openChannel(this.route, {
        signal: attempt.abort.signal,
        timeoutMilliseconds: ticket.connectMilliseconds,
        proxyCredentials: ticket.proxyCredentials,
        instead: (channel) =>
          this.#ownOnly ? undefined : this.#terms.coalesce(this.route, channel),
      });
      this.#opened(opened, attempt);
    } catch (error) {
      if (!attempt.abort.signal.aborted) this.#negotiation.attemptFailed();
      this.#line.failed(attempt, ticket, error);
    }
    this.#openForQueued();
  }

  #opened(opened: OpenedChannel | SharedConnection, attempt: Attempt): void {
    const ticket = this.#line.succeeded(attempt);
    if (!('channel' in opened)) {
      this.#borrow(opened, ticket);
      return;
    }
    this.#negotiation.opened(opened.version);
    const isHttp2 = opened.version === 'h2';
    const unwanted = isHttp2 && ticket === undefined && this.#shared.accepting > 0;
    if (attempt.abort.signal.aborted || unwanted) this.#abandon(opened.channel.close());
    else if (isHttp2) this.#openedShared(opened, ticket, attempt.generation);
    else this.#openedOwn(opened, ticket, attempt.generation);
  }

  #openedOwn(opened: OpenedChannel, ticket: Ticket | undefined, generation: number): void {
    const connection = new Http1Connection(opened, this, this.#terms.nextId());
    connection.generation = generation;
    if (ticket === undefined) this.#giveOn(connection, Infinity);
    else this.#serve(ticket, connection);
  }

  #openedShared(opened: OpenedChannel, ticket: Ticket | undefined, generation: number): void {
    const terms = { ...this.#http2Terms, id: this.#terms.nextId() };
    const connection = new Http2Connection(opened, this, terms);
    if (ticket !== undefined) {
      connection.reserve();
      this.#line.hand(ticket, connection);
    }
    this.#addShared(connection, generation);
  }

  #addShared(connection: SharedConnection, generation: number): void {
    connection.generation = generation;
    if (generation !== this.#generation) connection.retire();
    this.#serveShared(connection);
    this.#shared.add(connection);
  }

  /** Its owner's origin is the same peer's. */
  #borrow(connection: SharedConnection, ticket: Ticket | undefined): void {
    this.#negotiation.opened('h2');
    if (ticket !== undefined) {
      connection.reserve();
      this.#line.hand(ticket, connection);
    }
    this.#shared.borrow(connection, this);
    this.#serveShared(connection);
  }
}
