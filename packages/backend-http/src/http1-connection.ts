import type { ReplyAttributes } from '@netaccess/core';
import type { Channel, ConnectTimings, TlsFacts } from '@netaccess/transport';

import type { Connection, ConnectionKeeper } from './connection.ts';
import type { Exchange } from './exchange.ts';
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

/** A connection that speaks HTTP/1.1: one exchange after the other. */
export class Http1Connection implements Connection {
  readonly opened: OpenedChannel;
  readonly keeper: ConnectionKeeper;
  kept = false;
  idleSince = 0;
  idleMilliseconds = 0;
  generation = 0;
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

  setIdle(idle: boolean): void {
    this.opened.channel.setIdle(idle);
  }

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
