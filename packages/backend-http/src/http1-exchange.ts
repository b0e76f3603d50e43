import type { HeaderEntry, ReplyAttributes } from '@netaccess/core';
import { networkFailure, type Channel } from '@netaccess/transport';

import { closedEarly, cutOff, explained, isClosure, lostChannel } from './exchange-failure.ts';
import type { Exchange, FinalHead, Resending } from './exchange.ts';
import { fieldValues } from './field-lookup.ts';
import { bodyReader, type BodyReader } from './h1/body-reader.ts';
import { HeadParser, type ReplyMessageHead } from './h1/head-parser.ts';
import { INTERIM_REPLIES } from './h1/limits.ts';
import { protocolFailure } from './h1/protocol-failure.ts';
import { wholeBody } from './h1/whole-body.ts';
import type { Http1Connection } from './http1-connection.ts';
import { Http1Outlet } from './http1-outlet.ts';
import { http1Request } from './http1-request.ts';
import type { Outgoing } from './outgoing.ts';
import { UploadSender } from './upload-sender.ts';

/** A body that came with its head and is no larger is copied out, which frees its connection. */
export const WHOLE_BODY_BYTES: number = 64 * 1024;
/** What is left of a body that nobody wants is read, up to so many bytes, if that saves the connection. */
export const DRAIN_BYTES: number = 64 * 1024;
/** For how long. */
export const DRAIN_MILLISECONDS = 500;
/** A peer that says how long it keeps an idle connection begins to count earlier than we do. */
const KEEP_ALIVE_MARGIN_MILLISECONDS = 1000;

const nothing = new Uint8Array(0);
const done = Promise.resolve();
const none: readonly HeaderEntry[] = [];
const lost: Resending = { reason: 'lost', unprocessed: false };

/** The connection of an exchange, and what it went through before. */
export interface Carrier {
  readonly connection: Http1Connection;
  /** It carried another exchange. */
  readonly reused: boolean;
  /** The peer may have closed it unnoticed. */
  readonly kept: boolean;
}

/** One request and its reply over HTTP/1.1: moves bytes between the channel and the engine. */
export class Http1Exchange implements Exchange {
  readonly #connection: Http1Connection;
  readonly #channel: Channel;
  readonly #message: Outgoing;
  readonly #reused: boolean;
  readonly #kept: boolean;
  #parser = new HeadParser();
  #interimReplies = 0;
  #head: ReplyMessageHead | undefined;
  #body: BodyReader | undefined;
  #sender: UploadSender | undefined;
  /** The body, if it was copied out. */
  #whole: Uint8Array | undefined;
  /** Of the channel's view: framing, then what was lent, then what follows it. */
  #framingBytes = 0;
  #lent: Uint8Array = nothing;
  #behind = 0;
  #readPending = false;
  #over = false;
  #closing: Promise<void> | undefined;
  #failure: Error | undefined;
  resending: Resending | undefined;
  readonly isCoalesced = false;

  constructor({ connection, reused, kept }: Carrier, message: Outgoing) {
    this.#connection = connection;
    this.#channel = connection.opened.channel;
    this.#message = message;
    this.#reused = reused;
    this.#kept = kept;
  }

  get attributes(): ReplyAttributes {
    return this.#connection.attributes(this.#reused);
  }

  get answeringProxy(): URL | undefined {
    return this.#connection.opened.forwardingProxy;
  }

  open(): FinalHead | Promise<FinalHead> {
    try {
      const head = http1Request(this.#message, this.answeringProxy);
      const coming = this.#reused ? this.#silence() : undefined;
      this.#send(head);
      return coming === undefined ? this.#readHead() : this.#awaitHead(coming);
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** The next read, which has to wait: what a connection holds before it is asked is no answer, and it is out of step. */
  #silence(): Promise<Uint8Array> {
    const view = this.#channel.readPointer();
    if (view instanceof Promise) return view;
    const what = view.length === 0 ? 'closed the connection' : 'sent something';
    throw networkFailure('remote-host-closed', `${what} before it was asked`, { temporary: true });
  }

  #send(head: Uint8Array): void {
    const { upload, length, expectsContinue: asksContinue } = this.#message;
    const channel = this.#channel;
    if (upload === undefined) {
      // What keeps it from being written keeps the reply from coming.
      channel.write(head)?.then(undefined, () => undefined);
      return;
    }
    const { clock } = this.#connection.keeper;
    const failed = (error: unknown): void => {
      if (!this.#over) this.#fail(error);
    };
    const outlet = new Http1Outlet(channel, head, length);
    this.#sender = new UploadSender({ outlet, upload, length, asksContinue, clock, failed });
  }

  #readHead(): FinalHead | Promise<FinalHead> {
    for (;;) {
      const view = this.#channel.readPointer();
      if (view instanceof Promise) return this.#awaitHead(view);
      const head = this.#takeHead(view);
      if (head !== undefined) return head;
    }
  }

  #awaitHead(coming: Promise<Uint8Array>): Promise<FinalHead> {
    this.#readPending = true;
    return coming.then(
      (view) => this.#headCame(view),
      (error: unknown) => this.#readFailed(error),
    );
  }

