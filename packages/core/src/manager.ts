import { CoarseClock, systemClock, type Clock } from './clock.ts';
import { compose } from './compose.ts';
import type { Policy, Reply, Request, Resources, SecurityResources, Send } from './contract.ts';
import { Dispatcher } from './dispatch.ts';
import { NetworkError } from './error.ts';
import { checkHeaders } from './headers.ts';
import type { Registry } from './registry.ts';
import { SourceReply } from './reply.ts';
import {
  completeTimeouts,
  defaultTimeouts,
  type CompleteTimeouts,
  type Timeouts,
} from './timeouts.ts';
import { limitTotal } from './total-limit.ts';

/** What a manager is made of. Nothing of it is shared with another manager. */
export interface ManagerOptions {
  readonly registry: Registry;
  /** Outermost first. */
  readonly policies?: readonly Policy[] | undefined;
  readonly resources?: Readonly<Partial<Resources>> | undefined;
  readonly security?: Readonly<Partial<SecurityResources>> | undefined;
  /** Candidate proxies for a URL, best first. */
  readonly proxies?: ((url: URL) => readonly URL[]) | undefined;
  readonly timeouts?: Timeouts | undefined;
  readonly clock?: Clock | undefined;
}

/** A connection to be opened ahead of use. */
export type PreconnectOptions = Partial<
  Pick<Request, 'attributes' | 'originAttributes' | 'signal'>
>;

/** Sends requests through policies to the backend that serves their scheme. */
export class NetworkAccessManager {
  readonly #registry: Registry;
  readonly #dispatcher: Dispatcher;
  readonly #send: Send;
  readonly #clock: Clock;
  readonly #timeouts: CompleteTimeouts;
  #closing: Promise<void> | undefined;

  constructor(options: ManagerOptions) {
    this.#registry = options.registry;
    this.#clock = options.clock ?? systemClock;
    this.#timeouts = completeTimeouts(options.timeouts, defaultTimeouts);
    this.#dispatcher = new Dispatcher({
      registry: options.registry,
      resources: options.resources ?? {},
      security: options.security ?? {},
      proxies: options.proxies,
      timeouts: this.#timeouts,
      clock: new CoarseClock(this.#clock),
    });
    this.#send = compose(options.policies ?? [], this.#dispatcher.send);
  }

  /** Schemes that can be asked for, loaded or not. */
  get supportedSchemes(): readonly string[] {
    return this.#registry.supportedSchemes;
  }

  /**
   * Resolves once the head of the reply is there, also when the peer answered with a failure: see `reply.error`. Rejects with a
   * `NetworkError` for everything else.
   */
  async send(request: Request): Promise<Reply> {
    try {
      const { total } = completeTimeouts(request.attributes.timeouts, this.#timeouts);
      const checked = withCheckedHeaders(request);
      const reply = await (total === Infinity
        ? this.#send(checked)
        : limitTotal(checked, this.#send, { total, clock: this.#clock }));
      if (reply instanceof SourceReply) reply.answerTo(request);
      return reply;
    } catch (error) {
      throw NetworkError.from(error, request.url);
    }
  }

  /** Opens a connection that a later request to the URL's origin can use; nothing where there are no connections. */
  async preconnect(url: URL, options: PreconnectOptions = {}): Promise<void> {
    try {
      await this.#dispatcher.preconnect({
        operation: 'get',
        url,
        headers: [],
        attributes: options.attributes ?? {},
        originAttributes: options.originAttributes ?? {},
        signal: options.signal,
      });
    } catch (error) {
      throw NetworkError.from(error, url);
    }
  }

  /** Closes idle connections, and those in use as soon as their exchange is done. */
  async clearConnections(): Promise<void> {
    await Promise.all(
      this.#registry.loadedFactories.map(async (factory) => factory.clearConnections?.()),
    );
  }

  /** Aborts what is under way and releases everything for good. Afterwards nothing is open and every request is refused. */
  close(): Promise<void> {
    this.#closing ??= this.#dispatcher.close(closedManager());
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function closedManager(): NetworkError {
  return new NetworkError('operation-canceled', 'the manager was closed');
}

function withCheckedHeaders(request: Request): Request {
  if (request.headers.length === 0) return request;
  const headers = checkHeaders(request.headers);
  return headers === request.headers ? request : { ...request, headers };
}
