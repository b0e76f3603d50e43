import type { HeaderEntry } from '@netaccess/core';

import type { Http2Failure } from './http2-failure.ts';
import type { PeerSettings } from './settings.ts';
import type { Stream } from './stream.ts';

/**
 * What happens to one stream. Called while the engine takes or gives bytes; may call the engine, must not throw. After `ended` or
 * `failed` nothing more is told, but `stopped`.
 */
export interface StreamListener {
  /** A reply 1xx, before the final one. Never 101. */
  interim(status: number, fields: readonly HeaderEntry[]): void;
  /** The final head. `length`: what Content-Length says, or 0 where no body can follow. Names are in lower case. */
  head(status: number, fields: readonly HeaderEntry[], length: number | undefined): void;
  /** Bytes of the body: part of what was received, valid only during this call. Each has to be `consumed` sooner or later. */
  data(view: Uint8Array): void;
  trailers(fields: readonly HeaderEntry[]): void;
  /** The reply is whole. An upload may still be under way: go on, or reset the stream with NO_ERROR. */
  ended(): void;
  /** The stream is over before its reply was whole. The stream is of no further use; there is nothing to reset. */
  failed(failure: Http2Failure): void;
  /** The view that was written was sent, and its memory may be used again: write the next one, or the end. */
  written(): void;
  /** The reply had ended, and the peer wants no more of the upload: as after `reset`, nothing more is sent. */
  stopped(): void;
}

/** What happens to the connection as a whole. As for a stream: may call the engine, must not throw. */
export interface ConnectionListener {
  /** The peer's settings came, or changed. The first time is what says that it speaks HTTP/2 at all. */
  settings(settings: PeerSettings): void;
  /** There was no room for another stream, and now there is: see `mayRequest`. */
  mayRequestMore(): void;
  /** No more requests can be made, mostly because the peer takes none; those that it will not answer have failed. Others go on. */
  goingAway(failure: Http2Failure): void;
  /** The answer to `ping`. */
  pingAcknowledged(roundTripMilliseconds: number): void;
  /**
   * A reply that nobody asked for is promised as the answer to `fields`, to the request of `parent`. Whoever wants it returns what hears of it;
   * `undefined` refuses it. Called only if push is on and the promised request is one that may be promised (RFC 9113 §8.4).
   */
  promised(promise: PushPromise): StreamListener | undefined;
  /** The connection is over: every stream was told before. What `takeOutput` still gives says why to the peer. */
  failed(failure: Http2Failure): void;
}

/** A request of the server's own making. */
export interface PushPromise {
  readonly stream: Stream;
  readonly parent: Stream;
  readonly operation: string;
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
  readonly fields: readonly HeaderEntry[];
}
