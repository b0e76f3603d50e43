import type { Clock } from '@netaccess/core';

interface Waiting {
  readonly since: number;
  place: number;
  giveUp(): void;
}

/** Waits for promises no longer than a limit, on one timer for all of them. */
export class Patience {
  readonly #clock: Clock;
  readonly #limitMilliseconds: number;
  readonly #waiting: Waiting[] = [];
  #ticking = false;

  constructor(clock: Clock, limitMilliseconds: number) {
    this.#clock = clock;
    this.#limitMilliseconds = limitMilliseconds;
  }

  /** What the promise resolves to in time. `late` is told what comes afterwards; a rejection afterwards is past hearing about. */
  within<Value>(
    promise: Promise<Value>,
    outcomes: {
      readonly missed: (cause: unknown) => Value;
      readonly late?: ((value: Value) => void) | undefined;
    },
  ): Promise<Value> {
    return new Promise((resolve) => {
      let over = false;
      const waiting: Waiting = {
        since: this.#clock.now(),
        place: 0,
        giveUp: () => {
          over = true;
          resolve(outcomes.missed(undefined));
        },
      };
      this.#add(waiting);
      const settle = (value: Value): void => {
        if (over) outcomes.late?.(value);
        else this.#remove(waiting);
        resolve(value);
      };
      const miss = (error: unknown): void => {
        if (over) return;
        this.#remove(waiting);
        resolve(outcomes.missed(error));
      };
      promise.then(settle, miss);
    });
  }

  #add(waiting: Waiting): void {
    waiting.place = this.#waiting.push(waiting) - 1;
    if (!this.#ticking) this.#tickLater();
  }

  #remove(waiting: Waiting): void {
    const last = this.#waiting.pop();
    if (last === undefined || last === waiting) return;
    this.#waiting[waiting.place] = last;
    last.place = waiting.place;
  }

  #tickLater(): void {
    this.#ticking = true;
    this.#clock.schedule(this.#tick, this.#limitMilliseconds / 2);
  }

  readonly #tick = (): void => {
    this.#ticking = false;
    const now = this.#clock.now();
    for (let place = this.#waiting.length - 1; place >= 0; place -= 1) {
      const waiting = this.#waiting[place];
      if (waiting === undefined || now - waiting.since < this.#limitMilliseconds) continue;
      this.#remove(waiting);
      waiting.giveUp();
    }
    if (this.#waiting.length > 0) this.#tickLater();
  };
}
