import type { Spill } from './spill.ts';

/** Whoever reads along, and must know where the body is. */
export interface SpillHolder {
  /** Called once, at once or when the body becomes large. */
  hold(spill: Spill): void;
}

/** A body while it is written: in memory at first, in a file of its own once it is large. Its followers read from it. */
export class GrowingBody {
  /** Bytes so far. */
  length = 0;
  /** Whether those are all. */
  ended = false;
  /** Why there will never be all. */
  failure: Error | undefined;
  #memory: Buffer;
  #spill: Spill | undefined;
  readonly #holders: SpillHolder[] = [];
  #waiting: (() => void)[] = [];

  constructor(room: number) {
    this.#memory = Buffer.allocUnsafeSlow(room);
  }

  /** Where the body is if it is large. */
  get spill(): Spill | undefined {
    return this.#spill;
  }

  /** The bytes so far, while they are in memory. They are never written over. */
  get inMemory(): Buffer {
    return this.#memory.subarray(0, this.length);
  }

  /** Takes a copy into memory. */
  keep(view: Uint8Array): void {
    const length = this.length + view.length;
    if (length > this.#memory.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, this.#memory.length * 2));
      this.inMemory.copy(larger);
      this.#memory = larger;
    }
    this.#memory.set(view, this.length);
    this.grow(view.length);
  }

  /** From now on the bytes are there, which were added to the file. */
  grow(count: number): void {
    this.length += count;
    this.#wake();
  }

  /** Leaves the memory for a file, which has taken up all bytes. */
  moveTo(spill: Spill): void {
    this.#spill = spill;
    for (const holder of this.#holders.splice(0)) holder.hold(spill);
    // Views of it may be lent.
    this.#memory = Buffer.alloc(0);
  }

  /** Tells where the body is, now or later. */
  follow(holder: SpillHolder): void {
    if (this.#spill === undefined) this.#holders.push(holder);
    else holder.hold(this.#spill);
  }

  /** There are no more bytes. */
  end(): void {
    this.ended = true;
    this.#wake();
  }

  /** There will be no more bytes, though the body has not ended. */
  fail(failure: Error): void {
    this.failure ??= failure;
    this.#wake();
  }

  /** Settles when something has happened. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
