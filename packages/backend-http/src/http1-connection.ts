import type { ReplyAttributes } from '@netaccess/core';

import type { Connection, ConnectionKeeper } from './connection.ts';
import type { Exchange } from './exchange.ts';
import { Http1Exchange } from './http1-exchange.ts';
import { CarrierAttributes, type OpenedChannel } from './opened-channel.ts';
import type { Outgoing } from './outgoing.ts';
import { UpgradingExchange } from './upgrading-exchange.ts';

/** What a connection may become: the settings that it is offered with, and what it is afterwards. */
export interface UpgradeTerms {
  /** The value of `HTTP2-Settings` (RFC 7540 §3.2.1). */
  readonly settings: string;
  /** The exchange that goes on in HTTP/2, on the same channel. */
  readonly goOn: (connection: Http1Connection, message: Outgoing) => Exchange;
}

/** A connection that speaks HTTP/1.1: one exchange after the other. */
export class Http1Connection implements Connection {
  readonly opened: OpenedChannel;
  readonly keeper: ConnectionKeeper;
  readonly id: number;
  kept = false;
  idleSince = 0;
  idleMilliseconds = 0;
  generation = 0;
  wantedIdleMilliseconds: number | undefined;
  /** The next request asks the peer to go on in HTTP/2. */
  upgrade: UpgradeTerms | undefined;
  readonly #attributes: CarrierAttributes;
  #exchanges = 0;

  constructor(opened: OpenedChannel, keeper: ConnectionKeeper, id: number) {
    this.opened = opened;
    this.keeper = keeper;
    this.id = id;
    this.#attributes = new CarrierAttributes(opened, { protocol: 'http/1.1', id });
  }

  get open(): boolean {
    return this.opened.channel.open;
  }

  exchange(message: Outgoing): Exchange {
    this.#exchanges += 1;
    const reused = this.#exchanges > 1;
    const carrier = { connection: this, reused, kept: reused || this.kept };
    const { upgrade } = this;
    if (upgrade === undefined) return new Http1Exchange(carrier, message);
    this.upgrade = undefined;
    return new UpgradingExchange(carrier, message, upgrade);
  }

  /** What a reply on this connection says about it. */
  attributes(reused: boolean): ReplyAttributes {
    return reused ? this.#attributes.reused : this.#attributes.fresh;
  }

  setIdle(idle: boolean): void {
    this.opened.channel.setIdle(idle);
  }

  giveBack(): void {
    if (this.upgrade !== undefined) this.keeper.upgradeOver('unknown');
    this.upgrade = undefined;
    this.keeper.released(this, Infinity);
  }

  close(): Promise<void> {
    return this.opened.channel.close();
  }
}
