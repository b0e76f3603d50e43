import type { Clock } from '@netaccess/core';

import { within } from './clock.ts';
import type { FtpReply } from './control-context.ts';

/** How long a server may take to say why a data connection broke. */
const REASON_MILLISECONDS = 2_000;

/** What the server says while a data connection is used: that it starts, and how it ended. */
export class Transfer {
  /** The mark (1yz), or the final reply if there was none. Rejects when the control connection is lost. */
  readonly started: Promise<FtpReply>;
  /** Rejects when the control connection is lost. */
  readonly finished: Promise<FtpReply>;
  #final: FtpReply | undefined;
  #failure: Error | undefined;
  #start!: (reply: FtpReply) => void;
  #finish!: (reply: FtpReply) => void;
  #failStart!: (error: Error) => void;
  #failFinish!: (error: Error) => void;

  constructor() {
    this.started = new Promise((resolve, reject) => {
      this.#start = resolve;
      this.#failStart = reject;
    });
    this.finished = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#failFinish = reject;
    });
    // Whoever gives a transfer up does not wait for its end.
    this.started.catch(() => undefined);
    this.finished.catch(() => undefined);
  }

  /** Present once it is over, however it ended. */
  get final(): FtpReply | undefined {
    return this.#final;
  }

  /** Why the control connection was lost, if it was. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** The final reply, if it comes soon. */
  finalWithin(clock: Clock): Promise<FtpReply | undefined> {
    return within(clock, REASON_MILLISECONDS, this.finished);
  }

  replied(reply: FtpReply): void {
    this.#start(reply);
    if (reply.code < 200) return;
    this.#final = reply;
    this.#finish(reply);
  }

  lost(error: Error): void {
    this.#failure = error;
    this.#failStart(error);
    this.#failFinish(error);
  }
}
