import { cacheFailure } from '../failure.ts';
import type { EntryReader } from '../store.ts';
import type { MemoryBody } from './memory-body.ts';

const nothing = new Uint8Array(0);

/** Lends a body's own memory, from one place to another, and waits where it still grows. */
export class MemoryReader implements EntryReader {
  readonly #body: MemoryBody;
  #left: number;
  #index = 0;
  /** The place in the piece. */
  #offset: number;
  #reject: ((error: Error) => void) | undefined;
  #closed = false;

  /** `to` is the last byte. */
  constructor(body: MemoryBody, from: number = 0, to: number = Infinity) {
    this.#body = body;
    this.#offset = from;
    this.#left = to - from + 1;
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    if (this.#closed) throw closed();
    const view = this.#look();
    return view ?? new Promise((resolve, reject) => this.#wait(resolve, reject));
  }

  /** `undefined`: nothing yet. */
  #look(): Uint8Array | undefined {
    const body = this.#body;
    if (body.state === 'given-up') throw cacheFailure('unknown-content', 'the entry was given up');
    if (this.#left <= 0) return nothing;
    for (; this.#index < body.pieces; this.#index += 1) {
      const piece = body.piece(this.#index);
      if (piece === undefined) break;
      if (this.#offset < piece.length) return this.#part(piece);
      if (body.state === 'growing' && this.#index === body.pieces - 1) return undefined;
      this.#offset -= piece.length;
    }
    return body.state === 'growing' ? undefined : nothing;
  }

  #part(piece: Uint8Array): Uint8Array {
    const end = this.#offset + this.#left;
    if (this.#offset === 0 && end >= piece.length) return piece;
    return piece.subarray(this.#offset, Math.min(end, piece.length));
  }

  #wait(resolve: (view: Uint8Array) => void, reject: (error: unknown) => void): void {
    this.#reject = reject;
    this.#body.whenChanged(() => {
      if (this.#closed) return;
      try {
        const view = this.#look();
        if (view === undefined) this.#wait(resolve, reject);
        else resolve(view);
      } catch (error) {
        reject(error);
      }
    });
  }

  advanceReadPointer(distance: number): void {
    this.#offset += distance;
    this.#left -= distance;
  }

  close(): void {
    this.#closed = true;
    this.#reject?.(closed());
  }
}

function closed(): Error {
  return cacheFailure('operation-canceled', 'the reader of the entry was closed');
}
