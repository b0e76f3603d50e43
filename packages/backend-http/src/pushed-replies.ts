import type { PushPromise, StreamListener } from './h2/listeners.ts';
import type { Stream } from './h2/stream.ts';
import { Http2Reception, type Waker } from './http2-reception.ts';
import type { Outgoing } from './outgoing.ts';

/** Bytes of promised replies of one connection that nobody has asked for: the oldest go when there are more. */
export const UNCLAIMED_PUSH_BYTES: number = 4 * 1024 * 1024;

/** With one of these a request wants something else than what was promised. */
const decisive = /^(?:authorization|range|if-.*|cache-control|pragma)$/i;

/** What becomes of promised replies. */
export interface PushTerms {
  /** How many may wait to be asked for. */
  readonly most: number;
  readonly waker: Waker;
  readonly giveUp: (stream: Stream) => void;
}

/** Replies that the peer promised, and nobody has asked for yet (RFC 9113 §8.4), by their URLs; the oldest first. */
export class PushedReplies {
  readonly #terms: PushTerms;
  readonly #unclaimed = new Map<string, Http2Reception>();
  #bytes = 0;

  constructor(terms: PushTerms) {
    this.#terms = terms;
  }

  /** Who hears of the promised reply; nobody, if it is not wanted. Whoever asked for what it comes with is asked. */
  offer(promise: PushPromise): StreamListener | undefined {
    const { operation, scheme, authority, path, parent, stream } = promise;
    const origin = `${scheme}://${authority}`;
    const url = origin + path;
    const { listener } = parent;
    if (operation !== 'GET' || this.#unclaimed.has(url) || !URL.canParse(url)) return undefined;
    if (!(listener instanceof Http2Reception)) return undefined;
    const offered = { url: new URL(url), headers: promise.fields };
    if (listener.receiver?.accepts(offered, origin) !== true) return undefined;
    const reception = new Http2Reception(this.#terms.waker);
    reception.stream = stream;
    reception.wasPromised = true;
    reception.hoard = { grew: (bytes) => this.#grew(bytes), gone: () => this.#drop(url) };
    this.#unclaimed.set(url, reception);
    this.#trim();
    return reception;
  }

  /** The reply that was promised for this request. */
  claim(message: Outgoing): Http2Reception | undefined {
    if (this.#unclaimed.size === 0 || message.operation !== 'GET') return undefined;
    if (message.upload !== undefined || message.fields.some(([name]) => decisive.test(name)))
      return undefined;
    const url = `${message.url.protocol}//${message.host}${message.path}`;
    const reception = this.#unclaimed.get(url);
    if (reception !== undefined) this.#drop(url);
    return reception;
  }

  #grew(bytes: number): void {
    this.#bytes += bytes;
    this.#trim();
  }

  #drop(url: string): void {
    const reception = this.#unclaimed.get(url);
    if (reception === undefined) return;
    this.#unclaimed.delete(url);
    reception.hoard = undefined;
    this.#bytes -= reception.bytes.size;
  }

  #trim(): void {
    for (const [url, { stream }] of this.#unclaimed) {
      if (this.#unclaimed.size <= this.#terms.most && this.#bytes <= UNCLAIMED_PUSH_BYTES) return;
      this.#drop(url);
      if (stream !== undefined) this.#terms.giveUp(stream);
    }
  }
}
