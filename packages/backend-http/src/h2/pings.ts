import type { ControlFrames } from './control-frames.ts';
import type { RoundTrip } from './round-trip.ts';

/** What pings need of their connection. */
export interface PingTerms {
  readonly control: ControlFrames;
  readonly roundTrip: RoundTrip;
  readonly now: () => number;
  /** Somebody asked, and this is the answer. */
  readonly answered: (roundTripMilliseconds: number) => void;
}

/** Pings of this side, one at a time: for those who ask whether the peer is there, and to measure the path (RFC 9113 §6.7). */
export class Pings {
  readonly #terms: PingTerms;
  #number = 0;
  #sentAt: number | undefined;
  /** Somebody waits for the answer. */
  #asked = false;

  constructor(terms: PingTerms) {
    this.#terms = terms;
  }

  /** Since when an answer is awaited that somebody waits for. */
  get awaitedSince(): number | undefined {
    return this.#asked ? this.#sentAt : undefined;
  }

  /** One that is under way answers this, too. */
  ask(): void {
    this.#asked = true;
    this.#send();
  }

  /** Measures the path if that was not done for a while. */
  measure(now: number): void {
    if (this.#sentAt === undefined && this.#terms.roundTrip.isDue(now)) this.#send();
  }

  #send(): void {
    if (this.#sentAt !== undefined) return;
    this.#sentAt = this.#terms.now();
    this.#number += 1;
    this.#terms.control.ping(this.#number);
  }

  /** Answers to what nobody asked say nothing. */
  acknowledged(high: number, low: number): void {
    if (high !== 0 || low !== this.#number || this.#sentAt === undefined) return;
    const now = this.#terms.now();
    const milliseconds = now - this.#sentAt;
    this.#sentAt = undefined;
    this.#terms.roundTrip.sample(milliseconds, now);
    if (!this.#asked) return;
    this.#asked = false;
    this.#terms.answered(milliseconds);
  }
}
