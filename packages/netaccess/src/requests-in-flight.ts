import type { Body, Policy, Request } from '@netaccess/core';
import type { Channel, ChannelUse, Target, TlsOptions, TlsProvider } from '@netaccess/transport';

/**
 * Knows which requests are under way, so that reports about TLS can name them: backends and TLS know nothing of each other. It is there
 * only where somebody gets reports.
 */
export class RequestsInFlight {
  readonly #requests: Request[] = [];

  /** Nothing where the options have no function that is told of a connection. */
  static of(options: TlsOptions | undefined): RequestsInFlight | undefined {
    const { onAlertReceived, onAlertSent, onHandshakeInterrupted } = options ?? {};
    const told = onAlertReceived ?? onAlertSent ?? onHandshakeInterrupted;
    return told === undefined ? undefined : new RequestsInFlight();
  }

  /** The innermost policy: what it sees is what a backend gets. */
  readonly policy: Policy = async (request, next) => {
    this.#requests.push(request);
    const over = (): void => this.#remove(request);
    try {
      const reply = await next(request);
      return reply.with({ body: (source) => new WatchedBody(source, over) });
    } catch (error) {
      over();
      throw error;
    }
  };

  /** `provider`, which is told of each channel whom it serves. */
  telling(provider: TlsProvider): TlsProvider {
    return {
      secure: (channel, options) =>
        provider.secure(channel, { ...options, use: this.#useOf(channel) }),
    };
  }

  #useOf({ peer }: Channel): ChannelUse {
    const [first] = this.#ledTo(peer);
    // `URL.origin` is "null" for every scheme that the URL standard does not know.
    const origin = first && `${first.url.protocol}//${first.url.host}`;
    return { origin, requests: () => this.#ledTo(peer) };
  }

  #ledTo(peer: Target): readonly Request[] {
    return this.#requests.filter((request) => leadsTo(request, peer));
  }

  #remove(request: Request): void {
    const at = this.#requests.indexOf(request);
    if (at < 0) return;
    const last = this.#requests.pop();
    if (last !== undefined && last !== request) this.#requests[at] = last;
  }
}

/** Ports that are not in a URL are known to backends alone, and those of further connections, as FTP has them, to nobody. */
function leadsTo({ url, originAttributes }: Request, peer: Target): boolean {
  if (peer.path !== undefined) return originAttributes.unixSocket === peer.path;
  const { hostname } = url;
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  const same = host === peer.host || hostname === peer.host;
  return same && originAttributes.unixSocket === undefined;
}

class WatchedBody implements Body {
  readonly #source: Body;
  readonly #over: () => void;

  constructor(source: Body, over: () => void) {
    this.#source = source;
    this.#over = over;
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    return this.#source.readPointer();
  }

  advanceReadPointer(distance: number): void {
    this.#source.advanceReadPointer(distance);
  }

  async close(): Promise<void> {
    this.#over();
    await this.#source.close();
  }
}
