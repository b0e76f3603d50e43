import type { Clock, ReplyAttributes } from '@netaccess/core';
import type { Channel, ConnectTimings, TlsFacts } from '@netaccess/transport';

import type { Connection, Exchange } from './exchange.ts';
import { Http1Exchange } from './http1-exchange.ts';
import type { Outgoing } from './outgoing.ts';

/** An open channel and what is known about the way to it. */
export interface OpenedChannel {
  readonly channel: Channel;
  /** Without its credentials. */
  readonly proxy: URL | undefined;
  /** With its credentials: this proxy has to be told the whole URL. */
  readonly forwardingProxy: URL | undefined;
  readonly tls: TlsFacts | undefined;
  /** Whether the peer's end was cut off, where the protection tells. */
  readonly wasCutOff?: (() => Promise<boolean | undefined>) | undefined;
}

/** Whoever keeps connections. */
export interface ConnectionKeeper {
  readonly clock: Clock;
  /** The exchange is over. `idleMilliseconds`: how long the connection may be kept; `undefined`: it is closed. */
  released(connection: Http1Connection, idleMilliseconds: number | undefined): void;
}

/** A connection that speaks HTTP/1.1: one exchange after the other. */
export class Http1Connection implements Connection {
  readonly opened: OpenedChannel;
  readonly keeper: ConnectionKeeper;
  /** It was idle at least once: the peer may have closed it unnoticed. */
  kept = false;
  /** When it was last put aside, on the keeper's clock, and for how long. */
  idleSince = 0;
  idleMilliseconds = 0;
  /** The keeper's, when it was opened. */
  generation = 0;
  /** What the last request said about it. */
  wantedIdleMilliseconds: number | undefined;
  readonly #fresh: ReplyAttributes;
  #kept: ReplyAttributes | undefined;
  #exchanges = 0;

  constructor(opened: OpenedChannel, keeper: ConnectionKeeper, id: number) {
    this.opened = opened;
    this.keeper = keeper;
    this.#fresh = attributesOf(opened, id);
  }

  get open(): boolean {
    return this.opened.channel.open;
  }

  exchange(message: Outgoing): Exchange {
    this.#exchanges += 1;
    const reused = this.#exchanges > 1;
    return new Http1Exchange({ connection: this, reused, kept: reused || this.kept }, message);
  }

  /** What a reply on this connection says about it; the same object for all replies but the first. */
  attributes(reused: boolean): ReplyAttributes {
    if (!reused) return this.#fresh;
    const { connection } = this.#fresh;
    this.#kept ??=
      connection === undefined
        ? this.#fresh
        : { ...this.#fresh, connection: { ...connection, reused } };
    return this.#kept;
  }

  /** Nobody used it: it is as good as before. */
  giveBack(): void {
    this.keeper.released(this, Infinity);
  }

  close(): Promise<void> {
    return this.opened.channel.close();
  }
}

function attributesOf({ channel, proxy, tls }: OpenedChannel, id: number): ReplyAttributes {
  const { address, timings }: { address: Channel['address']; timings: ConnectTimings } = channel;
  const connection = { protocol: 'http/1.1', id, reused: false, address, proxy, timings };
  if (tls === undefined) return { connection };
  return { connection, tls, secured: tls.errors.length === 0 ? 'verified' : 'unverified' };
}
