/** Time that can be lent: tests pass their own. */
export interface Clock {
  /** Milliseconds from any fixed moment; never goes back. */
  now(): number;
  /** Calls once after the delay, without keeping the process alive. Returns what cancels it. */
  schedule(callback: () => void, delayMilliseconds: number): () => void;
}

/** 24 days: with more, the platform's timers go off at once. */
const LONGEST_TIMER_MILLISECONDS = 2_147_483_647;

/** The platform's own time; its timers keep no process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(callback, delayMilliseconds) {
    const timer = setTimeout(callback, Math.min(delayMilliseconds, LONGEST_TIMER_MILLISECONDS));
    release(timer);
    return () => clearTimeout(timer);
  },
};

/** In Node a timer holds the process until it is told not to; elsewhere there is nothing to tell. */
function release(timer: unknown): void {
  if (typeof timer !== 'object' || timer === null) return;
  if ('unref' in timer && typeof timer.unref === 'function') timer.unref();
}

/** Something whose time runs while it is watched. */
export interface Watched {
  /** Milliseconds that the present phase may take. */
  readonly limitMilliseconds: number;
  /** Told at each tick how much time has passed. */
  elapse(milliseconds: number): void;
  /** Where the clock keeps it; nobody else's. */
  place: number;
}

const LONGEST_TICK_MILLISECONDS = 1000;
const SHORTEST_TICK_MILLISECONDS = 4;
/** A limit is kept to within two ticks, an eighth of itself. */
const TICKS_PER_LIMIT = 16;

/** One timer for all exchanges: what they do in between costs a field, not a timer. */
export class CoarseClock {
  readonly #clock: Clock;
  /**
   * An array, of which the last takes the place of one that leaves. A Set that is filled and emptied all the time leaves its former
   * tables behind, each linked to the next: once one of them is old, the collector of young objects keeps all that was ever in them.
   */
  readonly #watched: Watched[] = [];
  #tickMilliseconds = LONGEST_TICK_MILLISECONDS;
  #last = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Everything that is watched at present. */
  get watched(): readonly Watched[] {
    return this.#watched;
  }

  watch(watched: Watched): void {
    watched.place = this.#watched.push(watched) - 1;
    this.heed(watched.limitMilliseconds);
  }

  forget(watched: Watched): void {
    const { place } = watched;
    if (this.#watched[place] !== watched) return;
    const last = this.#watched.pop();
    if (last === undefined || last === watched) return;
    this.#watched[place] = last;
    last.place = place;
  }

  /** Resolves when all promises have settled, or when the time is over. */
  async atMost(milliseconds: number, promises: readonly Promise<unknown>[]): Promise<void> {
    let cancel: (() => void) | undefined;
    const over = new Promise<void>((resolve) => {
      cancel = this.#clock.schedule(resolve, milliseconds);
    });
    await Promise.race([Promise.allSettled(promises), over]);
    cancel?.();
  }

  /** Makes the ticks short enough for a limit. */
  heed(limitMilliseconds: number): void {
    const tick = Math.max(SHORTEST_TICK_MILLISECONDS, limitMilliseconds / TICKS_PER_LIMIT);
    if (tick < this.#tickMilliseconds) {
      this.#tickMilliseconds = tick;
      this.#cancel?.();
      this.#cancel = undefined;
    }
    if (this.#cancel === undefined) this.#start();
  }

  #start(): void {
    this.#last = this.#clock.now();
    this.#cancel = this.#clock.schedule(this.#tick, this.#tickMilliseconds);
  }

  readonly #tick = (): void => {
    this.#cancel = undefined;
    const elapsed = this.#clock.now() - this.#last;
    // From the end: whoever is forgotten meanwhile is replaced by one that was told already.
    for (let place = this.#watched.length - 1; place >= 0; place -= 1) {
      this.#watched[place]?.elapse(elapsed);
    }
    if (this.#watched.length > 0) this.#start();
    else this.#tickMilliseconds = LONGEST_TICK_MILLISECONDS;
  };
}
