import type { HeaderEntry, ReplyAttributes } from '@netaccess/core';
import { networkFailure } from '@netaccess/transport';

import type { Priority, PromisedReply } from './attributes.ts';
import { isClosure } from './exchange-failure.ts';
import type { Exchange, FinalHead, Resending } from './exchange.ts';
import { CANCEL, HTTP_1_1_REQUIRED, NO_ERROR, REFUSED_STREAM } from './h2/error-code.ts';
import type { Http2Failure } from './h2/http2-failure.ts';
import type { Http2RequestHead } from './h2/request-head.ts';
import type { Http2Connection } from './http2-connection.ts';
import { Http2Outlet } from './http2-outlet.ts';
import type { Http2Reception, Receiver } from './http2-reception.ts';
import type { Outgoing } from './outgoing.ts';
import { UploadSender } from './upload-sender.ts';

/** How long the end of an upload may take whose reply is whole already, once nobody reads the reply any more. */
export const LAST_UPLOAD_MILLISECONDS = 500;
/** What the words of this backend are among the urgencies of RFC 9218 §4.1, of which 3 is what holds by default. */
const urgencies: Readonly<Record<Priority, number>> = { high: 1, normal: 3, low: 5 };

const nothing = new Uint8Array(0);
const done = Promise.resolve();
const none: readonly HeaderEntry[] = [];

/** The connection of an exchange, and what it went through before. */
export interface Http2Carrier {
  readonly connection: Http2Connection;
  /** It carried another exchange. */
  readonly reused: boolean;
  /** The peer may have closed it unnoticed. */
  readonly kept: boolean;
}

/** One request and its reply on a stream of HTTP/2. */
export class Http2Exchange implements Exchange, Receiver {
  readonly #carrier: Http2Carrier;
  readonly #connection: Http2Connection;
  readonly #message: Outgoing;
  readonly #reception: Http2Reception;
  readonly answeringProxy = undefined;
  #sender: UploadSender | undefined;
  #outlet: Http2Outlet | undefined;
  #resolveHead: ((head: FinalHead) => void) | undefined;
  #resolveView: ((view: Uint8Array) => void) | undefined;
  #reject: ((error: Error) => void) | undefined;
  #headTaken = false;
  #over = false;
  #failure: Error | undefined;
  resending: Resending | undefined;

  constructor(carrier: Http2Carrier, message: Outgoing, reception: Http2Reception) {
    this.#carrier = carrier;
    this.#connection = carrier.connection;
    this.#message = message;
    this.#reception = reception;
    reception.receiver = this;
  }

  get isCoalesced(): boolean {
    return this.#connection.origin !== this.#message.origin;
  }

  get attributes(): ReplyAttributes {
    return this.#connection.attributes(this.#carrier.reused);
  }

  open(): Promise<FinalHead> {
    const { stream, hasEnded, failure } = this.#reception;
    if (stream === undefined) this.#send();
    else if (hasEnded || failure !== undefined) this.over();
    return new Promise((resolve, reject) => {
      this.#resolveHead = resolve;
      this.#reject = reject;
      if (stream !== undefined || this.#failure !== undefined)
        this.#connection.wake(this.#reception);
    });
  }

  #send(): void {
    const { engine } = this.#connection;
    try {
      if (engine.mayRequest === 0) throw this.#tooLate();
      this.#reception.stream = engine.request(requestHead(this.#message), this.#reception);
    } catch (error) {
      this.#leave();
      throw error;
    }
    if (this.#message.upload !== undefined) this.#sendUpload(this.#message.upload);
    this.#connection.flush();
  }

  /** Since the place was taken, either side said that it takes no more. */
  #tooLate(): Error {
    this.resending = { reason: 'gone', unprocessed: true };
    return networkFailure('remote-host-closed', `${this.#message.host} takes no more requests`, {
      temporary: true,
    });
  }

