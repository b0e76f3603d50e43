import type {
  BackendContext,
  HeaderEntry,
  ReplyHead,
  Request,
  ZeroCopyBackend,
} from '@netaccess/core';
import { networkFailure } from '@netaccess/transport';

import type { Connection, Exchange, FinalHead } from './exchange.ts';
import { outgoing, type Outgoing, withNativeOperation } from './outgoing.ts';
import type { Pool } from './pool.ts';
import { replyHead } from './reply-head.ts';
import { Ticket } from './ticket.ts';

/** Expectation Failed (RFC 9110 §15.5.18): the same without asking may succeed. */
const EXPECTATION_FAILED = 417;
const nothing = new Uint8Array(0);
const none: readonly HeaderEntry[] = [];

/** Serves one request, over whatever version of HTTP the pool's connection speaks. */
export class HttpBackend implements ZeroCopyBackend {
  readonly #request: Request;
  readonly #context: BackendContext;
  readonly #pool: Pool;
  #ticket: Ticket | undefined;
  #exchange: Exchange | undefined;
  #closed = false;

  constructor(request: Request, context: BackendContext, pool: Pool) {
    this.#request = withNativeOperation(request);
    this.#context = context;
    this.#pool = pool;
  }

  get waiting(): boolean {
    return this.#ticket?.waiting ?? false;
  }

  async open(): Promise<ReplyHead> {
    const message = outgoing(this.#request);
    let head = await this.#send(message);
    if (
      head.status === EXPECTATION_FAILED &&
      message.expectsContinue &&
      message.upload?.opened === false
    ) {
      await this.#exchange?.close();
      head = await this.#send({ ...message, expectsContinue: false });
    }
    return this.#reply(head);
  }

  /** A kept connection may be closed by the peer at any moment: then a fresh one is tried, once, with what may be sent again. */
  async #send(message: Outgoing): Promise<FinalHead> {
    const exchange = await this.#start(message, false);
    try {
      return await exchange.open();
    } catch (error) {
      if (!exchange.mayResend || !mayResend(message) || this.#closed) throw error;
    }
    return (await this.#start(message, true)).open();
  }

  async #start(message: Outgoing, fresh: boolean): Promise<Exchange> {
    const connection = await this.#connect(message, fresh);
    this.#exchange = connection.exchange(message);
    return this.#exchange;
  }

  async #connect(message: Outgoing, fresh: boolean): Promise<Connection> {
    this.#checkClosed();
    const taken = this.#pool.take(this.#request, this.#context, { origin: message.origin, fresh });
    if (!(taken instanceof Ticket)) return taken;
    this.#ticket = taken;
    const connection = await taken.connection;
    this.#ticket = undefined;
    if (this.#closed) connection.giveBack();
    this.#checkClosed();
    return connection;
  }

  #checkClosed(): void {
    if (this.#closed) throw networkFailure('operation-canceled', 'the request was given up');
  }

  #reply(head: FinalHead): ReplyHead {
    if (this.#exchange === undefined)
      throw networkFailure('operation-canceled', 'the exchange was closed');
    return replyHead(this.#request, head, this.#exchange);
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    return this.#exchange?.readPointer() ?? nothing;
  }

  advanceReadPointer(distance: number): void {
    this.#exchange?.advanceReadPointer(distance);
  }

  trailers(): readonly HeaderEntry[] {
    return this.#exchange?.trailers() ?? none;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#ticket?.cancel();
    await this.#exchange?.close();
  }
}

function mayResend({ idempotent, upload }: Outgoing): boolean {
  return idempotent && (upload === undefined || upload.resettable || !upload.opened);
}
