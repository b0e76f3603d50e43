import type { Request } from '@netaccess/core';
import { networkFailure, type AskCredentials } from '@netaccess/transport';

import type { Priority } from './attributes.ts';
import type { Connection } from './connection.ts';

/** What a request wants of a connection. */
export interface Wish {
  /** Only one that nobody used before will do, unless it carries several exchanges at once. */
  readonly fresh: boolean;
  readonly mayExceed: boolean;
  /** It has no body, so that its peer can be asked to go on in HTTP/2. */
  readonly bodiless: boolean;
  /** None of another route: its peer refused that. */
  readonly own?: boolean | undefined;
}

/** A connection that is being opened, for a ticket, or for whoever comes when it is done. */
export interface Attempt {
  ticket: Ticket | undefined;
  readonly abort: AbortController;
  /** Of its group, when it began. */
  readonly generation: number;
}

/** A request's place in the queue of a pool, from `take` until it has a connection or gives up. */
export class Ticket implements Wish {
  readonly priority: Priority;
  readonly mayExceed: boolean;
  readonly fresh: boolean;
  readonly bodiless: boolean;
  readonly connectMilliseconds: number | undefined;
  readonly idleMilliseconds: number | undefined;
  readonly proxyCredentials: AskCredentials | undefined;
  readonly connection: Promise<Connection>;
  /** Neither has a connection nor is one being opened for it. */
  queued = false;
  /** The connection that is being opened for it. */
  attempt: Attempt | undefined;
  #asking = 0;
  #leave: (() => void) | undefined;
  #isPeerStuck: (() => boolean) | undefined;
  resolve!: (connection: Connection) => void;
  reject!: (error: unknown) => void;

  constructor({ attributes }: Request, { fresh, mayExceed, bodiless }: Wish) {
    this.priority = attributes.priority ?? 'normal';
    this.mayExceed = mayExceed;
    this.fresh = fresh;
    this.bodiless = bodiless;
    this.connectMilliseconds = attributes.timeouts?.connect;
    this.idleMilliseconds = attributes.connectionIdleExpiry;
    this.proxyCredentials =
      attributes.proxyCredentials && this.#watched(attributes.proxyCredentials);
    this.connection = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** True while a free connection or a person is waited for. A peer that does nothing and takes nothing keeps nobody waiting for ever. */
  get waiting(): boolean {
    return (this.queued && this.#isPeerStuck?.() !== true) || this.#asking > 0;
  }

  /** Names what takes the ticket out of its queue, and who knows whether the peer alone keeps it there. */
  wait(queue: { readonly leave: () => void; readonly isPeerStuck: () => boolean }): void {
    this.#leave = queue.leave;
    this.#isPeerStuck = queue.isPeerStuck;
    this.queued = true;
  }

  cancel(): void {
    this.#leave?.();
    this.reject(networkFailure('operation-canceled', 'given up while waiting for a connection'));
  }

  #watched(ask: AskCredentials): AskCredentials {
    return async (challenge) => {
      this.#asking += 1;
      try {
        return await ask(challenge);
      } finally {
        this.#asking -= 1;
      }
    };
  }
}
