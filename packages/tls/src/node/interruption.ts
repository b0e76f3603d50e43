import type { Clock } from '@netaccess/core';
import { networkFailure } from '@netaccess/transport';
import type { NetworkFailure, TlsOptions } from '@netaccess/transport';

/** The one place where a handshake hears of the caller's signal and of its time limit. Whoever makes one calls `close`. */
export class Interruption {
  readonly #signal: AbortSignal | undefined;
  readonly #timeout: number | undefined;
  readonly #clock: Clock;
  #cancelTimer: (() => void) | undefined;
  #left: number;
  #startedAt = 0;
  #listener: (() => void) | undefined;
  #because: 'abort' | 'timeout' | undefined;

  constructor({ signal, timeout }: TlsOptions, clock: Clock) {
    this.#signal = signal;
    this.#timeout = timeout;
    if (signal?.aborted === true) this.#because = 'abort';
    signal?.addEventListener('abort', this.#abort);
    this.#clock = clock;
    this.#left = timeout ?? Infinity;
    this.goOn();
  }

  get happened(): boolean {
    return this.#because !== undefined;
  }

  /** Calls once if it happens. Returns what forgets the listener. */
  listen(listener: () => void): () => void {
    this.#listener = listener;
    return () => (this.#listener = undefined);
  }

  /** Time from now on is not the peer's. */
  stop(): void {
    if (this.#cancelTimer === undefined) return;
    this.#cancelTimer();
    this.#cancelTimer = undefined;
    this.#left -= this.#clock.now() - this.#startedAt;
  }

  /** Time counts again. */
  goOn(): void {
    if (this.#left === Infinity || this.happened) return;
    this.#startedAt = this.#clock.now();
    this.#cancelTimer = this.#clock.schedule(this.#expire, Math.max(0, this.#left));
  }

  /** What to reject with: `doing` is what did not come to an end. */
  failure(doing: string): NetworkFailure {
    if (this.#because === 'abort') {
      const cause: unknown = this.#signal?.reason;
      return networkFailure('operation-canceled', `${doing} was aborted`, { cause });
    }
    const message = `${doing} took longer than ${this.#timeout} ms`;
    return networkFailure('timeout', message, { temporary: true });
  }

  close(): void {
    this.#cancelTimer?.();
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#listener = undefined;
  }

  readonly #abort = (): void => this.#happen('abort');
  readonly #expire = (): void => this.#happen('timeout');

  #happen(because: 'abort' | 'timeout'): void {
    if (this.#because !== undefined) return;
    this.#because = because;
    this.#listener?.();
  }
}
