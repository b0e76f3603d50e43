import type { Request } from '@netaccess/core';
import { networkFailure, type AskCredentials } from '@netaccess/transport';

import type { Priority } from './attributes.ts';
import type { Http1Connection } from './http1-connection.ts';

/** A connection that is being opened, for a ticket, or for whoever comes when it is done. */
export interface Attempt {
  ticket: Ticket | undefined;
  readonly abort: AbortController;
  /** Of its group, when it began. */
  readonly generation: number;
}

/** A request's place in the queue of a pool, from `take` until it has a connection or gives up. */
export class Ticket {
  readonly priority: Priority;
  readonly mayExceed: boolean;
  /** Only a new connection will do. */
  readonly fresh: boolean;
  readonly connectMilliseconds: number | undefined;
  readonly idleMilliseconds: number | undefined;
  readonly proxyCredentials: AskCredentials | undefined;
  readonly connection: Promise<Http1Connection>;
  /** Neither has a connection nor is one being opened for it. */
  queued = false;
  /** The connection that is being opened for it. */
  attempt: Attempt | undefined;
  #asking = 0;
  #leave: (() => void) | undefined;
  resolve!: (connection: Http1Connection) => void;
  reject!: (error: unknown) => void;

  constructor({ attributes }: Request, fresh: boolean) {
    this.priority = attributes.priority ?? 'normal';
    this.mayExceed = attributes.mayExceedPool ?? false;
    this.fresh = fresh;
    this.connectMilliseconds = attributes.timeouts?.connect;
    this.idleMilliseconds = attributes.connectionIdleExpiry;
    this.proxyCredentials =
      attributes.proxyCredentials && this.#watched(attributes.proxyCredentials);
    this.connection = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** True while a free connection or a person is waited for. */
  get waiting(): boolean {
    return this.queued || this.#asking > 0;
  }

  /** Names what takes the ticket out of its queue. */
  onCancel(leave: () => void): void {
    this.#leave = leave;
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
