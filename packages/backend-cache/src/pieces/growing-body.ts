import { cacheFailure } from '../failure.ts';
import type { PieceSink } from './piece-sink.ts';
import type { ByteSource } from './source-reader.ts';

const noBytes = new Uint8Array(0);

/** A body that is being cut into pieces, and read from its start meanwhile: what is not stored yet is in memory. */
export class GrowingBody {
  readonly #sink: PieceSink;
  /** The bytes that are no full piece yet. */
  #tail: Uint8Array;
  #tailLength = 0;
  #pieces = 0;
  #ended = false;
  #failure: Error | undefined;
  /** Somebody may look into the memory of the tail for as long as they like. */
  #followed = false;
  #followers = 0;
  #waiting: (() => void)[] = [];
  #writerLeft = false;

  constructor(sink: PieceSink) {
    this.#sink = sink;
    this.#tail = noBytes;
  }

  /** Bytes that can be read. */
  get length(): number {
    return this.#pieces * this.#sink.pieceBytes + this.#tailLength;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Takes bytes over, in full pieces into the sink. */
  write(view: Uint8Array): void | Promise<void> {
    let rest = view;
    while (rest.length > 0) {
      const { pieceBytes } = this.#sink;
      if (this.#tailLength === 0 && rest.length >= pieceBytes) {
        const stored = this.#store(rest.subarray(0, pieceBytes));
        rest = rest.subarray(pieceBytes);
        if (stored !== undefined) return this.#writeAfter(stored, rest);
        continue;
      }
      const taken = this.#collect(rest);
      rest = rest.subarray(taken);
      if (this.#tailLength < pieceBytes) break;
      const stored = this.#storeTail();
      if (stored !== undefined) return this.#writeAfter(stored, rest);
    }
    this.#wake();
  }

  /** What is no full piece; it stays in memory for those who read along. */
  get tail(): Uint8Array {
    return this.#tail.subarray(0, this.#tailLength);
  }

  /** Nothing comes any more: it is whole, or `failure` says why not. */
  end(failure?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#wake();
  }

  /** A source for one more who reads along. */
  follow(): ByteSource {
    this.#followed = true;
    this.#followers += 1;
    return {
      at: (position) => this.#at(position),
      close: () => {
        this.#followers -= 1;
        return this.#releaseIfLeft();
      },
    };
  }

  /** The writer has no use for the pieces any more. */
  leave(): void | Promise<void> {
    this.#writerLeft = true;
    return this.#releaseIfLeft();
  }

  #releaseIfLeft(): void | Promise<void> {
    return this.#writerLeft && this.#followers === 0 ? this.#sink.release() : undefined;
  }

  async #writeAfter(stored: Promise<void>, rest: Uint8Array): Promise<void> {
    await stored;
    // It may have been given up meanwhile.
    if (!this.#ended) await this.write(rest);
  }

  /** Copies into the tail what finds room there. */
  #collect(bytes: Uint8Array): number {
    const { pieceBytes } = this.#sink;
    if (this.#tail.length < pieceBytes) this.#growTail(this.#tailLength + bytes.length);
    const taken = bytes.subarray(0, pieceBytes - this.#tailLength);
    this.#tail.set(taken, this.#tailLength);
    this.#tailLength += taken.length;
    return taken.length;
  }

  /** Small bodies need no memory for a whole piece. */
  #growTail(needed: number): void {
    if (needed <= this.#tail.length) return;
    const { pieceBytes } = this.#sink;
    const grown = new Uint8Array(Math.min(pieceBytes, Math.max(needed, 2 * this.#tail.length)));
    grown.set(this.#tail.subarray(0, this.#tailLength));
    this.#tail = grown;
  }

  /** Stores a piece that stands in the caller's memory: nobody may see it before it is stored. */
  #store(bytes: Uint8Array): void | Promise<void> {
    const stored = this.#sink.put(this.#pieces, bytes);
    if (stored === undefined) return this.#count();
    return stored.then(() => this.#count());
  }

  #storeTail(): void | Promise<void> {
    const stored = this.#sink.put(this.#pieces, this.tail);
    this.#wake();
    if (stored === undefined) return this.#emptyTail();
    return stored.then(() => this.#emptyTail());
  }

  #count(): void {
    this.#pieces += 1;
    this.#wake();
  }

  #emptyTail(): void {
    this.#pieces += 1;
    this.#tailLength = 0;
    if (this.#followed) this.#tail = noBytes;
  }

  #at(position: number): Uint8Array | Promise<Uint8Array> {
    if (this.#failure !== undefined) throw this.#failure;
    const { pieceBytes } = this.#sink;
    const stored = this.#pieces * pieceBytes;
    if (position < stored) return this.#storedAt(position);
    if (position < this.length) return this.#tail.subarray(position - stored, this.#tailLength);
    return this.#ended ? noBytes : this.#whenMore(position);
  }

  #storedAt(position: number): Uint8Array | Promise<Uint8Array> {
    const { pieceBytes } = this.#sink;
    const piece = this.#sink.piece(Math.floor(position / pieceBytes));
    const offset = position % pieceBytes;
    return piece instanceof Uint8Array
      ? piece.subarray(offset)
      : piece.then((bytes) => bytes.subarray(offset));
  }

  async #whenMore(position: number): Promise<Uint8Array> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
    return await this.#at(position);
  }

  #wake(): void {
    if (this.#waiting.length === 0) return;
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** What a body that is too large fails with. */
export function tooLarge(maximumBytes: number): Error {
  return cacheFailure('unknown-content', `the body is larger than ${maximumBytes} bytes`);
}