  #sendUpload(upload: NonNullable<Outgoing['upload']>): void {
    const { stream } = this.#reception;
    if (stream === undefined) return;
    const { length, expectsContinue: asksContinue } = this.#message;
    const { clock } = this.#connection.keeper;
    const failed = (error: unknown): void => void this.#fail(error);
    const outlet = new Http2Outlet(this.#connection, stream, length);
    this.#outlet = outlet;
    this.#sender = new UploadSender({ outlet, upload, length, asksContinue, clock, failed });
  }

  interim(status: number, fields: readonly HeaderEntry[]): void {
    if (status === 100) this.#sender?.proceed();
    try {
      this.#message.onInterim?.(status, fields);
    } catch (error) {
      this.#fail(error);
    }
  }

  over(): void {
    const { failure } = this.#reception;
    if (failure !== undefined) {
      this.#fail(failure);
      return;
    }
    const sender = this.#sender;
    if (sender === undefined || sender.done) this.#leave();
    else if (!sender.handedAll) this.#resetStream(NO_ERROR);
    else void sender.written().then(() => this.#leave());
  }

  written(): void {
    this.#outlet?.written();
  }

  stopped(): void {
    this.#sender?.stop();
    this.#outlet?.abandon();
    this.#leave();
  }

  accepts(promised: PromisedReply, origin: string): boolean {
    const { onPush, url, host } = this.#message;
    // A peer speaks for the origin that was asked, and for no other.
    if (origin !== `${url.protocol}//${host}`) return false;
    try {
      return onPush?.(promised) !== false;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  progressed(): void {
    if (this.#failure !== undefined) this.#reject?.(this.#failure);
    else if (this.#resolveHead !== undefined) this.#takeHead(this.#resolveHead);
    else if (this.#resolveView !== undefined) this.#takeBody(this.#resolveView);
  }

  #takeHead(resolve: (head: FinalHead) => void): void {
    const { status, fields, length, hasEnded, bytes } = this.#reception;
    if (status === 0) return;
    const whole = hasEnded ? bytes.size : undefined;
    const head = { status, reason: '', fields, length: length ?? whole };
    try {
      this.#message.verify(head);
    } catch (error) {
      this.#reject?.(this.#fail(error));
      return;
    }
    // Whoever was refused wants to hear of it, not to send the rest. A success may be an echo of what is still being sent.
    if (status >= 300 && this.#sender?.handedAll === false) this.#sender.stop();
    this.#headTaken = true;
    this.#settled();
    resolve(head);
  }

  #takeBody(resolve: (view: Uint8Array) => void): void {
    const { bytes, hasEnded } = this.#reception;
    if (bytes.size === 0 && !hasEnded) return;
    this.#settled();
    resolve(bytes.peek());
  }

  #settled(): void {
    this.#resolveHead = undefined;
    this.#resolveView = undefined;
    this.#reject = undefined;
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    const { bytes, hasEnded } = this.#reception;
    if (this.#failure !== undefined) throw this.#failure;
    if (bytes.size > 0) return bytes.peek();
    if (hasEnded) return nothing;
    return new Promise((resolve, reject) => {
      this.#resolveView = resolve;
      this.#reject = reject;
    });
  }

  advanceReadPointer(distance: number): void {
    if (distance === 0 || this.#failure !== undefined) return;
    this.#reception.bytes.advance(distance);
    this.#consumed(distance);
  }

  #consumed(bytes: number): void {
    const { engine } = this.#connection;
    const { stream } = this.#reception;
    if (stream === undefined || bytes === 0) return;
    engine.consumed(stream, bytes);
    if (engine.hasOutput) this.#connection.flush();
  }

  trailers(): readonly HeaderEntry[] {
    return this.#reception.hasEnded ? this.#reception.lastFields : none;
  }

  close(): Promise<void> {
    const { bytes, hasEnded } = this.#reception;
    if (bytes.size > 0) {
      const unread = bytes.size;
      bytes.clear();
      if (hasEnded) this.#consumed(unread);
    }
    if (this.#over) return done;
    return hasEnded && this.#sender?.handedAll === true
      ? this.#awaitUpload(this.#sender)
      : this.#cancel();
  }

  #cancel(): Promise<void> {
    this.#fail(networkFailure('operation-canceled', 'the exchange was closed'));
    return done;
  }

  /** The reply is whole; what of the upload is on its way still belongs to the peer. */
  async #awaitUpload(sender: UploadSender): Promise<void> {
    const abandon = (): void => this.#resetStream(NO_ERROR);
    const { clock } = this.#connection.keeper;
    const cancel = clock.schedule(abandon, LAST_UPLOAD_MILLISECONDS);
    await sender.written();
    cancel();
  }

  /** The first failure stays; it ends this exchange and none beside it. */
  #fail(error: unknown): Error {
    if (this.#failure !== undefined) return this.#failure;
    const ownFault = this.#reception.failure === undefined;
    const failure = ownFault ? asError(error) : this.#explained(this.#reception.failure);
    this.#failure = failure;
    if (!ownFault && !this.#headTaken) this.resending = this.#resending(failure);
    if (ownFault) this.#resetStream(CANCEL);
    else {
      this.#sender?.stop();
      this.#outlet?.abandon();
      this.#leave();
    }
    if (this.#reject !== undefined) this.#connection.wake(this.#reception);
    return failure;
  }

  #explained(failure: Http2Failure | undefined): Error {
    const { loss } = this.#connection;
    if (failure === undefined) return new Error('nothing failed');
    if (loss instanceof Error && 'code' in loss && loss.code === 'operation-canceled') return loss;
    const { code, message, temporary } = failure;
    const cause = loss ?? failure;
    return networkFailure(code, `${this.#message.host}: ${message}`, { temporary, cause });
  }

  #resending(failure: Error): Resending | undefined {
    const { unprocessed = false, errorCode } = this.#reception.failure ?? {};
    const seen = this.#reception.status !== 0 || this.#reception.hasInterim;
    if (errorCode === HTTP_1_1_REQUIRED && this.#connection.mayFallBack)
      return { reason: 'http/1.1', unprocessed: true, choice: 'http/1.1' };
    if (unprocessed || this.#reception.wasPromised)
      return { reason: errorCode === REFUSED_STREAM ? 'refused' : 'gone', unprocessed: true };
    if (!this.#carrier.kept || seen || !isClosure(failure)) return undefined;
    return { reason: 'lost', unprocessed: false };
  }

  #resetStream(errorCode: number): void {
    const { stream } = this.#reception;
    if (stream !== undefined) this.#connection.reset(stream, errorCode);
    this.#sender?.stop();
    this.#outlet?.abandon();
    this.#leave();
  }

  #leave(): void {
    if (this.#over) return;
    this.#over = true;
    this.#connection.exchangeOver();
  }
}

function requestHead(message: Outgoing): Http2RequestHead {
  const { operation, url, host, path, upload, length, priority } = message;
  const announcesNone = upload === undefined && (operation === 'PUT' || operation === 'POST');
  return {
    operation,
    scheme: url.protocol.slice(0, -1),
    authority: host,
    path,
    fields: withExpectations(message),
    length: length ?? (announcesNone ? 0 : undefined),
    hasUpload: upload !== undefined,
    priority: priority === 'normal' ? undefined : { urgency: urgencies[priority] },
  };
}

function withExpectations({
  fields,
  expectsContinue,
  wantsTrailers,
}: Outgoing): readonly HeaderEntry[] {
  if (!expectsContinue && !wantsTrailers) return fields;
  const more: HeaderEntry[] = [];
  if (expectsContinue) more.push(['expect', '100-continue']);
  if (wantsTrailers) more.push(['te', 'trailers']);
  return [...fields, ...more];
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
