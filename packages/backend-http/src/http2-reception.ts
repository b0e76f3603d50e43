import type { HeaderEntry } from '@netaccess/core';

import type { PromisedReply } from './attributes.ts';
import type { Http2Failure } from './h2/http2-failure.ts';
import type { StreamListener } from './h2/listeners.ts';
import type { Stream } from './h2/stream.ts';
import { ReceivedBytes } from './received-bytes.ts';

/** Where a reply waits that nobody has asked for yet. */
export interface Hoard {
  grew(bytes: number): void;
  /** The peer broke its promise. */
  gone(): void;
}

/** Who is told that something came for a stream. */
export interface Receiver {
  /** A reply 1xx; what this throws is its own to keep. */
  interim(status: number, fields: readonly HeaderEntry[]): void;
  /** The reply is whole, or it failed: nothing more comes. */
  over(): void;
  /** The view of the upload may be used again. */
  written(): void;
  /** The peer wants no more of the upload. */
  stopped(): void;
  /** Asked about a reply that the peer promises to send as well, from this origin. */
  accepts(promised: PromisedReply, origin: string): boolean;
  /** Once for everything that came together: whoever waits may look again. */
  progressed(): void;
}

/** Who lets receivers go on once all that came together was taken. */
export interface Waker {
  wake(reception: Http2Reception): void;
}

const none: readonly HeaderEntry[] = [];

/** What has come on one stream, and was not read yet. */
export class Http2Reception implements StreamListener {
  readonly bytes: ReceivedBytes = new ReceivedBytes();
  readonly #waker: Waker;
  /** Nobody, as long as a reply is only promised. */
  receiver: Receiver | undefined;
  stream: Stream | undefined;
  /** 0: the head has not come. */
  status = 0;
  fields: readonly HeaderEntry[] = none;
  length: number | undefined;
  lastFields: readonly HeaderEntry[] = none;
  hasEnded = false;
  hasInterim = false;
  failure: Http2Failure | undefined;
  /** Until somebody asks for what was promised. */
  hoard: Hoard | undefined;
  wasPromised = false;
  /** Will be told of its progress. */
  woken = false;

  constructor(waker: Waker) {
    this.#waker = waker;
  }

  interim(status: number, fields: readonly HeaderEntry[]): void {
    this.hasInterim = true;
    this.receiver?.interim(status, fields);
  }

  head(status: number, fields: readonly HeaderEntry[], length: number | undefined): void {
    this.status = status;
    this.fields = fields;
    this.length = length;
    this.#waker.wake(this);
  }

  data(view: Uint8Array): void {
    this.bytes.append(view);
    this.hoard?.grew(view.length);
    this.#waker.wake(this);
  }

  trailers(fields: readonly HeaderEntry[]): void {
    this.lastFields = fields;
  }

  ended(): void {
    this.hasEnded = true;
    this.receiver?.over();
    this.#waker.wake(this);
  }

  failed(failure: Http2Failure): void {
    this.failure = failure;
    this.hoard?.gone();
    this.receiver?.over();
    this.#waker.wake(this);
  }

  written(): void {
    this.receiver?.written();
  }

  stopped(): void {
    this.receiver?.stopped();
  }
}
