import type { Stream } from './stream.ts';

const URGENCIES = 8;

/** Streams that wait for their turn: by urgency, then as they came. A stream is in one queue at a time. */
export class StreamQueue {
  readonly #first: (Stream | undefined)[] = Array.from({ length: URGENCIES }, () => undefined);
  readonly #last: (Stream | undefined)[] = Array.from({ length: URGENCIES }, () => undefined);
  #size = 0;

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** At the end of those as urgent. */
  put(stream: Stream): void {
    const { urgency } = stream;
    const last = this.#last[urgency];
    if (last === undefined) this.#first[urgency] = stream;
    else last.nextInQueue = stream;
    this.#last[urgency] = stream;
    stream.queued = true;
    this.#size += 1;
  }

  /** The first of the most urgent. */
  take(): Stream | undefined {
    if (this.#size === 0) return undefined;
    for (let urgency = 0; urgency < URGENCIES; urgency += 1) {
      const stream = this.#first[urgency];
      if (stream === undefined) continue;
      this.#first[urgency] = stream.nextInQueue;
      if (stream.nextInQueue === undefined) this.#last[urgency] = undefined;
      stream.nextInQueue = undefined;
      stream.queued = false;
      this.#size -= 1;
      return stream;
    }
    return undefined;
  }
}