  #headCame(view: Uint8Array): FinalHead | Promise<FinalHead> {
    this.#readPending = false;
    try {
      this.#checkFailure();
      return this.#takeHead(view) ?? this.#readHead();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #readFailed(error: unknown): never {
    this.#readPending = false;
    throw this.#fail(lostChannel(error));
  }

  #takeHead(view: Uint8Array): FinalHead | undefined {
    if (view.length === 0) throw closedEarly(this.#seenReply(), this.#sender?.writeFailure);
    const head = this.#parser.parse(view);
    if (head?.status === 101 && this.#message.upgradeSettings !== undefined)
      return this.#switch(head);
    if (head === undefined || head.status < 200) {
      this.#channel.advanceReadPointer(this.#parser.taken);
      if (head !== undefined) this.#takeInterim(head);
      return undefined;
    }
    return this.#takeFinal(head, view);
  }

  /** The rest of the channel is HTTP/2: this exchange is over, and its connection with it. */
  #switch(head: ReplyMessageHead): FinalHead {
    const protocols = fieldValues(head.fields, 'upgrade').map((value) => value.toLowerCase());
    if (protocols.length !== 1 || protocols[0] !== 'h2c')
      throw protocolFailure('it changes to a protocol that nobody asked for');
    this.#channel.advanceReadPointer(this.#parser.taken);
    this.#over = true;
    const { status, reason, fields } = head;
    return { status, reason, fields, length: undefined };
  }

  #takeInterim({ status, fields }: ReplyMessageHead): void {
    this.#interimReplies += 1;
    if (this.#interimReplies > INTERIM_REPLIES)
      throw protocolFailure(`more than ${INTERIM_REPLIES} interim replies`);
    if (status === 101) throw protocolFailure('it changes to a protocol that nobody asked for');
    this.#parser = new HeadParser();
    if (status === 100) this.#sender?.proceed();
    this.#message.onInterim?.(status, fields);
    this.#checkFailure();
  }

