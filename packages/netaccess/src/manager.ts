import type { Cache } from '@netaccess/backend-cache';
import {
  NetworkAccessManager as CoreManager,
  Registry,
  type PreconnectOptions,
  type Reply,
  type Request,
  type SchemeDescription,
} from '@netaccess/core';

import { cacheOf } from './cache-of.ts';
import { encryptedOptions, hostUrl, type ConnectEncryptedOptions } from './connect-to-host.ts';
import { copy, type CopyOptions } from './copy.ts';
import { fetchWith, type Fetch } from './fetch/fetch.ts';
import { connectorOf, lazyTls } from './lazy-transport.ts';
import type { ManagerOptions } from './manager-options.ts';
import { intentOf, newRequest, parsedUrl, type Intent } from './new-request.ts';
import { presetPlugins } from './plugins.ts';
import { policiesOf } from './policies.ts';
import { proxiesOf } from './proxies.ts';
import type { RequestOptions } from './request-options.ts';
import { RequestsInFlight } from './requests-in-flight.ts';
import type { InspectionMeans, TlsInspection, TlsInspectionOptions } from './tls-inspection.ts';

/**
 * Sends requests to URLs of every scheme that it serves. A reply is there as soon as its head is, also when the peer answered with
 * a failure: then it has an `error`. Everything else that goes wrong rejects with a `NetworkError`. Nothing is thrown at once.
 */
export class NetworkAccessManager {
  readonly #manager: CoreManager;
  readonly #registry: Registry;
  readonly #means: InspectionMeans;
  /** The platform's `fetch`, for every scheme of this manager; needs no `this`. */
  readonly fetch: Fetch;
  /** What is stored, and how to be rid of it; absent without the option. */
  readonly cache: Cache | undefined;

  constructor(options: ManagerOptions = {}) {
    this.cache = cacheOf(options.cache);
    const { backends = [] } = options;
    this.#registry = new Registry({
      factories: this.cache === undefined ? backends : [this.cache.backend, ...backends],
      plugins: { ...presetPlugins(options.http), ...options.plugins },
    });
    const connector = connectorOf(options.connector);
    const inFlight = RequestsInFlight.of(options.tls);
    const lazy = lazyTls(options.tls);
    const provider = inFlight?.telling(lazy) ?? lazy;
    const proxies = proxiesOf(options.proxy);
    this.#means = { connector, provider, proxies, tls: options.tls };
    this.#manager = new CoreManager({
      registry: this.#registry,
      policies: policiesOf(options, this.#registry, { cache: this.cache, inFlight }),
      resources: { connector },
      security: { tls: provider },
      proxies,
      timeouts: options.timeouts,
    });
    this.fetch = fetchWith((request) => this.send(request), this.cache?.shared === true);
  }

  get(url: string | URL, options?: RequestOptions): Promise<Reply> {
    return this.#ask({ operation: 'get' }, url, options);
  }

  /** Like `get`, without a body in the reply. */
  head(url: string | URL, options?: RequestOptions): Promise<Reply> {
    return this.#ask({ operation: 'head' }, url, options);
  }

  post(url: string | URL, options?: RequestOptions): Promise<Reply> {
    return this.#ask({ operation: 'post' }, url, options);
  }

  /** Makes `options.body` what the URL names. */
  put(url: string | URL, options?: RequestOptions): Promise<Reply> {
    return this.#ask({ operation: 'put' }, url, options);
  }

  delete(url: string | URL, options?: RequestOptions): Promise<Reply> {
    return this.#ask({ operation: 'delete' }, url, options);
  }

  /** Any other verb that the URL's protocol has. */
  async custom(verb: string, url: string | URL, options?: RequestOptions): Promise<Reply> {
    return this.#ask(intentOf(verb), url, options);
  }

  /** A request as policies and backends see it. */
  send(request: Request): Promise<Reply> {
    return this.#manager.send(request);
  }

  /** Gets what one URL names and puts it where the other names; resolves to the reply of the latter, which says no failure. */
  async copy(from: string | URL, to: string | URL, options?: CopyOptions): Promise<Reply> {
    return copy(this, { from: parsedUrl(from), to: parsedUrl(to) }, options);
  }

  /** Opens a connection that the next request to the URL's origin can use. */
  async preconnect(url: string | URL, options?: PreconnectOptions): Promise<void> {
    return this.#manager.preconnect(parsedUrl(url), options);
  }

  /** Opens a connection to an `http` host that a later request can use. */
  async connectToHost(host: string, port = 80, options?: PreconnectOptions): Promise<void> {
    return this.#manager.preconnect(hostUrl('http', host, port), options);
  }

  /** The same for `https`, certificate included. */
  async connectToHostEncrypted(
    host: string,
    port = 443,
    options: ConnectEncryptedOptions = {},
  ): Promise<void> {
    return this.#manager.preconnect(hostUrl('https', host, port), encryptedOptions(options));
  }

  /**
   * Shakes hands with the URL's host as this manager would, and tells all about it: chain, versions, errors, alerts. Nothing else is
   * sent. What fails is part of what is told.
   */
  async inspectTls(url: string | URL, options?: TlsInspectionOptions): Promise<TlsInspection> {
    const parsed = parsedUrl(url);
    const { inspectTls } = await import('./tls-inspection.ts');
    return inspectTls(parsed, this.#means, options);
  }

  /** Without those that a backend for "*" would serve. */
  get supportedSchemes(): readonly string[] {
    return this.#registry.supportedSchemes;
  }

  /** Who serves which scheme, and what is known of it; nothing is loaded for that. */
  schemes(): readonly SchemeDescription[] {
    return this.#registry.describe();
  }

  /** Closes idle connections, and those in use when their exchange is done. */
  clearConnections(): Promise<void> {
    return this.#manager.clearConnections();
  }

  /** Aborts what is under way and releases everything for good. */
  close(): Promise<void> {
    return this.#manager.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Not an async function: that would take three more turns for every request. */
  #ask(intent: Intent, url: string | URL, options: RequestOptions | undefined): Promise<Reply> {
    try {
      return this.send(newRequest(intent, url, options));
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

/**
 * A manager with backends for `http`, `https`, `file`, `data` and, where their package is installed, `ftp` and `ftps`, and what the
 * options say. It shares nothing with another one.
 */
export function createManager(options: ManagerOptions = {}): NetworkAccessManager {
  return new NetworkAccessManager(options);
}
