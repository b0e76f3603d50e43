import type { Body, HeaderEntry, Reply, ReplyHead, Request } from './contract.ts';
import { NetworkError } from './error.ts';
import {
  allBytes,
  allText,
  byteStream,
  eachChunk,
  eachView,
  MAXIMUM_BODY_BYTES,
  readInto,
  WrappedSource,
  type Source,
} from './read-body.ts';

/** Which of its ways a body is read by. */
type Way = 'body' | 'views' | 'readInto' | 'bytes' | 'text' | 'toReadableStream' | 'with';

/** A head, and a source of bytes that can be read once. */
export class SourceReply implements Reply {
  #request: Request;
  readonly #head: ReplyHead;
  readonly #source: Source;
  #way: Way | undefined;

  constructor(request: Request, head: ReplyHead, source: Source) {
    this.#request = request;
    this.#head = head;
    this.#source = source;
  }

  get request(): Request {
    return this.#request;
  }
  get url(): URL {
    return this.#head.url;
  }
  get headers(): Iterable<HeaderEntry> {
    return this.#head.headers;
  }
  get length(): number | undefined {
    return this.#head.length;
  }
  get range(): ReplyHead['range'] {
    return this.#head.range;
  }
  get validator(): string | undefined {
    return this.#head.validator;
  }
  get status(): ReplyHead['status'] {
    return this.#head.status;
  }
  get redirect(): ReplyHead['redirect'] {
    return this.#head.redirect;
  }
  get error(): ReplyHead['error'] {
    return this.#head.error;
  }
  get challenges(): ReplyHead['challenges'] {
    return this.#head.challenges;
  }
  get attributes(): ReplyHead['attributes'] {
    return this.#head.attributes;
  }

  get body(): AsyncIterable<Uint8Array<ArrayBuffer>> {
    return { [Symbol.asyncIterator]: () => eachChunk(this.#take('body')) };
  }

  views(): AsyncIterable<Uint8Array> {
    return { [Symbol.asyncIterator]: () => eachView(this.#take('views')) };
  }

  readInto(into: Uint8Array): number | Promise<number> {
    return readInto(this.#take('readInto'), into);
  }

  bytes(limit: number = MAXIMUM_BODY_BYTES): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return allBytes(this.#take('bytes', limit), this.#head.length, limit);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  text(limit: number = MAXIMUM_BODY_BYTES): Promise<string> {
    try {
      return allText(this.#take('text', limit), this.#head.length, limit);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async json(limit?: number): Promise<unknown> {
    const text = await this.text(limit);
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new NetworkError('unknown-content', 'the body is not JSON', { url: this.url, cause });
    }
  }

  toReadableStream(): ReadableStream<Uint8Array> {
    return byteStream(this.#take('toReadableStream'));
  }

  trailers(): readonly HeaderEntry[] {
    return this.#source.trailers();
  }

  with(change: {
    readonly head?: Partial<ReplyHead>;
    readonly body?: (source: Body) => Body;
  }): Reply {
    const source = this.#take('with');
    const head = change.head === undefined ? this.#head : { ...this.#head, ...change.head };
    const body = change.body === undefined ? source : this.#wrapped(change.body, source);
    return new SourceReply(this.#request, head, body);
  }

  /** Nobody else could end the exchange of a reply that is used up. */
  #wrapped(wrap: (source: Body) => Body, source: Source): Source {
    try {
      return new WrappedSource(wrap, source, this.url);
    } catch (error) {
      void source.close();
      throw error;
    }
  }

  /** A reply that became another one is no longer what ends the exchange. */
  close(): Promise<void> {
    return this.#way === 'with' ? Promise.resolve() : this.#source.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The manager alone knows what it was asked for. */
  answerTo(request: Request): void {
    this.#request = request;
  }

  #take(way: Way, limit = 0): Source {
    if (!(limit >= 0)) {
      const message = `${String(limit)} is no limit in bytes`;
      throw new NetworkError('protocol-invalid-operation', message, { url: this.url });
    }
    const again = this.#way === 'readInto' && way === 'readInto';
    if (this.#way !== undefined && !again) {
      throw new NetworkError(
        'protocol-invalid-operation',
        `the body was taken by ${this.#way} already, and can be read once`,
        {
          url: this.url,
        },
      );
    }
    this.#way = way;
    return this.#source;
  }
}

/** The reply, if the peer did not answer with a failure; otherwise the failure, and the reply is closed. */
export async function orThrow(reply: Reply): Promise<Reply> {
  const { error, url } = reply;
  if (error === undefined) return reply;
  await reply.close();
  throw new NetworkError(error.code, error.message, { url, temporary: error.temporary });
}
