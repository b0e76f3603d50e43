import type { Reply, ReplyHead, Request, Timeouts } from '@netaccess/core';

import type { CacheOutcome } from './attributes.ts';
import { cacheFailure } from './failure.ts';
import { varyMatches } from './http/vary.ts';
import type { Recording } from './recording.ts';
import type { StoredEntry } from './store.ts';

/** What became of a request to the peer. */
export type Landing =
  | { readonly kind: 'recording'; readonly recording: Recording; readonly head: ReplyHead }
  | { readonly kind: 'entry'; readonly entry: StoredEntry; readonly outcome: CacheOutcome }
  /** Nobody's but whose request it was. */
  | { readonly kind: 'reply'; readonly reply: Reply };

/** One exchange with the peer, and all callers who wait for it. Its signal is its own, and aborted when nobody waits any more. */
export class Flight {
  readonly key: string;
  /** Where the table keeps it. */
  readonly place: number;
  /** The next one in the same place of the table. */
  following: Flight | undefined;
  readonly #controller: AbortController | undefined;
  readonly #timeouts: Timeouts | undefined;
  #landed: Promise<Landing> | undefined;
  #recording: Recording | undefined;
  /** Who waits, or has not decided yet. */
  #aboard = 0;
  #landing: Landing | undefined;
  #taken = false;
  #spoiled = false;

  /** Only who has a signal can leave. */
  constructor(key: string, place: number, request: Request) {
    this.key = key;
    this.place = place;
    this.#timeouts = request.attributes.timeouts;
    this.#controller = request.signal === undefined ? undefined : new AbortController();
  }

  get signal(): AbortSignal | undefined {
    return this.#controller?.signal;
  }
  get spoiled(): boolean {
    return this.#spoiled;
  }

  start(landed: Promise<Landing>): void {
    this.#landed = landed;
    if (this.#controller === undefined) return;
    landed.then((landing) => this.#land(landing)).catch(past);
  }

  #land(landing: Landing): void {
    this.#landing = landing;
    this.#discardUntaken();
  }

  /** Somebody who waited has made up their mind. Only whose request it was can take the reply itself. */
  decide(taken: boolean): void {
    this.#taken ||= taken;
    this.#aboard -= 1;
    this.#discardUntaken();
  }

  /** Nobody wants what came. */
  #discardUntaken(): void {
    if (this.#aboard > 0 || this.#taken) return;
    if (this.#landing?.kind === 'reply') void this.#landing.reply.close();
    if (this.#landing?.kind === 'recording') this.#landing.recording.giveUpUnread();
  }

  /** From now on somebody more can read what comes. */
  record(recording: Recording): void {
    this.#recording = recording;
  }

  /** Whether a request may wait for it: as long as it would wait for its own. */
  mayServe({ headers, attributes }: Request): boolean {
    if (this.#spoiled || !sameLimits(this.#timeouts, attributes.timeouts)) return false;
    const recording = this.#recording;
    return (
      recording === undefined || (recording.joinable && varyMatches(recording.head.vary, headers))
    );
  }

  spoil(): void {
    this.#spoiled = true;
    this.#recording?.spoil();
  }

  /** Waits for the head, or until the request's signal is aborted. */
  board(request: Request): Promise<Landing> {
    this.#aboard += 1;
    const landed = this.#landed;
    if (landed === undefined) throw new Error('a flight is boarded after its start');
    const { signal } = request;
    return signal === undefined ? landed : this.#leavable(landed, signal);
  }

  #leavable(landed: Promise<Landing>, signal: AbortSignal): Promise<Landing> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#aboard -= 1;
        if (this.#aboard === 0 && this.#landing === undefined)
          this.#controller?.abort(signal.reason);
        this.#discardUntaken();
        reject(aborted(signal));
      };
      signal.addEventListener('abort', leave, { once: true });
      landed
        .then(resolve, reject)
        .finally(() => signal.removeEventListener('abort', leave))
        .catch(reject);
    });
  }

  /** The reply is one caller's alone: the exchange ends with that caller's signal, until its body is closed. */
  hand(signal: AbortSignal): () => void {
    const abort = (): void => this.#controller?.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    return () => signal.removeEventListener('abort', abort);
  }
}

function sameLimits(a: Timeouts | undefined, b: Timeouts | undefined): boolean {
  if (a === b) return true;
  return limits.every((name) => a?.[name] === b?.[name]);
}

const limits = ['connect', 'firstByte', 'idle', 'abandoned'] as const;

const past = (): void => undefined;

/** What is thrown for a request that its caller gave up. */
function aborted({ reason }: AbortSignal): unknown {
  if (reason instanceof Error && 'code' in reason && typeof reason.code === 'string') return reason;
  const timedOut = reason instanceof Error && reason.name === 'TimeoutError';
  return timedOut
    ? cacheFailure('timeout', 'the time that the caller allowed is over', { cause: reason })
    : cacheFailure('operation-canceled', 'the request was aborted', { cause: reason });
}