  #takeFinal(head: ReplyMessageHead, view: Uint8Array): FinalHead {
    const { taken } = this.#parser;
    this.#head = head;
    this.#body = bodyReader(head, this.#message.isHead);
    const { status, reason, fields } = head;
    const length = this.#body.remaining;
    const final = { status, reason, fields, length };
    this.#message.verify(final);
    // Whoever was refused wants to hear of it, not to send the rest. A success may be an echo of what is still being sent.
    if (status >= 300 && this.#sender?.handedAll === false) this.#sender.stop();
    const whole = wholeBody(this.#body, view, taken, WHOLE_BODY_BYTES);
    this.#channel.advanceReadPointer(whole?.end ?? taken);
    if (whole === undefined) return final;
    this.#whole = whole.bytes;
    this.#body = whole.reader;
    this.#behind = view.length - whole.end;
    this.#finish();
    this.#checkFailure();
    return length === undefined ? { ...final, length: whole.bytes.length } : final;
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    if (this.#whole !== undefined) return this.#whole;
    this.#checkFailure();
    if (this.#lent.length > 0) return this.#lent;
    try {
      return this.#readBody();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #readBody(): Uint8Array | Promise<Uint8Array> {
    for (;;) {
      this.#checkFailure();
      if (this.#body === undefined || this.#body.ended) return nothing;
      const view = this.#channel.readPointer();
      if (view instanceof Promise) {
        this.#readPending = true;
        return view.then(
          (came) => this.#bodyCame(came),
          (error: unknown) => this.#readFailed(error),
        );
      }
      if (view.length === 0) return this.#takeEnd(this.#body);
      const lent = this.#takeBody(view, this.#body);
      if (lent.length > 0) return lent;
    }
  }

  #bodyCame(view: Uint8Array): Uint8Array | Promise<Uint8Array> {
    this.#readPending = false;
    try {
      this.#checkFailure();
      if (this.#body === undefined) return nothing;
      if (view.length === 0) return this.#takeEnd(this.#body);
      const lent = this.#takeBody(view, this.#body);
      return lent.length > 0 ? lent : this.#readBody();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** The peer closed. A body without a length is whole only if that was not an attack (RFC 9112 §9.8). */
  #takeEnd(body: BodyReader): Uint8Array | Promise<Uint8Array> {
    const untilClose = body.content === Infinity;
    body.close();
    const { wasCutOff } = this.#connection.opened;
    if (untilClose && wasCutOff !== undefined) return wasCutOff().then((cut) => this.#endCame(cut));
    this.#finish();
    return nothing;
  }

  #endCame(cut: boolean | undefined): Uint8Array {
    this.#checkFailure();
    if (cut === true) throw this.#fail(cutOff());
    this.#finish();
    return nothing;
  }

  /** What of the view can be lent; empty when it held nothing but framing. */
  #takeBody(view: Uint8Array, body: BodyReader): Uint8Array {
    const start = body.skip(view, 0);
    const end = start + Math.min(body.content, view.length - start);
    this.#behind = view.length - end;
    if (start === end) {
      this.#channel.advanceReadPointer(start);
      if (body.ended) this.#finish();
      return nothing;
    }
    this.#framingBytes = start;
    // Channels may lend Node's own Buffer, whose `slice` does not copy, as everybody who is lent a Uint8Array expects.
    this.#lent = new Uint8Array(view.buffer, view.byteOffset + start, end - start);
    return this.#lent;
  }

  advanceReadPointer(distance: number): void {
    if (this.#whole !== undefined) {
      this.#whole = this.#whole.subarray(distance);
      return;
    }
    if (distance === 0 || this.#failure !== undefined) return;
    const complete = distance === this.#lent.length;
    this.#channel.advanceReadPointer(this.#framingBytes + distance);
    this.#body?.take(distance);
    this.#framingBytes = 0;
    this.#lent = nothing;
    if (complete && this.#body?.ended === true) this.#finish();
  }

  trailers(): readonly HeaderEntry[] {
    return this.#body?.trailers ?? none;
  }

  close(): Promise<void> {
    return this.#over && this.#sender === undefined && this.#closing === undefined
      ? done
      : this.#close();
  }

  async #close(): Promise<void> {
    if (!this.#over && this.#drainable()) await this.#drain();
    if (!this.#over) this.#abandon(networkFailure('operation-canceled', 'the exchange was closed'));
    this.#sender?.stop();
    await this.#closing;
  }

  /** The body is over. The connection lives on if both sides are where they should be. */
  #finish(): void {
    if (this.#over) return;
    const sender = this.#sender;
    if (this.#behind > 0) this.#endWithMore();
    else if (sender === undefined || sender.done) this.#release();
    else if (sender.handedAll) void sender.written().then(() => this.#release());
    else this.#abandon();
  }

  /** Bytes behind a body are no reply to anything. Those that sloppy servers send where no body belongs are not even looked at. */
  #endWithMore(): void {
    const { status } = this.#head ?? {};
    if (this.#message.isHead || status === 204 || status === 304) this.#abandon();
    else this.#fail(protocolFailure('its body is longer than it says'));
  }

  #release(): void {
    if (this.#over) return;
    this.#over = true;
    this.#connection.keeper.released(this.#connection, this.#keepMilliseconds());
  }

  #keepMilliseconds(): number | undefined {
    const { framing, minorVersion } = this.#head ?? {};
    if (framing === undefined || this.#failure !== undefined) return undefined;
    const persistent = minorVersion === 0 ? framing.keepAlive && !framing.close : !framing.close;
    if (!persistent || this.#message.closes) return undefined;
    if (this.#sender?.done === false || !this.#channel.open) return undefined;
    if (framing.idleSeconds === undefined) return Infinity;
    return Math.max(0, framing.idleSeconds * 1000 - KEEP_ALIVE_MARGIN_MILLISECONDS);
  }

  /** Ends the exchange and its connection with it. */
  #abandon(failure?: Error): void {
    this.#failure ??= failure;
    if (this.#over) return;
    this.#over = true;
    this.#closing = this.#connection.close();
    this.#sender?.stop();
    this.#connection.keeper.released(this.#connection, undefined);
  }

  #drainable(): boolean {
    const body = this.#body;
    if (body === undefined || this.#failure !== undefined || this.#readPending) return false;
    if (this.#sender?.done === false && !this.#sender.handedAll) return false;
    return body.content !== Infinity && (body.remaining ?? 0) <= DRAIN_BYTES;
  }

  async #drain(): Promise<void> {
    const cancel = this.#connection.keeper.clock.schedule(
      () => this.#abandon(),
      DRAIN_MILLISECONDS,
    );
    try {
      for (let bytes = 0; bytes <= DRAIN_BYTES && !this.#over;) {
        const view = await this.readPointer();
        if (view.length === 0) break;
        bytes += view.length;
        this.advanceReadPointer(view.length);
      }
      await this.#sender?.written();
    } catch {
      // Nobody wanted these bytes: what was wrong with them closed the connection, and that is all.
    } finally {
      cancel();
    }
  }

  #checkFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** The first failure stays; it ends the exchange and its connection. */
  #fail(error: unknown): Error {
    if (this.#failure !== undefined) return this.#failure;
    const failure = explained(error, this.#message.host);
    const unanswered = this.#head === undefined && !this.#seenReply();
    if (this.#kept && unanswered && isClosure(failure)) this.resending = lost;
    this.#abandon(failure);
    return failure;
  }

  #seenReply(): boolean {
    return this.#parser.started || this.#interimReplies > 0;
  }
}
