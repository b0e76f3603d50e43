import type { HeaderEntry, ReplyHead, Request, ZeroCopyBackend } from '@netaccess/core';

import { openedReply } from './attributes.ts';
import { cacheFailure } from './failure.ts';
import { isPromise } from './is-promise.ts';
import type { OpenedReply } from './opened-reply.ts';

/** Finds what is stored for a request that passed no policy. */
export type Lookup = (
  request: Request,
) => OpenedReply | undefined | Promise<OpenedReply | undefined>;

const nothing = new Uint8Array(0);
const none: readonly HeaderEntry[] = [];
const done = Promise.resolve();

/** Serves a stored reply: the one that the policy opened, or what is stored for the request. */
export class CacheBackend implements ZeroCopyBackend {
  readonly #request: Request;
  readonly #lookup: Lookup;
  #opened: OpenedReply | undefined;
  #closed = false;

  constructor(request: Request, lookup: Lookup) {
    this.#request = request;
    this.#lookup = lookup;
  }

  open(): ReplyHead | Promise<ReplyHead> {
    const given = this.#request.attributes[openedReply];
    const opened = given === undefined ? this.#lookup(this.#request) : (given ?? undefined);
    return isPromise(opened) ? opened.then((found) => this.#take(found)) : this.#take(opened);
  }

  #take(opened: OpenedReply | undefined): ReplyHead {
    if (opened === undefined) throw notStored(this.#request);
    this.#opened = opened;
    if (this.#closed) void opened.close();
    return opened.head;
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    return this.#opened?.reader?.readPointer() ?? nothing;
  }

  advanceReadPointer(distance: number): void {
    this.#opened?.reader?.advanceReadPointer(distance);
  }

  trailers(): readonly HeaderEntry[] {
    return this.#opened?.trailers() ?? none;
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.#opened?.close() ?? done;
  }
}

function notStored({ operation, customVerb }: Request): Error {
  const asked = customVerb ?? operation;
  const what =
    asked === 'get' || asked === 'head' ? 'no reply that may be served' : 'no such reply';
  return cacheFailure('content-not-found', `the cache holds ${what} to ${asked}`);
}
