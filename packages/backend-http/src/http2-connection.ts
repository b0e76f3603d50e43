import { nextTick } from 'node:process';

import type { ReplyAttributes } from '@netaccess/core';
import { networkFailure, type Address, type Channel } from '@netaccess/transport';

import { isPeerFor } from './coalescing.ts';
import type { ConnectionKeeper, SharedConnection } from './connection.ts';
import { lostChannel } from './exchange-failure.ts';
import type { Exchange } from './exchange.ts';
import { Http2Engine } from './h2/engine.ts';
import { CANCEL } from './h2/error-code.ts';
import type { CompleteHttp2Options } from './h2/http2-options.ts';
import type { PushPromise, StreamListener } from './h2/listeners.ts';
import type { PeerSettings } from './h2/settings.ts';
import type { Stream } from './h2/stream.ts';
import { Http2Exchange } from './http2-exchange.ts';
import { Http2Reception, type Waker } from './http2-reception.ts';
import { CarrierAttributes, type OpenedChannel } from './opened-channel.ts';
import type { Outgoing } from './outgoing.ts';
import { PushedReplies } from './pushed-replies.ts';

/** How often the engine looks whether the peer is late, while requests are under way. */
const TICK_MILLISECONDS = 1000;

/** While one write leaves, the next one waits in the channel, so that the way is never empty. */
const WRITES_AT_ONCE = 2;

/** What is remembered of the peers of a route. */
export interface KnownPeer {
  /** How many streams they took at once; Infinity: nobody knows. */
  concurrentStreams: number;
}

/** What an HTTP/2 connection begins with. */
export interface Http2Terms {
  readonly id: number;
  readonly options: CompleteHttp2Options;
  /** A request that the peer wants in HTTP/1.1 is sent in it. */
  readonly mayFallBack: boolean;
  /** What peers of the same route said of themselves: until its own settings come, this one is taken for like them. */
  readonly known: KnownPeer;
  /** Scheme and authority that it was opened for. */
  readonly origin: string;
  /** The request that was sent before the peer went on in HTTP/2: its reply comes on stream 1. */
  readonly upgraded?: Outgoing | undefined;
}

/**
 * A connection that speaks HTTP/2. What the peer sends is read always, whoever of its readers sleeps; what is to be sent leaves once in a
 * turn of the event loop, all of it in one write.
 */
