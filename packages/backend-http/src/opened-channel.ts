import type { ReplyAttributes } from '@netaccess/core';
import type { Channel, TlsFacts } from '@netaccess/transport';

/** An open channel and what is known about the way to it. */
export interface OpenedChannel {
  readonly channel: Channel;
  /** What is spoken on it, as far as its opening says. */
  readonly version: 'http/1.1' | 'h2';
  /** Without its credentials. */
  readonly proxy: URL | undefined;
  /** With its credentials: this proxy has to be told the whole URL. */
  readonly forwardingProxy: URL | undefined;
  readonly tls: TlsFacts | undefined;
  /** Whether the peer's end was cut off, where the protection tells. */
  readonly wasCutOff?: (() => Promise<boolean | undefined>) | undefined;
}

/** What the replies on one connection say about it; the same object for all but the first. */
export class CarrierAttributes {
  readonly #fresh: ReplyAttributes;
  #reused: ReplyAttributes | undefined;

  /** `protocol` by its registered name, `id` counts up in one pool. */
  constructor(opened: OpenedChannel, { protocol, id }: { protocol: string; id: number }) {
    const { channel, proxy, tls } = opened;
    const { address, timings } = channel;
    const connection = { protocol, id, reused: false, address, proxy, timings };
    const http2WasUsed = protocol !== 'http/1.1';
    this.#fresh =
      tls === undefined
        ? { connection, http2WasUsed }
        : { connection, http2WasUsed, tls, secured: securedBy(tls) };
  }

  get fresh(): ReplyAttributes {
    return this.#fresh;
  }

  get reused(): ReplyAttributes {
    const { connection } = this.#fresh;
    this.#reused ??=
      connection === undefined
        ? this.#fresh
        : { ...this.#fresh, connection: { ...connection, reused: true } };
    return this.#reused;
  }
}

function securedBy({ errors }: TlsFacts): 'verified' | 'unverified' {
  return errors.length === 0 ? 'verified' : 'unverified';
}
