import type { Body, HeaderEntry } from './contract.ts';
import { NetworkError } from './error.ts';
import type { Exchange } from './exchange.ts';
import { isPromise } from './is-promise.ts';

/** Bytes of a reply as they come: lent in views, or copied into memory that the reader brings. */
export interface Source extends Body {
  /** Fills `into` without a copy in between; absent when views are lent. */
  readonly read?: ((into: Uint8Array) => number | Promise<number>) | undefined;
  trailers(): readonly HeaderEntry[];
}

/** Memory for reading views from a backend that copies: large enough that a call costs nothing beside its bytes. */
const RECYCLED_BYTES = 1_048_576;
/** A declared length is a hint from a stranger: up to here memory is taken for it at once. */
const PREALLOCATED_BYTES = 16_777_216;
/** How much `bytes`, `text` and `json` hold unless told otherwise. */
export const MAXIMUM_BODY_BYTES = 1_073_741_824;

const nothing = new Uint8Array(0);

/** The bytes of an exchange, whichever way its backend moves them. */
export function exchangeSource(exchange: Exchange, length: number | undefined): Source {
  return exchange.lends ? new LentSource(exchange) : new CopiedSource(exchange, length);
}

/** An exchange whose backend lends: without a `read`, which would be another way to the same bytes. */
class LentSource implements Source {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    return this.#exchange.readPointer();
  }

  advanceReadPointer(distance: number): void {
    this.#exchange.advanceReadPointer(distance);
  }

  trailers(): readonly HeaderEntry[] {
    return this.#exchange.trailers();
  }

  close(): Promise<void> {
    return this.#exchange.close();
  }
}

/** Lends views of memory of its own to those who want views of a backend that copies. A reader has one way or the other. */
class CopiedSource implements Source {
  readonly #exchange: Exchange;
  readonly #wantedBytes: number;
  #memory: Uint8Array | undefined;
  #view: Uint8Array = nothing;

  constructor(exchange: Exchange, length: number | undefined) {
    this.#exchange = exchange;
    this.#wantedBytes = Math.max(1, Math.min(length ?? RECYCLED_BYTES, RECYCLED_BYTES));
  }

  read(into: Uint8Array): number | Promise<number> {
    return this.#exchange.read(into);
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    if (this.#view.byteLength > 0) return this.#view;
    this.#memory ??= new Uint8Array(this.#wantedBytes);
    const count = this.#exchange.read(this.#memory);
    return isPromise(count) ? count.then(this.#lend) : this.#lend(count);
  }

  readonly #lend = (count: number): Uint8Array => {
    if (count === 0) this.#memory = undefined;
    this.#view = this.#memory?.subarray(0, count) ?? nothing;
    return this.#view;
  };

  advanceReadPointer(distance: number): void {
    this.#view = this.#view.subarray(distance);
  }

  trailers(): readonly HeaderEntry[] {
    return this.#exchange.trailers();
  }

  close(): Promise<void> {
    this.#memory = undefined;
    this.#view = nothing;
    return this.#exchange.close();
  }
}

/** A policy's body around a source. The policy's own failure ends the exchange beneath it. */
export class WrappedSource implements Source {
  readonly #body: Body;
  readonly #inner: Source;
  readonly #url: URL;
  #closing: Promise<void> | undefined;
  #ended = false;
  #failure: NetworkError | undefined;

  constructor(wrap: (source: Body) => Body, inner: Source, url: URL) {
    this.#inner = inner;
    this.#url = url;
    this.#body = wrap(inner);
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#ended) return nothing;
    let view: Uint8Array | Promise<Uint8Array>;
    try {
      view = this.#body.readPointer();
    } catch (error) {
      throw this.#failed(error);
    }
    if (!isPromise(view)) return this.#seen(view);
    return view.then(this.#seen, (error: unknown) => {
      throw this.#failed(error);
    });
  }

