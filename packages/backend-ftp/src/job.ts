import type { Clock, ReplyHead, Request, ViewSource } from '@netaccess/core';
import type { Channel } from '@netaccess/transport';

import type { ControlConnection } from './control-connection.ts';
import type { FtpReply } from './control-context.ts';
import { dataFailure, openData, secureData, type DataOptions } from './data-connection.ts';
import type { FtpPlace } from './ftp-url.ts';
import type { Lease } from './lease.ts';
import { replyError, replyFailure } from './reply-error.ts';
import type { Transfer } from './transfer.ts';

/** What an operation comes to. Without a body, the connection is free again. */
export interface Opened {
  readonly head: ReplyHead;
  readonly body?: JobBody | undefined;
}

/** The bytes of a reply, and who ends them. */
export interface JobBody extends ViewSource {
  close(): void;
}

/** A data connection that is used, and what the server says of it. */
export interface StartedTransfer {
  readonly transfer: Transfer;
  readonly channel: Channel;
  /** The mark, or the final reply. */
  readonly reply: FtpReply;
}

/** What an operation needs to know and to have. */
export interface JobParts {
  readonly request: Request;
  readonly place: FtpPlace;
  readonly lease: Lease;
  readonly data: DataOptions;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** One operation on one connection, and what has to be undone if it fails. */
export class Job {
  readonly request: Request;
  readonly place: FtpPlace;
  readonly lease: Lease;
  readonly data: DataOptions;
  readonly clock: Clock;
  readonly now: () => number;
  /** Commands that put the server back into order once a transfer is over. */
  cleanUp: readonly string[] = [];
  #transfer: Transfer | undefined;
  #channel: Channel | undefined;

  constructor(parts: JobParts) {
    this.request = parts.request;
    this.place = parts.place;
    this.lease = parts.lease;
    this.data = parts.data;
    this.clock = parts.clock;
    this.now = parts.now;
  }

  get connection(): ControlConnection {
    return this.lease.connection;
  }

  /** A reply that says no, as the head of this request. */
  failed(reply: FtpReply, doing: string, code?: NonNullable<ReplyHead['error']>['code']): Opened {
    const error = replyError(reply, `${doing} ${this.place.shown}`, code);
    return { head: { ...this.head(), error } };
  }

  /** An error that the server did not put into words. */
  refused(code: NonNullable<ReplyHead['error']>['code'], message: string): Opened {
    return { head: { ...this.head(), error: { code, message: `${this.place.shown} ${message}` } } };
  }

  /** A head without bytes. */
  head(): ReplyHead {
    return { url: this.request.url, headers: [], length: 0, attributes: this.attributes() };
  }

  attributes(): NonNullable<ReplyHead['attributes']> {
    const { channel, secured, id, reused, proxy } = this.connection;
    const { address, timings } = channel;
    const shown = proxy && new URL(`${proxy.protocol}//${proxy.host}`);
    const connection = { protocol: 'ftp', id, reused, address, timings, proxy: shown };
    if (secured === undefined) return { connection };
    const state = secured.tls.errors.length === 0 ? 'verified' : 'unverified';
    return { connection, tls: secured.tls, secured: state };
  }

  /**
   * Opens a data connection and sends the command for it. If the reply says no, the channel is closed. The handshake runs beside the
   * reply: servers begin it before the mark, or after.
   */
  async transfer(port: number, command: string): Promise<StartedTransfer> {
    const { connection, data } = this;
    const plain = await openData(connection, port, data);
    this.#channel = plain;
    const transfer = connection.begin(command);
    this.#transfer = transfer;
    const secured = secureData(connection, plain, data);
    secured.catch(() => undefined);
    const reply = await transfer.started;
    if (reply.code >= 300) {
      await plain.close();
      return { transfer, channel: plain, reply };
    }
    try {
      this.#channel = await secured;
    } catch (error) {
      throw await this.why(
        transfer,
        dataFailure(error, `cannot protect the data of ${this.place.shown}`),
      );
    }
    return { transfer, channel: this.#channel, reply };
  }

  /** What the server says where a data connection failed; the failure itself if it says nothing. */
  async why(transfer: Transfer, failure: Error): Promise<Error> {
    if (this.data.signal.aborted) return failure;
    const final = await transfer.finalWithin(this.clock);
    if (transfer.failure !== undefined) return transfer.failure;
    if (final === undefined || final.code < 400) return failure;
    return Object.assign(replyFailure(final, `transfer ${this.place.shown}`), { cause: failure });
  }

  /** Ends everything at once, and lets the server clean up while nobody waits. */
  async abandon(): Promise<void> {
    const channel = this.#channel;
    if (channel === undefined || this.#transfer === undefined) {
      await Promise.all([channel?.close(), this.lease.drop()]);
      return;
    }
    await channel.close();
    this.lease.settle(this.#transfer, this.cleanUp);
  }

  /** Ends an operation that failed by itself. */
  async fail(): Promise<void> {
    await this.#channel?.close();
    this.lease.settle(this.#transfer, this.cleanUp);
  }
}
