import type { Request } from '@netaccess/core';
import type { AskCredentials } from '@netaccess/transport';

import type { ControlConnection } from './control-connection.ts';
import { closedFailure } from './reply-error.ts';

/** A request's place in the queue of a pool, until it has a connection or gives up. */
export class Ticket {
  readonly mayExceed: boolean;
  /** Only a new connection will do. */
  readonly fresh: boolean;
  readonly connectMilliseconds: number | undefined;
  readonly proxyCredentials: AskCredentials | undefined;
  readonly connection: Promise<ControlConnection>;
  /** Aborts the connection that is being opened for it. */
  readonly abort: AbortController = new AbortController();
  queued = true;
  settled = false;
  #asking = 0;
  #resolve!: (connection: ControlConnection) => void;
  #reject!: (error: unknown) => void;

  constructor({ attributes }: Request, fresh: boolean) {
    this.fresh = fresh;
    this.mayExceed = attributes.mayExceedPool ?? false;
    this.connectMilliseconds = attributes.timeouts?.connect;
    this.proxyCredentials =
      attributes.proxyCredentials && this.#watched(attributes.proxyCredentials);
    this.connection = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** True while a free connection or a person is waited for. */
  get waiting(): boolean {
    return (this.queued && !this.settled) || this.#asking > 0;
  }

  resolve(connection: ControlConnection): void {
    this.settled = true;
    this.#resolve(connection);
  }

  reject(error: unknown): void {
    this.settled = true;
    this.#reject(error);
  }

  cancel(): void {
    if (this.settled) return;
    this.reject(closedFailure());
    this.abort.abort();
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