  readonly #seen = (view: Uint8Array): Uint8Array => {
    if (view.byteLength === 0) {
      this.#ended = true;
      void this.#end();
    }
    return view;
  };

  #failed(error: unknown): NetworkError {
    this.#failure ??= NetworkError.from(error, this.#url);
    void this.#end();
    return this.#failure;
  }

  advanceReadPointer(distance: number): void {
    if (this.#ended || this.#failure !== undefined) return;
    this.#body.advanceReadPointer(distance);
  }

  trailers(): readonly HeaderEntry[] {
    return this.#inner.trailers();
  }

  close(): Promise<void> {
    this.#failure ??= this.#ended
      ? undefined
      : new NetworkError('operation-canceled', 'the reply was closed', { url: this.#url });
    return this.#end();
  }

  #end(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The exchange is ended whatever the policy's body does; like a backend's, its `close` never throws. */
  async #close(): Promise<void> {
    await Promise.allSettled([this.#body.close()]);
    await this.#inner.close();
  }
}

/** Fills `into` from its start; 0 at the end. */
export function readInto(source: Source, into: Uint8Array): number | Promise<number> {
  if (into.byteLength === 0) return 0;
  if (source.read !== undefined) return source.read(into);
  const take = (view: Uint8Array): number => {
    const count = copyInto(into, view);
    source.advanceReadPointer(count);
    return count;
  };
  const view = source.readPointer();
  return isPromise(view) ? view.then(take) : take(view);
}

function copyInto(into: Uint8Array, view: Uint8Array): number {
  const count = Math.min(into.byteLength, view.byteLength);
  into.set(count === view.byteLength ? view : view.subarray(0, count));
  return count;
}

/** The next chunk, or `undefined` at the end. */
export async function nextChunk(source: Source): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const view = await source.readPointer();
  if (view.byteLength === 0) return undefined;
  const chunk = new Uint8Array(view);
  source.advanceReadPointer(view.byteLength);
  return chunk;
}

/** Each view until the next is asked for; leaving early closes the source. */
export function eachView(source: Source): AsyncIterableIterator<Uint8Array> {
  let lent = 0;
  const seen = (view: Uint8Array): IteratorResult<Uint8Array, undefined> => {
    lent = view.byteLength;
    return lent === 0 ? { done: true, value: undefined } : { done: false, value: view };
  };
  return iterator(source, () => {
    if (lent > 0) source.advanceReadPointer(lent);
    lent = 0;
    const view = source.readPointer();
    return isPromise(view) ? view.then(seen) : Promise.resolve(seen(view));
  });
}

/** Each chunk; leaving early closes the source. */
export function eachChunk(source: Source): AsyncIterableIterator<Uint8Array<ArrayBuffer>> {
  return iterator(source, async () => {
    const value = await nextChunk(source);
    return value === undefined ? { done: true, value } : { done: false, value };
  });
}

function iterator<Value>(
  source: Source,
  step: () => Promise<IteratorResult<Value, undefined>>,
): AsyncIterableIterator<Value> {
  let left = false;
  return {
    next() {
      if (left) return Promise.resolve({ done: true, value: undefined });
      try {
        return step();
      } catch (error) {
        return Promise.reject(error);
      }
    },
    async return() {
      left = true;
      await source.close();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Everything, in one allocation where the length is known and small enough to be believed. */
export function allBytes(
  source: Source,
  expected: number | undefined,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  return source.read === undefined
    ? gatherViews(source, expected, limit)
    : gatherReads(source, source.read.bind(source), expected, limit);
}

/** Everything as UTF-8, without a copy in between where it is there in one view. */
export async function allText(
  source: Source,
  expected: number | undefined,
  limit: number,
): Promise<string> {
  if (source.read === undefined && expected !== undefined && expected <= limit) {
    const lent = source.readPointer();
    const view = isPromise(lent) ? await lent : lent;
    if (view.byteLength === expected) {
      const text = new TextDecoder().decode(view);
      source.advanceReadPointer(view.byteLength);
      await expectEnd(source);
      return text;
    }
  }
  return new TextDecoder().decode(await allBytes(source, expected, limit));
}

async function expectEnd(source: Source): Promise<void> {
  const lent = source.readPointer();
  const view = isPromise(lent) ? await lent : lent;
  if (view.byteLength === 0) return;
  await source.close();
  throw new NetworkError(
    'protocol-failure',
    'the body is longer than the length that was declared',
  );
}

async function gatherViews(
  source: Source,
  expected: number | undefined,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let memory = new Uint8Array(Math.min(expected ?? 0, PREALLOCATED_BYTES, limit));
  let used = 0;
  for (;;) {
    const lent = source.readPointer();
    const view = isPromise(lent) ? await lent : lent;
    if (view.byteLength === 0) break;
    const wanted = used + view.byteLength;
    if (wanted > limit) throw await tooLarge(source, limit);
    if (wanted > memory.byteLength) memory = grown(memory, used, wanted, expected ?? limit);
    memory.set(view, used);
    used = wanted;
    source.advanceReadPointer(view.byteLength);
  }
  return used === memory.byteLength ? memory : memory.slice(0, used);
}

/** A full memory may be all there is: before it grows, a few bytes ask whether more comes. */
const PROBE_BYTES = 64;
const FIRST_READ_BYTES = 16_384;

async function gatherReads(
  source: Source,
  read: (into: Uint8Array) => number | Promise<number>,
  expected: number | undefined,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let memory = new Uint8Array(Math.min(expected ?? FIRST_READ_BYTES, PREALLOCATED_BYTES, limit));
  let used = 0;
  for (;;) {
    const full = used === memory.byteLength;
    const into = full ? new Uint8Array(PROBE_BYTES) : memory.subarray(used);
    const filled = read(into);
    const count = isPromise(filled) ? await filled : filled;
    if (count === 0) break;
    const wanted = used + count;
    if (wanted > limit) throw await tooLarge(source, limit);
    if (full) {
      memory = grown(memory, used, wanted, expected ?? limit);
      memory.set(into.subarray(0, count), used);
    }
    used = wanted;
  }
  return used === memory.byteLength ? memory : memory.slice(0, used);
}

/** At least `wanted` bytes, doubling, but never beyond the most that is expected unless that turned out too little. */
function grown(
  memory: Uint8Array<ArrayBuffer>,
  used: number,
  wanted: number,
  most: number,
): Uint8Array<ArrayBuffer> {
  const doubled = Math.max(wanted, memory.byteLength * 2);
  const size = most >= wanted ? Math.min(doubled, most) : doubled;
  const larger = new Uint8Array(size);
  larger.set(memory.subarray(0, used));
  return larger;
}

async function tooLarge(source: Source, limit: number): Promise<NetworkError> {
  await source.close();
  return new NetworkError('unknown-content', `the body is larger than the limit of ${limit} bytes`);
}

/** A byte stream over a source: pulls one read for each that is asked for. */
export function byteStream(source: Source): ReadableStream<Uint8Array> {
  return new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      const request = controller.byobRequest;
      const into = request?.view;
      if (request === null || into === null || into === undefined) {
        const chunk = await nextChunk(source);
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
        return;
      }
      const count = await readInto(
        source,
        new Uint8Array(into.buffer, into.byteOffset, into.byteLength),
      );
      if (count === 0) controller.close();
      request.respond(count);
    },
    cancel: () => source.close(),
  });
}
