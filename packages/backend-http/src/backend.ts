import type {
  BackendContext,
  HeaderEntry,
  ReplyHead,
  Request,
  ZeroCopyBackend,
} from '@netaccess/core';
import { networkFailure } from '@netaccess/transport';

import type { Connection } from './connection.ts';
import type { Exchange, FinalHead, ResendReason } from './exchange.ts';
import { outgoing, type Outgoing, withNativeOperation } from './outgoing.ts';
import type { Pool } from './pool.ts';
import { PROXY_AUTHENTICATION_REQUIRED, PROXY_QUESTIONS, ProxyQuestion } from './proxy-question.ts';
import { replyHead } from './reply-head.ts';
import { Ticket } from './ticket.ts';
import type { VersionChoice } from './version-choice.ts';

/** Expectation Failed (RFC 9110 §15.5.18): the same without asking may succeed. */
const EXPECTATION_FAILED = 417;
/** Misdirected Request (RFC 9110 §15.5.20): another connection may be meant for it. */
const MISDIRECTED_REQUEST = 421;
const nothing = new Uint8Array(0);
const done = Promise.resolve();
const none: readonly HeaderEntry[] = [];

/** Serves one request, over whatever version of HTTP the pool's connection speaks. */
export class HttpBackend implements ZeroCopyBackend {
  readonly #request: Request;
  readonly #context: BackendContext;
  readonly #pool: Pool;
  #ticket: Ticket | undefined;
  #question: ProxyQuestion | undefined;
  #exchange: Exchange | undefined;
  readonly #resent: ResendReason[] = [];
  /** Over what the request says. */
  #choice: VersionChoice | undefined;
  /** Over no connection of another origin's. */
  #own = false;
  #closed = false;

  constructor(request: Request, context: BackendContext, pool: Pool) {
    this.#request = withNativeOperation(request);
    this.#context = context;
    this.#pool = pool;
  }

  get waiting(): boolean {
    return this.#ticket?.waiting ?? this.#question !== undefined;
  }

  async open(): Promise<ReplyHead> {
    const message = outgoing(this.#request);
    const taken = this.#take(message, false);
    const exchange = this.#begin(
      taken instanceof Ticket ? await this.#wait(taken) : taken,
      message,
    );
    let head: FinalHead;
    try {
      const opened = exchange.open();
      head = opened instanceof Promise ? await opened : opened;
    } catch (error) {
      head = await this.#sendAgain(message, exchange, error);
    }
    if (head.status === EXPECTATION_FAILED && mayDropExpectation(message))
      head = await this.#sendChanged({ ...message, expectsContinue: false });
    if (
      head.status === MISDIRECTED_REQUEST &&
      this.#opened().isCoalesced &&
      maySendUpload(message)
    ) {
      this.#own = true;
      head = await this.#sendChanged(message);
    }
    if (head.status === PROXY_AUTHENTICATION_REQUIRED)
      head = await this.#answerProxy(message, head);
    return replyHead(this.#request, head, this.#opened());
  }

  /**
   * A kept connection may be closed by the peer at any moment, and a peer may have no place for a request: then it is sent once more for each
   * of these reasons, if it may be.
   */
  async #sendAgain(message: Outgoing, failed: Exchange, error: unknown): Promise<FinalHead> {
    const { resending } = failed;
    if (resending === undefined || this.#closed || !maySendUpload(message)) throw error;
    if (!resending.unprocessed && !message.idempotent) throw error;
    if (this.#resent.includes(resending.reason)) throw error;
    this.#resent.push(resending.reason);
    this.#choice = resending.choice ?? this.#choice;
    const exchange = await this.#start(message, true);
    try {
      return await exchange.open();
    } catch (again) {
      return this.#sendAgain(message, exchange, again);
    }
  }

  /** A proxy that is told the whole URL may want credentials that neither its URL nor the caller's headers hold. */
  async #answerProxy(refused: Outgoing, refusal: FinalHead): Promise<FinalHead> {
    let head = refusal;
    for (let questions = 0; questions < PROXY_QUESTIONS; questions += 1) {
      const proxyAuthorization = await this.#ask(refused, head);
      if (proxyAuthorization === undefined) return head;
      head = await this.#sendChanged({ ...refused, proxyAuthorization });
      if (head.status !== PROXY_AUTHENTICATION_REQUIRED) return head;
    }
    return head;
  }

  async #ask(message: Outgoing, refusal: FinalHead): Promise<string | undefined> {
    const proxy = this.#exchange?.answeringProxy;
    const asks = this.#request.attributes.proxyCredentials !== undefined;
    if (!asks || proxy === undefined || !maySendUpload(message)) return undefined;
    this.#question = new ProxyQuestion(this.#request, refusal, proxy);
    try {
      return await this.#question.answer;
    } finally {
      this.#question = undefined;
    }
  }

  /** Instead of what was refused without having been acted on. */
  async #sendChanged(message: Outgoing): Promise<FinalHead> {
    await this.#exchange?.close();
    const exchange = await this.#start(message, false);
    try {
      return await exchange.open();
    } catch (error) {
      return this.#sendAgain(message, exchange, error);
    }
  }

  async #start(message: Outgoing, fresh: boolean): Promise<Exchange> {
    const taken = this.#take(message, fresh);
    return this.#begin(taken instanceof Ticket ? await this.#wait(taken) : taken, message);
  }

  #take(message: Outgoing, fresh: boolean): Connection | Ticket {
    this.#checkClosed();
    return this.#pool.take(this.#request, this.#context, {
      origin: message.origin,
      bodiless: message.upload === undefined,
      fresh,
      choice: this.#choice,
      own: this.#own,
    });
  }

  async #wait(ticket: Ticket): Promise<Connection> {
    this.#ticket = ticket;
    const connection = await ticket.connection;
    this.#ticket = undefined;
    if (this.#closed) connection.giveBack();
    this.#checkClosed();
    return connection;
  }

  #begin(connection: Connection, message: Outgoing): Exchange {
    this.#exchange = connection.exchange(message);
    return this.#exchange;
  }

  #checkClosed(): void {
    if (this.#closed) throw networkFailure('operation-canceled', 'the request was given up');
  }

  #opened(): Exchange {
    if (this.#exchange === undefined)
      throw networkFailure('operation-canceled', 'the exchange was closed');
    return this.#exchange;
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

  close(): Promise<void> {
    this.#closed = true;
    this.#ticket?.cancel();
    this.#question?.cancel();
    return this.#exchange?.close() ?? done;
  }
}

function mayDropExpectation({ expectsContinue, upload }: Outgoing): boolean {
  return expectsContinue && upload?.opened === false;
}

function maySendUpload({ upload }: Outgoing): boolean {
  return upload === undefined || upload.resettable || !upload.opened;
}
