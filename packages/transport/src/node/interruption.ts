import type { Clock, NetworkErrorCode } from '@netaccess/core';

import { networkFailure } from '../network-failure.ts';
import type { NetworkFailure } from '../network-failure.ts';

/** Timers take no more; whoever names a longer limit means none. */
const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1;

/** Connecting says when it is to end early. */
export interface InterruptionOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for all phases together. */
  readonly timeout?: number | undefined;
}

/** The one place where connecting hears of the caller's signal and of its time limit. Whoever makes one calls `close`. */
export class Interruption {
  readonly #clock: Clock;
  readonly #signal: AbortSignal | undefined;
  readonly #timeout: number | undefined;
  readonly #listeners = new Set<() => void>();
  #cancelTimer: (() => void) | undefined;
  #left: number;
  #startedAt = 0;
  #because: 'abort' | 'timeout' | undefined;

  constructor(options: InterruptionOptions, clock: Clock) {
    this.#clock = clock;
    this.#signal = options.signal;
    this.#timeout = options.timeout;
    this.#left = options.timeout ?? Infinity;
    if (this.#signal?.aborted === true) this.#because = 'abort';
    this.#signal?.addEventListener('abort', this.#abort);
    this.#startTimer();
  }

  get happened(): boolean {
    return this.#because !== undefined;
  }

  /** Calls once if it happens, at once if it has. Returns what forgets the listener. */
  listen(listener: () => void): () => void {
    if (this.happened) listener();
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Settles as `work` does, or rejects when it is interrupted; `work` itself goes on then and its outcome is dropped. */
  race<T>(work: Promise<T>, describe: () => NetworkFailure): Promise<T> {
    return new Promise((resolve, reject) => {
      const forget = this.listen(() => reject(describe()));
      work.then(resolve, reject).finally(forget);
    });
  }

  /** Time spent on `work`, which waits for a person, does not count. */
  async uncounted<T>(work: () => Promise<T>): Promise<T> {
    this.#stopTimer();
    try {
      return await work();
    } finally {
      this.#startTimer();
    }
  }

  /** What to reject with: `doing` is what did not come to an end. */
  failure(doing: string, timeoutCode: NetworkErrorCode = 'timeout'): NetworkFailure {
    if (this.#because === 'abort') {
      return networkFailure('operation-canceled', `aborted while ${doing}`, {
        cause: this.#signal?.reason,
      });
    }
    return networkFailure(timeoutCode, `${this.#timeout} ms passed while ${doing}`, {
      temporary: true,
    });
  }

  close(): void {
    this.#stopTimer();
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#listeners.clear();
  }

  #startTimer(): void {
    if (this.#left > LONGEST_TIMER_MILLISECONDS || this.happened) return;
    this.#startedAt = this.#clock.now();
    this.#cancelTimer = this.#clock.schedule(this.#expire, Math.max(0, this.#left));
  }

  #stopTimer(): void {
    if (this.#cancelTimer === undefined) return;
    this.#left -= this.#clock.now() - this.#startedAt;
    this.#cancelTimer();
    this.#cancelTimer = undefined;
  }

  readonly #abort = (): void => this.#happen('abort');
  readonly #expire = (): void => this.#happen('timeout');

  #happen(because: 'abort' | 'timeout'): void {
    if (this.happened) return;
    this.#because = because;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }
}
