import type { Channel } from '@netaccess/transport';

import type { TapWatch } from './tap.ts';

/** Called when the memory of a write may be used again, or when it failed. */
export type WriteDone = (error?: Error | null) => void;

/** Looks at the flight that is about to leave; may call `hold`. Asked until it is taken away. */
export type Gate = (flight: readonly Uint8Array[]) => void;

/** What TLS sends. A flight is what it writes between `cork` and `uncork`: it leaves in one write, or is held as a whole. */
export class TapOutput {
  readonly #source: Channel;
  readonly #watch: TapWatch | undefined;
  #flight: Uint8Array[] = [];
  #done: WriteDone[] = [];
  #corked = 0;
  #held = false;
  #closed = false;
  gate: Gate | undefined;

  constructor(source: Channel, watch: TapWatch | undefined) {
    this.#source = source;
    this.#watch = watch;
  }

  get held(): boolean {
    return this.#held;
  }

  cork(): void {
    this.#corked += 1;
  }

  uncork(): void {
    this.#corked -= 1;
    this.#flush();
  }

  write(bytes: Uint8Array, done: WriteDone): void {
    if (this.#closed) return done(new Error('the channel was closed'));
    this.#flight.push(bytes);
    this.#done.push(done);
    this.#flush();
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#flush();
  }

  /** The flight that is held. */
  get flight(): readonly Uint8Array[] {
    return this.#flight;
  }

  /** What is held will never leave, and nothing else does; TLS is not told. */
  dismiss(): void {
    this.#held = true;
    this.#flight = [];
    this.#done = [];
  }

  close(): void {
    this.#closed = true;
    this.dismiss();
  }

  #flush(): void {
    if (this.#corked > 0 || this.#held || this.#flight.length === 0) return;
    this.gate?.(this.#flight);
    if (!this.#held) this.#send();
  }

  #send(): void {
    const flight = this.#flight;
    const done = this.#done;
    this.#flight = [];
    this.#done = [];
    const finish: WriteDone = (error) => {
      for (const each of done) each(error);
    };
    const written = this.#source.write(...flight);
    if (written === undefined) finish();
    else written.then(() => finish(), finish);
    for (const bytes of flight) this.#watch?.sent(bytes);
  }
}
