import type { HeaderEntry } from '@netaccess/core';
import { networkFailure } from '@netaccess/transport';

import { ChunkedReader } from './chunked-reader.ts';
import type { ReplyMessageHead } from './head-parser.ts';

const none: readonly HeaderEntry[] = [];

/** Tells a body's bytes from those around them. Looks at what the channel lends and keeps none of it. */
export interface BodyReader {
  /** Every byte of the body, and what ends it, was taken. */
  readonly ended: boolean;
  /** Bytes of the body that follow next, before anything else; Infinity: until the peer closes. 0 asks for `skip`. */
  readonly content: number;
  /** Bytes of the body that are still to come, where that is known. */
  readonly remaining: number | undefined;
  readonly trailers: readonly HeaderEntry[];
  /** Takes what is not content at the start of `view`, from `from` on; returns the index after it. */
  skip(view: Uint8Array, from: number): number;
  /** Takes `count` bytes of content, at most `content`. */
  take(count: number): void;
  /** The peer closed. Throws unless that ends the body. */
  close(): void;
}

/** The reader for the body of a final reply (RFC 9112 §6.3). `toHead`: of a reply to HEAD, which has none. */
export function bodyReader({ status, framing }: ReplyMessageHead, toHead: boolean): BodyReader {
  if (toHead || status === 204 || status === 304) return new CountedReader(0);
  if (framing.chunked) return new ChunkedReader();
  if (framing.contentLength !== undefined) return new CountedReader(framing.contentLength);
  return new ClosedReader();
}

/** A body of a declared length. */
class CountedReader implements BodyReader {
  readonly #length: number;
  content: number;
  readonly trailers: readonly HeaderEntry[] = none;

  constructor(length: number) {
    this.#length = length;
    this.content = length;
  }

  get ended(): boolean {
    return this.content === 0;
  }

  get remaining(): number {
    return this.content;
  }

  skip(_view: Uint8Array, from: number): number {
    return from;
  }

  take(count: number): void {
    this.content -= count;
  }

  close(): void {
    if (this.ended) return;
    const came = this.#length - this.content;
    throw networkFailure(
      'remote-host-closed',
      `closed after ${came} of ${this.#length} bytes of the body`,
      {
        temporary: true,
      },
    );
  }
}

/** A body that ends when the peer closes. */
class ClosedReader implements BodyReader {
  ended = false;
  readonly remaining = undefined;
  readonly trailers: readonly HeaderEntry[] = none;

  get content(): number {
    return this.ended ? 0 : Infinity;
  }

  skip(_view: Uint8Array, from: number): number {
    return from;
  }

  take(): void {
    // However much came: only the end counts.
  }

  close(): void {
    this.ended = true;
  }
}
