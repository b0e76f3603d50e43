import type { EntryReader } from '../store.ts';
import { readerClosed } from './piece-failure.ts';

/** Bytes that can be asked for from any position. */
export interface ByteSource {
  /** Some bytes from `position` on, which nobody rewrites; empty at the end. Never asked for twice at a time. */
  at(position: number): Uint8Array | Promise<Uint8Array>;
  /** Called once, when nobody reads any more. Never throws. */
  close(): void | Promise<void>;
}

const noBytes = new Uint8Array(0);

/** Reads a source from one position to another, view by view. */
export class SourceReader implements EntryReader {
  readonly #source: ByteSource;
  /** One after the last byte. */
  readonly #end: number;
  #position: number;
  #view: Uint8Array = noBytes;
  #pending: Promise<Uint8Array> | undefined;
  #rejectPending: ((reason: Error) => void) | undefined;
  #closed = false;

  constructor(source: ByteSource, from = 0, end: number = Number.POSITIVE_INFINITY) {
    this.#source = source;
    this.#position = from;
    this.#end = end;
  }

  readPointer(): Uint8Array | Promise<Uint8Array> {
    if (this.#closed) throw readerClosed();
    if (this.#view.length > 0 || this.#position >= this.#end) return this.#view;
    if (this.#pending !== undefined) return this.#pending;
    const bytes = this.#source.at(this.#position);
    if (bytes instanceof Uint8Array) return this.#lend(bytes);
    this.#pending = this.#wait(bytes);
    return this.#pending;
  }

  advanceReadPointer(distance: number): void {
    this.#view = this.#view.subarray(distance);
    this.#position += distance;
  }

  close(): void | Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#view = noBytes;
    this.#rejectPending?.(readerClosed());
    return this.#source.close();
  }

  async #wait(bytes: Promise<Uint8Array>): Promise<Uint8Array> {
    const closed = new Promise<never>((_resolve, reject) => {
      this.#rejectPending = reject;
    });
    try {
      return this.#lend(await Promise.race([bytes, closed]));
    } finally {
      this.#pending = undefined;
      this.#rejectPending = undefined;
    }
  }

  #lend(bytes: Uint8Array): Uint8Array {
    const most = this.#end - this.#position;
    this.#view = bytes.length > most ? bytes.subarray(0, most) : bytes;
    return this.#view;
  }
}
