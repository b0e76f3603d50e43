import type { HeaderEntry, ReplyAttributes } from '@netaccess/core';
import { networkFailure } from '@netaccess/transport';

import type { Exchange, FinalHead, Resending } from './exchange.ts';
import type { UpgradeTerms } from './http1-connection.ts';
import { Http1Exchange, type Carrier } from './http1-exchange.ts';
import type { Outgoing } from './outgoing.ts';

/** Switching Protocols (RFC 9110 §15.2.2). */
const SWITCHING_PROTOCOLS = 101;

/**
 * A request that asks its peer to go on in HTTP/2 (RFC 7540 §3.2): its reply comes over HTTP/1.1, or on the first stream of what the
 * connection then is.
 */
export class UpgradingExchange implements Exchange {
  readonly #carrier: Carrier;
  readonly #message: Outgoing;
  readonly #upgrade: UpgradeTerms;
  #inner: Exchange;
  #closed = false;
  readonly isCoalesced = false;

  constructor(carrier: Carrier, message: Outgoing, upgrade: UpgradeTerms) {
    this.#carrier = carrier;
    this.#message = message;
    this.#upgrade = upgrade;
    const forwarded = carrier.connection.opened.forwardingProxy !== undefined;
    const asking = forwarded ? message : { ...message, upgradeSettings: upgrade.settings };
    this.#inner = new Http1Exchange(carrier, asking);
  }

  get resending(): Resending | undefined {
    return this.#inner.resending;
  }

  get answeringProxy(): URL | undefined {
    return this.#inner.answeringProxy;
  }

  get attributes(): ReplyAttributes {
    return this.#inner.attributes;
  }

  async open(): Promise<FinalHead> {
    const { connection } = this.#carrier;
    let answer: 'refused' | 'unknown' = 'refused';
    try {
      const head = await this.#inner.open();
      if (this.#closed) throw networkFailure('operation-canceled', 'the exchange was closed');
      if (head.status !== SWITCHING_PROTOCOLS) return head;
      answer = 'unknown';
      this.#inner = this.#upgrade.goOn(connection, this.#message);
    } catch (error) {
      // Some servers choke on the question, and so it is not put again.
      if (this.#closed) answer = 'unknown';
      throw error;
    } finally {
      connection.keeper.upgradeOver(answer);
    }
    return this.#inner.open();
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    return this.#inner.readPointer();
  }

  advanceReadPointer(distance: number): void {
    this.#inner.advanceReadPointer(distance);
  }

  trailers(): readonly HeaderEntry[] {
    return this.#inner.trailers();
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.#inner.close();
  }
}