export class Http2Connection implements SharedConnection, Waker {
  readonly keeper: ConnectionKeeper;
  readonly engine: Http2Engine;
  readonly mayFallBack: boolean;
  readonly origin: string;
  readonly #opened: OpenedChannel;
  readonly #known: KnownPeer;
  readonly #borrowers: ConnectionKeeper[] = [];
  #settled = false;
  readonly #channel: Channel;
  readonly #attributes: CarrierAttributes;
  #upgraded: Exchange | undefined;
  kept = false;
  idle = false;
  idleSince = 0;
  idleMilliseconds = 0;
  generation = 0;
  wantedIdleMilliseconds: number | undefined;
  /** Why the channel was lost, or closed from here. */
  loss: unknown;
  readonly #pushes: PushedReplies | undefined;
  #woken: Http2Reception[] = [];
  readonly #awaitingWritten: (() => void)[] = [];
  #exchanges = 0;
  #underWay = 0;
  #reserved = 0;
  #leaving = false;
  /** A reply was left: its peer may be sending it still, and meets a closed socket. Node's servers never close theirs if a goodbye came before. */
  #interrupted = false;
  #hasChanged = false;
  #scheduled = false;
  /** Writes that are not done yet, in order. */
  #writes = 0;
  #cancelTick: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(opened: OpenedChannel, keeper: ConnectionKeeper, terms: Http2Terms) {
    const { id, options, upgraded } = terms;
    this.keeper = keeper;
    this.mayFallBack = terms.mayFallBack;
    this.origin = terms.origin;
    this.#opened = opened;
    this.#known = terms.known;
    this.#channel = opened.channel;
    const protocol = opened.tls === undefined ? 'h2c' : 'h2';
    this.#attributes = new CarrierAttributes(opened, { protocol, id });
    if (options.pushAllowed) {
      const giveUp = (stream: Stream): void => this.reset(stream, CANCEL);
      this.#pushes = new PushedReplies({ most: options.pushedStreams, waker: this, giveUp });
    }
    const first = upgraded && new Http2Reception(this);
    this.engine = new Http2Engine({
      listener: this,
      now: () => keeper.clock.now(),
      options,
      upgraded: upgraded && first && { listener: first, operation: upgraded.operation },
    });
    if (upgraded && first) {
      first.stream = this.engine.upgradedStream;
      this.#upgraded = this.#begin(upgraded, first);
    }
    this.flush();
    this.#pump();
  }

  /** Of the request that was sent before; there is one if the terms say so. */
  get upgradedExchange(): Exchange {
    if (this.#upgraded === undefined) throw new Error('no request was sent before');
    return this.#upgraded;
  }

  get open(): boolean {
    return this.engine.failure === undefined && this.#channel.open;
  }

  get accepting(): boolean {
    return !this.#leaving && this.open;
  }

  get room(): number {
    if (!this.accepting) return 0;
    const { mayRequest } = this.engine;
    if (this.#settled) return mayRequest - this.#reserved;
    return Math.min(mayRequest, this.#known.concurrentStreams - this.#underWay) - this.#reserved;
  }

  get quiet(): boolean {
    return this.#underWay + this.#reserved === 0;
  }

  reserve(): void {
    this.#reserved += 1;
    if (this.idle) this.setIdle(false);
  }

  giveBack(): void {
    this.#reserved -= 1;
    this.#change();
  }

  exchange(message: Outgoing): Exchange {
    this.#reserved -= 1;
    return this.#begin(message, this.#pushes?.claim(message) ?? new Http2Reception(this));
  }

  #begin(message: Outgoing, reception: Http2Reception): Http2Exchange {
    this.#exchanges += 1;
    this.#underWay += 1;
    this.#watch();
    const reused = this.#exchanges > 1;
    if (message.closes) this.#leaving = true;
    return new Http2Exchange(
      { connection: this, reused, kept: reused || this.kept },
      message,
      reception,
    );
  }

  /** Gives a stream up. */
  reset(stream: Stream, errorCode: number): void {
    this.#interrupted = true;
    this.engine.reset(stream, errorCode);
    this.flush();
  }

  /** One of its exchanges needs it no more. */
  exchangeOver(): void {
    this.#underWay -= 1;
    if (this.quiet) this.#change();
  }

  /** What a reply on this connection says about it. */
  attributes(reused: boolean): ReplyAttributes {
    return reused ? this.#attributes.reused : this.#attributes.fresh;
  }

  retire(): void {
    this.#leaving = true;
    this.#change();
  }

  serves(host: string, address: Address): boolean {
    return isPeerFor(this.#opened, host, address);
  }

  lendTo(keeper: ConnectionKeeper): void {
    this.#borrowers.push(keeper);
  }

  setIdle(idle: boolean): void {
    this.idle = idle;
    this.#channel.setIdle(idle);
  }

  wake(reception: Http2Reception): void {
    if (reception.woken) return;
    reception.woken = true;
    this.#woken.push(reception);
    this.flush();
  }

  /** Sends what the engine has to say, when everybody in this turn has said what he has. */
  flush(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    nextTick(this.#turn);
  }

  /** Calls when the memory of everything is free that is being written now. */
  whenWritten(callback: () => void): void {
    if (this.#writes > 0) this.#awaitingWritten.push(callback);
    else callback();
  }

  settings({ concurrentStreams }: PeerSettings): void {
    this.#known.concurrentStreams = concurrentStreams;
    this.#settled = true;
    this.#change();
  }

  mayRequestMore(): void {
    this.#change();
  }

  goingAway(): void {
    this.#leaving = true;
    this.#change();
  }

  pingAcknowledged(): void {
    // That it is there is enough.
  }

  promised(promise: PushPromise): StreamListener | undefined {
    return this.#pushes?.offer(promise);
  }

  failed(): void {
    this.#change();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#leaving = true;
    this.#unwatch();
    if (this.engine.failure === undefined)
      this.loss ??= networkFailure('operation-canceled', 'the connection was closed');
    if (!this.#interrupted) this.engine.goaway();
    this.#write();
    this.engine.receiveEnd();
    this.#settle();
    await this.#channel.close();
  }

  #change(): void {
    this.#hasChanged = true;
    this.flush();
  }

  readonly #turn = (): void => {
    this.#scheduled = false;
    this.#settle();
    this.#write();
  };

  /** Whoever waited for what came goes on, and then the keeper hears what became of the connection. */
  #settle(): void {
    const woken = this.#woken;
    if (woken.length > 0) {
      this.#woken = [];
      for (const reception of woken) {
        reception.woken = false;
        reception.receiver?.progressed();
      }
    }
    if (!this.#hasChanged) return;
    this.#hasChanged = false;
    this.keeper.changed(this);
    for (const borrower of this.#borrowers) borrower.changed(this);
    if (this.engine.failure !== undefined) this.#end();
  }

  #write(): void {
    while (this.#writes < WRITES_AT_ONCE && this.engine.hasOutput) {
      const views = this.engine.takeOutput();
      if (views.length === 0) return;
      const writing = this.#channel.write(...views);
      if (writing === undefined) this.engine.outputWritten();
      else {
        this.#writes += 1;
        writing.then(this.#written, this.#lost);
      }
    }
  }

  readonly #written = (): void => {
    this.#writes -= 1;
    this.engine.outputWritten();
    this.#tellWritten();
    this.#write();
  };

  readonly #lost = (error: unknown): void => {
    this.#writes -= 1;
    this.loss ??= lostChannel(error);
    this.engine.receiveEnd();
    this.#tellWritten();
    this.#settle();
  };

  #tellWritten(): void {
    if (this.#writes > 0 || this.#awaitingWritten.length === 0) return;
    for (const tell of this.#awaitingWritten.splice(0)) tell();
  }

  readonly #pump = (): void => {
    for (;;) {
      const view = this.#channel.readPointer();
      if (view instanceof Promise) {
        view.then(this.#received, this.#ended);
        return;
      }
      if (!this.#take(view)) return;
    }
  };

  readonly #received = (view: Uint8Array): void => {
    if (this.#take(view)) this.#pump();
  };

  /** False: nothing more comes, or is of use. */
  #take(view: Uint8Array): boolean {
    if (view.length === 0) {
      this.#ended(undefined);
      return false;
    }
    this.engine.receive(view);
    this.#channel.advanceReadPointer(view.length);
    this.#settle();
    if (this.engine.hasOutput) this.flush();
    return this.engine.failure === undefined;
  }

  readonly #ended = (error: unknown): void => {
    if (error !== undefined) this.loss ??= lostChannel(error);
    this.engine.receiveEnd();
    this.#settle();
  };

  /** The engine gave up: the last it says tells the peer why. */
  #end(): void {
    this.#write();
    void this.close();
  }

  #watch(): void {
    this.#cancelTick ??= this.keeper.clock.schedule(this.#tick, TICK_MILLISECONDS);
  }

  #unwatch(): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
  }

  readonly #tick = (): void => {
    this.#cancelTick = undefined;
    this.engine.tick();
    this.#settle();
    this.flush();
    if (!this.quiet) this.#watch();
  };
}
