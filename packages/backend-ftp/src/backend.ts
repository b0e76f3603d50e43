import type { BackendContext, ReplyHead, Request, ZeroCopyBackend } from '@netaccess/core';

import { ftpPlace, type FtpPlace } from './ftp-url.ts';
import { Job, type JobBody, type Opened } from './job.ts';
import { Lease } from './lease.ts';
import { RefusedLogin, refusedHead } from './login.ts';
import type { Operate } from './operations/operate.ts';
import type { Pool, PoolPlace } from './pool.ts';
import { closedFailure } from './reply-error.ts';

const nothing = new Uint8Array(0);

/** What one factory's backends share. */
export interface BackendMeans {
  readonly pool: Pool;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** One operation on an FTP server. */
export class FtpBackend implements ZeroCopyBackend {
  readonly #request: Request;
  readonly #context: BackendContext;
  readonly #means: BackendMeans;
  readonly #operate: Operate;
  readonly #abort = new AbortController();
  #waitingPlace: PoolPlace | undefined;
  #job: Job | undefined;
  #body: JobBody | undefined;
  #rejectOpen: ((error: Error) => void) | undefined;

  constructor(
    asked: { readonly request: Request; readonly context: BackendContext },
    means: BackendMeans,
    operate: Operate,
  ) {
    this.#request = asked.request;
    this.#context = asked.context;
    this.#means = means;
    this.#operate = operate;
  }

  get waiting(): boolean {
    return this.#waitingPlace?.ticket.waiting ?? false;
  }

  open(): Promise<ReplyHead> {
    return new Promise((resolve, reject) => {
      this.#rejectOpen = reject;
      this.#open().then(resolve, reject);
    });
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    return this.#body?.readPointer() ?? nothing;
  }

  advanceReadPointer(distance: number): void {
    this.#body?.advanceReadPointer(distance);
  }

  async close(): Promise<void> {
    this.#abort.abort();
    this.#rejectOpen?.(closedFailure());
    this.#waitingPlace?.ticket.cancel();
    if (this.#body === undefined) await this.#job?.abandon();
    else this.#body.close();
  }

  async #open(): Promise<ReplyHead> {
    const place = ftpPlace(this.#request.url);
    const { ftpLogin } = this.#request.originAttributes;
    if (ftpLogin?.refused !== undefined) return refusedHead(this.#request, ftpLogin.refused);
    try {
      return await this.#attempt(place);
    } catch (error) {
      if (error instanceof RefusedLogin) return refusedHead(this.#request, error.reply);
      throw error;
    }
  }

  /** The server may close a kept connection at any moment: if it said nothing at all, nothing was done, and a new one is tried. */
  async #attempt(place: FtpPlace): Promise<ReplyHead> {
    const lease = await this.#take(false);
    try {
      return await this.#run(place, lease);
    } catch (error) {
      const { reused, repliesSinceTaken, usable } = lease.connection;
      const begun = !reused || repliesSinceTaken > 0 || usable;
      if (begun || this.#abort.signal.aborted) throw error;
    }
    return this.#run(place, await this.#take(true));
  }

  async #take(fresh: boolean): Promise<Lease> {
    this.#checkOpen();
    const taken = this.#means.pool.take(this.#request, this.#context, fresh);
    this.#waitingPlace = taken;
    const connection = await taken.ticket.connection;
    this.#waitingPlace = undefined;
    const lease = new Lease(connection, taken.group);
    if (!this.#abort.signal.aborted) return lease;
    lease.release();
    throw closedFailure();
  }

  async #run(place: FtpPlace, lease: Lease): Promise<ReplyHead> {
    const { attributes } = this.#request;
    const { pool, now } = this.#means;
    const data = {
      signal: this.#abort.signal,
      timeoutMilliseconds: attributes.timeouts?.connect,
      proxyCredentials: attributes.proxyCredentials,
    };
    const job = new Job({ request: this.#request, place, lease, data, clock: pool.clock, now });
    this.#job = job;
    let opened: Opened;
    try {
      opened = await this.#operate(job);
      this.#checkOpen();
    } catch (error) {
      await job.fail();
      throw error;
    }
    if (opened.body === undefined) lease.release();
    else this.#body = opened.body;
    return opened.head;
  }

  #checkOpen(): void {
    if (this.#abort.signal.aborted) throw closedFailure();
  }
}
