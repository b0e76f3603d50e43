import type { Channel } from '@netaccess/transport';

import type { FtpReply } from './control-context.ts';
import { dataFailure } from './data-connection.ts';
import type { Job, JobBody, StartedTransfer } from './job.ts';
import { closedFailure, ftpFailure, replyFailure } from './reply-error.ts';
import type { Transfer } from './transfer.ts';

const nothing = new Uint8Array(0);

/** How many bytes a transfer has to give. */
export interface Expected {
  /** Given, and no more; absent: all that come. */
  readonly wanted?: number | undefined;
  /** That come to the end of the data connection, if the server does not err. */
  readonly stated?: number | undefined;
  /** More is to be done with the control connection. */
  readonly keepsConnection?: boolean | undefined;
}

/** What comes over a data connection, lent as it is. Its end counts once the server has said that it is one. */
export class TransferBody implements JobBody {
  readonly #job: Job;
  readonly #channel: Channel;
  readonly #transfer: Transfer;
  readonly #expected: Expected;
  #given = 0;
  #over = false;
  #rejectEnd: ((error: Error) => void) | undefined;

  constructor(job: Job, { channel, transfer }: StartedTransfer, expected: Expected) {
    this.#job = job;
    this.#channel = channel;
    this.#transfer = transfer;
    this.#expected = expected;
    // Whoever waits for bytes that will not come is told why.
    transfer.finished.then(
      ({ code }) => (code >= 400 && !this.#over ? channel.close() : undefined),
      () => channel.close(),
    );
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    if (this.#over) return nothing;
    if (this.#left <= 0) return this.#stop();
    const view = this.#channel.readPointer();
    if (view instanceof Uint8Array) return this.#look(view);
    return view.then(this.#look, this.#fail);
  }

  advanceReadPointer(distance: number): void {
    if (this.#over) return;
    this.#given += distance;
    this.#channel.advanceReadPointer(distance);
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#rejectEnd?.(closedFailure());
    void this.#job.abandon();
  }

  get #left(): number {
    return (this.#expected.wanted ?? Infinity) - this.#given;
  }

  readonly #look = (view: Uint8Array): Uint8Array | Promise<Uint8Array> => {
    if (view.length === 0) return this.#end();
    const left = this.#left;
    return view.length > left ? view.subarray(0, left) : view;
  };

  /** The part that was asked for is complete; the rest of the file is not wanted. */
  #stop(): Uint8Array {
    this.close();
    return nothing;
  }

  async #end(): Promise<Uint8Array> {
    const { place, lease } = this.#job;
    // Servers may wait for this side's end before they say how it went.
    await this.#channel.close();
    const reply = await this.#finalReply();
    this.#over = true;
    if (this.#expected.keepsConnection !== true) lease.release();
    if (reply.code >= 300) throw replyFailure(reply, `get ${place.shown}`);
    const { wanted, stated = wanted } = this.#expected;
    if (stated !== undefined && this.#given < stated) {
      const message = `${place.shown} ended after ${this.#given} of ${stated} bytes`;
      throw ftpFailure('protocol-failure', message, { temporary: true });
    }
    return nothing;
  }

  /** Rejects at once when the body is closed. */
  #finalReply(): Promise<FtpReply> {
    return new Promise((resolve, reject) => {
      this.#rejectEnd = reject;
      this.#transfer.finished.then(resolve, reject);
    });
  }

  readonly #fail = async (error: unknown): Promise<never> => {
    const { shown } = this.#job.place;
    const failure = dataFailure(error, `the data of ${shown} broke off`);
    throw await this.#job.why(this.#transfer, failure);
  };
}
