import type { Body } from '@netaccess/core';

/** How a source hands out its views. */
export type Timing = 'at once' | 'later';

/** Lends pieces, and overwrites each as soon as it is given back, as the memory of a channel is. */
export class PieceSource implements Body {
  closes = 0;
  reads = 0;
  readonly #pieces: Uint8Array[];
  readonly #timing: Timing;
  readonly #failure: Error | undefined;
  #rejectPending: ((error: Error) => void) | undefined;

  constructor(pieces: readonly Uint8Array[], timing: Timing = 'at once', failure?: Error) {
    this.#pieces = pieces.filter(({ length }) => length > 0).map((piece) => Uint8Array.from(piece));
    this.#timing = timing;
    this.#failure = failure;
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    this.reads += 1;
    const view = this.#pieces[0];
    if (view === undefined && this.#failure) throw this.#failure;
    const lent = view ?? new Uint8Array(0);
    if (this.#timing === 'at once') return lent;
    return new Promise((resolve, reject) => {
      this.#rejectPending = reject;
      setImmediate(resolve, lent);
    });
  }

  advanceReadPointer(distance: number): void {
    const [view] = this.#pieces;
    if (!view || distance > view.length) throw new Error('more was given back than was lent');
    view.fill(0xee, 0, distance);
    if (distance === view.length) this.#pieces.shift();
    else this.#pieces[0] = view.subarray(distance);
  }

  close(): Promise<void> {
    this.closes += 1;
    this.#rejectPending?.(new Error('the source was closed'));
    return Promise.resolve();
  }
}

/** The bytes cut at the given places. */
export function piecesOf(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts, bytes.length].toSorted((a, b) => a - b);
  return places.slice(1).map((to, index) => bytes.subarray(places[index], to));
}

/** Reads all of a body, giving back at most `step` bytes at a time. */
export async function everythingOf(body: Body, step = Infinity): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (;;) {
    const view = await body.readPointer();
    if (view.length === 0) return Buffer.concat(chunks);
    const taken = Math.min(step, view.length);
    chunks.push(Buffer.from(view.subarray(0, taken)));
    body.advanceReadPointer(taken);
  }
}
