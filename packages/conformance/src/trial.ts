import type { Backend, BackendContext, BackendFactory, Request } from '@netaccess/core';

import { claims, waitLimit } from './fixture.ts';
import type { Fixture } from './fixture.ts';
import { outcomeOf } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import { check, describeError } from './rule.ts';
import { Transfer } from './transfer.ts';

/** One run of one case: a factory of its own, what it is lent, and everything that must be closed afterwards. */
export class Trial {
  readonly fixture: Fixture;
  readonly factory: BackendFactory;
  readonly #transfers: Transfer[] = [];
  #factoryClosed = false;

  constructor(fixture: Fixture) {
    this.fixture = fixture;
    this.factory = fixture.factory();
  }

  /** What core would lend: only what the factory's claims ask for. */
  context(change: Partial<BackendContext> = {}): BackendContext {
    const lent = { ...this.fixture.lent, ...change };
    const networked = claims(this.fixture, 'networked');
    return Object.freeze({
      resources: Object.freeze(networked ? { ...lent.resources } : {}),
      security: Object.freeze(claims(this.fixture, 'tls') ? { ...lent.security } : {}),
      proxies: Object.freeze(networked ? [...(lent.proxies ?? [])] : []),
    });
  }

  /** Makes a backend for a request; being declined is a failure. */
  begin(asked: URL | Request, context: BackendContext = this.context()): Transfer {
    const request = asked instanceof URL ? requestFor(asked) : asked;
    const backend: Backend | undefined = this.factory.create(request, context);
    check(backend !== undefined, `create() declined ${request.operation} ${request.url.href}`);
    const transfer = new Transfer(this, request, backend, claims(this.fixture, 'zero-copy'));
    this.#transfers.push(transfer);
    return transfer;
  }

  /** Makes a backend and opens it. */
  async opened(asked: URL | Request): Promise<Transfer> {
    const transfer = this.begin(asked);
    await transfer.open();
    return transfer;
  }

  /** All bytes of one transfer, which is closed afterwards. */
  async bytesOf(asked: URL | Request, most: number): Promise<Uint8Array> {
    const transfer = await this.opened(asked);
    const bytes = await transfer.rest(most);
    await transfer.discard();
    return bytes;
  }

  /** How something ends. Fails when it does not. */
  async outcome<T>(what: string, start: () => T | PromiseLike<T>): Promise<Outcome<T>> {
    return await outcomeOf(what, waitLimit(this.fixture), start);
  }

  /** What something gives. Fails when it fails, or does not end. */
  async value<T>(what: string, start: () => T | PromiseLike<T>): Promise<T> {
    const outcome = await this.outcome(what, start);
    if (outcome.ok) return outcome.value;
    throw new Error(`${what} failed: ${describeError(outcome.error)}`, { cause: outcome.error });
  }

  /** Releases the factory and checks that this works. */
  async closeFactory(): Promise<void> {
    this.#factoryClosed = true;
    await this.value('close() of the factory', () => this.factory.close?.());
  }

  /** Closes what the case left open; the verdict is not changed by it. */
  async finish(): Promise<void> {
    for (const transfer of this.#transfers) await transfer.discard();
    if (this.#factoryClosed) return;
    await this.outcome('close() of the factory', () => this.factory.close?.());
  }
}

/** A request as core hands it over: frozen, so that a backend that writes into it fails. */
export function requestFor(url: URL, change: Partial<Request> = {}): Request {
  return Object.freeze({
    operation: 'get',
    url: new URL(url),
    headers: Object.freeze([]),
    attributes: Object.freeze({}),
    originAttributes: Object.freeze({}),
    ...change,
  });
}
