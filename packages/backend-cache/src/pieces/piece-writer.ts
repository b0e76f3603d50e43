import { cacheFailure } from '../failure.ts';
import type { EntryReader, EntryWriter, StoredEntry, StoredHead } from '../store.ts';
import { GrowingBody, tooLarge } from './growing-body.ts';
import type { PieceSink } from './piece-sink.ts';
import { SourceReader } from './source-reader.ts';

/** Writes an entry in pieces. Whatever fails gives the entry up, and every later call fails with the same. */
export class PieceWriter implements EntryWriter {
  readonly #sink: PieceSink;
  readonly #body: GrowingBody;
  #written = 0;
  #ended = false;
  /** Calls that have to wait do so in their order. */
  #last: Promise<void> | undefined;
  #waiting = 0;

  constructor(sink: PieceSink) {
    this.#sink = sink;
    this.#body = new GrowingBody(sink);
  }

  write(view: Uint8Array): void | Promise<void> {
    if (this.#last !== undefined) return this.#after(() => this.#write(view));
    const writing = this.#write(view);
    return writing === undefined ? undefined : this.#after(() => writing);
  }

  follow(): EntryReader {
    return new SourceReader(this.#body.follow());
  }

  commit(head: StoredHead): StoredEntry | Promise<StoredEntry> {
    if (this.#last !== undefined) return this.#last.then(() => this.#commit(head));
    return this.#commit(head);
  }

  abandon(): void | Promise<void> {
    if (this.#ended) return;
    return this.#giveUp(cacheFailure('operation-canceled', 'the storing was given up'));
  }

  #write(view: Uint8Array): void | Promise<void> {
    if (this.#body.failure !== undefined) throw this.#body.failure;
    if (this.#ended) throw cacheFailure('unknown-content', 'the entry is written already');
    this.#written += view.length;
    try {
      if (this.#written > this.#sink.maximumBytes) throw tooLarge(this.#sink.maximumBytes);
      return this.#body.write(view)?.catch((error: unknown) => this.#fail(error));
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** Remembers the last call that has to wait, and forgets it when no other came after it. */
  #after(call: () => void | Promise<void>): Promise<void> {
    const running = (this.#last ?? Promise.resolve()).then(call);
    this.#waiting += 1;
    this.#last = running.then(undefined, () => undefined).then(() => this.#settle());
    return running;
  }

  #settle(): void {
    this.#waiting -= 1;
    if (this.#waiting === 0) this.#last = undefined;
  }

  #commit(head: StoredHead): StoredEntry | Promise<StoredEntry> {
    if (this.#body.failure !== undefined) throw this.#body.failure;
    if (this.#ended) throw cacheFailure('unknown-content', 'the entry is written already');
    const whole = { ...head, length: this.#written };
    try {
      const entry = this.#sink.commit(whole, this.#body.tail);
      if (!(entry instanceof Promise)) return this.#committed(entry);
      return entry.then(
        (found) => this.#committed(found),
        (error: unknown) => this.#fail(error),
      );
    } catch (error) {
      return this.#fail(error);
    }
  }

  #committed(entry: StoredEntry): StoredEntry {
    this.#ended = true;
    this.#body.end();
    void this.#body.leave();
    return entry;
  }

  /** Gives the entry up, and fails with the reason. */
  #fail(reason: unknown): never {
    const failure =
      reason instanceof Error ? reason : cacheFailure('unknown-content', String(reason));
    void this.#giveUp(failure);
    throw failure;
  }

  #giveUp(failure: Error): void | Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#body.end(failure);
    const left = this.#sink.abandon();
    if (left === undefined) return this.#body.leave();
    return left.then(() => this.#body.leave());
  }
}
