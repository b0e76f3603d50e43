import type { EntryReader } from '../store.ts';
import { check } from './rule.ts';
import type { StoreTrial } from './trial.ts';

const endlessBytes = 64 * 1024 * 1024;

/** An opened entry at work: what it lends is copied and given back. */
export class ReaderProbe {
  readonly reader: EntryReader;
  readonly #trial: StoreTrial;
  #closed = false;

  constructor(trial: StoreTrial, reader: EntryReader) {
    this.#trial = trial;
    this.reader = reader;
  }

  /** The view at the read position, which is still lent. */
  async view(): Promise<Uint8Array> {
    const view = await this.#trial.value('readPointer()', () => this.reader.readPointer());
    check(view instanceof Uint8Array, 'readPointer() gave no Uint8Array');
    return view;
  }

  /** The next bytes, at most `most`, as a copy; empty at the end. */
  async next(most: number = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
    const view = await this.view();
    const piece = new Uint8Array(view.subarray(0, Math.min(view.length, most)));
    if (piece.length > 0) this.reader.advanceReadPointer(piece.length);
    return piece;
  }

  /** Exactly the next `count` bytes. */
  async exactly(count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(count);
    let offset = 0;
    while (offset < count) {
      const piece = await this.next(count - offset);
      check(piece.length > 0, `the bytes ended after ${offset} of ${count}`);
      bytes.set(piece, offset);
      offset += piece.length;
    }
    return bytes;
  }

  /** All bytes from here to the end. */
  async rest(most: number = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let total = 0;
    for (let piece = await this.next(most); piece.length > 0; piece = await this.next(most)) {
      pieces.push(piece);
      total += piece.length;
      check(total <= endlessBytes, `reading goes on after ${total} bytes`);
    }
    return joined(pieces, total);
  }

  /** Closes it, which must work. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#trial.value('close() of a reader', () => this.reader.close());
  }

  /** Closes it where the verdict is about something else. */
  async discard(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#trial.quietly('close() of a reader', () => this.reader.close());
  }
}

function joined(pieces: readonly Uint8Array[], total: number): Uint8Array {
  const all = new Uint8Array(total);
  let offset = 0;
  for (const piece of pieces) {
    all.set(piece, offset);
    offset += piece.length;
  }
  return all;
}
